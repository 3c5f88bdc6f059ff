//! Laws that hold for all bytes: those of vectors, of generated messages, and of a fuzzer.
//!
//! A law is a function that takes bytes and returns in words how they break it. Bytes that
//! are not a message satisfy the laws of messages; [`errors`] is the law for them.

mod connection;
mod damage;
mod implementation;
mod iteration;
mod joiner;
mod secrets;
mod streamed;

pub use connection::{COMMANDS, connection};
pub use damage::{corruption, truncation};
pub use implementation::{Implementation, all_of};
pub use iteration::iteration;
pub use joiner::{joiner, records};
pub use secrets::secrets;

use alwayson_codec::{Body, DecodeErrorKind, EncodeError, Header, Message, owned};

pub use crate::verdict::Verdict;
use crate::{hex, json};

/// How thoroughly the laws of damage check a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// The number of byte positions to check: every byte of a message of at most this
    /// length, otherwise this many positions, evenly spread.
    pub places: usize,
    /// Whether each bit of a byte is flipped separately, in a message of at most that length.
    /// Otherwise one bit is flipped, chosen by the position.
    pub each_bit: bool,
}

impl Effort {
    /// For fuzzing and generated messages.
    pub const QUICK: Self = Self { places: 300, each_bit: false };
    /// For vectors.
    pub const THOROUGH: Self = Self { places: 300, each_bit: true };

    fn of(self, len: usize) -> impl Iterator<Item = usize> {
        (0..len).step_by(len.div_ceil(self.places).max(1))
    }
}

/// Checks all laws of one message with [`Effort::QUICK`].
///
/// # Errors
/// A law is broken; the error names the first one and says how, in words.
pub fn all(bytes: &[u8]) -> Verdict {
    with_effort(bytes, Effort::QUICK)
}

/// Checks all laws of one message.
///
/// # Errors
/// A law is broken; the error names the first one and says how, in words.
pub fn with_effort(bytes: &[u8], effort: Effort) -> Verdict {
    let named = |name: &str, verdict: Verdict| {
        verdict.map_err(|text| format!("law \"{name}\": {text}, in {}", shown(bytes)))
    };
    if Message::decode(bytes).is_err() {
        return named("errors", errors(bytes));
    }
    named("round trip", round_trip(bytes))?;
    named("rebuilt", rebuilt(bytes))?;
    named("exact length", exact_length(bytes))?;
    named("used bytes alone", used_bytes_alone(bytes))?;
    named("iteration", iteration(bytes))?;
    named("secrets", secrets(bytes))?;
    named("truncation", truncation(bytes, effort))?;
    named("corruption", corruption(bytes, effort))
}

/// The offset of an error is within the input; that of `UnexpectedEnd` is its end. No other
/// error depends on the bytes that follow.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn errors(bytes: &[u8]) -> Verdict {
    let Err(error) = Message::decode(bytes) else { return Ok(()) };
    let offset = usize::try_from(error.offset()).unwrap_or(usize::MAX);
    if offset > bytes.len() {
        return Err(format!("{} stands at {offset}, outside of the input", error.kind().name()));
    }
    if error.kind() == DecodeErrorKind::UnexpectedEnd {
        if offset == bytes.len() {
            return Ok(());
        }
        return Err(format!("UnexpectedEnd stands at {offset}, and not at the end"));
    }
    for more in [0x00, 0x01, 0xff] {
        let mut longer = bytes.to_vec();
        longer.extend([more; 20]);
        match Message::decode(&longer) {
            Err(same) if same == error => {}
            other => {
                return Err(format!(
                    "{error:?} became {} when bytes {more:#04x} followed",
                    outcome(&other)
                ));
            }
        }
    }
    Ok(())
}

/// Decoding, encoding and decoding again gives the same message, and encoding it again gives
/// the same bytes: the canonical form. It is never longer than the original.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn round_trip(bytes: &[u8]) -> Verdict {
    let Ok((message, used)) = Message::decode(bytes) else { return Ok(()) };
    let canonical = canonical_form(&message)?;
    if canonical.len() > used {
        return Err(format!("{used} bytes became {}: {}", canonical.len(), shown(&canonical)));
    }
    let again = Message::decode_exact(&canonical)
        .map_err(|error| format!("cannot decode its own {}: {error}", shown(&canonical)))?;
    let [before, after] = [message, again].map(owned::Message::from);
    if before != after {
        let [before, after] = [before, after].map(|message| json::of_message(&message));
        return Err(format!("{before} became {after}"));
    }
    if bytes.get(..used) == Some(canonical.as_slice()) && message != again {
        return Err("two views of the same bytes are not equal".to_owned());
    }
    Ok(())
}

