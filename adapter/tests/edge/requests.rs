//! Requests of an edge to a platform.

use std::sync::atomic::Ordering;

use alwayson::edge::{Options, PropertyUpdate, RequestError};
use alwayson::message::{MessageLimit, Request, RequestHeader, Response};
use alwayson::value::{Table, Value};
use alwayson_codec::Status;
use tokio::time::Instant;

use crate::platform::Seen;
use crate::wire::Sockets;
use crate::{SENSOR, bare, bound, seconds};

#[tokio::test(start_paused = true)]
async fn a_property_is_read_and_written() {
    let (edge, mut platform) = bound().await;
    let content = Response::of(Table::of([("Pressure", 2.5.into())]));
    let (read, _) = tokio::join!(
        edge.read_property(SENSOR, "Pressure"),
        platform.answer("GET Things/SteamSensor1/Properties/Pressure", content),
    );
    assert_eq!(read, Ok(2.5.into()));
    let (written, request) = tokio::join!(
        edge.write_property(SENSOR, "Pressure", 3.0),
        platform.answer("PUT Things/SteamSensor1/Properties/Pressure", Response::success()),
    );
    assert_eq!(written, Ok(()));
    assert_eq!(request.params, Some(Table::of([("Pressure", 3.0.into())])));
}

#[tokio::test(start_paused = true)]
async fn a_service_is_called_and_an_event_fired() {
    let (edge, mut platform) = bound().await;
    let params = Table::of([("a", 1.0.into())]);
    let (called, request) = tokio::join!(
        edge.invoke_service("Greeter", "Hello", params.clone()),
        platform.answer("POST Things/Greeter/Services/Hello", Response::of(Table::result("hi")),),
    );
    assert_eq!(called.unwrap().value(), Some(&"hi".into()));
    assert_eq!(request.params, Some(params));
    let (fired, request) = tokio::join!(
        edge.fire_event(SENSOR, "Overheated", Table::default()),
        platform.answer("POST Things/SteamSensor1/Events/Overheated", Response::success()),
    );
    assert_eq!((fired, request.params), (Ok(()), None));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_the_platforms_status_and_reason() {
    let (edge, mut platform) = bound().await;
    let refusal = Response::error(Status::NOT_FOUND, "no such property");
    let (read, _) = tokio::join!(
        edge.read_property(SENSOR, "Nope"),
        platform.answer("GET Things/SteamSensor1/Properties/Nope", refusal),
    );
    let reason = Some("no such property".to_owned());
    let error = RequestError::Refused { status: Status::NOT_FOUND, reason };
    assert_eq!(error.to_string(), "the platform answered NOT_FOUND: no such property");
    assert_eq!(read, Err(error));
}

#[tokio::test(start_paused = true)]
async fn no_answer_in_time_is_told_from_a_platform_that_says_so() {
    let (edge, mut platform) = bound().await;
    let start = Instant::now();
    let (read, _) = tokio::join!(edge.read_property(SENSOR, "x"), platform.request());
    assert_eq!((read, start.elapsed()), (Err(RequestError::Timeout), seconds(10)));
    assert_eq!(RequestError::Timeout.status(), Status::GATEWAY_TIMEOUT);
    let (read, _) = tokio::join!(
        edge.read_property(SENSOR, "x"),
        platform.answer(
            "GET Things/SteamSensor1/Properties/x",
            Response::new(Status::GATEWAY_TIMEOUT),
        ),
    );
    let refused = RequestError::Refused { status: Status::GATEWAY_TIMEOUT, reason: None };
    assert_eq!(read, Err(refused));
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_counted_and_dropped() {
    let (edge, mut platform) = bound().await;
    let (read, _) = tokio::join!(edge.read_property(SENSOR, "x"), platform.request());
    assert_eq!(read, Err(RequestError::Timeout));
    // By now the request has timed out on the platform.
    let (read, _) = tokio::join!(
        edge.read_property(SENSOR, "y"),
        platform.answer(
            "GET Things/SteamSensor1/Properties/y",
            Response::of(Table::of([("y", 1.0.into())]))
        ),
    );
    assert_eq!(read, Ok(1.0.into()));
    assert_eq!(edge.counters().protocol.responses_dropped, 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_ends_its_request() {
    let (edge, mut platform) = bound().await;
    let asked = async {
        platform.request().await;
        // To request 4, a string that ends too early.
        platform.send_bytes(&[1, 0x40, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 77, 0, 0, 0, 9, b'x']);
    };
    let (read, ()) = tokio::join!(edge.read_property(SENSOR, "x"), asked);
    assert_eq!(read, Err(RequestError::Unreadable));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_connection_ends_its_requests() {
    let (edge, mut platform) = bound().await;
    let asked = async {
        platform.request().await;
        platform.close();
    };
    let (read, ()) = tokio::join!(edge.read_property(SENSOR, "x"), asked);
    assert_eq!(read, Err(RequestError::ConnectionEnded));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_not_sent_before_the_end_fails_as_not_sent() {
    let (edge, mut platform) = bound().await;
    platform.edge_is_stopped.store(true, Ordering::Relaxed);
    // Together they do not fit the outbox.
    let blob = Value::blob(vec![7; 900_000]);
    let mut writes: Vec<_> =
        (0..8).map(|_| Box::pin(edge.write_property(SENSOR, "a", blob.clone()))).collect();
    for write in &mut writes {
        assert!(futures_util::poll!(write).is_pending());
    }
    assert!(platform.is_quiet(seconds(1)).await);
    platform.close();
    let last = writes.pop().unwrap();
    assert_eq!(writes.swap_remove(0).await, Err(RequestError::ConnectionEnded));
    assert_eq!(last.await, Err(RequestError::NotConnected));
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_future_is_dropped_is_sent_and_its_answer_counted() {
    let (edge, mut platform) = bound().await;
    {
        let mut write = Box::pin(edge.write_property(SENSOR, "Pressure", 3.0));
        assert!(futures_util::poll!(&mut write).is_pending());
    }
    platform.answer("PUT Things/SteamSensor1/Properties/Pressure", Response::success()).await;
    // Another exchange in both directions: the answer has arrived by then.
    platform.call(SENSOR, "GetMetadata", None).await;
    assert_eq!(edge.counters().answers_dropped, 1);
}

#[tokio::test(start_paused = true)]
async fn long_messages_go_in_chunks_both_ways() {
    let (edge, mut platform) = bound().await;
    let long = "ü".repeat(200_000);
    let answer = Response::of(Table::result(long.as_str()));
    let (called, request) = tokio::join!(
        edge.invoke_service(SENSOR, "Echo", Table::of([("text", long.as_str().into())])),
        platform.answer("POST Things/SteamSensor1/Services/Echo", answer),
    );
    assert_eq!(called.unwrap().value().and_then(Value::as_str), Some(long.as_str()));
    let params = request.params.unwrap();
    assert_eq!(params.value("text").and_then(Value::as_str), Some(long.as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_request_is_as_long_as_the_limit_and_no_longer() {
    const LIMIT: usize = MessageLimit::MIN.bytes();
    let mut sockets = Sockets::new();
    let limits = Options::default().with_message_limit(MessageLimit::MIN);
    let edge = bare(&sockets).options(limits).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    edge.wait_authenticated().await.unwrap();
    let request = |len: usize| Request::write_property(SENSOR, "p", Value::blob(vec![0; len]));
    let Err(RequestError::TooLong { len, limit: LIMIT }) = edge.request(request(LIMIT)).await
    else {
        panic!("not too long")
    };
    let fits = 2 * LIMIT - len;
    for len in [fits - 1, fits] {
        let (sent, _) = tokio::join!(
            edge.request(request(len)),
            platform.answer("PUT Things/SteamSensor1/Properties/p", Response::success()),
        );
        assert!(sent.is_ok());
    }
    let too_long = RequestError::TooLong { len: LIMIT + 1, limit: LIMIT };
    assert_eq!(edge.request(request(fits + 1)).await, Err(too_long));
}

#[tokio::test(start_paused = true)]
async fn as_many_requests_wait_as_may_and_no_more() {
    let mut sockets = Sockets::new();
    let limits = Options::default().with_requests(3).unwrap();
    let edge = bare(&sockets).options(limits).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    edge.wait_authenticated().await.unwrap();
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(edge.read_property("T", "p"))).collect();
    for request in &mut waiting {
        assert!(futures_util::poll!(request).is_pending());
    }
    assert_eq!(edge.read_property("T", "p").await, Err(RequestError::TooManyRequests));
    let answer = || Response::of(Table::of([("p", 1.0.into())]));
    platform.answer("GET Things/T/Properties/p", answer()).await;
    assert_eq!(waiting.remove(0).await, Ok(1.0.into()));
    let (read, ()) = tokio::join!(edge.read_property("T", "p"), async {
        for _ in 0..3 {
            platform.answer("GET Things/T/Properties/p", answer()).await;
        }
    });
    assert_eq!(read, Ok(1.0.into()));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_room_yet_waits_and_comes_in_order() {
    let (edge, mut platform) = bound().await;
    // Together they do not fit the outbox.
    let blob = Value::blob(vec![7; 900_000]);
    let mut writes: Vec<_> = (0..8)
        .map(|n| Box::pin(edge.write_property(SENSOR, ["a", "b"][n % 2], blob.clone())))
        .collect();
    for write in &mut writes {
        assert!(futures_util::poll!(write).is_pending());
    }
    for n in 0..8 {
        let shown = format!("PUT Things/SteamSensor1/Properties/{}", ["a", "b"][n % 2]);
        platform.answer(&shown, Response::success()).await;
    }
    for write in writes {
        assert_eq!(write.await, Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_before_leaving_is_sent() {
    let (edge, mut platform) = bound().await;
    let mut write = Box::pin(edge.write_property(SENSOR, "Pressure", 3.0));
    let mut push = Box::pin(edge.push_properties(SENSOR, [PropertyUpdate::new("x", 1.0)]));
    assert!(futures_util::poll!(&mut write).is_pending());
    assert!(futures_util::poll!(&mut push).is_pending());
    let mut leave = Box::pin(edge.leave());
    assert!(futures_util::poll!(&mut leave).is_pending());
    platform.answer("PUT Things/SteamSensor1/Properties/Pressure", Response::success()).await;
    assert_eq!(write.await, Ok(()));
    assert_eq!(platform.bind().await, [SENSOR]);
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    platform.close();
    leave.await;
    // Nobody has synchronised it.
    assert_eq!(push.await, Err(RequestError::Left));
}

#[tokio::test(start_paused = true)]
async fn headers_of_a_request_go_both_ways_and_keys_in_them_are_not_shown() {
    let (edge, mut platform) = bound().await;
    let header = RequestHeader::new;
    let with = |headers: Vec<RequestHeader>| Request {
        headers,
        ..Request::read_property(SENSOR, "Pressure")
    };
    let headers = vec![header("a", "1"), header("appKey", "k3y"), header("a", "")];
    let content = Response::of(Table::of([("Pressure", 2.5.into())]));
    let (answered, asked) = tokio::join!(
        edge.request(with(headers.clone())),
        platform.answer("GET Things/SteamSensor1/Properties/Pressure", content),
    );
    assert!(answered.is_ok());
    assert_eq!(asked.headers, headers);
    let shown = format!("{asked:?}");
    assert!(shown.contains("appKey") && !shown.contains("k3y"), "{shown}");
    // An edge answers a request whether it has headers or not.
    let request = Request { headers, ..Request::read_property(SENSOR, "Temperature") };
    assert_eq!(platform.ask(request).await.value(), Some(&21.5.into()));
    // Their count is one byte.
    for (count, is_sent) in [(254, true), (255, true), (256, false)] {
        let asking = edge.request(with(vec![header("n", "v"); count]));
        let answering = async {
            if is_sent {
                let (inbound, request) = platform.request().await;
                assert_eq!(request.headers.len(), count);
                platform.respond(inbound, &Response::success());
            }
        };
        let (asked, ()) = tokio::join!(asking, answering);
        match asked {
            Ok(_) => assert!(is_sent, "{count}"),
            Err(error) => {
                assert!(!is_sent, "{count}: {error}");
                assert!(matches!(error, RequestError::Encode(_)), "{error:?}");
            }
        }
    }
}
