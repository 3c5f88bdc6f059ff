//! Long messages: splitting them into chunks, and joining them.

use core::mem::MaybeUninit;

use alwayson_codec as codec;
use codec::{Body, Joined, Message, Split};

use crate::error::{AlwaysonError, Error};
use crate::opaque::{expect, keep, keep_in, kept_mut, kept_ref};
use crate::slice::{Slice, buffer, change, put, read, wanted};

const SPLIT: u32 = 0x7370_6C74;
const JOINER: u32 = 0x6A6F_696E;

/// The largest number of unfinished messages of a joiner.
pub const ALWAYSON_JOINER_PLACES: usize = 4;

/// The size of a joiner without its memory, in words of eight bytes.
#[cfg(target_pointer_width = "64")]
pub const ALWAYSON_JOINER_WORDS: usize = 50;
/// The size of a joiner without its memory, in words of eight bytes.
#[cfg(target_pointer_width = "32")]
pub const ALWAYSON_JOINER_WORDS: usize = 34;

/// Splits a long message, which it borrows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Splitter {
    /// 0 if there is none.
    pub tag: u32,
    /// The rest of the message.
    pub opaque: [MaybeUninit<usize>; 12],
}

/// Joins the chunks of long messages, in the memory of the caller.
#[repr(C)]
pub struct ChunkJoiner {
    /// 0 if there is none.
    pub tag: u32,
    /// Its places.
    pub opaque: [MaybeUninit<u64>; ALWAYSON_JOINER_WORDS],
}

pub(crate) type LentJoiner = codec::Joiner<&'static mut [u8], ALWAYSON_JOINER_PLACES>;

impl ChunkJoiner {
    /// # Safety
    /// Its memory is used by nobody else.
    pub(crate) unsafe fn get(&mut self) -> Result<&mut LentJoiner, Error> {
        expect(self.tag, JOINER)?;
        // SAFETY: the tag says that this is one.
        Ok(unsafe { kept_mut(&mut self.opaque) })
    }
}

/// Splits an encoded message into chunks of at most this many bytes, header included. A message
/// that is not longer is written once, unchanged.
///
/// Errors: what is wrong with the message; `NEVER_CHUNKED`; `CHUNK_SIZE_TOO_SMALL`, where `at`
/// is the smallest size; `TOO_MANY_CHUNKS`.
///
/// # Safety
/// `message` can be read, and is unchanged while it is split; `splitter` is
/// NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_split(
    message: Slice,
    chunk_size: u16,
    splitter: *mut Splitter,
) -> Error {
    // SAFETY: as promised.
    let split = || unsafe {
        let split = Split::new(message.bytes()?, chunk_size)?;
        put(splitter, Splitter { tag: SPLIT, opaque: keep(split) })
    };
    split().into()
}

/// Writes the next chunk into the buffer, and sets `len` to its length, or to 0 if none is left.
///
/// Errors: `BUFFER_TOO_SMALL`; the chunk is not lost. A buffer of the chunk size is always
/// large enough.
///
/// # Safety
/// `splitter` is NULL or valid, and its message unchanged; `capacity` bytes can be
/// written at `bytes`; `len` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_next_chunk(
    splitter: *mut Splitter,
    bytes: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> Error {
    // SAFETY: as promised; the tag says that this is one.
    let next = || unsafe {
        let splitter = change(splitter)?;
        expect(splitter.tag, SPLIT)?;
        put(len, 0)?;
        let split = kept_mut::<Split<'_>, _, 12>(&mut splitter.opaque);
        let written = split.next_chunk(buffer(bytes, capacity)?)?;
        put(len, written.unwrap_or_default())
    };
    next().into()
}

/// Returns the memory in bytes that one place of a joiner needs, so that every message within
/// the limit fits. The chunks have this size, all but the last one are full, and the name of
/// the entity has at most `name_len` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_memory_for(
    message_limit: usize,
    chunk_size: u16,
    longest_name: usize,
) -> usize {
    codec::memory_for(message_limit, chunk_size, longest_name)
}

/// Returns the size of a joiner, as `sizeof(alwayson_joiner_t)`, to check that header and
/// library match.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_joiner_size() -> usize {
    size_of::<ChunkJoiner>()
}

