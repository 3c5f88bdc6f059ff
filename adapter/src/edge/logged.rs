//! Logging of the state of an edge.
//!
//! | level | event |
//! | --- | --- |
//! | `warn!` | why there is no connection, and when the next attempt is; a name that is refused: once for each reason, and again after a success |
//! | `info!` | authenticated, bound, lost; repetitions of a warning |
//! | `debug!` | every other state |

use std::collections::BTreeMap;
use std::time::Duration;

use alwayson_codec::Status;

use super::state::{ConnectionState, EndReason, StateChange, ThingState};

/// What was logged, so that warnings are not repeated.
#[derive(Default)]
pub(super) struct Logged {
    is_connected: bool,
    /// Why names are refused.
    refused: BTreeMap<String, (Status, Option<String>)>,
}

impl Logged {
    pub(super) fn log(&mut self, change: &StateChange) {
        match change {
            StateChange::Connection(state) => self.connection(state),
            StateChange::Thing { name, state } => self.thing(name, state),
            StateChange::Removed { name } => {
                self.refused.remove(name);
                tracing::debug!(thing = name, "removed");
            }
        }
    }

    fn connection(&mut self, state: &ConnectionState) {
        match state {
            ConnectionState::Authenticated { session, .. } => {
                self.is_connected = true;
                tracing::info!(session, "authenticated");
            }
            // Logged by `waiting`, which knows the delay.
            ConnectionState::Waiting { .. } => {}
            ConnectionState::Ended { reason: EndReason::Left } => {
                tracing::info!("the edge has left");
            }
            // No warning: the program ends, or there was a panic, which is reported
            // elsewhere.
            ConnectionState::Ended { reason: EndReason::Stopped } => {
                tracing::info!("the edge has ended: its task was stopped");
            }
            ConnectionState::Ended { reason } => {
                tracing::warn!("the edge has ended, and does not connect again: {reason}");
            }
            ConnectionState::Connecting => tracing::debug!("connecting"),
            ConnectionState::Authenticating => tracing::debug!("authenticating"),
            ConnectionState::Leaving => tracing::debug!("leaving"),
        }
    }

    /// Logs why the connection has ended, and how long the edge waits before it connects
    /// again. `repeated` is the number of earlier ends for the same reason.
    pub(super) fn waiting(&mut self, wait: Duration, reason: &EndReason, repeated: u32) {
        let wait = human(wait);
        if std::mem::take(&mut self.is_connected) {
            tracing::info!("the connection is lost: {reason}; the next try is in {wait}");
        } else if repeated > 0 {
            tracing::info!("still cannot connect: {reason}; the next try is in {wait}");
        } else {
            tracing::warn!("cannot connect: {reason}; the next try is in {wait}");
        }
    }

    fn thing(&mut self, name: &str, state: &ThingState) {
        match state {
            ThingState::Bound { is_synchronized: false } => {
                self.refused.remove(name);
                tracing::info!(thing = name, "bound");
            }
            ThingState::Bound { is_synchronized: true } => {
                tracing::debug!(thing = name, "synchronised: pushes go out");
            }
            ThingState::Refused { status, reason } => {
                let because = reason.as_ref().map(|reason| format!(": {reason}"));
                let because = because.unwrap_or_default();
                let refused = (*status, reason.clone());
                if self.refused.get(name) == Some(&refused) {
                    tracing::info!(thing = name, "still refused, {status}{because}");
                } else {
                    self.refused.insert(name.to_owned(), refused);
                    tracing::warn!(
                        thing = name,
                        "the platform refuses to bind it, {status}{because}; it is tried again"
                    );
                }
            }
            ThingState::Unbound => tracing::debug!(thing = name, "unbound"),
            ThingState::Binding => tracing::debug!(thing = name, "binding"),
            ThingState::Unbinding => tracing::debug!(thing = name, "unbinding"),
        }
    }
}

/// Returns a delay in the unit that fits, for people to read.
fn human(wait: Duration) -> String {
    let millis = wait.as_millis();
    let seconds = millis.div_ceil(1000);
    match seconds {
        0..=1 if millis < 1000 => format!("{millis} ms"),
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_the_unit_that_fits() {
        for (millis, said) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (11_500, "12 s"),
            (59_000, "59 s"),
            (60_000, "1 min 0 s"),
            (3_599_000, "59 min 59 s"),
            (3_600_000, "1 h 0 min"),
        ] {
            assert_eq!(human(Duration::from_millis(millis)), said);
        }
    }
}
