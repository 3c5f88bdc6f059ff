//! Bytes and text in C, and pointers of callers.

use core::slice;

use crate::error::{AlwaysonError, Error};

/// Borrowed bytes, or borrowed text in UTF-8. A `ptr` of NULL means "none" for optional values,
/// and "empty" otherwise.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    /// The first byte.
    pub ptr: *const u8,
    /// The number of bytes. Text has no zero at its end.
    pub len: usize,
}

impl Slice {
    pub(crate) const NONE: Self = Self { ptr: core::ptr::null(), len: 0 };

    pub(crate) const fn of(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    pub(crate) fn of_option(text: Option<&[u8]>) -> Self {
        text.map_or(Self::NONE, Self::of)
    }

    pub(crate) fn is_none(self) -> bool {
        self.ptr.is_null() && self.len == 0
    }

    /// # Safety
    /// The bytes can be read, and nobody writes them, for `'a`.
    pub(crate) unsafe fn bytes<'a>(self) -> Result<&'a [u8], Error> {
        if self.len == 0 {
            return Ok(&[]);
        }
        if self.ptr.is_null() {
            return Err(AlwaysonError::Null.into());
        }
        if isize::try_from(self.len).is_err() {
            return Err(AlwaysonError::TooLong.into());
        }
        // SAFETY: not null, not too long; the rest is promised.
        Ok(unsafe { slice::from_raw_parts(self.ptr, self.len) })
    }

    /// # Safety
    /// As [`bytes`](Self::bytes).
    pub(crate) unsafe fn text<'a>(self) -> Result<&'a str, Error> {
        // SAFETY: as promised.
        let bytes = unsafe { self.bytes() }?;
        core::str::from_utf8(bytes)
            .map_err(|error| Error { kind: AlwaysonError::InvalidUtf8, at: error.valid_up_to() })
    }
}

/// Returns the bytes of a C string without its zero, or an empty slice for NULL.
///
/// # Safety
/// `string` is NULL, or ends with a zero, and is not written while the result is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_str(string: *const core::ffi::c_char) -> Slice {
    let mut len = 0_usize;
    if !string.is_null() {
        // SAFETY: no byte before this one was the zero that ends the string.
        while unsafe { string.wrapping_add(len).read() } != 0 {
            len = len.saturating_add(1);
        }
    }
    Slice { ptr: string.cast(), len }
}

/// What a pointer points to.
///
/// # Safety
/// It is NULL or points to a `T` that nobody writes for `'a`.
pub(crate) unsafe fn read<'a, T>(pointer: *const T) -> Result<&'a T, Error> {
    if !pointer.is_null() && !pointer.is_aligned() {
        return Err(AlwaysonError::Misuse.into());
    }
    // SAFETY: aligned; the rest is promised.
    unsafe { pointer.as_ref() }.ok_or(AlwaysonError::Null.into())
}

/// What a pointer points to, to be changed.
///
/// # Safety
/// It is NULL or points to a `T` that nobody else uses for `'a`.
pub(crate) unsafe fn change<'a, T>(pointer: *mut T) -> Result<&'a mut T, Error> {
    if !pointer.is_null() && !pointer.is_aligned() {
        return Err(AlwaysonError::Misuse.into());
    }
    // SAFETY: aligned; the rest is promised.
    unsafe { pointer.as_mut() }.ok_or(AlwaysonError::Null.into())
}

/// Puts a result where the caller wants it.
///
/// # Safety
/// `place` is NULL, or a `T` can be written there.
pub(crate) unsafe fn put<T>(place: *mut T, value: T) -> Result<(), Error> {
    if place.is_null() {
        return Err(AlwaysonError::Null.into());
    }
    if !place.is_aligned() {
        return Err(AlwaysonError::Misuse.into());
    }
    // SAFETY: neither null nor unaligned; the rest is promised.
    unsafe { place.write(value) };
    Ok(())
}

/// A place for a result that the caller may not want: NULL, then.
pub(crate) struct Wanted<T>(*mut T);

/// Looks at such a place before anything is done, so that nothing is done whose
/// result would be lost.
pub(crate) fn wanted<T>(place: *mut T) -> Result<Wanted<T>, Error> {
    if place.is_null() || place.is_aligned() {
        Ok(Wanted(place))
    } else {
        Err(AlwaysonError::Misuse.into())
    }
}

impl<T> Wanted<T> {
    /// Puts the result there.
    ///
    /// # Safety
    /// The place is NULL, or a `T` can be written there.
    pub(crate) unsafe fn put(self, value: T) {
        if !self.0.is_null() {
            // SAFETY: neither null nor unaligned.
            unsafe { self.0.write(value) };
        }
    }
}

/// A buffer of the caller's.
///
/// # Safety
/// `ptr` is NULL, or `len` bytes can be written there, which nobody else uses
/// for `'a`.
pub(crate) unsafe fn buffer<'a>(ptr: *mut u8, len: usize) -> Result<&'a mut [u8], Error> {
    if len == 0 {
        return Ok(&mut []);
    }
    if ptr.is_null() {
        return Err(AlwaysonError::Null.into());
    }
    if isize::try_from(len).is_err() {
        return Err(AlwaysonError::TooLong.into());
    }
    // SAFETY: not null, not too long; the rest is promised.
    Ok(unsafe { slice::from_raw_parts_mut(ptr, len) })
}
