//! Lists of claims, names, headers and aspects, and the cursor over them and over the parts of a
//! table.

use core::mem::MaybeUninit;

use alwayson_codec::wire::list::Iter;
use alwayson_codec::{Aspect, Claim, List, RequestHeader, Text};

use crate::error::Error;
use crate::opaque::{expect, keep, kept, kept_mut};
use crate::slice::{Slice, change, put, read};
use crate::value::Value;

pub(crate) const CLAIMS: u32 = 0x636C_6D73;
pub(crate) const NAMES: u32 = 0x6E61_6D73;
pub(crate) const HEADERS: u32 = 0x6864_7273;
pub(crate) const ASPECTS: u32 = 0x6173_7073;

/// A list of claims, names, headers or aspects. It borrows from the message or from the places
/// that it was created from. All zeros are an empty list.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ItemList {
    /// The kind of its items; 0 if there are none.
    pub tag: u32,
    /// The number of items.
    pub count: u32,
    /// The list.
    pub opaque: [MaybeUninit<usize>; 4],
}

/// A cursor over a list, or over the fields, rows or cells of a table. A copy is independent.
/// All zeros are a cursor at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Cursor {
    /// What it iterates over; 0 if it is empty.
    pub tag: u32,
    /// The place.
    pub opaque: [MaybeUninit<usize>; 8],
}

impl Cursor {
    pub(crate) const NOTHING: Self = Self { tag: 0, opaque: [MaybeUninit::uninit(); 8] };

    pub(crate) fn over<T>(tag: u32, iterator: T) -> Self {
        Self { tag, opaque: keep(iterator) }
    }
}

impl ItemList {
    pub(crate) fn of<T, S>(tag: u32, list: List<'_, T, S>) -> Self {
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        Self { tag, count, opaque: keep(list) }
    }

    /// # Safety
    /// What it borrows from is unchanged for the lifetime in `T` and `S`.
    pub(crate) unsafe fn get<'a, T, S>(&self, tag: u32) -> Result<List<'a, T, S>, Error> {
        if self.tag == 0 {
            return Ok(List::empty());
        }
        expect(self.tag, tag)?;
        // SAFETY: the tag says that this is such a list.
        Ok(unsafe { kept(&self.opaque) })
    }
}

/// A claim of an AUTH: a credential of the edge.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ClaimItem {
    /// `appKey`, or `userid` and `password` in two claims.
    pub name: Slice,
    /// The key, the name or the password. Keep it out of logs.
    pub value: Slice,
}

/// A header of a request.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HeaderItem {
    /// Its name.
    pub name: Slice,
    /// Its value.
    pub value: Slice,
}

/// An aspect of a field: a named value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct AspectItem {
    /// Its name.
    pub name: Slice,
    /// Its value.
    pub value: Value,
}

/// Returns a cursor over a list, which is empty if the list was not initialised.
///
/// # Safety
/// `list` is NULL or points to a list of this library, or zeros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_items(list: *const ItemList) -> Cursor {
    // SAFETY: as promised.
    let Ok(list) = (unsafe { read(list) }) else { return Cursor::NOTHING };
    // SAFETY: the tag says what the list is of.
    unsafe {
        match list.tag {
            CLAIMS => Cursor::over(CLAIMS, kept::<List<'_, Claim<'_>>, _, 4>(&list.opaque).iter()),
            NAMES => {
                Cursor::over(NAMES, kept::<List<'_, Text<'_>, &str>, _, 4>(&list.opaque).iter())
            }
            HEADERS => Cursor::over(
                HEADERS,
                kept::<List<'_, RequestHeader<'_>>, _, 4>(&list.opaque).iter(),
            ),
            ASPECTS => {
                Cursor::over(ASPECTS, kept::<List<'_, Aspect<'_>>, _, 4>(&list.opaque).iter())
            }
            _ => Cursor::NOTHING,
        }
    }
}

/// Sets the next item of a cursor, converted for C, and returns whether there was one.
///
/// # Safety
/// `cursor` is NULL or points to a cursor; one with this tag goes over an `I`.
/// `item` is NULL, or a `T` can be written there.
pub(crate) unsafe fn next<I: Iterator, T>(
    cursor: *mut Cursor,
    tag: u32,
    item: *mut T,
    turn: impl FnOnce(I::Item) -> T,
) -> bool {
    // SAFETY: as promised.
    let Ok(cursor) = (unsafe { change(cursor) }) else { return false };
    if cursor.tag != tag || item.is_null() {
        return false;
    }
    // SAFETY: the tag says that this is such an iterator.
    let iterator = unsafe { kept_mut::<I, _, 8>(&mut cursor.opaque) };
    // SAFETY: as promised.
    iterator.next().is_some_and(|next| unsafe { put(item, turn(next)) }.is_ok())
}

/// Sets the next claim, and returns whether there was one.
///
/// # Safety
/// `cursor` and `claim` are NULL or valid; what the cursor iterates over is
/// unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_next_claim(cursor: *mut Cursor, claim: *mut ClaimItem) -> bool {
    let turn = |claim: Claim<'_>| ClaimItem {
        name: Slice::of(claim.name.as_bytes()),
        value: Slice::of(claim.value.expose().as_bytes()),
    };
    // SAFETY: as promised.
    unsafe { next::<Iter<'_, Claim<'_>>, _>(cursor, CLAIMS, claim, turn) }
}

/// Sets the next name, and returns whether there was one.
///
/// # Safety
/// `cursor` and `name` are NULL or valid; what the cursor iterates over is unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_next_name(cursor: *mut Cursor, name: *mut Slice) -> bool {
    let turn = |name: Text<'_>| Slice::of(name.as_bytes());
    // SAFETY: as promised.
    unsafe { next::<Iter<'_, Text<'_>, &str>, _>(cursor, NAMES, name, turn) }
}

/// Sets the next header, and returns whether there was one.
///
/// # Safety
/// `cursor` and `header` are NULL or valid; what the cursor iterates over is
/// unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_next_header(
    cursor: *mut Cursor,
    header: *mut HeaderItem,
) -> bool {
    let turn = |header: RequestHeader<'_>| HeaderItem {
        name: Slice::of(header.name.as_bytes()),
        value: Slice::of(header.value.as_bytes()),
    };
    // SAFETY: as promised.
    unsafe { next::<Iter<'_, RequestHeader<'_>>, _>(cursor, HEADERS, header, turn) }
}

/// Sets the next aspect, and returns whether there was one.
///
/// # Safety
/// `cursor` and `aspect` are NULL or valid; what the cursor iterates over is
/// unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_next_aspect(
    cursor: *mut Cursor,
    aspect: *mut AspectItem,
) -> bool {
    let turn = |aspect: Aspect<'_>| AspectItem {
        name: Slice::of(aspect.name.as_bytes()),
        value: Value::of(&aspect.value),
    };
    // SAFETY: as promised.
    unsafe { next::<Iter<'_, Aspect<'_>>, _>(cursor, ASPECTS, aspect, turn) }
}
