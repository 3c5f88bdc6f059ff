//! An edge: a device that connects to a platform, and what it has.
//!
//! ```no_run
//! use alwayson::edge::{Credentials, Edge, PropertyUpdate, ServiceError, Thing};
//! use alwayson::value::Table;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sensor = Thing::new("SteamSensor1")
//!     .property("Temperature", 21.5)
//!     .service("AddNumbers", |params| async move {
//!         let number = |name: &str| {
//!             let value = params.value(name).and_then(|value| value.as_f64());
//!             value.ok_or_else(|| ServiceError::bad_request(format!("{name} is no number")))
//!         };
//!         Ok(number("a")? + number("b")?)
//!     });
//! let edge = Edge::builder("wss://platform.example")?
//!     // Asked at each connect, and kept nowhere.
//!     .credentials(|| async { std::env::var("APP_KEY").map(Credentials::app_key) })
//!     .thing(sensor)
//!     // Returns the first error; `connect_retrying` goes on until the platform is there.
//!     .connect()
//!     .await?;
//! // Returns a refusal; `wait_bound` waits until it is bound all the same.
//! edge.try_wait_bound("SteamSensor1").await?;
//!
//! edge.write_property("SteamSensor1", "Pressure", 2.5).await?;
//! let pressure = edge.read_property("SteamSensor1", "Pressure").await?;
//! println!("{pressure}");
//! edge.push_properties("SteamSensor1", [PropertyUpdate::new("Temperature", 22.0)]).await?;
//! let params = Table::of([("name", "edge".into())]);
//! let greeting = edge.invoke_service("Greeter", "Hello", params).await?;
//! println!("{greeting}");
//! edge.fire_event("SteamSensor1", "Overheated", Table::default()).await?;
//! edge.leave().await;
//! # Ok(())
//! # }
//! ```
//!
//! A loop that pushes again and again and has other things to do, such as to end at
//! Ctrl-C, uses [`Edge::try_push_properties`], which does not wait while the platform
//! is away: `examples/edge.rs` is such a program.
//!
//! # When it does not connect
//!
//! An edge logs by [`tracing`]: at `warn!` why there is no connection and when the next
//! try is, and why a name is refused, once for each cause; at `info!` when it is
//! authenticated, bound, or has lost its connection. [`Edge::state`] has the current
//! state, and [`Builder::on_change`] is told each.

// | file | what it holds |
// | --- | --- |
// | `builder.rs` | how an edge is made: `Builder`, `Credentials` |
// | `options.rs` | what it can be set to, with defaults |
// | `thing.rs`, `property.rs`, `service.rs` | what it has: `Thing` |
// | `handle.rs`, `wait.rs` | `Edge`: what the application asks of it and waits for |
// | `error.rs` | what can go wrong |
// | `state.rs`, `shared.rs` | where it stands, and what handles and task share |
// | `logged.rs` | what is logged of that |
// | `connect.rs` | the beginning of a connection: key, WebSocket, AUTH |
// | `task.rs` | connects, and connects again |
// | `session.rs` | one connection: what comes in, what goes out |
// | `answer.rs` | what a platform asks |
// | `push.rs`, `synchronise.rs` | pushes: which go out, which are held back |
// | `wanted.rs` | what of a push the platform has asked for |
// | `blocking.rs` | the same for programs without a runtime |

mod answer;
pub mod blocking;
mod builder;
mod connect;
mod error;
mod handle;
mod logged;
mod options;
mod property;
mod push;
mod service;
mod session;
mod shared;
mod state;
mod synchronise;
mod task;
mod thing;
mod wait;
mod wanted;

pub use alwayson_codec::connection::edge::{End, Reconnect};
pub use builder::{Builder, Credentials, StartError};
pub use error::{BindError, BoxError, RequestError, ServiceError, ThingError};
pub use handle::Edge;
pub use options::Options;
pub use property::{Property, PropertyUpdate, PushType, Quality};
pub use service::{Answer, Service};
pub use state::{ConnectionState, Counters, EdgeState, EndReason, StateChange, ThingState};
pub use thing::Thing;
