//! All dialogues pass, each sentence has one, and wrong copies fail.

use std::collections::BTreeSet;
use std::path::Path;

use alwayson_conformance::hex;
use alwayson_conformance::sessions::{self, SessionFile, Variation};
use serde_json::{Value, json};

fn own() -> Vec<SessionFile> {
    sessions::read(&[sessions::own_folder()]).unwrap()
}

/// The files of dialogues as JSON, with their names.
fn own_json() -> Vec<(String, Value)> {
    own()
        .into_iter()
        .map(|file| {
            let json = std::fs::read(sessions::own_folder().join(&file.name)).unwrap();
            (file.name, serde_json::from_slice(&json).unwrap())
        })
        .collect()
}

fn failures(files: &[SessionFile], variation: Variation) -> Vec<String> {
    let failures = files.iter().flat_map(|file| sessions::run(file, variation));
    failures.map(|failure| format!("{}: {}", failure.name, failure.difference)).collect()
}

#[test]
fn all_dialogues_pass() {
    assert_eq!(failures(&own(), Variation::default()), [""; 0]);
}

#[test]
fn they_pass_whatever_ids_the_tested_side_chooses() {
    for (request_ids_later, grants_later) in [(1, 0), (0, 1), (500_000, 1_000), (u32::MAX - 3, 7)] {
        let variation = Variation { request_ids_later, grants_later };
        assert_eq!(failures(&own(), variation), [""; 0], "{variation:?}");
    }
}

