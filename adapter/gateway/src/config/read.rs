//! A configuration from its text.

use std::path::Path;
use std::time::Duration;

use jsonc_parser::ast::{Object, Value as Json};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::error::{ConfigError, Note, NoteKind, Place};
use super::model::{AutoBind, Config, Server};
use super::settings::{AUTO_BIND, Kind, MOST_MS, NOT_DONE, SERVER, SETTINGS, Setting};

/// A configuration, and what there is to say of it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The configuration.
    pub config: Config,
    /// What is to be said of it, in the order of the file.
    pub notes: Vec<Note>,
    /// The settings that the file has, and where.
    pub given: Vec<(String, Place)>,
}

/// Reads a text without a byte order mark.
pub(super) fn read(text: &str) -> Result<Parsed, Vec<ConfigError>> {
    // What is plain JSON, how deep, and where it is not: the parser that gives each value
    // its place takes more.
    let checked: Result<serde_json::Value, _> = serde_json::from_str(text);
    if let Err(error) = checked {
        return Err(vec![ConfigError::syntax(text, &error)]);
    }
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default())
        .map_err(|error| vec![ConfigError::unread(text, error.range().start)])?;
    let mut reader = Reader { text, notes: Vec::new(), errors: Vec::new(), given: Vec::new() };
    let mut config = Config::default();
    match &parsed.value {
        Some(Json::Object(object)) => reader.section(object, "", &mut config),
        Some(other) => reader.fail(other.range().start, "", expected("an object", other)),
        None => reader.fail(text.len(), "", "there is nothing in it: expected an object"),
    }
    let Reader { notes, errors, given, .. } = reader;
    if errors.is_empty() { Ok(Parsed { config, notes, given }) } else { Err(errors) }
}

struct Reader<'t> {
    text: &'t str,
    notes: Vec<Note>,
    errors: Vec<ConfigError>,
    given: Vec<(String, Place)>,
}

