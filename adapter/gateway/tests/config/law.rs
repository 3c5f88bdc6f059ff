//! What holds for the text of any configuration. The fuzz target `gateway_config` checks the
//! same.

use super::Config;

/// Checks that a text is read, or is refused with reasons; that each reason and each note has a
/// place in the text; and that what is read can be shown.
///
/// # Errors
/// The place that is not in the text.
pub(crate) fn is_answered_with_places(text: &str) -> Result<(), String> {
    let lines: Vec<&str> = text.strip_prefix('\u{feff}').unwrap_or(text).split('\n').collect();
    let is_there = |line: usize, column: usize| {
        let length = line.checked_sub(1).and_then(|index| lines.get(index));
        let length = length.map(|line| line.chars().count());
        length.is_some_and(|length| (1..=length + 1).contains(&column))
    };
    let places: Vec<_> = match Config::parse(text) {
        Ok(parsed) => {
            let _ = format!("{:?} {:?}", parsed.config.settings(), parsed.config);
            let notes = parsed.notes.iter().map(|note| (note.place, note.to_string()));
            notes.chain(parsed.given.iter().map(|(key, place)| (*place, key.clone()))).collect()
        }
        Err(errors) if errors.is_empty() => return Err("it is refused without a reason".into()),
        Err(errors) => errors.iter().map(|error| (error.place, error.to_string())).collect(),
    };
    match places.into_iter().find(|(place, _)| !is_there(place.line, place.column)) {
        Some((_, text)) => Err(format!("no such place: {text}")),
        None => Ok(()),
    }
}
