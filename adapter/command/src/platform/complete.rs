//! Completion of a partly typed command.

use std::collections::BTreeSet;

use alwayson::platform::{MemoryThings, Metadata};
use serde_json::Value as Json;

/// The result of a completion.
pub(super) struct Completion {
    /// The command, extended by the common prefix of all candidates.
    pub(super) line: String,
    /// The candidates, if there is more than one.
    pub(super) candidates: Vec<String>,
}

/// Completes the last word of a command.
pub(super) fn complete(line: &str, things: &MemoryThings) -> Completion {
    let unchanged = || Completion { line: line.to_owned(), candidates: Vec::new() };
    let (before, last) = split(line);
    let Some(words) = shlex::split(before) else { return unchanged() };
    // An open quote belongs to the last word.
    let typed = last.trim_start_matches(['\'', '"']);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut found = candidates(&words, things);
    found.retain(|candidate| candidate.starts_with(typed));
    let Some(common) = common(&found) else { return unchanged() };
    let is_one = found.len() == 1;
    let word = match shlex::try_quote(&common) {
        // If there are several candidates, the quote stays open.
        Ok(quoted) if is_one => quoted.into_owned(),
        Ok(quoted) => quoted.trim_end_matches(['\'', '"']).to_owned(),
        Err(_) => return unchanged(),
    };
    let space = if is_one && !common.ends_with('=') { " " } else { "" };
    let candidates = if is_one { Vec::new() } else { found.into_iter().collect() };
    Completion { line: format!("{before}{word}{space}"), candidates }
}

/// Splits a line before its last word.
fn split(line: &str) -> (&str, &str) {
    let mut quote = None;
    let mut start = 0;
    for (at, char) in line.char_indices() {
        match (quote, char) {
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), close) if open == close => quote = None,
            (None, char) if char.is_whitespace() => start = at + char.len_utf8(),
            _ => {}
        }
    }
    line.split_at(start)
}

fn candidates(words: &[&str], things: &MemoryThings) -> BTreeSet<String> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match words {
        [] => own(&["things", "read", "write", "call", "holder", "trace", "help", "quit"]),
        ["trace"] => own(&["on", "off"]),
        ["read" | "write" | "call" | "holder"] => things.names().into_iter().collect(),
        ["read" | "write", thing] => {
            let Some(state) = things.state(thing) else { return BTreeSet::new() };
            let known = members(state.metadata.as_ref(), &["propertyDefinitions"]);
            state.properties.into_keys().chain(known).collect()
        }
        ["call", thing] => {
            let metadata = things.state(thing).and_then(|state| state.metadata);
            members(metadata.as_ref(), &["serviceDefinitions"]).collect()
        }
        ["call", thing, service, ..] => {
            let metadata = things.state(thing).and_then(|state| state.metadata);
            let path = ["serviceDefinitions", service, "Inputs", "fieldDefinitions"];
            let names = members(metadata.as_ref(), &path).map(|name| format!("{name}="));
            names.collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Returns the member names of an object in metadata.
fn members(metadata: Option<&Metadata>, path: &[&str]) -> impl Iterator<Item = String> + use<> {
    let json = metadata.map(Metadata::to_json);
    let found = path.iter().fold(json.as_ref(), |json, name| json?.get(name));
    let object = found.and_then(Json::as_object);
    let names: Vec<String> = object.into_iter().flat_map(|object| object.keys().cloned()).collect();
    names.into_iter()
}

/// Returns the common prefix; `None` without candidates.
fn common(candidates: &BTreeSet<String>) -> Option<String> {
    // The set is sorted, so the common prefix of the first and the last is that of all.
    let first = candidates.first()?;
    let last = candidates.last()?;
    let alike = first.chars().zip(last.chars()).take_while(|(a, b)| a == b);
    Some(alike.map(|(char, _)| char).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn things() -> MemoryThings {
        let things =
            MemoryThings::new().with_thing("Pump").with_thing("Pump 2").with_thing("Boiler");
        assert!(things.set_property("Pump", "Level", 1.5));
        assert!(things.set_property("Pump", "Limit", 2.5));
        things
    }

    fn completed(line: &str) -> (String, Vec<String>) {
        let Completion { line, candidates } = complete(line, &things());
        (line, candidates)
    }

    #[test]
    fn the_last_word_is_completed_as_far_as_all_candidates_agree() {
        for (line, expected, candidates) in [
            ("re", "read ", &[][..]),
            ("t", "t", &["things", "trace"]),
            ("trace of", "trace off ", &[]),
            ("read Bo", "read Boiler ", &[]),
            ("read P", "read Pump", &["Pump", "Pump 2"]),
            ("read 'Pump ", "read 'Pump 2' ", &[]),
            ("read Pump L", "read Pump L", &["Level", "Limit"]),
            ("write Pump Le", "write Pump Level ", &[]),
            ("read Nobody L", "read Nobody L", &[]),
            ("reboot P", "reboot P", &[]),
        ] {
            let candidates: Vec<_> = candidates.iter().map(ToString::to_string).collect();
            assert_eq!(completed(line), (expected.to_owned(), candidates), "{line}");
        }
    }
}
