//! Problems that users report about an EMS: each test shows that the gateway does not have the
//! problem. Those of files, ports and logs are in the tests of the command.

use alwayson::message::{Request, Response};
use alwayson::platform::{MemoryThings, Update};
use alwayson::serde_json::json;
use alwayson::value::Value;
use alwayson_gateway::{Config, StartError};

use crate::application::{Application, Reply, is_after_bind};
use crate::http::{get, json};
use crate::site::Site;

#[tokio::test]
async fn an_auto_bind_that_is_no_list_is_bound_and_told() {
    let text = r#"{ "auto_bind": { "name": "Pump" } }"#;
    let parsed = Config::parse(text).unwrap();
    assert!(parsed.notes[0].text.contains("taken for a list"));
    let site = Site::with(MemoryThings::any(), |mut config, options| {
        config.auto_bind = parsed.config.auto_bind;
        (config, options)
    })
    .await;
    site.bound("Pump").await;
}

#[tokio::test]
async fn an_identifier_gets_no_second_star() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let things = MemoryThings::new().with_identified_thing("Lathe", "sn-17");
    let names = std::sync::Arc::clone(&seen);
    things.before_bind(move |bind| {
        names.lock().unwrap().extend(bind.names.iter().map(ToString::to_string));
        alwayson::platform::Reaction::Proceed
    });
    let site = Site::with(things, |config, options| (config, options)).await;
    site.ems("AddEdgeThing", &json!({ "name": "*sn-17", "keepalive": 0 })).await;
    site.bound("Lathe").await;
    assert_eq!(*seen.lock().unwrap(), ["*sn-17"]);
}

#[tokio::test]
async fn a_write_of_several_properties_writes_all_of_them() {
    let site = Site::start().await;
    let path = "/Thingworx/Things/Pump/Properties/*";
    let answer = json(site.address, "PUT", path, &json!({ "A": 1, "B": 2, "C": 3 })).await;
    assert_eq!(answer.status, 200);
    for (name, value) in [("A", 1.0), ("B", 2.0), ("C", 3.0)] {
        assert_eq!(site.things.property("Pump", name).unwrap().value, Value::Number(value));
    }
}

#[tokio::test]
async fn an_event_can_be_posted() {
    let site = Site::start().await;
    let mut updates = site.things.updates();
    let path = "/Thingworx/Things/Pump/Events/Overheated";
    assert_eq!(json(site.address, "POST", path, &json!({ "t": 1 })).await.status, 200);
    assert!(matches!(updates.recv().await.unwrap(), Update::Event { .. }));
}

#[tokio::test]
async fn without_a_store_nothing_is_taken_that_is_not_delivered() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let site = Site::to(nobody, |config, options| (config, options)).await.unwrap();
    let path = "/Thingworx/Things/Pump/Properties/Speed";
    let answer = json(site.address, "PUT", path, &json!({ "Speed": 1 })).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("x-alwayson-stored"), None);
}

#[tokio::test]
async fn more_than_sixteen_clients_are_served_at_a_time() {
    let things = MemoryThings::any().with_service("Slow", |_| async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        Response::result(7)
    });
    let site = Site::with(things, |config, options| (config, options)).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let address = site.address;
        let path = "/Thingworx/Things/Pump/Services/Slow";
        all.spawn(async move { json(address, "POST", path, &json!({})).await });
    }
    while let Some(answer) = all.join_next().await {
        assert_eq!(answer.unwrap().cell("result"), json!(7));
    }
}

#[tokio::test]
async fn nothing_is_pushed_where_reading_failed() {
    let site = Site::start().await;
    let application = Application::start(|request| {
        if is_after_bind(request) { Reply::status(404) } else { Reply::text(500, "no sensor") }
    })
    .await;
    site.register("Pump", &application).await;
    let response = site.call(Request::read_property("Pump", "Speed")).await;
    assert_eq!(response.status, alwayson::Status::INTERNAL_SERVER_ERROR);
    assert_eq!(site.things.property("Pump", "Speed"), None);
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_with_a_hint_and_not_another_port() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let nobody = "127.0.0.1:1".parse().unwrap();
    let start = |tries: u64| {
        Site::to(nobody, move |mut config, options| {
            config.http.port = port.into();
            config.http.ports_to_try = tries;
            (config, options)
        })
    };
    let error = start(1).await.err().unwrap();
    assert!(matches!(error, StartError::Listen(_)));
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{port}")), "{text}");
    assert!(text.contains("another program listens there"), "{text}");
    // With this setting, the gateway uses the next port.
    let site = start(20).await.unwrap();
    assert!(site.address.port() > port);
    assert_eq!(get(site.address, "/").await.status, 200);
}
