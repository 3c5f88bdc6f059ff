//! The control channel, from the side of the tested program.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc;

use super::Behaviour;
use crate::sessions::Told;
use crate::sessions::compare::Packet;
use crate::suite::net::{Frame, Happening, Inbox, Socket, What};

/// What this program reports.
const REPORTS: [&str; 12] = [
    "authenticated",
    "bound",
    "unbound",
    "refused",
    "request",
    "response",
    "failed",
    "dropped",
    "followed",
    "notAllowed",
    "thing",
    "ended",
];

/// Writes the first line.
pub(super) fn hello() -> Result<(), String> {
    write(&json!({"kind": "hello", "quiet": true, "reports": REPORTS}))
}

/// Writes a line.
pub(super) fn write(line: &Value) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    written.map_err(|error| error.to_string())
}

/// Returns an order without what is for programs that have no encoder, or that do not know ids.
pub(super) fn without_help(mut order: Value) -> Value {
    if let Some(object) = order.as_object_mut() {
        object.remove("hex");
        object.remove("number");
    }
    order
}

/// Writes an effect.
pub(super) fn tell(told: &Told) -> Result<(), String> {
    write(&serde_json::to_value(told).unwrap_or_default())
}

/// Puts the lines of standard input into an inbox; its end is a line without content.
pub(super) fn lines(inbox: mpsc::UnboundedSender<Happening>) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        loop {
            let line = lines.next_line().await.ok().flatten();
            let is_last = line.is_none();
            let what = What::Line(line.unwrap_or_default());
            let happening = Happening { connection: 0, what };
            if inbox.send(happening).is_err() || is_last {
                return;
            }
        }
    });
}

/// Returns the next thing that happens, or `None` at this time of the program.
pub(super) async fn next(
    inbox: &mut Inbox,
    behaviour: Behaviour,
    began: Instant,
    deadline_ms: Option<u64>,
) -> Option<Happening> {
    let Some(ms) = deadline_ms else { return inbox.recv().await };
    #[expect(clippy::cast_precision_loss, reason = "times are below 2^52 ms")]
    let wait = Duration::from_secs_f64(ms as f64 / 1000.0 * behaviour.scale);
    // A millisecond of the program may be less than one of the clock.
    let until = tokio::time::Instant::from_std(began + wait + Duration::from_millis(1));
    tokio::time::timeout_at(until, inbox.recv()).await.ok().flatten()
}

/// Sends a frame of a machine.
pub(super) async fn send(socket: &mut Option<Socket>, packet: &Packet) {
    let frame = match packet {
        Packet::Message(bytes) => Frame::binary(bytes.clone()),
        Packet::Ping => Frame::ping(b""),
        Packet::Close(code) => Frame::close(Some(*code)),
    };
    if let Some(open) = socket {
        if open.send(&frame).await.is_err() {
            *socket = None;
        }
    }
}
