//! An edge: a device that connects to a platform, and its Things.
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
//!             value.ok_or_else(|| ServiceError::bad_request(format!("{name} is not a number")))
//!         };
//!         Ok(number("a")? + number("b")?)
//!     });
//! let edge = Edge::builder("wss://platform.example")?
//!     // Called for each connection; the key is not kept.
//!     .credentials(|| async { std::env::var("APP_KEY").map(Credentials::app_key) })
//!     .thing(sensor)
//!     // Fails if the first attempt fails; `connect_retrying` retries until one succeeds.
//!     .connect()
//!     .await?;
//! // Fails if the platform refuses to bind it; `wait_bound` waits until a retry succeeds.
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
//! A loop that also has to react to other events, such as Ctrl-C, pushes with
//! [`Edge::try_push_properties`], which does not wait while there is no connection.
//! `examples/edge.rs` is such a program.
//!
//! # When it does not connect
//!
//! An edge logs with [`tracing`](https://docs.rs/tracing): at `warn!` why there is no connection and when the next
//! attempt is, and why a name is refused, once for each cause; at `info!` when the edge is
//! authenticated, when a Thing is bound, and when the connection is lost. [`Edge::state`]
//! returns the current state, and [`Builder::on_change`] is called with each change.

// | file | content |
// | --- | --- |
// | `builder.rs` | the builder of an edge; `credentials.rs`, what it authenticates with |
// | `setup.rs`, `command.rs` | what the task is made of, and what handles ask of it |
// | `options.rs` | the options and their defaults |
// | `thing.rs`, `property.rs`, `service.rs` | the Things: `Thing` |
// | `handle.rs`, `wait.rs` | `Edge`: the calls of the application, and waiting for a state |
// | `error.rs` | the errors |
// | `state.rs`, `shared.rs` | the state, and what handles and task share |
// | `logged.rs` | logging of the state |
// | `connect.rs` | the start of a connection: key, WebSocket, AUTH |
// | `task.rs` | connects, and reconnects |
// | `session.rs` | one connection: what is received and sent |
// | `answer.rs` | what a platform asks |
// | `relay.rs` | Things whose requests go on to somebody else |
// | `under_way.rs`, `retire.rs` | unanswered requests; Things that are removed after theirs |
// | `store/` | requests that survive a restart, behind the feature `store` |
// | `push.rs`, `synchronise.rs` | pushes: which go out, which are held back |
// | `wanted.rs` | which values of a push the platform has asked for |
// | `blocking.rs` | an edge for programs without an async runtime |

mod answer;
pub mod blocking;
mod builder;
mod command;
mod connect;
mod credentials;
mod error;
mod handle;
mod logged;
mod options;
mod property;
mod push;
mod relay;
mod retire;
mod service;
mod session;
mod setup;
mod shared;
mod state;
#[cfg(feature = "store")]
pub mod store;
mod synchronise;
mod task;
mod thing;
mod under_way;
mod wait;
mod wanted;

pub use alwayson_codec::connection::edge::{End, Reconnect};
pub use builder::{Builder, StartError};
pub use credentials::Credentials;
pub use error::{BindError, BoxError, RequestError, ServiceError, ThingError};
pub use handle::Edge;
pub use options::Options;
pub use property::{Property, PropertyUpdate, PushType, Quality};
pub use service::{Answer, Service};
pub use state::{ConnectionState, Counters, EdgeState, EndReason, StateChange, ThingState};
pub use thing::Thing;
