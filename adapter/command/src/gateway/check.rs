//! `--check`: prints each setting, its value and its origin.

use serde_json::json;

use super::settings::{Origin, Settings};
use crate::failure::Failure;
use crate::show;

/// Prints each setting with its value and its origin, and then the notes on the configuration.
pub(super) fn show(settings: &Settings, is_json: bool) -> Result<(), Failure> {
    for shown in settings.config.settings() {
        let origin = match settings.origin(&shown.key) {
            Origin::Default => "default".to_owned(),
            Origin::File(place) => format!("{}, {place}", settings.file),
            Origin::Option(option) => option.to_owned(),
        };
        let value = match settings.origin(&shown.key) {
            // The configuration has no value; the option sets it.
            Origin::Option(option) if shown.value.is_none() => format!("set by {option}"),
            _ => shown.value.clone().unwrap_or_default(),
        };
        if is_json {
            let line = json!({
                "setting": shown.key, "value": shown.value, "from": origin,
                "meaning": shown.meaning,
            });
            show::line(&line.to_string())?;
        } else {
            let value = show::plain(&value);
            show::line(&format!("{} = {value}  ({origin})", shown.key))?;
        }
    }
    for note in &settings.notes {
        if is_json {
            let line = json!({
                "note": note.text, "setting": note.key, "line": note.place.line,
                "column": note.place.column,
            });
            show::line(&line.to_string())?;
        } else {
            show::line(&format!("{}: {note}", settings.file))?;
        }
    }
    Ok(())
}
