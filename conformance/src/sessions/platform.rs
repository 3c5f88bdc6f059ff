//! A platform in a dialogue, with its connections.

use std::collections::BTreeMap;

use alwayson_codec::Header;
use alwayson_codec::connection::platform::{self, Connection, End, Event, Received};
use alwayson_codec::connection::registry::{BindPolicy, FixedBindings, Registry, Things};
use alwayson_codec::connection::{CallError, InboundId, Transmit};

use super::Variation;
use super::compare::Packet;
use super::file::{Decides, Grant, HostScript, Policy, Settings};
use super::host::id;
use super::room::{self, LongMessages, Room};
use super::run::{self, Side, Turn};
use super::step::{Act, Effect, status_name};
use crate::asked;
use crate::model::Body;

/// One connection.
pub(super) struct Line {
    pub(super) connection: Connection<Room>,
    joiner: LongMessages,
    inbound: Vec<(u32, InboundId)>,
    /// What the host has not decided about.
    pub(super) undecided: Option<Vec<u8>>,
    dropped: u32,
    followed: u32,
}

pub(super) struct PlatformSide {
    pub(super) host: HostScript,
    settings: platform::Settings,
    pub(super) registry: Registry<FixedBindings<64, 64>>,
    pub(super) lines: Vec<Line>,
    /// When a Thing was last connected.
    last_connection: BTreeMap<String, u64>,
    turn: Turn,
}

impl PlatformSide {
    pub(super) fn new(host: &HostScript, script: &Settings, variation: Variation) -> Self {
        let mut settings = platform::Settings::default();
        settings.chunk_size = script.chunk_size.unwrap_or(settings.chunk_size);
        settings.several_messages = script.several_messages;
        settings.first_request_id =
            settings.first_request_id.wrapping_add(variation.request_ids_later);
        let policy = match host.policy {
            Policy::FirstInWins => BindPolicy::FirstInWins,
            Policy::LastInWins => BindPolicy::LastInWins,
        };
        let mut host = host.clone();
        for Grant { session, endpoint } in &mut host.grants {
            *session = session.wrapping_add(variation.grants_later);
            if *endpoint != 0 {
                *endpoint = endpoint.wrapping_add(variation.grants_later);
            }
        }
        let registry = Registry::new(FixedBindings::new(), policy);
        let (lines, last_connection, turn) = Default::default();
        Self { host, settings, registry, lines, last_connection, turn }
    }

    pub(super) fn line(&mut self, connection: usize) -> Result<&mut Line, String> {
        let line = self.lines.get_mut(connection.wrapping_sub(1));
        line.ok_or_else(|| format!("connection {connection} was not opened"))
    }

    /// A call that may be refused.
    fn called<T>(&mut self, connection: usize, result: &Result<T, CallError>) {
        if result.is_err() {
            self.turn.tell(connection, Effect::NotAllowed {});
        }
    }

    /// Takes a message; false where it could not be taken now.
    fn take(&mut self, connection: usize, bytes: &[u8], now_ms: u64) -> Result<bool, String> {
        let line = self.line(connection)?;
        let received = line.connection.handle_received(bytes, &mut line.joiner, now_ms);
        let kept = asked::kept(&received);
        match received {
            Received::Handled | Received::Unreadable(_) => {}
            Received::NotNow => return Ok(false),
            Received::Auth(_) | Received::Bind(_) | Received::Unbind(_) => {
                line.undecided = kept;
                if self.host.decides == Decides::AtOnce {
                    self.decide(connection, now_ms)?;
                }
            }
            Received::Request { inbound, .. } => {
                let request = Header::decode(bytes).map_or(0, |header| header.ids.request);
                line.inbound.push((request, inbound));
                self.turn.tell(connection, Effect::Request { request, times: 1 });
            }
            Received::Response { request, response } => {
                let (request, status) = (request.to_u32(), status_name(response.status));
                self.turn.tell(connection, Effect::Response { request, status });
            }
        }
        Ok(true)
    }

