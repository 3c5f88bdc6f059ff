//! Decoding.

use alwayson_codec as codec;

use crate::error::Error;
use crate::message::{MessageIds, WholeMessage};
use crate::slice::{Slice, put, wanted};

/// The header of a message, to answer messages whose body cannot be decoded.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MessageHeader {
    /// The code of the message: a method, a status, or 0x0A BIND, 0x0B UNBIND, 0x14 AUTH,
    /// 0x1F `KEEP_ALIVE`.
    pub code: u8,
    /// 1 if it is a chunk of a longer message.
    pub multipart: u8,
    /// The ids.
    pub ids: MessageIds,
}

/// Decodes the message at the start of the bytes, and sets `used` to its length. Each byte is
/// checked once. Bytes that follow the message are ignored, because some peers pad their
/// messages. The message, and everything reached from it, borrows from the bytes.
///
/// Errors: what is wrong with the bytes; `at` is the offset.
///
/// # Safety
/// `bytes` can be read, and is not changed while the message is used; `message`
/// is NULL, or can be written; `used` is NULL, which is no error, or can be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_decode(
    bytes: Slice,
    message: *mut WholeMessage,
    used: *mut usize,
) -> Error {
    let decode = || {
        let used = wanted(used)?;
        // SAFETY: as promised.
        let (decoded, len) = codec::Message::decode(unsafe { bytes.bytes() }?)?;
        // SAFETY: as promised.
        unsafe {
            put(message, WholeMessage::of(&decoded))?;
            used.put(len);
        }
        Ok(())
    };
    decode().into()
}

/// Decodes a message that is the whole input.
///
/// Errors: as `alwayson_decode`, and `TRAILING_BYTES` if bytes follow the message.
///
/// # Safety
/// As `alwayson_decode`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_decode_exact(bytes: Slice, message: *mut WholeMessage) -> Error {
    let decode = || {
        // SAFETY: as promised.
        let decoded = codec::Message::decode_exact(unsafe { bytes.bytes() }?)?;
        // SAFETY: as promised.
        unsafe { put(message, WholeMessage::of(&decoded)) }
    };
    decode().into()
}

/// Decodes the header of a message, without the body.
///
/// Errors: what is wrong with the header; `at` is the offset.
///
/// # Safety
/// `bytes` can be read; `header` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_decode_header(bytes: Slice, header: *mut MessageHeader) -> Error {
    let decode = || {
        // SAFETY: as promised.
        let decoded = codec::Header::decode(unsafe { bytes.bytes() }?)?;
        let code = decoded.code.to_u8();
        let multipart = u8::from(decoded.multipart);
        let ids = MessageIds::of(decoded.ids);
        // SAFETY: as promised.
        unsafe { put(header, MessageHeader { code, multipart, ids }) }
    };
    decode().into()
}
