//! A copy of the claims or names that a host has to decide about.

use alwayson_codec::connection::platform::Received;
use alwayson_codec::{Body, Ids, Message};

/// Returns a message with these claims or names; the original may have arrived in chunks.
pub(crate) fn kept(received: &Received<'_>) -> Option<Vec<u8>> {
    let body = match received {
        Received::Auth(auth) => Body::Auth(*auth),
        Received::Bind(bind) => Body::Bind(*bind),
        Received::Unbind(unbind) => Body::Unbind(*unbind),
        _ => return None,
    };
    let message = Message { ids: Ids::unauthenticated(0), body };
    let mut bytes = vec![0; message.encoded_len().ok()?];
    message.encode(&mut bytes).ok()?;
    Some(bytes)
}
