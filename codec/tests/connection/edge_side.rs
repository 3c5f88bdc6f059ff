//! The edge: opening, requests, keep-alive, the end.

use super::*;
use alwayson_codec::connection::CallError;
use alwayson_codec::connection::edge::{End, Reconnect, State};

const NO_STRINGS: [&str; 0] = [];

#[test]
fn nothing_but_auth_is_sent_before_its_success_and_who_tries_is_told() {
    let mut side = EdgeSide::new(EdgeSide::settings());
    side.machine.bind(FixedName::try_from("a").unwrap()).unwrap();
    let get = Request::read_property("a", "p");
    assert_eq!(side.machine.request(&get, 0), Err(CallError::NotAuthenticated));
    assert_eq!(side.sent(), NO_STRINGS);
    side.open();
    assert_eq!(side.machine.request(&get, 0), Err(CallError::NotAuthenticated));
    for early in [get_of_a(), bind(5, &["a"]), auth(6, "k"), vec![1, 1, 0]] {
        let before = side.machine.state();
        if early.len() > 15 {
            assert_eq!(side.receive(&early), "Handled");
            assert_eq!(side.machine.state(), before);
        }
        assert_eq!(side.sent(), NO_STRINGS);
    }
    side.receive(&status(1, Status::SUCCESS));
    assert_eq!(side.sent(), ["BIND request=2 session=77 [a]"]);
}

fn get_of_a() -> Vec<u8> {
    get(9, "a")
}

#[test]
fn auth_has_endpoint_0_and_no_session_and_the_granted_ids_are_used_afterwards() {
    let mut side = EdgeSide::new(EdgeSide::settings());
    let mut buffer = [0; 128];
    let claims = [Claim::new(Claim::USER_ID, "u"), Claim::new(Claim::PASSWORD, "p")];
    let len = side.machine.handle_opened(&Auth::new(&claims).unwrap(), &mut buffer, 0).unwrap();
    let auth = Message::decode_exact(&buffer[..len]).unwrap();
    assert_eq!(auth.ids, Ids::unauthenticated(1));
    let granted = Ids { request: 1, endpoint: 5, session: SESSION };
    side.receive(&encode(granted, Body::Response(Response::new(Status::SUCCESS))));
    assert_eq!(side.events(), ["Authenticated { session: 77, endpoint: 5 }"]);
    side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    let (bytes, _) = side.sent_bytes();
    let sent = Message::decode_exact(&bytes[0]).unwrap().ids;
    assert_eq!(sent, Ids { request: 2, endpoint: 5, session: SESSION });
}

#[test]
fn an_auth_that_does_not_fit_into_the_buffer_is_an_error_and_can_be_tried_again() {
    let mut side = EdgeSide::new(EdgeSide::settings());
    let claims = [Claim::new(Claim::APP_KEY, "key")];
    let auth = Auth::new(&claims).unwrap();
    let short = side.machine.handle_opened(&auth, &mut [0; 26], 0);
    assert!(matches!(short, Err(CallError::Encode(_))), "{short:?}");
    assert_eq!(side.machine.state(), State::Opening);
    assert_eq!(side.machine.handle_opened(&auth, &mut [0; 27], 0), Ok(27));
    assert_eq!(side.machine.handle_opened(&auth, &mut [0; 27], 0), Err(CallError::WrongState));
}

#[test]
fn every_success_is_one_and_unauthorized_is_final() {
    for success in [0x40, 0x41, 0x42, 0x44, 0x64] {
        let mut side = EdgeSide::new(EdgeSide::settings());
        side.open();
        side.receive(&status(1, Status::from_u8(success).unwrap()));
        assert_eq!(side.machine.state(), State::Online, "{success:#x}");
    }
    for (refusal, end) in [(0x81, End::Unauthorized), (0xA3, End::Declined), (0x60, End::Declined)]
    {
        let mut side = EdgeSide::new(EdgeSide::settings());
        side.open();
        let received = side.receive(&status(1, Status::from_u8(refusal).unwrap()));
        assert!(received.starts_with("AuthRefused"), "{received}");
        assert_eq!(side.machine.end(), Some(end));
        assert_eq!(end.is_final(), end == End::Unauthorized);
        assert_eq!(side.sent(), ["close 1000"]);
        assert_eq!(side.events(), [format!("Ended({end:?})")]);
    }
}

