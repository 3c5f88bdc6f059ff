//! The lines of an edge: frames and states, in the order of what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use alwayson::edge::{ConnectionState, EndReason, StateChange, ThingState};
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::show::{self, Days};

/// How many lines of frames wait to be shown; more are lost, and that is told.
const FRAMES: usize = 4_096;
/// How many lines of states have room beside them: as many as 10,000 Things have in a
/// life of a connection.
const STATES: usize = 65_536;

/// A line that is to be shown.
pub(super) struct Line {
    time: SystemTime,
    text: String,
    /// It is cut where it is wider than the terminal; others go on below.
    is_frame: bool,
    /// The edge has ended, for this reason.
    pub(super) end: Option<EndReason>,
}

impl Line {
    fn new(text: String) -> Self {
        Self { time: SystemTime::now(), text, is_frame: false, end: None }
    }

    pub(super) fn show(&self, days: &mut Days) -> Result<(), Failure> {
        if let Some(day) = days.before(self.time) {
            show::line(&day)?;
        }
        let line = format!("{}  {}", show::time_of_day(self.time), show::plain(&self.text));
        match show::columns() {
            Some(columns) if self.is_frame => show::line(&show::cut(&line, columns))?,
            Some(columns) => show::line(&show::wrap(&line, columns).join("\n"))?,
            None => show::line(&line)?,
        }
        Ok(())
    }
}

/// Takes lines in the order of what happened. A line too many is lost: the connection
/// does not wait for a terminal.
#[derive(Clone)]
pub(super) struct Writer {
    lines: mpsc::Sender<Line>,
    lost: Arc<AtomicU64>,
}

pub(super) struct Lines {
    lines: mpsc::Receiver<Line>,
    lost: Arc<AtomicU64>,
}

pub(super) fn queue() -> (Writer, Lines) {
    let (sender, receiver) = mpsc::channel(FRAMES + STATES);
    let lost = Arc::default();
    (Writer { lines: sender, lost: Arc::clone(&lost) }, Lines { lines: receiver, lost })
}

impl Writer {
    /// Frames leave room for states.
    pub(super) fn frame(&self, text: String) {
        if self.lines.capacity() > STATES {
            self.write(Line { is_frame: true, ..Line::new(text) });
        } else {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
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
        self.write(Line { end, ..Line::new(text) });
    }

    fn write(&self, line: Line) {
        if self.lines.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Lines {
    /// The next line. Dropping the future loses none.
    pub(super) async fn next(&mut self) -> Line {
        match self.lost.swap(0, Ordering::Relaxed) {
            0 => {}
            lost => return Line::new(format!("lost     {lost} lines: they came too fast")),
        }
        match self.lines.recv().await {
            Some(line) => line,
            // The edge is gone, and its end is among what was lost.
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
            let until = show::moment(&show::utc(*until), SystemTime::now());
            if *repeated == 0 {
                format!("waiting to reconnect until {until}: {reason}")
            } else {
                let tries = repeated.saturating_add(1);
                format!("waiting to reconnect until {until}: the same again after {tries} tries")
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
            format!("refused, {status}{reason}; it is tried again")
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
        assert_eq!(lines.next().await.text, "lost     1 lines: they came too fast");
        for frame in 0..FRAMES {
            assert_eq!(lines.next().await.text, frame.to_string());
        }
        assert_eq!(lines.next().await.text, "edge     leaving");
        drop(writer);
        assert!(lines.next().await.end.is_some());
    }
}
