//! The durable store of an edge, against a platform over real sockets.

#![cfg(feature = "store")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::Status;
use alwayson::edge::store::{Store, StoreError, StoreEvent, StoreOptions, WhenFull};
use alwayson::edge::{Credentials, Edge, Reconnect};
use alwayson::message::Request;
use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform, Reaction, Update};
use alwayson::value::Value;
use tokio::sync::mpsc;

/// The timeout of everything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Returns an address at which nothing listens.
fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn edge(address: SocketAddr, store: Store) -> Edge {
    Edge::builder(&format!("ws://{address}"))
        .unwrap()
        .credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key("k")) })
        .reconnect(Reconnect::default().with_delay_ms(20).with_jitter_ms(0).with_cap_ms(20))
        .store(store)
        .start()
        .unwrap()
}

/// Opens a store that was just dropped. Its thread closes the file asynchronously, so the
/// store may still be in use.
fn open(directory: &Path, options: &StoreOptions) -> Store {
    loop {
        match Store::open(directory, options.clone()) {
            Ok(store) => return store,
            Err(StoreError::InUse) => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => panic!("{error}"),
        }
    }
}

fn write(thing: &str, value: i32) -> Request {
    Request::write_property(thing, "Count", value)
}

async fn platform(address: SocketAddr, things: MemoryThings) -> Platform {
    Platform::builder(AcceptAnyClaims, things).listen(address).await.unwrap()
}

/// Waits for the next `many` values that the platform receives.
async fn values(updates: &mut tokio::sync::broadcast::Receiver<Update>, many: usize) -> Vec<Value> {
    let mut all = Vec::new();
    while all.len() < many {
        let next = tokio::time::timeout(PATIENCE, updates.recv()).await;
        if let Update::Property { property, .. } = next.expect("nothing was delivered").unwrap() {
            all.push(property.value);
        }
    }
    all
}

fn numbers(range: std::ops::Range<i32>) -> Vec<Value> {
    range.map(Value::from).collect()
}

#[tokio::test]
async fn what_is_stored_without_a_connection_is_delivered_in_order_and_taken_from_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let (sender, mut told) = mpsc::unbounded_channel();
    let options = StoreOptions::default().on_event(move |request, event| {
        let _ = sender.send((request.to_string(), event.clone()));
    });
    let address = nobody();
    let edge = edge(address, Store::open(directory.path(), options).unwrap());
    for value in 0..20 {
        edge.request_stored(write("Pump", value)).await.unwrap();
    }
    assert_eq!(edge.stored_requests("Pump"), 20);
    let status = edge.store_status().unwrap();
    assert_eq!((status.requests, status.stored), (20, 20));
    assert!(status.oldest.is_some() && status.bytes > 0);
    let things = MemoryThings::any();
    let mut updates = things.updates();
    let _platform = platform(address, things).await;
    assert_eq!(values(&mut updates, 20).await, numbers(0..20));
    let mut delivered = 0;
    while delivered < 20 {
        let (request, event) = told.recv().await.unwrap();
        assert_eq!(request, "PUT Things/Pump/Properties/Count");
        delivered += usize::from(event == StoreEvent::Delivered);
    }
    let status = edge.store_status().unwrap();
    assert_eq!((status.requests, status.bytes, status.delivered), (0, 0, 20));
    assert_eq!(status.oldest, None);
    edge.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let options = StoreOptions::default();
    let first = edge(nobody(), Store::open(directory.path(), options.clone()).unwrap());
    for value in 0..5 {
        first.request_stored(write("Pump", value)).await.unwrap();
    }
    first.leave().await;
    drop(first);
    let address = nobody();
    let store = open(directory.path(), &options);
    let second = edge(address, store);
    assert_eq!(second.stored_requests("Pump"), 5);
    second.request_stored(write("Pump", 5)).await.unwrap();
    let things = MemoryThings::any();
    let mut updates = things.updates();
    let _platform = platform(address, things).await;
    assert_eq!(values(&mut updates, 6).await, numbers(0..6));
}

#[tokio::test]
async fn a_second_opener_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let first = Store::open(directory.path(), StoreOptions::default()).unwrap();
    let error = Store::open(directory.path(), StoreOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::InUse), "{error}");
    drop(first);
    open(directory.path(), &StoreOptions::default());
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("store.redb");
    std::fs::write(&file, "a text of somebody else, which is long enough to be looked at").unwrap();
    let error = Store::open(directory.path(), StoreOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_) | StoreError::Disk(_)), "{error:?}");
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("a text"));
}

/// Returns the number of bytes of one stored write of the Pump.
async fn len_of_one(directory: &Path) -> u64 {
    let edge = edge(nobody(), open(directory, &StoreOptions::default()));
    edge.request_stored(write("Pump", 0)).await.unwrap();
    edge.store_status().unwrap().bytes
}

