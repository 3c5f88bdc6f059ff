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
fn names_are_bound_when_the_host_says_so_and_all_or_none() {
    let mut side = PlatformSide::online();
    side.now_ms = 500;
    assert_eq!(side.receive(&bind(2, &["a", "b", "a"])), "Bind");
    assert!(!side.machine.is_bound("a"));
    side.machine.refuse_names(Status::CONFLICT, "b", "is bound on another connection").unwrap();
    let sent = side.sent();
    assert!(sent[0].contains("CONFLICT request=2"), "{sent:?}");
    assert!(sent[0].contains("b is bound on another connection"), "{sent:?}");
    assert_eq!(side.events(), NO_STRINGS);
    assert_eq!(side.machine.names().count(), 0);
    side.receive(&bind(3, &["a", "b"]));
    side.now_ms = 600;
    side.accept(&["a", "b"], NameChange::Bound);
    assert_eq!(side.sent(), ["SUCCESS request=3 session=77"]);
    assert_eq!(
        side.events(),
        ["Connected { name: \"a\", at_ms: 600 }", "Connected { name: \"b\", at_ms: 600 }"]
    );
    assert_eq!(side.machine.accept_names(600), Err(CallError::WrongState));
    assert_eq!(side.machine.names().collect::<Vec<_>>(), [("a", 600), ("b", 600)]);
}

#[test]
fn a_name_that_the_host_does_not_bind_is_not_bound_though_the_answer_is_success() {
    let mut side = PlatformSide::online();
    side.receive(&bind(2, &["a", "b"]));
    side.accept(&["b"], NameChange::Bound);
    assert_eq!(side.sent(), ["SUCCESS request=2 session=77"]);
    assert_eq!(side.events(), ["Connected { name: \"b\", at_ms: 0 }"]);
    assert!(!side.machine.is_bound("a"));
    // It left no mark: it can be asked for, and bound.
    assert_eq!(side.receive(&bind(3, &["a"])), "Bind");
    side.accept(&["a"], NameChange::Bound);
    assert_eq!(side.events(), ["Connected { name: \"a\", at_ms: 0 }"]);
}

#[test]
fn an_unbind_frees_what_the_host_says_whatever_the_message_names() {
    let mut side = PlatformSide::bound(&["a", "*b-1", "c"]);
    assert_eq!(side.receive(&unbind(3, &["b"])), "Unbind");
    assert!(side.machine.is_bound("*b-1"));
    side.now_ms = 900;
    side.accept(&["*b-1", "c"], NameChange::Unbound);
    assert_eq!(side.sent(), ["SUCCESS request=3 session=77"]);
    assert_eq!(
        side.events(),
        ["Disconnected { name: \"*b-1\", at_ms: 900 }", "Disconnected { name: \"c\", at_ms: 900 }"]
    );
    assert_eq!(side.machine.names().collect::<Vec<_>>(), [("a", 0)]);
}

#[test]
fn an_unbind_that_the_host_refuses_changes_nothing() {
    let mut side = PlatformSide::bound(&["a", "b"]);
    assert_eq!(side.receive(&unbind(3, &["a", "c"])), "Unbind");
    side.machine.refuse_names(Status::NOT_FOUND, "c", "is not bound on this connection").unwrap();
    let sent = side.sent();
    assert!(sent[0].starts_with("NOT_FOUND request=3"), "{sent:?}");
    assert!(sent[0].contains("c is not bound on this connection"), "{sent:?}");
    assert_eq!(side.events(), NO_STRINGS);
    assert_eq!(side.machine.names().count(), 2);
}

#[test]
fn what_does_not_fit_to_what_is_bound_and_asked_for_changes_nothing() {
    use NameChange::{Bound, Moved, Unbound};
    let mut side = PlatformSide::bound(&["a"]);
    assert_eq!(side.machine.change_name("b", Bound, 0), Err(CallError::WrongState));
    assert_eq!(side.machine.change_name("b", Unbound, 0), Err(CallError::NotBound));
    assert_eq!(side.machine.change_name("b", Moved, 0), Err(CallError::NotBound));
    // What is bound already, is.
    assert_eq!(side.machine.change_name("a", Bound, 0), Ok(()));
    side.receive(&bind(3, &["b"]));
    assert_eq!(side.machine.change_name("b", Unbound, 0), Err(CallError::NotBound));
    side.machine.refuse_names(Status::CONFLICT, "b", "is bound on another connection").unwrap();
    assert_eq!(side.machine.change_name("b", Bound, 0), Err(CallError::WrongState));
    assert_eq!(side.machine.names().collect::<Vec<_>>(), [("a", 0)]);
    side.machine.handle_closed(0);
    assert_eq!(side.machine.change_name("a", Unbound, 0), Err(CallError::Ended));
    assert_eq!(side.machine.change_name("b", Bound, 0), Err(CallError::Ended));
}

#[test]
fn a_refused_bind_of_what_is_bound_leaves_it_bound_and_no_mark() {
    let mut side = PlatformSide::bound(&["a", "b"]);
    side.receive(&bind(3, &["a", "c"]));
    side.machine.refuse_names(Status::NOT_FOUND, "c", "does not exist").unwrap();
    assert_eq!(side.events(), NO_STRINGS);
    // It is freed at once by what frees it: no BIND wants it any more.
    side.machine.change_name("a", NameChange::Moved, 5).unwrap();
    assert_eq!(side.machine.change_name("a", NameChange::Bound, 6), Err(CallError::WrongState));
    assert_eq!(side.events(), ["Moved { name: \"a\", at_ms: 5 }"]);
    assert_eq!(side.machine.names().collect::<Vec<_>>(), [("b", 0)]);
}

