//! An edge against a platform that does what each test says: the platform's
//! machine of the codec, over channels, with a paused clock.

mod answers;
mod blocking;
mod content;
mod ends;
mod faults;
mod life;
mod names;
mod options;
mod platform;
mod properties;
mod pushes;
#[path = "../ranges/mod.rs"]
mod ranges;
mod refused;
mod requests;
mod secrets;
mod sockets;
mod told;
mod wanted;
mod wire;

use std::time::Duration;

use alwayson::edge::{
    Builder, ConnectionState, Credentials, Edge, EdgeState, EndReason, Property, PushType,
    Reconnect, Service, ServiceError, Thing,
};
use alwayson::value::Value;
use alwayson_codec::BaseType;
use wire::Sockets;

/// The Thing of most tests.
const SENSOR: &str = "SteamSensor1";
/// The key; tests search for it where it must not appear.
const KEY: &str = "k3y-0f-th3-t3st";

fn sensor() -> Thing {
    let temperature = Property::new("Temperature", 21.5).push(PushType::Value(0.5));
    let add = Service::new("AddNumbers", |params| async move {
        let number = |name: &str| {
            let value = params.value(name).and_then(Value::as_f64);
            value.ok_or_else(|| ServiceError::bad_request(format!("{name} is no number")))
        };
        Ok(number("a")? + number("b")?)
    });
    let add = add.input("a", BaseType::NUMBER).input("b", BaseType::NUMBER);
    Thing::new(SENSOR)
        .define(temperature)
        .define(Property::new("Serial", "sn-17").read_only())
        .provide(add.output(BaseType::NUMBER))
        .event("Overheated")
}

/// An edge with that Thing, which connects to these sockets.
fn builder(sockets: &Sockets) -> Builder {
    bare(sockets).thing(sensor())
}

/// An edge without Things.
fn bare(sockets: &Sockets) -> Builder {
    Edge::builder_over(sockets.connector())
        .credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key(KEY)) })
        .reconnect(Reconnect::default().with_jitter_ms(0))
}

/// An edge whose Thing is bound, and its platform.
async fn bound() -> (Edge, platform::Platform) {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
    (edge, platform)
}

/// Waits until the edge waits to reconnect, and returns the reason.
async fn waiting(edge: &Edge) -> EndReason {
    let is_waiting =
        |state: &EdgeState| matches!(state.connection, ConnectionState::Waiting { .. });
    let mut state = edge.state();
    let state = state.wait_for(is_waiting).await.unwrap().clone();
    let ConnectionState::Waiting { reason, .. } = state.connection else { unreachable!() };
    reason
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
