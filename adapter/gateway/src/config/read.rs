//! Reads the text of a configuration.

use std::time::Duration;

use jsonc_parser::ast::{Object, Value as Json};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::error::{ConfigError, Note, NoteKind, Place};
use super::model::{AutoBind, Config, Server};
use super::name::{find, is_section, nearest, shown};
use super::not_done::NOT_DONE;
use super::settings::{AUTO_BIND, Kind, MOST_MS, SERVER, SETTINGS, Setting};
use super::value::{FILES, expected, given, is_encrypted, one_of, text, whole};

/// A configuration that was read, with notes on it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parsed {
    /// The configuration.
    pub config: Config,
    /// Notes on the configuration, in the order of the text.
    pub notes: Vec<Note>,
    /// The settings that the text contains, and their places.
    pub given: Vec<(String, Place)>,
}

/// Reads a text without a byte order mark.
///
/// # Errors
/// Returns everything that is wrong with the text.
pub(super) fn read(text: &str) -> Result<Parsed, Vec<ConfigError>> {
    // serde_json checks that the text is plain JSON and not nested too deeply. The second parser
    // gives each value its place, but accepts more than JSON.
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
        None => reader.fail(text.len(), "", "the file is empty: expected an object"),
    }
    let Reader { notes, errors, given, .. } = reader;
    if errors.is_empty() { Ok(Parsed { config, notes, given }) } else { Err(errors) }
}

/// Collects errors and notes while a text is read.
struct Reader<'t> {
    text: &'t str,
    notes: Vec<Note>,
    errors: Vec<ConfigError>,
    given: Vec<(String, Place)>,
}

impl Reader<'_> {
    /// Adds an error.
    fn fail(&mut self, at: usize, key: &str, problem: impl Into<String>) {
        self.fail_with(at, key, problem, None);
    }

    /// Adds an error with a hint.
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

    /// Adds a note.
    fn note(&mut self, at: usize, key: &str, kind: NoteKind, text: impl Into<String>) {
        let place = Place::of(self.text, at);
        self.notes.push(Note { place, key: shown(key), kind, text: text.into() });
    }

    /// Reads the whole text, or an object in it whose settings have this prefix.
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
                self.note(at, &key, NoteKind::Unsupported, format!("not supported: {text}"));
            } else if is_section(&key) {
                match &property.value {
                    Json::Object(object) => self.section(object, &format!("{key}."), config),
                    other => self.fail(other.range().start, &key, expected("an object", other)),
                }
            } else {
                let names = || SETTINGS.iter().flat_map(Setting::names);
                let sections = names().filter_map(|name| Some(name.split_once('.')?.0));
                let known = names().chain(sections).chain(NOT_DONE.iter().map(|(name, _)| *name));
                self.unknown(at, &key, known);
            }
        }
    }

    /// Adds an error for each name that occurs twice: it would be unclear which value counts.
    fn doubles(&mut self, object: &Object<'_>, prefix: &str) {
        for (index, property) in object.properties.iter().enumerate() {
            let name = property.name.as_str();
            let before = object.properties.iter().take(index);
            if let Some(first) = before.into_iter().find(|first| first.name.as_str() == name) {
                let line = Place::of(self.text, first.range.start).line;
                let key = format!("{prefix}{name}");
                self.fail(property.range.start, &key, format!("already in line {line}"));
            }
        }
    }

    /// Adds a note on a name that is not known.
    fn unknown<'k>(&mut self, at: usize, key: &str, known: impl Iterator<Item = &'k str>) {
        let text = match nearest(key, known) {
            Some(name) => format!("unknown setting; did you mean {name}?"),
            None => "unknown setting".to_owned(),
        };
        self.note(at, key, NoteKind::Unknown, text);
    }

    /// Reads a setting that is a list of objects. Does nothing for other settings.
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
                let missing = "the first entry has no host";
                match config.servers.first() {
                    Some(Server { host: None, .. }) => {
                        self.fail(json.range().start, key, missing);
                    }
                    Some(_) if config.servers.len() > 1 => {
                        let text = "only the first entry is used";
                        self.note(json.range().start, key, NoteKind::Unsupported, text);
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

    /// Checks the entries of `auto_bind`.
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
                None | Some("") => Some("the entry has no name".to_owned()),
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

    /// Reads a list of objects. A single object counts as a list with one entry.
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
                self.note(object.range.start, key, NoteKind::Replaced, text);
                vec![self.object(settings, key, object)]
            }
            other => {
                self.fail(other.range().start, key, expected("a list of objects", other));
                Vec::new()
            }
        }
    }

    /// Reads an entry of a list.
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

    /// Reads a setting. Adds a note if it makes the gateway less secure.
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

    /// Reads a value. Returns it if it is a flag or a choice.
    ///
    /// # Errors
    /// Returns what was expected instead.
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
                    let hint = "write it unencrypted, or to a file for --app-key-file";
                    self.fail_with(
                        at,
                        key,
                        "the value is encrypted, and cannot be read",
                        Some(hint),
                    );
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

    /// Returns a number if it is within a range. If not, returns the nearest number of the range
    /// and adds a note if `clamps` is true, or else adds an error.
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
            let text = format!("{number}, taken for {nearest}: has to be from {least} to {most}");
            self.note(at, key, NoteKind::Replaced, text);
            return Some(nearest);
        }
        self.fail(at, key, format!("has to be from {least} to {most}, found {number}"));
        None
    }
}
