//! A platform for tests, and its events.

use std::time::Duration;

use alwayson::platform::{
    AfterBind, Builder, Event, KnownCredentials, MemoryThings, Options, Platform,
};
use tokio::sync::broadcast::{self, error::RecvError};

use super::peer::{KEY, PATIENCE};

/// Options with which the platform sends nothing by itself.
pub(crate) fn quiet() -> Options {
    Options::default().with_after_bind(AfterBind::NONE)
}

pub(crate) fn builder(things: &MemoryThings) -> Builder {
    Platform::builder(KnownCredentials::default().with_key(KEY), things.clone())
}

pub(crate) async fn platform(things: &MemoryThings, options: Options) -> Platform {
    builder(things).options(options).listen("127.0.0.1:0").await.unwrap()
}

pub(crate) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Waits for the next event that matches.
pub(crate) async fn event(
    events: &mut broadcast::Receiver<Event>,
    is_meant: impl Fn(&Event) -> bool,
) -> Event {
    let meant = async {
        loop {
            match events.recv().await {
                Ok(event) if is_meant(&event) => return event,
                // If there are many events, some are lost.
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, meant).await.expect("the platform does not tell")
}

/// Waits until the platform has no connection any more.
pub(crate) async fn all_ended(platform: &Platform, events: &mut broadcast::Receiver<Event>) {
    while platform.handle().connections() > 0 {
        event(events, |event| matches!(event, Event::Disconnected { .. })).await;
    }
}
