//! Laws of damaged messages.

use alwayson_codec::{Body, DecodeErrorKind, Message};

use super::{Effort, Verdict, canonical_form, outcome};

/// A truncated message is an error at its end. A chunk that is truncated within its data is
/// a shorter chunk.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn truncation(bytes: &[u8], effort: Effort) -> Verdict {
    let Ok((message, used)) = Message::decode(bytes) else { return Ok(()) };
    let required = match &message.body {
        Body::Chunk(chunk) => used.saturating_sub(chunk.data.len()),
        _ => used,
    };
    for len in effort.of(used) {
        match Message::decode(&bytes[..len]) {
            Err(error) if len < required => {
                let kind = error.kind();
                let offset = error.offset() as usize;
                if (kind, offset) != (DecodeErrorKind::UnexpectedEnd, len) {
                    return Err(format!("cut at {len}: {} at {offset}", kind.name()));
                }
            }
            Ok((shorter, _)) if len >= required => {
                if let (Body::Chunk(shorter), Body::Chunk(chunk)) = (&shorter.body, &message.body) {
                    if Some(shorter.data) == chunk.data.get(..len - required) {
                        continue;
                    }
                }
                return Err(format!("cut at {len}: {}", shorter.dump()));
            }
            other => return Err(format!("cut at {len}: {}", outcome(&other))),
        }
    }
    Ok(())
}

/// A message with one changed byte is an error, or another message that passes the round
/// trip.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn corruption(bytes: &[u8], effort: Effort) -> Verdict {
    let Ok((_, used)) = Message::decode(bytes) else { return Ok(()) };
    let mut damaged = bytes[..used].to_vec();
    for at in effort.of(used) {
        let original = damaged[at];
        let one_bit = 1 << (at % 8);
        let bits = if effort.each_bit && used <= effort.places { u8::MAX } else { one_bit };
        let flipped = (0..8).map(|bit| 1 << bit).filter(|bit| bits & bit != 0);
        for new in flipped.map(|bit| original ^ bit).chain([!original]) {
            damaged[at] = new;
            survives(&damaged).map_err(|text| format!("{new:#04x} at {at}: {text}"))?;
        }
        damaged[at] = original;
    }
    Ok(())
}

fn survives(bytes: &[u8]) -> Verdict {
    match Message::decode(bytes) {
        Ok((message, used)) if used <= bytes.len() => canonical_form(&message).map(|_| ()),
        Ok((_, used)) => Err(format!("used {used} of {}", bytes.len())),
        Err(error) if error.offset() as usize <= bytes.len() => Ok(()),
        Err(error) => Err(format!("{error}, outside of the input")),
    }
}
