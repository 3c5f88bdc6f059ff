//! One driver for both sides, over `Machine`.

use alwayson_codec::connection::{CallError, Failure, InboundId, Machine};
use alwayson_codec::{Request, Response, Status, Value};

use super::*;

/// What an application does over a connection, whichever side it is: it answers what it
/// was asked, asks something itself, and hears no more of the peer.
fn drive<M: Machine>(side: &mut Side<M>, inbound: InboundId) -> Vec<String> {
    let mut lines = Vec::new();
    let machine = &mut side.machine;
    assert_eq!(machine.unanswered().collect::<Vec<_>>(), [inbound]);
    machine.respond_value(inbound, "p", &Value::from(1.5)).unwrap();
    let again = machine.respond(inbound, &Response::new(Status::SUCCESS));
    assert_eq!(again, Err(CallError::NotWaiting));
    assert_eq!(machine.unanswered().count(), 0);

    let now_ms = side.now_ms;
    let read = machine.request(&Request::read_property("Pump", "p"), now_ms).unwrap();
    let written = machine.write_property("Pump", "p", &Value::from(true), now_ms).unwrap();
    assert_eq!(machine.requests().collect::<Vec<_>>(), [read, written]);
    lines.extend(side.sent());

    let due_ms = side.machine.poll_timeout().unwrap();
    side.pass(due_ms - side.now_ms);
    assert_eq!(side.machine.requests().count(), 0);
    side.machine.handle_closed(side.now_ms);
    assert!(side.machine.is_ended());
    assert_eq!(side.machine.counters().responses_dropped, 0);
    lines
}

#[test]
fn one_driver_serves_both_sides() {
    let mut edge = EdgeSide::bound(&["Pump"]);
    let bytes = get(1000, "Pump");
    let received = edge.machine.handle_received(&bytes, &mut edge.joiner, edge.now_ms);
    let edge::Received::Request { inbound, .. } = received else { panic!("{received:?}") };
    let [answer, read, write] = &drive(&mut edge, inbound)[..] else { panic!() };
    assert_eq!(answer, "SUCCESS request=1000 session=77 {p: 1.5}");
    assert!(read.starts_with("GET ") && write.starts_with("PUT "), "{read} {write}");
    let failed = edge.events();
    assert_eq!(failed.iter().filter(|event| event.contains("Timeout")).count(), 2, "{failed:?}");

    let mut platform = PlatformSide::bound(&["Pump"]);
    let bytes = get(3, "Any");
    let received = platform.machine.handle_received(&bytes, &mut platform.joiner, platform.now_ms);
    let platform::Received::Request { inbound, .. } = received else { panic!("{received:?}") };
    let [answer, read, write] = &drive(&mut platform, inbound)[..] else { panic!() };
    assert_eq!(answer, "SUCCESS request=3 session=77 {p: 1.5}");
    assert!(read.starts_with("GET ") && write.starts_with("PUT "), "{read} {write}");
    let timeout = format!("{:?}", Failure::Timeout);
    let failed = platform.events();
    assert_eq!(failed.iter().filter(|event| event.contains(&timeout)).count(), 2, "{failed:?}");
}
