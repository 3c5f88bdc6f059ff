//! Hex digits and dumps, in the notations that programs write.

use std::fmt;

/// Why a line is not valid hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HexError {
    /// The character at this column, from 1, is not a hex digit.
    NoDigit(usize, char),
    /// The number of digits is odd.
    Odd(usize),
    /// The offset of a line of a dump is not the number of bytes before it.
    Offset(usize, usize),
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDigit(column, char) => {
                write!(f, "column {column}: {char:?} is not a hex digit")
            }
            Self::Odd(digits) => write!(f, "odd number of digits: {digits}"),
            Self::Offset(said, found) => {
                write!(f, "the dump line has offset {said:#x}, but {found:#x} bytes precede it")
            }
        }
    }
}

/// Parses a line of digits of either case. Spaces, colons and commas are allowed between
/// them, and `0x` or `\x` before each byte or before the first.
pub(super) fn bytes(line: &str) -> Result<Vec<u8>, HexError> {
    digits(line, 1)
}

fn digits(text: &str, first_column: usize) -> Result<Vec<u8>, HexError> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    let mut chars = text.chars().zip(first_column..).peekable();
    while let Some((char, column)) = chars.next() {
        if char.is_whitespace() || matches!(char, ':' | ',') {
            continue;
        }
        let is_prefix = high.is_none()
            && matches!(char, '0' | '\\')
            && chars.next_if(|(next, _)| matches!(next, 'x' | 'X')).is_some();
        if is_prefix {
            continue;
        }
        let digit = char.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digit = digit.ok_or(HexError::NoDigit(column, char))?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    if high.is_some() { Err(HexError::Odd(2 * bytes.len() + 1)) } else { Ok(bytes) }
}

/// A line of `xxd` or `hexdump -C`: its offset, its digits, and the column at which they
/// begin. The last line has no digits.
struct DumpLine<'a> {
    offset: usize,
    digits: &'a str,
    column: usize,
}

impl<'a> DumpLine<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let end = line.find(|char: char| !char.is_ascii_hexdigit()).unwrap_or(line.len());
        let (offset, rest) = line.split_at_checked(end)?;
        if offset.len() < 8 {
            return None;
        }
        let offset = usize::from_str_radix(offset, 16).ok()?;
        let (skipped, digits) = if let Some(digits) = rest.strip_prefix(": ") {
            // xxd: groups separated by a space; two spaces precede the characters.
            (2, digits.split_once("  ").map_or(digits, |(digits, _)| digits))
        } else if let (Some(rest), true) = (rest.strip_prefix("  "), rest.ends_with('|')) {
            // hexdump: there are also two spaces in the middle.
            (2, rest.split_once(" |")?.0)
        } else if rest.trim().is_empty() {
            (0, "")
        } else {
            return None;
        };
        Some(Self { offset, digits, column: end + skipped + 1 })
    }
}

/// Collects messages from lines of digits, one message each, or of dumps, several lines for
/// each message.
#[derive(Default)]
pub(super) struct Lines {
    dump: Option<Dump>,
}

#[derive(Default)]
struct Dump {
    bytes: Vec<u8>,
    /// The bytes of the previous line, which `*` repeats.
    last: Vec<u8>,
    is_repeated: bool,
}

/// A message, or why it cannot be read.
pub(super) type Found = Result<Vec<u8>, HexError>;

impl Lines {
    /// Takes a non-empty line. Returns two messages if the line ends a dump and is a message
    /// itself.
    pub(super) fn take(&mut self, line: &str) -> [Option<Found>; 2] {
        let line = line.trim_end();
        if let ("*", Some(dump)) = (line.trim(), &mut self.dump) {
            dump.is_repeated = true;
            return [None, None];
        }
        match DumpLine::parse(line) {
            // Eight digits are four bytes, unless they are the end of a dump.
            Some(found) if !found.digits.is_empty() || self.dump.is_some() => {
                self.take_dump(&found)
            }
            _ => [self.end(), Some(bytes(line))],
        }
    }

    /// Ends the current dump, if any, and returns its message.
    pub(super) fn end(&mut self) -> Option<Found> {
        Some(Ok(self.dump.take()?.bytes))
    }

