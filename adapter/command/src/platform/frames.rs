//! The frames that `trace` shows, from the connections to the screen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use alwayson::frame::{Direction, Kind, PlatformObserver};
use alwayson::mask;
use alwayson_codec::connection::registry::ConnectionId;
use tokio::sync::mpsc;

use crate::capture::Recorder;

/// How many frames wait to be shown; more are counted, not shown.
const FRAMES: usize = 4_096;

/// A frame that is to be shown.
pub(super) struct Seen {
    pub(super) time: SystemTime,
    pub(super) connection: ConnectionId,
    pub(super) direction: Direction,
    pub(super) text: String,
    /// The bytes of a message, secrets written over.
    pub(super) bytes: Option<Vec<u8>>,
}

/// The frames that are to be shown, and whether any are.
pub(super) struct Frames {
    is_traced: Arc<AtomicBool>,
    seen: mpsc::Receiver<Seen>,
    lost: Arc<AtomicU64>,
}

/// Sees the frames of a platform, and shows them to the recorder, if there is one.
pub(super) fn observer(recorder: Option<Recorder>) -> (PlatformObserver, Frames) {
    let (sender, seen) = mpsc::channel(FRAMES);
    let is_traced = Arc::new(AtomicBool::new(false));
    let lost = Arc::new(AtomicU64::new(0));
    let frames = Frames { is_traced: Arc::clone(&is_traced), seen, lost: Arc::clone(&lost) };
    let observer: PlatformObserver = Arc::new(move |connection, frame| {
        if let Some(recorder) = &recorder {
            recorder.frame(connection.0.into(), frame);
        }
        if !is_traced.load(Ordering::Relaxed) {
            return;
        }
        let Ok(place) = sender.try_reserve() else {
            lost.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let time = SystemTime::now();
        let direction = frame.direction;
        let text = frame.to_string();
        let bytes = match frame.kind {
            Kind::Message(bytes) => Some(mask::masked(bytes)),
            _ => None,
        };
        place.send(Seen { time, connection, direction, text, bytes });
    });
    (observer, frames)
}

impl Frames {
    /// The next frame. Dropping the future loses none.
    pub(super) async fn next(&mut self) -> Option<Seen> {
        self.seen.recv().await
    }

    /// The next frame, if one is there.
    pub(super) fn ready(&mut self) -> Option<Seen> {
        self.seen.try_recv().ok()
    }

    /// How many were left out since this was last called.
    pub(super) fn take_lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }

    /// Whether frames are shown.
    pub(super) fn is_traced(&self) -> bool {
        self.is_traced.load(Ordering::Relaxed)
    }

    /// Shows frames from now on, or does not.
    pub(super) fn trace(&self, is_on: bool) {
        self.is_traced.store(is_on, Ordering::Relaxed);
    }
}