#[test]
fn an_auth_without_an_answer_ends_after_10_s() {
    let mut side = EdgeSide::new(EdgeSide::settings());
    side.open();
    assert_eq!(side.machine.poll_timeout(), Some(10_000));
    side.pass(9_999);
    assert_eq!(side.machine.state(), State::Authenticating);
    side.pass(1);
    assert_eq!(side.machine.end(), Some(End::AuthTimeout));
    assert_eq!(side.sent(), ["close 1000"]);
    // The peer's close does not come either.
    side.pass(4_999);
    assert_eq!(side.machine.state(), State::Closing);
    side.pass(1);
    assert_eq!(side.machine.state(), State::Ended);
    assert_eq!(side.machine.poll_timeout(), None);
}

#[test]
fn a_request_ends_with_its_answer_or_in_10_s_and_never_twice() {
    let mut side = EdgeSide::bound(&["a"]);
    let get = Request::read_property("a", "p");
    let first = side.machine.request(&get, 0).unwrap();
    let second = side.machine.request(&get, 0).unwrap();
    assert_eq!((first.to_u32(), second.to_u32()), (3, 4));
    assert_eq!(side.machine.request(&get, 0), Err(CallError::TooManyRequests));
    side.sent();
    assert_eq!(side.receive(&status(4, Status::NOT_FOUND)), "Response 4 NOT_FOUND");
    assert_eq!(side.receive(&status(4, Status::NOT_FOUND)), "Handled");
    side.pass(9_999);
    assert_eq!(side.events(), NO_STRINGS);
    side.pass(1);
    assert_eq!(side.events(), ["Failed { request: RequestId(3), failure: Timeout }"]);
    assert_eq!(side.receive(&status(3, Status::SUCCESS)), "Handled");
    assert_eq!(side.receive(&status(99, Status::SUCCESS)), "Handled");
    assert_eq!(side.machine.counters().responses_dropped, 3);
    assert_eq!(side.sent(), NO_STRINGS);
}

#[test]
fn a_response_of_another_session_answers_nothing() {
    let mut side = EdgeSide::bound(&["a"]);
    side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.sent();
    let foreign = Ids { session: OTHER, ..ids(3) };
    let foreign = encode(foreign, Body::Response(Response::new(Status::SUCCESS)));
    assert_eq!(side.receive(&foreign), "Handled");
    assert_eq!(side.machine.counters().responses_dropped, 1);
    assert_eq!(side.receive(&status(3, Status::SUCCESS)), "Response 3 SUCCESS");
}

#[test]
fn a_platform_may_say_no_session_id_and_no_other_one() {
    for session in [0, Ids::NONE] {
        let mut side = EdgeSide::bound(&["a"]);
        let get_a = Request::read_property("a", "p");
        side.machine.request(&get_a, 0).unwrap();
        side.sent();
        let none = |request| Ids { session, ..ids(request) };
        let success = Body::Response(Response::new(Status::SUCCESS));
        assert_eq!(side.receive(&encode(none(3), success)), "Response 3 SUCCESS");
        assert_eq!(side.receive(&encode(none(1001), Body::Request(get_a))), "Request a");
        let other = Ids { session: OTHER, ..ids(1002) };
        assert_eq!(side.receive(&encode(other, Body::Request(get_a))), "Handled");
        assert!(side.sent()[0].starts_with("UNAUTHORIZED request=1002 session=77"));
    }
}

#[test]
fn a_session_that_the_platform_does_not_know_any_more_ends_and_the_next_one_authenticates() {
    const INVALID_SESSION: Status = Status::NOT_IMPLEMENTED;
    // In answer to a request, which is told of it; another that is in flight fails.
    let mut side = EdgeSide::bound(&["a"]);
    let get_a = Request::read_property("a", "p");
    side.machine.request(&get_a, 0).unwrap();
    side.machine.request(&get_a, 0).unwrap();
    side.sent();
    assert_eq!(side.receive(&status(3, INVALID_SESSION)), "Response 3 NOT_IMPLEMENTED");
    assert_eq!(side.sent(), ["close 1000"]);
    assert_eq!(
        side.events(),
        ["Failed { request: RequestId(4), failure: Ended }", "Ended(InvalidSession)"]
    );
    // A new connection, a new AUTH, and the same names.
    side.machine.handle_closed(0);
    side.machine.reopen().unwrap();
    let request = side.open();
    assert_eq!(side.sent(), NO_STRINGS);
    side.receive(&status(request, Status::SUCCESS));
    assert_eq!(side.sent(), ["BIND request=6 session=77 [a]"]);
    // In answer to a BIND: no name is refused.
    assert_eq!(side.receive(&status(6, INVALID_SESSION)), "Handled");
    assert_eq!(side.sent(), ["close 1000"]);
    let events = side.events();
    assert_eq!(events[1..], ["Ended(InvalidSession)"], "{events:?}");
    // An edge connects again after it.
    assert!(Reconnect::default().after(End::InvalidSession, 0, 0).is_some());
}

