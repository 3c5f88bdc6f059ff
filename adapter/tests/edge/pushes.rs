//! Pushes, held back until the platform has synchronised (section 3).

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use alwayson::edge::{
    ConnectionState, Edge, EdgeLimits, PropertyUpdate, PushType, Quality, RequestError, ThingState,
};
use alwayson::message::{Request, Response};
use alwayson::value::{Table, Value};
use alwayson_codec::{BaseType, Status};
use tokio::time::Instant;

use crate::platform::{Platform, Seen};
use crate::wire::Sockets;
use crate::{SENSOR, bound, builder, seconds};

const PUSH: &str = "POST Things/SteamSensor1/Services/UpdateSubscribedPropertyValues";
const ASK: &str = "POST Things/SteamSensor1/Services/GetPropertySubscriptions";

fn update(value: f64) -> [PropertyUpdate; 1] {
    [PropertyUpdate::new("Temperature", value)]
}

fn subscriptions() -> Table {
    let mut table = Table::new([
        ("edgeName", BaseType::STRING),
        ("pushType", BaseType::STRING),
        ("pushThreshold", BaseType::NUMBER),
    ]);
    table.push(["Temperature".into(), "VALUE".into(), 0.5.into()]);
    table.push(["Serial".into(), "NEVER".into(), 0.0.into()]);
    table
}

fn wanted() -> BTreeMap<String, PushType> {
    let temperature = ("Temperature".to_owned(), PushType::Value(0.5));
    BTreeMap::from([temperature, ("Serial".to_owned(), PushType::Never)])
}

fn pushed(request: &Request) -> Vec<Value> {
    let values = request.params.as_ref().unwrap().value("values").unwrap();
    let rows = values.as_table().unwrap().rows();
    rows.map(|row| row.get("value").unwrap().innermost().clone()).collect()
}

/// An older platform: `NotifyPropertyUpdate`.
async fn notify(platform: &mut Platform) {
    let answer = platform.call(SENSOR, "NotifyPropertyUpdate", None).await;
    assert_eq!(answer, Response::success());
    let asked = platform.answer(ASK, Response::of(subscriptions())).await;
    let options = asked.params.unwrap().value("options").cloned().unwrap();
    assert_eq!(options.as_json(), Some(serde_json::json!({ "hasDeadband": true })));
}

#[tokio::test(start_paused = true)]
async fn a_push_waits_until_the_subscriptions_are_there() {
    let (edge, mut platform) = bound().await;
    let mut push = Box::pin(edge.push_properties(SENSOR, update(22.0)));
    assert!(futures_util::poll!(&mut push).is_pending());
    assert!(platform.is_quiet(seconds(5)).await);
    assert_eq!(edge.counters().pushes_held, 1);
    notify(&mut platform).await;
    let request = platform.answer(PUSH, Response::success()).await;
    assert_eq!(pushed(&request), [22.0.into()]);
    assert_eq!(push.await, Ok(()));
    assert_eq!(edge.counters().pushes_held, 0);
    assert_eq!(edge.subscriptions(SENSOR), Some(wanted()));
    let bound = ThingState::Bound { is_synchronized: true };
    assert_eq!(edge.state().borrow().things[SENSOR], bound);
    // The value is that of the property now.
    assert_eq!(edge.stored(SENSOR, "Temperature").unwrap().value, 22.0.into());
}

#[tokio::test(start_paused = true)]
async fn subscriptions_are_asked_for_until_they_are_there() {
    let (edge, mut platform) = bound().await;
    let start = Instant::now();
    platform.call(SENSOR, "NotifyPropertyUpdate", None).await;
    platform.answer(ASK, Response::error(Status::SERVICE_UNAVAILABLE, "restarting")).await;
    platform.answer(ASK, Response::of(subscriptions())).await;
    assert_eq!(start.elapsed(), seconds(5));
    edge.wait_synchronized(SENSOR).await.unwrap();
    assert_eq!(start.elapsed(), seconds(5));
}

