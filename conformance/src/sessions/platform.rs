//! A platform as the tested side.

use alwayson_codec::connection::platform::{self, End, Event, Received};
use alwayson_codec::connection::{CallError, Transmit};
use alwayson_codec::{Header, owned};

use super::compare::Packet;
use super::file::{HostScript, Settings};
use super::host::Host;
use super::lines::Lines;
use super::side::{Side, Turn, Variation};
use super::step::{Act, Answered, Asked, Effect, status_name};
use crate::asked;

/// A platform with its connections.
pub(crate) struct PlatformSide {
    host: Host,
    settings: platform::Settings,
    lines: Lines,
    turn: Turn,
}

impl PlatformSide {
    pub(crate) fn new(host: &HostScript, script: &Settings, variation: Variation) -> Self {
        let mut settings = platform::Settings::default();
        settings.chunk_size = script.chunk_size.unwrap_or(settings.chunk_size);
        settings.several_messages = script.several_messages;
        settings.first_request_id =
            settings.first_request_id.wrapping_add(variation.request_ids_later);
        let host = Host::new(host, variation);
        Self { host, settings, lines: Lines::default(), turn: Turn::default() }
    }

    /// Reports a refused call.
    fn called<T>(&mut self, connection: usize, result: &Result<T, CallError>) {
        if result.is_err() {
            self.turn.tell(connection, Effect::NotAllowed {});
        }
    }

    /// Takes a message; returns false if it cannot be taken now.
    fn take(&mut self, connection: usize, bytes: &[u8], now_ms: u64) -> Result<bool, String> {
        let line = self.lines.get(connection)?;
        let received = line.connection.handle_received(bytes, &mut line.joiner, now_ms);
        let kept = asked::kept(&received);
        match received {
            Received::Handled | Received::Unreadable(_) => {}
            Received::NotNow => return Ok(false),
            Received::Auth(_) | Received::Bind(_) | Received::Unbind(_) => {
                line.undecided = kept;
                if self.host.decides_at_once() {
                    self.host.decide(&mut self.lines, connection, now_ms)?;
                }
            }
            Received::Request { inbound, .. } => {
                let request = Header::decode(bytes).map_or(0, |header| header.ids.request);
                line.inbound.push((request, inbound));
                self.turn.tell(connection, Effect::Request { request, times: 1 });
            }
            Received::Response { request, response } => {
                let request = request.to_u32();
                let status = status_name(response.status);
                self.turn.tell(connection, Effect::Response { request, status });
            }
        }
        Ok(true)
    }

    /// Sends a request to the connection that holds the Thing; if there is none, to the
    /// connection of the step.
    fn ask(&mut self, at: usize, request: &owned::Request, now_ms: u64) -> Result<(), String> {
        let mut at = at;
        let mut request = request.clone();
        if let Some(held) = self.host.holder(&request.entity) {
            at = usize::try_from(held.connection.0).map_err(|error| error.to_string())?;
            request.entity = held.wire_name.to_owned();
        }
        let connection = &mut self.lines.get(at)?.connection;
        let sent = request.with_view(|request| connection.request(&request, now_ms));
        self.called(at, &sent.map_err(|error| error.to_string())?);
        Ok(())
    }

    fn send(&mut self, now_ms: u64) -> Result<(), String> {
        let mut buffer = vec![0; 0x1_0000];
        for (index, line) in self.lines.all.iter_mut().enumerate() {
            loop {
                let polled = line.connection.poll_transmit(&mut buffer, now_ms);
                let Some(transmit) = polled.map_err(|error| error.to_string())? else { break };
                let packet = match transmit {
                    Transmit::Message(len) => Packet::Message(buffer[..len].to_vec()),
                    Transmit::Ping => Packet::Ping,
                    Transmit::Close(code) => Packet::Close(code.to_u16()),
                };
                self.turn.sent.push((index + 1, packet));
            }
        }
        Ok(())
    }

