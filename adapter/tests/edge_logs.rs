//! The log of an edge's states. A separate test program, because the logger is global.

#[path = "edge/platform.rs"]
#[expect(dead_code, reason = "the tests of the edge use the rest")]
mod platform;
#[path = "edge/wire.rs"]
#[allow(dead_code, reason = "the tests of the edge use the rest")]
mod wire;

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::edge::{ConnectionState, Credentials, Edge, Reconnect, Thing};
use alwayson_codec::Status;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};

use wire::Sockets;

const SENSOR: &str = "SteamSensor1";

/// The lines that are logged at a level up to this, less those of debugging.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<String>>>);

struct Line<'t>(&'t mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        }
        .unwrap();
    }
}

impl Subscriber for Logged {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("alwayson") && *metadata.level() <= Level::INFO
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = event.metadata().level().to_string();
        event.record(&mut Line(&mut line));
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Logged {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn who_reads_warnings_learns_why_there_is_no_connection_and_when_the_next_try_is() {
    let logged = Logged::default();
    let _logging = tracing::subscriber::set_default(logged.clone());
    let mut sockets = Sockets::new();
    sockets.is_down.store(true, Ordering::Relaxed);
    let edge = Edge::builder_over(sockets.connector())
        .credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key("key")) })
        .reconnect(Reconnect::default().with_jitter_ms(0))
        .thing(Thing::new(SENSOR))
        .start()
        .unwrap();
    let mut state = edge.state();
    let is_waiting = |state: &alwayson::edge::EdgeState| {
        matches!(state.connection, ConnectionState::Waiting { .. })
    };
    state.wait_for(is_waiting).await.unwrap();
    let cause = "no WebSocket: connection refused";
    let warned = format!("WARN cannot connect: {cause}; the next try is in 5 s");
    assert_eq!(logged.take(), [warned]);
    // The same cause does not warn twice.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let again = format!("INFO still cannot connect: {cause}; the next try is in 10 s");
    assert_eq!(logged.take(), [again]);

    sockets.is_down.store(false, Ordering::Relaxed);
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.refuse_bind(Status::CONFLICT, SENSOR, "is bound elsewhere").await;
    platform.refuse_bind(Status::CONFLICT, SENSOR, "is bound elsewhere").await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    let refused = format!("CONFLICT: {SENSOR} is bound elsewhere");
    let expected = [
        "INFO authenticated session=77".to_owned(),
        format!(
            "WARN the platform refuses to bind it, {refused}; it is tried again thing=\"{SENSOR}\""
        ),
        format!("INFO still refused, {refused} thing=\"{SENSOR}\""),
        format!("INFO bound thing=\"{SENSOR}\""),
    ];
    assert_eq!(logged.take(), expected);

    // Lost, and the platform is gone: another cause.
    sockets.is_down.store(true, Ordering::Relaxed);
    drop(platform);
    state.wait_for(is_waiting).await.unwrap();
    let lost = logged.take();
    assert!(lost[0].starts_with("INFO the connection is lost: the connection"), "{lost:?}");
    tokio::time::sleep(Duration::from_secs(6)).await;
    let warned = logged.take();
    assert!(warned[0].starts_with(&format!("WARN cannot connect: {cause}")), "{warned:?}");
    edge.leave().await;
    assert_eq!(logged.take(), ["INFO the edge has left"]);
}