#[tokio::test(start_paused = true)]
async fn a_push_waits_until_the_model_state_is_synchronized() {
    let (edge, mut platform) = bound().await;
    let mut push = Box::pin(edge.push_properties(SENSOR, update(22.0)));
    assert!(futures_util::poll!(&mut push).is_pending());
    let mut info = subscriptions();
    info.fields.push(alwayson::value::Field::new("startType", BaseType::STRING));
    let events = Table::new([("edgeName", BaseType::STRING)]);
    let params = Table::of([("propertyInfo", info.into()), ("eventInfo", events.into())]);
    let answer = platform.call(SENSOR, "SynchronizeModelState", Some(params)).await;
    let table = answer.table().unwrap();
    let names: Vec<_> = table.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["name", "value", "time", "quality"]);
    let row = |n: usize| table.row(n).unwrap();
    assert_eq!(row(0).get("name"), Some(&"Serial".into()));
    assert_eq!(row(1).get("name"), Some(&"Temperature".into()));
    assert_eq!(row(1).get("value").and_then(Value::as_f64), Some(22.0));
    assert_eq!(row(1).get("quality"), Some(&"GOOD".into()));
    platform.answer(PUSH, Response::success()).await;
    assert_eq!(push.await, Ok(()));
    assert_eq!(edge.subscriptions(SENSOR), Some(wanted()));
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_never_synchronizes_gets_pushes_all_the_same() {
    let (edge, mut platform) = bound().await;
    let start = Instant::now();
    let (push, _) = tokio::join!(
        edge.push_properties(SENSOR, update(22.0)),
        platform.answer(PUSH, Response::success()),
    );
    assert_eq!((push, start.elapsed()), (Ok(()), seconds(10)));
    // From then on at once.
    let (push, _) = tokio::join!(
        edge.push_properties(SENSOR, update(23.0)),
        platform.answer(PUSH, Response::success()),
    );
    assert_eq!((push, start.elapsed()), (Ok(()), seconds(10)));
}

/// As many pushes as are said, and how many of them are refused.
async fn held(limit: usize, pushes: usize) -> usize {
    let mut sockets = Sockets::new();
    let limits = EdgeLimits { pushes: limit, ..EdgeLimits::default() };
    let edge = builder(&sockets).limits(limits).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    let (mut waiting, mut refused) = (Vec::new(), 0);
    for n in 0..u32::try_from(pushes).unwrap() {
        let mut push = Box::pin(edge.push_properties(SENSOR, update(n.into())));
        match futures_util::poll!(&mut push) {
            std::task::Poll::Pending => waiting.push(push),
            std::task::Poll::Ready(result) => {
                assert_eq!(result, Err(RequestError::TooManyPushes));
                refused += 1;
            }
        }
    }
    notify(&mut platform).await;
    for n in 0..u32::try_from(waiting.len()).unwrap() {
        let request = platform.answer(PUSH, Response::success()).await;
        assert_eq!(pushed(&request), [f64::from(n).into()]);
    }
    for push in waiting {
        assert_eq!(push.await, Ok(()));
    }
    refused
}

