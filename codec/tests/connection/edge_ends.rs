//! Pings of an edge, its end, and the next connection.

use super::*;
use alwayson_codec::connection::CallError;
use alwayson_codec::connection::edge::{End, State};

const NO_STRINGS: [&str; 0] = [];

#[test]
fn a_ping_goes_out_after_55_s_without_traffic_in_one_direction() {
    let mut side = EdgeSide::bound(&["a"]);
    side.pass(54_999);
    assert_eq!(side.sent(), NO_STRINGS);
    side.pass(1);
    assert_eq!(side.sent(), ["ping"]);
    assert_eq!(side.machine.poll_timeout(), Some(65_000));
    side.now_ms += 100;
    side.machine.handle_pong(side.now_ms);
    // What only comes in does not keep the platform from closing.
    side.now_ms += 30_000;
    side.machine.handle_ping(side.now_ms);
    assert_eq!(side.machine.poll_timeout(), Some(55_000 + 55_000));
    side.now_ms = 109_000;
    side.machine.handle_pong(side.now_ms);
    side.pass(1_000);
    assert_eq!(side.sent(), ["ping"]);
}

#[test]
fn a_pong_that_does_not_come_in_10_s_is_the_end_and_nothing_more_is_sent() {
    let mut side = EdgeSide::bound(&["a"]);
    let request = side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.sent();
    side.receive(&status(request.to_u32(), Status::SUCCESS));
    side.pass(55_000);
    assert_eq!(side.sent(), ["ping"]);
    side.machine.request(&Request::read_property("a", "p"), side.now_ms).unwrap();
    side.sent();
    side.pass(9_999);
    assert_eq!(side.machine.state(), State::Online);
    side.pass(1);
    assert_eq!(side.machine.state(), State::Ended);
    assert_eq!(side.events().last().unwrap(), "Ended(Silent)");
    assert_eq!(side.sent(), NO_STRINGS);
}

#[test]
fn a_transport_that_takes_nothing_is_found_dead_as_well() {
    let mut side = EdgeSide::bound(&["a"]);
    side.pass(55_000);
    // The ping is due, and nobody can send it.
    side.pass(10_000);
    assert_eq!(side.machine.end(), Some(End::Silent));
}

#[test]
fn time_that_goes_backwards_does_no_harm() {
    let mut side = EdgeSide::bound(&["a"]);
    side.pass(1_000);
    let request = side.machine.request(&Request::read_property("a", "p"), 5).unwrap();
    side.now_ms = 3;
    side.sent();
    side.machine.handle_timeout(0);
    assert_eq!(side.machine.poll_timeout(), Some(11_000));
    assert_eq!(
        side.receive(&status(request.to_u32(), Status::SUCCESS)),
        format!("Response {} SUCCESS", request.to_u32())
    );
}

#[test]
fn after_the_end_every_call_says_so_and_nothing_is_sent() {
    let mut side = EdgeSide::bound(&["a"]);
    side.receive(&get(1001, "a"));
    let inbound = side.machine.unanswered().next().unwrap();
    let get_p = Request::read_property("a", "p");
    side.machine.request(&get_p, 0).unwrap();
    side.machine.handle_closed(10);
    assert_eq!(side.events(), ["Failed { request: RequestId(3), failure: Ended }", "Ended(Lost)"]);
    assert_eq!(side.machine.request(&get_p, 20), Err(CallError::Ended));
    assert_eq!(
        side.machine.respond(inbound, &Response::new(Status::SUCCESS)),
        Err(CallError::Ended)
    );
    assert_eq!(side.receive(&get(1002, "a")), "Handled");
    side.machine.leave(30);
    side.pass(100_000);
    assert_eq!(side.sent(), NO_STRINGS);
    assert_eq!(side.events(), NO_STRINGS);
    assert_eq!(side.machine.end(), Some(End::Lost));
    assert_eq!(side.machine.poll_timeout(), None);
}

#[test]
fn a_reopened_edge_binds_again_and_takes_no_answer_from_before() {
    let mut side = EdgeSide::bound(&["a"]);
    side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.sent();
    assert_eq!(side.machine.reopen(), Err(CallError::WrongState));
    side.machine.handle_closed(10);
    // The end has to be told first.
    assert_eq!(side.machine.reopen(), Err(CallError::WrongState));
    side.events();
    side.machine.reopen().unwrap();
    let auth = side.open();
    assert_eq!(auth, 4);
    let granted = Ids { session: OTHER, ..ids(auth) };
    side.receive(&encode(granted, Body::Response(Response::new(Status::SUCCESS))));
    assert_eq!(side.sent(), ["BIND request=5 session=78 [a]"]);
    assert_eq!(side.receive(&status(3, Status::SUCCESS)), "Handled");
    assert_eq!(side.machine.counters().responses_dropped, 1);
}

#[test]
fn a_request_that_waits_has_a_number_that_is_never_0_and_is_not_used_again() {
    let mut side = EdgeSide::bound(&["a"]);
    let mut numbers = vec![];
    for _ in 0..3 {
        // The same id in the header each time.
        side.receive(&get(1001, "a"));
        let inbound = side.machine.unanswered().next().unwrap();
        numbers.push(inbound.to_u32());
        side.machine.respond(inbound, &Response::new(Status::SUCCESS)).unwrap();
        side.sent();
    }
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn who_leaves_sends_what_was_said_then_unbinds_then_closes() {
    let mut side = EdgeSide::bound(&["a", "b"]);
    side.receive(&get(1001, "a"));
    let inbound = side.machine.unanswered().next().unwrap();
    side.machine.respond(inbound, &Response::new(Status::SUCCESS)).unwrap();
    side.machine.leave(0);
    let get_p = Request::read_property("a", "p");
    assert_eq!(side.machine.request(&get_p, 0), Err(CallError::Leaving));
    assert_eq!(
        side.sent(),
        ["SUCCESS request=1001 session=77", "UNBIND request=3 session=77 [a, b]"]
    );
    side.receive(&get(1002, "a"));
    assert!(side.sent()[0].starts_with("NOT_FOUND request=1002"));
    side.receive(&status(3, Status::SUCCESS));
    assert_eq!(side.sent(), ["close 1000"]);
    assert!(side.events().ends_with(&["Ended(Left)".to_owned()]));
    side.machine.handle_closed(0);
    assert_eq!(side.machine.state(), State::Ended);
}

#[test]
fn who_leaves_waits_no_longer_than_10_s_for_the_platform() {
    let mut side = EdgeSide::bound(&["a"]);
    side.machine.leave(0);
    assert_eq!(side.sent(), ["UNBIND request=3 session=77 [a]"]);
    side.pass(10_000);
    assert_eq!(side.sent(), ["close 1000"]);
}
