//! Things that are added, removed and refused.

use alwayson::edge::{BindError, RequestError, Thing, ThingError, ThingState};
use alwayson::message::Response;
use alwayson::value::ValueExt as _;
use alwayson_codec::Status;
use tokio::time::Instant;

use crate::platform::Seen;
use crate::wire::Sockets;
use crate::{SENSOR, bare, bound, builder, seconds, sensor};

#[tokio::test(start_paused = true)]
async fn a_refused_name_is_told_with_its_reason_and_tried_again() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.refuse_bind(Status::CONFLICT, SENSOR, "is bound elsewhere").await;
    let start = Instant::now();
    let mut state = edge.state();
    let refused = ThingState::Refused {
        status: Status::CONFLICT,
        reason: Some(format!("{SENSOR} is bound elsewhere")),
    };
    state.wait_for(|state| state.things[SENSOR] == refused).await.unwrap();
    assert_eq!(platform.bind().await, [SENSOR]);
    assert_eq!(start.elapsed(), seconds(15));
    edge.wait_bound(SENSOR).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_for_a_refused_name_is_told_the_reason() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    let refusing = platform.refuse_bind(Status::CONFLICT, SENSOR, "is bound elsewhere");
    let (waited, ()) = tokio::join!(edge.try_wait_bound(SENSOR), refusing);
    let reason = Some(format!("{SENSOR} is bound elsewhere"));
    assert_eq!(waited, Err(BindError::Refused { status: Status::CONFLICT, reason }));
    // The edge retries it anyway.
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
    assert_eq!(edge.try_wait_bound(SENSOR).await, Ok(()));
    let unknown = edge.try_wait_bound("Nobody").await;
    assert_eq!(unknown, Err(BindError::Thing(ThingError::Unknown)));
}

#[tokio::test(start_paused = true)]
async fn a_bind_without_an_answer_is_refused_by_a_timeout() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    let Seen::Bind(_) = platform.next().await else { panic!("no BIND") };
    let mut state = edge.state();
    state.wait_for(|state| state.things[SENSOR] == ThingState::Binding).await.unwrap();
    let refused = ThingState::Refused { status: Status::GATEWAY_TIMEOUT, reason: None };
    state.wait_for(|state| state.things[SENSOR] == refused).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn things_are_added_and_removed_at_any_time() {
    let (edge, mut platform) = bound().await;
    edge.add(Thing::new("Pump")).await.unwrap();
    assert_eq!(platform.bind().await, ["Pump"]);
    edge.wait_bound("Pump").await.unwrap();
    assert_eq!(edge.add(Thing::new("Pump")).await, Err(ThingError::Double));
    assert_eq!(edge.add(Thing::new("x".repeat(9000))).await, Err(ThingError::NameTooLong));

    edge.remove("Pump").unwrap();
    let Seen::Unbind(names) = platform.next().await else { panic!("no UNBIND") };
    assert_eq!(names, ["Pump"]);
    assert_eq!(edge.remove("Pump"), Err(ThingError::Unknown));
    assert_eq!(edge.wait_bound("Pump").await, Err(ThingError::Unknown));
}

#[tokio::test(start_paused = true)]
async fn a_removed_thing_is_gone_once_it_is_unbound() {
    let (edge, mut platform) = bound().await;
    edge.remove(SENSOR).unwrap();
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.state().wait_for(|state| state.things.is_empty()).await.unwrap();
    assert_eq!(edge.remove(SENSOR), Err(ThingError::Unknown));
    // It can be added again.
    edge.add(sensor()).await.unwrap();
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_thing_that_is_removed_meanwhile_is_told() {
    let (edge, mut platform) = bound().await;
    edge.unbind(SENSOR).unwrap();
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.state().wait_for(|state| state.things[SENSOR] == ThingState::Unbound).await.unwrap();
    let waiting = tokio::spawn({
        let edge = edge.clone();
        async move { tokio::join!(edge.wait_bound(SENSOR), edge.wait_synchronized(SENSOR)) }
    });
    tokio::task::yield_now().await;
    edge.remove(SENSOR).unwrap();
    let unknown = Err(ThingError::Unknown);
    assert_eq!(waiting.await.unwrap(), (unknown, unknown));
}

#[tokio::test(start_paused = true)]
async fn a_thing_is_unbound_and_bound_again() {
    let (edge, mut platform) = bound().await;
    edge.unbind(SENSOR).unwrap();
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.state().wait_for(|state| state.things[SENSOR] == ThingState::Unbound).await.unwrap();
    assert!(platform.is_quiet(seconds(30)).await);
    edge.bind(SENSOR).unwrap();
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_identifier_is_bound_and_asked_by_it() {
    let mut sockets = Sockets::new();
    let thing = Thing::new("Pump").identifier("sn-17").property("Pressure", 2.5);
    let edge = bare(&sockets).thing(thing).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    assert_eq!(platform.bind().await, ["*sn-17"]);
    edge.wait_bound("Pump").await.unwrap();
    edge.wait_bound("*sn-17").await.unwrap();
    let metadata = platform.call("*sn-17", "GetMetadata", None).await;
    assert_eq!(metadata.value().unwrap().as_json().unwrap()["name"], "Pump");
    let reading = tokio::spawn(async move { edge.read_property("Pump", "Pressure").await });
    let nothing = Response::new(Status::SUCCESS);
    platform.answer("GET Things/*sn-17/Properties/Pressure", nothing).await;
    assert_eq!(reading.await.unwrap(), Err(RequestError::Unexpected));
}

#[tokio::test(start_paused = true)]
async fn a_gateway_is_named_with_its_type_and_answers_for_itself() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).gateway("Gateway1", "EMSGateway").start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    assert_eq!(platform.bind().await, [SENSOR]);
    let gateway = Some(("Gateway1".to_owned(), "EMSGateway".to_owned()));
    assert_eq!(platform.gateway, gateway);
    edge.wait_bound(SENSOR).await.unwrap();
    let metadata = platform.call(SENSOR, "GetMetadata", None).await;
    assert_eq!(metadata.status, Status::SUCCESS);
}
