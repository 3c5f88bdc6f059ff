//! The example of an edge is one that works.

use std::time::Duration;

use alwayson::platform::{AppKeys, MemoryThings, Platform, Update};

use super::{KEY, edge, plain, soon};

#[path = "../../examples/edge.rs"]
#[allow(dead_code, reason = "its `main` is not called here")]
mod program;

#[tokio::test]
async fn the_example_pushes_and_stops_while_the_platform_is_away() {
    let things = MemoryThings::any();
    let mut updates = things.updates();
    let keys = AppKeys::default().with_key(KEY);
    let platform = Platform::builder(keys, things.clone()).listen("127.0.0.1:0").await.unwrap();
    let address = platform.local_addr();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let builder = edge(plain(address)).thing(program::sensor());
    let running = tokio::spawn(async move {
        let ended = program::run(builder, stopped, Duration::from_millis(5)).await;
        ended.map_err(|error| error.to_string())
    });
    let is_pushed = |update: &Update| {
        matches!(update, Update::Property { thing, name, .. }
            if thing == program::NAME && name == "Temperature")
    };
    while !is_pushed(&soon(updates.recv()).await.unwrap()) {}
    soon(platform.shut_down()).await;
    stop.send(()).unwrap();
    assert_eq!(soon(running).await.unwrap(), Ok(()));

    // The first error is returned.
    let builder = edge(plain(address)).thing(program::sensor());
    let never = std::future::pending::<()>();
    let error = program::run(builder, never, Duration::from_millis(5)).await.unwrap_err();
    assert!(error.to_string().contains("no WebSocket"), "{error}");
}
