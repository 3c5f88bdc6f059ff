//! What happens, a line each, in the order of what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use alwayson::frame::{Direction, Frame};
use alwayson_gateway::Event;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::show::{self, Days};

/// How many lines wait to be shown: as many as 4,096 Things have in a life of a
/// connection. More are lost, and that is told.
const LINES: usize = 32_768;

/// A line that is to be shown.
pub(super) struct Line {
    time: SystemTime,
    text: String,
    json: Json,
}

impl Line {
    fn new(text: String, json: Json) -> Self {
        Self { time: SystemTime::now(), text, json }
    }

    pub(super) fn show(mut self, days: &mut Days, is_json: bool) -> Result<(), Failure> {
        if is_json {
            if let Some(members) = self.json.as_object_mut() {
                members.insert("time".to_owned(), show::utc(self.time).into());
            }
            return Ok(show::line(&self.json.to_string())?);
        }
        if let Some(day) = days.before(self.time) {
            show::line(&day)?;
        }
        let line = format!("{}  {}", show::time_of_day(self.time), show::plain(&self.text));
        match show::columns() {
            Some(columns) => show::line(&show::wrap(&line, columns).join("\n"))?,
            None => show::line(&line)?,
        }
        Ok(())
    }
}

/// Takes lines. One too many is lost: nobody waits for a terminal.
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
    let (sender, lines) = mpsc::channel(LINES);
    let lost = Arc::default();
    (Writer { lines: sender, lost: Arc::clone(&lost) }, Lines { lines, lost })
}

impl Writer {
    pub(super) fn event(&self, event: &Event) {
        self.write(Line::new(event.to_string(), event.to_json()));
    }

    pub(super) fn frame(&self, frame: &Frame<'_>) {
        let (arrow, direction) = match frame.direction {
            Direction::Received => ("<-", "received"),
            Direction::Sent => ("->", "sent"),
        };
        let text = frame.to_string();
        let json = json!({ "event": "frame", "direction": direction, "text": text });
        self.write(Line::new(format!("{:<12} {arrow} {text}", "frame"), json));
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
        if let Some(lost) = self.lost() {
            return lost;
        }
        match self.lines.recv().await {
            Some(line) => line,
            // The gateway is gone, and whoever waits for its end is told.
            None => std::future::pending().await,
        }
    }

    /// A line that is there already.
    pub(super) fn rest(&mut self) -> Option<Line> {
        self.lost().or_else(|| self.lines.try_recv().ok())
    }

    fn lost(&self) -> Option<Line> {
        let lost = self.lost.swap(0, Ordering::Relaxed);
        let text = format!("{:<12} {lost} lines: they came too fast", "lost");
        (lost > 0).then(|| Line::new(text, json!({ "event": "lost", "lines": lost })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_too_many_are_counted_and_that_is_told_first() {
        let (writer, mut lines) = queue();
        for number in 0..=LINES {
            writer.event(&Event::Problem(number.to_string()));
        }
        assert_eq!(lines.next().await.text, "lost         1 lines: they came too fast");
        assert_eq!(lines.next().await.text, "problem      0");
        assert_eq!(lines.rest().unwrap().text, "problem      1");
    }
}
