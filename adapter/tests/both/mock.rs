//! A platform in the tests of a device: waiting for pushes, and faults on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use alwayson::edge::Options as EdgeOptions;
use alwayson::edge::{Edge, EdgeState, EndReason, PropertyUpdate, Reconnect, RequestError, Thing};
use alwayson::frame::{Direction, Kind};
use alwayson::message::{Request, Response};
use alwayson::platform::{
    AcceptAnyClaims, Builder, Disconnect, Event, MemoryThings, Options, Platform, Reaction,
};
use alwayson::transport::{AnyTransport, Close, ConnectError, Damage, Damaged, connect};
use alwayson::value::Table;
use alwayson_codec::Status;

use crate::{edge, plain, soon, waiting};

fn platform(things: &MemoryThings) -> Builder {
    Platform::builder(AcceptAnyClaims, things.clone())
}

/// An edge with a pump, which connects again at once.
fn device(platform: &Platform) -> Edge {
    let reconnect = Reconnect::default().with_delay_ms(10).with_jitter_ms(0);
    let builder = edge(plain(platform.local_addr())).thing(Thing::new("Pump"));
    builder.reconnect(reconnect).start().unwrap()
}

/// Why the edge has lost its connection.
async fn lost(edge: &Edge) -> EndReason {
    let (_, reason) = waiting(edge).await;
    reason
}

#[tokio::test]
async fn what_a_device_pushes_is_waited_for_by_its_value() {
    let things = MemoryThings::any();
    let platform = platform(&things).listen("127.0.0.1:0").await.unwrap();
    let device = device(&platform);
    soon(device.wait_bound("Pump")).await.unwrap();
    let is_high = |value: &alwayson::value::Value| value.as_f64() > Some(2.0);
    let pushing = async {
        for pressure in [1.5, 2.5] {
            let update = PropertyUpdate::new("Pressure", pressure);
            device.push_properties("Pump", [update]).await.unwrap();
        }
    };
    let (property, ()) =
        soon(async { tokio::join!(things.wait_property("Pump", "Pressure", is_high), pushing) })
            .await;
    assert_eq!(property.value, 2.5.into());
    // A value that is already there counts.
    soon(things.wait_property("Pump", "Pressure", is_high)).await;
}

#[tokio::test]
async fn a_service_of_one_thing_goes_before_that_of_all() {
    let answer = |text: &'static str| move |_| async move { Response::result(text) };
    let things = MemoryThings::any()
        .with_service("Name", answer("any"))
        .with_service_of("Pump", "Name", answer("the pump"))
        .with_service_of("Pump", "Own", answer("its own"));
    let platform = platform(&things).listen("127.0.0.1:0").await.unwrap();
    let device = device(&platform);
    soon(device.wait_bound("Pump")).await.unwrap();
    let call = |thing, service| device.invoke_service(thing, service, Table::default());
    for (thing, service, expected) in
        [("Pump", "Name", "the pump"), ("Valve", "Name", "any"), ("Pump", "Own", "its own")]
    {
        let answered = soon(call(thing, service)).await.unwrap();
        assert_eq!(answered.value(), Some(&expected.into()), "{thing} {service}");
    }
    let refused = soon(call("Valve", "Own")).await.unwrap_err();
    assert_eq!(refused.status(), Status::NOT_FOUND);
}

