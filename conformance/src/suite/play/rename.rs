//! Scripts with other names: Things and keys that the tested program has, instead of those of the
//! dialogues.

use std::collections::BTreeMap;
use std::ops::Range;

use alwayson_codec as codec;
use alwayson_codec::owned::{Body, Chunk, Message};
use serde_json::Value;

use super::Script;
use crate::{hex, sessions};

/// The Things of the dialogues.
pub(crate) const THINGS: [&str; 3] = ["Pump", "Valve", "Motor"];

/// What stands for the names of the dialogues: pairs of a name and its replacement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(Vec<(String, String)>);

/// The chunks of a message by their ids, as bytes and decoded.
type Group = BTreeMap<u16, (Vec<u8>, Chunk)>;

/// A name as it stands in a message: its length, then its bytes (section 3).
fn encoded(text: &str) -> Vec<u8> {
    let len = text.len();
    let mut bytes = match u8::try_from(len) {
        Ok(short @ ..0x80) => vec![short],
        _ => (u32::try_from(len).unwrap_or(u32::MAX) | 1 << 31).to_be_bytes().to_vec(),
    };
    bytes.extend(text.as_bytes());
    bytes
}

impl Names {
    /// Has this stand for a name.
    pub(crate) fn insert(&mut self, name: &str, other: &str) {
        if name != other {
            self.0.push((name.to_owned(), other.to_owned()));
        }
    }

