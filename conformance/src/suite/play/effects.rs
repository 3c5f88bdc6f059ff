//! What the tested program reports over the control channel.

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
        let Ok(value) = parsed else {
            return otherwise("the control channel", "lines of JSON", line);
        };
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
        let told = self.in_our_ids(told);
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
