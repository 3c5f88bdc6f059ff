//! The laws of any implementation, of this project or another: a crate implements
//! [`Implementation`] for its codec and calls [`all_of`] in its own tests.

use std::fmt::Debug;

use alwayson_codec::{Body, Message};

use super::{Effort, Verdict, shown};

/// A codec.
///
/// ```
/// use alwayson_conformance::laws::{Implementation, all_of};
///
/// struct Mine;
///
/// impl Implementation for Mine {
///     type Message = Vec<u8>; // a type of yours
///
///     fn decode(&self, bytes: &[u8]) -> Result<(Vec<u8>, usize), String> {
///         // KEEP_ALIVE alone, as an example.
///         match bytes {
///             [1, 0x1f, .., 0] if bytes.len() == 15 => Ok((bytes.to_vec(), 15)),
///             _ => Err("not known".to_owned()),
///         }
///     }
///
///     fn encode(&self, message: &Vec<u8>) -> Result<Vec<u8>, String> {
///         Ok(message.clone())
///     }
/// }
///
/// let keep_alive = [1, 0x1f, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0x4d, 0];
/// // It does not read a message that is followed by other bytes.
/// assert!(all_of(&Mine, &keep_alive).unwrap_err().contains("used bytes alone"));
/// ```
pub trait Implementation {
    /// A decoded message.
    type Message: PartialEq + Debug;

    /// Decodes a message; returns it and the number of bytes that it used.
    ///
    /// # Errors
    /// The bytes are not a message; the error says why, in words.
    fn decode(&self, bytes: &[u8]) -> Result<(Self::Message, usize), String>;

    /// Encodes a message.
    ///
    /// # Errors
    /// The message cannot be encoded; the error says why, in words.
    fn encode(&self, message: &Self::Message) -> Result<Vec<u8>, String>;

    /// Splits an encoded message into chunks of at most this size, or returns `None` if the
    /// implementation cannot.
    ///
    /// # Errors
    /// The message cannot be split; the error says why, in words.
    fn split(&self, message: &[u8], chunk_size: u16) -> Result<Option<Vec<Vec<u8>>>, String> {
        let _ = (message, chunk_size);
        Ok(None)
    }

    /// Joins encoded chunks in the order of their arrival. Returns the encoded message, or `None`
    /// as long as it is not complete.
    ///
    /// # Errors
    /// The chunks contradict each other; the error says why, in words.
    fn join(&self, chunks: &[Vec<u8>]) -> Result<Option<Vec<u8>>, String> {
        let _ = chunks;
        Ok(None)
    }
}

/// Checks the laws of an implementation for some bytes, such as those of vectors or of a fuzzer.
///
/// # Errors
/// A law is broken; the error names the first one and says how, in words.
pub fn all_of<I: Implementation>(implementation: &I, bytes: &[u8]) -> Verdict {
    let named = |name: &str, verdict: Verdict| {
        verdict.map_err(|text| format!("law \"{name}\": {text}, in {}", shown(bytes)))
    };
    named("agreement", agreement(implementation, bytes))?;
    let Ok((message, used)) = implementation.decode(bytes) else { return Ok(()) };
    named("round trip", round_trip(implementation, &message))?;
    named("used bytes alone", used_bytes_alone(implementation, bytes, used))?;
    named("truncation", truncation(implementation, bytes, used))?;
    named("corruption", corruption(implementation, bytes))?;
    named("chunks", chunks(implementation, &message))
}

/// Accepts what this project's decoder accepts, and uses as many bytes.
fn agreement<I: Implementation>(implementation: &I, bytes: &[u8]) -> Verdict {
    match (implementation.decode(bytes), Message::decode(bytes)) {
        (Err(_), Err(_)) => Ok(()),
        (Ok((_, used)), Ok((_, also))) if used == also => Ok(()),
        (Ok((_, used)), Ok((_, ours))) => Err(format!("used {used} bytes, and not {ours}")),
        (Ok(_), Err(error)) => Err(format!("decoded, and should be {error:?}")),
        (Err(error), Ok(_)) => Err(format!("refused: {error}")),
    }
}

