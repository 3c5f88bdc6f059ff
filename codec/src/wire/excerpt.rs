//! The bytes around a fault, in hex, for people: of a message that cannot be read,
//! and so of what may have any secret anywhere.

use core::fmt::{self, Display, Formatter};

use super::codes::{BaseType, Code, EntityType};
use super::debug::SECRET_HEADERS;
use super::header::VERSION;
use super::request::Entity;
use super::shown::MASK_BYTE;
use crate::limits::{CHUNK_FIELDS_LEN, EXCERPT, HEADER_LEN};

/// How much is shown of what has not even the version of this protocol: the byte
/// where that would be.
const FOREIGN_SHOWN: usize = 1;

/// Up to [`EXCERPT`] bytes of a message, with the place of a fault among them.
/// Displayed, they are digits of hex, and `**` for each byte that may be of a
/// secret:
///
/// * all bytes of an AUTH and a CLEARAUTH but for the header, and of a method that
///   nobody knows;
/// * all but the first byte of what is not of this protocol;
/// * the data of a chunk, which may be any part of a message;
/// * of a request or a response all from the first byte on that can begin a secret:
///   the type PASSWORD, and the names of claims and headers that carry keys;
/// * the body of a request that is not about a Thing, and whose entity cannot be read,
///   or of a response with another first byte than 0 or 1: it may be the end of
///   another message.
///
/// So less may be shown than could be, and nothing of a secret is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Excerpt<'a> {
    bytes: &'a [u8],
    start: usize,
    /// How many of the bytes may be seen.
    open: usize,
}

impl<'a> Excerpt<'a> {
    /// The bytes around this place of a message.
    pub fn around(message: &'a [u8], offset: usize) -> Self {
        let last = message.len().saturating_sub(EXCERPT);
        let start = offset.saturating_sub(EXCERPT / 2).min(last);
        let (_, from) = message.split_at_checked(start).unwrap_or_default();
        let bytes = from.get(..EXCERPT).unwrap_or(from);
        Self { bytes, start, open: open_len(message).saturating_sub(start) }
    }

    /// Where the first of them stands in the message.
    pub const fn start(&self) -> usize {
        self.start
    }

    /// How many there are, masked ones included.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none: the message is empty.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl Display for Excerpt<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (open, masked) = self.bytes.split_at_checked(self.open).unwrap_or((self.bytes, &[]));
        open.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        masked.iter().try_for_each(|_| f.write_str(MASK_BYTE))
    }
}

impl fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Excerpt({} {self})", self.start)
    }
}

/// How many bytes at the start of a message are of no secret.
fn open_len(message: &[u8]) -> usize {
    if message.first() != Some(&VERSION) {
        return FOREIGN_SHOWN;
    }
    let Some((head, body)) = message.split_first_chunk::<HEADER_LEN>() else {
        return HEADER_LEN;
    };
    let [_, code, .., marker] = *head;
    let code = Code::from_u8(code);
    let open = match (code, marker) {
        (Some(Code::Auth | Code::ClearAuth | Code::KeepAlive) | None, _) => 0,
        (Some(_), 1) => CHUNK_FIELDS_LEN,
        (Some(Code::Bind | Code::Unbind), _) => body.len(),
        (Some(Code::Request(_)), _) if !has_entity(body) => 0,
        (Some(Code::Response(_)), _) if !matches!(body.first(), Some(0 | 1)) => 0,
        (Some(Code::Request(_) | Code::Response(_)), _) => before_secret(body),
    };
    HEADER_LEN.saturating_add(open)
}

/// Whether the body of a request begins as one does: the number of Things is no
/// character of a text.
fn has_entity(body: &[u8]) -> bool {
    body.first() == Some(&EntityType::THINGS.to_u8()) || Entity::parse(body).is_ok()
}

/// How many bytes stand before the first that can begin a secret.
fn before_secret(body: &[u8]) -> usize {
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        let begins_with = |name: &str| {
            let start = rest.get(..name.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(name.as_bytes())
        };
        if *first == BaseType::PASSWORD.to_u8() || SECRET_HEADERS.iter().any(|n| begins_with(n)) {
            break;
        }
        rest = after;
    }
    body.len().saturating_sub(rest.len())
}
