//! Conversion of hex lines to JSON lines and back, so that implementations in other
//! languages can compare their codec with this one.

use std::io::{self, BufRead, Write};

use alwayson_codec::Message as View;
use alwayson_codec::owned::Message;
use serde::Serialize;

use crate::{hex, json};

/// A message as a line, with the number of bytes after it.
#[derive(Serialize)]
struct Decoded {
    #[serde(flatten)]
    message: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    trailing: Option<usize>,
}

#[derive(Serialize)]
struct Fault {
    error: Explained,
}

#[derive(Serialize)]
struct Explained {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Fault {
    fn at(kind: &'static str, at: usize) -> Self {
        Self { error: Explained { kind, at: Some(at), text: None } }
    }

    fn of_text(text: String) -> Self {
        Self { error: Explained { kind: "InvalidMessage", at: None, text: Some(text) } }
    }
}

/// Decodes hex lines to JSON lines; returns whether all were messages.
///
/// # Errors
/// Reading or writing fails.
pub fn decode(from: impl BufRead, to: impl Write, strict: bool) -> io::Result<bool> {
    each_line(from, to, |line| {
        decode_line(line, strict).map(|decoded| text(&decoded)).map_err(|fault| text(&fault))
    })
}

/// Encodes JSON lines to hex lines; returns whether all were messages.
///
/// # Errors
/// Reading or writing fails.
pub fn encode(from: impl BufRead, to: impl Write) -> io::Result<bool> {
    each_line(from, to, |line| encode_line(line).map_err(|error| text(&Fault::of_text(error))))
}

fn text(line: &impl Serialize) -> String {
    // Cannot fail: all keys are strings, and writing to memory succeeds.
    serde_json::to_string(line).unwrap_or_default()
}

fn decode_line(line: &[u8], strict: bool) -> Result<Decoded, Fault> {
    let bytes = hex::decode(line).map_err(|at| Fault::at("InvalidHex", at))?;
    let (view, used) = View::decode(&bytes).map_err(|error| {
        let at = usize::try_from(error.offset()).unwrap_or(usize::MAX);
        Fault::at(error.kind().name(), at)
    })?;
    let trailing = bytes.len() - used;
    if strict && trailing > 0 {
        return Err(Fault::at("TrailingBytes", used));
    }
    let trailing = (trailing > 0).then_some(trailing);
    Ok(Decoded { message: view.into(), trailing })
}

fn encode_line(line: &[u8]) -> Result<String, String> {
    let message = match serde_json::from_slice(line) {
        Ok(serde_json::Value::Object(object)) if object.contains_key("error") => {
            return Err("this line is an error of decode, not a message".to_owned());
        }
        // Ignore the member `trailing` that `decode` adds.
        Ok(serde_json::Value::Object(mut object)) if object.contains_key("trailing") => {
            object.remove("trailing");
            json::message(serde_json::Value::Object(object).to_string().as_bytes())?
        }
        Ok(serde_json::Value::Object(_)) | Err(_) => json::message(line)?,
        Ok(_) => return Err("a message is a JSON object".to_owned()),
    };
    let bytes = message.encode_to_vec().map_err(|error| error.to_string())?;
    Ok(hex::encode(&bytes))
}

/// Answers each non-empty line with one line; returns whether none failed.
///
/// The output is flushed whenever no more input is buffered: after each line for an
/// interactive caller, in blocks for a file.
fn each_line(
    mut from: impl BufRead,
    to: impl Write,
    mut answer: impl FnMut(&[u8]) -> Result<String, String>,
) -> io::Result<bool> {
    let mut to = io::BufWriter::new(to);
    let mut line = Vec::new();
    let mut all_good = true;
    let mut each = |line: &[u8], to: &mut io::BufWriter<_>| {
        let text = line.trim_ascii_end();
        if text.trim_ascii().is_empty() {
            return Ok(());
        }
        let answer = answer(text);
        all_good &= answer.is_ok();
        writeln!(to, "{}", answer.unwrap_or_else(|fault| fault))
    };
    loop {
        let buffered = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffered => buffered?,
        };
        if buffered.is_empty() {
            break;
        }
        let end = buffered.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffered.len(), |at| at + 1);
        let is_all = used == buffered.len();
        line.extend(buffered.iter().take(used));
        from.consume(used);
        if end.is_some() {
            each(&line, &mut to)?;
            line.clear();
        }
        if is_all {
            // The next call may wait for a caller who waits for this.
            to.flush()?;
        }
    }
    each(&line, &mut to)?;
    to.flush()?;
    Ok(all_good)
}
