//! What has passed over a connection, read along.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use alwayson_conformance::capture::Side;
use alwayson_conformance::watch::{Event, Frame, Limits, Watch};
use tokio::sync::mpsc;

use super::{Ends, packets, since_1970};
use crate::broken::Count;
use crate::capture::Recorder;
use crate::passing::{self, Line};
use crate::queue::Writer;

/// The byte that replaces what may be secret.
const MASK: u8 = b'*';

/// What passed, and when.
pub(super) struct Passed {
    pub(super) from: Side,
    pub(super) at: SystemTime,
    pub(super) what: What,
}

pub(super) enum What {
    Bytes(Vec<u8>),
    /// A side sends nothing more.
    End,
    /// The socket of this side is broken.
    Broken(String),
}

/// Where everything goes.
#[derive(Clone)]
pub(super) struct Outputs {
    pub(super) lines: Writer<Line>,
    pub(super) recorder: Option<Recorder>,
    pub(super) packets: Option<packets::Recorder>,
    pub(super) count: Arc<Count>,
    pub(super) is_checking: bool,
    pub(super) limits: Limits,
    pub(super) path: String,
}

/// Looks at one connection.
pub(super) struct Observer {
    number: u64,
    outputs: Outputs,
}

impl Observer {
    pub(super) fn new(number: u64, outputs: Outputs) -> Self {
        Self { number, outputs }
    }

    /// Shows something about the connection.
    pub(super) fn note(&self, text: String) {
        self.line(SystemTime::now(), None, None, text);
    }

    fn line(&self, time: SystemTime, from: Option<Side>, len: Option<usize>, text: String) {
        let line = Line { time, connection: self.number, from, len, text };
        self.outputs.lines.write(line, 0);
    }

    /// Looks at all that passes, until the connection has ended.
    pub(super) async fn run(
        self,
        mut passed: mpsc::Receiver<Passed>,
        ends: Ends,
        opened: SystemTime,
    ) {
        let Outputs { limits, path, .. } = &self.outputs;
        let mut watch = Watch::new(*limits).with_path(path.clone());
        let mut seen = Seen::default();
        if let Some(packets) = &self.outputs.packets {
            packets.open(self.number, ends, opened);
        }
        while let Some(Passed { from, at, what }) = passed.recv().await {
            match what {
                What::Bytes(bytes) => {
                    *seen.bytes_of(from) += bytes.len() as u64;
                    if let Some(packets) = &self.outputs.packets {
                        packets.raw(self.number, from, &bytes, at);
                    }
                    let now_ms = milliseconds(since_1970(at));
                    watch.bytes(from, &bytes, now_ms, &mut |event| {
                        self.event(&event, at, &mut seen);
                    });
                }
                What::End => {
                    let is_within = watch.end(from);
                    let within = if is_within { ", within a message" } else { "" };
                    self.line(at, Some(from), None, format!("end of this direction{within}"));
                    if let Some(packets) = &self.outputs.packets {
                        packets.end(self.number, from, at);
                    }
                }
                What::Broken(error) => {
                    self.line(
                        at,
                        Some(from),
                        None,
                        format!("!! the connection is broken: {error}"),
                    );
                    if let Some(packets) = &self.outputs.packets {
                        packets.reset(self.number, from, at);
                    }
                }
            }
        }
        if let Some(packets) = &self.outputs.packets {
            packets.close(self.number);
        }
        self.note(seen.summary(watch.unfinished()));
    }

    fn event(&self, event: &Event<'_>, at: SystemTime, seen: &mut Seen) {
        if let Some(packets) = &self.outputs.packets {
            packets.event(self.number, event, at);
        }
        self.record(event);
        match event {
            Event::Broken(finding) => self.outputs.count.add(finding),
            Event::Message { .. } => seen.messages += 1,
            Event::Unread { bytes, .. } => seen.unread += bytes.len() as u64,
            _ => {}
        }
        if let Some((from, len, text)) = passing::of_event(event, self.outputs.is_checking) {
            self.line(at, Some(from), len, text);
        }
    }

    /// Records messages and control frames.
    fn record(&self, event: &Event<'_>) {
        let Some(recorder) = &self.outputs.recorder else { return };
        let record = |from: &Side, opcode, payload: &[u8]| {
            let from = match from {
                Side::Edge => "edge",
                Side::Platform => "platform",
            };
            recorder.record(self.number, from, opcode, payload.to_vec());
        };
        match event {
            Event::Message { from, is_text: false, payload, .. } => record(from, "binary", payload),
            // What it has is not known, so all of it may be secret.
            Event::Message { from, payload, .. } => {
                record(from, "text", &vec![MASK; payload.len()]);
            }
            Event::Control { from, frame, payload } => match frame.opcode {
                Frame::PING => record(from, "ping", &vec![MASK; payload.len()]),
                Frame::PONG => record(from, "pong", &vec![MASK; payload.len()]),
                _ => record(from, "close", payload),
            },
            _ => {}
        }
    }
}

/// What was seen of a connection.
#[derive(Default)]
struct Seen {
    of_edge: u64,
    of_platform: u64,
    messages: u64,
    unread: u64,
}

impl Seen {
    fn bytes_of(&mut self, side: Side) -> &mut u64 {
        match side {
            Side::Edge => &mut self.of_edge,
            Side::Platform => &mut self.of_platform,
        }
    }

    fn summary(&self, unfinished: usize) -> String {
        let Self { of_edge, of_platform, messages, unread } = self;
        let mut text = format!(
            "closed: {messages} messages, {of_edge} bytes of the edge, {of_platform} of the platform"
        );
        if *unread > 0 {
            text = format!("{text}; {unread} of them not read");
        }
        if unfinished > 0 {
            text = format!("{text}; {unfinished} long messages incomplete");
        }
        text
    }
}

/// Returns a time in whole milliseconds.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