impl Reader<'_> {
    fn fail(&mut self, at: usize, key: &str, problem: impl Into<String>) {
        self.fail_with(at, key, problem, None);
    }

    fn fail_with(
        &mut self,
        at: usize,
        key: &str,
        problem: impl Into<String>,
        hint: Option<&'static str>,
    ) {
        let place = Place::of(self.text, at);
        self.errors.push(ConfigError { place, key: shown(key), problem: problem.into(), hint });
    }

    fn note(&mut self, at: usize, key: &str, kind: NoteKind, text: impl Into<String>) {
        let place = Place::of(self.text, at);
        self.notes.push(Note { place, key: shown(key), kind, text: text.into() });
    }

    /// The file, or an object in it: the names in it follow this prefix.
    fn section(&mut self, object: &Object<'_>, prefix: &str, config: &mut Config) {
        self.doubles(object, prefix);
        for property in &object.properties {
            let name = property.name.as_str();
            let key = format!("{prefix}{name}");
            let at = property.range.start;
            if let Some(setting) = find(SETTINGS, &key) {
                self.given.push((setting.key.to_owned(), Place::of(self.text, at)));
                self.setting(setting, &key, &property.value, config);
                self.lists(setting, &key, &property.value, config);
            } else if let Some((_, text)) = NOT_DONE.iter().find(|(known, _)| *known == key) {
                self.note(at, &key, NoteKind::NotDone, format!("known, and not done: {text}"));
            } else if is_section(&key) {
                match &property.value {
                    Json::Object(object) => self.section(object, &format!("{key}."), config),
                    other => self.fail(other.range().start, &key, expected("an object", other)),
                }
            } else {
                let names = SETTINGS.iter().flat_map(Setting::names);
                let known = names.chain(NOT_DONE.iter().map(|(name, _)| *name));
                self.unknown(at, &key, known);
            }
        }
    }

    /// A name that comes twice leaves open which one counts.
    fn doubles(&mut self, object: &Object<'_>, prefix: &str) {
        for (index, property) in object.properties.iter().enumerate() {
            let name = property.name.as_str();
            let before = object.properties.iter().take(index);
            if let Some(first) = before.into_iter().find(|first| first.name.as_str() == name) {
                let line = Place::of(self.text, first.range.start).line;
                let key = format!("{prefix}{name}");
                self.fail(property.range.start, &key, format!("it stands in line {line}, too"));
            }
        }
    }

    fn unknown<'k>(&mut self, at: usize, key: &str, known: impl Iterator<Item = &'k str>) {
        let text = match nearest(key, known) {
            Some(name) => format!("not known; the nearest name is {name}"),
            None => "not known".to_owned(),
        };
        self.note(at, key, NoteKind::Unknown, text);
    }

    /// The settings that are lists of objects.
    fn lists(
        &mut self,
        setting: &Setting<Config>,
        key: &str,
        json: &Json<'_>,
        config: &mut Config,
    ) {
        match setting.kind {
            Kind::Servers => {
                config.servers = self.objects(SERVER, key, json);
                let missing = "the first one has no host";
                match config.servers.first() {
                    Some(Server { host: None, .. }) => {
                        self.fail(json.range().start, key, missing);
                    }
                    Some(_) if config.servers.len() > 1 => {
                        let text = "only the first one is used";
                        self.note(json.range().start, key, NoteKind::NotDone, text);
                    }
                    _ => {}
                }
            }
            Kind::Things => {
                config.auto_bind = self.objects(AUTO_BIND, key, json);
                self.things(key, json, &config.auto_bind);
            }
            _ => {}
        }
    }

    fn things(&mut self, key: &str, json: &Json<'_>, things: &[AutoBind]) {
        let mut names = std::collections::HashSet::new();
        for (index, thing) in things.iter().enumerate() {
            let at = match json {
                Json::Array(array) => {
                    array.elements.get(index).map_or(array.range.start, |json| json.range().start)
                }
                other => other.range().start,
            };
            let problem = match thing.name.as_deref() {
                None | Some("") => Some("it has no name".to_owned()),
                Some("*") => Some("the identifier is empty".to_owned()),
                Some(name) if !names.insert(name.to_owned()) => {
                    Some("another entry has the same name".to_owned())
                }
                Some(_) => None,
            };
            if let Some(problem) = problem {
                self.fail(at, &format!("{key}[{index}]"), problem);
            }
        }
        let gateways = things.iter().filter(|thing| thing.gateway).count();
        if gateways > 1 {
            self.fail(json.range().start, key, "more than one entry has gateway: true");
        }
    }

    /// A list of objects; one object is taken for a list of it.
    fn objects<T: Default>(
        &mut self,
        settings: &[Setting<T>],
        key: &str,
        json: &Json<'_>,
    ) -> Vec<T> {
        match json {
            Json::Array(array) => {
                let mut all = Vec::new();
                for (index, element) in array.elements.iter().enumerate() {
                    let key = format!("{key}[{index}]");
                    match element {
                        Json::Object(object) => all.push(self.object(settings, &key, object)),
                        other => self.fail(other.range().start, &key, expected("an object", other)),
                    }
                }
                all
            }
            Json::Object(object) => {
                let text = "an object, taken for a list with this one entry";
                self.note(object.range.start, key, NoteKind::Taken, text);
                vec![self.object(settings, key, object)]
            }
            other => {
                self.fail(other.range().start, key, expected("a list of objects", other));
                Vec::new()
            }
        }
    }

    fn object<T: Default>(
        &mut self,
        settings: &[Setting<T>],
        prefix: &str,
        object: &Object<'_>,
    ) -> T {
        let mut value = T::default();
        self.doubles(object, &format!("{prefix}."));
        for property in &object.properties {
            let name = property.name.as_str();
            let key = format!("{prefix}.{name}");
            if let Some(setting) = find(settings, name) {
                self.setting(setting, &key, &property.value, &mut value);
            } else {
                let names = settings.iter().map(|setting| setting.key);
                self.unknown(property.range.start, &key, names);
            }
        }
        value
    }

    fn setting<T>(&mut self, setting: &Setting<T>, key: &str, json: &Json<'_>, value: &mut T) {
        let at = json.range().start;
        let is_weaker = match self.value(&setting.kind, key, json, value) {
            Ok(flag) => setting.weakens.as_ref().filter(|weakens| flag == Some(weakens.value)),
            Err(what) => return self.fail(at, key, expected(what, json)),
        };
        if let Some(weakens) = is_weaker {
            self.note(at, key, NoteKind::Weakens, weakens.text);
        }
    }

    /// Sets a value. Returns the boolean that it is; or what is expected instead.
    fn value<T>(
        &mut self,
        kind: &Kind<T>,
        key: &str,
        json: &Json<'_>,
        value: &mut T,
    ) -> Result<Option<bool>, &'static str> {
        let at = json.range().start;
        match kind {
            Kind::Flag(of) => {
                let flag = json.as_boolean_lit().ok_or("true or false")?.value;
                *of(value) = flag;
                return Ok(Some(flag));
            }
            Kind::Text(of) => *of(value) = given(text(json)?).map(str::to_owned),
            Kind::Default(of) => text(json)?.clone_into(of(value)),
            Kind::Secret(of) => match text(json)? {
                "" => *of(value) = None,
                encrypted if is_encrypted(key, encrypted) => {
                    let hint = "write it as it is, or name its file by --app-key-file";
                    self.fail_with(at, key, "it is encrypted, and cannot be read", Some(hint));
                }
                secret => *of(value) = Some(secret.into()),
            },
            Kind::File(of) => *of(value) = given(text(json)?).map(Into::into),
            Kind::Files(of) => {
                *of(value) = match json {
                    Json::Array(array) => {
                        let files = array.elements.iter().map(text);
                        files.collect::<Result<Vec<_>, _>>().map_err(|_| FILES)?
                    }
                    file => vec![text(file).map_err(|_| FILES)?],
                }
                .into_iter()
                .filter_map(given)
                .map(Into::into)
                .collect();
            }
            Kind::Ms { at: of, least } => {
                let ms = whole(json).ok_or("a number of milliseconds")?;
                if let Some(ms) = self.within(at, key, ms, *least, MOST_MS, false) {
                    *of(value) = Duration::from_millis(ms);
                }
            }
            Kind::Number { at: of, least, most, clamps } => {
                let number = whole(json).ok_or("a whole number")?;
                if let Some(number) = self.within(at, key, number, *least, *most, *clamps) {
                    *of(value) = number;
                }
            }
            Kind::Optional { at: of, least, most } => {
                let number = whole(json).ok_or("a whole number")?;
                *of(value) = self.within(at, key, number, *least, *most, false);
            }
            Kind::Count(of) => {
                let count = whole(json).filter(|count| *count >= -1);
                let count = count.ok_or("a whole number, or -1")?;
                *of(value) = u64::try_from(count).ok();
            }
            Kind::Choice { at: of, words } => {
                let word = text(json)?;
                match words.iter().position(|known| known.eq_ignore_ascii_case(word)) {
                    Some(place) => {
                        *of(value) = place == 1;
                        return Ok(Some(place == 1));
                    }
                    None => self.fail(at, key, one_of(words)),
                }
            }
            Kind::Word { at: of, words } => {
                let word = text(json)?;
                match words.iter().find(|known| known.eq_ignore_ascii_case(word)) {
                    Some(known) => *of(value) = known,
                    None => self.fail(at, key, one_of(words)),
                }
            }
            Kind::Servers | Kind::Things => {}
        }
        Ok(None)
    }

    /// A number within its range, or the nearest that is, where that will do.
    fn within(
        &mut self,
        at: usize,
        key: &str,
        number: i64,
        least: u64,
        most: u64,
        clamps: bool,
    ) -> Option<u64> {
        let found = u64::try_from(number).ok().filter(|number| (least..=most).contains(number));
        if found.is_some() {
            return found;
        }
        if clamps && number >= 0 {
            let nearest = u64::try_from(number).unwrap_or(least).clamp(least, most);
            let text = format!("{number}, taken for {nearest}: it is from {least} to {most}");
            self.note(at, key, NoteKind::Taken, text);
            return Some(nearest);
        }
        self.fail(at, key, format!("it cannot be {number}: it is from {least} to {most}"));
        None
    }
}

