//! Readable differences between bytes or messages.

use std::fmt::{self, Write as _};

use alwayson_codec::owned::Message;
use serde_json::Value;

use crate::hex;

/// An expected and an actual result, and where they differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs, and where.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// The actual result.
    pub actual: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, expected, actual } = self;
        write!(f, "{what}\n    expected  {expected}\n    actual    {actual}")
    }
}

impl Difference {
    /// Creates a difference.
    pub fn new(
        what: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        Self { what: what.into(), expected: expected.into(), actual: actual.into() }
    }
}

/// Returns the first difference between two byte strings.
pub fn bytes(what: &str, expected: &[u8], actual: &[u8]) -> Option<Difference> {
    if expected == actual {
        return None;
    }
    let same = expected.iter().zip(actual).take_while(|(a, b)| a == b).count();
    let expected_len = expected.len();
    let actual_len = actual.len();
    let what = if expected_len == actual_len {
        format!("{what} differs from byte {same} on")
    } else {
        format!(
            "{what} differs from byte {same} on: {expected_len} bytes expected, {actual_len} came"
        )
    };
    Some(Difference::new(what, around(expected, same), around(actual, same)))
}

/// Returns bytes as hex; if there are many, only those around a position.
fn around(bytes: &[u8], at: usize) -> String {
    const ALL: usize = 200;
    const BEFORE: usize = 40;
    if bytes.len() <= ALL {
        return hex::encode(bytes);
    }
    let start = at.saturating_sub(BEFORE).min(bytes.len() - ALL);
    let end = start + ALL;
    let before = if start == 0 { "" } else { "..." };
    let after = if end == bytes.len() { "" } else { "..." };
    format!("{before}{}{after}", hex::encode(&bytes[start..end]))
}

/// Returns the first difference between two messages in the JSON form of the vectors.
pub fn messages(what: &str, expected: &Message, actual: &Message) -> Option<Difference> {
    if expected == actual {
        return None;
    }
    let json = |message| serde_json::to_value(message).unwrap_or_default();
    let mut place = String::new();
    let (expected, actual) = first(json(expected), json(actual), &mut place);
    let shown =
        |value: Option<Value>| value.map_or("nothing".to_owned(), |value| value.to_string());
    let what = format!("{what} differs at {}", place.trim_start_matches('.'));
    Some(Difference::new(what, shown(expected), shown(actual)))
}

/// Descends to the first position where two values differ.
fn first(expected: Value, actual: Value, place: &mut String) -> (Option<Value>, Option<Value>) {
    match (expected, actual) {
        (Value::Object(mut expected), Value::Object(mut actual)) => {
            let keys: Vec<String> = expected.keys().chain(actual.keys()).cloned().collect();
            for key in keys {
                let pair = (expected.remove(&key), actual.remove(&key));
                if pair.0 != pair.1 {
                    place.push('.');
                    place.push_str(&key);
                    return deeper(pair, place);
                }
            }
            (None, None)
        }
        (Value::Array(expected), Value::Array(actual)) => {
            let len = expected.len().max(actual.len());
            let mut expected = expected.into_iter();
            let mut actual = actual.into_iter();
            for index in 0..len {
                let pair = (expected.next(), actual.next());
                if pair.0 != pair.1 {
                    // Writing to a string cannot fail.
                    let _ = write!(place, "[{index}]");
                    return deeper(pair, place);
                }
            }
            (None, None)
        }
        (expected, actual) => (Some(expected), Some(actual)),
    }
}

fn deeper(
    pair: (Option<Value>, Option<Value>),
    place: &mut String,
) -> (Option<Value>, Option<Value>) {
    match pair {
        (Some(expected), Some(actual)) => first(expected, actual, place),
        missing => missing,
    }
}
