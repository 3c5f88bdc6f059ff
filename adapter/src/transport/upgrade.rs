//! The headers of an upgrade and the stream after it, for both sides.

use hyper::header::{AsHeaderName, HeaderMap, HeaderValue};
use hyper::upgrade::{Parts, Upgraded};
use hyper_util::rt::TokioIo;

use super::Io;
use super::opening::Opening;

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

/// Returns the stream that was upgraded, without the layers of hyper. What hyper has read of the
/// new protocol is read first.
pub(super) fn take_over<T: Io>(
    upgraded: Upgraded,
    boxed: impl FnOnce(T) -> Box<dyn Io>,
) -> Box<dyn Io> {
    match upgraded.downcast::<TokioIo<T>>() {
        Ok(Parts { io, read_buf, .. }) if read_buf.is_empty() => boxed(io.into_inner()),
        Ok(Parts { io, read_buf, .. }) => {
            Box::new(Opening::after(read_buf, boxed(io.into_inner())))
        }
        Err(upgraded) => Box::new(TokioIo::new(upgraded)),
    }
}
