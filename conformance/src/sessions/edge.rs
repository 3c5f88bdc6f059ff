//! An edge as the tested side.

use alwayson_codec::connection::edge::{self, Connection, End, Event, Received, Reconnect};
use alwayson_codec::connection::{CallError, InboundId, Transmit};
use alwayson_codec::owned::{self, Gateway};
use alwayson_codec::{Auth, Claim, Header};

use super::compare::Packet;
use super::file::Settings;
use super::room::{self, LongMessages, Room};
use super::side::{Side, Turn, Variation};
use super::step::{Act, Answered, Asked, Effect, status_name};

/// An edge has one connection at a time.
const ONLY: usize = 1;

pub(crate) struct EdgeSide {
    edge: Connection<Room>,
    joiner: LongMessages,
    reconnect: Reconnect,
    /// Requests passed to the application, by their ids.
    inbound: Vec<(u32, InboundId)>,
    dropped: u32,
    followed: u32,
    turn: Turn,
}

impl EdgeSide {
    pub(crate) fn new(script: &Settings, variation: Variation) -> Self {
        let mut settings = edge::Settings::default();
        settings.chunk_size = script.chunk_size.unwrap_or(settings.chunk_size);
        settings.several_messages = script.several_messages;
        settings.rebind_delay_ms = script.rebind_delay.unwrap_or(settings.rebind_delay_ms);
        settings.first_request_id =
            settings.first_request_id.wrapping_add(variation.request_ids_later);
        let edge = match &script.gateway {
            Some(Gateway { name, gateway_type }) => {
                let (name, of_type) = (name.clone(), gateway_type.as_str().into());
                Connection::gateway(settings, name, of_type, room::outbox())
            }
            None => Connection::new(settings, room::outbox()),
        };
        Self {
            edge,
            joiner: room::joiner(),
            reconnect: Reconnect::default(),
            inbound: Vec::new(),
            dropped: 0,
            followed: 0,
            turn: Turn::default(),
        }
    }

    fn open(&mut self, claims: &[owned::Claim], now_ms: u64) -> Result<(), String> {
        if self.edge.end().is_some() {
            self.edge.reopen().map_err(|error| error.to_string())?;
        }
        let claims: Vec<Claim<'_>> =
            claims.iter().map(|claim| Claim::new(&claim.name, &claim.value)).collect();
        let auth = Auth::new(&claims).map_err(|error| error.to_string())?;
        let mut buffer = vec![0; 8192];
        let len = self.edge.handle_opened(&auth, &mut buffer, now_ms);
        buffer.truncate(len.map_err(|error| error.to_string())?);
        self.turn.sent.push((ONLY, Packet::Message(buffer)));
        Ok(())
    }

    /// Reports a refused call.
    fn called<T>(&mut self, result: &Result<T, CallError>) {
        if result.is_err() {
            self.turn.tell(ONLY, Effect::NotAllowed {});
        }
    }

    /// Takes a message; returns false if it cannot be taken now.
    fn take(&mut self, bytes: &[u8], now_ms: u64) -> bool {
        match self.edge.handle_received(bytes, &mut self.joiner, now_ms) {
            Received::NotNow => return false,
            Received::Request { inbound, .. } => {
                let request = Header::decode(bytes).map_or(0, |header| header.ids.request);
                self.inbound.push((request, inbound));
                self.turn.tell(ONLY, Effect::Request { request, times: 1 });
            }
            Received::Response { request, response } => {
                let request = request.to_u32();
                let status = status_name(response.status);
                self.turn.tell(ONLY, Effect::Response { request, status });
            }
            _ => {}
        }
        true
    }

    fn send(&mut self, now_ms: u64) -> Result<(), String> {
        let mut buffer = vec![0; 0x1_0000];
        loop {
            let polled = self.edge.poll_transmit(&mut buffer, now_ms);
            let Some(transmit) = polled.map_err(|error| error.to_string())? else { return Ok(()) };
            let packet = match transmit {
                Transmit::Message(len) => Packet::Message(buffer[..len].to_vec()),
                Transmit::Ping => Packet::Ping,
                Transmit::Close(code) => Packet::Close(code.to_u16()),
            };
            self.turn.sent.push((ONLY, packet));
        }
    }