    fn take_dump(&mut self, line: &DumpLine<'_>) -> [Option<Found>; 2] {
        let ended = if line.offset == 0 { self.end() } else { None };
        let dump = self.dump.get_or_insert_default();
        while dump.is_repeated && !dump.last.is_empty() && dump.bytes.len() < line.offset {
            dump.bytes.extend_from_slice(&dump.last);
        }
        dump.is_repeated = false;
        if dump.bytes.len() != line.offset {
            let error = HexError::Offset(line.offset, dump.bytes.len());
            self.dump = None;
            return [ended, Some(Err(error))];
        }
        if line.digits.trim().is_empty() {
            return [ended, self.end()];
        }
        match digits(line.digits, line.column) {
            Ok(bytes) => {
                dump.bytes.extend_from_slice(&bytes);
                dump.last = bytes;
                [ended, None]
            }
            Err(error) => {
                self.dump = None;
                [ended, Some(Err(error))]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the messages of a text.
    fn all(text: &str) -> Vec<Found> {
        let mut lines = Lines::default();
        let mut found: Vec<_> = text.lines().flat_map(|line| lines.take(line)).flatten().collect();
        found.extend(lines.end());
        found
    }

    #[test]
    fn digits_may_have_what_programs_write_around_them() {
        for text in [
            "0140ffa5",
            "01 40 fF:a5",
            "01:40:FF:A5",
            "0x0140ffa5",
            "0x01 0x40 0xff 0xA5",
            "0x01, 0x40,0XFF, 0xa5",
            r"\x01\x40\xff\xa5",
            " 01\t40  ffa5 ",
        ] {
            assert_eq!(bytes(text), Ok(vec![1, 0x40, 0xff, 0xa5]), "{text}");
        }
        assert_eq!(bytes(""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_digit_is_named_with_its_column() {
        assert_eq!(bytes("01 4g"), Err(HexError::NoDigit(5, 'g')));
        assert_eq!(bytes("01ü"), Err(HexError::NoDigit(3, 'ü')));
        assert_eq!(bytes("01 2"), Err(HexError::Odd(3)));
        let dump = "00000000: 0140 00zz  .@..";
        assert_eq!(all(dump), [Err(HexError::NoDigit(18, 'z'))]);
    }

    #[test]
    fn the_output_of_xxd_and_hexdump_is_one_message_for_many_lines() {
        let expected: Vec<u8> = (0..20).collect();
        let xxd = "00000000: 0001 0203 0405 0607 0809 0a0b 0c0d 0e0f  ................\n\
                   00000010: 1011 1213                                ....\n";
        let hexdump = "00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |..|..  .........|\n\
                       00000010  10 11 12 13                                       |....|\n\
                       00000014\n";
        for text in [
            xxd.to_owned(),
            hexdump.to_owned(),
            format!("{xxd}{hexdump}"),
            format!("{hexdump}{xxd}"),
        ] {
            let found = all(&text);
            assert!(
                !found.is_empty() && found.iter().all(|one| *one == Ok(expected.clone())),
                "{text}"
            );
        }
        assert_eq!(all(&format!("{xxd}0140\n")), [Ok(expected), Ok(vec![1, 0x40])]);
    }

    #[test]
    fn lines_that_hexdump_leaves_out_are_those_before() {
        let line = "71 71 71 71 71 71 71 71  71 71 71 71 71 71 71 71  |qqqqqqqqqqqqqqqq|";
        let text = format!("00000000  {line}\n*\n00000040  00        |.|\n00000041\n");
        let expected = [vec![0x71; 64], vec![0]].concat();
        assert_eq!(all(&text), [Ok(expected)]);
    }

    #[test]
    fn a_dump_with_a_line_missing_is_refused_and_the_next_one_is_good() {
        let text = "00000000: 0001  ..\n00000010: 02  .\n00000000: 05  .\n";
        assert_eq!(all(text), [Err(HexError::Offset(16, 2)), Ok(vec![5])]);
    }

    #[test]
    fn eight_digits_alone_are_four_bytes() {
        assert_eq!(all("01400000\n"), [Ok(vec![1, 0x40, 0, 0])]);
        assert_eq!(all("01400000  0007"), [Ok(vec![1, 0x40, 0, 0, 0, 7])]);
    }
}
