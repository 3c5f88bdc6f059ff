//! Numbers, strings, counts and markers (sections 2 and 3).

use crate::fault::{Count, Fault, Marker, Place, Utf8};

/// The error kind of a wrong decoder that no right one returns.
pub(crate) const REFUSED: &str = "Refused";

/// What is wrong with a message, and at which offset (section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Error {
    pub(crate) kind: &'static str,
    pub(crate) at: usize,
}

pub(crate) type Read<T> = Result<T, Error>;

/// Reads from left to right.
pub(crate) struct Reader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    pub(crate) fault: Option<Fault>,
    /// How many containers were entered, for the fault that counts them so.
    pub(crate) entered: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// An error at an offset.
    pub(crate) fn error(&self, kind: &'static str, at: usize) -> Error {
        let later = self.is(Fault::OffsetAfter(kind));
        Error { kind, at: at + usize::from(later) }
    }

    /// Fails if a wrong decoder refuses what is here.
    pub(crate) fn refuse_if(&self, refused: bool) -> Read<()> {
        if refused { Err(Error { kind: REFUSED, at: self.at }) } else { Ok(()) }
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn end(&self) -> Error {
        let early = self.is(Fault::EndAtStartOfField);
        self.error("UnexpectedEnd", if early { self.at } else { self.bytes.len() })
    }

    pub(crate) fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        if count > self.left() {
            return Err(self.end());
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    /// Takes what a length promises; a wrong decoder takes what there is.
    fn promised(&mut self, length: u32, cut_accepted: bool) -> Read<&'a [u8]> {
        let length = usize::try_from(length).unwrap();
        self.take(if cut_accepted { length.min(self.left()) } else { length })
    }

    /// The bytes of a number, the most significant first.
    pub(crate) fn number<const N: usize>(&mut self) -> Read<[u8; N]> {
        let mut bytes: [u8; N] = self.take(N)?.try_into().unwrap();
        if self.is(Fault::LittleEndian(N)) {
            bytes.reverse();
        }
        Ok(bytes)
    }

    pub(crate) fn u8(&mut self) -> Read<u8> {
        self.number().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Read<u16> {
        self.number().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Read<u32> {
        self.number().map(u32::from_be_bytes)
    }

    /// A marker of 0 or 1.
    pub(crate) fn marker(&mut self, what: Marker) -> Read<bool> {
        let at = self.at;
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ if self.is(Fault::MarkerAccepted(what, true)) => Ok(true),
            _ if self.is(Fault::MarkerAccepted(what, false)) => Ok(false),
            _ => Err(self.error("InvalidMarker", at)),
        }
    }

    /// A count of items that have at least so many bytes each.
    pub(crate) fn count(&mut self, what: Count, least: usize) -> Read<usize> {
        let wide = !matches!(what, Count::Claims | Count::Headers);
        let wide = wide != self.is(Fault::CountOfOtherWidth(what));
        let mut count = if wide { self.u16()? } else { u16::from(self.u8()?) };
        if self.is(Fault::CountLowByte(what)) {
            count &= 0xFF;
        }
        if self.is(Fault::CountSigned(what)) && count & if wide { 0x8000 } else { 0x80 } != 0 {
            count = 0;
        }
        let count = usize::from(count);
        self.refuse_if(count == 0 && self.is(Fault::CountZeroRefused(what)))?;
        if self.is(Fault::CountJudgedAhead(what)) && count * least > self.left() {
            return Err(self.end());
        }
        Ok(count)
    }

    pub(crate) fn string(&mut self) -> Read<String> {
        let start = self.at;
        let first = self.u8()?;
        let long_from = match self.fault {
            Some(Fault::LongLengthFrom(from)) => from,
            _ => 0x80,
        };
        let mut length = u32::from(first);
        if first >= long_from && !self.is(Fault::LengthOfOneByte) {
            self.at = start;
            let mask = match self.fault {
                Some(Fault::StringLengthMask(mask)) => mask,
                _ => 0x7FFF_FFFF,
            };
            length = self.u32()? & mask;
            self.refuse_if(length < 128 && self.is(Fault::LongFormOfShortRefused))?;
        }
        self.refuse_if(length == 0 && self.is(Fault::EmptyStringRefused))?;
        let start = self.at;
        let bytes = self.promised(length, self.is(Fault::CutStringAccepted))?;
        let mut text = self.utf8(bytes, start)?;
        let above_bmp = text.chars().any(|character| character > '\u{FFFF}');
        self.refuse_if(above_bmp && self.is(Fault::AboveBmpRefused))?;
        if self.is(Fault::StringEndsAtNul) {
            text.truncate(text.find('\0').unwrap_or(text.len()));
        }
        if self.is(Fault::ByteOrderMarkDropped) {
            text = text.trim_start_matches('\u{FEFF}').to_owned();
        }
        Ok(text)
    }

    /// The text of a string that starts at an offset.
    fn utf8(&self, bytes: &[u8], start: usize) -> Read<String> {
        let Err(wrong) = str::from_utf8(bytes) else {
            return Ok(String::from_utf8_lossy(bytes).into_owned());
        };
        let valid = wrong.valid_up_to();
        if let Some(length) = self.tolerated(&bytes[valid..]) {
            let before = &bytes[..valid];
            let after = &bytes[valid + length..];
            let after = self.utf8(after, start + valid + length)?;
            return Ok(format!("{}\u{FFFD}{after}", String::from_utf8_lossy(before)));
        }
        let lead_is_right = matches!(bytes[valid], 0xC2..=0xF4);
        let right =
            if lead_is_right { wrong.error_len().unwrap_or(bytes.len() - valid) } else { 0 };
        let at = match self.fault {
            Some(Fault::Utf8At(Place::StartOfString)) => start,
            Some(Fault::Utf8At(Place::EndOfString)) => start + bytes.len(),
            Some(Fault::Utf8At(Place::WrongByte)) => start + valid + right,
            _ => start + valid,
        };
        Err(self.error("InvalidUtf8", at))
    }

    /// The length of an ill-formed sequence that a wrong decoder accepts.
    fn tolerated(&self, bytes: &[u8]) -> Option<usize> {
        let Some(Fault::Utf8Accepted(accepted)) = self.fault else { return None };
        match (accepted, bytes) {
            (Utf8::Anything, _) => Some(1),
            (Utf8::Surrogate, [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..])
            | (Utf8::Overlong(3), [0xE0, 0x80..=0x9F, 0x80..=0xBF, ..]) => Some(3),
            (Utf8::Overlong(2), [0xC0 | 0xC1, 0x80..=0xBF, ..]) => Some(2),
            (Utf8::Overlong(4), [0xF0, 0x80..=0x8F, 0x80..=0xBF, 0x80..=0xBF, ..])
            | (Utf8::AboveUnicode, [0xF4, 0x90..=0xBF, 0x80..=0xBF, 0x80..=0xBF, ..]) => Some(4),
            (Utf8::CutAtEnd, [0xC2..=0xF4, rest @ ..]) if rest.len() < 2 => Some(bytes.len()),
            _ => None,
        }
    }

    /// The bytes of a BLOB or an IMAGE, with their length.
    pub(crate) fn blob(&mut self) -> Read<&'a [u8]> {
        let mask = match self.fault {
            Some(Fault::BlobLengthMask(mask)) => mask,
            _ => 0x7FFF_FFFF,
        };
        let short = self.is(Fault::BlobLengthAsOfString)
            && self.bytes.get(self.at).is_some_and(|first| *first < 0x80);
        let length = if short { u32::from(self.u8()?) } else { self.u32()? & mask };
        self.promised(length, self.is(Fault::CutBlobAccepted))
    }
}