const FILES: &str = "a file, or a list of files";

/// The longest name that is repeated, in characters.
const MAX_NAME: usize = 80;

/// A name as it is shown: it may be anything that stands in the file.
fn shown(key: &str) -> String {
    let mut shown: String =
        key.chars().take(MAX_NAME).map(|char| if char.is_control() { '?' } else { char }).collect();
    if key.chars().nth(MAX_NAME).is_some() {
        shown.push('…');
    }
    shown
}

fn find<'s, T>(settings: &'s [Setting<T>], key: &str) -> Option<&'s Setting<T>> {
    settings.iter().find(|setting| setting.names().any(|name| name == key))
}

impl<T> Setting<T> {
    fn names(&self) -> impl Iterator<Item = &'static str> + use<T> {
        [Some(self.key), self.alias].into_iter().flatten()
    }
}

/// Whether settings stand in an object of this name.
fn is_section(key: &str) -> bool {
    let within = |name: &str| name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    SETTINGS.iter().any(|setting| within(setting.key))
}

/// The known name that is nearest to one that is not, if any is near.
fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let name: String = last(key).chars().take(MAX_NAME).collect();
    let distance = |known: &str| strsim::damerau_levenshtein(&name, &last(known));
    let far = |known: &str| last(known).len().max(name.len()).div_ceil(3);
    known
        .map(|known| (distance(known), known))
        .filter(|(distance, known)| *distance <= far(known))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

