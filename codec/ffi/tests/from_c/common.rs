//! What the tests share.

use alwayson_ffi::decode::alwayson_decode_exact;
use alwayson_ffi::error::{AlwaysonError, Error};
use alwayson_ffi::message::WholeMessage;
use alwayson_ffi::slice::Slice;
use std::mem::MaybeUninit;

/// What was written to a place that starts out as memory of nobody's.
pub(crate) fn out<T>(write: impl FnOnce(*mut T) -> Error) -> Result<T, Error> {
    let mut place = MaybeUninit::uninit();
    match write(place.as_mut_ptr()) {
        // SAFETY: every function writes its result where it succeeds.
        Error { kind: AlwaysonError::Ok, .. } => Ok(unsafe { place.assume_init() }),
        error => Err(error),
    }
}

/// As [`out`], of functions that say whether there was something.
pub(crate) fn some<T>(write: impl FnOnce(*mut T) -> bool) -> Option<T> {
    let mut place = MaybeUninit::uninit();
    // SAFETY: every function writes its result where there is one.
    write(place.as_mut_ptr()).then(|| unsafe { place.assume_init() })
}

pub(crate) fn slice(bytes: &[u8]) -> Slice {
    Slice { ptr: bytes.as_ptr(), len: bytes.len() }
}

pub(crate) fn text(slice: Slice) -> &'static str {
    // SAFETY: the tests keep what they look at.
    let bytes = unsafe { std::slice::from_raw_parts(slice.ptr, slice.len) };
    std::str::from_utf8(bytes).unwrap()
}

pub(crate) fn decode(bytes: &[u8]) -> WholeMessage {
    out(|message| unsafe { alwayson_decode_exact(slice(bytes), message) }).unwrap()
}

pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(hex.trim().as_bytes()).unwrap()
}
