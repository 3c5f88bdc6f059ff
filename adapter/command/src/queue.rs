//! A queue of lines that are to be printed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

/// Queues lines in order. If the queue is full, lines are lost and counted: nobody waits for a
/// terminal.
pub(crate) struct Writer<L> {
    lines: mpsc::Sender<L>,
    lost: Arc<AtomicU64>,
}

impl<L> Clone for Writer<L> {
    fn clone(&self) -> Self {
        Self { lines: self.lines.clone(), lost: Arc::clone(&self.lost) }
    }
}

/// The queued lines.
pub(crate) struct Lines<L> {
    lines: mpsc::Receiver<L>,
    lost: Arc<AtomicU64>,
}

/// Creates a queue of this capacity.
pub(crate) fn queue<L>(capacity: usize) -> (Writer<L>, Lines<L>) {
    let (sender, lines) = mpsc::channel(capacity);
    let lost = Arc::default();
    (Writer { lines: sender, lost: Arc::clone(&lost) }, Lines { lines, lost })
}

impl<L> Writer<L> {
    /// Queues a line if more than `reserve` places are free; otherwise it is lost.
    pub(crate) fn write(&self, line: L, reserve: usize) {
        if self.lines.capacity() <= reserve || self.lines.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<L> Lines<L> {
    /// Returns the number of lines that were lost since the last call, if there are any.
    pub(crate) fn lost(&self) -> Option<u64> {
        Some(self.lost.swap(0, Ordering::Relaxed)).filter(|lost| *lost > 0)
    }

    /// Waits for the next line; `None` if there is no writer any more.
    ///
    /// # Cancel safety
    /// If the future is dropped, no line is lost.
    pub(crate) async fn recv(&mut self) -> Option<L> {
        self.lines.recv().await
    }

    /// Waits for the next line on a thread of its own; `None` if there is no writer any more.
    pub(crate) fn blocking_recv(&mut self) -> Option<L> {
        self.lines.blocking_recv()
    }

    /// Returns the next line without waiting; `None` if the queue is empty.
    pub(crate) fn try_recv(&mut self) -> Option<L> {
        self.lines.try_recv().ok()
    }
}
