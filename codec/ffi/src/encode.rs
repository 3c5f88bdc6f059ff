//! Encoding.

use core::mem::MaybeUninit;

use alwayson_codec as codec;
use codec::{Claim, EncodeError, List, RequestHeader};

use crate::error::Error;
use crate::list::{CLAIMS, ClaimItem, HEADERS, HeaderItem, ItemList, NAMES};
use crate::message::WholeMessage;
use crate::slice::{Slice, Wanted, buffer, put, read, wanted};
use crate::table_writer::{TableSource, write_with};

/// Encodes a message, decoded or new, into a buffer, and sets `len` to its length.
///
/// Errors: `BUFFER_TOO_SMALL` if it does not fit; `at` and `len` are the exact length then, and the
/// buffer contains no message. `TOO_LONG`, `NESTING_TOO_DEEP` or `INVALID_CHUNK` if the message
/// cannot be encoded. `INVALID_UTF8`, `INVALID_NUMBER`, `UNKNOWN_BASE_TYPE`,
/// `UNSUPPORTED_BASE_TYPE`, `NULL` or `MISUSE` if its structs are not valid.
///
/// # Safety
/// `message` is NULL, or points to one with the member of `body` for its kind,
/// and what that borrows from is unchanged; `capacity` bytes can be written at
/// `bytes`; `len` is NULL, which is no error, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_encode(
    message: *const WholeMessage,
    bytes: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> Error {
    // SAFETY: as promised.
    let encode = || unsafe {
        let mut place = codec::Value::Nothing;
        let len = wanted(len)?;
        let message = read(message)?.get(&mut place)?;
        length(message.encode(buffer(bytes, capacity)?), len)
    };
    encode().into()
}

/// Encodes a message with a table that callbacks write: the parameters of a request, or the
/// content of a response. The message itself must have none.
///
/// Errors: as `alwayson_encode`; `TOO_MANY` if there are too many cells or aspects;
/// `NO_PLACE_FOR_TABLE` if it is another message, or has a table or content already; otherwise the
/// first error of writing the table.
///
/// # Safety
/// As `alwayson_encode`; `source` is NULL, or valid as `alwayson_table_source_t`
/// says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_encode_with_table(
    message: *const WholeMessage,
    source: *const TableSource,
    bytes: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> Error {
    // SAFETY: as promised.
    let encode = || unsafe {
        let mut place = codec::Value::Nothing;
        let len = wanted(len)?;
        let message = read(message)?.get(&mut place)?;
        let bytes = buffer(bytes, capacity)?;
        let encoded =
            write_with(read(source)?, |shape, rows| message.encode_with_table(bytes, shape, rows))?;
        length(encoded, len)
    };
    encode().into()
}

/// Sets the length of the encoded message, or the length that it needs.
///
/// # Safety
/// `len` can be written, if it is wanted.
pub(crate) unsafe fn length(
    encoded: Result<usize, EncodeError>,
    len: Wanted<usize>,
) -> Result<(), Error> {
    match encoded {
        // SAFETY: as promised.
        Ok(written) | Err(EncodeError::BufferTooSmall { needed: written }) => unsafe {
            len.put(written);
        },
        Err(_) => {}
    }
    encoded?;
    Ok(())
}

/// Memory for one item of a new list.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ItemPlace {
    /// The item.
    pub opaque: [MaybeUninit<usize>; 4],
}

/// Creates a list of items, each stored in its place.
///
/// # Safety
/// `count` items can be read, and as many places be written, which are unchanged
/// for `'a`; `list` is NULL, or can be written.
unsafe fn make<'a, C: Copy + 'a, T: codec::wire::list::Item<'a>, S: Copy + Into<T> + 'a>(
    tag: u32,
    (items, places, count): (*const C, *mut ItemPlace, usize),
    list: *mut ItemList,
    turn: impl Fn(C) -> Result<S, Error>,
) -> Result<(), Error> {
    const { assert!(size_of::<S>() <= size_of::<ItemPlace>()) };
    let mut made: &'a [S] = &[];
    if count > 0 {
        // SAFETY: as promised.
        unsafe { (read(items)?, read(places)?) };
        // The places are used closely, as an array of what is laid there.
        let start = places.cast::<S>();
        for index in 0..count {
            // SAFETY: the index is within the count.
            unsafe { put(start.wrapping_add(index), turn(items.wrapping_add(index).read())?) }?;
        }
        // SAFETY: all were written.
        made = unsafe { core::slice::from_raw_parts(start, count) };
    }
    // SAFETY: as promised.
    unsafe { put(list, ItemList::of::<T, S>(tag, List::new(made)?)) }
}

/// Creates the list of claims for an AUTH.
///
/// Errors: `TOO_MANY` if there are more than 255; `INVALID_UTF8`; `NULL`.
///
/// # Safety
/// `count` claims can be read at `claims`, and the same number of places can be written at
/// `places`; both and the texts are unchanged while the list is used. `list` is NULL, or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_claims(
    claims: *const ClaimItem,
    places: *mut ItemPlace,
    count: usize,
    list: *mut ItemList,
) -> Error {
    // SAFETY: as promised.
    unsafe {
        let turn = |claim: ClaimItem| Ok(Claim::new(claim.name.text()?, claim.value.text()?));
        make::<_, Claim<'_>, _>(CLAIMS, (claims, places, count), list, turn).into()
    }
}

/// Creates the list of names for a BIND or UNBIND.
///
/// Errors: `TOO_MANY` if there are more than 65,535; `INVALID_UTF8`; `NULL`.
///
/// # Safety
/// As `alwayson_claims`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_names(
    names: *const Slice,
    places: *mut ItemPlace,
    count: usize,
    list: *mut ItemList,
) -> Error {
    // SAFETY: as promised.
    unsafe {
        let turn = |name: Slice| name.text();
        make::<_, codec::Text<'_>, &str>(NAMES, (names, places, count), list, turn).into()
    }
}

/// Creates the list of headers for a request.
///
/// Errors: `TOO_MANY` if there are more than 255; `INVALID_UTF8`; `NULL`.
///
/// # Safety
/// As `alwayson_claims`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_headers(
    headers: *const HeaderItem,
    places: *mut ItemPlace,
    count: usize,
    list: *mut ItemList,
) -> Error {
    // SAFETY: as promised.
    unsafe {
        let turn = |item: HeaderItem| Ok(RequestHeader::new(item.name.text()?, item.value.text()?));
        make::<_, RequestHeader<'_>, _>(HEADERS, (headers, places, count), list, turn).into()
    }
}
