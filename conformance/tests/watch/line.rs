//! A connection, written byte by byte.

use alwayson_codec::{Auth, Bind, Body, Claim, Ids, List, Message, Request, Response, Status};
use alwayson_conformance::capture::Side;
use alwayson_conformance::watch::{Event, Finding, Frame, Limits, Watch};

pub(crate) const MASK: [u8; 4] = [1, 2, 3, 4];
pub(crate) const REQUEST: &str = "GET /Thingworx/WS HTTP/1.1\r\nHost: platform\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
pub(crate) const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

pub(crate) const GRANTED: Ids = Ids { request: 0, endpoint: 5, session: 77 };

pub(crate) fn ids(request: u32) -> Ids {
    Ids { request, ..GRANTED }
}

pub(crate) fn bytes(ids: Ids, body: Body<'_>) -> Vec<u8> {
    Message { ids, body }.encode_to_vec().unwrap()
}

/// A frame of one side, masked as it should be.
pub(crate) fn frame(from: Side, opcode: u8) -> Frame {
    let mask = (from == Side::Edge).then_some(MASK);
    Frame { is_final: true, rsv1: false, opcode, mask, len: 0 }
}

/// A watched connection.
pub(crate) struct Line {
    pub(crate) watch: Watch,
    pub(crate) now: u64,
    /// Each event as text, without findings.
    pub(crate) seen: Vec<String>,
    pub(crate) broken: Vec<Finding>,
}

impl Line {
    pub(crate) fn of(watch: Watch) -> Self {
        Self { watch, now: 0, seen: Vec::new(), broken: Vec::new() }
    }

    pub(crate) fn new() -> Self {
        Self::of(Watch::new(Limits::default()))
    }

    /// A connection whose upgrade is done.
    pub(crate) fn open() -> Self {
        Self::extended("")
    }

    /// A connection whose upgrade is done, with headers of both sides.
    pub(crate) fn extended(headers: &str) -> Self {
        let mut line = Self::new();
        line.send(Side::Edge, format!("{REQUEST}{headers}\r\n").as_bytes());
        line.send(Side::Platform, format!("{ANSWER}{headers}\r\n").as_bytes());
        line
    }

    /// A connection whose edge is authenticated.
    pub(crate) fn online() -> Self {
        let mut line = Self::open();
        line.auth(1);
        line.answer(Side::Platform, ids(1), Status::SUCCESS);
        line
    }

    /// A connection on which `Pump` is bound.
    pub(crate) fn bound() -> Self {
        let mut line = Self::online();
        line.bind(2, &["Pump"]);
        line.answer(Side::Platform, ids(2), Status::SUCCESS);
        line
    }

    pub(crate) fn send(&mut self, from: Side, bytes: &[u8]) {
        let Self { watch, now, seen, broken } = self;
        watch.bytes(from, bytes, *now, &mut |event| match event {
            Event::Broken(finding) => broken.push(finding),
            event => seen.push(text(&event)),
        });
    }

    pub(crate) fn frame(&mut self, from: Side, frame: Frame, payload: &[u8]) {
        let mut bytes = Vec::new();
        frame.write(payload, &mut bytes);
        self.send(from, &bytes);
    }

    pub(crate) fn binary(&mut self, from: Side, payload: &[u8]) {
        self.frame(from, frame(from, Frame::BINARY), payload);
    }

    pub(crate) fn message(&mut self, from: Side, ids: Ids, body: Body<'_>) {
        self.binary(from, &bytes(ids, body));
    }

    pub(crate) fn auth(&mut self, request: u32) {
        let claims = [Claim::new(Claim::APP_KEY, "secret")];
        let auth = Body::Auth(Auth::new(&claims).unwrap());
        self.message(Side::Edge, Ids::unauthenticated(request), auth);
    }

    pub(crate) fn bind(&mut self, request: u32, names: &[&str]) {
        let names = List::new(names).unwrap();
        self.message(Side::Edge, ids(request), Body::Bind(Bind { gateway: None, names }));
    }

    pub(crate) fn unbind(&mut self, request: u32, names: &[&str]) {
        let names = List::new(names).unwrap();
        self.message(Side::Edge, ids(request), Body::Unbind(Bind { gateway: None, names }));
    }

    pub(crate) fn ask(&mut self, from: Side, request: u32, thing: &str) {
        let body = Body::Request(Request::read_property(thing, "Pressure"));
        self.message(from, ids(request), body);
    }

    pub(crate) fn answer(&mut self, from: Side, ids: Ids, status: Status) {
        self.message(from, ids, Body::Response(Response::new(status)));
    }

    /// The ids of the broken rules, in order.
    pub(crate) fn rules(&self) -> Vec<&'static str> {
        self.broken.iter().map(|finding| finding.rule.id).collect()
    }
}

fn text(event: &Event<'_>) -> String {
    match event {
        Event::Head { from, head, .. } => format!("{from:?} head {}", head.line),
        Event::Body { from, bytes } => format!("{from:?} body {}", bytes.len()),
        Event::Message { from, is_text, payload, frames } => {
            let kind = if *is_text { "text" } else { "message" };
            format!("{from:?} {kind} {} in {}", payload.len(), frames.len())
        }
        Event::Control { from, frame, payload } => {
            format!("{from:?} control {} {}", frame.opcode, payload.len())
        }
        Event::Joined { from, bytes } => format!("{from:?} joined {}", bytes.len()),
        Event::Unreadable { from, frames } => format!("{from:?} unreadable in {}", frames.len()),
        Event::TooLong { from, frame } => format!("{from:?} too long {}", frame.len),
        Event::Unread { from, bytes } => format!("{from:?} unread {}", bytes.len()),
        Event::Limit { from, text } => format!("{from:?} limit {text}"),
        other => format!("{other:?}"),
    }
}
