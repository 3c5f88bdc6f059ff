//! The output of the command: one line for each event, in order.

use std::time::SystemTime;

use alwayson::frame::{Direction, Frame};
use alwayson_gateway::Event;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::queue;
use crate::show::{self, Days};

/// The maximum number of lines that wait to be printed. 4,096 Things cause about as many
/// during one connection. Further lines are dropped, and a line with their number is printed.
const LINES: usize = 32_768;

/// A line to print, as text and as JSON.
pub(super) struct Line {
    time: SystemTime,
    text: String,
    json: Json,
}

impl Line {
    fn new(text: String, json: Json) -> Self {
        Self { time: SystemTime::now(), text, json }
    }

    /// Prints the line. If the day has changed, a line with the new day comes first.
    pub(super) fn show(mut self, days: &mut Days, is_json: bool) -> Result<(), Failure> {
        if is_json {
            if let Some(members) = self.json.as_object_mut() {
                members.insert("time".to_owned(), show::utc(self.time).into());
            }
            return Ok(show::line(&self.json.to_string())?);
        }
        show::dated(days, self.time, &self.text, false)
    }
}

pub(super) type Writer = queue::Writer<Line>;
pub(super) type Lines = queue::Lines<Line>;

/// Creates a queue of lines.
pub(super) fn queue() -> (Writer, Lines) {
    queue::queue(LINES)
}

impl Writer {
    /// Queues a line for an event.
    pub(super) fn event(&self, event: &Event) {
        self.write(Line::new(event.to_string(), event.to_json()), 0);
    }

    /// Queues a line for a frame.
    pub(super) fn frame(&self, frame: &Frame<'_>) {
        let (arrow, direction) = match frame.direction {
            Direction::Received => ("<-", "received"),
            Direction::Sent => ("->", "sent"),
        };
        let text = frame.to_string();
        let json = json!({ "event": "frame", "direction": direction, "text": text });
        self.write(Line::new(format!("{:<12} {arrow} {text}", "frame"), json), 0);
    }
}

impl Lines {
    /// Waits for the next line.
    ///
    /// # Cancel safety
    /// If the future is dropped, no line is lost.
    pub(super) async fn next(&mut self) -> Line {
        if let Some(lost) = self.lost_line() {
            return lost;
        }
        match self.recv().await {
            Some(line) => line,
            // The gateway has ended. The caller learns that from the gateway itself.
            None => std::future::pending().await,
        }
    }

    /// Returns the next line without waiting; `None` if the queue is empty.
    pub(super) fn rest(&mut self) -> Option<Line> {
        self.lost_line().or_else(|| self.try_recv())
    }

    /// Returns a line with the number of dropped lines, if there are any.
    fn lost_line(&self) -> Option<Line> {
        let lost = self.lost()?;
        let text = format!("{:<12} {lost} lines: they came too fast", "lost");
        Some(Line::new(text, json!({ "event": "lost", "lines": lost })))
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
