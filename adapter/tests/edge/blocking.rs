//! The blocking interface, in real time; no test depends on the clock.

use alwayson::edge::RequestError;
use alwayson::edge::blocking::{BlockingError, Edge};
use alwayson::message::Response;
use alwayson::value::Table;
use alwayson_codec::Status;

use crate::platform::Seen;
use crate::wire::Sockets;
use crate::{SENSOR, builder, seconds};

#[test]
fn a_program_without_a_runtime_has_an_edge() {
    let mut sockets = Sockets::new();
    let building = builder(&sockets);
    let platform = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut platform = sockets.next().await;
            platform.accept().await;
            assert_eq!(platform.bind().await, [SENSOR]);
            let value = Response::of(Table::of([("Pressure", 2.5.into())]));
            platform.answer("GET Things/SteamSensor1/Properties/Pressure", value).await;
            let refused = Response::new(Status::FORBIDDEN);
            platform.answer("PUT Things/SteamSensor1/Properties/Pressure", refused).await;
            // Handlers run while the program waits.
            let (hello, _) = platform.request().await;
            let params = Table::of([("a", 1.0.into()), ("b", 2.0.into())]);
            let sum = platform.call(SENSOR, "AddNumbers", Some(params)).await;
            assert_eq!(sum.value(), Some(&3.0.into()));
            platform.respond(hello, &Response::of(Table::result("hi")));
            assert_eq!(platform.bind().await, [SENSOR]);
            assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
            platform.close();
        });
    });
    let edge = Edge::connect(building).unwrap();
    edge.wait_bound(SENSOR, seconds(60)).unwrap();
    assert_eq!(edge.read_property(SENSOR, "Pressure"), Ok(2.5.into()));
    let refused = RequestError::Refused { status: Status::FORBIDDEN, reason: None };
    assert_eq!(edge.write_property(SENSOR, "Pressure", 1.0), Err(refused));
    let greeting = edge.invoke_service("Greeter", "Hello", Table::default()).unwrap();
    assert_eq!(greeting.value(), Some(&"hi".into()));
    assert!(edge.state().things[SENSOR].is_bound());
    edge.leave();
    assert_eq!(edge.read_property(SENSOR, "x"), Err(RequestError::Left));
    platform.join().unwrap();
}

#[test]
fn a_key_that_is_refused_is_an_error() {
    let mut sockets = Sockets::new();
    let building = builder(&sockets);
    let platform = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut platform = sockets.next().await;
            platform.refuse().await;
            assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
            platform.close();
        });
    });
    assert!(matches!(Edge::connect(building), Err(BlockingError::Start(_))));
    platform.join().unwrap();
}
