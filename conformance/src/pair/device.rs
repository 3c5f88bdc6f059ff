//! A device: an edge and its application.

use std::collections::BTreeSet;

use alwayson_codec::connection::edge::{
    Connection, Event, NameState, Received, Reconnect, Settings,
};
use alwayson_codec::connection::{
    CallError, Fixed, FixedName, InboundId, Names, RequestId, Requests, Transmit, Unanswered,
};
use alwayson_codec::{Auth, Claim, Joiner, Response, Status, Value};

use super::host::{Sent, joiner};
use super::{CHUNK_SIZE, KEY, Packet, Verdict, check};

/// Small capacities, so that limits are reached.
type Room = Fixed<FixedName<8>, [u8; 512], Names<3>, Requests<2>, Unanswered<2>>;

/// A device.
#[derive(Clone, Debug)]
pub struct Device {
    pub(super) edge: Connection<Room>,
    joiner: Joiner<Vec<u8>, 1>,
    reconnect: Reconnect,
    /// Its gateway, if any.
    pub(super) gateway: Option<String>,
    /// The index of its connection.
    pub(super) line: Option<usize>,
    /// The time of the next connect, in ms.
    pub(super) connect_at_ms: Option<u64>,
    /// Whether its key is right.
    pub(super) has_key: bool,
    was_closed: bool,
    /// Requests that have not ended.
    pub(super) open: BTreeSet<RequestId>,
    unanswered: Vec<InboundId>,
    /// Whether it delays answers.
    pub(super) is_slow: bool,
}

impl Device {
    /// Creates a device, with a gateway or without, whose first request has this id.
    pub(super) fn new(gateway: Option<&str>, first_request_id: u32) -> Self {
        let settings = Settings::default()
            .with_chunk_size(CHUNK_SIZE)
            .with_several_messages(true)
            .with_first_request_id(first_request_id);
        let name = gateway.and_then(|name| FixedName::try_from(name).ok());
        let kind = FixedName::try_from(super::GATEWAY_TYPE).ok();
        Self {
            edge: match name.zip(kind) {
                Some((name, kind)) => Connection::gateway(settings, name, kind, [0; 512]),
                None => Connection::new(settings, [0; 512]),
            },
            gateway: gateway.map(str::to_owned),
            joiner: joiner(),
            reconnect: Reconnect::default().with_cap_ms(20_000),
            line: None,
            connect_at_ms: Some(0),
            has_key: true,
            was_closed: false,
            open: BTreeSet::new(),
            unanswered: Vec::new(),
            is_slow: false,
        }
    }

    /// Handles an open WebSocket by sending AUTH.
    pub(super) fn open(&mut self, line: usize, now_ms: u64) -> Result<Vec<u8>, String> {
        let key = if self.has_key { KEY } else { "another" };
        let claims = [Claim::new(Claim::APP_KEY, key)];
        let auth = Auth::new(&claims).map_err(|error| error.to_string())?;
        let mut buffer = [0; 64];
        let len = self.edge.handle_opened(&auth, &mut buffer, now_ms);
        let len = len.map_err(|error| format!("a connection that was to be opened: {error}"))?;
        self.line = Some(line);
        self.connect_at_ms = None;
        self.was_closed = false;
        Ok(buffer[..len].to_vec())
    }

    /// Takes a message; returns false if it cannot be taken now.
    pub(super) fn receive(&mut self, bytes: &[u8], now_ms: u64) -> Result<bool, String> {
        let is_dead = self.edge.end().is_some();
        let bound = self.bound();
        match self.edge.handle_received(bytes, &mut self.joiner, now_ms) {
            Received::NotNow => return Ok(false),
            Received::Request { inbound, request } => {
                let name = request.entity.name.as_str();
                let is_gateway = self.gateway.as_deref() == Some(name) && !bound.is_empty();
                if is_dead || !(is_gateway || bound.contains(name)) {
                    return Err(format!("an edge was asked about {name}, which it has not bound"));
                }
                self.unanswered.push(inbound);
                if !self.is_slow {
                    self.answer(40)?;
                }
            }
            Received::Response { request, .. } => check::ended(&mut self.open, request)?,
            _ => {}
        }
        Ok(true)
    }

    /// Returns the bound names.
    pub(super) fn bound(&self) -> BTreeSet<String> {
        let bound = self.edge.names().filter(|(_, state, _)| *state == NameState::Bound);
        bound.map(|(name, ..)| name.to_owned()).collect()
    }

    /// Answers pending requests with a text of this length.
    pub(super) fn answer(&mut self, len: usize) -> Verdict {
        let text = "y".repeat(len);
        for inbound in std::mem::take(&mut self.unanswered) {
            let waits = self.edge.unanswered().any(|waiting| waiting == inbound);
            let content = Value::from(text.as_str());
            let response = Response { content, ..Response::new(Status::SUCCESS) };
            let answered = self.edge.respond(inbound, &response);
            check::answered(waits, self.edge.end().is_some(), answered)?;
            if matches!(answered, Err(CallError::OutboxFull | CallError::MessageTooLong)) {
                self.unanswered.push(inbound);
            }
        }
        Ok(())
    }

    /// Sends pending messages and handles events. The random number is for the next
    /// connection.
    pub(super) fn settle(&mut self, now_ms: u64, random: u32) -> Result<Sent, String> {
        let mut buffer = vec![0; 1024];
        let mut sent = Sent::new();
        loop {
            let polled = self.edge.poll_transmit(&mut buffer, now_ms);
            let Some(transmit) = polled.map_err(|error| error.to_string())? else { break };
            if self.was_closed || (self.edge.end().is_some() && !is_close(transmit)) {
                return Err(format!("an edge sent {transmit:?} after its end"));
            }
            sent.push(match transmit {
                Transmit::Message(len) => {
                    check::sent(&buffer[..len])?;
                    Packet::Message(buffer[..len].to_vec())
                }
                Transmit::Ping => Packet::Ping,
                Transmit::Close(_) => {
                    self.was_closed = true;
                    Packet::Close
                }
            });
            check::is_bounded(sent.len())?;
        }
        let mut end = None;
        while let Some(event) = self.edge.poll_event() {
            match event {
                Event::Authenticated { .. } => self.reconnect.succeeded(),
                Event::Failed { request, .. } => check::ended(&mut self.open, request)?,
                Event::Ended(why) => end = Some(why),
                _ => {}
            }
        }
        if let Some(end) = end {
            if !self.open.is_empty() {
                return Err(format!("requests outlive their connection: {:?}", self.open));
            }
            self.unanswered.clear();
            self.connect_at_ms = self.reconnect.after(end, now_ms, random);
            self.edge.reopen().map_err(|error| format!("after an end that was told: {error}"))?;
            self.line = None;
        }
        Ok(sent)
    }
}

fn is_close(transmit: Transmit) -> bool {
    matches!(transmit, Transmit::Close(_))
}
