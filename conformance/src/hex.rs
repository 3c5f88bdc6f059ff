//! Conversion between bytes and hexadecimal digits.

use data_encoding::{DecodeKind, HEXLOWER, HEXLOWER_PERMISSIVE};

/// Decodes hexadecimal digits of either case.
///
/// # Errors
/// The offset of the first byte that is not a digit, or the length if a digit is
/// missing at the end.
pub fn decode(digits: &[u8]) -> Result<Vec<u8>, usize> {
    let is_digit = |byte: &u8| byte.is_ascii_hexdigit();
    HEXLOWER_PERMISSIVE.decode(digits).map_err(|error| match error.kind {
        // An odd length is reported first: a wrong digit may come before its end.
        DecodeKind::Length => {
            digits.iter().position(|byte| !is_digit(byte)).unwrap_or(digits.len())
        }
        _ => error.position,
    })
}

/// Encodes bytes as lower-case hexadecimal digits.
pub fn encode(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Reads bytes from a string of hexadecimal digits in JSON: for
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
        assert_eq!(decode(b"0x1"), Err(1));
        assert_eq!(decode(&[b"0".repeat(40), b"g0".to_vec()].concat()), Err(40));
    }
}