fn text<'j>(json: &'j Json<'_>) -> Result<&'j str, &'static str> {
    json.as_string_lit().map(|text| text.value.as_ref()).ok_or("a string")
}

/// A text, unless it is empty: files have empty strings for what is not set.
fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A whole number, `7.0` among them.
fn whole(json: &Json<'_>) -> Option<i64> {
    let number: serde_json::Number = serde_json::from_str(json.as_number_lit()?.value).ok()?;
    let of_float = || {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
        let whole = float as i64;
        Some(whole)
    };
    number.as_i64().or_else(of_float)
}

/// Whether a secret is one that another program has encrypted. A key has no colon.
fn is_encrypted(key: &str, secret: &str) -> bool {
    let Some((kind, _)) = secret.split_once(':') else { return false };
    let is_kind = kind.len() > 1 && kind.bytes().all(|byte| byte.is_ascii_uppercase());
    matches!(kind, "AES" | "SCM") || (is_kind && key.eq_ignore_ascii_case("appKey"))
}

fn one_of(words: &[&str]) -> String {
    format!("expected one of {}", words.join(", "))
}

fn expected(what: &str, json: &Json<'_>) -> String {
    let found = match json {
        Json::StringLit(_) => "a string",
        Json::NumberLit(number) if serde_json::from_str::<f64>(number.value).is_err() => {
            "what is no number of JSON"
        }
        Json::NumberLit(_) => "a number",
        Json::BooleanLit(_) => "a boolean",
        Json::Object(_) => "an object",
        Json::Array(_) => "a list",
        Json::NullKeyword(_) => "null",
    };
    format!("expected {what}, found {found}")
}

/// Why a file of a configuration is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It cannot be read, or is no text.
    #[error(transparent)]
    File(#[from] alwayson::text_file::FileError),
    /// It is too long to be a configuration.
    #[error("{file}: it has {len} bytes, and {most} are the limit")]
    TooLong {
        /// The file.
        file: String,
        /// How long it is.
        len: u64,
        /// How long it may be.
        most: u64,
    },
    /// What is in it cannot be used.
    #[error("{}", in_file(.file, .errors))]
    Config {
        /// The file.
        file: String,
        /// What is wrong, in the order of the file.
        errors: Vec<ConfigError>,
    },
}

fn in_file(file: &str, errors: &[ConfigError]) -> String {
    errors.iter().map(|error| format!("{file}: {error}")).collect::<Vec<_>>().join("\n")
}

/// The longest file, in bytes: 4,096 Things take some 600 KB.
const MAX_LEN: u64 = 4 << 20;

/// Reads a file. It is never written.
pub(super) fn read_file(file: &Path) -> Result<Parsed, FileError> {
    let name = file.display().to_string();
    if let Some(len) = std::fs::metadata(file).ok().map(|data| data.len()).filter(|l| *l > MAX_LEN)
    {
        return Err(FileError::TooLong { file: name, len, most: MAX_LEN });
    }
    let text = alwayson::text_file::read(file)?;
    read(&text).map_err(|errors| FileError::Config { file: name, errors })
}
