//! Responses: every message with a status for a code (PROTOCOL.md §3).

use alloc::string::String;

use super::{Table, Value};
use crate as view;
use crate::error::EncodeError;
use crate::wire::codes::Status;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The outcome.
    pub status: Status,
    /// Why, in words.
    pub reason: Option<String>,
    /// What was asked for: nearly always nothing or a table.
    pub content: Value,
}

impl Response {
    /// Returns an answer without reason and content.
    pub const fn new(status: Status) -> Self {
        Self { status, reason: None, content: Value::Nothing }
    }

    /// Returns SUCCESS, without content.
    pub const fn success() -> Self {
        Self::new(Status::SUCCESS)
    }

    /// Returns SUCCESS, with content.
    pub fn of(content: impl Into<Value>) -> Self {
        Self { content: content.into(), ..Self::success() }
    }

    /// Returns SUCCESS, with a table of one field of this name and one row: what answers the
    /// read of a property, which is never answered with the bare value (PROTOCOL.md §3).
    pub fn named(name: &str, value: impl Into<Value>) -> Self {
        Self::of(Table::of([(name, value.into())]))
    }

    /// Returns SUCCESS, with a table of one field `result` and one row: what answers a service
    /// with a result (PROTOCOL.md §3).
    pub fn result(value: impl Into<Value>) -> Self {
        Self::of(Table::result(value))
    }

    /// Returns an answer with a status and a reason in words.
    pub fn error(status: Status, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::new(status) }
    }

    /// Returns the table of the content.
    pub fn table(&self) -> Option<&Table> {
        self.content.as_table()
    }

    /// Returns the one value of the content: in the first row of a table the cell of the
    /// only field, or under `result`; otherwise the content itself.
    pub fn value(&self) -> Option<&Value> {
        match &self.content {
            Value::Nothing => None,
            Value::InfoTable(table) => match table.fields.as_slice() {
                [_] => table.row(0)?.cells.first(),
                _ => table.value("result"),
            },
            other => Some(other),
        }
    }

    /// Returns the view of the response without its content: what
    /// [`encode_with_table`](view::Message::encode_with_table) and `respond_with_table` of a
    /// connection take together with [`Table::shape`] and [`Table::rows_to`].
    pub fn head(&self) -> view::Response<'_> {
        let reason = self.reason.as_deref().map(view::Text::new);
        view::Response { reason, ..view::Response::new(self.status) }
    }

    /// Lends the response to the codec. The content is encoded for it first.
    ///
    /// # Errors
    /// As [`Value::with_view`].
    pub fn with_view<R>(
        &self,
        then: impl FnOnce(view::Response<'_>) -> R,
    ) -> Result<R, EncodeError> {
        self.content.with_view(|content| then(view::Response { content, ..self.head() }))
    }
}

impl From<view::Response<'_>> for Response {
    fn from(response: view::Response<'_>) -> Self {
        Self {
            status: response.status,
            reason: response.reason.map(String::from),
            content: response.content.into(),
        }
    }
}
