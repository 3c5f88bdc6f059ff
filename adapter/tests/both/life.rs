//! All exchanges between both sides, with and without TLS.

use std::sync::{Arc, Mutex};

use alwayson::edge::{ConnectionState, EdgeState, EndReason, PropertyUpdate, ServiceError, Thing};
use alwayson::frame::{Direction, Frame, Observer};
use alwayson::message::{Request, Response};
use alwayson::platform::{AfterBind, KnownCredentials, MemoryThings, Options, Platform, Update};
use alwayson::transport::{ClientTls, ConnectOptions, ServerTls};
use alwayson::value::{Table, Value};
use alwayson_codec::Status;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

use super::{KEY, edge, plain, soon};

fn sensor() -> Thing {
    Thing::new("SteamSensor1")
        .property("Temperature", 21.5)
        .service("AddNumbers", |params| async move {
            let number = |name: &str| params.value(name).and_then(Value::as_f64);
            let sum = number("a").zip(number("b")).map(|(a, b)| a + b);
            sum.ok_or_else(|| ServiceError::bad_request("a and b are numbers"))
        })
        .service("Big", |_| async { Ok::<_, ServiceError>("q".repeat(30_000)) })
}

fn things() -> MemoryThings {
    MemoryThings::new().with_thing("SteamSensor1").with_service("Hello", |request| async move {
        let name = request.params.and_then(|params| params.value("name").cloned());
        Response::of(Table::result(format!("hello, {}", name.unwrap_or_default())))
    })
}

/// Runs all exchanges between an edge and a platform.
async fn live(platform: Platform, things: MemoryThings, options: ConnectOptions) {
    let mut updates = things.updates();
    let edge = edge(options).thing(sensor()).connect().await.unwrap();
    soon(edge.wait_synchronized("SteamSensor1")).await.unwrap();

    // The platform asks the Thing.
    let read = Request::read_property("SteamSensor1", "Temperature");
    assert_eq!(platform.call(read).await.unwrap().value(), Some(&Value::from(21.5)));
    let write = Request::write_property("SteamSensor1", "Temperature", 55.5);
    assert!(platform.call(write).await.unwrap().status.is_success());
    let params = Table::of([("a", 2.0.into()), ("b", 40.0.into())]);
    let add = Request::invoke_service("SteamSensor1", "AddNumbers", Some(params));
    assert_eq!(platform.call(add).await.unwrap().value(), Some(&Value::from(42.0)));
    // More than a chunk.
    let big = Request::invoke_service("SteamSensor1", "Big", None);
    let big = platform.call(big).await.unwrap();
    assert_eq!(big.value().and_then(Value::as_str).map(str::len), Some(30_000));
    let nope = Request::invoke_service("SteamSensor1", "Nope", None);
    let nope = platform.call(nope).await.unwrap();
    assert!([Status::NOT_FOUND, Status::METHOD_NOT_ALLOWED].contains(&nope.status), "{nope}");
    let bad = Request::invoke_service("SteamSensor1", "AddNumbers", None);
    assert_eq!(platform.call(bad).await.unwrap().status, Status::BAD_REQUEST);

    // The edge asks the platform.
    edge.write_property("SteamSensor1", "Pressure", 2.5).await.unwrap();
    let pressure = edge.read_property("SteamSensor1", "Pressure").await.unwrap();
    assert_eq!(pressure, Value::from(2.5));
    let params = Table::of([("name", "edge".into())]);
    let hello = edge.invoke_service("SteamSensor1", "Hello", params).await.unwrap();
    assert_eq!(hello.value().and_then(Value::as_str), Some("hello, edge"));
    // More than a chunk, up.
    let long = "z".repeat(50_000);
    edge.write_property("SteamSensor1", "Log", long.as_str()).await.unwrap();
    let kept = things.property("SteamSensor1", "Log").unwrap();
    assert_eq!(kept.value.as_str().map(str::len), Some(50_000));
    let pushed = [PropertyUpdate::new("Temperature", 22.0)];
    edge.push_properties("SteamSensor1", pushed).await.unwrap();
    let kept = things.property("SteamSensor1", "Temperature").unwrap();
    assert_eq!((kept.value, kept.quality.as_str()), (Value::from(22.0), "GOOD"));
    let data = Table::of([("p", "x".into())]);
    edge.fire_event("SteamSensor1", "Overheat", data.clone()).await.unwrap();
    let fired = async {
        loop {
            if let Ok(Update::Event { name, data, .. }) = updates.recv().await {
                return (name, data);
            }
        }
    };
    assert_eq!(soon(fired).await, ("Overheat".to_owned(), Some(data)));

    edge.leave().await;
    assert!(!things.state("SteamSensor1").unwrap().is_connected);
    soon(platform.shut_down()).await;
}