    fn tell(&mut self, at: usize) -> Result<(), String> {
        while let Some(event) = self.lines.get(at)?.connection.poll_event() {
            let effect = match event {
                Event::Connected { name, at_ms } => self.host.shown(name, Some(at_ms)),
                Event::Disconnected { name, .. } => self.host.shown(name, None),
                // What the platform shows does not change.
                Event::Moved { .. } => continue,
                Event::Failed { request, failure } => {
                    let request = request.to_u32();
                    let status = status_name(failure.status());
                    Effect::Failed { request, status }
                }
                Event::Ended(end) => {
                    self.host.end(at);
                    Effect::Ended { reason: reason(end)?.to_owned() }
                }
                other => return Err(format!("an event that the dialogues do not know: {other:?}")),
            };
            self.turn.tell(at, effect);
        }
        let line = self.lines.get(at)?;
        let dropped = line.connection.counters().responses_dropped;
        let before = std::mem::replace(&mut line.dropped, dropped);
        let followed = line.connection.counters().bytes_followed;
        let bytes = followed - std::mem::replace(&mut line.followed, followed);
        for _ in before..dropped {
            self.turn.tell(at, Effect::Dropped {});
        }
        if bytes > 0 {
            self.turn.tell(at, Effect::Followed { bytes });
        }
        Ok(())
    }
}

fn reason(end: End) -> Result<&'static str, String> {
    Ok(match end {
        End::TooEarly => "tooEarly",
        End::AuthTimeout => "authTimeout",
        End::Refused => "refused",
        End::Protocol => "protocol",
        End::Idle => "idle",
        End::ShutDown => "shutDown",
        End::Closed => "closed",
        other => return Err(format!("an end that the dialogues do not know: {other:?}")),
    })
}

impl Side for PlatformSide {
    fn deadline(&self) -> Option<u64> {
        self.lines.all.iter().filter_map(|line| line.connection.poll_timeout()).min()
    }

    fn pass(&mut self, now_ms: u64) {
        for line in &mut self.lines.all {
            line.connection.handle_timeout(now_ms);
        }
    }

    fn receive(&mut self, connection: usize, bytes: &[u8], now_ms: u64) -> Result<(), String> {
        let mut bytes = bytes;
        loop {
            if !self.take(connection, bytes, now_ms)? {
                self.send(now_ms)?;
                if !self.take(connection, bytes, now_ms)? {
                    return Err("a message is not taken".to_owned());
                }
            }
            bytes = self.lines.get(connection)?.connection.rest(bytes);
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }

    fn act(&mut self, connection: usize, act: &Act, now_ms: u64) -> Result<(), String> {
        match act {
            Act::Opened { .. } if connection == self.lines.all.len() + 1 => {
                self.lines.open(self.settings, now_ms);
            }
            Act::Ping {} => self.lines.get(connection)?.connection.handle_ping(now_ms),
            Act::Pong {} => self.lines.get(connection)?.connection.handle_pong(now_ms),
            Act::Closed {} => self.lines.get(connection)?.connection.handle_closed(now_ms),
            Act::Decide {} => self.host.decide(&mut self.lines, connection, now_ms)?,
            Act::Request(Asked(request)) => self.ask(connection, request, now_ms)?,
            Act::Respond(Answered { request, response }) => {
                let line = self.lines.get(connection)?;
                let at = line.inbound.iter().position(|(id, _)| id == request);
                let at = at.ok_or("no such request was handed out")?;
                let (_, inbound) = line.inbound.remove(at);
                let sent = response.with_view(|view| line.connection.respond(inbound, &view));
                self.called(connection, &sent.map_err(|error| error.to_string())?);
            }
            _ => return Err("a platform cannot do this".to_owned()),
        }
        Ok(())
    }

    fn settle(&mut self, now_ms: u64) -> Result<Turn, String> {
        self.send(now_ms)?;
        for connection in 1..=self.lines.all.len() {
            self.tell(connection)?;
        }
        Ok(std::mem::take(&mut self.turn))
    }
}
