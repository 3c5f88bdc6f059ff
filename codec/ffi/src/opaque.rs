//! Rust values in memory of C: each behind a word that says what is there, so
//! that memory which nobody made is told from memory that somebody did.

use core::mem::MaybeUninit;

use crate::error::{AlwaysonError, Error};

/// Lays a value into words.
pub(crate) fn keep<T, W: Copy, const WORDS: usize>(value: T) -> [MaybeUninit<W>; WORDS] {
    let mut words = [MaybeUninit::uninit(); WORDS];
    keep_in(&mut words, value);
    words
}

/// Lays a value into words in their place.
pub(crate) fn keep_in<T, W, const WORDS: usize>(words: &mut [MaybeUninit<W>; WORDS], value: T) {
    const {
        assert!(size_of::<T>() <= WORDS * size_of::<W>());
        assert!(align_of::<T>() <= align_of::<W>());
        assert!(!core::mem::needs_drop::<T>());
    }
    // SAFETY: large enough and aligned, which is checked above.
    unsafe { words.as_mut_ptr().cast::<T>().write(value) };
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
pub(crate) unsafe fn kept<T, W, const WORDS: usize>(words: &[MaybeUninit<W>; WORDS]) -> T {
    const { assert!(size_of::<T>() <= WORDS * size_of::<W>()) };
    // SAFETY: as promised. Nothing here is ever dropped, so a copy does no harm.
    unsafe { words.as_ptr().cast::<T>().read() }
}

/// The value in words, in its place.
///
/// # Safety
/// As [`kept`].
pub(crate) unsafe fn kept_ref<T, W, const WORDS: usize>(words: &[MaybeUninit<W>; WORDS]) -> &T {
    const { assert!(size_of::<T>() <= WORDS * size_of::<W>()) };
    // SAFETY: as promised; the alignment was checked by `keep`.
    unsafe { &*words.as_ptr().cast::<T>() }
}

/// The value in words, to be changed in its place.
///
/// # Safety
/// As [`kept`].
pub(crate) unsafe fn kept_mut<T, W, const WORDS: usize>(
    words: &mut [MaybeUninit<W>; WORDS],
) -> &mut T {
    const { assert!(size_of::<T>() <= WORDS * size_of::<W>()) };
    // SAFETY: as promised; the alignment was checked by `keep`.
    unsafe { &mut *words.as_mut_ptr().cast::<T>() }
}
