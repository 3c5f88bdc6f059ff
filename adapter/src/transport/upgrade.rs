//! The headers of an upgrade, for both sides.

use hyper::header::{AsHeaderName, HeaderMap, HeaderValue};

/// The version of the WebSocket protocol that both sides speak.
pub(super) const VERSION: &str = "13";

/// The header with the application key (PROTOCOL.md §1).
pub(super) const APP_KEY: &str = "appkey";

/// The header with the longest frame that an edge accepts, in bytes (PROTOCOL.md §1).
pub(super) const MAX_FRAME_SIZE: &str = "max-frame-size";

/// Returns whether a header that is a list contains this word, in any case.
pub(super) fn has_word(headers: &HeaderMap, name: impl AsHeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|value| value.trim().eq_ignore_ascii_case(word))
}

/// Returns the value of a header that may occur only once; `None` if it occurs more than
/// once.
pub(super) fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}
