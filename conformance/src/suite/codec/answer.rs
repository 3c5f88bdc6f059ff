//! The answers of a decoder or an encoder.

use std::fmt;

use alwayson_codec::owned::Message;
use serde_json::Value;

use crate::{hex, json};

/// The answer of a decoder.
#[derive(Debug)]
pub(super) enum Decoded {
    Message(Box<Message>),
    /// It refuses the bytes: with an error, or by ending with an exit code.
    Refused {
        kind: Option<String>,
        at: Option<usize>,
    },
    /// It crashed, hung, or wrote something else.
    Wrong(String),
}

/// The answer of an encoder.
#[derive(Debug)]
pub(super) enum Encoded {
    Bytes(Vec<u8>),
    Refused(String),
    Wrong(String),
}

impl Decoded {
    pub(super) fn read(line: &str) -> Self {
        let Ok(Value::Object(mut object)) = serde_json::from_str::<Value>(line) else {
            return Self::Wrong(format!("no JSON object: {}", shortened(line)));
        };
        if let Some(error) = object.get("error") {
            let kind = error.get("kind").and_then(Value::as_str).map(str::to_owned);
            let at = error.get("at").and_then(Value::as_u64);
            return Self::Refused { kind, at: at.and_then(|at| usize::try_from(at).ok()) };
        }
        object.remove("trailing");
        // What a number says is read from its digits, not from a value that may round it.
        match json::message(Value::Object(object).to_string().as_bytes()) {
            Ok(message) => Self::Message(Box::new(message)),
            Err(error) => Self::Wrong(format!("{error}, in {}", shortened(line))),
        }
    }
}

impl Encoded {
    pub(super) fn read(line: &str) -> Self {
        let line = line.trim();
        if line.starts_with('{') {
            return Self::Refused(shortened(line));
        }
        match hex::decode(line.as_bytes()) {
            Ok(bytes) => Self::Bytes(bytes),
            Err(at) => Self::Wrong(format!("no hex at {at}: {}", shortened(line))),
        }
    }
}

fn shortened(line: &str) -> String {
    const MOST: usize = 300;
    let mut text: String = line.chars().take(MOST).collect();
    if text.len() < line.len() {
        text.push_str("...");
    }
    text
}

impl fmt::Display for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.write_str(&json::of_message(message)),
            Self::Refused { kind, at } => {
                f.write_str(kind.as_deref().unwrap_or("an error"))?;
                at.map_or(Ok(()), |at| write!(f, " at {at}"))
            }
            Self::Wrong(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => f.write_str(&hex::encode(bytes)),
            Self::Refused(text) | Self::Wrong(text) => f.write_str(text),
        }
    }
}
