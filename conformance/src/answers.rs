//! The answers of the platform in a capture to each message of the edge.

use std::collections::BTreeMap;

use alwayson_codec::{Body, Message, Response, Value};

use crate::capture::{Capture, Opcode, Side};
use crate::chunks::Chunks;

/// The kind of an answer that is missing because the capture ends before it.
pub const NO_ANSWER: &str = "nothing";

/// A message of an edge that requires an answer (AUTH, BIND, UNBIND, CLEARAUTH or a
/// request), and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The request id.
    pub request: u32,
    /// The number, from 1, of the frame that completed the answer, or the message if there
    /// is no answer.
    pub frame: usize,
    /// The [`kind`] of the answer; `close` and the code if the platform closed the
    /// connection instead; [`NO_ANSWER`] if the capture ends before it.
    pub answer: String,
}

/// Returns the kind of a response: its status, and the type of its content, or for a table
/// the names and types of its fields, sorted: `SUCCESS {edgeName: STRING, pushType: STRING}`.
pub fn kind(response: &Response<'_>) -> String {
    let status = response.status;
    match &response.content {
        Value::Nothing => status.to_string(),
        Value::InfoTable(table) => {
            let mut fields: Vec<_> = table
                .fields()
                .map(|field| format!("{}: {}", field.name.as_str(), field.base_type))
                .collect();
            fields.sort();
            format!("{status} {{{}}}", fields.join(", "))
        }
        content => format!("{status} {}", content.base_type()),
    }
}

/// Returns the exchanges of a capture, in the order of the edge's messages. Frames that
/// cannot be decoded or joined are left out.
pub fn exchanges(capture: &Capture) -> Vec<Exchange> {
    let mut found = Exchanges::default();
    let mut edge = Chunks::default();
    let mut platform = Chunks::default();
    for (index, frame) in capture.frames.iter().enumerate() {
        let number = index + 1;
        let is_edge = frame.from == Side::Edge;
        match frame.opcode {
            Opcode::Binary => {}
            Opcode::Close if !is_edge => {
                found.closed(number, &frame.bytes);
                continue;
            }
            _ => continue,
        }
        let Ok((message, _)) = Message::decode(&frame.bytes) else { continue };
        let Body::Chunk(chunk) = &message.body else {
            found.message(number, is_edge, &message);
            continue;
        };
        let chunks = if is_edge { &mut edge } else { &mut platform };
        if let Ok(Some(whole)) = chunks.push(&message, chunk, &frame.bytes) {
            if let Ok(message) = Message::decode_exact(&whole.bytes) {
                found.message(number, is_edge, &message);
            }
        }
    }
    found.all
}

#[derive(Default)]
struct Exchanges {
    all: Vec<Exchange>,
    /// The indices of exchanges without an answer, by request id.
    open: BTreeMap<u32, usize>,
}

impl Exchanges {
    fn message(&mut self, frame: usize, is_edge: bool, message: &Message<'_>) {
        let request = message.ids.request;
        match (&message.body, is_edge) {
            (Body::Response(response), false) => {
                if let Some(place) = self.open.remove(&request) {
                    self.answered(place, frame, kind(response));
                }
            }
            (Body::Response(_) | Body::KeepAlive, _) | (_, false) => {}
            (_, true) => {
                self.open.insert(request, self.all.len());
                self.all.push(Exchange { request, frame, answer: NO_ANSWER.to_owned() });
            }
        }
    }

    fn closed(&mut self, frame: usize, payload: &[u8]) {
        let code = payload.first_chunk::<2>().map(|code| u16::from_be_bytes(*code));
        let answer = code.map_or("close".to_owned(), |code| format!("close {code}"));
        for place in std::mem::take(&mut self.open).into_values() {
            self.answered(place, frame, answer.clone());
        }
    }

    fn answered(&mut self, place: usize, frame: usize, answer: String) {
        if let Some(exchange) = self.all.get_mut(place) {
            (exchange.frame, exchange.answer) = (frame, answer);
        }
    }
}
