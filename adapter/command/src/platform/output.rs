//! What the platform prints without a terminal: lines that are written in batches by a thread of
//! their own, so that a reader that does not read delays neither connections nor signals.

use std::io::{self, Write};
use std::thread;

use tokio::sync::mpsc;

use super::log_file::LogFile;

/// The size in bytes from which no more lines join a batch. What a pipe of Linux holds: larger
/// batches would not be written in fewer calls.
const BATCH: usize = 64 * 1024;

/// Lines on their way to standard output and to the log file.
pub(super) struct Output {
    batch: String,
    /// It holds one batch; the thread has another one.
    batches: mpsc::Sender<String>,
    /// Closed if standard output has no reader.
    is_read: mpsc::Sender<()>,
    /// Closed when everything was written.
    written: mpsc::Receiver<()>,
}

impl Output {
    /// Starts the thread.
    pub(super) fn start(mut log_file: LogFile) -> Self {
        let (batches, mut waiting) = mpsc::channel::<String>(1);
        let (is_read, reader) = mpsc::channel(1);
        let (end, written) = mpsc::channel(1);
        thread::spawn(move || {
            let mut reader = Some(reader);
            while let Some(batch) = waiting.blocking_recv() {
                if reader.is_some() {
                    if let Err(error) = write(&batch) {
                        tracing::debug!(%error, "the output has no reader");
                        reader = None;
                    }
                }
                log_file.tell(&batch);
            }
            drop(end);
        });
        Self { batch: String::new(), batches, is_read, written }
    }

    /// Adds a line to the batch.
    pub(super) fn line(&mut self, text: &str) {
        self.write(|line| line.push_str(text));
    }

    /// Adds a line to the batch, which is appended.
    pub(super) fn write(&mut self, append: impl FnOnce(&mut String)) {
        append(&mut self.batch);
        self.batch.push('\n');
    }

    /// Returns whether the batch has room for more lines. Otherwise, they should wait where they
    /// are lost with their number if they are too many.
    pub(super) fn has_room(&self) -> bool {
        self.batch.len() < BATCH
    }

    /// Completes when a write has failed, because standard output has no reader.
    pub(super) fn gone(&self) -> impl Future<Output = ()> + use<> {
        let is_read = self.is_read.clone();
        async move { is_read.closed().await }
    }

    /// Passes the batch to the thread once that can take it; never completes if it is empty.
    ///
    /// # Cancel safety
    /// If the future is dropped, the batch stays.
    pub(super) async fn pass_on(&mut self) {
        if self.batch.is_empty() {
            std::future::pending::<()>().await;
        }
        let place = self.batches.reserve().await;
        let batch = std::mem::take(&mut self.batch);
        // Without the thread, there is nobody to write it.
        if let Ok(place) = place {
            place.send(batch);
        }
    }

    /// Waits until everything is written.
    pub(super) async fn finish(mut self) {
        if !self.batch.is_empty() {
            self.pass_on().await;
        }
        drop(self.batches);
        let _ = self.written.recv().await;
    }
}

fn write(batch: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(batch.as_bytes())?;
    output.flush()
}
