//! Rust values in memory of C: each behind a word that says what is there, so
//! that memory which nobody made is told from memory that somebody did.

use core::mem::MaybeUninit;

use crate::error::{AlwaysonError, Error};

/// Lays a value into words.
pub(crate) fn keep<T, const WORDS: usize>(value: T) -> [MaybeUninit<usize>; WORDS] {
    const {
        assert!(size_of::<T>() <= WORDS * size_of::<usize>());
        assert!(align_of::<T>() <= align_of::<usize>());
        assert!(!core::mem::needs_drop::<T>());
    }
    let mut words = [MaybeUninit::uninit(); WORDS];
    // SAFETY: large enough and aligned, which is checked above.
    unsafe { words.as_mut_ptr().cast::<T>().write(value) };
    words
}

/// Refuses what is not of this kind.
pub(crate) fn expect(tag: u32, expected: u32) -> Result<(), Error> {
    if tag == expected { Ok(()) } else { Err(AlwaysonError::Misuse.into()) }
}

/// The value in words.
///
/// # Safety
/// `keep` laid a `T` there, which may differ in its lifetimes alone, and these
/// are still what the new ones say.
pub(crate) unsafe fn kept<T, const WORDS: usize>(words: &[MaybeUninit<usize>; WORDS]) -> T {
    const { assert!(size_of::<T>() <= WORDS * size_of::<usize>()) };
    // SAFETY: as promised. Nothing here is ever dropped, so a copy does no harm.
    unsafe { words.as_ptr().cast::<T>().read() }
}

/// The value in words, to be changed in its place.
///
/// # Safety
/// As [`kept`].
pub(crate) unsafe fn kept_mut<T, const WORDS: usize>(
    words: &mut [MaybeUninit<usize>; WORDS],
) -> &mut T {
    const { assert!(size_of::<T>() <= WORDS * size_of::<usize>()) };
    // SAFETY: as promised; the alignment was checked by `keep`.
    unsafe { &mut *words.as_mut_ptr().cast::<T>() }
}
