//! All events of a platform in one stream, and the handles for commands.

use alwayson::platform::{Event, Handle, MemoryThings, Update};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::frames::Frames;
use super::report::Report;

/// The maximum number of reports that [`Desk::ready`] returns.
const REPORTS: usize = 4_096;

/// The events of a platform, and the handles for commands.
pub(super) struct Desk {
    pub(super) handle: Handle,
    pub(super) things: MemoryThings,
    events: broadcast::Receiver<Event>,
    updates: broadcast::Receiver<Update>,
    frames: Frames,
}

impl Desk {
    pub(super) fn new(handle: Handle, things: MemoryThings, frames: Frames) -> Self {
        let events = handle.events();
        let updates = things.updates();
        Self { handle, things, events, updates, frames }
    }

    /// Returns the next event.
    ///
    /// # Cancel safety
    /// If the future is dropped, no event is lost.
    pub(super) async fn next(&mut self) -> Report {
        let frames = &mut self.frames;
        let lost = frames.take_lost();
        if lost > 0 {
            return Report::lost("frames", lost);
        }
        // The handle and the Things hold both senders, so the channels do not close.
        tokio::select! {
            Some(seen) = frames.next() => Report::frame(&seen),
            event = self.events.recv() => match event {
                Ok(event) => Report::event(&event),
                Err(RecvError::Lagged(lost)) => Report::lost("events", lost),
                Err(RecvError::Closed) => std::future::pending().await,
            },
            update = self.updates.recv() => match update {
                Ok(update) => Report::update(update),
                Err(RecvError::Lagged(lost)) => Report::lost("updates", lost),
                Err(RecvError::Closed) => std::future::pending().await,
            },
        }
    }

    /// Returns the next event if it has already arrived.
    pub(super) fn try_next(&mut self) -> Option<Report> {
        let frame = self.frames.ready().map(|seen| Report::frame(&seen));
        frame
            .or_else(|| told(self.events.try_recv(), "events", |event| Report::event(&event)))
            .or_else(|| told(self.updates.try_recv(), "updates", Report::update))
    }

    /// Returns the events that have already arrived, at most `REPORTS`, so that a flood of
    /// events cannot delay an answer forever. They are shown before an answer.
    pub(super) fn ready(&mut self) -> Vec<Report> {
        std::iter::from_fn(|| self.try_next()).take(REPORTS).collect()
    }

    /// Returns whether frames are shown.
    pub(super) fn is_traced(&self) -> bool {
        self.frames.is_traced()
    }

    /// Starts or stops showing frames.
    pub(super) fn trace(&self, is_on: bool) {
        self.frames.trace(is_on);
    }
}

/// Returns a report of what was received, or of how many were lost.
fn told<T>(
    received: Result<T, TryRecvError>,
    what: &str,
    report: impl Fn(T) -> Report,
) -> Option<Report> {
    match received {
        Ok(received) => Some(report(received)),
        Err(TryRecvError::Lagged(lost)) => Some(Report::lost(what, lost)),
        Err(TryRecvError::Empty | TryRecvError::Closed) => None,
    }
}
