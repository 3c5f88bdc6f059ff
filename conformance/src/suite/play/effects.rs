//! What the tested program reports over the control channel.

use alwayson_codec::Status;
use serde_json::Value;

use super::player::{Player, Stop, otherwise};
use crate::sessions::{Effect, Told};

impl Player<'_> {
    /// Takes a line of the tested program.
    pub(super) fn told(&mut self, line: &str, effects: &mut Vec<Told>) -> Result<(), Stop> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let parsed: Result<Value, _> = serde_json::from_str(line);
        let Ok(mut value) = parsed else {
            return otherwise("the control channel", "lines of JSON", line);
        };
        if let Some(status) = value.get_mut("status") {
            name_of(status);
        }
        let is_ours = self.in_ids_of_script(&mut value, effects);
        if value.get("kind").and_then(Value::as_str) == Some("unsupported") {
            return Err(unsupported(&value));
        }
        let told: Told = match serde_json::from_value(value) {
            Ok(told) => told,
            Err(error) => return otherwise("the control channel", "an effect", error.to_string()),
        };
        if !self.is_reported(&told.effect) {
            return Ok(());
        }
        self.exchange.note(told.connection, format!("told: {}", shown(&told)));
        let told = if is_ours { told } else { self.in_our_ids(told) };
        match effects.iter().position(|expected| is_same(expected, &told)) {
            Some(at) => {
                effects.remove(at);
                Ok(())
            }
            // Whoever goes on living may tell what it likes.
            None if self.script.is_about_life => Ok(()),
            None => {
                let expected = effects.first().map_or("nothing".to_owned(), shown);
                otherwise("what is told", expected, shown(&told))
            }
        }
    }

    /// Replaces the numbers of programs that do not know the ids of requests: `own`, which the
    /// program gave a request of the peer, and `of`, which the order to send a request had.
    /// Returns whether there was one.
    fn in_ids_of_script(&mut self, value: &mut Value, effects: &[Told]) -> bool {
        let Some(members) = value.as_object_mut() else { return false };
        let mut number = |name| members.remove(name).and_then(|number| number.as_u64());
        let (own, of) = (number("own"), number("of"));
        let found = if let Some(own) = own {
            let asked = effects.iter().find_map(|told| match told.effect {
                Effect::Request { request, .. } => Some((told.connection, request)),
                _ => None,
            });
            if let Some((connection, request)) = asked {
                self.own.insert((connection, request), own);
            }
            asked
        } else if let Some(of) = of {
            let index = usize::try_from(of).ok().and_then(|of| of.checked_sub(1));
            index.and_then(|index| self.script.requests_sent().nth(index))
        } else {
            return false;
        };
        let (connection, request) = found.unwrap_or((1, 0));
        members.insert("connection".to_owned(), connection.into());
        members.insert("request".to_owned(), request.into());
        true
    }

    /// Returns an effect with the ids of the script.
    fn in_our_ids(&mut self, mut told: Told) -> Told {
        if let Effect::Response { request, .. } | Effect::Failed { request, .. } = &mut told.effect
        {
            if let Ok(line) = self.line(told.connection) {
                *request = line.ids.request(*request);
            }
        }
        told
    }
}

/// Replaces the number of a status by its name, for programs without names.
fn name_of(status: &mut Value) {
    let number = status.as_u64().and_then(|number| u8::try_from(number).ok());
    let named = number.and_then(Status::from_u8).and_then(Status::name);
    if let Some(name) = named {
        *status = Value::from(name);
    }
}

/// Returns whether a reported effect is the expected one. Times are those of another clock.
fn is_same(expected: &Told, actual: &Told) -> bool {
    if expected.connection != actual.connection {
        return false;
    }
    match (&expected.effect, &actual.effect) {
        (
            Effect::Thing { name, is_connected, .. },
            Effect::Thing { name: other, is_connected: is, .. },
        ) => name == other && is_connected == is,
        (expected, actual) => expected == actual,
    }
}

/// Returns the kind of an effect, as `sessions/README.md` names it.
pub(super) fn kind(effect: &Effect) -> String {
    let value = serde_json::to_value(effect).unwrap_or_default();
    value.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn shown(told: &Told) -> String {
    // Cannot fail: all keys are strings.
    serde_json::to_string(told).unwrap_or_default()
}

/// Returns the end of a case whose program says that it cannot do this.
pub(super) fn unsupported(line: &Value) -> Stop {
    let why = line.get("reason").and_then(Value::as_str).unwrap_or("the program says so");
    Stop::Unsupported(why.to_owned())
}

/// Returns the end of a case whose program ended.
pub(super) fn exited(code: Option<i32>) -> Stop {
    match code {
        Some(127) => Stop::Unsupported("the program ended with exit code 127".to_owned()),
        code => {
            let text =
                code.map_or("by a signal".to_owned(), |code| format!("with exit code {code}"));
            Stop::Difference(crate::diff::Difference::new(
                "the tested program",
                "runs",
                format!("it ended {text}"),
            ))
        }
    }
}
