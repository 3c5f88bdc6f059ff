//! A connection between an edge and a platform, seen by whoever stands between them: its
//! messages, and the rules of the protocol that each side breaks.
//!
//! A [`Watch`] takes the bytes of both directions as they pass, and calls back with what they are:
//! heads of HTTP, WebSocket messages and control frames, messages that were joined from chunks,
//! and broken rules. It changes nothing, keeps no more than its [`Limits`] allow, and takes any
//! bytes: what cannot be read is an event, too.
//!
//! ```
//! use alwayson_conformance::capture::Side;
//! use alwayson_conformance::watch::{Event, Limits, Watch};
//!
//! let mut watch = Watch::new(Limits::default());
//! let mut seen = Vec::new();
//! let request = b"GET /Thingworx/WS HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
//!     Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
//!     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nappKey: secret\r\n\r\n";
//! watch.bytes(Side::Edge, request, 0, &mut |event| {
//!     if let Event::Head { head, .. } = event {
//!         seen.push(head.line.clone());
//!     }
//! });
//! assert_eq!(seen, ["GET /Thingworx/WS HTTP/1.1"]);
//! ```

mod event;
mod frames;
mod guess;
mod http;
mod inflate;
mod names;
mod pending;
pub mod rules;
mod session;
mod stream;

pub use event::{Event, Limits, Sink};
pub use frames::Frame;
#[cfg(feature = "suite")]
pub(crate) use frames::faults;
pub use guess::{begins_with_message, may_begin_with_frame};
pub use http::Head;
pub use rules::{Finding, Rule};

use crate::capture::Side;
use http::Length;
use session::Session;
use stream::Stream;

/// Reads one connection along.
#[derive(Debug)]
pub struct Watch {
    limits: Limits,
    path: String,
    edge: Phase,
    platform: Phase,
    /// The request for a WebSocket that is not answered yet.
    asked: Option<Box<Head>>,
    session: Session,
    pings: [Option<u64>; 2],
}

/// How the bytes of a direction are read.
#[derive(Debug)]
enum Phase {
    /// The head of an HTTP message is to come.
    Head(Vec<u8>),
    /// A request for a WebSocket was sent; these bytes follow it.
    Waiting(Vec<u8>),
    /// The body of an HTTP message, of which this much is to come.
    Body(u64),
    /// A body without a known end.
    Endless,
    /// Frames of a WebSocket.
    Frames(Box<Stream>),
    /// Something was damaged.
    Lost,
}

