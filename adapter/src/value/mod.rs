//! The owned values and tables of the [codec](alwayson_codec::owned), for applications, and their
//! conversion from and to JSON.

// | file | contents |
// | --- | --- |
// | `json/` | conversion from and to JSON |
// | `shown.rs` | JSON for display, and values from text that people type |

pub mod json;
mod shown;

pub use alwayson_codec::owned::{ConvertError, Field, Row, Table, TimeSpan, Value};

pub use shown::{ToJson, ValueExt};
