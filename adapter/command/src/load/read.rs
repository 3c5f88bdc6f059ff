//! Reads profile files.

use std::ops::RangeInclusive;
use std::path::Path;

use alwayson_gateway::config::{ConfigError, Place, nearest};
use jsonc_parser::ast::{Object, ObjectProp, Value as Json};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::operation::{Kind, Operation};
use super::options::{self, Given};
use super::profile::Think;
use crate::show;

/// The maximum length of a file in bytes, far above what the longest mix has.
const MAX_LEN: u64 = 1 << 20;
/// The maximum number of entries of a mix.
const MAX_MIX: usize = 64;

type Number = (&'static str, RangeInclusive<u64>, fn(&mut Given) -> &mut Option<u64>);

/// The members that are numbers, with their limits.
const NUMBERS: [Number; 10] = [
    ("edges", options::EDGES, |given| &mut given.edges),
    ("thingsPerEdge", options::THINGS_PER_EDGE, |given| &mut given.things_per_edge),
    ("requests", options::REQUESTS, |given| &mut given.requests),
    ("durationSeconds", options::DURATION_SECONDS, |given| &mut given.duration_seconds),
    ("rate", options::RATE, |given| &mut given.rate),
    ("inFlight", options::IN_FLIGHT, |given| &mut given.in_flight),
    ("expectedIntervalMs", options::EXPECTED_INTERVAL_MS, |given| &mut given.expected_interval_ms),
    ("rampEdgesPerSecond", options::RAMP_EDGES_PER_SECOND, |given| {
        &mut given.ramp_edges_per_second
    }),
    ("rampSeconds", options::RAMP_SECONDS, |given| &mut given.ramp_seconds),
    ("seed", options::SEED, |given| &mut given.seed),
];
/// The other members.
const OTHERS: [&str; 3] = ["thinkMs", "prefix", "mix"];
/// The members of which a profile can have one.
const EITHER: [(&str, &str); 4] = [
    ("requests", "durationSeconds"),
    ("rate", "thinkMs"),
    ("rate", "expectedIntervalMs"),
    ("rampEdgesPerSecond", "rampSeconds"),
];
/// The members of an entry of a mix.
const ENTRY: [&str; 7] =
    ["kind", "weight", "property", "service", "event", "payloadBytes", "timeoutMs"];

/// Reads a file.
///
/// # Errors
/// Returns everything that is wrong with it, a line for each, with its place.
pub(super) fn file(file: &Path) -> Result<Given, String> {
    let name = file.display();
    if let Some(len) = std::fs::metadata(file).ok().map(|data| data.len()).filter(|l| *l > MAX_LEN)
    {
        return Err(format!("{name}: it has {len} bytes, and {MAX_LEN} are the limit"));
    }
    let text = alwayson::text_file::read(file).map_err(|error| error.to_string())?;
    read(&text).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| format!("{name}: {error}")).collect();
        lines.join("\n")
    })
}

/// Reads a text.
///
/// # Errors
/// Returns everything that is wrong with it, in the order of the text.
pub(super) fn read(text: &str) -> Result<Given, Vec<String>> {
    // As a gateway reads its configuration: serde_json checks the text, and the second parser
    // gives each value its place.
    let checked: Result<serde_json::Value, _> = serde_json::from_str(text);
    if let Err(error) = checked {
        return Err(vec![ConfigError::syntax(text, &error).to_string()]);
    }
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
    let mut reader = Reader { errors: Vec::new() };
    let mut given = Given::default();
    match parsed.as_ref().map(|parsed| &parsed.value) {
        Ok(Some(Json::Object(object))) => reader.profile(object, &mut given),
        Ok(Some(other)) => reader.expected("", "an object", other),
        Ok(None) => reader.fail(0, "", "expected an object"),
        Err(error) => reader.fail(error.range().start, "", "cannot be read from here on"),
    }
    let mut errors = reader.errors;
    errors.sort();
    let shown = errors.into_iter().map(|(at, error)| format!("{}: {error}", Place::of(text, at)));
    let errors: Vec<String> = shown.collect();
    if errors.is_empty() { Ok(given) } else { Err(errors) }
}

/// Collects errors while a text is read.
struct Reader {
    errors: Vec<(usize, String)>,
}

impl Reader {
    fn fail(&mut self, at: usize, key: &str, problem: impl AsRef<str>) {
        let separator = if key.is_empty() { "" } else { ": " };
        let key = show::plain(show::cut(key, 80).as_ref()).into_owned();
        self.errors.push((at, format!("{key}{separator}{}", problem.as_ref())));
    }

