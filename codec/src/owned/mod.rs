//! Values, tables and messages that own what they hold, for applications with an
//! allocator (feature `alloc`). The types of the rest of this crate borrow from a
//! message.
//!
//! | type | what it holds |
//! | --- | --- |
//! | [`Value`] | a value of any base type |
//! | [`Table`] | an INFOTABLE: [`Field`]s, and [`Row`]s of values |
//! | [`Request`], [`Response`] | the bodies that applications read and write |
//! | [`Message`] | a message of any kind |
//!
//! - **Borrowed to owned**: `From`, for all of them. A [`Message`] is also made of bytes,
//!   by `TryFrom<&[u8]>`.
//! - **Owned to borrowed**: `with_view` of [`Value`], [`Request`], [`Response`] and
//!   [`Message`] lends a view to a closure, because a view of a table needs the bytes
//!   of the table. [`Table::encode`] fills a buffer of the caller's for that.
//! - **To bytes**: `encode_to_vec` of [`Message`] and of the
//!   [borrowed message](crate::Message::encode_to_vec). [`Table::shape`] and
//!   [`Table::rows_to`] write a table straight into a message that is encoded.
//!
//! Numbers are equal if their bits are, as for borrowed values: a NaN equals itself, and
//! 0 does not equal -0. So two values are equal if and only if they are encoded alike.
//!
//! Keys and passwords are masked in `Debug` and `Display`.
//!
//! # Depth
//!
//! A value that was decoded has at most [`MAX_NESTING`](crate::limits::MAX_NESTING)
//! INFOTABLEs and VARIANTs around it, and nothing deeper is encoded. A caller can build
//! values that are deeper. `clone`, `drop`, comparing and formatting call themselves once
//! for each level, so the depth of such a value is limited by the caller's stack.
//!
//! # JSON
//!
//! With the feature `serde`, [`Message`], [`Value`], [`Table`] and their parts implement
//! `Serialize` and `Deserialize`. The form is that of the test vectors of this project, in
//! which a message loses nothing. Keys and passwords are in clear.
//!
//! ```
//! use alwayson_codec::owned::{Body, Message, Request, Value};
//! use alwayson_codec::Ids;
//!
//! let request = Request::write_property("Pump", "Speed", 12.5);
//! assert_eq!(request.to_string(), "PUT Things/Pump/Properties/Speed");
//!
//! let message = Message { ids: Ids::unauthenticated(7), body: Body::Request(request) };
//! let bytes = message.encode_to_vec()?;
//! let again = Message::try_from(&bytes[..])?;
//! assert_eq!(again, message);
//!
//! let Body::Request(request) = again.body else { panic!("not a request") };
//! let speed = request.params.and_then(|params| params.value("Speed")?.as_f64());
//! assert_eq!(speed, Some(12.5));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

// | file | what it holds |
// | --- | --- |
// | `value.rs`, `time_span.rs`, `table.rs` | values and tables, from views of the codec |
// | `convert.rs` | a value of one base type as another |
// | `request.rs`, `response.rs`, `message.rs` | messages |
// | `encode.rs` | to bytes and to views |
// | `shown.rs` | as text for people |
// | `time.rs` | the clock (feature `std`) |
// | `json/` | the JSON of the vectors (feature `serde`) |

mod convert;
mod encode;
#[cfg(feature = "serde")]
mod json;
mod message;
mod request;
mod response;
mod shown;
mod table;
#[cfg(feature = "std")]
mod time;
mod time_span;
mod value;

pub use convert::ConvertError;
pub use message::{Bind, Body, Chunk, ChunkOf, Claim, Gateway, Message};
pub use request::{Request, RequestHeader};
pub use response::Response;
pub use table::{Field, Row, Table};
pub use time_span::TimeSpan;
pub use value::Value;
