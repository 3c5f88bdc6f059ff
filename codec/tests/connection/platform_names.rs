//! The names of a connection of a platform.

use super::*;
use alwayson_codec::connection::CallError;

const NO_STRINGS: [&str; 0] = [];

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
