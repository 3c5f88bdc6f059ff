//! The output of an edge: frames and states, in order.

use std::time::SystemTime;

use alwayson::edge::{ConnectionState, EndReason, StateChange, ThingState};

use crate::failure::Failure;
use crate::queue;
use crate::show::{self, Days};

/// The capacity of the queue of lines for frames. Lines that do not fit are lost, and their
/// number is shown.
const FRAMES: usize = 4_096;
/// Additional capacity for lines of states: enough for 10,000 Things during the life of a
/// connection.
const STATES: usize = 65_536;

/// A line of output.
pub(super) struct Line {
    time: SystemTime,
    text: String,
    /// Whether the line is cut at the width of the terminal; others are wrapped.
    is_frame: bool,
    /// The reason, if the edge has ended.
    pub(super) end: Option<EndReason>,
}

impl Line {
    fn new(text: String) -> Self {
        Self { time: SystemTime::now(), text, is_frame: false, end: None }
    }

    pub(super) fn show(&self, days: &mut Days) -> Result<(), Failure> {
        show::dated(days, self.time, &self.text, self.is_frame)
    }
}

pub(super) type Writer = queue::Writer<Line>;
pub(super) type Lines = queue::Lines<Line>;

pub(super) fn queue() -> (Writer, Lines) {
    queue::queue(FRAMES + STATES)
}

impl Writer {
    /// Queues a line for a frame, leaving capacity for states.
    pub(super) fn frame(&self, text: String) {
        self.write(Line { is_frame: true, ..Line::new(text) }, STATES);
    }

    pub(super) fn state(&self, change: &StateChange) {
        let text = match change {
            StateChange::Connection(state) => format!("edge     {}", connection_text(state)),
            StateChange::Thing { name, state } => {
                format!("thing    {}: {}", show::name(name), thing_text(state))
            }
            StateChange::Removed { name } => format!("thing    {}: removed", show::name(name)),
            other => format!("edge     {other:?}"),
        };
        let end = match change {
            StateChange::Connection(ConnectionState::Ended { reason }) => Some(reason.clone()),
            _ => None,
        };
        self.write(Line { end, ..Line::new(text) }, 0);
    }
}

impl Lines {
    /// Returns the next line.
    ///
    /// # Cancel safety
    /// If the future is dropped, no line is lost.
    pub(super) async fn next(&mut self) -> Line {
        if let Some(lost) = self.lost() {
            return Line::new(format!("lost     {lost} lines: there were too many"));
        }
        match self.recv().await {
            Some(line) => line,
            // The edge has ended, and the line that says so was lost.
            None => Line { end: Some(EndReason::Left), ..Line::new("edge     ended".to_owned()) },
        }
    }
}

fn connection_text(state: &ConnectionState) -> String {
    match state {
        ConnectionState::Connecting => "connecting".to_owned(),
        ConnectionState::Authenticating => "authenticating".to_owned(),
        ConnectionState::Authenticated { session, .. } => {
            format!("authenticated, session {session}")
        }
        ConnectionState::Waiting { until, reason, repeated } => {
            let until = show::moment(*until, SystemTime::now());
            if *repeated == 0 {
                format!("waiting to reconnect until {until}: {reason}")
            } else {
                let tries = repeated.saturating_add(1);
                format!("waiting to reconnect until {until}: the same after {tries} attempts")
            }
        }
        ConnectionState::Leaving => "leaving".to_owned(),
        ConnectionState::Ended { reason } => format!("ended: {reason}"),
        other => format!("{other:?}"),
    }
}

fn thing_text(state: &ThingState) -> String {
    match state {
        ThingState::Unbound => "unbound".to_owned(),
        ThingState::Binding => "binding".to_owned(),
        ThingState::Bound { is_synchronized: false } => "bound".to_owned(),
        ThingState::Bound { is_synchronized: true } => "bound, pushes go out".to_owned(),
        ThingState::Refused { status, reason } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("refused, {status}{reason}; will be retried")
        }
        ThingState::Unbinding => "unbinding".to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_leave_room_for_states_and_what_is_lost_is_told() {
        let (writer, mut lines) = queue();
        for frame in 0..=FRAMES {
            writer.frame(frame.to_string());
        }
        writer.state(&StateChange::Connection(ConnectionState::Leaving));
        assert_eq!(lines.next().await.text, "lost     1 lines: there were too many");
        for frame in 0..FRAMES {
            assert_eq!(lines.next().await.text, frame.to_string());
        }
        assert_eq!(lines.next().await.text, "edge     leaving");
        drop(writer);
        assert!(lines.next().await.end.is_some());
    }
}
