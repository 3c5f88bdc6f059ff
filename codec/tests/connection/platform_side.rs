//! One connection of a platform: AUTH first, names, requests, the end.

use super::*;
use alwayson_codec::connection::CallError;
use alwayson_codec::connection::platform::{End, State};

const NO_STRINGS: [&str; 0] = [];

#[test]
fn anything_but_auth_ends_the_connection_without_an_answer() {
    let chunk = {
        let mut bytes = get(2, "a");
        bytes[14] = 1;
        bytes.splice(15..15, [0, 1, 0, 2, 0, 64]);
        bytes
    };
    let keep_alive = encode(ids(0), Body::KeepAlive);
    let unreadable = auth(1, "key")[..20].to_vec();
    let no_method = [&[1, 9][..], &get(2, "a")[2..]].concat();
    let clear_auth = [&[1, 0x15][..], &get(2, "a")[2..15], &[0]].concat();
    for early in [
        no_method,
        clear_auth,
        bind(2, &["a"]),
        unbind(2, &["a"]),
        get(2, "a"),
        chunk,
        status(2, Status::SUCCESS),
        keep_alive,
        unreadable,
        vec![2],
    ] {
        let mut side = PlatformSide::new();
        let told = side.receive(&early);
        assert_eq!(told == "Handled", Message::decode(&early).is_ok(), "{told}");
        assert_eq!(side.sent(), ["close 1008"], "{early:02x?}");
        assert_eq!(side.events(), ["Ended(TooEarly)"]);
        // The same while the host decides about AUTH.
        let mut side = PlatformSide::new();
        assert_eq!(side.receive(&auth(1, "key")), "Auth");
        assert_eq!(side.receive(&early), told);
        assert_eq!(side.machine.accept(SESSION, 0, 0), Err(CallError::Ended));
        assert_eq!(side.sent(), ["close 1008"], "{early:02x?}");
    }
}

#[test]
fn no_auth_in_15_s_is_the_end() {
    let mut side = PlatformSide::new();
    assert_eq!(side.machine.poll_timeout(), Some(15_000));
    // A ping is traffic, and no AUTH.
    side.pass(14_999);
    side.machine.handle_ping(side.now_ms);
    assert_eq!(side.machine.state(), State::AwaitingAuth);
    side.pass(1);
    assert_eq!(side.sent(), ["close 1008"]);
    assert_eq!(side.machine.end(), Some(End::AuthTimeout));
}

#[test]
fn auth_is_decided_by_the_host_later_if_it_must() {
    let mut side = PlatformSide::new();
    assert_eq!(side.machine.accept(SESSION, 0, 0), Err(CallError::WrongState));
    side.receive(&auth(9, "key"));
    side.pass(40_000);
    assert_eq!(side.machine.state(), State::Deciding);
    side.machine.accept(SESSION, 5, side.now_ms).unwrap();
    assert_eq!(side.sent(), ["SUCCESS request=9 endpoint=5 session=77"]);
    assert_eq!(side.machine.session(), Some(SESSION));
    assert_eq!(side.machine.accept(SESSION, 5, 0), Err(CallError::WrongState));
}

#[test]
fn a_refused_auth_is_answered_unauthorized_then_the_connection_ends() {
    let mut side = PlatformSide::new();
    side.receive(&auth(1, "wrong"));
    side.machine.refuse(0).unwrap();
    assert_eq!(side.sent(), ["UNAUTHORIZED request=1", "close 1008"]);
    assert_eq!(side.events(), ["Ended(Refused)"]);
}

#[test]
fn a_second_auth_is_a_bad_request_and_changes_nothing() {
    let mut side = PlatformSide::bound(&["a"]);
    assert_eq!(side.receive(&auth(7, "other")), "Handled");
    assert!(side.sent()[0].starts_with("BAD_REQUEST request=7 session=77"));
    assert!(side.machine.is_bound("a"));
    // And while the first is decided about.
    let mut side = PlatformSide::new();
    side.receive(&auth(1, "key"));
    side.receive(&auth(2, "key"));
    side.machine.accept(SESSION, 0, 0).unwrap();
    let sent = side.sent();
    assert!(sent[0].starts_with("BAD_REQUEST request=2"), "{sent:?}");
    assert_eq!(sent[1], "SUCCESS request=1 session=77");
}