#[tokio::test]
async fn requests_are_answered_late_refused_or_not_at_all() {
    let things = MemoryThings::any().with_service("Any", |_| async { Response::success() });
    let longest = Duration::from_millis(u32::MAX.into());
    let options = Options::default().with_answer_timeout(longest).unwrap();
    let platform = platform(&things).options(options).listen("127.0.0.1:0").await.unwrap();
    let options = EdgeOptions::default().with_request_timeout(Duration::from_millis(200)).unwrap();
    let builder = edge(plain(platform.local_addr())).thing(Thing::new("Pump"));
    let device = soon(builder.options(options).connect()).await.unwrap();
    soon(device.wait_bound("Pump")).await.unwrap();
    let call = || device.invoke_service("Pump", "Any", Table::default());

    things.before_request(|request| match request.name.as_str() {
        "Any" => Reaction::Refuse(Status::SERVICE_UNAVAILABLE, "is in maintenance"),
        _ => Reaction::Proceed,
    });
    let reason = Some("is in maintenance".to_owned());
    let refused = RequestError::Refused { status: Status::SERVICE_UNAVAILABLE, reason };
    assert_eq!(soon(call()).await, Err(refused));

    things.before_request(|_| Reaction::Never);
    assert_eq!(soon(call()).await, Err(RequestError::Timeout));

    // The first waits for longer than the edge does, the second not at all.
    let asked = AtomicU32::new(0);
    things.before_request(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Reaction::After(Duration::from_millis(400)),
        _ => Reaction::Proceed,
    });
    assert_eq!(soon(call()).await, Err(RequestError::Timeout));
    soon(call()).await.unwrap();
}

#[tokio::test]
async fn a_bind_is_refused_and_taken_when_it_comes_again() {
    let things = MemoryThings::any();
    let refused = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&refused);
    things.before_bind(move |bind| match bind.names {
        [name] if name == "Pump" && counted.fetch_add(1, Ordering::Relaxed) == 0 => {
            Reaction::Refuse(Status::CONFLICT, "is bound elsewhere")
        }
        _ => Reaction::After(Duration::from_millis(1)),
    });
    let builder = platform(&things);
    let mut events = builder.events();
    let platform = builder.listen("127.0.0.1:0").await.unwrap();
    let options = EdgeOptions::default().with_rebind_delay(Duration::from_millis(10)).unwrap();
    let builder = edge(plain(platform.local_addr())).thing(Thing::new("Pump"));
    let _device = builder.options(options).start().unwrap();
    let connection = soon(platform.handle().wait_bound("Pump")).await;
    assert_eq!(refused.load(Ordering::Relaxed), 2);
    // All events are reported, from the first on.
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        told.push(event);
    }
    assert!(matches!(told[0], Event::Connected { connection: of, .. } if of == connection));
    let reason = "Pump is bound elsewhere".to_owned();
    assert!(told.contains(&Event::BindRefused { connection, reason }), "{told:?}");
}

#[tokio::test]
async fn a_bind_that_is_never_answered_is_not_bound() {
    let things = MemoryThings::any();
    things.before_bind(|_| Reaction::Never);
    let platform = platform(&things).listen("127.0.0.1:0").await.unwrap();
    let options = EdgeOptions::default()
        .with_request_timeout(Duration::from_millis(50))
        .unwrap()
        .with_rebind_delay(Duration::from_secs(60))
        .unwrap();
    let builder = edge(plain(platform.local_addr())).thing(Thing::new("Pump"));
    let device = builder.options(options).start().unwrap();
    let is_refused = |state: &EdgeState| {
        let refused = |status| alwayson::edge::ThingState::Refused { status, reason: None };
        state.things["Pump"] == refused(Status::GATEWAY_TIMEOUT)
    };
    soon(device.state().wait_for(is_refused)).await.unwrap();
    assert_eq!(platform.handle().holder("Pump"), None);
}

#[tokio::test]
async fn a_connection_is_ended_by_a_close_with_a_reason_or_without_one() {
    let things = MemoryThings::any();
    let platform = platform(&things).listen("127.0.0.1:0").await.unwrap();
    let device = device(&platform);
    let handle = platform.handle();
    let connection = soon(handle.wait_bound("Pump")).await;
    // Requests waiting for an answer on it end, too.
    let call = tokio::spawn({
        let handle = handle.clone();
        async move { handle.call(Request::read_property("Pump", "none")).await }
    });
    soon(call).await.unwrap().unwrap();
    assert!(handle.disconnect(connection, Close::new(1008, "application key expired")));
    let reason = lost(&device).await;
    assert_eq!(
        reason.to_string(),
        "the platform closed the connection: 1008, application key expired"
    );

    let connection = soon(handle.wait_bound("Pump")).await;
    assert!(handle.disconnect(connection, Disconnect::Abort));
    let EndReason::Disconnected { ending, .. } = lost(&device).await else { panic!() };
    assert!(!ending.is_orderly(), "{ending}");
    assert_eq!(ending.close, None);

    let again = soon(handle.wait_bound("Pump")).await;
    assert_ne!(again, connection);
    assert!(!handle.disconnect(connection, 1000));
}

