//! What both sides of an upgrade need to know of its headers.

use hyper::header::{AsHeaderName, HeaderMap, HeaderValue};

/// The number of the protocol that both sides speak.
pub(super) const VERSION: &str = "13";

/// The header that names the application key (section 1).
pub(super) const APP_KEY: &str = "appkey";

/// The header that names the longest frame that an edge takes (section 1).
pub(super) const MAX_FRAME_SIZE: &str = "max-frame-size";

/// Whether a header that is a list has this word, in any case.
pub(super) fn has_word(headers: &HeaderMap, name: impl AsHeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(word))
}

/// A header that may be there once: nothing where it is there more often.
pub(super) fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}
