//! What passes between an edge and a platform, as lines.

use std::time::SystemTime;

use alwayson::frame::{self, Direction};
use alwayson_conformance::capture::Side;
use alwayson_conformance::watch::{Event, Frame, rules};

use crate::failure::Failure;
use crate::show::{self, Days};

/// From this width of the terminal on, each line shows the direction in words.
const WIDE: usize = 120;

/// A line to show.
pub(crate) struct Line {
    pub(crate) time: SystemTime,
    pub(crate) connection: u64,
    pub(crate) from: Option<Side>,
    pub(crate) len: Option<usize>,
    pub(crate) text: String,
}

impl Line {
    /// Prints the line, and before it the day if that has changed.
    pub(crate) fn show(&self, days: &mut Days, is_full: bool) -> Result<(), Failure> {
        let Self { time, connection, from, len, text } = self;
        let columns = if is_full { None } else { show::columns() };
        let is_wide = columns.is_none_or(|columns| columns >= WIDE);
        let direction = match (from, is_wide) {
            (Some(Side::Edge), true) => "edge -> platform",
            (Some(Side::Platform), true) => "edge <- platform",
            (Some(Side::Edge), false) => "->",
            (Some(Side::Platform), false) => "<-",
            (None, true) => "                ",
            (None, false) => "  ",
        };
        let len = len.map(|len| len.to_string()).unwrap_or_default();
        let text = format!("#{connection:<3} {direction} {len:>7}  {text}");
        show::dated(days, *time, &text, !is_full && !self.text.starts_with("!!"))
    }
}

/// Returns who has caused an event, its size, and what to show; `None` for what is not shown.
/// Broken rules are shown if they are checked, and if nothing else tells of them.
pub(crate) fn of_event(
    event: &Event<'_>,
    is_checking: bool,
) -> Option<(Side, Option<usize>, String)> {
    Some(match event {
        Event::Broken(finding) if !is_checking && finding.rule != rules::CHUNKS => return None,
        Event::Head { from, head, bytes } => {
            let extensions = match head.extensions.as_str() {
                "" => String::new(),
                extensions => format!(" ({extensions})"),
            };
            (*from, Some(bytes.len()), format!("{}{extensions}", head.line))
        }
        Event::Body { from, bytes } => (*from, Some(bytes.len()), "body of HTTP".to_owned()),
        Event::Message { from, is_text, payload, frames } => {
            let text = if *is_text { "text message".to_owned() } else { dump(payload) };
            (*from, Some(payload.len()), format!("{text}{}", way(frames)))
        }
        Event::Unreadable { from, frames } => {
            let bytes: u64 = frames.iter().map(|frame| frame.len).sum();
            let len = usize::try_from(bytes).ok();
            (*from, len, format!("!! a message that is not shown{}", way(frames)))
        }
        Event::Control { from, frame, payload } => {
            (*from, Some(payload.len()), control(frame.opcode, payload))
        }
        Event::Joined { from, bytes } => (*from, Some(bytes.len()), format!("= {}", dump(bytes))),
        Event::Broken(finding) => (finding.from, None, format!("!! {finding}")),
        Event::Limit { from, text } => (*from, None, format!("!! {text}")),
        _ => return None,
    })
}

/// Returns a message as everywhere in the command, secrets masked.
fn dump(message: &[u8]) -> String {
    // The direction is not shown.
    let direction = Direction::Received;
    frame::Frame { direction, kind: frame::Kind::Message(message) }.to_string()
}

/// Returns how a message came, if not in one frame as it is.
fn way(frames: &[Frame]) -> String {
    let is_compressed = frames.first().is_some_and(|frame| frame.rsv1);
    let bytes: u64 = frames.iter().map(|frame| frame.len).sum();
    match (frames.len(), is_compressed) {
        (0 | 1, false) => String::new(),
        (0 | 1, true) => format!(" (compressed, {bytes} bytes)"),
        (frames, false) => format!(" (in {frames} frames)"),
        (frames, true) => format!(" (compressed, {bytes} bytes, in {frames} frames)"),
    }
}

fn control(opcode: u8, payload: &[u8]) -> String {
    match (opcode, payload) {
        (Frame::PING, _) => "ping".to_owned(),
        (Frame::PONG, _) => "pong".to_owned(),
        (_, [high, low, reason @ ..]) => {
            let code = u16::from_be_bytes([*high, *low]);
            let reason = String::from_utf8_lossy(reason);
            format!("close {code} {reason}").trim_end().to_owned()
        }
        _ => "close".to_owned(),
    }
}
