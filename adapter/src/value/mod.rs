//! Values and tables that own what they hold, for applications: those of the
//! [codec](alwayson_codec::owned), and what they are as JSON.

// | file | what it holds |
// | --- | --- |
// | `json` | from and to JSON |
// | `shown.rs` | as JSON for people, and from text |

pub mod json;
mod shown;

pub use alwayson_codec::owned::{ConvertError, Field, Row, Table, TimeSpan, Value};

pub use shown::{ToJson, ValueExt};
