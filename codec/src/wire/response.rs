//! Responses: the messages whose code is a status.
//!
//! | size | field (PROTOCOL.md §3) |
//! | --- | --- |
//! | 1 | reason marker: 0, or 1 and a reason |
//! | | the reason string |
//! | | one value (PROTOCOL.md §4): NOTHING, a table, or another typed value |

use super::codes::Status;
use super::reader::{self, Parsed};
use super::text::Text;
use super::value::Value;
use super::writer::Sink;

/// The body of a response: a status, a reason in words, and a content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response<'a> {
    /// The status.
    pub status: Status,
    /// The reason in words. An empty reason is not the same as none.
    pub reason: Option<Text<'a>>,
    /// The result: nearly always NOTHING or a table.
    pub content: Value<'a>,
}

impl<'a> Response<'a> {
    /// Creates a response without reason and content.
    pub const fn new(status: Status) -> Self {
        Self { status, reason: None, content: Value::Nothing }
    }

    #[inline]
    pub(crate) fn parse(input: &'a [u8], status: Status) -> Parsed<'a, Self> {
        let (rest, has_reason) = reader::marker(input)?;
        let (rest, reason) =
            nom::Parser::parse(&mut nom::combinator::cond(has_reason, reader::text), rest)?;
        let (rest, content) = Value::parse_here(rest)?;
        Ok((rest, Self { status, reason, content }))
    }

    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put<S: Sink>(&self, sink: &mut S) {
        self.put_head(sink);
        self.content.put(0, sink);
    }

    /// Writes everything before the content.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put_head<S: Sink>(&self, sink: &mut S) {
        sink.u8(u8::from(self.reason.is_some()));
        if let Some(reason) = &self.reason {
            sink.text(reason.as_bytes());
        }
    }
}