#[test]
fn only_an_answer_that_is_awaited_ends_the_session_and_none_to_who_leaves() {
    let invalid = |request| status(request, Status::NOT_IMPLEMENTED);
    let mut side = EdgeSide::bound(&["a"]);
    for nobodys in [0, 2, 3, Ids::NONE] {
        assert_eq!(side.receive(&invalid(nobodys)), "Handled");
    }
    let get_a = Request::read_property("a", "p");
    side.machine.request(&get_a, 0).unwrap();
    let other = Ids { session: OTHER, ..ids(3) };
    let response = Response::new(Status::NOT_IMPLEMENTED);
    assert_eq!(side.receive(&encode(other, Body::Response(response))), "Handled");
    assert_eq!(side.sent(), ["GET request=3 session=77 Things/a/Properties/p"]);
    side.machine.leave(0);
    assert_eq!(side.receive(&invalid(3)), "Response 3 NOT_IMPLEMENTED");
    assert_eq!(side.sent(), ["UNBIND request=4 session=77 [a]"]);
    side.receive(&invalid(4));
    assert_eq!(side.sent(), ["close 1000"]);
    assert_eq!(side.machine.end(), Some(End::Left));
}

#[test]
fn request_ids_are_never_0_nor_none_nor_one_in_flight() {
    let settings = edge_settings_from(0xFFFF_FFFD);
    let mut side = EdgeSide::new(settings);
    assert_eq!(side.open(), 0xFFFF_FFFD);
    side.receive(&status(0xFFFF_FFFD, Status::SUCCESS));
    let get = Request::read_property("a", "p");
    let pending = side.machine.request(&get, 0).unwrap();
    assert_eq!(pending.to_u32(), 0xFFFF_FFFE);
    assert_eq!(side.machine.request(&get, 0).unwrap().to_u32(), 1);
    // Wrap around once more, while the first is still in flight.
    let mut again = EdgeSide::online(edge_settings_from(1));
    let first = again.machine.request(&get, 0).unwrap();
    again.machine.bind(FixedName::try_from("a").unwrap()).unwrap();
    assert_eq!(again.sent().len(), 2);
    assert_eq!(first.to_u32(), 2);
}

#[test]
fn requests_of_the_platform_are_handed_out_for_bound_names_only() {
    let mut side = EdgeSide::bound(&["a", "b"]);
    assert_eq!(side.receive(&get(1001, "a")), "Request a");
    assert_eq!(side.receive(&get(1002, "c")), "Handled");
    let sent = side.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with("NOT_FOUND request=1002 session=77"), "{sent:?}");
}

#[test]
fn a_request_is_answered_once_and_at_last_by_the_machine() {
    let mut side = EdgeSide::bound(&["a"]);
    side.receive(&get(1001, "a"));
    side.receive(&get(1002, "a"));
    let [first, second] = side.machine.unanswered().collect::<Vec<_>>()[..] else { panic!() };
    // A third finds no room, the second again is not handed out again.
    assert_eq!(side.receive(&get(1003, "a")), "Handled");
    assert_eq!(side.receive(&get(1002, "a")), "Handled");
    assert!(side.sent()[0].starts_with("SERVICE_UNAVAILABLE request=1003"));
    assert_eq!(side.machine.counters().requests_refused, 1);
    assert_eq!(side.machine.counters().requests_doubled, 1);
    let response = Response::new(Status::NO_CONTENT);
    assert_eq!(side.machine.respond(first, &response), Ok(()));
    assert_eq!(side.machine.respond(first, &response), Err(CallError::NotWaiting));
    assert_eq!(side.sent(), ["NO_CONTENT request=1001 session=77"]);
    side.pass(29_999);
    assert_eq!(side.sent(), NO_STRINGS);
    side.pass(1);
    assert_eq!(side.sent(), ["GATEWAY_TIMEOUT request=1002 session=77"]);
    assert_eq!(side.machine.respond(second, &response), Err(CallError::NotWaiting));
    assert_eq!(side.machine.counters().requests_unanswered, 1);
}

