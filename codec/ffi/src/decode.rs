//! Bytes to messages.

use alwayson_codec as codec;

use crate::error::Error;
use crate::message::{MessageIds, WholeMessage};
use crate::slice::{Slice, put, wanted};

/// A message's header on its own: for messages whose body cannot be read, and
/// whose sender is to be told.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MessageHeader {
    /// What the message is: a method, a status, or 0x0A BIND, 0x0B UNBIND, 0x14
    /// AUTH, 0x1F `KEEP_ALIVE`.
    pub code: u8,
    /// 1: it is a chunk of a longer message.
    pub multipart: u8,
    /// Whom it belongs to.
    pub ids: MessageIds,
}

/// Decodes the message at the start of the bytes, checking each of them once, and
/// says how many it has. What follows it is not looked at: some peers pad their
/// messages. The message borrows from the bytes, and so does what is reached from
/// it.
///
/// Errors: what is wrong with the bytes, and where.
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

/// Decodes a message that is all of the bytes.
///
/// Errors: as `alwayson_decode`, and `TRAILING_BYTES` where anything follows the
/// message.
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

/// Decodes the header of a message, whatever its body may be.
///
/// Errors: what is wrong with the header, and where.
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