#[test]
fn requests_go_to_bound_names_only_and_end_in_30_s() {
    let mut side = PlatformSide::online();
    let get_a = Request::read_property("a", "p");
    assert_eq!(side.machine.request(&get_a, 0), Err(CallError::NotBound));
    side.receive(&bind(2, &["a"]));
    assert_eq!(side.machine.request(&get_a, 0), Err(CallError::NotBound));
    side.accept(&["a"], NameChange::Bound);
    let first = side.machine.request(&get_a, 0).unwrap();
    let value = Value::from(55.5);
    let second = side.machine.write_property("a", "Temperature", &value, 0).unwrap();
    assert_eq!(side.machine.request(&get_a, 0), Err(CallError::TooManyRequests));
    assert_eq!(
        side.sent(),
        [
            "SUCCESS request=2 session=77",
            "GET request=1001 session=77 Things/a/Properties/p",
            "PUT request=1002 session=77 Things/a/Properties/Temperature {Temperature: 55.5}",
        ]
    );
    assert_eq!(side.receive(&text(second.to_u32(), "done")), "Response 1002 SUCCESS");
    side.events();
    side.pass(29_999);
    assert_eq!(side.events(), NO_STRINGS);
    side.pass(1);
    assert_eq!(side.events(), [format!("Failed {{ request: {first:?}, failure: Timeout }}")]);
    assert_eq!(side.receive(&status(first.to_u32(), Status::SUCCESS)), "Handled");
    assert_eq!(side.machine.counters().responses_dropped, 1);
}

#[test]
fn another_session_id_is_unauthorized_and_nothing_happens() {
    let mut side = PlatformSide::bound(&["a"]);
    let names = ["a"];
    let get_a = Request::read_property("a", "p");
    for session in [OTHER, 1, Ids::NONE - 1] {
        let other = Ids { session, ..ids(7) };
        for body in [
            Body::Request(get_a),
            Body::Unbind(Bind::new(&names).unwrap()),
            Body::Bind(Bind::new(&names).unwrap()),
        ] {
            assert_eq!(side.receive(&encode(other, body)), "Handled");
            assert!(side.sent()[0].starts_with("UNAUTHORIZED request=7 session=77"));
        }
        // A response is not answered.
        let response = Body::Response(Response::new(Status::SUCCESS));
        assert_eq!(side.receive(&encode(other, response)), "Handled");
        assert_eq!(side.sent(), NO_STRINGS);
    }
    assert!(side.machine.is_bound("a"));
}

#[test]
fn no_session_id_is_as_good_as_the_one_that_was_granted() {
    for session in [0, Ids::NONE] {
        let mut side = PlatformSide::online();
        let none = |request| Ids { session, ..ids(request) };
        let names = ["a"];
        let bind = Bind::new(&names).unwrap();
        assert_eq!(side.receive(&encode(none(2), Body::Bind(bind))), "Bind");
        side.accept(&names, NameChange::Bound);
        assert_eq!(side.sent(), ["SUCCESS request=2 session=77"]);
        let get_a = Request::read_property("a", "p");
        assert_eq!(side.receive(&encode(none(3), Body::Request(get_a))), "Request a");
        let asked = side.machine.request(&get_a, 0).unwrap().to_u32();
        let success = Body::Response(Response::new(Status::SUCCESS));
        assert_eq!(side.receive(&encode(none(asked), success)), "Response 1001 SUCCESS");
        assert_eq!(side.receive(&encode(none(0), Body::KeepAlive)), "Handled");
        assert_eq!(side.receive(&encode(none(4), Body::Unbind(bind))), "Unbind");
        side.accept(&names, NameChange::Unbound);
        assert!(!side.machine.is_bound("a"));
        // A second AUTH is none the better for it.
        assert_eq!(side.receive(&auth(5, "key")), "Handled");
        assert!(side.sent().last().unwrap().starts_with("BAD_REQUEST request=5"));
    }
}

