//! The frames that `trace` shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use alwayson::frame::{Direction, Kind, PlatformObserver};
use alwayson::mask;
use alwayson_codec::connection::registry::ConnectionId;
use tokio::sync::mpsc;

use crate::capture::Recorder;

/// The capacity of the queue of frames; frames that do not fit are only counted.
const FRAMES: usize = 4_096;

/// A frame to show.
pub(super) struct Seen {
    pub(super) time: SystemTime,
    pub(super) connection: ConnectionId,
    pub(super) direction: Direction,
    pub(super) text: String,
    /// The bytes of a message, with secrets masked.
    pub(super) bytes: Option<Vec<u8>>,
}

/// The queue of frames, and the switch for it.
pub(super) struct Frames {
    is_traced: Arc<AtomicBool>,
    seen: mpsc::Receiver<Seen>,
    lost: Arc<AtomicU64>,
}

/// Returns an observer of a platform's frames, which also feeds the recorder, if any.
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
    /// Returns the next frame.
    ///
    /// # Cancel safety
    /// If the future is dropped, no frame is lost.
    pub(super) async fn next(&mut self) -> Option<Seen> {
        self.seen.recv().await
    }

    /// Returns the next frame if it has already arrived.
    pub(super) fn ready(&mut self) -> Option<Seen> {
        self.seen.try_recv().ok()
    }

    /// Returns the number of frames lost since the last call.
    pub(super) fn take_lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }

    /// Returns whether frames are shown.
    pub(super) fn is_traced(&self) -> bool {
        self.is_traced.load(Ordering::Relaxed)
    }

    /// Starts or stops showing frames.
    pub(super) fn trace(&self, is_on: bool) {
        self.is_traced.store(is_on, Ordering::Relaxed);
    }
}