/// An edge whose frames are damaged so.
fn damaged(
    platform: &Platform,
    damage: impl Fn(Direction, Kind<'_>) -> Damage + Clone + Send + Sync + 'static,
) -> alwayson::edge::Builder {
    let options = plain(platform.local_addr());
    let connector = move || {
        let options = options.clone();
        let damage = damage.clone();
        async move {
            let transport = connect(&options, None).await?;
            let damaged = Damaged::new(transport, move |frame| damage(frame.direction, frame.kind));
            Ok::<_, ConnectError>(Box::new(damaged) as AnyTransport)
        }
    };
    let key =
        || async { Ok::<_, std::convert::Infallible>(alwayson::edge::Credentials::app_key("key")) };
    Edge::builder_over(connector).credentials(key).thing(Thing::new("Pump"))
}

#[tokio::test]
async fn what_passes_is_lost_doubled_late_or_garbage_and_the_connection_is_cut() {
    let things = MemoryThings::any().with_service("Any", |_| async { Response::success() });
    let platform = platform(&things).listen("127.0.0.1:0").await.unwrap();
    let fault = Arc::new(AtomicU32::new(0));
    let set = Arc::clone(&fault);
    let builder = damaged(&platform, move |direction, kind| {
        match (set.load(Ordering::Relaxed), direction, kind) {
            (1, Direction::Received, Kind::Message(_)) => Damage::Lose,
            (2, Direction::Received, Kind::Message(_)) => Damage::Repeat,
            (3, _, Kind::Message(_)) => Damage::Delay(Duration::from_millis(1)),
            (4, Direction::Received, Kind::Message(bytes)) => Damage::truncate(bytes, 16),
            (5, Direction::Sent, Kind::Message(_)) => Damage::Cut,
            _ => Damage::None,
        }
    });
    let options = EdgeOptions::default().with_request_timeout(Duration::from_millis(300)).unwrap();
    let device = soon(builder.options(options).connect()).await.unwrap();
    soon(device.wait_bound("Pump")).await.unwrap();
    let call = || device.invoke_service("Pump", "Any", Table::default());
    fault.store(1, Ordering::Relaxed);
    assert_eq!(soon(call()).await, Err(RequestError::Timeout));
    fault.store(2, Ordering::Relaxed);
    soon(call()).await.unwrap();
    fault.store(3, Ordering::Relaxed);
    soon(call()).await.unwrap();
    fault.store(4, Ordering::Relaxed);
    assert_eq!(soon(call()).await, Err(RequestError::Unreadable));
    let mut dropped = device.counters().protocol.responses_dropped;
    fault.store(0, Ordering::Relaxed);
    soon(call()).await.unwrap();
    dropped = dropped.max(device.counters().protocol.responses_dropped);
    assert_eq!(dropped, 1, "the doubled answer");
    fault.store(5, Ordering::Relaxed);
    assert_eq!(soon(call()).await, Err(RequestError::ConnectionEnded));
    let EndReason::Disconnected { ending, .. } = lost(&device).await else { panic!() };
    assert_eq!(ending, alwayson::transport::Ending::cut());
}

#[tokio::test]
async fn a_platform_whose_pongs_are_lost_is_left() {
    let things = MemoryThings::any();
    let platform = platform(&things).listen("127.0.0.1:0").await.unwrap();
    let builder = damaged(&platform, |_, kind| match kind {
        Kind::Pong => Damage::Lose,
        _ => Damage::None,
    });
    let options = EdgeOptions::default()
        .with_ping_interval(Duration::from_millis(50))
        .unwrap()
        .with_pong_timeout(Duration::from_millis(50))
        .unwrap();
    let device = builder.options(options).start().unwrap();
    let reason = lost(&device).await;
    assert!(reason.to_string().starts_with("the platform does not answer pings: "), "{reason}");
}