    fn expected(&mut self, key: &str, what: &str, found: &Json<'_>) {
        let kind = match found {
            Json::StringLit(_) => "a string",
            Json::NumberLit(_) => "a number",
            Json::BooleanLit(_) => "a boolean",
            Json::Object(_) => "an object",
            Json::Array(_) => "a list",
            Json::NullKeyword(_) => "null",
        };
        self.fail(found.range().start, key, format!("expected {what}, found {kind}"));
    }

    /// Adds an error for each member that is not known, or is there twice.
    fn names(&mut self, object: &Object<'_>, prefix: &str, known: &[&str]) {
        for (index, property) in object.properties.iter().enumerate() {
            let name = property.name.as_str();
            let key = format!("{prefix}{name}");
            let at = property.range.start;
            let mut before = object.properties.iter().take(index);
            if !known.contains(&name) {
                let problem = match nearest(name, known.iter().copied()) {
                    Some(known) => format!("unknown member; did you mean {known}?"),
                    None => "unknown member".to_owned(),
                };
                self.fail(at, &key, problem);
            } else if before.any(|other| other.name.as_str() == name) {
                self.fail(at, &key, "is there twice");
            }
        }
    }

    fn profile(&mut self, object: &Object<'_>, given: &mut Given) {
        let numbers = NUMBERS.iter().map(|(name, ..)| *name);
        let known: Vec<&str> = numbers.chain(OTHERS).collect();
        self.names(object, "", &known);
        for (one, other) in EITHER {
            if let Some((_, second)) = member(object, one).zip(member(object, other)) {
                self.fail(second.range.start, other, format!("cannot be combined with {one}"));
            }
        }
        for (name, limit, of) in NUMBERS {
            *of(given) = self.number(object, "", name, &limit);
        }
        given.think_ms = member(object, "thinkMs").and_then(|think| self.think(&think.value));
        given.prefix = self.text(object, "", "prefix");
        given.mix = member(object, "mix").and_then(|mix| self.mix(&mix.value));
    }

    fn number(
        &mut self,
        object: &Object<'_>,
        prefix: &str,
        name: &str,
        limit: &RangeInclusive<u64>,
    ) -> Option<u64> {
        self.whole(&member(object, name)?.value, &format!("{prefix}{name}"), limit)
    }

    /// Reads a whole number within a limit.
    fn whole(&mut self, json: &Json<'_>, key: &str, limit: &RangeInclusive<u64>) -> Option<u64> {
        let Some(literal) = json.as_number_lit() else {
            self.expected(key, "a whole number", json);
            return None;
        };
        let found = literal.value.parse().ok().filter(|number| limit.contains(number));
        if found.is_none() {
            let (least, most) = limit.clone().into_inner();
            let found = literal.value;
            let problem = format!("has to be a whole number from {least} to {most}, found {found}");
            self.fail(literal.range.start, key, problem);
        }
        found
    }

    fn text(&mut self, object: &Object<'_>, prefix: &str, name: &str) -> Option<String> {
        let property = member(object, name)?;
        let key = format!("{prefix}{name}");
        match property.value.as_string_lit() {
            Some(text) if text.value.is_empty() => {
                self.fail(text.range.start, &key, "is empty");
                None
            }
            Some(text) => Some(text.value.clone().into_owned()),
            None => {
                self.expected(&key, "a string", &property.value);
                None
            }
        }
    }

    /// Reads a number of milliseconds, or a list of the least and the greatest.
    fn think(&mut self, json: &Json<'_>) -> Option<Think> {
        let limit = &options::THINK_MS;
        let Json::Array(range) = json else {
            let ms = self.whole(json, "thinkMs", limit)?;
            return Some(Think { least: ms, most: ms });
        };
        let [least, most] = &range.elements[..] else {
            self.fail(range.range.start, "thinkMs", "expected a number, or a list of two");
            return None;
        };
        let least = self.whole(least, "thinkMs[0]", limit);
        let most = self.whole(most, "thinkMs[1]", limit);
        let think = Think { least: least?, most: most? };
        if let Err(problem) = think.check() {
            self.fail(range.range.start, "thinkMs", problem);
        }
        Some(think)
    }

