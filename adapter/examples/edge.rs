//! A sensor: it connects to a platform, pushes its temperature every second, and leaves on
//! Ctrl-C, even if the platform is unreachable. With `--wait` after the URL, it waits for a
//! platform that is not running yet. It prints each temperature.
//!
//! ```sh
//! cargo run -- platform &
//! cargo run -p alwayson --example edge -- ws://127.0.0.1:8080
//! ```

use std::error::Error;
use std::time::Duration;

use alwayson::edge::{Builder, Credentials, Edge, Property, PropertyUpdate, ServiceError, Thing};
use tokio::time::sleep;

pub(crate) const NAME: &str = "SteamSensor1";

/// The Thing of the edge, with its properties.
pub(crate) fn sensor() -> Thing {
    let limit = Property::new("Limit", 120.0).on_write(|value| async move {
        let too_high = || ServiceError::bad_request("the limit is at most 150");
        let degrees = value.as_f64().filter(|degrees| *degrees <= 150.0).ok_or_else(too_high)?;
        println!("the limit is {degrees} now");
        Ok(())
    });
    Thing::new(NAME).property("Temperature", 21.5).define(limit)
}

/// Connects. With `waits`, retries until there is a connection; otherwise returns the first
/// error, such as a wrong URL, key or name. An edge that was connected reconnects by itself.
pub(crate) async fn connect(builder: Builder, waits: bool) -> Result<Edge, Box<dyn Error>> {
    let edge = if waits { builder.connect_retrying().await? } else { builder.connect().await? };
    if waits {
        edge.wait_bound(NAME).await?;
    } else {
        edge.try_wait_bound(NAME).await?;
    }
    Ok(edge)
}

/// Pushes until `stop` is ready. While there is no connection, a push fails at once: the edge
/// keeps the value, and the platform requests it when the edge is connected again.
pub(crate) async fn push(edge: Edge, stop: impl Future, every: Duration) {
    let pushes = async {
        let mut temperature = 21.5;
        loop {
            sleep(every).await;
            temperature += 0.1;
            let update = PropertyUpdate::new("Temperature", temperature);
            match edge.try_push_properties(NAME, [update]).await {
                Ok(()) => println!("{temperature:.1}"),
                Err(error) => println!("{temperature:.1} is not pushed: {error}"),
            }
        }
    };
    tokio::select! {
        () = pushes => {}
        _ = stop => {}
    }
    edge.leave().await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap_or_else(|| "ws://127.0.0.1:8080".to_owned());
    let waits = args.next().is_some_and(|arg| arg == "--wait");
    let builder = Edge::builder(&url)?
        // Called for each connection. The key is not kept.
        .credentials(|| async {
            let key = std::env::var("APP_KEY").unwrap_or_else(|_| "any key".to_owned());
            Ok::<_, std::convert::Infallible>(Credentials::app_key(key))
        })
        .thing(sensor());
    let edge = connect(builder, waits).await?;
    push(edge, tokio::signal::ctrl_c(), Duration::from_secs(1)).await;
    Ok(())
}
