//! The frames of one direction, put together to messages.

use tungstenite::protocol::frame::FrameHeader;

use super::frames::{self, Frame, Read, Reader};
use super::inflate::{Fault, Inflate};
use super::rules::{self, Finding, Rule};
use super::{Event, Limits, Phase, Sink, Watch};
use crate::capture::Side;

/// The extension that is undone.
pub(super) const DEFLATE: &str = "permessage-deflate";
/// The most frames of a message that are kept.
const FRAMES: usize = 4_096;
/// The time in which a pong is expected, in ms (PROTOCOL.md §1).
const PONG_MS: u64 = 10_000;

/// One direction of a WebSocket.
#[derive(Debug)]
pub(super) struct Stream {
    reader: Reader,
    limits: Limits,
    inflate: Option<Inflate>,
    begun: Option<Begun>,
    is_closed: bool,
    /// The longest frame that the other side accepts.
    pub(super) longest: Option<u64>,
}

/// A message of which the last frame has not come.
#[derive(Debug)]
struct Begun {
    is_text: bool,
    is_compressed: bool,
    payload: Vec<u8>,
    frames: Vec<Frame>,
    /// Why the payload is not kept, if it is not.
    fault: Option<String>,
}

impl Stream {
    /// `keeps_context` says whether the sender's compression goes on from message to message;
    /// `None` if nothing is compressed.
    pub(super) fn new(limits: Limits, keeps_context: Option<bool>) -> Self {
        Self {
            reader: Reader::new(limits.frame),
            limits,
            inflate: keeps_context.map(|keeps| Inflate::new(keeps, limits.message)),
            begun: None,
            is_closed: false,
            longest: None,
        }
    }

    pub(super) fn is_within_message(&self) -> bool {
        self.begun.is_some() || self.reader.is_within_frame()
    }

    /// Forgets what was begun, because bytes were not seen.
    pub(super) fn miss(&mut self) {
        self.reader = Reader::new(self.limits.frame);
        self.begun = None;
        if let Some(inflate) = &mut self.inflate {
            inflate.miss();
        }
    }

    /// Judges the header of a frame.
    fn judge(&mut self, from: Side, header: &FrameHeader, frame: &Frame, sink: Sink<'_, '_>) {
        for rule in frames::faults(header, frame.len, from, self.inflate.is_some()) {
            broken(from, rule, String::new(), sink);
        }
        if self.is_closed {
            broken(from, rules::AFTER_CLOSE, String::new(), sink);
        }
        self.is_closed |= frames::is_close(header.opcode);
        if let Some(longest) = self.longest.filter(|longest| frame.len > *longest) {
            broken(from, rules::FRAME_SIZE, format!("{} of {longest} bytes", frame.len), sink);
        }
    }

    /// Adds a frame to its message. Returns the message if it is whole.
    fn add(
        &mut self,
        from: Side,
        frame: Frame,
        payload: Option<Vec<u8>>,
        sink: Sink<'_, '_>,
    ) -> Option<Begun> {
        let is_continuation = frame.opcode == Frame::CONTINUATION;
        if is_continuation != self.begun.is_some() {
            broken(from, rules::CONTINUATION, String::new(), sink);
        }
        let begun = match self.begun.take() {
            Some(begun) if is_continuation => begun,
            _ if is_continuation => {
                sink(Event::Unreadable { from, frames: &[frame] });
                return None;
            }
            old => {
                if let Some(old) = old {
                    sink(Event::Unreadable { from, frames: &old.frames });
                }
                Begun {
                    is_text: frame.opcode == Frame::TEXT,
                    is_compressed: frame.rsv1,
                    payload: Vec::new(),
                    frames: Vec::new(),
                    fault: None,
                }
            }
        };
        let begun = self.begun.insert(begun);
        let limit = self.limits.message;
        match payload {
            None => begun.fault = Some("a frame of it is too long".to_owned()),
            Some(payload) if begun.payload.len() + payload.len() > limit => {
                begun.fault = Some(format!("a message with more than {limit} bytes"));
            }
            Some(_) if begun.frames.len() >= FRAMES => {
                begun.fault = Some(format!("a message in more than {FRAMES} frames"));
            }
            Some(payload) if begun.payload.is_empty() => begun.payload = payload,
            Some(payload) => begun.payload.extend(payload),
        }
        if begun.fault.is_some() {
            begun.payload = Vec::new();
        }
        if begun.frames.len() < FRAMES {
            begun.frames.push(frame);
        }
        if frame.is_final { self.begun.take() } else { None }
    }