#[tokio::test]
async fn an_edge_and_a_platform_do_everything_for_each_other_in_plain() {
    for after_bind in [
        AfterBind::default(),
        AfterBind::default().with_metadata(true).with_notify(false).with_synchronize(true),
        AfterBind::default().with_metadata(true).with_notify(true).with_synchronize(true),
    ] {
        let things = things();
        let platform = Platform::builder(KnownCredentials::default().with_key(KEY), things.clone())
            .options(Options::default().with_after_bind(after_bind))
            .listen("127.0.0.1:0")
            .await
            .unwrap();
        let options = plain(platform.local_addr());
        live(platform, things, options).await;
    }
}

#[tokio::test]
async fn an_edge_and_a_platform_do_everything_for_each_other_over_tls() {
    let folder = TempDir::new().unwrap();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&files[0], cert.pem()).unwrap();
    std::fs::write(&files[1], signing_key.serialize_pem()).unwrap();
    let things = things();
    let platform = Platform::builder(KnownCredentials::default().with_key(KEY), things.clone())
        .tls(ServerTls::from_files(&files[0], &files[1]).unwrap())
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let url = format!("wss://localhost:{}/Thingworx/WS", platform.local_addr().port());
    let tls = ClientTls::new().ca_file(&files[0]);
    let options = ConnectOptions::new(&url).unwrap().with_tls(&tls).unwrap();
    live(platform, things, options).await;
}

#[tokio::test]
async fn an_observer_sees_each_frame_as_a_line_without_the_key() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&lines);
    let observer: Observer = Arc::new(move |frame: &Frame<'_>| {
        let arrow = if frame.direction == Direction::Sent { "->" } else { "<-" };
        seen.lock().unwrap().push(format!("{arrow} {frame}"));
    });
    let things = things();
    let options = Options::default().with_after_bind(AfterBind::NONE);
    let platform = Platform::builder(KnownCredentials::default().with_key(KEY), things)
        .options(options)
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let edge = edge(plain(platform.local_addr())).observer(observer).thing(sensor());
    let edge = edge.connect().await.unwrap();
    soon(edge.wait_bound("SteamSensor1")).await.unwrap();
    edge.leave().await;
    let lines = lines.lock().unwrap().clone();
    assert_eq!(
        lines[..6],
        [
            "-> AUTH request=1 {appKey=***}",
            "<- SUCCESS request=1 session=1",
            "-> BIND request=2 session=1 [SteamSensor1]",
            "<- SUCCESS request=2 session=1",
            "-> UNBIND request=3 session=1 [SteamSensor1]",
            "<- SUCCESS request=3 session=1",
        ]
    );
    assert_eq!(lines[6], "-> close 1000");
}

#[tokio::test]
async fn whose_key_is_refused_reads_the_reason_that_the_platform_closes_with() {
    let keys = KnownCredentials::default().with_key("another key");
    let platform = Platform::builder(keys, things()).listen("127.0.0.1:0").await.unwrap();
    let started = edge(plain(platform.local_addr())).start().unwrap();
    let mut state = started.state();
    let is_over = |state: &EdgeState| matches!(state.connection, ConnectionState::Ended { .. });
    let over = soon(state.wait_for(is_over)).await.unwrap().clone();
    let reason = Some("the claims of AUTH are not accepted".to_owned());
    let refused = EndReason::Refused { status: Status::UNAUTHORIZED, reason };
    assert_eq!(over.connection, ConnectionState::Ended { reason: refused });
}