    /// Returns what stands for a name.
    pub(crate) fn of<'n>(&'n self, name: &'n str) -> &'n str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or(name, |(_, other)| other)
    }

    /// Returns a script with the other names.
    ///
    /// # Errors
    /// The renamed script is none; the error says why, in words.
    pub(crate) fn script(&self, script: &Script) -> Result<Script, String> {
        if self.0.is_empty() {
            return Ok(script.clone());
        }
        let mut json = script.json.clone();
        let chunks = self.chunks(&json);
        self.value(&mut json, &chunks);
        let dialogue = serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
        Ok(Script { dialogue, json, ..script.clone() })
    }

    /// Renames in all strings and messages of some JSON.
    fn value(&self, json: &mut Value, chunks: &BTreeMap<Vec<u8>, Vec<u8>>) {
        match json {
            Value::String(text) => {
                let other = self.of(text);
                if other != text {
                    *text = other.to_owned();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item, chunks)),
            Value::Object(members) => {
                let message = members.get("hex").and_then(Value::as_str).map(str::as_bytes);
                let message = message.and_then(|digits| hex::decode(digits).ok());
                for (name, member) in members.iter_mut() {
                    if name != "hex" {
                        self.value(member, chunks);
                    }
                }
                let Some(bytes) = message else { return };
                let other = chunks.get(&bytes).cloned().unwrap_or_else(|| self.bytes(&bytes).0);
                if other != bytes {
                    members.insert("hex".to_owned(), hex::encode(&other).into());
                    members.insert("dump".to_owned(), sessions::dump(&other).into());
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Returns bytes with the other names, and where these replaced what.
    fn bytes(&self, bytes: &[u8]) -> (Vec<u8>, Vec<(Range<usize>, usize)>) {
        let pairs: Vec<(Vec<u8>, Vec<u8>)> =
            self.0.iter().map(|(name, other)| (encoded(name), encoded(other))).collect();
        let (mut renamed, mut places) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if let Some((name, other)) = pairs.iter().find(|(name, _)| rest.starts_with(name)) {
                places.push((at..at + name.len(), other.len()));
                renamed.extend(other);
                at += name.len();
            } else {
                renamed.extend(rest.first());
                at += 1;
            }
        }
        (renamed, places)
    }

    /// Returns the chunks of messages that are whole, renamed: a name may be cut by the end of
    /// a chunk.
    fn chunks(&self, json: &Value) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut groups: BTreeMap<Vec<u8>, Group> = BTreeMap::new();
        for bytes in messages(json) {
            let Ok((view @ codec::Message { body: codec::Body::Chunk(_), .. }, _)) =
                codec::Message::decode(&bytes)
            else {
                continue;
            };
            // What is the same in all chunks of a message, its direction left out: both sides
            // have requests of their own.
            let key = bytes.get(..HEADER).unwrap_or_default().to_vec();
            if let Body::Chunk(chunk) = Message::from(view).body {
                groups.entry(key).or_default().insert(chunk.id, (bytes, chunk));
            }
        }
        groups.into_values().flat_map(|group| self.group(&group)).collect()
    }

    fn group(&self, group: &Group) -> Vec<(Vec<u8>, Vec<u8>)> {
        let count = group.values().next().map_or(0, |(_, chunk)| usize::from(chunk.count));
        let data: Vec<u8> = group.values().flat_map(|(_, chunk)| chunk.data.clone()).collect();
        let (renamed, places) = self.bytes(&data);
        if group.len() != count || places.is_empty() {
            return Vec::new();
        }
        // The same cuts: within a name as far as it goes, behind it as far from its end.
        let moved = |cut: usize| {
            let mut to = cut;
            for (old, new) in &places {
                if cut >= old.end {
                    to = to + new - old.len();
                } else if cut > old.start {
                    let within = (cut - old.start).min(*new);
                    to = to - (cut - old.start) + within;
                }
            }
            to
        };
        let (mut at, mut all) = (0, Vec::new());
        for (bytes, chunk) in group.values() {
            let part = moved(at)..moved(at + chunk.data.len());
            at += chunk.data.len();
            let head = bytes.len().saturating_sub(chunk.data.len());
            let mut other = self.bytes(bytes.get(..head).unwrap_or_default()).0;
            other.extend(renamed.get(part).unwrap_or_default());
            all.push((bytes.clone(), other));
        }
        // A chunk is no longer than the size that it announces.
        let longest = all.iter().map(|(_, renamed)| renamed.len()).max().unwrap_or_default();
        let longest = u16::try_from(longest).unwrap_or(u16::MAX).to_be_bytes();
        for (_, renamed) in &mut all {
            if let Some(size) = renamed.get_mut(SIZE).filter(|size| **size < longest[..]) {
                size.copy_from_slice(&longest);
            }
        }
        all
    }
}

/// The length of a header (section 2).
const HEADER: usize = 15;

/// The place of the chunk size (section 5).
const SIZE: Range<usize> = 19..21;

/// Returns all messages in some JSON.
fn messages(json: &Value) -> Vec<Vec<u8>> {
    match json {
        Value::Array(items) => items.iter().flat_map(messages).collect(),
        Value::Object(members) => {
            let own = members.get("hex").and_then(Value::as_str);
            let own = own.and_then(|digits| hex::decode(digits.as_bytes()).ok());
            own.into_iter().chain(members.values().flat_map(messages)).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns how many of the [`THINGS`] a script needs: those up to the last one that it names.
pub(crate) fn things_needed(script: &Script) -> usize {
    let steps = script.json.get("steps").cloned().unwrap_or_default();
    let is_named = |name: &str| {
        let mut changed = steps.clone();
        Names(vec![(name.to_owned(), String::new())]).value(&mut changed, &BTreeMap::new());
        changed != steps
    };
    THINGS.iter().rposition(|name| is_named(name)).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use alwayson_codec::Joined;

    use super::*;

    /// BIND of Valve in three chunks, cut within the name.
    const BIND: [&str; 3] = [
        "010a00000003000000050000004d010001000300400000",
        "010a00000003000000050000004d01000200030040010556",
        "010a00000003000000050000004d01000300030040616c7665",
    ];

    fn names(pairs: &[(&str, &str)]) -> Names {
        let mut names = Names::default();
        for (name, other) in pairs {
            names.insert(name, other);
        }
        names
    }

    fn renamed(names: &Names, messages: &[&str]) -> Vec<Vec<u8>> {
        let all: Vec<Value> =
            messages.iter().map(|hex| serde_json::json!({"hex": hex, "dump": ""})).collect();
        let mut json = Value::Array(all);
        let chunks = names.chunks(&json);
        names.value(&mut json, &chunks);
        super::messages(&json)
    }

    #[test]
    fn a_name_that_is_cut_by_chunks_is_renamed() {
        for other in ["V", "Valves", "SteamSensor1", &"V".repeat(90), &"V".repeat(200)] {
            let chunks = renamed(&names(&[("Valve", other)]), &BIND);
            let mut joiner = codec::Joiner::<_, 1>::new([vec![0; 4096]]);
            let mut names = Vec::new();
            for chunk in &chunks {
                let message = codec::Message::decode_exact(chunk).unwrap();
                let codec::Body::Chunk(part) = &message.body else { panic!("{message:?}") };
                assert!(chunk.len() <= usize::from(part.size), "{message:?}");
                if let Joined::Complete(whole) = joiner.push(message.ids, part, 0).unwrap() {
                    let whole = Message::from(codec::Message::decode_exact(whole).unwrap());
                    let Body::Bind(bind) = whole.body else { panic!("{whole:?}") };
                    names = bind.names;
                }
            }
            assert_eq!(names, [other]);
        }
    }

    #[test]
    fn names_that_change_places_are_renamed_once() {
        let names = names(&[("Pump", "Valve"), ("Valve", "Pump")]);
        let bind = "010a00000002000000050000004d000000020450756d700556616c7665";
        let [bytes] = &renamed(&names, &[bind])[..] else { panic!("one message") };
        let expected = "010a00000002000000050000004d000000020556616c76650450756d70";
        assert_eq!(hex::encode(bytes), expected);
        let get = ["0101000003e9000000000000004d010001000100400a0450756d700100ff"];
        let [bytes] = &renamed(&names, &get)[..] else { panic!("one message") };
        assert_eq!(hex::encode(bytes).matches("56616c7665").count(), 1);
    }

    #[test]
    fn a_name_within_another_is_left_alone() {
        let names = names(&[("Pump", "Boiler")]);
        let bind = "010a00000002000000050000004d000000010550756d7032";
        assert_eq!(hex::encode(&renamed(&names, &[bind])[0]), bind);
    }
}