#[tokio::test]
async fn a_full_store_refuses_and_drops_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let len = len_of_one(tempfile::tempdir().unwrap().path()).await;
    for (most, fit) in [(3 * len - 1, 2_u8), (3 * len, 3), (3 * len + 1, 3)] {
        let directory = directory.path().join(most.to_string());
        let options = StoreOptions::default().with_max_bytes(most).unwrap();
        let edge = edge(nobody(), Store::open(&directory, options).unwrap());
        for value in 0..fit {
            edge.request_stored(write("Pump", value.into())).await.unwrap();
        }
        let error = edge.request_stored(write("Pump", fit.into())).await.unwrap_err();
        let full =
            format!("the store is full: it contains {} of {most} bytes", len * u64::from(fit));
        assert_eq!(error.to_string(), full);
        assert_eq!(edge.store_status().unwrap().requests, u64::from(fit));
    }
}

#[test]
fn a_store_has_room_for_at_least_one_byte() {
    for set in [StoreOptions::with_max_bytes, StoreOptions::with_max_dead_bytes] {
        assert!(set(StoreOptions::default(), 0).is_err());
        assert!(set(StoreOptions::default(), 1).is_ok());
        assert!(set(StoreOptions::default(), u64::MAX).is_ok());
    }
}

#[tokio::test]
async fn a_request_whose_future_is_dropped_is_stored_and_delivered() {
    let directory = tempfile::tempdir().unwrap();
    let address = nobody();
    let edge = edge(address, Store::open(directory.path(), StoreOptions::default()).unwrap());
    {
        let mut stored = Box::pin(edge.request_stored(write("Pump", 7)));
        assert!(futures_util::poll!(&mut stored).is_pending());
    }
    let things = MemoryThings::any();
    let mut updates = things.updates();
    let _platform = platform(address, things).await;
    assert_eq!(values(&mut updates, 1).await, [Value::from(7)]);
}

#[tokio::test]
async fn a_full_store_drops_the_oldest_where_it_is_asked_to() {
    let directory = tempfile::tempdir().unwrap();
    let len = len_of_one(tempfile::tempdir().unwrap().path()).await;
    let dropped = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&dropped);
    let options = StoreOptions::default()
        .with_max_bytes(3 * len)
        .unwrap()
        .with_when_full(WhenFull::DropOldest)
        .on_event(move |_, event| {
            *counted.lock().unwrap() += u32::from(*event == StoreEvent::Dropped);
        });
    let address = nobody();
    let edge = edge(address, Store::open(directory.path(), options).unwrap());
    for value in 0..10 {
        edge.request_stored(write("Pump", value)).await.unwrap();
    }
    assert_eq!(*dropped.lock().unwrap(), 7);
    assert_eq!(edge.store_status().unwrap().dropped, 7);
    let things = MemoryThings::any();
    let mut updates = things.updates();
    let _platform = platform(address, things).await;
    assert_eq!(values(&mut updates, 3).await, numbers(7..10));
}

#[tokio::test]
async fn what_the_platform_refuses_for_good_is_a_dead_letter_and_the_next_goes() {
    let directory = tempfile::tempdir().unwrap();
    let address = nobody();
    let edge = edge(address, Store::open(directory.path(), StoreOptions::default()).unwrap());
    let bad = Request::write_property("Pump", "Bad", 7);
    edge.request_stored(bad).await.unwrap();
    edge.request_stored(write("Pump", 1)).await.unwrap();
    let things = MemoryThings::any();
    things.before_request(|request| match request.name.as_str() {
        "Bad" => Reaction::Refuse(Status::FORBIDDEN, "not yours"),
        _ => Reaction::Proceed,
    });
    let mut updates = things.updates();
    let _platform = platform(address, things).await;
    assert_eq!(values(&mut updates, 1).await, numbers(1..2));
    let dead = std::fs::read_to_string(directory.path().join("dead-letters.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(dead.trim()).unwrap();
    assert_eq!(line["thing"], "Pump");
    assert_eq!(line["request"], "PUT Things/Pump/Properties/Bad");
    assert!(line["reason"].as_str().unwrap().contains("not yours"), "{line}");
    assert_eq!(line["params"]["rows"][0]["Bad"], 7);
}

#[tokio::test]
async fn what_the_platform_cannot_do_now_is_tried_again_and_other_things_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let address = nobody();
    let edge = edge(address, Store::open(directory.path(), StoreOptions::default()).unwrap());
    edge.request_stored(write("Slow", 1)).await.unwrap();
    edge.request_stored(write("Slow", 2)).await.unwrap();
    edge.request_stored(write("Pump", 3)).await.unwrap();
    let things = MemoryThings::any();
    let refused = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&refused);
    things.before_request(move |request| {
        let mut refused = counted.lock().unwrap();
        if request.entity == "Slow" && *refused < 2 {
            *refused += 1;
            return Reaction::Refuse(Status::SERVICE_UNAVAILABLE, "later");
        }
        Reaction::Proceed
    });
    let mut updates = things.updates();
    let _platform = platform(address, things).await;
    // The write of the other Thing arrives first, then those of the slow one in order.
    assert_eq!(values(&mut updates, 3).await, [3.into(), 1.into(), 2.into()]);
    assert_eq!(*refused.lock().unwrap(), 2);
}

#[tokio::test]
async fn an_edge_without_a_store_says_so() {
    let edge = Edge::builder(&format!("ws://{}", nobody()))
        .unwrap()
        .credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key("k")) })
        .start()
        .unwrap();
    let error = edge.request_stored(write("Pump", 1)).await.unwrap_err();
    assert_eq!(error.to_string(), "the edge has no store");
    assert_eq!(edge.store_status(), None);
}