/// Decoding, encoding and decoding again gives the same message, and encoding it again the same
/// bytes.
fn round_trip<I: Implementation>(implementation: &I, message: &I::Message) -> Verdict {
    let canonical = implementation.encode(message)?;
    let (again, used) = implementation.decode(&canonical)?;
    if again != *message {
        return Err(format!("{message:?} became {again:?}"));
    }
    if used != canonical.len() || implementation.encode(&again)? != canonical {
        return Err(format!("{} is not encoded in one way", shown(&canonical)));
    }
    Ok(())
}

/// A message depends only on the bytes that it used. Chunks end at the end of the input.
fn used_bytes_alone<I: Implementation>(implementation: &I, bytes: &[u8], used: usize) -> Verdict {
    if matches!(Message::decode(bytes), Ok((Message { body: Body::Chunk(_), .. }, _))) {
        return Ok(());
    }
    let own = bytes.get(..used).ok_or_else(|| format!("used {used} of {}", bytes.len()))?;
    let mut followed = own.to_vec();
    followed.extend([0xff, 0, 1, 0x40, 0xff, 0xff]);
    let first = implementation.decode(own)?;
    match implementation.decode(&followed) {
        Ok(second) if first == second => Ok(()),
        other => Err(format!("bytes follow, and it is {other:?}")),
    }
}

/// Every proper prefix of a message is refused.
fn truncation<I: Implementation>(implementation: &I, bytes: &[u8], used: usize) -> Verdict {
    let own = bytes.get(..used).unwrap_or(bytes);
    for len in Effort::QUICK.of(used) {
        let prefix = own.get(..len).unwrap_or(own);
        // A chunk that is cut within its data is a shorter chunk.
        if Message::decode(prefix).is_err() && implementation.decode(prefix).is_ok() {
            return Err(format!("its first {len} bytes are taken"));
        }
    }
    Ok(())
}

/// A message with a bit flipped is refused, or is one that passes the round trip; it harms
/// nothing.
fn corruption<I: Implementation>(implementation: &I, bytes: &[u8]) -> Verdict {
    for place in Effort::QUICK.of(bytes.len()) {
        let mut damaged = bytes.to_vec();
        if let Some(byte) = damaged.get_mut(place) {
            *byte ^= 1 << (place % 8);
        }
        let at = |text| format!("bit flipped in byte {place}: {text}");
        agreement(implementation, &damaged).map_err(at)?;
        if let Ok((message, _)) = implementation.decode(&damaged) {
            round_trip(implementation, &message).map_err(at)?;
        }
    }
    Ok(())
}

/// The chunks of a message are within their size and join, in any order, to the message; without
/// one of them they do not.
fn chunks<I: Implementation>(implementation: &I, message: &I::Message) -> Verdict {
    const SIZE: u16 = 128;
    let whole = implementation.encode(message)?;
    let is_split = match Message::decode(&whole) {
        Ok((Message { body, .. }, _)) => {
            matches!(body, Body::Request(_) | Body::Response(_) | Body::Bind(_) | Body::Unbind(_))
        }
        Err(_) => false,
    };
    if !is_split || whole.len() <= usize::from(SIZE) {
        return Ok(());
    }
    // An entity may be too long for chunks of this size.
    let Ok(Some(mut chunks)) = implementation.split(&whole, SIZE) else { return Ok(()) };
    if let Some(long) = chunks.iter().find(|chunk| chunk.len() > usize::from(SIZE)) {
        return Err(format!("a chunk of {} bytes", long.len()));
    }
    for _ in 0..2 {
        match implementation.join(&chunks)? {
            Some(joined) if joined == whole => {}
            Some(joined) => return Err(format!("the chunks join to {}", shown(&joined))),
            None => return Err("all chunks came, and the message is not complete".to_owned()),
        }
        chunks.reverse();
    }
    chunks.pop();
    match implementation.join(&chunks)? {
        None => Ok(()),
        Some(_) => Err("a chunk is missing, and the message is complete".to_owned()),
    }
}