    /// Returns the payload of a message; `None` if it is not known, which was told.
    fn payload(&mut self, from: Side, message: &mut Begun, sink: Sink<'_, '_>) -> Option<Vec<u8>> {
        if let Some(text) = message.fault.take() {
            if let Some(inflate) = self.inflate.as_mut().filter(|_| message.is_compressed) {
                inflate.miss();
            }
            sink(Event::Limit { from, text });
            return None;
        }
        let payload = std::mem::take(&mut message.payload);
        let Some(inflate) = self.inflate.as_mut().filter(|_| message.is_compressed) else {
            if message.is_compressed {
                // That the bit is reserved was told.
                return None;
            }
            return Some(payload);
        };
        match inflate.message(&payload) {
            Ok(payload) => Some(payload),
            Err(Fault::TooLong) => {
                let limit = self.limits.message;
                let text = format!(
                    "a message of {} bytes that decompresses to more than {limit}",
                    payload.len()
                );
                sink(Event::Limit { from, text });
                None
            }
            Err(Fault::Damaged) => {
                broken(from, rules::DEFLATE, format!("{} bytes", payload.len()), sink);
                None
            }
        }
    }
}

fn broken(from: Side, rule: &'static Rule, detail: String, sink: Sink<'_, '_>) {
    sink(Event::Broken(Finding { from, rule, level: rule.level, detail }));
}

impl Watch {
    /// Reads frames.
    pub(super) fn frames(&mut self, from: Side, bytes: &[u8], now_ms: u64, sink: Sink<'_, '_>) {
        if let Phase::Frames(stream) = self.phase(from) {
            stream.reader.push(bytes);
        }
        loop {
            let Phase::Frames(stream) = self.phase(from) else { return };
            let before = stream.reader.position();
            let Some(read) = stream.reader.next() else { return };
            let after = stream.reader.position();
            match read {
                Read::Frame(header, frame, payload) => {
                    stream.judge(from, &header, &frame, sink);
                    if Reader::is_long_form(&header, &frame, before, after) {
                        broken(from, rules::LENGTH_FORM, String::new(), sink);
                    }
                    if frame.is_control() {
                        self.control(from, frame, &payload, now_ms, sink);
                    } else {
                        self.data(from, frame, Some(payload), now_ms, sink);
                    }
                }
                Read::TooLong(header, frame) => {
                    stream.judge(from, &header, &frame, sink);
                    let limit = stream.limits.frame;
                    let text = format!("a frame of {} bytes, more than {limit}", frame.len);
                    sink(Event::Limit { from, text });
                    sink(Event::TooLong { from, frame });
                    if !frame.is_control() {
                        self.data(from, frame, None, now_ms, sink);
                    }
                }
                Read::Skipped(bytes) => sink(Event::Unread { from, bytes: &bytes }),
                Read::Damaged { opcode, offset } => {
                    let rest = stream.reader.take_rest();
                    let detail = format!("opcode {opcode} at byte {offset} of the WebSocket");
                    broken(from, rules::OPCODE, detail, sink);
                    self.lose(from, "a frame that cannot be read", &rest, sink);
                }
            }
        }
    }

    fn data(
        &mut self,
        from: Side,
        frame: Frame,
        payload: Option<Vec<u8>>,
        now_ms: u64,
        sink: Sink<'_, '_>,
    ) {
        let is_skipped = payload.is_none();
        let Phase::Frames(stream) = self.phase(from) else { return };
        let Some(mut message) = stream.add(from, frame, payload, sink) else { return };
        let Some(payload) = stream.payload(from, &mut message, sink) else {
            // The frame itself passes as one that is too long.
            let frames = message.frames.split_last().filter(|_| is_skipped);
            let frames = frames.map_or(&message.frames[..], |(_, frames)| frames);
            sink(Event::Unreadable { from, frames });
            return;
        };
        let Begun { is_text, frames, .. } = &message;
        sink(Event::Message { from, is_text: *is_text, payload: &payload, frames });
        if *is_text {
            broken(from, rules::TEXT, format!("{} bytes", payload.len()), sink);
        } else {
            self.session.message(from, &payload, now_ms, sink);
        }
    }

    fn control(
        &mut self,
        from: Side,
        frame: Frame,
        payload: &[u8],
        now_ms: u64,
        sink: Sink<'_, '_>,
    ) {
        sink(Event::Control { from, frame, payload });
        match frame.opcode {
            Frame::PING => {
                self.ping_of(from).get_or_insert(now_ms);
            }
            Frame::PONG => *self.ping_of(other(from)) = None,
            _ => {
                if !frames::is_valid_close(payload) {
                    broken(from, rules::CLOSE, format!("{} bytes", payload.len()), sink);
                }
                let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                self.session.close(from, code, sink);
                self.pings = [None; 2];
            }
        }
    }

    /// When this side has sent a ping that has no pong yet.
    fn ping_of(&mut self, side: Side) -> &mut Option<u64> {
        let [edge, platform] = &mut self.pings;
        match side {
            Side::Edge => edge,
            Side::Platform => platform,
        }
    }

    /// Judges whether a side that sends something owes a pong.
    pub(super) fn silence(&mut self, from: Side, now_ms: u64, sink: Sink<'_, '_>) {
        let asked = self.ping_of(other(from));
        if asked.is_some_and(|asked| now_ms.saturating_sub(asked) > PONG_MS) {
            *asked = None;
            broken(from, rules::PONG, String::new(), sink);
        }
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Edge => Side::Platform,
        Side::Platform => Side::Edge,
    }
}
