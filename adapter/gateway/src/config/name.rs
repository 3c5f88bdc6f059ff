//! Finds and shows the names of settings.

use super::settings::{SETTINGS, Setting};

/// The maximum length of a name in an error or a note, in characters.
const MAX_NAME: usize = 80;

/// Returns a name for an error or a note: shortened, and without control characters. A name in a
/// file may be any text.
pub(super) fn shown(key: &str) -> String {
    let mut shown: String =
        key.chars().take(MAX_NAME).map(|char| if char.is_control() { '?' } else { char }).collect();
    if key.chars().nth(MAX_NAME).is_some() {
        shown.push('…');
    }
    shown
}

/// Returns the setting with this name or alias.
pub(super) fn find<'s, T>(settings: &'s [Setting<T>], key: &str) -> Option<&'s Setting<T>> {
    settings.iter().find(|setting| setting.names().any(|name| name == key))
}

impl<T> Setting<T> {
    /// Returns the name of the setting and its alias.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<T> {
        [Some(self.key), self.alias].into_iter().flatten()
    }
}

/// Returns whether there are settings in an object of this name.
pub(super) fn is_section(key: &str) -> bool {
    let within = |name: &str| name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    SETTINGS.iter().any(|setting| within(setting.key))
}

/// Returns the known name that is most similar to an unknown one, if there is a similar one. Of names
/// with dots, the parts after the last dot are compared.
pub fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
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