/// Returns the canonical form of a message, which decodes and encodes to itself.
fn canonical_form(message: &Message<'_>) -> Result<Vec<u8>, String> {
    let canonical = encoded(message)?;
    let again = Message::decode_exact(&canonical)
        .map_err(|error| format!("cannot decode its own {}: {error}", shown(&canonical)))?;
    let twice = encoded(&again)?;
    if twice != canonical {
        let first = shown(&canonical);
        let second = shown(&twice);
        return Err(format!("encoded as {first}, and again as {second}"));
    }
    Ok(canonical)
}

/// An owned copy of a decoded message encodes to the same bytes as its view, with its table
/// given as a whole or streamed.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn rebuilt(bytes: &[u8]) -> Verdict {
    let Ok((message, _)) = Message::decode(bytes) else { return Ok(()) };
    let canonical = encoded(&message)?;
    let owned = owned::Message::from(message);
    let lent = owned.with_view(|view| encoded(&view)).map_err(|error| format!("lent: {error}"))?;
    for (how, bytes) in [
        ("owned", Some(owned.encode_to_vec())),
        ("lent", Some(Ok(lent?))),
        ("streamed", streamed::encode(&owned)),
    ] {
        let Some(bytes) = bytes.transpose().map_err(|error| format!("{how}: {error}"))? else {
            continue;
        };
        if bytes != canonical {
            return Err(format!("{} {how} is {}", shown(&canonical), shown(&bytes)));
        }
    }
    Ok(())
}

/// `encoded_len` is exact: a buffer that is one byte shorter is refused with this length, a
/// buffer of this length is filled, and a longer one is not modified beyond it.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn exact_length(bytes: &[u8]) -> Verdict {
    let Ok((message, _)) = Message::decode(bytes) else { return Ok(()) };
    let needed = message.encoded_len().map_err(|error| format!("no length: {error}"))?;
    let too_small = Err(EncodeError::BufferTooSmall { needed });
    for len in [0, needed / 2, needed.saturating_sub(1)] {
        let result = message.encode(&mut vec![0; len]);
        if result != too_small {
            return Err(format!("{needed} bytes in a buffer of {len}: {result:?}"));
        }
    }
    for spare in [0, 7] {
        let mut buffer = vec![0xAA; needed + spare];
        let result = message.encode(&mut buffer);
        if result != Ok(needed) {
            return Err(format!("{needed} bytes in a buffer of {}: {result:?}", needed + spare));
        }
        if buffer[needed..].iter().any(|byte| *byte != 0xAA) {
            return Err(format!("bytes beyond the {needed} of the message were written"));
        }
    }
    Ok(())
}

/// A message depends only on the bytes that decoding reports as used. Chunks are exempt: they
/// end at the end of the input.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn used_bytes_alone(bytes: &[u8]) -> Verdict {
    let Ok((message, used)) = Message::decode(bytes) else { return Ok(()) };
    let header = Header::decode(bytes).map_err(|error| format!("no header: {error}"))?;
    if header != message.header() {
        return Err(format!("the header is {header:?}, in the message {:?}", message.header()));
    }
    let own = bytes.get(..used).ok_or_else(|| format!("used {used} of {}", bytes.len()))?;
    if matches!(message.body, Body::Chunk(_)) {
        return if used == bytes.len() { Ok(()) } else { Err("a chunk left bytes".to_owned()) };
    }
    let mut followed = own.to_vec();
    followed.extend((0..40_u8).rev().map(|byte| byte.wrapping_mul(37)));
    for input in [own, &followed] {
        match Message::decode(input) {
            Ok((same, also)) if also == used && same == message => {}
            other => return Err(format!("other bytes follow, and it is {}", outcome(&other))),
        }
    }
    let strict = Message::decode_exact(&followed).err();
    let strict = strict.map(|error| (error.kind(), error.offset() as usize));
    if strict != Some((DecodeErrorKind::TrailingBytes, used)) {
        return Err(format!("bytes follow at {used}, and decode_exact says {strict:?}"));
    }
    Ok(())
}

fn encoded(message: &Message<'_>) -> Result<Vec<u8>, String> {
    let len = message.encoded_len().map_err(|error| format!("no length: {error}"))?;
    let mut bytes = vec![0; len];
    match message.encode(&mut bytes) {
        Ok(written) if written == len => Ok(bytes),
        other => Err(format!("encoded_len is {len}, and encode says {other:?}")),
    }
}

fn outcome(result: &Result<(Message<'_>, usize), alwayson_codec::DecodeError>) -> String {
    match result {
        Ok((message, used)) => format!("{} in {used} bytes", message.dump()),
        Err(error) => format!("{error:?}"),
    }
}

/// Returns bytes as hex, shortened in the middle.
fn shown(bytes: &[u8]) -> String {
    match (bytes.first_chunk::<600>(), bytes.last_chunk::<100>()) {
        (Some(start), Some(end)) if bytes.len() > 700 => {
            let left_out = bytes.len() - 700;
            format!("{}...({left_out} bytes)...{}", hex::encode(start), hex::encode(end))
        }
        _ => hex::encode(bytes),
    }
}