#[test]
fn an_answer_of_one_value_is_a_table_of_one_field_that_is_named_and_is_sent_once() {
    let mut side = EdgeSide::bound(&["a"]);
    side.receive(&get(1001, "a"));
    side.receive(&get(1002, "a"));
    let [first, second] = side.machine.unanswered().collect::<Vec<_>>()[..] else { panic!() };
    let long = "x".repeat(100_000);
    let too_long = side.machine.respond_value(first, "p", &long.as_str().into());
    assert_eq!(too_long, Err(CallError::MessageTooLong));
    assert_eq!(side.machine.respond_value(first, "p", &21.5.into()), Ok(()));
    let again = side.machine.respond_value(first, "p", &21.5.into());
    assert_eq!(again, Err(CallError::NotWaiting));
    assert_eq!(side.machine.respond_value(second, "result", &"done".into()), Ok(()));
    let sent = [
        "SUCCESS request=1001 session=77 {p: 21.5}",
        "SUCCESS request=1002 session=77 {result: \"done\"}",
    ];
    assert_eq!(side.sent(), sent);
}

#[test]
fn what_only_an_edge_sends_and_what_cannot_be_read_is_answered_bad_request() {
    let mut side = EdgeSide::bound(&["a"]);
    let mut unreadable = get(1004, "a");
    unreadable.truncate(20);
    for (bytes, request) in
        [(auth(1001, "k"), 1001), (bind(1002, &["a"]), 1002), (unbind(1003, &["a"]), 1003)]
    {
        assert_eq!(side.receive(&bytes), "Handled");
        let sent = side.sent();
        assert!(sent[0].starts_with(&format!("BAD_REQUEST request={request}")), "{sent:?}");
    }
    side.receive(&unreadable);
    let sent = side.sent();
    assert!(sent[0].contains("the message is cut short at byte 20"), "{sent:?}");
    // KEEP_ALIVE is taken, and has no answer.
    side.receive(&encode(ids(0), Body::KeepAlive));
    assert_eq!(side.sent(), NO_STRINGS);
}

#[test]
fn the_answer_to_what_cannot_be_read_says_where_it_ends() {
    let mut side = EdgeSide::bound(&["a"]);
    let long = get(1001, &"a".repeat(70_000));
    for len in [15, 16, 99, 100, 1_009, 65_536, 70_000] {
        let error = Message::decode(&long[..len]).unwrap_err();
        side.receive(&long[..len]);
        let sent = side.sent();
        assert!(sent[0].contains(&format!("{error}")), "{error}: {sent:?}");
        assert!(sent[0].contains(&format!("at byte {len}")), "{sent:?}");
    }
}

#[test]
fn a_response_is_never_answered_and_one_that_cannot_be_read_ends_its_request() {
    let mut side = EdgeSide::bound(&["a"]);
    side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.sent();
    let mut unreadable = status(3, Status::SUCCESS);
    unreadable.truncate(16);
    assert_eq!(side.receive(&unreadable), "Unreadable UnexpectedEnd at 16");
    assert_eq!(side.events(), ["Failed { request: RequestId(3), failure: Unreadable }"]);
    assert_eq!(side.receive(&unreadable), "Unreadable UnexpectedEnd at 16");
    assert_eq!(side.sent(), NO_STRINGS);
    assert_eq!(side.machine.counters().responses_dropped, 1);
}

#[test]
fn what_has_no_header_ends_the_connection_with_1002() {
    for (bytes, fault) in [
        (&[][..], "UnexpectedEnd at 0"),
        (&[1, 0x40, 0], "UnexpectedEnd at 3"),
        (&[1; 14], "UnexpectedEnd at 14"),
        (&[2; 40], "UnsupportedVersion at 0"),
    ] {
        let mut side = EdgeSide::bound(&["a"]);
        assert_eq!(side.receive(bytes), format!("Unreadable {fault}"));
        assert_eq!(side.sent(), ["close 1002"]);
        assert_eq!(side.machine.end(), Some(End::Protocol));
    }
}
