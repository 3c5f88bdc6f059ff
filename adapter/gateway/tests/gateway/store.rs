//! The store: what happens to writes, pushes and events while there is no connection.

use alwayson::Status;
use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform, Reaction, Update};
use alwayson::serde_json::{Value as Json, json};
use alwayson_gateway::{Event, StartError};

use crate::http::{Answer, get, json};
use crate::site::{PATIENCE, Site};

const SPEED: &str = "/Thingworx/Things/Pump/Properties/Speed";

fn nobody() -> std::net::SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Starts a gateway with a store, to a platform that does not run yet.
async fn storing(directory: &tempfile::TempDir, at: std::net::SocketAddr) -> Site {
    let path = directory.path().to_owned();
    Site::to(at, |mut config, options| {
        config.store.enabled = true;
        config.store.directory = Some(path);
        (config, options)
    })
    .await
    .unwrap()
}

async fn put(site: &Site, value: i32) -> Answer {
    json(site.address, "PUT", SPEED, &json!({ "Speed": value })).await
}

fn assert_stored(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (202, "{}"), "{answer:?}");
    assert_eq!(answer.header("x-alwayson-stored").as_deref(), Some("true"));
}

async fn platform(at: std::net::SocketAddr, things: &MemoryThings) -> Platform {
    Platform::builder(AcceptAnyClaims, things.clone()).listen(at).await.unwrap()
}

#[tokio::test]
async fn writes_pushes_and_events_are_kept_and_delivered_in_order_with_their_times() {
    let directory = tempfile::tempdir().unwrap();
    let at = nobody();
    let site = storing(&directory, at).await;
    for value in 0..5 {
        assert_stored(&put(&site, value).await);
    }
    let row =
        json!({ "name": "Speed", "value": 7.5, "time": 1_700_000_000_000_i64, "quality": "BAD" });
    let shape = json!({ "fieldDefinitions": { "time": { "baseType": "DATETIME" } } });
    let push = json!({ "values": { "rows": [row], "dataShape": shape } });
    let path = "/Thingworx/Things/Lathe/Services/UpdateSubscribedPropertyValues";
    assert_stored(&json(site.address, "POST", path, &push).await);
    let path = "/Thingworx/Things/Pump/Events/Overheated";
    assert_stored(&json(site.address, "POST", path, &json!({ "t": 99 })).await);
    // All other requests are not stored.
    assert_eq!(get(site.address, SPEED).await.status, 503);
    let path = "/Thingworx/Things/Pump/Services/Add";
    assert_eq!(json(site.address, "POST", path, &json!({})).await.status, 503);
    let status = get(site.address, "/status.json").await.json();
    assert_eq!(status["store"]["messages"], 7);
    assert!(status["store"]["oldest"].is_string());
    assert!(get(site.address, "/").await.body.contains("7 messages"));

    let things = MemoryThings::any();
    let mut updates = things.updates();
    let _platform = platform(at, &things).await;
    let mut of_pump: Vec<Json> = Vec::new();
    while of_pump.len() < 6 {
        let next = tokio::time::timeout(PATIENCE, updates.recv()).await;
        match next.expect("it was not delivered").unwrap() {
            Update::Property { thing, property, .. } if thing == "Pump" => {
                // The value has the time at which it arrived at the gateway.
                assert!(property.time.as_datetime().is_some());
                of_pump.push(property.value.as_f64().into());
            }
            Update::Event { name, .. } => of_pump.push(name.into()),
            _ => {}
        }
    }
    assert_eq!(
        of_pump,
        [json!(0.0), json!(1.0), json!(2.0), json!(3.0), json!(4.0), json!("Overheated")]
    );
    for _ in 0..7 {
        site.until(|event| matches!(event, Event::Delivered { .. })).await;
    }
    let lathe = things.property("Lathe", "Speed").unwrap();
    assert_eq!(lathe.time.as_datetime().unwrap().to_millis(), 1_700_000_000_000);
    // If the store is empty, a write is sent at once.
    assert_eq!((put(&site, 9).await.status), 200);
}

#[tokio::test]
async fn a_message_that_the_platform_refuses_is_a_dead_letter_with_its_reason() {
    let directory = tempfile::tempdir().unwrap();
    let at = nobody();
    let site = storing(&directory, at).await;
    assert_stored(&put(&site, 1).await);
    let things = MemoryThings::any();
    things.before_request(|_| Reaction::Refuse(Status::FORBIDDEN, "not yours"));
    let _platform = platform(at, &things).await;
    let event = site.until(|event| matches!(event, Event::DeadLettered { .. })).await;
    assert!(event.to_string().contains("not yours"), "{event}");
    let dead = std::fs::read_to_string(directory.path().join("dead-letters.jsonl")).unwrap();
    assert!(dead.contains("not yours") && dead.contains("Speed"), "{dead}");
}

#[tokio::test]
async fn a_full_store_answers_503_and_keeps_what_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let site = Site::to(nobody(), |mut config, options| {
        config.store.enabled = true;
        config.store.directory = Some(path);
        config.store.max_size = 2_000;
        (config, options)
    })
    .await
    .unwrap();
    let mut stored = 0;
    let refused = loop {
        let answer = put(&site, stored).await;
        if answer.status != 202 {
            break answer;
        }
        stored += 1;
    };
    assert!(stored > 1);
    assert_eq!(refused.status, 503);
    assert!(refused.reason().contains("the store is full"), "{refused:?}");
    let status = get(site.address, "/status.json").await.json();
    assert_eq!(status["store"]["messages"], stored);
    assert!(status["errors"][0]["text"].as_str().unwrap().contains("the store is full"));
}

#[tokio::test]
async fn a_second_gateway_with_the_same_store_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let _first = storing(&directory, nobody()).await;
    let path = directory.path().to_owned();
    let second = Site::to(nobody(), |mut config, options| {
        config.store.enabled = true;
        config.store.directory = Some(path);
        (config, options)
    })
    .await;
    let error = second.err().unwrap();
    assert!(matches!(error, StartError::Store(_)));
    assert!(error.to_string().contains("in use by another process"), "{error}");
}

#[tokio::test]
async fn a_store_without_a_directory_is_an_error() {
    let site = Site::to(nobody(), |mut config, options| {
        config.store.enabled = true;
        (config, options)
    })
    .await;
    assert!(matches!(site.err().unwrap(), StartError::NoDirectory));
}
