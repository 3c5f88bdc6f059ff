//! Messages as readable lines.

use core::fmt::{self, Write};

use alwayson_codec::Message;

use crate::error::{AlwaysonError, Error};
use crate::slice::{Slice, buffer, put};

/// Writes into a buffer what fits, and counts what does not.
struct Line<'a> {
    place: &'a mut [u8],
    len: usize,
}

impl Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.place.iter_mut().skip(self.len);
        for (to, from) in room.zip(text.as_bytes()) {
            *to = *from;
        }
        self.len = self.len.saturating_add(text.len());
        Ok(())
    }
}

/// Writes a message as one line for a log, in UTF-8, without a zero at the end: its code, ids
/// and content, with long texts shortened, and keys and passwords masked. It is available if
/// the library was built with `--features dump` and the program with `ALWAYSON_DUMP`.
///
/// Errors: what is wrong with the bytes; `BUFFER_TOO_SMALL` if the line is longer than the
/// buffer, which contains its beginning then. `len` is the length of the line.
///
/// # Safety
/// `bytes` can be read; `capacity` bytes can be written at `line`; `len` is NULL, or
/// can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_dump(
    bytes: Slice,
    line: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> Error {
    // SAFETY: as promised.
    let dump = || unsafe {
        put(len, 0)?;
        let (message, _) = Message::decode(bytes.bytes()?)?;
        let mut line = Line { place: buffer(line, capacity)?, len: 0 };
        // What is written to never fails.
        let _ = write!(line, "{}", message.dump());
        put(len, line.len)?;
        if line.len > capacity {
            return Err(Error { kind: AlwaysonError::BufferTooSmall, at: line.len });
        }
        Ok(())
    };
    dump().into()
}
