//! Bytes as hexadecimal digits.

use std::fmt::Write as _;

/// Decodes hexadecimal digits of either case.
///
/// # Errors
/// The offset of the first byte that is no digit, or of the end where a digit
/// is missing.
pub fn decode(digits: &[u8]) -> Result<Vec<u8>, usize> {
    let values = digits.iter().enumerate().map(|(at, byte)| digit(*byte).ok_or(at));
    let values = values.collect::<Result<Vec<u8>, usize>>()?;
    let pairs = values.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(digits.len());
    }
    Ok(pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Encodes bytes as lower-case hexadecimal digits.
pub fn encode(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Reads and writes bytes as a string of hexadecimal digits in JSON: for
/// `#[serde(with = "crate::hex::field")]`.
pub(crate) mod field {
    use serde::{Deserialize, Deserializer, de};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let digits = String::deserialize(from)?;
        super::decode(digits.as_bytes()).map_err(|at| {
            de::Error::custom(format_args!("not an even number of hex digits: see character {at}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_either_case_are_bytes() {
        assert_eq!(decode(b"00fFa5"), Ok(vec![0, 0xff, 0xa5]));
        assert_eq!(encode(&[0, 0xff, 0xa5]), "00ffa5");
        assert_eq!(decode(b""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_digit_is_reported_where_it_stands() {
        assert_eq!(decode(b"00 1"), Err(2));
        assert_eq!(decode(b"0x"), Err(1));
        assert_eq!(decode(b"012"), Err(3));
    }
}