#[test]
fn no_two_dialogues_have_one_name() {
    let files = own();
    let names: Vec<&str> =
        files.iter().flat_map(|file| &file.dialogues).map(|d| d.name.as_str()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

/// A section of the protocol page.
fn section(number: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("PROTOCOL.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, after) = page.split_once(&format!("\n## {number}. ")).unwrap();
    after.split("\n## ").next().unwrap().to_owned()
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentences of the numbered items of section 7.
fn sentences() -> BTreeSet<String> {
    let section = section("7");
    let mut items: Vec<String> = Vec::new();
    for line in section.lines() {
        let number = line.split_once(". ").filter(|(number, _)| number.parse::<u8>().is_ok());
        match (number, items.last_mut()) {
            (Some((_, text)), _) => items.push(text.to_owned()),
            (None, Some(item)) if line.starts_with("   ") => {
                item.push(' ');
                item.push_str(line.trim());
            }
            _ => {}
        }
    }
    let sentences = items.iter().flat_map(|item| item.split_inclusive(". "));
    sentences.map(|sentence| sentence.trim().to_owned()).collect()
}

#[test]
fn each_sentence_of_section_7_has_a_dialogue_and_no_other_is_cited() {
    let sentences = sentences();
    assert_eq!(sentences.len(), 39, "{sentences:#?}");
    let files = own();
    let dialogues = files.iter().flat_map(|file| &file.dialogues);
    let cited: BTreeSet<String> = dialogues
        .flat_map(|dialogue| &dialogue.cites)
        .filter(|citation| citation.section == "7")
        .map(|citation| citation.sentence.clone())
        .collect();
    assert_eq!(cited, sentences);
}

#[test]
fn what_is_cited_of_other_sections_stands_there() {
    for dialogue in own().iter().flat_map(|file| &file.dialogues) {
        for cite in &dialogue.cites {
            let section = on_one_line(&section(&cite.section));
            assert!(section.contains(&cite.sentence), "{}: {}", dialogue.name, cite.sentence);
        }
    }
}

#[test]
fn each_sentence_is_shown_by_the_side_that_it_is_about() {
    let section = section("7");
    let (platform, _) = section.split_once("### The edge connects").unwrap();
    let platform = on_one_line(platform);
    for dialogue in own().iter().flat_map(|file| &file.dialogues) {
        for cite in dialogue.cites.iter().filter(|cite| cite.section == "7") {
            // One sentence about edges is among those about platforms.
            let is_of_platform =
                platform.contains(&cite.sentence) && !cite.sentence.starts_with("An edge");
            let side = if is_of_platform {
                sessions::SideName::Platform
            } else {
                sessions::SideName::Edge
            };
            assert_eq!(dialogue.side, side, "{}: {}", dialogue.name, cite.sentence);
        }
    }
}

#[test]
fn the_files_are_of_the_schema_and_broken_ones_are_not() {
    let schema = std::fs::read(sessions::own_folder().join("schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, file) in own_json() {
        let errors: Vec<String> = validator
            .iter_errors(&file)
            .map(|error| format!("{name}{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0]);
        for (place, value) in [
            ("/schema", json!("alwayson-sessions/2")),
            ("/dialogues", json!([])),
            ("/dialogues/0/side", json!("both")),
            ("/dialogues/0/cites", json!([])),
            ("/dialogues/0/cites/0/section", json!(7)),
            ("/dialogues/0/steps/0/at", json!(-1)),
            ("/dialogues/0/steps/0/do", json!({"kind": "sleep"})),
            ("/dialogues/0/steps/0/do", json!({"kind": "ping", "code": 1})),
            ("/dialogues/0/steps/1", json!({"at": 1, "out": [{"kind": "message", "hex": "00"}]})),
            ("/dialogues/0/steps/1", json!({"at": 1, "effects": [{"kind": "bound"}]})),
            ("/dialogues/0/steps/1", json!({"at": 1, "unknown": 1})),
        ] {
            let mut broken = file.clone();
            *broken.pointer_mut(place).unwrap() = value;
            assert!(!validator.is_valid(&broken), "{name}: {place}");
            let json = serde_json::to_vec(&broken).unwrap();
            let read = SessionFile::from_json(name.clone(), &json);
            let is_caught_there = place.ends_with("section") || place == "/dialogues";
            assert!(read.is_err() || is_caught_there, "{name}: {place} is read");
        }
    }
}

/// A dialogue that must fail, and how it was made.
struct Wrong {
    how: String,
    dialogue: Value,
}

/// Returns wrong copies of a dialogue: with each expectation left out, each number increased,
/// each word changed, each message with another code or end, each time earlier and later.
fn wrong_ones(dialogue: &Value) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut add = |how: String, change: &dyn Fn(&mut Value)| {
        let mut dialogue = dialogue.clone();
        change(&mut dialogue);
        wrong.push(Wrong { how, dialogue });
    };
    for (at, step) in dialogue["steps"].as_array().unwrap().iter().enumerate() {
        let has_any = step.get("out").or_else(|| step.get("effects")).is_some();
        if step.get("do").is_none() && has_any {
            let time = step["at"].as_u64().unwrap();
            for other in [time - 1, time + 1] {
                let change = move |d: &mut Value| d["steps"][at]["at"] = json!(other);
                add(format!("step {at} at {other}"), &change);
            }
        }
        for list in ["out", "effects"] {
            let items = step.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                let place = format!("/steps/{at}/{list}/{index}");
                let parent = format!("/steps/{at}/{list}");
                add(format!("without {place}"), &|d| {
                    d.pointer_mut(&parent).unwrap().as_array_mut().unwrap().remove(index);
                });
                for changed in wrong_items(item) {
                    add(format!("{place}: {changed}"), &|d| {
                        *d.pointer_mut(&place).unwrap() = changed.clone();
                    });
                }
            }
        }
    }
    wrong
}

fn wrong_items(item: &Value) -> Vec<Value> {
    let mut wrong = Vec::new();
    if let Some(digits) = item.get("hex").and_then(Value::as_str) {
        let bytes = hex::decode(digits.as_bytes()).unwrap();
        let code = match bytes[1] {
            0x40 => 0x44,
            0x41.. => 0x40,
            method => method + 1,
        };
        let last = bytes.len() - 1;
        for (at, byte) in [(1, code), (last, bytes[last] ^ 1), (5, bytes[5] ^ 1)] {
            // The sender of a request chooses its id.
            if at == 5 && bytes[1] < 0x40 {
                continue;
            }
            let mut other = bytes.clone();
            other[at] = byte;
            let mut item = item.clone();
            item["dump"] = json!(sessions::dump(&other));
            item["hex"] = json!(hex::encode(&other));
            wrong.push(item);
        }
        if item.get("reasonNames").is_some() {
            let mut item = item.clone();
            item["reasonNames"] = json!(["Nobody"]);
            wrong.push(item);
        }
        let mut item = item.clone();
        item["dump"] = json!("something else");
        wrong.push(item);
        return wrong;
    }
    for (key, value) in item.as_object().unwrap() {
        let other = match value {
            Value::Number(number) => json!(number.as_u64().unwrap() + 1),
            Value::Bool(is) => json!(!is),
            Value::String(text) if key != "kind" => json!(format!("{text}x")),
            _ => continue,
        };
        let mut item = item.clone();
        item[key] = other;
        wrong.push(item);
    }
    wrong
}

#[test]
fn a_wrong_dialogue_fails() {
    let mut count = 0;
    for (name, file) in own_json() {
        for dialogue in file["dialogues"].as_array().unwrap() {
            for Wrong { how, dialogue } in wrong_ones(dialogue) {
                count += 1;
                let wrong = json!({
                    "schema": file["schema"], "group": file["group"], "dialogues": [dialogue],
                });
                let json = serde_json::to_vec(&wrong).unwrap();
                let read = SessionFile::from_json(name.clone(), &json).unwrap();
                let failed = sessions::run(&read, Variation::default()).len();
                assert_eq!(failed, 1, "{name}, {}: {how}", dialogue["name"]);
            }
        }
    }
    assert!(count > 500, "only {count} wrong dialogues");
}

#[test]
fn a_side_may_word_reasons_and_order_names_as_it_likes() {
    let mut file = own_json().into_iter().find(|(name, _)| name == "edge.json").unwrap().1;
    let dialogues = file["dialogues"].as_array_mut().unwrap();
    let other = |dialogue: &mut Value, place: &str, change: &dyn Fn(String) -> String| {
        let message = dialogue.pointer_mut(place).unwrap();
        let digits = change(message["hex"].as_str().unwrap().to_owned());
        message["dump"] = json!(sessions::dump(&hex::decode(digits.as_bytes()).unwrap()));
        message["hex"] = json!(digits);
    };
    let [pump, valve] = ["0450756d70", "0556616c7665"];
    let bind = dialogues.iter_mut().find(|d| d["name"] == "auth-then-bind").unwrap();
    other(bind, "/steps/4/out/0", &|hex| {
        assert!(hex.contains(&format!("{pump}{valve}")));
        hex.replace(&format!("{pump}{valve}"), &format!("{valve}{pump}"))
    });
    let not_found =
        dialogues.iter_mut().find(|d| d["name"] == "a-thing-that-the-edge-does-not-have").unwrap();
    other(not_found, "/steps/4/out/0", &|hex| {
        assert!(hex.ends_with("00ff"));
        // The reason "No".
        format!("{}01024e6fff", &hex[..hex.len() - 4])
    });
    let json = serde_json::to_vec(&file).unwrap();
    let read = SessionFile::from_json("edge.json".to_owned(), &json).unwrap();
    assert_eq!(failures(&[read], Variation::default()), [""; 0]);
}
