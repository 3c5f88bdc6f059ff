//! The settings one by one, for people.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use super::model::{AutoBind, Config, Server};
use super::settings::{AUTO_BIND, Kind, SERVER, SETTINGS, Setting};

/// A setting with its value, secrets masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub key: String,
    /// Its value; none if it has none.
    pub value: Option<String>,
}

/// What stands for a secret.
const MASK: &str = "***";

/// All settings of a configuration.
pub(super) fn settings(config: &Config) -> Vec<Shown> {
    // The places of the values are those that reading writes to.
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

fn list<T>(all: &mut Vec<Shown>, settings: &[Setting<T>], key: &str, entries: &mut [T]) {
    if entries.is_empty() {
        all.push(Shown { key: key.to_owned(), value: None });
    }
    for (index, entry) in entries.iter_mut().enumerate() {
        let named = |name: &str| format!("{key}[{index}].{name}");
        all.extend(settings.iter().map(|setting| shown(setting, named(setting.key), entry)));
    }
}

fn shown<T>(setting: &Setting<T>, key: String, of: &mut T) -> Shown {
    Shown { key, value: value(&setting.kind, of) }
}

fn value<T>(kind: &Kind<T>, of: &mut T) -> Option<String> {
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

/// The table of settings in the README.
pub(super) fn table() -> String {
    let mut text = "\n| setting | default | what it means |\n| --- | --- | --- |\n".to_owned();
    for setting in SETTINGS {
        row(&mut text, "", setting, &mut Config::default());
        match setting.kind {
            Kind::Servers => {
                for each in SERVER {
                    row(&mut text, "ws_servers[].", each, &mut Server::default());
                }
            }
            Kind::Things => {
                for each in AUTO_BIND {
                    row(&mut text, "auto_bind[].", each, &mut AutoBind::default());
                }
            }
            _ => {}
        }
    }
    text.push_str("\nKnown, and not done; each is told at the start:\n\n");
    for (key, what) in super::settings::NOT_DONE {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- `{key}`: {what}");
    }
    text.push('\n');
    text
}

fn row<T>(text: &mut String, prefix: &str, setting: &Setting<T>, default: &mut T) {
    let names = [Some(setting.key), setting.alias].into_iter().flatten();
    let names: Vec<String> = names.map(|name| format!("`{prefix}{name}`")).collect();
    let default = value(&setting.kind, default).map_or_else(String::new, |v| format!("`{v}`"));
    let range = match &setting.kind {
        Kind::Number { least, most, .. } => format!(" ({least} to {most})"),
        _ => String::new(),
    };
    let _ = writeln!(text, "| {} | {default} | {}{range} |", names.join(", "), setting.meaning);
}
