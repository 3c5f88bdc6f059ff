//! A platform: it accepts edges, and reads a property of each Thing that they bind.
//!
//! ```sh
//! cargo run -p alwayson --example platform -- 127.0.0.1:8080 &
//! cargo run -- edge --url ws://127.0.0.1:8080 --thing SteamSensor1 --property Temperature=21.5
//! ```
//!
//! It prints when the Thing is bound, its temperature, and what the edge pushes. Ctrl-C ends it.

use std::error::Error;
use std::future::Future;

use alwayson::message::{Request, Response};
use alwayson::platform::{AcceptAnyClaims, Event, MemoryThings, Platform, Update};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let things = things();
    // Accepts any key, which is for tests only. Use `KnownCredentials` to accept certain keys.
    let platform = Platform::builder(AcceptAnyClaims, things.clone()).listen(address).await?;
    println!("ws://{}/Thingworx/WS", platform.local_addr());
    serve(platform, things, tokio::signal::ctrl_c()).await;
    Ok(())
}

/// A Thing that edges may bind, and a service that they may call.
pub(crate) fn things() -> MemoryThings {
    MemoryThings::new().with_thing("SteamSensor1").with_service("Echo", |request| async move {
        Response::of(request.params.unwrap_or_default())
    })
}

/// Prints events until `stop` is ready. Then requests in flight are answered, and the connections
/// are closed.
pub(crate) async fn serve(platform: Platform, things: MemoryThings, stop: impl Future) {
    let mut events = platform.events();
    let mut updates = things.updates();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            _ = &mut stop => break,
            Ok(event) = events.recv() => match event {
                Event::Bound { thing, .. } => {
                    let read = Request::read_property(&thing, "Temperature");
                    match platform.call(read).await {
                        Ok(response) => println!("{thing} is bound; Temperature: {response}"),
                        Err(error) => println!("{thing} is bound; no temperature: {error}"),
                    }
                }
                other => println!("{other:?}"),
            },
            Ok(update) = updates.recv() => if let Update::Property { thing, name, property } = update {
                println!("{thing} {name} = {} ({})", property.value, property.quality);
            },
        }
    }
    platform.shut_down().await;
}
