//! A sensor: it connects to a platform, pushes its temperature every second, and leaves
//! at Ctrl-C, also while the platform is away.
//!
//! ```sh
//! cargo run -- platform &
//! cargo run -p alwayson --example edge -- ws://127.0.0.1:8080
//! ```
//!
//! With `--wait` after the URL it waits for a platform that is not there yet.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use alwayson::edge::{Builder, Credentials, Edge, Property, PropertyUpdate, ServiceError, Thing};
use tokio::time::{MissedTickBehavior, interval};
use tracing_subscriber::EnvFilter;

pub(crate) const NAME: &str = "SteamSensor1";

/// What the edge has.
pub(crate) fn sensor() -> Thing {
    let limit = Property::new("Limit", 120.0).on_write(|value| async move {
        match value.as_f64() {
            Some(degrees) if degrees <= 150.0 => {
                println!("the limit is {degrees} now");
                Ok(())
            }
            _ => Err(ServiceError::bad_request("the limit is at most 150")),
        }
    });
    Thing::new(NAME).property("Temperature", 21.5).define(limit)
}

/// Connects. Either edge connects again when a connection ends later.
pub(crate) async fn connect(builder: Builder, waits: bool) -> Result<Edge, Box<dyn Error>> {
    if waits {
        // Tries again and again; why it fails is logged.
        let edge = builder.connect_retrying().await?;
        edge.wait_bound(NAME).await?;
        return Ok(edge);
    }
    // Returns the first error: a wrong URL, a key or a name that is refused.
    let edge = builder.connect().await?;
    edge.try_wait_bound(NAME).await?;
    Ok(edge)
}

/// Pushes until `stop` is there. A push fails at once while the platform is away: the
/// value is kept, and the platform asks for it when it is back.
pub(crate) async fn push(edge: Edge, stop: impl Future, every: Duration) {
    let (mut ticks, mut temperature) = (interval(every), 21.5);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            _ = &mut stop => break,
            _ = ticks.tick() => {
                temperature += 0.1;
                let update = PropertyUpdate::new("Temperature", temperature);
                // No longer than an answer takes, 10 s; `stop` is seen all the same.
                let pushed = tokio::select! {
                    pushed = edge.try_push_properties(NAME, [update]) => pushed,
                    _ = &mut stop => break,
                };
                match pushed {
                    Ok(()) => println!("{temperature:.1}"),
                    Err(error) => println!("{temperature:.1} is not pushed: {error}"),
                }
            }
        }
    }
    edge.leave().await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap_or_else(|| "ws://127.0.0.1:8080".to_owned());
    let waits = args.next().is_some_and(|arg| arg == "--wait");
    let builder = Edge::builder(&url)?
        // Asked at each connect, and kept nowhere.
        .credentials(|| async {
            let key = std::env::var("APP_KEY").unwrap_or_else(|_| "any key".to_owned());
            Ok::<_, std::convert::Infallible>(Credentials::app_key(key))
        })
        .thing(sensor());
    let edge = connect(builder, waits).await?;
    push(edge, tokio::signal::ctrl_c(), Duration::from_secs(1)).await;
    Ok(())
}
