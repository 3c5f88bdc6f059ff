//! A platform over real sockets, against edges that are made of bytes.

mod peer;
mod replay;
mod serving;

use alwayson::platform::{AfterBind, AppKeys, Builder, Event, MemoryThings, Options, Platform};
use alwayson_codec::connection::platform::Settings;
use tokio::sync::broadcast;

use peer::{KEY, PATIENCE};

/// Options under which the platform says nothing by itself.
pub(crate) fn quiet() -> Options {
    Options { after_bind: AfterBind::NONE, ..Options::default() }
}

pub(crate) fn builder(things: &MemoryThings) -> Builder {
    Platform::builder(AppKeys::default().with_key(KEY), things.clone())
}

pub(crate) async fn platform(things: &MemoryThings, options: Options) -> Platform {
    builder(things).options(options).listen("127.0.0.1:0").await.unwrap()
}

pub(crate) fn settings(change: impl FnOnce(&mut Settings)) -> Options {
    let mut settings = Settings::default();
    change(&mut settings);
    Options { settings, ..quiet() }
}

/// The next event that is meant.
pub(crate) async fn event(
    events: &mut broadcast::Receiver<Event>,
    is_meant: impl Fn(&Event) -> bool,
) -> Event {
    let meant = async {
        loop {
            let event = events.recv().await.unwrap();
            if is_meant(&event) {
                return event;
            }
        }
    };
    tokio::time::timeout(PATIENCE, meant).await.expect("the platform does not tell")
}
