//! Every sentence of PROTOCOL.md has a case, or is listed with the reason why it has none.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use alwayson_conformance::suite::protocol::{Sentence, is_cited, sentences};
use alwayson_conformance::suite::select::pattern;
use alwayson_conformance::suite::{Case, Level, Tested, catalogue};
use serde::Deserialize;

/// Which cases test a sentence that none of them cites, or why none does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    section: String,
    /// The first words of the sentence.
    begins: String,
    #[serde(default)]
    cases: Vec<String>,
    /// The kind of error of which all cases of decoders are.
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    reason: String,
}

fn entries() -> Vec<Entry> {
    serde_json::from_str(include_str!("coverage.json")).unwrap()
}

fn entry<'e>(sentence: &Sentence, entries: &'e [Entry]) -> Option<&'e Entry> {
    let is_it = |entry: &&Entry| {
        entry.section == sentence.section && sentence.text.starts_with(&entry.begins)
    };
    entries.iter().find(is_it)
}

/// The ids of the cases that cite a sentence, or that its entry names.
fn ids<'c>(sentence: &Sentence, entries: &[Entry], cases: &'c [Case]) -> BTreeSet<&'c str> {
    let entry = entry(sentence, entries);
    let error = entry.and_then(|entry| entry.error.as_ref());
    let error = error.map(|error| format!("is refused: {error} "));
    let globs = entry.map_or(&[][..], |entry| entry.cases.as_slice());
    let globs: Vec<_> = globs.iter().map(|glob| pattern(glob).unwrap()).collect();
    let is_of = |case: &&Case| {
        let cites =
            case.tested != Tested::Codec && case.cites.iter().any(|cite| is_cited(sentence, cite));
        let is_refused = error.as_ref().is_some_and(|error| case.about.contains(error));
        cites || is_refused || globs.iter().any(|glob| glob.matches(&case.id))
    };
    cases.iter().filter(is_of).map(|case| case.id.as_str()).collect()
}

#[test]
fn every_sentence_has_a_case_or_a_reason() {
    let cases = catalogue().unwrap();
    let entries = entries();
    let mut missing = String::new();
    for sentence in sentences() {
        let has_case = !ids(&sentence, &entries, &cases).is_empty();
        let reason = entry(&sentence, &entries).map_or("", |entry| entry.reason.as_str());
        assert!(!has_case || reason.is_empty(), "{} has a case, and a reason", sentence.text);
        if !has_case && reason.is_empty() {
            writeln!(missing, "{}: {}", sentence.section, sentence.text).unwrap();
        }
    }
    assert_eq!(missing, "", "sentences without a case");
    for Entry { section, begins, cases: globs, .. } in &entries {
        let is_it =
            |sentence: &Sentence| sentence.section == *section && sentence.text.starts_with(begins);
        assert!(sentences().iter().any(is_it), "no sentence of section {section}: {begins}");
        for glob in globs {
            let pattern = pattern(glob).unwrap();
            assert!(cases.iter().any(|case| pattern.matches(&case.id)), "no case {glob}");
        }
    }
}

#[test]
fn the_page_of_requirements_is_as_the_cases_are() {
    let cases = catalogue().unwrap();
    let entries = entries();
    let mut page = String::from(
        "# Requirements\n\nEvery sentence of [PROTOCOL.md](PROTOCOL.md), how binding it is for a foreign \
         implementation, the letters\nof its sources, and its cases. Written by a test: \
         `WRITE_DOCS=1 cargo test -p alwayson-conformance --test suite`.\n",
    );
    let mut section = String::new();
    for sentence in sentences() {
        if sentence.section != section {
            section.clone_from(&sentence.section);
            write!(page, "\n## Section {section}\n\n| level | letters | sentence | cases |\n")
                .unwrap();
            page.push_str("| --- | --- | --- | --- |\n");
        }
        let ids: Vec<String> =
            ids(&sentence, &entries, &cases).iter().map(|id| format!("`{id}`")).collect();
        let shown = match ids.len() {
            0 => format!("none: {}", entry(&sentence, &entries).map_or("", |e| &e.reason)),
            1..=6 => ids.join(", "),
            count => format!("{}, and {} more", ids[..5].join(", "), count - 5),
        };
        let text = sentence.text.replace('|', "\\|");
        let level = sentence.level();
        let letters = &sentence.letters;
        writeln!(page, "| {level} | {letters} | {text} | {shown} |").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("REQUIREMENTS.md");
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, page).unwrap();
        return;
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page, "WRITE_DOCS=1 writes the page");
}

#[test]
fn levels_follow_the_letters() {
    let level = |start: &str| {
        let found = sentences().into_iter().find(|sentence| sentence.text.starts_with(start));
        found.unwrap_or_else(|| panic!("{start}")).level()
    };
    assert_eq!(level("UNBIND releases the names"), Level::Must);
    assert_eq!(level("If a request has no response after 30 s"), Level::Must);
    assert_eq!(level("A second AUTH is answered with BAD_REQUEST"), Level::Ours);
    assert_eq!(level("If the header is not complete"), Level::Ours);
    assert_eq!(level("An edge leaves by unbinding"), Level::Should);
    assert_eq!(level("It sends nothing but AUTH before"), Level::Must);
}