    fn mix(&mut self, json: &Json<'_>) -> Option<Vec<Operation>> {
        let Json::Array(entries) = json else {
            self.expected("mix", "a list of objects", json);
            return None;
        };
        let count = entries.elements.len();
        if !(1..=MAX_MIX).contains(&count) {
            let problem = format!("has to have from 1 to {MAX_MIX} entries, found {count}");
            self.fail(entries.range.start, "mix", problem);
        }
        let mut mix: Vec<Operation> = Vec::new();
        for (index, entry) in entries.elements.iter().enumerate().take(MAX_MIX) {
            let key = format!("mix[{index}]");
            let Json::Object(object) = entry else {
                self.expected(&key, "an object", entry);
                continue;
            };
            let Some(operation) = self.entry(object, &key) else { continue };
            let is_other = |other: &&Operation| {
                other.kind.is_setting()
                    && operation.kind.is_setting()
                    && other.name == operation.name
                    && other.payload_bytes.is_some() != operation.payload_bytes.is_some()
            };
            if mix.iter().find(is_other).is_some() {
                let problem = "the property is a text in one entry, with payloadBytes, and a \
                               number in another one, without";
                self.fail(object.range.start, &key, problem);
            }
            mix.push(operation);
        }
        Some(mix)
    }

    fn entry(&mut self, object: &Object<'_>, key: &str) -> Option<Operation> {
        let prefix = format!("{key}.");
        let at = object.range.start;
        self.names(object, &prefix, &ENTRY);
        let weight = self.number(object, &prefix, "weight", &options::WEIGHT).unwrap_or(1);
        let payload_bytes = self.number(object, &prefix, "payloadBytes", &options::PAYLOAD_BYTES);
        let timeout_ms = self.number(object, &prefix, "timeoutMs", &options::TIMEOUT_MS);
        let Some(kind) = member(object, "kind") else {
            self.fail(at, key, "has no kind");
            return None;
        };
        let word = self.text(object, &prefix, "kind")?;
        let Some(kind) = Kind::ALL.into_iter().find(|known| known.name() == word) else {
            let names = Kind::ALL.map(Kind::name).join(", ");
            self.fail(
                kind.value.range().start,
                &format!("{prefix}kind"),
                format!("expected one of {names}"),
            );
            return None;
        };
        let payload = member(object, "payloadBytes").filter(|_| kind == Kind::Read);
        if let Some(payload) = payload {
            self.fail(
                payload.range.start,
                &format!("{prefix}payloadBytes"),
                "a read has no payload",
            );
        }
        let about =
            ["property", "service", "event"].into_iter().filter(|name| *name != kind.about());
        for wrong in about.filter_map(|name| member(object, name)) {
            let problem =
                format!("a {} has no such member; expected {}", kind.name(), kind.about());
            self.fail(wrong.range.start, &format!("{prefix}{}", wrong.name.as_str()), problem);
        }
        let default = || kind.default_name(payload_bytes.is_some()).map(str::to_owned);
        let Some(name) = self.text(object, &prefix, kind.about()).or_else(default) else {
            if member(object, kind.about()).is_none() {
                self.fail(at, key, "has no service");
            }
            return None;
        };
        Some(Operation { kind, weight, name, payload_bytes, timeout_ms })
    }
}