#[test]
fn a_name_that_moves_away_while_its_bind_is_decided_about_keeps_its_place() {
    // There is room for 3.
    let mut side = PlatformSide::bound(&["a", "b", "c"]);
    side.receive(&bind(3, &["a"]));
    side.now_ms = 5;
    side.machine.change_name("a", NameChange::Moved, 5).unwrap();
    assert!(!side.machine.is_bound("a"));
    assert_eq!(side.events(), ["Moved { name: \"a\", at_ms: 5 }"]);
    side.now_ms = 6;
    side.accept(&["a"], NameChange::Bound);
    assert_eq!(side.events(), ["Connected { name: \"a\", at_ms: 6 }"]);
    assert_eq!(side.machine.names().count(), 3);
}

#[test]
fn there_is_room_for_so_many_names_and_for_names_so_long() {
    let mut side = PlatformSide::bound(&["a", "b"]);
    side.receive(&bind(3, &["c", "d"]));
    assert!(side.sent()[0].starts_with("SERVICE_UNAVAILABLE request=3"));
    assert_eq!(side.receive(&bind(4, &["n234567890123456"])), "Bind");
    side.machine.refuse_names(Status::NOT_FOUND, "n", "does not exist").unwrap();
    side.sent();
    side.receive(&bind(5, &["n2345678901234567"]));
    assert!(side.sent()[0].starts_with("SERVICE_UNAVAILABLE request=5"));
    assert_eq!(side.receive(&bind(6, &["c", "a"])), "Bind");
    side.accept(&["c", "a"], NameChange::Bound);
    assert_eq!(side.machine.names().count(), 3);
}

#[test]
fn while_one_bind_is_decided_about_the_next_has_to_wait_and_others_need_not() {
    let mut side = PlatformSide::online();
    side.receive(&bind(2, &["a"]));
    assert_eq!(side.receive(&bind(3, &["b"])), "NotNow");
    assert_eq!(side.receive(&unbind(4, &["a"])), "NotNow");
    assert_eq!(side.receive(&get(5, "x")), "Request x");
    side.machine.accept_names(0).unwrap();
    assert_eq!(side.receive(&bind(3, &["b"])), "Bind");
}

#[test]
fn a_gateway_is_a_name_like_others_and_a_place_inherits_nothing() {
    use alwayson_codec::Gateway;
    let mut side = PlatformSide::online();
    let names = ["a"];
    let gateway = Some(Gateway::new("g", "EMSGateway"));
    let with = Bind { gateway, ..Bind::new(&names).unwrap() };
    assert_eq!(side.receive(&encode(ids(2), Body::Bind(with))), "Bind");
    side.accept(&["g", "a"], NameChange::Bound);
    assert!(side.machine.is_bound("g"));
    side.events();
    // The place of the gateway is free, and another name takes it.
    side.receive(&unbind(3, &["g"]));
    side.accept(&["g"], NameChange::Unbound);
    side.events();
    side.receive(&bind(4, &["b", "c"]));
    side.accept(&["b", "c"], NameChange::Bound);
    side.events();
    side.receive(&unbind(5, &["b"]));
    side.accept(&["b"], NameChange::Unbound);
    assert_eq!(side.events(), ["Disconnected { name: \"b\", at_ms: 0 }"]);
    assert!(side.machine.is_bound("a") && side.machine.is_bound("c"));
}

#[test]
fn there_is_room_for_a_gateway_and_its_names_or_for_neither() {
    use alwayson_codec::Gateway;
    let mut side = PlatformSide::bound(&["a"]);
    let names = ["b", "c"];
    let gateway = Some(Gateway::new("g", "EMSGateway"));
    let with = Bind { gateway, ..Bind::new(&names).unwrap() };
    side.receive(&encode(ids(3), Body::Bind(with)));
    assert!(side.sent()[0].starts_with("SERVICE_UNAVAILABLE request=3"));
    assert_eq!(side.receive(&bind(4, &names)), "Bind");
    side.accept(&names, NameChange::Bound);
    assert_eq!(side.machine.names().count(), 3);
}

#[test]
fn a_name_that_moved_is_told_and_does_not_change_is_connected() {
    let mut side = PlatformSide::bound(&["a", "b"]);
    let request = side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.machine.change_name("a", NameChange::Moved, 700).unwrap();
    let again = side.machine.change_name("a", NameChange::Moved, 700);
    assert_eq!(again, Err(CallError::NotBound));
    assert_eq!(side.events(), ["Moved { name: \"a\", at_ms: 700 }"]);
    // What was not sent to it yet is not sent any more.
    assert_eq!(side.sent(), NO_STRINGS);
    assert_eq!(side.events(), [format!("Failed {{ request: {request:?}, failure: NotSent }}")]);
    side.now_ms = 800;
    side.machine.handle_closed(800);
    assert_eq!(side.events(), ["Disconnected { name: \"b\", at_ms: 800 }", "Ended(Closed)"]);
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
