//! SIGINT, SIGTERM and SIGHUP.

use std::time::Duration;

use tokio::time::Instant;

use crate::failure::Failure;

/// Signals within this time of the first count as one: GNU timeout sends SIGTERM to the
/// process and to its group, microseconds apart. It is too short to press Ctrl-C twice.
const ONE: Duration = Duration::from_millis(100);

/// The meaning of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C or SIGTERM: end.
    End,
    /// SIGHUP: end if a terminal was closed, otherwise reload files.
    #[cfg_attr(not(unix), expect(dead_code, reason = "the system has no such signal"))]
    Hangup,
}

/// Listens for Ctrl-C, SIGTERM and SIGHUP.
pub(crate) struct Signals {
    #[cfg(unix)]
    all: [tokio::signal::unix::Signal; 3],
    counted: Counted,
}

/// The time of the last signal that counted.
#[derive(Default)]
struct Counted(Option<Instant>);

impl Counted {
    /// Returns whether a signal at this time counts.
    fn is_another(&mut self, now: Instant) -> bool {
        let is_another = self.0.is_none_or(|last| now.duration_since(last) >= ONE);
        if is_another {
            self.0 = Some(now);
        }
        is_another
    }
}

impl Signals {
    #[cfg(unix)]
    pub(crate) fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::Failed(format!("cannot listen for signals: {error}")))
        };
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(listen);
        Ok(Self { all: [interrupt?, terminate?, hangup?], counted: Counted::default() })
    }

    /// Waits for the next signal that counts.
    ///
    /// # Cancel safety
    /// If the future is dropped, no signal is lost.
    pub(crate) async fn next(&mut self) {
        loop {
            self.any().await;
            if self.counted.is_another(Instant::now()) {
                return;
            }
        }
    }

    /// Like [`next`](Self::next), for programs that do not end on SIGHUP: every SIGHUP
    /// counts.
    pub(crate) async fn next_or_hangup(&mut self) -> Signal {
        loop {
            let signal = self.any().await;
            if signal == Signal::Hangup || self.counted.is_another(Instant::now()) {
                return signal;
            }
        }
    }

    #[cfg(unix)]
    async fn any(&mut self) -> Signal {
        let [interrupt, terminate, hangup] = &mut self.all;
        tokio::select! {
            _ = interrupt.recv() => Signal::End,
            _ = terminate.recv() => Signal::End,
            _ = hangup.recv() => Signal::Hangup,
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self { counted: Counted::default() })
    }

    /// Waits for Ctrl-C.
    #[cfg(not(unix))]
    async fn any(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::End
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_signals_within_100_ms_are_one() {
        let first = Instant::now();
        let after = |millis| first + Duration::from_millis(millis);
        let mut counted = Counted::default();
        assert!(counted.is_another(first));
        assert!(!counted.is_another(first));
        assert!(!counted.is_another(after(99)));
        assert!(counted.is_another(after(100)));
        assert!(!counted.is_another(after(199)));
        assert!(counted.is_another(after(301)));
    }
}
