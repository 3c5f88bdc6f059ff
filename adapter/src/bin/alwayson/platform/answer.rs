//! What commands answer: lines and tables for people, or a JSON object.

use std::time::SystemTime;

use alwayson::message::Response;
use alwayson::platform::{CallError, MemoryThings, Property};
use alwayson::value::{Table, Value};
use alwayson_codec::Status;
use serde_json::{Value as Json, json};

use super::table;
use crate::show;

/// What a command has answered.
pub(super) struct Answer {
    /// The command, without values.
    command: String,
    status: Status,
    reason: Option<String>,
    result: Outcome,
}

enum Outcome {
    Value(Value),
    Things(Vec<Summary>),
}

/// A Thing in short.
pub(super) struct Summary {
    pub(super) name: String,
    pub(super) is_connected: bool,
    /// When it was bound last.
    pub(super) since: Option<SystemTime>,
    pub(super) messages: u64,
    /// The property that has changed last.
    pub(super) last: Option<(String, Property)>,
}

/// All Things in short, those that are connected first.
pub(super) fn summaries(things: &MemoryThings) -> Vec<Summary> {
    let mut all = Vec::new();
    things.for_each(|name, state| {
        let last = state.last_changed.as_ref();
        let last = last.and_then(|name| Some((name.clone(), state.properties.get(name)?.clone())));
        all.push(Summary {
            name: name.to_owned(),
            is_connected: state.is_connected,
            since: state.last_connection,
            messages: state.messages,
            last,
        });
    });
    all.sort_by(|a, b| (!a.is_connected, &a.name).cmp(&(!b.is_connected, &b.name)));
    all
}

impl Answer {
    fn new(command: String, status: Status, reason: Option<String>, result: Outcome) -> Self {
        Self { command, status, reason, result }
    }

    /// Done, and nothing to tell.
    pub(super) fn done(command: String) -> Self {
        Self::new(command, Status::SUCCESS, None, Outcome::Value(Value::Nothing))
    }

    pub(super) fn things(command: String, things: Vec<Summary>) -> Self {
        Self::new(command, Status::SUCCESS, None, Outcome::Things(things))
    }

    /// Not done, and why.
    pub(super) fn refused(command: String, status: Status, reason: String) -> Self {
        Self::new(command, status, Some(reason), Outcome::Value(Value::Nothing))
    }

    /// What an edge has answered, or why it has not.
    pub(super) fn called(command: String, called: Result<Response, CallError>) -> Self {
        match called {
            Ok(response) => {
                let result = Outcome::Value(response.content);
                Self::new(command, response.status, response.reason, result)
            }
            Err(error) => Self::refused(command, error.status(), error.to_string()),
        }
    }

    /// As lines for people, tables no wider than this.
    pub(super) fn lines(&self, columns: Option<usize>) -> String {
        let Self { command, status, reason, result } = self;
        let mut text = format!("{status}  {command}");
        if let Some(reason) = reason {
            text = format!("{text}: {reason}");
        }
        let text = show::plain(&text).into_owned();
        match result {
            Outcome::Value(Value::Nothing) => text,
            Outcome::Value(value) => match (one(value), value.as_table()) {
                (None, Some(rows)) => format!("{text}\n{}", table::of(rows, columns)),
                (one, _) => format!("{text} = {}", show::value(one.unwrap_or(value))),
            },
            Outcome::Things(things) if things.is_empty() => format!("{text}: none yet"),
            Outcome::Things(things) => format!("{text}\n{}", table::of_things(things, columns)),
        }
    }

    /// As a JSON object; the number is that of the command, from 1.
    pub(super) fn json(&self, number: u64) -> Json {
        let result = match &self.result {
            Outcome::Value(value) => one(value).unwrap_or(value).to_json(),
            Outcome::Things(things) => things.iter().map(Summary::json).collect(),
        };
        json!({
            "command": self.command, "number": number, "status": self.status.to_string(),
            "reason": self.reason, "result": result,
        })
    }
}

/// The one value in a table of one row and one field.
fn one(value: &Value) -> Option<&Value> {
    let table: &Table = value.as_table()?;
    match (table.len(), &table.fields[..], table.row(0)?.cells) {
        (1, [_], [cell]) => Some(cell),
        _ => None,
    }
}

impl Summary {
    fn json(&self) -> Json {
        let last = self.last.as_ref().map(|(name, property)| {
            json!({
                "name": name, "value": property.value.to_json(),
                "valueTime": property.time.to_json(), "quality": property.quality,
            })
        });
        json!({
            "thing": self.name, "isConnected": self.is_connected,
            "lastConnection": self.since.map(show::utc), "messages": self.messages, "last": last,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_shown_as_such_and_rows_as_a_table() {
        let answer =
            |content: Table| Answer::called("read Pump Level".into(), Ok(Response::of(content)));
        let one = answer(Table::of([("Level", 2.5.into())]));
        assert_eq!(one.lines(None), "SUCCESS  read Pump Level = 2.5");
        assert_eq!(one.json(1)["result"], 2.5);
        let two = answer(Table::of([("a", 1.0.into()), ("b", Value::from("x"))]));
        assert!(two.lines(None).contains("│ 1      ┆ x      │"), "{}", two.lines(None));
        assert_eq!(two.json(1)["result"], json!([{"a": 1.0, "b": "x"}]));
    }

    #[test]
    fn why_an_edge_has_not_answered_is_said_with_a_status() {
        let answer = Answer::called("read Pump Level".into(), Err(CallError::NotBound));
        assert_eq!(answer.lines(None), "NOT_FOUND  read Pump Level: the Thing is not bound");
    }
}
