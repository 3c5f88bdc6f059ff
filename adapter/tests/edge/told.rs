//! What an edge tells and logs of its states.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use alwayson::edge::{ConnectionState, Reconnect, StateChange, Thing, ThingState};
use alwayson_codec::Status;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Metadata, Subscriber};

use crate::platform::Seen;
use crate::wire::Sockets;
use crate::{SENSOR, builder, seconds};

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
    let edge = builder(&sockets).start().unwrap();
    let mut state = edge.state();
    let is_waiting = |state: &alwayson::edge::EdgeState| {
        matches!(state.connection, ConnectionState::Waiting { .. })
    };
    state.wait_for(is_waiting).await.unwrap();
    let cause = "no WebSocket: connection refused";
    let warned = format!("WARN there is no connection: {cause}; the next try is in 5 s");
    assert_eq!(logged.take(), [warned]);
    // The same cause is no second warning.
    tokio::time::sleep(seconds(10)).await;
    let again = format!("INFO there is still no connection: {cause}; the next try is in 10 s");
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
    tokio::time::sleep(seconds(6)).await;
    let warned = logged.take();
    assert!(warned[0].starts_with(&format!("WARN there is no connection: {cause}")), "{warned:?}");
    edge.leave().await;
    assert_eq!(logged.take(), ["INFO the edge has left"]);
}

/// A step, in a word.
fn word(change: &StateChange) -> String {
    match change {
        StateChange::Connection(state) => match state {
            ConnectionState::Connecting => "connecting".to_owned(),
            ConnectionState::Authenticating => "authenticating".to_owned(),
            ConnectionState::Authenticated { session, .. } => format!("session {session}"),
            ConnectionState::Waiting { .. } => "waiting".to_owned(),
            ConnectionState::Leaving => "leaving".to_owned(),
            ConnectionState::Ended { .. } => "ended".to_owned(),
            other => panic!("{other:?}"),
        },
        StateChange::Thing { name, state } => match state {
            ThingState::Bound { is_synchronized: true } => format!("{name} synchronized"),
            ThingState::Refused { status, .. } => format!("{name} {status}"),
            other => format!("{name} {}", format!("{other:?}").split(' ').next().unwrap()),
        },
        StateChange::Removed { name } => format!("{name} removed"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn each_step_is_told_in_its_order_also_one_that_passes_at_once() {
    let mut sockets = Sockets::new();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    // All in one moment: the clock stands still.
    let reconnect = Reconnect { delay_ms: 0, jitter_ms: 0, cap_ms: 0, ..Reconnect::default() };
    let edge = builder(&sockets)
        .reconnect(reconnect)
        .on_change(move |change| tell.send(word(change)).unwrap())
        .start()
        .unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    platform.call(SENSOR, "SynchronizeModelState", None).await;
    edge.wait_synchronized(SENSOR).await.unwrap();
    edge.add(Thing::new("Pump")).await.unwrap();
    platform.refuse_bind(Status::NOT_FOUND, "Pump", "is unknown").await;
    let _ = edge.try_wait_bound("Pump").await;
    edge.remove("Pump").unwrap();
    let is_gone = |state: &alwayson::edge::EdgeState| !state.things.contains_key("Pump");
    edge.state().wait_for(is_gone).await.unwrap();
    platform.close();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    let leaving = tokio::spawn(async move { edge.leave().await });
    platform.bind().await;
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    platform.close();
    leaving.await.unwrap();
    let mut steps = Vec::new();
    while let Ok(step) = told.try_recv() {
        steps.push(step);
    }
    let expected = [
        "SteamSensor1 Unbound",
        "connecting",
        "authenticating",
        "session 77",
        "SteamSensor1 Binding",
        "SteamSensor1 Bound",
        "SteamSensor1 synchronized",
        "Pump Unbound",
        "Pump Binding",
        "Pump NOT_FOUND",
        "Pump removed",
        "SteamSensor1 Unbound",
        "waiting",
        "connecting",
        "authenticating",
        "session 77",
        "SteamSensor1 Binding",
        "SteamSensor1 Bound",
        "leaving",
        "SteamSensor1 Unbinding",
        "SteamSensor1 Unbound",
        "ended",
    ];
    assert_eq!(steps, expected);
}
