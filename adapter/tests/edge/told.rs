//! Every change of an edge's states is reported.

use alwayson::edge::{ConnectionState, Reconnect, StateChange, Thing, ThingState};
use alwayson_codec::Status;

use crate::platform::Seen;
use crate::wire::Sockets;
use crate::{SENSOR, builder};

/// Returns a change as a word.
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
    // No time passes: the clock is paused.
    let reconnect = Reconnect::default().with_delay_ms(0).with_jitter_ms(0).with_cap_ms(0);
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

#[tokio::test(start_paused = true)]
async fn an_edge_lives_on_where_what_it_tells_a_step_to_panics() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).on_change(|_| panic!("as it should")).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    platform.close();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
}