#[test]
fn a_body_that_does_not_decode_is_a_bad_request_and_the_next_message_is_handled() {
    let mut side = PlatformSide::bound(&["a"]);
    let mut broken = get(7, "a");
    broken.pop();
    side.receive(&broken);
    let sent = side.sent();
    assert!(sent[0].starts_with("BAD_REQUEST request=7"), "{sent:?}");
    assert!(sent[0].contains("cut short at byte"), "{sent:?}");
    assert_eq!(side.receive(&get(8, "a")), "Request a");
    side.receive(&[1, 1, 0, 0]);
    assert_eq!(side.sent(), ["close 1002"]);
    assert_eq!(side.events(), ["Disconnected { name: \"a\", at_ms: 0 }", "Ended(Protocol)"]);
}

#[test]
fn padding_after_a_message_is_not_an_error() {
    let mut side = PlatformSide::bound(&["a"]);
    let request = side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.sent();
    let mut padded = status(request.to_u32(), Status::NOT_FOUND);
    padded.extend([0; 9]);
    assert_eq!(side.receive(&padded), "Response 1001 NOT_FOUND");
}

#[test]
fn nothing_for_60_s_is_the_end_and_anything_that_comes_resets_it() {
    let mut side = PlatformSide::bound(&["a"]);
    side.pass(59_999);
    side.receive(&encode(ids(0), Body::KeepAlive));
    side.pass(59_999);
    side.machine.handle_ping(side.now_ms);
    side.pass(59_999);
    side.machine.handle_pong(side.now_ms);
    side.pass(59_999);
    assert_eq!(side.machine.state(), State::Online);
    assert_eq!(side.sent(), NO_STRINGS);
    side.pass(1);
    assert_eq!(side.sent(), ["close 1001"]);
    assert_eq!(side.machine.end(), Some(End::Idle));
}

#[test]
fn the_end_frees_all_names_and_ends_all_requests_and_dead_is_dead() {
    let mut side = PlatformSide::bound(&["a", "b"]);
    side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.receive(&get(3, "x"));
    let inbound = side.machine.unanswered().next().unwrap();
    side.machine.handle_closed(40);
    assert_eq!(
        side.events(),
        [
            "Failed { request: RequestId(1001), failure: Ended }",
            "Disconnected { name: \"a\", at_ms: 40 }",
            "Disconnected { name: \"b\", at_ms: 40 }",
            "Ended(Closed)",
        ]
    );
    let get_a = Request::read_property("a", "p");
    assert_eq!(side.machine.request(&get_a, 50), Err(CallError::Ended));
    let success = Response::new(Status::SUCCESS);
    assert_eq!(side.machine.respond(inbound, &success), Err(CallError::Ended));
    assert_eq!(side.machine.accept_names(50), Err(CallError::Ended));
    assert_eq!(side.machine.refuse(50), Err(CallError::Ended));
    assert_eq!(side.receive(&bind(9, &["a"])), "Handled");
    side.machine.shut_down(60);
    side.pass(100_000);
    assert_eq!(side.sent(), NO_STRINGS);
    assert_eq!(side.events(), NO_STRINGS);
    assert_eq!(side.machine.end(), Some(End::Closed));
}

#[test]
fn who_shuts_down_sends_the_answers_that_were_given_then_closes() {
    let mut side = PlatformSide::bound(&["a"]);
    side.receive(&get(3, "x"));
    let inbound = side.machine.unanswered().next().unwrap();
    side.machine.respond(inbound, &Response::new(Status::SUCCESS)).unwrap();
    side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.machine.shut_down(0);
    assert_eq!(side.sent(), ["SUCCESS request=3 session=77", "close 1001"]);
    assert_eq!(side.events().last().unwrap(), "Ended(ShutDown)");
}

#[test]
fn an_end_while_a_bind_is_decided_about_binds_nothing() {
    let mut side = PlatformSide::online();
    side.receive(&bind(2, &["a"]));
    side.machine.handle_closed(5);
    assert_eq!(side.machine.accept_names(5), Err(CallError::Ended));
    assert_eq!(side.events(), ["Ended(Closed)"]);
}