/// Initialises a joiner with a limit of the message in bytes, and a timeout in milliseconds
/// from the first chunk on, after which an unfinished message is dropped. The memory is divided
/// equally among the places, one for each unfinished message: `alwayson_memory_for` returns
/// what a place needs.
///
/// Errors: `INVALID_NUMBER` if there is no place, or more than `ALWAYSON_JOINER_PLACES`; `NULL`.
///
/// # Safety
/// `joiner` is NULL, or can be written. `len` bytes can be read and written at
/// `memory`, and nobody else uses them while the joiner is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_joiner_init(
    joiner: *mut ChunkJoiner,
    memory: *mut u8,
    len: usize,
    places: usize,
    message_limit: usize,
    timeout_ms: u64,
) -> Error {
    // SAFETY: as promised.
    let init = || unsafe {
        let mut rest: &'static mut [u8] = buffer(memory, len)?;
        let each = len.checked_div(places).ok_or(AlwaysonError::InvalidNumber)?;
        if places > ALWAYSON_JOINER_PLACES {
            return Err(AlwaysonError::InvalidNumber.into());
        }
        let joiner = change(joiner)?;
        let memory = core::array::from_fn(|index| {
            let len = if index < places { each } else { 0 };
            match core::mem::take(&mut rest).split_at_mut_checked(len) {
                Some((place, left)) => {
                    rest = left;
                    place
                }
                None => &mut [],
            }
        });
        keep_in(&mut joiner.opaque, LentJoiner::with_limits(memory, message_limit, timeout_ms));
        joiner.tag = JOINER;
        Ok(())
    };
    init().into()
}

/// Adds a chunk, which is an encoded message. After the last missing chunk, `whole` is the
/// message, valid until the next call with this joiner; otherwise its `ptr` is NULL. An edge
/// calls this itself for the joiner that it gets.
///
/// Errors: what is wrong with the bytes; `INVALID_CHUNK` if it is not a chunk;
/// `CHUNK_MISMATCH`, `TOO_LARGE`, `OUT_OF_MEMORY` or `BUSY`, after which the message of the
/// chunk is dropped, or was not begun.
///
/// # Safety
/// `joiner` is NULL or valid, and its memory used by nobody else; `bytes` can be
/// read; `whole` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_join(
    joiner: *mut ChunkJoiner,
    bytes: Slice,
    now_ms: u64,
    whole: *mut Slice,
) -> Error {
    // SAFETY: as promised.
    let join = || unsafe {
        put(whole, Slice::NONE)?;
        let joiner = change(joiner)?.get()?;
        let (message, _) = Message::decode(bytes.bytes()?)?;
        let Body::Chunk(chunk) = &message.body else {
            return Err(AlwaysonError::InvalidChunk.into());
        };
        if let Joined::Complete(joined) = joiner.push(message.ids, chunk, now_ms)? {
            put(whole, Slice::of(joined))?;
        }
        Ok(())
    };
    join().into()
}

/// Sets when the next unfinished message times out, and returns whether there is one.
///
/// # Safety
/// `joiner` is NULL or valid; `at_ms` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_joiner_next_expiry(
    joiner: *const ChunkJoiner,
    at_ms: *mut u64,
) -> bool {
    // SAFETY: as promised.
    let Ok(joiner) = (unsafe { read(joiner) }) else { return false };
    if joiner.tag != JOINER {
        return false;
    }
    // SAFETY: the tag says that this is one.
    let next = unsafe { kept_ref::<LentJoiner, _, _>(&joiner.opaque) }.next_expiry();
    // SAFETY: as promised.
    next.is_some_and(|next| unsafe { put(at_ms, next) }.is_ok())
}

/// Drops the messages that have timed out, and sets `dropped` to their number. Adding a chunk
/// does so as well.
///
/// # Safety
/// `joiner` is NULL or valid; `dropped` is NULL, which is no error, or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_joiner_expire(
    joiner: *mut ChunkJoiner,
    now_ms: u64,
    dropped: *mut usize,
) -> Error {
    // SAFETY: as promised.
    let expire = || unsafe {
        let dropped = wanted(dropped)?;
        dropped.put(change(joiner)?.get()?.expire(now_ms));
        Ok(())
    };
    expire().into()
}