/// Returns a member of an object.
fn member<'o, 't>(object: &'o Object<'t>, name: &str) -> Option<&'o ObjectProp<'t>> {
    object.properties.iter().find(|property| property.name.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::super::profile::Profile;
    use super::*;

    fn errors(text: &str) -> String {
        read(text).expect_err(text).join("\n")
    }

    #[test]
    fn a_profile_is_read_and_written() {
        let text = r#"{
            "edges": 10, "thingsPerEdge": 3, "durationSeconds": 60, "thinkMs": [5, 50],
            "expectedIntervalMs": 20, "rampSeconds": 4, "prefix": "Line-", "seed": 7, "inFlight": 2,
            "mix": [
                { "kind": "push", "weight": 6, "payloadBytes": 100 },
                { "kind": "read", "property": "Payload" },
                { "kind": "write" },
                { "kind": "call", "service": "Add", "timeoutMs": 500 },
                { "kind": "event", "event": "Overheat" }
            ]
        }"#;
        let profile = Profile::of(read(text).unwrap()).unwrap();
        assert_eq!(
            profile.mix.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(),
            ["Payload", "Payload", "Load", "Add", "Overheat"]
        );
        assert_eq!(profile.read_settings().count(), 1);
        let written = profile.json().to_string();
        assert_eq!(Profile::of(read(&written).unwrap()).unwrap(), profile);
        let open = r#"{ "edges": 1, "requests": 0, "rate": 9, "rampEdgesPerSecond": 5 }"#;
        let open = Profile::of(read(open).unwrap()).unwrap();
        assert_eq!(Profile::of(read(&open.json().to_string()).unwrap()).unwrap(), open);
    }

    #[test]
    fn each_mistake_is_told_with_its_place_and_the_nearest_name() {
        for (text, error) in [
            ("{\n  \"edgs\": 5\n}", "line 2, column 3: edgs: unknown member; did you mean edges?"),
            ("{ \"xyzzy\": 1 }", "line 1, column 3: xyzzy: unknown member"),
            ("{ \"edges\": 1, // one\n }", "line 1, column 15: JSON has no comments"),
            ("[]", "line 1, column 1: expected an object, found a list"),
            ("{ \"edges\": \"5\" }", "column 12: edges: expected a whole number, found a string"),
            ("{ \"edges\": 1.5 }", "edges: has to be a whole number from 1 to 100000, found 1.5"),
            ("{ \"edges\": 1, \"edges\": 2 }", "column 15: edges: is there twice"),
            ("{ \"prefix\": \"\" }", "column 13: prefix: is empty"),
            ("{ \"thinkMs\": [1] }", "thinkMs: expected a number, or a list of two"),
            ("{ \"thinkMs\": [2, 1] }", "thinkMs: 2 to 1 is no range"),
            ("{ \"rate\": 1, \"thinkMs\": 1 }", "column 14: thinkMs: cannot be combined with rate"),
            ("{ \"mix\": [] }", "mix: has to have from 1 to 64 entries, found 0"),
            ("{ \"mix\": [{}] }", "column 11: mix[0]: has no kind"),
            (
                "{ \"mix\": [{ \"kind\": \"pull\" }] }",
                "mix[0].kind: expected one of push, read, write",
            ),
            ("{ \"mix\": [{ \"kind\": \"call\" }] }", "column 11: mix[0]: has no service"),
            (
                "{ \"mix\": [{ \"kind\": \"push\", \"wieght\": 1 }] }",
                "column 29: mix[0].wieght: unknown member; did you mean weight?",
            ),
            (
                "{ \"mix\": [{ \"kind\": \"push\", \"service\": \"x\" }] }",
                "mix[0].service: a push has no such member; expected property",
            ),
            (
                "{ \"mix\": [{ \"kind\": \"read\", \"payloadBytes\": 1 }] }",
                "mix[0].payloadBytes: a read has no payload",
            ),
        ] {
            assert!(errors(text).contains(error), "{text}: {}", errors(text));
        }
        let mixed = r#"{ "mix": [{ "kind": "push", "property": "P" },
            { "kind": "write", "property": "P", "payloadBytes": 1 }] }"#;
        assert!(errors(mixed).contains("line 2, column 13: mix[1]: the property is a text"));
        // All are told, in the order of the text.
        let several = errors("{ \"rate\": 0, \"edgs\": 5, \"edges\": 0 }");
        let places: Vec<&str> = several.lines().map(|line| &line[..17]).collect();
        assert_eq!(places, ["line 1, column 11", "line 1, column 14", "line 1, column 34"]);
    }

    #[test]
    fn numbers_have_limits() {
        let entry = |name: &str, number: &str| {
            read(&format!(r#"{{ "mix": [{{ "kind": "push", "{name}": {number} }}] }}"#)).is_ok()
        };
        let member =
            |name: &str, number: &str| read(&format!(r#"{{ "{name}": {number} }}"#)).is_ok();
        let numbers = NUMBERS.iter().map(|(name, limit, _)| (*name, limit.clone(), false));
        let of_entry = [
            ("weight", options::WEIGHT, true),
            ("payloadBytes", options::PAYLOAD_BYTES, true),
            ("timeoutMs", options::TIMEOUT_MS, true),
        ];
        let all = numbers.chain(of_entry).chain([("thinkMs", options::THINK_MS, false)]);
        for (name, limit, is_of_entry) in all {
            let is_good = |number: i128| {
                let number = number.to_string();
                if is_of_entry { entry(name, &number) } else { member(name, &number) }
            };
            let least = i128::from(*limit.start());
            let most = i128::from(*limit.end());
            let seen = [least - 1, least, least + 1, most - 1, most, most + 1].map(is_good);
            assert_eq!(seen, [false, true, true, true, true, false], "{name}");
        }
        let mix = |count| {
            let entries = vec![r#"{ "kind": "push" }"#; count].join(",");
            read(&format!(r#"{{ "mix": [{entries}] }}"#)).is_ok()
        };
        assert_eq!([0, 1, 63, 64, 65].map(mix), [false, true, true, true, false]);
    }

    #[test]
    fn a_file_has_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.json");
        for (more, is_good) in [(-1, true), (0, true), (1, false)] {
            let len = usize::try_from(i64::try_from(MAX_LEN).unwrap() + more).unwrap();
            std::fs::write(&path, format!("{}{{}}", " ".repeat(len - 2))).unwrap();
            assert_eq!(file(&path).is_ok(), is_good, "{len}");
        }
    }
}
