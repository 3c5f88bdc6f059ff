//! Pushes are limited to what the platform has subscribed to (section 3).

use alwayson::edge::{Edge, PropertyUpdate, Quality};
use alwayson::message::Response;
use alwayson::value::{Table, Value};
use alwayson_codec::{BaseType, Status};
use tokio::time::Instant;

use crate::platform::Platform;
use crate::pushes::{ASK, PUSH, notify, pushed, subscriptions, update};
use crate::wire::Sockets;
use crate::{SENSOR, bound, builder, seconds};

/// Pushes these values of Temperature, each with its quality, and returns those that are sent.
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
    let good = Quality::Good;
    let bad = Quality::Bad;
    let values = [(20.0, good), (20.5, good), (20.6, good), (20.6, bad), (20.2, bad), (20.0, bad)];
    let expected = [(20.0, good), (20.6, good), (20.6, bad), (20.0, bad)];
    let expected: Vec<_> = expected.map(|(value, quality)| (value.into(), quality)).into();
    assert_eq!(sent(&edge, &mut platform, &values).await, expected);
    assert_eq!(edge.counters().values_left_out, 2);
    // NEVER, and a property without a subscription: both are only stored.
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
    // A failed push does not count as sent.
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
    // A platform without subscriptions gets all properties.
    let params = Table::of([("propertyInfo", Table::new([("edgeName", BaseType::STRING)]).into())]);
    platform.call(SENSOR, "SynchronizeModelState", Some(params)).await;
    let all = sent(&edge, &mut platform, &[(40.0, good), (40.0, good)]).await;
    assert_eq!((all.len(), edge.subscriptions(SENSOR)), (2, None));
}

/// Accepts the edge, and lets it bind its Thing and ask for its subscriptions.
async fn synchronize(edge: &Edge, platform: &mut Platform) {
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(SENSOR).await.unwrap();
    notify(platform).await;
    edge.wait_synchronized(SENSOR).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn after_a_new_connection_the_first_value_goes_out_whatever_went_before() {
    let mut sockets = Sockets::new();
    let edge = builder(&sockets).start().unwrap();
    for _ in 0..2 {
        let mut platform = sockets.next().await;
        synchronize(&edge, &mut platform).await;
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
    synchronize(&edge, &mut platform).await;
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
    let start = Instant::now();
    let mut times = Vec::new();
    for _ in 0..5 {
        platform.answer(ASK, Response::new(Status::SERVICE_UNAVAILABLE)).await;
        times.push(start.elapsed().as_secs());
    }
    assert_eq!(times, [0, 5, 15, 35, 75]);
}