impl Watch {
    /// Begins at the start of a connection.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            path: "/Thingworx/WS".to_owned(),
            edge: Phase::Head(Vec::new()),
            platform: Phase::Head(Vec::new()),
            asked: None,
            session: Session::new(limits),
            pings: [None; 2],
        }
    }

    /// Begins in the middle of a connection: its WebSocket is open, both directions begin with a
    /// frame, and what was said before is not known.
    pub fn in_the_middle(limits: Limits) -> Self {
        let stream = || Phase::Frames(Box::new(Stream::new(limits, None)));
        Self {
            edge: stream(),
            platform: stream(),
            session: Session::in_the_middle(limits),
            ..Self::new(limits)
        }
    }

    /// Expects the WebSocket at this path instead of the usual one (PROTOCOL.md §1).
    #[must_use]
    pub fn with_path(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    fn phase(&mut self, side: Side) -> &mut Phase {
        match side {
            Side::Edge => &mut self.edge,
            Side::Platform => &mut self.platform,
        }
    }

    /// Takes bytes of one direction, in their order, at a time of any clock, in ms. Bytes of both
    /// directions have to come in an order in which causes precede effects.
    pub fn bytes(&mut self, from: Side, bytes: &[u8], now_ms: u64, sink: Sink<'_, '_>) {
        self.silence(from, now_ms, sink);
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = self.step(from, rest, now_ms, sink);
        }
    }

    /// Goes on after bytes of one direction that were not seen: the next ones begin with a frame.
    /// What was compressed with a context cannot be read any more.
    pub fn skip(&mut self, from: Side) {
        if let Phase::Frames(stream) = self.phase(from) {
            stream.miss();
        }
        self.session.miss();
    }

    /// Takes the end of one direction. Returns whether it ended within a frame or a head.
    pub fn end(&mut self, from: Side) -> bool {
        match self.phase(from) {
            Phase::Head(head) => !head.is_empty(),
            Phase::Frames(stream) => stream.is_within_message(),
            _ => false,
        }
    }

    /// Returns whether both directions are WebSockets.
    pub fn is_open(&self) -> bool {
        matches!((&self.edge, &self.platform), (Phase::Frames(_), Phase::Frames(_)))
    }

    /// Returns the number of messages whose chunks are not complete.
    pub fn unfinished(&self) -> usize {
        self.session.unfinished()
    }

    /// Judges a message that did not come over a WebSocket that was seen, such as one of a
    /// recorded session.
    pub fn message(&mut self, from: Side, bytes: &[u8], now_ms: u64, sink: Sink<'_, '_>) {
        self.session.message(from, bytes, now_ms, sink);
    }

    /// Reads as much as one phase takes. Returns the rest.
    fn step<'b>(
        &mut self,
        from: Side,
        bytes: &'b [u8],
        now_ms: u64,
        sink: Sink<'_, '_>,
    ) -> &'b [u8] {
        let limits = self.limits;
        match self.phase(from) {
            Phase::Head(head) => {
                let before = head.len();
                head.extend_from_slice(bytes);
                let Some(end) = http::end(head).filter(|end| *end <= limits.head) else {
                    if head.len() > limits.head {
                        let head = std::mem::take(head);
                        let text = format!("a head of HTTP with more than {} bytes", limits.head);
                        self.lose(from, &text, &head, sink);
                    }
                    return &[];
                };
                let mut head = std::mem::take(head);
                head.truncate(end);
                self.head(from, &head, now_ms, sink);
                bytes.get(end - before..).unwrap_or_default()
            }
            Phase::Waiting(held) => {
                held.extend_from_slice(bytes);
                if held.len() > limits.frame {
                    let held = std::mem::take(held);
                    let text = "too many bytes before the answer to the upgrade".to_owned();
                    self.lose(from, &text, &held, sink);
                }
                &[]
            }
            Phase::Body(left) => {
                let len = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= len as u64;
                if *left == 0 {
                    *self.phase(from) = Phase::Head(Vec::new());
                }
                let (body, rest) = bytes.split_at(len);
                if !body.is_empty() {
                    sink(Event::Body { from, bytes: body });
                }
                rest
            }
            Phase::Endless => {
                sink(Event::Body { from, bytes });
                &[]
            }
            Phase::Frames(_) => {
                self.frames(from, bytes, now_ms, sink);
                &[]
            }
            Phase::Lost => {
                sink(Event::Unread { from, bytes });
                &[]
            }
        }
    }

    /// Gives up a direction.
    fn lose(&mut self, from: Side, text: &str, rest: &[u8], sink: Sink<'_, '_>) {
        *self.phase(from) = Phase::Lost;
        let text = format!("{text}: what follows passes, and is not read");
        sink(Event::Limit { from, text });
        if !rest.is_empty() {
            sink(Event::Unread { from, bytes: rest });
        }
    }

    fn head(&mut self, from: Side, bytes: &[u8], now_ms: u64, sink: Sink<'_, '_>) {
        let read = match from {
            Side::Edge => Head::request(bytes),
            Side::Platform => Head::response(bytes),
        };
        let head = match read {
            Ok(head) => head,
            Err(error) => return self.lose(from, &format!("no HTTP: {error}"), bytes, sink),
        };
        sink(Event::Head { from, head: &head, bytes });
        *self.phase(from) = match head.body {
            Length::Known(0) => Phase::Head(Vec::new()),
            Length::Known(len) => Phase::Body(len),
            Length::Unknown => Phase::Endless,
        };
        match from {
            Side::Edge if head.is_upgrade => {
                self.edge = Phase::Waiting(Vec::new());
                self.asks(&head, sink);
                self.asked = Some(Box::new(head));
            }
            Side::Edge => {}
            Side::Platform if head.status == Some(101) => self.switch(&head, now_ms, sink),
            // An answer before the answer.
            Side::Platform if head.status.is_some_and(|status| status < 200) => {}
            Side::Platform => {
                self.asked = None;
                if let Phase::Waiting(early) = &mut self.edge {
                    let early = std::mem::take(early);
                    self.edge = Phase::Head(Vec::new());
                    self.bytes(Side::Edge, &early, now_ms, sink);
                }
            }
        }
    }

    /// Judges a request for a WebSocket.
    fn asks(&mut self, head: &Head, sink: Sink<'_, '_>) {
        let mut broken = |rule: &'static Rule, detail: String| {
            sink(Event::Broken(Finding { from: Side::Edge, rule, level: rule.level, detail }));
        };
        if head.version != "13" {
            broken(rules::UPGRADE, "not version 13".to_owned());
        }
        if head.path != self.path {
            broken(rules::PATH, format!("{:?} instead of {:?}", head.path, self.path));
        }
    }

    /// Both directions become WebSockets.
    fn switch(&mut self, head: &Head, now_ms: u64, sink: Sink<'_, '_>) {
        let mut broken = |rule: &'static Rule, detail: &str| {
            let detail = detail.to_owned();
            sink(Event::Broken(Finding { from: Side::Platform, rule, level: rule.level, detail }));
        };
        let asked = self.asked.take();
        match &asked {
            None => broken(rules::UPGRADE, "nobody asked for it"),
            Some(asked) if !head.accepts(asked) => {
                broken(rules::UPGRADE, "a wrong Sec-WebSocket-Accept");
            }
            Some(_) => {}
        }
        for name in head.extension_names() {
            let is_offered =
                asked.as_ref().is_some_and(|asked| asked.extension_names().any(|one| one == name));
            if name != stream::DEFLATE || !is_offered {
                broken(rules::EXTENSION, name);
            }
        }
        let agreed = head.extension(stream::DEFLATE);
        let keeps = |side: &str| {
            let none = format!("{side}_no_context_takeover");
            agreed.as_ref().map(|parameters| !parameters.contains(&none))
        };
        let early = match std::mem::replace(&mut self.edge, Phase::Lost) {
            Phase::Waiting(early) | Phase::Head(early) => early,
            _ => Vec::new(),
        };
        let limits = self.limits;
        self.edge = Phase::Frames(Box::new(Stream::new(limits, keeps("client"))));
        let mut stream = Stream::new(limits, keeps("server"));
        stream.longest = asked.and_then(|asked| asked.max_frame_size);
        self.platform = Phase::Frames(Box::new(stream));
        self.bytes(Side::Edge, &early, now_ms, sink);
    }
}
