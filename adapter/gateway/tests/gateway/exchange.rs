//! Requests that applications do not answer, answer late or at the same time, and their
//! connections.

use std::time::Duration;

use alwayson::Status;
use alwayson::message::{Request, Response};
use alwayson::platform::MemoryThings;
use alwayson::serde_json::json;

use crate::application::{Application, Reply, is_after_bind};
use crate::forwarded::{answering, service};
use crate::site::{Site, with};

#[tokio::test]
async fn an_application_that_refuses_connections_is_a_bad_gateway() {
    let (site, application) = answering(Reply::status(200)).await;
    drop(application);
    let response = loop {
        // Its socket is closed asynchronously.
        let response = service(&site).await;
        if response.status == Status::BAD_GATEWAY {
            break response;
        }
    };
    let reason = response.reason.unwrap();
    assert!(reason.starts_with("the application cannot be reached: "), "{reason}");
}

#[tokio::test]
async fn one_that_is_slower_than_its_timeout_or_closes_is_a_gateway_timeout() {
    let site = Site::start().await;
    let application = Application::start(|_| Reply::Never).await;
    site.register_with("Pump", &application, &json!({ "timeout": 100 })).await;
    let response = service(&site).await;
    assert_eq!(response.status, Status::GATEWAY_TIMEOUT);
    let reason = "the application did not answer within 100 ms";
    assert_eq!(response.reason.as_deref(), Some(reason));
    let (site, _application) = answering(Reply::Close).await;
    let response = service(&site).await;
    assert_eq!(response.status, Status::GATEWAY_TIMEOUT);
    let reason = "the application closed the connection without an answer";
    assert_eq!(response.reason.as_deref(), Some(reason));
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_a_bad_gateway() {
    let (site, _application) = answering(Reply::Bytes(b"hello\r\n\r\n".to_vec())).await;
    let response = service(&site).await;
    assert_eq!(response.status, Status::BAD_GATEWAY);
}

#[tokio::test]
async fn an_answer_of_ten_megabytes_is_an_internal_error_and_the_next_is_fine() {
    let site = Site::start().await;
    let application = Application::start(|request| match request.line().as_str() {
        "POST Services/Big" => Reply::text(200, &format!("\"{}\"", "x".repeat(10 << 20))),
        "POST Services/Long" => Reply::text(200, &format!("\"{}\"", "x".repeat(3 << 19))),
        _ => Reply::status(200),
    })
    .await;
    site.register("Pump", &application).await;
    let call = |name: &str| site.call(Request::invoke_service("Pump", name, None));
    let response = call("Big").await;
    assert_eq!(response.status, Status::INTERNAL_SERVER_ERROR);
    let reason = "the application's answer is longer than 2097152 bytes";
    assert_eq!(response.reason.as_deref(), Some(reason));
    // The gateway accepts this answer, but it is too long for a message.
    let response = call("Long").await;
    assert_eq!(response.status, Status::INTERNAL_SERVER_ERROR);
    assert!(response.reason.unwrap().contains("are the limit"));
    assert_eq!(call("Small").await, Response::success());
}

#[tokio::test]
async fn a_password_that_is_not_taken_is_tried_once() {
    let head = "WWW-Authenticate: Basic realm=x\r\n".to_owned();
    let (site, mut application) = answering(Reply::Http(401, head, String::new())).await;
    assert_eq!(service(&site).await.status, Status::UNAUTHORIZED);
    assert_eq!(application.next().await.line(), "POST Services/Do");
    assert_eq!(service(&site).await.status, Status::UNAUTHORIZED);
    application.next().await;
    // There were no further requests.
    assert!(tokio::time::timeout(Duration::from_millis(50), application.next()).await.is_err());
}

#[tokio::test]
async fn an_application_has_eight_requests_at_a_time_and_others_are_not_held_up() {
    let site = Site::start().await;
    let mut slow =
        Application::start(
            |request| {
                if is_after_bind(request) { Reply::status(404) } else { Reply::Never }
            },
        )
        .await;
    let fast = Application::start(|_| Reply::status(200)).await;
    site.register_with("Slow", &slow, &json!({ "timeout": 20_000 })).await;
    site.register("Fast", &fast).await;
    let handle = site.platform.as_ref().unwrap().handle();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let handle = handle.clone();
        all.spawn(async move { handle.call(Request::invoke_service("Slow", "Do", None)).await });
    }
    for _ in 0..8 {
        slow.next().await;
    }
    let response = site.call(Request::invoke_service("Fast", "Do", None)).await;
    assert_eq!(response.status, Status::SUCCESS);
    // The ninth request is not sent before another one is answered.
    assert!(tokio::time::timeout(Duration::from_millis(50), slow.next()).await.is_err());
}

#[tokio::test]
async fn sixty_four_requests_at_a_time_are_handed_on() {
    let site = Site::start().await;
    let mut applications = Vec::new();
    for index in 0..8 {
        let application = Application::start(|request| {
            if is_after_bind(request) {
                return Reply::status(404);
            }
            Reply::After(Duration::from_millis(20), Box::new(Reply::text(200, "7")))
        })
        .await;
        site.register(&format!("T{index}"), &application).await;
        applications.push(application);
    }
    let handle = site.platform.as_ref().unwrap().handle();
    let mut all = tokio::task::JoinSet::new();
    for index in 0..64 {
        let handle = handle.clone();
        let call = Request::invoke_service(&format!("T{}", index % 8), "Do", None);
        all.spawn(async move { handle.call(call).await });
    }
    while let Some(response) = all.join_next().await {
        assert_eq!(response.unwrap().unwrap().status, Status::SUCCESS);
    }
}

#[tokio::test]
async fn a_connection_that_an_application_keeps_is_used_again() {
    let (site, application) = answering(Reply::status(200)).await;
    for _ in 0..10 {
        service(&site).await;
    }
    assert!(*application.connections.lock().unwrap() <= 3);
}

#[tokio::test]
async fn a_thing_of_auto_bind_is_bound_though_nobody_listens_and_times_out_then() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let auto = json!({ "auto_bind": [
        { "name": "Pump", "host": "127.0.0.1", "port": closed },
    ] });
    let things = MemoryThings::any();
    let site = Site::with(things, |config, options| (with(config, &auto), options)).await;
    site.bound("Pump").await;
    let response = service(&site).await;
    assert_eq!(response.status, Status::GATEWAY_TIMEOUT);
}
