//! Reads profile files.

#[cfg(test)]
mod tests;

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
