//! Requests of a platform to an edge.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alwayson::edge::{Options, ServiceError, Thing};
use alwayson::message::{MessageLimit, Request, Response};
use alwayson::value::{Table, Value};
use alwayson_codec::{Characteristic, Method, Status};
use tokio::sync::Semaphore;

use crate::platform::{Platform, Seen};
use crate::wire::Sockets;
use crate::{SENSOR, bare, bound, seconds};

/// Returns an edge whose Thing is bound.
pub(crate) async fn with(thing: Thing, limits: Options) -> (alwayson::edge::Edge, Platform) {
    let mut sockets = Sockets::new();
    let name = thing.name().to_owned();
    let edge = bare(&sockets).options(limits).thing(thing).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound(&name).await.unwrap();
    (edge, platform)
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_or_not_allowed_is_refused() {
    let (_edge, mut platform) = bound().await;
    let call = |name: &str| Request::invoke_service(SENSOR, name, None);
    let delete = Request { method: Method::Delete, ..call("AddNumbers") };
    let get = Request { method: Method::Get, ..call("AddNumbers") };
    let event = Request { characteristic: Characteristic::EVENTS, ..call("Overheated") };
    let no_value = Request { params: None, ..Request::write_property(SENSOR, "Temperature", 1.0) };
    for (request, status) in [
        (Request::read_property(SENSOR, "Nope"), Status::NOT_FOUND),
        (Request::write_property(SENSOR, "Nope", 1.0), Status::NOT_FOUND),
        (Request::write_property(SENSOR, "Serial", "x"), Status::METHOD_NOT_ALLOWED),
        (no_value, Status::BAD_REQUEST),
        (call("Nope"), Status::NOT_FOUND),
        (call("AddNumbers"), Status::BAD_REQUEST),
        (delete, Status::METHOD_NOT_ALLOWED),
        (get, Status::METHOD_NOT_ALLOWED),
        (event, Status::METHOD_NOT_ALLOWED),
    ] {
        let shown = request.to_string();
        let answer = platform.ask(request).await;
        assert_eq!(answer.status, status, "{shown}");
        assert!(answer.reason.is_some(), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thing_that_is_not_there_is_not_found() {
    let (_edge, mut platform) = bound().await;
    // GET of a Thing "Ghost", past the platform's machine, which would not ask.
    let ids = [0, 0, 0x27, 0x10, 0, 0, 0, 5, 0, 0, 0, 77, 0];
    let body = [&[0x0A, 5][..], b"Ghost", &[1, 1], b"x", &[0, 0xFF]].concat();
    platform.send_bytes(&[&[1, 1][..], &ids, &body].concat());
    // The platform's machine has no such request, so it counts the answer as dropped.
    let answer = platform.ask(Request::read_property(SENSOR, "Serial")).await;
    assert_eq!(answer.status, Status::SUCCESS);
    assert_eq!(platform.dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn services_are_called_with_parameters() {
    let (_edge, mut platform) = bound().await;
    let params = Table::of([("a", 1.5.into()), ("b", 2.0.into())]);
    let answer = platform.call(SENSOR, "AddNumbers", Some(params)).await;
    assert_eq!(answer, Response::of(Table::result(3.5)));
}

#[tokio::test(start_paused = true)]
async fn what_an_edge_does_not_have_is_not_found_such_as_file_transfer_and_tunnels() {
    let (_edge, mut platform) = bound().await;
    for service in ["StartFileTransfer", "ReadFromFile", "StartTunnel"] {
        let answer = platform.call(SENSOR, service, None).await;
        let reason = format!("there is no service {service}");
        assert_eq!(answer, Response::error(Status::NOT_FOUND, reason));
    }
    // POST Subsystems/Transfer/Services/Start, sent past the platform's machine, which
    // counts the answer as dropped.
    let ids = [0, 0, 0x27, 0x10, 0, 0, 0, 5, 0, 0, 0, 77, 0];
    let body = [&[0x50, 8][..], b"Transfer", &[2, 5], b"Start", &[0, 0xFF]].concat();
    platform.send_bytes(&[&[1, 3][..], &ids, &body].concat());
    let answer = platform.ask(Request::read_property(SENSOR, "Serial")).await;
    assert_eq!((answer.status, platform.dropped()), (Status::SUCCESS, 1));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_harms_nothing_else() {
    let thing = Thing::new("Tank")
        .property("Level", 1)
        .service::<_, ()>("Panic", |_| async { panic!("as it should") })
        .service::<std::future::Ready<Result<(), ServiceError>>, ()>("Sooner", |_| {
            panic!("as it should")
        });
    let (edge, mut platform) = with(thing, Options::default()).await;
    for service in ["Panic", "Sooner"] {
        let answer = platform.call("Tank", service, None).await;
        assert_eq!(answer.status, Status::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(edge.counters().handlers_panicked, 2);
    let read = platform.ask(Request::read_property("Tank", "Level")).await;
    assert_eq!(read.value(), Some(&1.into()));
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_does_not_hold_up_others() {
    let thing = Thing::new("Tank")
        .service("Slow", |_| async {
            tokio::time::sleep(seconds(20)).await;
            Ok("slow")
        })
        .service("Quick", |_| async { Ok("quick") })
        .service("Never", |_| std::future::pending::<Result<(), ServiceError>>());
    let (edge, mut platform) = with(thing, Options::default()).await;
    let slow = platform.send(&Request::invoke_service("Tank", "Slow", None));
    let never = platform.send(&Request::invoke_service("Tank", "Never", None));
    let quick = platform.call("Tank", "Quick", None).await;
    assert_eq!(quick.value(), Some(&"quick".into()));
    let answer = Response::of(Table::result("slow"));
    assert_eq!(platform.next().await, Seen::Response(slow, answer));
    // Edge and platform have the same timeout.
    match platform.next().await {
        Seen::Failed(id) => assert_eq!(id, never),
        Seen::Response(id, answer) => {
            assert_eq!((id, answer.status), (never, Status::GATEWAY_TIMEOUT));
        }
        other => panic!("{other:?}"),
    }
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(edge.counters().protocol.requests_unanswered, 1);
}

#[tokio::test(start_paused = true)]
async fn as_many_handlers_run_as_may_and_no_more() {
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(Semaphore::new(0));
    let counted = Arc::clone(&running);
    let peak = Arc::clone(&most);
    let opened = Arc::clone(&gate);
    let thing = Thing::new("Tank").service("Wait", move |_| {
        let running = Arc::clone(&counted);
        let most = Arc::clone(&peak);
        let gate = Arc::clone(&opened);
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            let _open = gate.acquire().await;
            running.fetch_sub(1, Ordering::Relaxed);
            Ok(())
        }
    });
    let limits = Options::default().with_handlers(3).unwrap();
    let (_edge, mut platform) = with(thing, limits).await;
    let call = Request::invoke_service("Tank", "Wait", None);
    for _ in 0..10 {
        platform.send(&call);
    }
    assert!(platform.is_quiet(seconds(5)).await);
    assert_eq!(running.load(Ordering::Relaxed), 3);
    gate.add_permits(10);
    for _ in 0..10 {
        let Seen::Response(_, answer) = platform.next().await else { panic!("no answer") };
        assert_eq!(answer.status, Status::SUCCESS);
    }
    assert_eq!(most.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn what_found_no_handler_in_time_is_answered_and_not_done_any_more() {
    let begun = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(Semaphore::new(0));
    let counted = Arc::clone(&begun);
    let opened = Arc::clone(&gate);
    let thing = Thing::new("Tank").service("Wait", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        let gate = Arc::clone(&opened);
        async move {
            let _open = gate.acquire().await;
            Ok(())
        }
    });
    let limits = Options::default().with_handlers(1).unwrap();
    let (_edge, mut platform) = with(thing, limits).await;
    let call = Request::invoke_service("Tank", "Wait", None);
    for _ in 0..3 {
        platform.send(&call);
    }
    tokio::time::sleep(seconds(40)).await;
    gate.add_permits(1);
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(begun.load(Ordering::Relaxed), 1);
    // Edge and platform have the same timeout.
    for _ in 0..3 {
        match platform.next().await {
            Seen::Failed(_) => {}
            Seen::Response(_, answer) => assert_eq!(answer.status, Status::GATEWAY_TIMEOUT),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(platform.call("Tank", "Wait", None).await.status, Status::SUCCESS);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_as_long_as_the_limit_and_no_longer() {
    let thing = Thing::new("Tank").service("Bytes", |params| async move {
        let len = params.value("len").and_then(Value::as_i64).and_then(|len| len.try_into().ok());
        Ok(Value::blob(vec![7; len.unwrap_or(0)]))
    });
    let limits = Options::default().with_message_limit(MessageLimit::new(100_000).unwrap());
    let (_edge, mut platform) = with(thing, limits).await;
    let mut ask = async |len: i32| {
        let params = Table::of([("len", len.into())]);
        platform.call("Tank", "Bytes", Some(params)).await
    };
    let refused = ask(100_000).await;
    assert_eq!(refused.status, Status::INTERNAL_SERVER_ERROR);
    let reason = refused.reason.unwrap();
    let len: i32 = reason.split(' ').nth(3).unwrap().parse().unwrap();
    let fits = 200_000 - len;
    for len in [fits - 1, fits] {
        let answer = ask(len).await;
        let bytes = answer.value().unwrap().as_bytes().unwrap();
        assert_eq!(bytes.len(), usize::try_from(len).unwrap());
    }
    assert_eq!(ask(fits + 1).await.status, Status::INTERNAL_SERVER_ERROR);
}

#[tokio::test(start_paused = true)]
async fn a_service_asks_the_platform_itself() {
    let (edge, mut platform) = bound().await;
    let asking = edge.clone();
    let thing = Thing::new("Proxy").service("Ask", move |_| {
        let edge = asking.clone();
        async move {
            let value = edge.read_property("Other", "x").await;
            value.map_err(|error| ServiceError::new(error.status(), error.to_string()))
        }
    });
    edge.add(thing).await.unwrap();
    platform.bind().await;
    edge.wait_bound("Proxy").await.unwrap();
    let asked = platform.send(&Request::invoke_service("Proxy", "Ask", None));
    let value = Response::of(Table::of([("x", 5.0.into())]));
    platform.answer("GET Things/Other/Properties/x", value).await;
    let answer = Response::of(Table::result(5.0));
    assert_eq!(platform.next().await, Seen::Response(asked, answer));
}

#[tokio::test(start_paused = true)]
async fn a_handler_outlives_its_connection_and_its_answer_is_dropped() {
    let mut sockets = Sockets::new();
    let done = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&done);
    let thing = Thing::new("Tank").service("Slow", move |_| {
        let done = Arc::clone(&counted);
        async move {
            tokio::time::sleep(seconds(8)).await;
            done.fetch_add(1, Ordering::Relaxed);
            Ok("slow")
        }
    });
    let edge = bare(&sockets).thing(thing).start().unwrap();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    edge.wait_bound("Tank").await.unwrap();
    platform.send(&Request::invoke_service("Tank", "Slow", None));
    tokio::time::sleep(seconds(1)).await;
    platform.close();
    let mut platform = sockets.next().await;
    platform.accept().await;
    platform.bind().await;
    // The other connection has no such request.
    assert!(platform.is_quiet(seconds(10)).await);
    assert_eq!(done.load(Ordering::Relaxed), 1);
    assert_eq!(edge.counters().handler_answers_dropped, 1);
}

#[tokio::test(start_paused = true)]
async fn a_long_answer_goes_in_chunks() {
    let text = "ü".repeat(300_000);
    let answer = text.clone();
    let thing = Thing::new("Tank").service("Big", move |_| std::future::ready(Ok(answer.clone())));
    let (_edge, mut platform) = with(thing, Options::default()).await;
    let big = platform.call("Tank", "Big", None).await;
    assert_eq!(big.value().and_then(Value::as_str), Some(text.as_str()));
}
