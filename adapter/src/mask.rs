//! Masks the secrets in the bytes of messages, for captures that others may see.
//!
//! Secrets are the claims of an AUTH, values of type PASSWORD, and headers that carry keys. The
//! lines of [`frame`](crate::frame) mask the same. Secrets are overwritten, not removed, so that
//! the message can still be decoded.

use std::ops::Range;

use alwayson_codec::limits::HEADER_LEN;
use alwayson_codec::{
    Auth, BaseType, Body, ChunkOf, Field, InfoTable, Message, RequestHeader, Value,
};

/// The byte that replaces each byte of a secret: `*`.
pub const MASK: u8 = b'*';

/// Returns the bytes of a message with its secrets overwritten.
///
/// If the bytes are not a message, all but the header is overwritten. Bytes after a message are
/// overwritten as well. In a chunk of a request or a response, all data are overwritten, because
/// they may be any part of a message: call [`secrets`] on the joined message to find only the
/// secrets.
pub fn masked(message: &[u8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    cover(&mut bytes, secrets(message));
    bytes
}

/// Overwrites these ranges of bytes. Ranges outside of `bytes` are ignored.
pub fn cover(bytes: &mut [u8], places: impl IntoIterator<Item = Range<usize>>) {
    for place in places {
        if let Some(secret) = bytes.get_mut(place) {
            secret.fill(MASK);
        }
    }
}

/// Returns the ranges of a message that [`masked`] overwrites, in bytes.
pub fn secrets(message: &[u8]) -> Vec<Range<usize>> {
    let mut found = Secrets { message, places: Vec::new() };
    match Message::decode(message) {
        Ok((Message { body, .. }, len)) => {
            found.body(&body);
            found.places.push(len..message.len());
        }
        Err(_) => found.places.push(HEADER_LEN.min(message.len())..message.len()),
    }
    found.places.retain(|place| !place.is_empty());
    found.places
}

struct Secrets<'a> {
    message: &'a [u8],
    places: Vec<Range<usize>>,
}

impl Secrets<'_> {
    fn body(&mut self, body: &Body<'_>) {
        match body {
            Body::Auth(auth) | Body::ClearAuth(auth) => self.auth(auth),
            Body::Request(request) => {
                for header in request.headers.iter().filter(RequestHeader::is_secret) {
                    self.add(header.value.as_bytes());
                }
                if let Some(params) = &request.params {
                    self.table(params);
                }
            }
            Body::Response(response) => self.value(response.content, false),
            Body::Chunk(chunk) => match chunk.of {
                ChunkOf::Bind | ChunkOf::Unbind => {}
                _ => self.add(chunk.data),
            },
            Body::Bind(_) | Body::Unbind(_) | Body::KeepAlive => {}
        }
    }

    fn auth(&mut self, auth: &Auth<'_>) {
        for claim in &auth.claims {
            self.add(claim.value.expose().as_bytes());
        }
    }

    fn table(&mut self, table: &InfoTable<'_>) {
        for field in table.fields() {
            for aspect in &field.aspects {
                self.value(aspect.value, false);
            }
        }
        for row in table.rows() {
            // A row may have more cells than the table has fields.
            let fields = table.fields().map(Some).chain(std::iter::repeat(None));
            let is_secret = |field: Option<Field<'_>>| {
                field.is_some_and(|field| field.base_type == BaseType::PASSWORD)
            };
            for (field, cell) in fields.zip(row.cells()) {
                self.value(cell, is_secret(field));
            }
        }
    }

    /// Adds the secrets of a value. The recursion is bounded: the decoder limits nesting.
    fn value(&mut self, value: Value<'_>, is_secret: bool) {
        match value {
            Value::Text(text) if is_secret || text.base_type() == BaseType::PASSWORD => {
                self.add(text.get().as_bytes());
            }
            Value::Binary(binary) if is_secret => self.add(binary.get()),
            Value::Variant(variant) => self.value(variant.get(), is_secret),
            Value::InfoTable(table) => self.table(&table),
            _ => {}
        }
    }

    /// Adds a part of the message. It is a slice of it, so its address gives its offset.
    fn add(&mut self, part: &[u8]) {
        let start = part.as_ptr().addr().wrapping_sub(self.message.as_ptr().addr());
        self.places.push(start..start.saturating_add(part.len()));
    }
}

#[cfg(test)]
mod tests {
    use alwayson_codec::{Claim, Ids, List, Request, Response};

    use super::*;
    use crate::value::{Table, Value};

    fn encoded(body: Body<'_>) -> Vec<u8> {
        let message = Message { ids: Ids::unauthenticated(1), body };
        let mut bytes = vec![0; message.encoded_len().unwrap()];
        message.encode(&mut bytes).unwrap();
        bytes
    }

    fn has(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    }

    #[test]
    fn secrets_are_written_over_wherever_they_are_and_the_rest_stays() {
        let claims = [Claim::new(Claim::APP_KEY, "SECRET")];
        let inner = Table::of([("deep", Value::password("SECRET")), ("seen", "open".into())]);
        let table = Table::of([
            ("pin", Value::password("SECRET")),
            ("inner", inner.into()),
            ("boxed", Value::Variant(Box::new(Value::password("SECRET")))),
            ("name", "open".into()),
        ]);
        let headers = [RequestHeader::new("APPKEY", "SECRET"), RequestHeader::new("a", "open")];
        let mut buffer = Vec::new();
        let params = table.encode(&mut buffer).unwrap();
        let request = Request {
            headers: List::new(&headers).unwrap(),
            params: Some(params),
            ..Request::invoke_service("Pump", "Login")
        };
        let content = alwayson_codec::Value::InfoTable(params);
        let response = Response { content, ..Response::new(alwayson_codec::Status::SUCCESS) };
        for (body, is_open) in [
            (Body::Auth(Auth::new(&claims).unwrap()), false),
            (Body::ClearAuth(Auth::new(&claims).unwrap()), false),
            (Body::Request(request), true),
            (Body::Response(response), true),
        ] {
            let bytes = encoded(body);
            assert!(has(&bytes, "SECRET"));
            let masked = masked(&bytes);
            assert!(!has(&masked, "SECRET"), "{body:?}");
            assert!(Message::decode_exact(&masked).is_ok(), "{body:?}");
            assert_eq!(has(&masked, "open"), is_open, "{body:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_written_over_but_for_its_header() {
        let claims = [Claim::new(Claim::APP_KEY, "SECRET")];
        let auth = encoded(Body::Auth(Auth::new(&claims).unwrap()));
        for len in 0..auth.len() {
            let masked = masked(&auth[..len]);
            assert!(masked.len() == len && !has(&masked, "SEC"), "{len}");
            assert_eq!(masked[..len.min(HEADER_LEN)], auth[..len.min(HEADER_LEN)]);
        }
        let followed = [&auth[..], b"SECRET"].concat();
        assert!(!has(&masked(&followed), "SECRET"));
    }
}
