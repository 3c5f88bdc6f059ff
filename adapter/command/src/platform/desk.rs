//! All that happens on a platform, in one place, and what can be asked of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use alwayson::frame::{Direction, Kind, PlatformObserver};
use alwayson::mask;
use alwayson::platform::{Event, Handle, MemoryThings, Update};
use alwayson_codec::connection::registry::ConnectionId;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc};

use super::report::Report;
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
    let (is_traced, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
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
        let (time, direction, text) = (SystemTime::now(), frame.direction, frame.to_string());
        let bytes = match frame.kind {
            Kind::Message(bytes) => Some(mask::masked(bytes)),
            _ => None,
        };
        place.send(Seen { time, connection, direction, text, bytes });
    });
    (observer, frames)
}

/// All that happens, and what can be asked.
pub(super) struct Desk {
    pub(super) handle: Handle,
    pub(super) things: MemoryThings,
    events: broadcast::Receiver<Event>,
    updates: broadcast::Receiver<Update>,
    frames: Frames,
}

impl Desk {
    pub(super) fn new(handle: Handle, things: MemoryThings, frames: Frames) -> Self {
        let (events, updates) = (handle.events(), things.updates());
        Self { handle, things, events, updates, frames }
    }

    /// What happens next. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Report {
        let frames = &mut self.frames;
        let lost = frames.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            return Report::lost("frames", lost);
        }
        // Both senders are held by the handle and the Things here: they do not close.
        tokio::select! {
            Some(seen) = frames.seen.recv() => Report::frame(&seen),
            event = self.events.recv() => match event {
                Ok(event) => Report::event(&event),
                Err(RecvError::Lagged(lost)) => Report::lost("events", lost),
                Err(RecvError::Closed) => std::future::pending().await,
            },
            update = self.updates.recv() => match update {
                Ok(update) => Report::update(&update),
                Err(RecvError::Lagged(lost)) => Report::lost("updates", lost),
                Err(RecvError::Closed) => std::future::pending().await,
            },
        }
    }

    /// What has happened and was not taken yet; no more than so many, so that there
    /// is an end however much happens. For an answer that is to stand below it.
    pub(super) fn ready(&mut self) -> Vec<Report> {
        let mut reports = Vec::new();
        while reports.len() < FRAMES {
            let frame = self.frames.seen.try_recv().ok().map(|seen| Report::frame(&seen));
            let report = frame
                .or_else(|| told(self.events.try_recv(), "events", Report::event))
                .or_else(|| told(self.updates.try_recv(), "updates", Report::update));
            match report {
                Some(report) => reports.push(report),
                None => break,
            }
        }
        reports
    }

    /// Whether frames are shown.
    pub(super) fn is_traced(&self) -> bool {
        self.frames.is_traced.load(Ordering::Relaxed)
    }

    /// Shows frames from now on, or does not.
    pub(super) fn trace(&self, is_on: bool) {
        self.frames.is_traced.store(is_on, Ordering::Relaxed);
    }
}

/// What was received, or how many were lost.
fn told<T>(
    received: Result<T, TryRecvError>,
    what: &str,
    report: impl Fn(&T) -> Report,
) -> Option<Report> {
    match received {
        Ok(received) => Some(report(&received)),
        Err(TryRecvError::Lagged(lost)) => Some(Report::lost(what, lost)),
        Err(TryRecvError::Empty | TryRecvError::Closed) => None,
    }
}
