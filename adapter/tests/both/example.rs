//! A test of the edge example.

use std::time::Duration;

use alwayson::edge::Reconnect;
use alwayson::platform::{KnownCredentials, MemoryThings, Platform, Update};

use super::{KEY, edge, plain, soon};

#[path = "../../examples/edge.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod program;

#[tokio::test]
async fn the_example_pushes_and_stops_while_the_platform_is_away() {
    let things = MemoryThings::any();
    let mut updates = things.updates();
    let keys = KnownCredentials::default().with_key(KEY);
    let platform = Platform::builder(keys, things.clone()).listen("127.0.0.1:0").await.unwrap();
    let address = platform.local_addr();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let builder = || edge(plain(address)).thing(program::sensor());
    let connected = soon(program::connect(builder(), false)).await.unwrap();
    let pushing = program::push(connected, stopped, Duration::from_millis(5));
    let pushing = tokio::spawn(pushing);
    let is_pushed = |update: &Update| {
        matches!(update, Update::Property { thing, name, .. }
            if thing == program::NAME && name == "Temperature")
    };
    while !is_pushed(&soon(updates.recv()).await.unwrap()) {}
    soon(platform.shut_down()).await;
    stop.send(()).unwrap();
    soon(pushing).await.unwrap();

    // Without waiting, the first error is returned; with waiting, it is retried.
    let error = soon(program::connect(builder(), false)).await.unwrap_err();
    assert!(error.to_string().contains("no WebSocket"), "{error}");
    let reconnect = Reconnect::default().with_delay_ms(10).with_jitter_ms(0).with_cap_ms(10);
    let waiting = builder().reconnect(reconnect);
    let waiting = tokio::spawn(async move {
        let connected = program::connect(waiting, true).await;
        connected.map_err(|error| error.to_string())
    });
    let keys = KnownCredentials::default().with_key(KEY);
    let _platform = Platform::builder(keys, MemoryThings::any()).listen(address).await.unwrap();
    soon(waiting).await.unwrap().unwrap().leave().await;
}