#[tokio::test(start_paused = true)]
async fn as_many_pushes_are_held_as_may_and_no_more() {
    for limit in [1, 7, 300] {
        assert_eq!(held(limit, limit - 1).await, 0);
        assert_eq!(held(limit, limit).await, 0);
        assert_eq!(held(limit, limit + 1).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn pushes_are_held_over_a_lost_connection() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    let mut push = Box::pin(edge.push_properties(SENSOR, update(1.0)));
    assert!(futures_util::poll!(&mut push).is_pending());
    assert!(platform.is_quiet(seconds(1)).await);
    assert_eq!(edge.counters().pushes_held, 1);
    platform.close();
    let mut offline = Box::pin(edge.push_properties(SENSOR, update(2.0)));
    assert!(futures_util::poll!(&mut offline).is_pending());
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    notify(&mut platform).await;
    for value in [1.0, 2.0] {
        let request = platform.answer(PUSH, Response::success()).await;
        assert_eq!(pushed(&request), [value.into()]);
    }
    assert_eq!((push.await, offline.await), (Ok(()), Ok(())));
}

#[tokio::test(start_paused = true)]
async fn a_push_has_time_and_quality() {
    let (edge, mut platform) = bound().await;
    notify(&mut platform).await;
    edge.wait_synchronized(SENSOR).await.unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
    let update = PropertyUpdate::new("Temperature", 1.0).at(time).quality(Quality::OutOfRange);
    let (push, request) = tokio::join!(
        edge.push_properties(SENSOR, [update]),
        platform.answer(PUSH, Response::success()),
    );
    assert_eq!(push, Ok(()));
    let params = request.params.unwrap();
    let row = params.value("values").unwrap().as_table().unwrap().row(0).unwrap();
    assert_eq!(row.get("time"), Some(&time.into()));
    assert_eq!(row.get("quality"), Some(&"OUT_OF_RANGE".into()));
    assert!(matches!(row.get("value"), Some(Value::Variant(_))));
}

#[tokio::test(start_paused = true)]
async fn pushes_of_a_removed_thing_come_to_nothing() {
    let (edge, mut platform) = bound().await;
    let mut push = Box::pin(edge.push_properties(SENSOR, update(22.0)));
    assert!(futures_util::poll!(&mut push).is_pending());
    edge.remove(SENSOR).unwrap();
    assert_eq!(push.await, Err(RequestError::UnknownThing));
    let Seen::Unbind(_) = platform.next().await else { panic!("no UNBIND") };
    let unknown = edge.push_properties("Nobody", update(1.0)).await;
    assert_eq!(unknown, Err(RequestError::UnknownThing));
}

#[tokio::test(start_paused = true)]
async fn a_push_that_cannot_go_out_now_fails_at_once_where_that_is_asked_for() {
    let mut sockets = Sockets::new();
    sockets.is_down.store(true, Ordering::Relaxed);
    let edge = builder(&sockets).start().unwrap();
    let start = Instant::now();
    edge.state()
        .wait_for(|state| matches!(state.connection, ConnectionState::Waiting { .. }))
        .await
        .unwrap();
    let failed = edge.try_push_properties(SENSOR, update(22.0)).await;
    assert_eq!((failed, start.elapsed()), (Err(RequestError::NotConnected), seconds(0)));
    // It is kept all the same: a platform that synchronises has it.
    assert_eq!(edge.stored(SENSOR, "Temperature").unwrap().value, 22.0.into());

    sockets.is_down.store(false, Ordering::Relaxed);
    let mut platform = sockets.next().await;
    let Seen::Auth(_) = platform.next().await else { panic!("no AUTH") };
    let failed = edge.try_push_properties(SENSOR, update(22.0)).await;
    assert_eq!(failed, Err(RequestError::NotAuthenticated));
    drop(platform);

    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    let failed = edge.try_push_properties(SENSOR, update(23.0)).await;
    assert_eq!(failed, Err(RequestError::NotSynchronized));
    notify(&mut platform).await;
    edge.wait_synchronized(SENSOR).await.unwrap();
    let (pushed_now, request) = tokio::join!(
        edge.try_push_properties(SENSOR, update(24.0)),
        platform.answer(PUSH, Response::success()),
    );
    assert_eq!((pushed_now, pushed(&request)), (Ok(()), vec![24.0.into()]));
    let unknown = edge.try_push_properties("Nobody", update(1.0)).await;
    assert_eq!(unknown, Err(RequestError::UnknownThing));
}

#[tokio::test(start_paused = true)]
async fn a_push_is_held_back_as_long_as_the_limit_says_and_no_longer() {
    for limit in [0, 1, 2_500] {
        let sockets = Sockets::new();
        sockets.is_down.store(true, Ordering::Relaxed);
        let limits =
            EdgeLimits { push_timeout: Duration::from_millis(limit), ..EdgeLimits::default() };
        let edge = builder(&sockets).limits(limits).start().unwrap();
        let start = Instant::now();
        let failed = edge.push_properties(SENSOR, update(22.0)).await;
        assert_eq!(failed, Err(RequestError::NotConnected));
        assert_eq!(start.elapsed(), Duration::from_millis(limit));
        assert_eq!(edge.counters().pushes_held, 0);
    }
    // Bound, and not synchronised until one before the limit, the limit, one after it.
    for (hold, is_pushed) in [(4_999, true), (5_000, false), (5_001, false)] {
        let mut sockets = Sockets::new();
        let limits = EdgeLimits {
            push_timeout: Duration::from_millis(5_000),
            hold: Duration::from_millis(hold),
            ..EdgeLimits::default()
        };
        let edge = builder(&sockets).limits(limits).start().unwrap();
        let mut platform = sockets.next().await;
        platform.accept().await;
        platform.bind().await;
        edge.wait_bound(SENSOR).await.unwrap();
        let push = edge.push_properties(SENSOR, update(22.0));
        if is_pushed {
            let (push, _) = tokio::join!(push, platform.answer(PUSH, Response::success()));
            assert_eq!(push, Ok(()));
        } else {
            assert_eq!(push.await, Err(RequestError::NotSynchronized));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_of_another_base_type_is_converted_or_refused() {
    let (edge, mut platform) = bound().await;
    notify(&mut platform).await;
    edge.wait_synchronized(SENSOR).await.unwrap();
    let (push, request) = tokio::join!(
        edge.push_properties(SENSOR, [PropertyUpdate::new("Temperature", 22)]),
        platform.answer(PUSH, Response::success()),
    );
    assert_eq!((push, pushed(&request)), (Ok(()), vec![22.0.into()]));
    let updates = [PropertyUpdate::new("Serial", "x"), PropertyUpdate::new("Temperature", "warm")];
    let refused = edge.push_properties(SENSOR, updates).await.unwrap_err();
    assert_eq!(refused.to_string(), "Temperature: expected NUMBER, found STRING");
    assert_eq!(refused.status(), Status::BAD_REQUEST);
    // Nothing of it was kept.
    assert_eq!(edge.stored(SENSOR, "Serial").unwrap().value, "sn-17".into());
}

/// What of these values of the Temperature goes out, pushed one after the other, each
/// with its quality.
async fn sent(
    edge: &Edge,
    platform: &mut Platform,
    values: &[(f64, Quality)],
) -> Vec<(Value, Quality)> {
    let mut sent = Vec::new();
    for (value, quality) in values {
        let update = PropertyUpdate::new("Temperature", *value).quality(*quality);
        let mut push = Box::pin(edge.push_properties(SENSOR, [update]));
        tokio::select! {
            biased;
            request = platform.answer(PUSH, Response::success()) => {
                sent.extend(pushed(&request).into_iter().map(|value| (value, *quality)));
                assert_eq!(push.await, Ok(()));
            }
            push = &mut push => assert_eq!(push, Ok(())),
        }
    }
    sent
}

#[tokio::test(start_paused = true)]
async fn a_push_keeps_to_what_the_platform_has_asked_for() {
    let (edge, mut platform) = bound().await;
    notify(&mut platform).await;
    edge.wait_synchronized(SENSOR).await.unwrap();
    // VALUE with a threshold of 0.5.
    let (good, bad) = (Quality::Good, Quality::Bad);
    let values = [(20.0, good), (20.5, good), (20.6, good), (20.6, bad), (20.2, bad), (20.0, bad)];
    let expected = [(20.0, good), (20.6, good), (20.6, bad), (20.0, bad)];
    let expected: Vec<_> = expected.map(|(value, quality)| (value.into(), quality)).into();
    assert_eq!(sent(&edge, &mut platform, &values).await, expected);
    assert_eq!(edge.counters().values_left_out, 2);
    // NEVER, and one that it has not named; both are kept here, where they are.
    let of = |value| {
        let serial = PropertyUpdate::new("Serial", "sn-18");
        [serial, PropertyUpdate::new("Other", 1.0), PropertyUpdate::new("Temperature", value)]
    };
    let (push, request) = tokio::join!(
        edge.push_properties(SENSOR, of(30.0)),
        platform.answer(PUSH, Response::success()),
    );
    assert_eq!((push, pushed(&request)), (Ok(()), vec![30.0.into()]));
    assert_eq!(edge.stored(SENSOR, "Serial").unwrap().value, "sn-18".into());
    assert_eq!(edge.push_properties(SENSOR, of(30.0)).await, Ok(()));
    assert_eq!(edge.counters().values_left_out, 7);
    // A push that failed has not told the platform anything.
    let refused = Response::new(Status::SERVICE_UNAVAILABLE);
    let (push, _) =
        tokio::join!(edge.push_properties(SENSOR, update(40.0)), platform.answer(PUSH, refused));
    assert!(push.is_err());
    let again = sent(&edge, &mut platform, &[(40.0, good), (40.0, good)]).await;
    assert_eq!(again, [(40.0.into(), good)]);
    // ALWAYS.
    let mut table = Table::new([("edgeName", BaseType::STRING), ("pushType", BaseType::STRING)]);
    table.push(["Temperature".into(), "ALWAYS".into()]);
    let params = Table::of([("propertyInfo", table.into())]);
    platform.call(SENSOR, "SynchronizeModelState", Some(params)).await;
    let always = sent(&edge, &mut platform, &[(40.0, good), (40.0, good)]).await;
    assert_eq!(always.len(), 2);
    // A platform that names no property has not asked for any: it gets all.
    let params = Table::of([("propertyInfo", Table::new([("edgeName", BaseType::STRING)]).into())]);
    platform.call(SENSOR, "SynchronizeModelState", Some(params)).await;
    let all = sent(&edge, &mut platform, &[(40.0, good), (40.0, good)]).await;
    assert_eq!((all.len(), edge.subscriptions(SENSOR)), (2, None));
}

#[tokio::test(start_paused = true)]
async fn after_a_new_connection_the_first_value_goes_out_whatever_went_before() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    for _ in 0..2 {
        let mut platform = sockets.next().await;
        platform.accept().await;
        platform.bind().await;
        edge.wait_bound(SENSOR).await.unwrap();
        notify(&mut platform).await;
        edge.wait_synchronized(SENSOR).await.unwrap();
        let values = [(20.0, Quality::Good), (20.0, Quality::Good)];
        assert_eq!(sent(&edge, &mut platform, &values).await.len(), 1);
        platform.close();
    }
}

#[tokio::test(start_paused = true)]
async fn all_is_pushed_where_that_is_asked_for() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).push_all().start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    notify(&mut platform).await;
    edge.wait_synchronized(SENSOR).await.unwrap();
    let values = [(20.0, Quality::Good), (20.0, Quality::Good)];
    assert_eq!(sent(&edge, &mut platform, &values).await.len(), 2);
    let (push, request) = tokio::join!(
        edge.push_properties(SENSOR, [PropertyUpdate::new("Serial", "sn-18")]),
        platform.answer(PUSH, Response::success()),
    );
    assert_eq!((push, pushed(&request)), (Ok(()), vec!["sn-18".into()]));
    assert_eq!(edge.counters().values_left_out, 0);
}

#[tokio::test(start_paused = true)]
async fn a_platform_without_subscriptions_is_not_asked_for_them_for_ever_and_gets_all() {
    for status in [Status::NOT_FOUND, Status::METHOD_NOT_ALLOWED] {
        let (edge, mut platform) = bound().await;
        platform.call(SENSOR, "NotifyPropertyUpdate", None).await;
        for _ in 0..3 {
            platform.answer(ASK, Response::new(status)).await;
        }
        edge.wait_synchronized(SENSOR).await.unwrap();
        assert!(platform.is_quiet(seconds(40)).await);
        assert_eq!(edge.subscriptions(SENSOR), None);
        let (push, request) = tokio::join!(
            edge.push_properties(SENSOR, [PropertyUpdate::new("Other", 1.0)]),
            platform.answer(PUSH, Response::success()),
        );
        assert_eq!((push, pushed(&request)), (Ok(()), vec![1.0.into()]));
        // A new notification is a new reason to ask.
        platform.call(SENSOR, "NotifyPropertyUpdate", None).await;
        platform.answer(ASK, Response::of(subscriptions())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn subscriptions_that_cannot_be_had_are_asked_for_less_and_less_often() {
    let (_edge, mut platform) = bound().await;
    platform.call(SENSOR, "NotifyPropertyUpdate", None).await;
    let (start, mut times) = (Instant::now(), Vec::new());
    for _ in 0..5 {
        platform.answer(ASK, Response::new(Status::SERVICE_UNAVAILABLE)).await;
        times.push(start.elapsed().as_secs());
    }
    assert_eq!(times, [0, 5, 15, 35, 75]);
}
