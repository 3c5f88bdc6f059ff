//! Excerpts: the bytes around a fault, in hex. A message that cannot be decoded may contain a
//! secret anywhere.

use core::fmt::{self, Display, Formatter};

use super::codes::{BaseType, Code, EntityType};
use super::debug::SECRET_HEADERS;
use super::header::VERSION;
use super::request::Entity;
use super::shown::MASK_BYTE;
use crate::limits::{CHUNK_FIELDS_LEN, EXCERPT, HEADER_LEN};

/// The number of bytes that are shown of input without the version of this protocol: the byte
/// of the version.
const FOREIGN_SHOWN: usize = 1;

/// At most [`EXCERPT`] bytes of a message, around a fault. `Display` writes hex digits, and `**`
/// for each byte that may belong to a secret:
///
/// * all bytes after the header of an AUTH, a CLEARAUTH or an unknown method
/// * all but the first byte of input that is not of this protocol
/// * the data of a chunk, which may be any part of a message
/// * of a request or a response everything from the first byte that can begin a secret: the type
///   PASSWORD, or the name of a claim or header that carries a key
/// * the body of a request that is not for a Thing and whose entity cannot be decoded, and of a
///   response whose first byte is neither 0 nor 1, because it may be the end of another message
///
/// It may mask bytes that are not secret, but never shows one that is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Excerpt<'a> {
    bytes: &'a [u8],
    start: usize,
    /// The number of bytes that are not masked.
    open: usize,
}

impl<'a> Excerpt<'a> {
    /// Returns the bytes around this offset of a message.
    pub fn around(message: &'a [u8], offset: usize) -> Self {
        let last = message.len().saturating_sub(EXCERPT);
        let start = offset.saturating_sub(EXCERPT / 2).min(last);
        let (_, from) = message.split_at_checked(start).unwrap_or_default();
        let bytes = from.get(..EXCERPT).unwrap_or(from);
        Self { bytes, start, open: open_len(message).saturating_sub(start) }
    }

    /// Returns the offset of the first byte in the message.
    pub const fn start(&self) -> usize {
        self.start
    }

    /// Returns the number of bytes, including masked ones.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns whether there are no bytes, because the message is empty.
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

/// Returns the number of bytes at the start of a message that cannot belong to a secret.
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

/// Returns whether the body of a request begins like one. The number of Things is not a
/// character of a text.
fn has_entity(body: &[u8]) -> bool {
    body.first() == Some(&EntityType::THINGS.to_u8()) || Entity::parse(body).is_ok()
}

/// Returns the number of bytes before the first one that can begin a secret.
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
