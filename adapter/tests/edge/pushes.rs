//! Pushes are queued until the platform has synchronised (section 3).

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use alwayson::edge::{Options, PropertyUpdate, PushType, Quality, RequestError, ThingState};
use alwayson::message::{Request, Response};
use alwayson::value::{Table, Value, ValueExt as _};
use alwayson_codec::{BaseType, Status};
use tokio::time::Instant;

use crate::platform::{Platform, Seen};
use crate::wire::Sockets;
use crate::{SENSOR, bound, builder, seconds, waiting};

pub(crate) const PUSH: &str = "POST Things/SteamSensor1/Services/UpdateSubscribedPropertyValues";
pub(crate) const ASK: &str = "POST Things/SteamSensor1/Services/GetPropertySubscriptions";

pub(crate) fn update(value: f64) -> [PropertyUpdate; 1] {
    [PropertyUpdate::new("Temperature", value)]
}

pub(crate) fn subscriptions() -> Table {
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

pub(crate) fn pushed(request: &Request) -> Vec<Value> {
    let values = request.params.as_ref().unwrap().value("values").unwrap();
    let rows = values.as_table().unwrap().rows();
    rows.map(|row| row.get("value").unwrap().innermost().clone()).collect()
}

/// An older platform: `NotifyPropertyUpdate`.
pub(crate) async fn notify(platform: &mut Platform) {
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
    // From then on they are sent at once.
    let (push, _) = tokio::join!(
        edge.push_properties(SENSOR, update(23.0)),
        platform.answer(PUSH, Response::success()),
    );
    assert_eq!((push, start.elapsed()), (Ok(()), seconds(10)));
}

/// Makes this number of pushes, and returns how many were refused.
async fn held(limit: usize, pushes: usize) -> usize {
    let mut sockets = Sockets::new();
    let limits = Options::default().with_pushes(limit).unwrap();
    let edge = builder(&sockets).options(limits).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    let mut waiting = Vec::new();
    let mut refused = 0;
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
    waiting(&edge).await;
    let failed = edge.try_push_properties(SENSOR, update(22.0)).await;
    assert_eq!((failed, start.elapsed()), (Err(RequestError::NotConnected), seconds(0)));
    // The value is stored anyway: the platform gets it when it synchronises.
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
    for limit in [1, 2, 2_500] {
        let sockets = Sockets::new();
        sockets.is_down.store(true, Ordering::Relaxed);
        let limits = Options::default().with_push_timeout(Duration::from_millis(limit)).unwrap();
        let edge = builder(&sockets).options(limits).start().unwrap();
        let start = Instant::now();
        let failed = edge.push_properties(SENSOR, update(22.0)).await;
        assert_eq!(failed, Err(RequestError::NotConnected));
        assert_eq!(start.elapsed(), Duration::from_millis(limit));
        assert_eq!(edge.counters().pushes_held, 0);
    }
    // Bound, but not synchronised: up to limit - 1, limit, limit + 1.
    for (hold, is_pushed) in [(4_999, true), (5_000, false), (5_001, false)] {
        let mut sockets = Sockets::new();
        let limits = Options::default()
            .with_push_timeout(seconds(5))
            .unwrap()
            .with_hold(Duration::from_millis(hold));
        let edge = builder(&sockets).options(limits).start().unwrap();
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
