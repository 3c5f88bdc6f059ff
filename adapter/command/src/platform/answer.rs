//! Answers of commands, as text with tables or as a JSON object.

use alwayson::message::Response;
use alwayson::platform::RequestError;
use alwayson::platform::cluster::Holder;
use alwayson::value::{Table, ToJson as _, Value};
use alwayson_codec::Status;
use serde_json::{Value as Json, json};

use super::help;
use super::summary::Summary;
use super::table;
use crate::show;

/// The answer of a command.
pub(super) struct Answer {
    /// The command, without values, which may be secret.
    command: String,
    outcome: Outcome,
}

enum Outcome {
    /// The response of an edge.
    Answered {
        status: Status,
        reason: Option<String>,
        value: Value,
    },
    Things(Vec<Summary>),
    Holder(Option<Holder>),
    /// Done, with no result.
    Done,
    Help,
    /// The command was not understood.
    Mistake(String),
    /// No edge answered.
    Unanswered(RequestError),
}

impl Answer {
    pub(super) fn done(command: String) -> Self {
        Self { command, outcome: Outcome::Done }
    }

    pub(super) fn help(command: String) -> Self {
        Self { command, outcome: Outcome::Help }
    }

    pub(super) fn holder(command: String, holder: Option<Holder>) -> Self {
        Self { command, outcome: Outcome::Holder(holder) }
    }

    pub(super) fn things(command: String, things: Vec<Summary>) -> Self {
        Self { command, outcome: Outcome::Things(things) }
    }

    /// Creates the answer to a line that is not a command.
    pub(super) fn mistake(command: String, reason: String) -> Self {
        Self { command, outcome: Outcome::Mistake(reason) }
    }

    /// Creates the answer from the result of a call.
    pub(super) fn called(command: String, called: Result<Response, RequestError>) -> Self {
        let outcome = match called {
            Ok(Response { status, reason, content }) => {
                Outcome::Answered { status, reason, value: content }
            }
            Err(error) => Outcome::Unanswered(error),
        };
        Self { command, outcome }
    }

    /// Returns the answer as text, with tables at most this wide. Only a response of a
    /// device begins with a status.
    pub(super) fn lines(&self, columns: Option<usize>) -> String {
        let Self { command, outcome } = self;
        let line = |what: &str, reason: Option<&str>| {
            let text = match reason {
                Some(reason) => format!("{what}  {command}: {reason}"),
                None => format!("{what}  {command}"),
            };
            show::plain(&text).into_owned()
        };
        match outcome {
            Outcome::Done => line("done", None),
            Outcome::Help => help::text(),
            Outcome::Holder(None) => line("not bound", None),
            Outcome::Holder(Some(Holder { node, connection, since, .. })) => {
                let node = node.as_ref().map(|node| format!("{node} ")).unwrap_or_default();
                let since = show::utc(*since);
                line("bound", Some(&format!("{node}#{} since {since}", connection.0)))
            }
            Outcome::Mistake(reason) => line("not understood", Some(reason)),
            Outcome::Unanswered(error) => line(error_words(*error), Some(&error.to_string())),
            Outcome::Things(things) if things.is_empty() => "no Things yet".to_owned(),
            Outcome::Things(things) => table::of_things(things, columns),
            Outcome::Answered { status, reason, value } => {
                let text = line(&status.to_string(), reason.as_deref());
                match (one(value), value.as_table()) {
                    _ if *value == Value::Nothing => text,
                    (None, Some(rows)) => format!("{text}\n{}", table::of(rows, columns)),
                    (one, _) => format!("{text} = {}", show::value(one.unwrap_or(value))),
                }
            }
        }
    }

    /// Returns the answer as a JSON object. `number` is the number of the command, from 1.
    /// The member `error` is the reason if there is no `status` of a device.
    pub(super) fn json(&self, number: u64) -> Json {
        let mut status = None;
        let mut error = None;
        let mut reason = None;
        let mut result = Json::Null;
        match &self.outcome {
            Outcome::Done => {}
            Outcome::Help => result = help::json(),
            Outcome::Mistake(text) => {
                (error, reason) = (Some("not-understood".to_owned()), Some(text.clone()));
            }
            Outcome::Unanswered(why) => {
                error = Some(error_words(*why).replace(' ', "-"));
                reason = Some(why.to_string());
            }
            Outcome::Holder(holder) => {
                if let Some(Holder { node, connection, since, .. }) = holder {
                    result = json!({
                        "node": node.as_ref().map(|node| &*node.name),
                        "connection": connection.0, "since": show::utc(*since),
                    });
                }
            }
            Outcome::Things(things) => result = things.iter().map(Summary::json).collect(),
            Outcome::Answered { status: given, reason: why, value } => {
                status = Some(given.to_string());
                reason.clone_from(why);
                result = one(value).unwrap_or(value).to_json();
            }
        }
        json!({
            "command": self.command, "number": number, "status": status, "error": error,
            "reason": reason, "result": result,
        })
    }
}

/// Returns in words whether a device was asked at all.
fn error_words(error: RequestError) -> &'static str {
    match error {
        RequestError::Timeout | RequestError::Ended => "no answer",
        RequestError::Unreadable => "unreadable answer",
        _ => "not asked",
    }
}

/// Returns the value of a table with one row and one field.
fn one(value: &Value) -> Option<&Value> {
    let table: &Table = value.as_table()?;
    match (table.len(), &table.fields[..], table.row(0)?.cells) {
        (1, [_], [cell]) => Some(cell),
        _ => None,
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
    fn why_an_edge_has_not_answered_is_not_said_as_an_answer_of_it() {
        let answer = Answer::called("read Pump Level".into(), Err(RequestError::NotBound));
        assert_eq!(answer.lines(None), "not asked  read Pump Level: the Thing is not bound");
        assert_eq!(answer.json(1)["error"], "not-asked");
        let late = Answer::called("read Pump Level".into(), Err(RequestError::Timeout));
        assert_eq!(late.lines(None), "no answer  read Pump Level: no answer in time");
    }
}
