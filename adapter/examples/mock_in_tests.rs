//! How to test a device: a platform in the test, assertions on what the device did, and faults on
//! demand. Here the device is an edge of this crate. Connect yours to
//! `ws://{platform.local_addr()}`.
//!
//! ```sh
//! cargo test -p alwayson --example mock_in_tests
//! ```
//!
//! Four tests pass.

fn main() {
    println!("cargo test -p alwayson --example mock_in_tests");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alwayson::Status;
    use alwayson::edge::{Credentials, Edge, PropertyUpdate, Reconnect, Thing};
    use alwayson::platform::{Event, KnownCredentials, MemoryThings, Platform, Reaction};
    use alwayson::transport::Close;

    async fn platform(things: &MemoryThings) -> Platform {
        let keys = KnownCredentials::default().with_key("a key");
        Platform::builder(keys, things.clone()).listen("127.0.0.1:0").await.unwrap()
    }

    async fn device(platform: &Platform) -> Edge {
        let url = format!("ws://{}", platform.local_addr());
        let builder = Edge::builder(&url).unwrap().thing(Thing::new("Pump"));
        // Reconnects almost at once. A device in the field waits for 10 s.
        let again = Reconnect::default().with_delay_ms(10).with_cap_ms(10).with_jitter_ms(0);
        let key = || async { Ok::<_, std::io::Error>(Credentials::app_key("a key")) };
        builder.credentials(key).reconnect(again).connect().await.unwrap()
    }

    #[tokio::test]
    async fn it_pushes_its_level() {
        let things = MemoryThings::new().with_thing("Pump");
        let platform = platform(&things).await;
        let device = device(&platform).await;
        device.push_properties("Pump", [PropertyUpdate::new("Level", 7.5)]).await.unwrap();
        let is_high = |value: &alwayson::value::Value| value.as_f64() > Some(7.0);
        assert_eq!(things.wait_property("Pump", "Level", is_high).await.quality, "GOOD");
    }

    #[tokio::test]
    async fn it_sees_that_its_name_is_refused() {
        let things = MemoryThings::any();
        things.before_bind(|_| Reaction::Refuse(Status::CONFLICT, "is bound elsewhere"));
        let platform = platform(&things).await;
        assert!(device(&platform).await.try_wait_bound("Pump").await.is_err());
    }

    #[tokio::test]
    async fn it_waits_for_a_late_answer() {
        let things = MemoryThings::any();
        things.before_request(|_| Reaction::After(Duration::from_millis(50)));
        let platform = platform(&things).await;
        device(&platform).await.write_property("Pump", "Level", 7.5).await.unwrap();
    }

    #[tokio::test]
    async fn it_connects_again_when_it_is_sent_away() {
        let platform = platform(&MemoryThings::any()).await;
        let mut events = platform.events();
        let _device = device(&platform).await;
        let connection = platform.handle().wait_bound("Pump").await;
        platform.handle().disconnect(connection, Close::new(1001, "maintenance"));
        while !matches!(events.recv().await, Ok(Event::Disconnected { .. })) {}
        assert_ne!(platform.handle().wait_bound("Pump").await, connection);
    }
}
