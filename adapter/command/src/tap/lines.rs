//! Lines, printed by a thread of their own.

use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::passing::Line;
use crate::queue::Lines;
use crate::show::{self, Days};

/// Prints lines on a thread of its own, which may wait for the reader. The first future is ready
/// after the last line; the second one if a line cannot be written.
pub(super) fn print(
    mut lines: Lines<Line>,
    is_full: bool,
) -> (oneshot::Receiver<()>, oneshot::Receiver<Failure>) {
    let (done, printed) = oneshot::channel();
    let (failed, is_read) = oneshot::channel();
    std::thread::spawn(move || {
        let mut days = Days::default();
        while let Some(line) = lines.blocking_recv() {
            let shown = lines.lost().map_or(Ok(()), |lost| {
                show::line(&format!("!! {lost} lines are left out: the reader is too slow"))
            });
            let shown = shown.map_err(Failure::from).and_then(|()| line.show(&mut days, is_full));
            if let Err(error) = shown {
                // Whoever waits for it may be gone.
                let _ = failed.send(error);
                return;
            }
        }
        if let Some(lost) = lines.lost() {
            let _ = show::line(&format!("!! {lost} lines are left out: the reader is too slow"));
        }
        // As long as this thread lives, nothing has failed.
        let _ = done.send(());
        std::thread::park();
        drop(failed);
    });
    (printed, is_read)
}