    fn ended(&mut self, end: End, now_ms: u64) -> Result<(), String> {
        let reason = match end {
            End::Left => "left",
            End::Unauthorized => "unauthorized",
            End::Declined => "declined",
            End::AuthTimeout => "authTimeout",
            End::Protocol => "protocol",
            End::InvalidSession => "invalidSession",
            End::Silent => "silent",
            End::Lost => "lost",
            other => return Err(format!("an end that the dialogues do not know: {other:?}")),
        };
        self.turn.tell(ONLY, Effect::Ended { reason: reason.to_owned() });
        // The minimum and the maximum of the random time.
        let most = self.reconnect.clone().after(end, now_ms, u32::MAX);
        let effect = match (self.reconnect.after(end, now_ms, 0), most) {
            (Some(from), Some(to)) => Effect::Connect { from, to },
            _ => Effect::NoConnect {},
        };
        self.turn.tell(ONLY, effect);
        Ok(())
    }
}

impl Side for EdgeSide {
    fn deadline(&self) -> Option<u64> {
        self.edge.poll_timeout()
    }

    fn pass(&mut self, now_ms: u64) {
        self.edge.handle_timeout(now_ms);
    }

    fn receive(&mut self, _: usize, bytes: &[u8], now_ms: u64) -> Result<(), String> {
        let mut bytes = bytes;
        loop {
            if !self.take(bytes, now_ms) {
                self.send(now_ms)?;
                if !self.take(bytes, now_ms) {
                    return Err("a message is not taken".to_owned());
                }
            }
            bytes = self.edge.rest(bytes);
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }

    fn act(&mut self, _: usize, act: &Act, now_ms: u64) -> Result<(), String> {
        match act {
            Act::Opened { claims } => self.open(claims, now_ms)?,
            Act::Received { .. } | Act::Decide {} => {
                return Err("an edge cannot do this".to_owned());
            }
            Act::Ping {} => self.edge.handle_ping(now_ms),
            Act::Pong {} => self.edge.handle_pong(now_ms),
            Act::Closed {} => self.edge.handle_closed(now_ms),
            Act::Bind { name } => {
                let bound = self.edge.bind(name.as_str().into());
                self.called(&bound);
            }
            Act::Unbind { name } => {
                let unbound = self.edge.unbind(name);
                self.called(&unbound);
            }
            Act::Leave {} => self.edge.leave(now_ms),
            Act::Request(Asked(request)) => {
                let sent = request.with_view(|request| self.edge.request(&request, now_ms));
                self.called(&sent.map_err(|error| error.to_string())?);
            }
            Act::Respond(Answered { request, response }) => {
                let at = self.inbound.iter().position(|(id, _)| id == request);
                let at = at.ok_or("no such request was handed out")?;
                let (_, inbound) = self.inbound.remove(at);
                let sent = response.with_view(|view| self.edge.respond(inbound, &view));
                self.called(&sent.map_err(|error| error.to_string())?);
            }
        }
        Ok(())
    }

    fn settle(&mut self, now_ms: u64) -> Result<Turn, String> {
        self.send(now_ms)?;
        let mut end = None;
        while let Some(event) = self.edge.poll_event() {
            let effect = match event {
                Event::Authenticated { session, endpoint } => {
                    self.reconnect.succeeded();
                    Effect::Authenticated { session, endpoint }
                }
                Event::Bound { name } => Effect::Bound { name: name.to_owned() },
                Event::Unbound { name } => Effect::Unbound { name: name.to_owned() },
                Event::Refused { name, status } => {
                    Effect::Refused { name: name.to_owned(), status: status_name(status) }
                }
                Event::Failed { request, failure } => {
                    let request = request.to_u32();
                    let status = status_name(failure.status());
                    Effect::Failed { request, status }
                }
                Event::Ended(why) => {
                    end = Some(why);
                    continue;
                }
                other => return Err(format!("an event that the dialogues do not know: {other:?}")),
            };
            self.turn.tell(ONLY, effect);
        }
        if let Some(end) = end {
            self.ended(end, now_ms)?;
        }
        let dropped = self.edge.counters().responses_dropped;
        for _ in self.dropped..dropped {
            self.turn.tell(ONLY, Effect::Dropped {});
        }
        self.dropped = dropped;
        let followed = self.edge.counters().bytes_followed;
        if followed > self.followed {
            self.turn.tell(ONLY, Effect::Followed { bytes: followed - self.followed });
        }
        self.followed = followed;
        Ok(std::mem::take(&mut self.turn))
    }
}
