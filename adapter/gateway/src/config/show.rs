//! Lists the settings with their values.

use std::path::PathBuf;
use std::time::Duration;

use super::model::Config;
use super::settings::{AUTO_BIND, Kind, SERVER, SETTINGS, Setting};

/// A setting and its value. Secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shown {
    /// The name of the setting, for example `http_server.port`.
    pub key: String,
    /// The value as text, times with their unit; `None` if the setting has no value.
    pub value: Option<String>,
    /// The meaning of the setting, as in the README.
    pub meaning: &'static str,
}

/// The text that replaces a secret.
const MASK: &str = "***";

/// Returns all settings of a configuration.
pub(super) fn settings(config: &Config) -> Vec<Shown> {
    // A setting has only one accessor, which returns a mutable reference.
    let mut config = config.clone();
    let mut all = Vec::new();
    for setting in SETTINGS {
        match setting.kind {
            Kind::Servers => list(&mut all, SERVER, setting.key, &mut config.servers),
            Kind::Things => list(&mut all, AUTO_BIND, setting.key, &mut config.auto_bind),
            _ => all.push(shown(setting, setting.key.to_owned(), &mut config)),
        }
    }
    all
}

/// Adds the settings of the entries of a list.
fn list<T>(all: &mut Vec<Shown>, settings: &[Setting<T>], key: &str, entries: &mut [T]) {
    if entries.is_empty() {
        let meaning = SETTINGS.iter().find(|setting| setting.key == key);
        let meaning = meaning.map_or("", |setting| setting.meaning);
        all.push(Shown { key: key.to_owned(), value: None, meaning });
    }
    for (index, entry) in entries.iter_mut().enumerate() {
        let named = |name: &str| format!("{key}[{index}].{name}");
        all.extend(settings.iter().map(|setting| shown(setting, named(setting.key), entry)));
    }
}

fn shown<T>(setting: &Setting<T>, key: String, of: &mut T) -> Shown {
    Shown { key, value: value(&setting.kind, of), meaning: setting.meaning }
}

/// Returns the value of a setting as text.
pub(super) fn value<T>(kind: &Kind<T>, of: &mut T) -> Option<String> {
    let ms = |time: Duration| format!("{} ms", time.as_millis());
    let file = |file: &PathBuf| file.display().to_string();
    match kind {
        Kind::Flag(at) => Some(at(of).to_string()),
        Kind::Text(at) => at(of).clone(),
        Kind::Default(at) => Some(at(of).clone()),
        Kind::Secret(at) => at(of).as_ref().map(|_| MASK.to_owned()),
        Kind::File(at) => at(of).as_ref().map(file),
        Kind::Files(at) => {
            let files: Vec<_> = at(of).iter().map(file).collect();
            (!files.is_empty()).then(|| files.join(", "))
        }
        Kind::Ms { at, .. } => Some(ms(*at(of))),
        Kind::Number { at, .. } => Some(at(of).to_string()),
        Kind::Optional { at, .. } => at(of).map(|number| number.to_string()),
        Kind::Count(at) => Some(at(of).map_or_else(|| "-1".to_owned(), |count| count.to_string())),
        Kind::Choice { at, words } => words.get(usize::from(*at(of))).map(ToString::to_string),
        Kind::Word { at, .. } => Some((*at(of)).to_owned()),
        Kind::Servers | Kind::Things => None,
    }
}