    /// Sends a request to whoever holds the Thing; if nobody does, it is tried
    /// all the same.
    fn ask(&mut self, at: usize, act: &Act, now_ms: u64) -> Result<(), String> {
        let Act::Request { code, body } = act else { return Ok(()) };
        let (mut at, mut body) = (at, body.clone());
        if let Body::Request { entity_name, .. } = &mut body {
            if let Some(held) = self.registry.holder(entity_name) {
                at = usize::try_from(held.connection.0).map_err(|error| error.to_string())?;
                held.wire_name.clone_into(entity_name);
            }
        }
        let connection = &mut self.line(at)?.connection;
        let sent = run::with_body(*code, &body, |body| {
            Ok::<_, String>(connection.request(&run::request(body)?, now_ms))
        })??;
        self.called(at, &sent);
        Ok(())
    }

    /// What is shown of a Thing that was bound by this name.
    fn shown(&mut self, wire_name: &str, connected_ms: Option<u64>) -> Effect {
        let identifier = wire_name.strip_prefix('*');
        let thing = identifier.and_then(|identifier| self.host.by_identifier(identifier));
        let name = thing.map_or(wire_name, |thing| thing.name).to_owned();
        let last = self.last_connection.entry(name.clone()).or_default();
        *last = connected_ms.unwrap_or(*last);
        Effect::Thing { name, is_connected: connected_ms.is_some(), last_connection: *last }
    }

    fn send(&mut self, now_ms: u64) -> Result<(), String> {
        let mut buffer = vec![0; 0x1_0000];
        for (index, line) in self.lines.iter_mut().enumerate() {
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
        while let Some(event) = self.line(at)?.connection.poll_event() {
            let effect = match event {
                Event::Connected { name, at_ms } => {
                    let name = name.to_owned();
                    self.shown(&name, Some(at_ms))
                }
                Event::Disconnected { name, .. } => {
                    let name = name.to_owned();
                    self.shown(&name, None)
                }
                // The Thing is shown as before.
                Event::Moved { .. } => continue,
                Event::Failed { request, failure } => {
                    let (request, status) = (request.to_u32(), status_name(failure.status()));
                    Effect::Failed { request, status }
                }
                Event::Ended(end) => {
                    self.registry.end(id(at), |_| {});
                    Effect::Ended { reason: reason(end)?.to_owned() }
                }
                other => return Err(format!("an event that the dialogues do not know: {other:?}")),
            };
            self.turn.tell(at, effect);
        }
        let line = self.line(at)?;
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
        self.lines.iter().filter_map(|line| line.connection.poll_timeout()).min()
    }

    fn pass(&mut self, now_ms: u64) {
        for line in &mut self.lines {
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
            bytes = self.line(connection)?.connection.rest(bytes);
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }

    fn act(&mut self, connection: usize, act: &Act, now_ms: u64) -> Result<(), String> {
        match act {
            Act::Opened { .. } if connection == self.lines.len() + 1 => {
                self.lines.push(Line {
                    connection: Connection::new(self.settings, room::outbox(), now_ms),
                    joiner: room::joiner(),
                    inbound: Vec::new(),
                    undecided: None,
                    dropped: 0,
                    followed: 0,
                });
            }
            Act::Ping {} => self.line(connection)?.connection.handle_ping(now_ms),
            Act::Pong {} => self.line(connection)?.connection.handle_pong(now_ms),
            Act::Closed {} => self.line(connection)?.connection.handle_closed(now_ms),
            Act::Decide {} => self.decide(connection, now_ms)?,
            Act::Request { .. } => self.ask(connection, act, now_ms)?,
            Act::Respond { request, code, body } => {
                let line = self.line(connection)?;
                let at = line.inbound.iter().position(|(id, _)| id == request);
                let at = at.ok_or("no such request was handed out")?;
                let (_, inbound) = line.inbound.remove(at);
                let sent = run::with_body(*code, body, |body| {
                    Ok::<_, String>(line.connection.respond(inbound, &run::response(body)?))
                })??;
                self.called(connection, &sent);
            }
            _ => return Err("a platform cannot do this".to_owned()),
        }
        Ok(())
    }

    fn settle(&mut self, now_ms: u64) -> Result<Turn, String> {
        self.send(now_ms)?;
        for connection in 1..=self.lines.len() {
            self.tell(connection)?;
        }
        Ok(std::mem::take(&mut self.turn))
    }
}
