//! The names of an edge: in as few messages as may be, refused, tried again.

use super::*;
use alwayson_codec::connection::CallError;
use alwayson_codec::connection::edge::NameState;

type ManyNames = Fixed<FixedName<32>, Vec<u8>, Names<16>, Requests<2>, Unanswered<2>>;

fn name<const LEN: usize>(name: &str) -> FixedName<LEN> {
    FixedName::try_from(name).unwrap()
}

fn many(names: impl IntoIterator<Item = String>) -> Side<edge::Connection<ManyNames>> {
    let machine = edge::Connection::new(EdgeSide::settings(), vec![0; 64]);
    let mut side = Side { machine, joiner: joiner(), now_ms: 0 };
    let claims = [Claim::new(Claim::APP_KEY, "key")];
    let auth = Auth::new(&claims).unwrap();
    side.machine.handle_opened(&auth, &mut [0; 64], 0).unwrap();
    side.machine.handle_received(&status(1, Status::SUCCESS), &mut side.joiner, 0);
    for name in names {
        side.machine.bind(self::name(&name)).unwrap();
    }
    side
}

fn sent(side: &mut Side<edge::Connection<ManyNames>>) -> Vec<String> {
    drain(|buffer| side.machine.poll_transmit(buffer, side.now_ms).unwrap()).1
}

fn states(names: impl Iterator<Item = (impl AsRef<str>, NameState, Status)>) -> String {
    let states = names.map(|(name, state, _)| format!("{}: {state:?}", name.as_ref()));
    states.collect::<Vec<_>>().join(", ")
}

#[test]
fn names_are_bound_in_as_few_messages_as_the_limit_allows() {
    // A BIND of 128 bytes has room for 110 bytes of names: 10 of 11.
    let mut side = many((0..12).map(|number| format!("name-{number:05}")));
    let binds = sent(&mut side);
    assert_eq!(binds.len(), 2, "{binds:?}");
    assert!(binds[0].ends_with("name-00007, +2 more]"), "{binds:?}");
    assert_eq!(binds[1], "BIND request=3 session=77 [name-00010, name-00011]");
    // One byte longer, and there is room for 9.
    let mut side = many((0..12).map(|number| format!("name-{number:06}")));
    let binds = sent(&mut side);
    assert!(binds[0].ends_with("name-000007, +1 more]"), "{binds:?}");
    assert_eq!(binds.len(), 2);
}

#[test]
fn a_short_name_fills_the_room_that_a_long_one_leaves() {
    let long = "n".repeat(30);
    let names = [format!("{long}-1"), format!("{long}-2"), format!("{long}-3"), format!("{long}4")];
    let mut side = many(names.into_iter().chain(["s".to_owned()]));
    let binds = sent(&mut side);
    // 3 × 33 of 110 bytes, then 2 more.
    assert!(binds[0].ends_with("-3, s]"), "{binds:?}");
    assert_eq!(binds.len(), 2);
}

#[test]
fn a_bind_is_no_longer_than_the_chunk_size_and_a_name_that_makes_it_so_is_refused() {
    type Long = Fixed<FixedName<200>, Vec<u8>, Names<1>, Requests<1>, Unanswered<1>>;
    let mut edge = edge::Connection::<Long>::new(EdgeSide::settings(), vec![]);
    // 15 bytes of header, 3 of the BIND, 1 of the length.
    assert_eq!(edge.bind(name(&"n".repeat(108))), Ok(()));
    assert_eq!(edge.remove(&"n".repeat(108)), Ok(()));
    assert_eq!(edge.bind(name(&"n".repeat(109))), Ok(()));
    assert_eq!(edge.remove(&"n".repeat(109)), Ok(()));
    assert_eq!(edge.bind(name(&"n".repeat(110))), Err(CallError::NameTooLong));
}

#[test]
fn there_is_room_for_so_many_names_and_removed_ones_make_room() {
    let mut side = EdgeSide::bound(&["a", "b", "c"]);
    assert_eq!(side.machine.bind(name("d")), Err(CallError::TooManyNames));
    assert_eq!(side.machine.bind(name("c")), Ok(()));
    side.machine.remove("b").unwrap();
    assert_eq!(side.machine.bind(name("d")), Err(CallError::TooManyNames));
    assert_eq!(side.sent(), ["UNBIND request=3 session=77 [b]"]);
    side.receive(&status(3, Status::SUCCESS));
    assert_eq!(side.events(), ["Unbound { name: \"b\" }"]);
    assert_eq!(side.machine.bind(name("d")), Ok(()));
    assert_eq!(side.sent(), ["BIND request=4 session=77 [d]"]);
    assert_eq!(side.machine.remove("e"), Err(CallError::UnknownName));
    assert_eq!(side.machine.remove("b"), Err(CallError::UnknownName));
}

#[test]
fn of_names_that_are_refused_together_the_one_at_fault_is_found() {
    let mut side = many(["a", "b", "bad", "d", "e"].map(str::to_owned));
    let mut refused = Vec::new();
    for _ in 0..20 {
        let (messages, _) = drain(|buffer| side.machine.poll_transmit(buffer, 0).unwrap());
        for bytes in messages {
            let message = Message::decode_exact(&bytes).unwrap();
            let Body::Bind(bind) = message.body else { panic!("{message:?}") };
            let is_bad = bind.names.iter().any(|name| name == "bad");
            let answer = if is_bad { Status::CONFLICT } else { Status::SUCCESS };
            let reply = status(message.ids.request, answer);
            side.machine.handle_received(&reply, &mut side.joiner, 0);
            refused.push((bind.names.len(), is_bad));
        }
    }
    assert_eq!(
        states(side.machine.names()),
        "a: Bound, b: Bound, bad: Refused, d: Bound, e: Bound"
    );
    assert_eq!(refused.iter().filter(|asked| **asked == (1, true)).count(), 1);
    assert!(refused.len() <= 6, "{refused:?}");
}

#[test]
fn a_refused_name_is_told_with_status_and_reason_and_tried_again_after_15_s() {
    let mut side = EdgeSide::online(EdgeSide::settings());
    side.machine.bind(name("a")).unwrap();
    side.sent();
    let reason = Some("a is bound on another connection".into());
    let refusal = Response { reason, ..Response::new(Status::CONFLICT) };
    let received = side.receive(&encode(ids(2), Body::Response(refusal)));
    assert!(received.contains("CONFLICT") && received.contains("another"), "{received}");
    assert_eq!(side.events(), ["Refused { name: \"a\", status: CONFLICT }"]);
    side.pass(14_999);
    assert_eq!(side.sent().len(), 0);
    side.pass(1);
    assert_eq!(side.sent(), ["BIND request=3 session=77 [a]"]);
    // The ghost that held it is gone.
    side.receive(&status(3, Status::SUCCESS));
    assert_eq!(side.events(), ["Bound { name: \"a\" }"]);
}

#[test]
fn a_bind_that_is_not_answered_is_told_and_tried_again() {
    let mut side = EdgeSide::online(EdgeSide::settings());
    side.machine.bind(name("a")).unwrap();
    side.sent();
    side.pass(10_000);
    assert_eq!(side.events(), ["Refused { name: \"a\", status: GATEWAY_TIMEOUT }"]);
    assert_eq!(side.receive(&status(2, Status::SUCCESS)), "Handled");
    assert_eq!(states(side.machine.names()), "a: Refused");
    side.machine.bind(name("a")).unwrap();
    assert_eq!(side.sent(), ["BIND request=3 session=77 [a]"]);
}

#[test]
fn a_name_is_unbound_and_bound_again_at_any_time() {
    let mut side = EdgeSide::bound(&["a"]);
    side.machine.unbind("a").unwrap();
    // The caller thinks better of it before anything was sent.
    side.machine.bind(name("a")).unwrap();
    assert_eq!(side.sent().len(), 0);
    side.machine.unbind("a").unwrap();
    assert_eq!(side.sent(), ["UNBIND request=3 session=77 [a]"]);
    side.machine.bind(name("a")).unwrap();
    assert_eq!(side.sent().len(), 0);
    side.receive(&get(1001, "a"));
    assert!(side.sent()[0].starts_with("NOT_FOUND"));
    side.receive(&status(3, Status::SUCCESS));
    assert_eq!(side.sent(), ["BIND request=4 session=77 [a]"]);
    side.receive(&status(4, Status::SUCCESS));
    assert_eq!(side.events(), ["Bound { name: \"a\" }"]);
    assert_eq!(side.receive(&get(1002, "a")), "Request a");
}

#[test]
fn an_unbind_that_is_refused_for_one_name_still_unbinds_the_others() {
    let mut side = EdgeSide::bound(&["a", "b"]);
    side.machine.unbind("a").unwrap();
    side.machine.unbind("b").unwrap();
    assert_eq!(side.sent(), ["UNBIND request=3 session=77 [a, b]"]);
    // b was moved to another connection meanwhile: nothing was unbound.
    side.receive(&status(3, Status::NOT_FOUND));
    assert_eq!(side.sent(), ["UNBIND request=4 session=77 [a]", "UNBIND request=5 session=77 [b]"]);
    side.receive(&status(4, Status::SUCCESS));
    side.receive(&status(5, Status::NOT_FOUND));
    assert_eq!(side.events(), ["Unbound { name: \"a\" }", "Unbound { name: \"b\" }"]);
}

#[test]
fn a_gateway_stands_before_its_names_and_is_bound_along_with_them() {
    let mut edge = edge::Connection::<EdgeRoom>::gateway(
        EdgeSide::settings(),
        name("Hall"),
        name("EMSGateway"),
        vec![0; 512],
    );
    edge.bind(name("Pump")).unwrap();
    let mut side = Side { machine: edge, joiner: joiner(), now_ms: 0 };
    side.open();
    side.receive(&status(1, Status::SUCCESS));
    assert_eq!(side.sent(), ["BIND request=2 session=77 gateway=Hall:EMSGateway [Pump]"]);
    side.receive(&get(1001, "Hall"));
    assert!(side.sent()[0].starts_with("NOT_FOUND"));
    side.receive(&status(2, Status::SUCCESS));
    assert_eq!(side.receive(&get(1002, "Hall")), "Request Hall");
    assert_eq!(side.receive(&get(1003, "Pump")), "Request Pump");
    side.machine.leave(0);
    assert_eq!(side.sent(), ["UNBIND request=3 session=77 gateway=Hall:EMSGateway [Pump]"]);
}

#[test]
fn a_buffer_that_is_too_small_for_a_bind_loses_nothing() {
    let mut side = EdgeSide::online(EdgeSide::settings());
    side.machine.bind(name("abc")).unwrap();
    let short = side.machine.poll_transmit(&mut [0; 21], 0);
    assert_eq!(short.unwrap_err().needed, 22);
    assert_eq!(side.machine.poll_transmit(&mut [0; 22], 0), Ok(Some(Transmit::Message(22))));
}

/// An edge whose only name was refused, which nobody was told yet.
fn refused() -> Side<edge::Connection<ManyNames>> {
    let mut side = many(["Pump".to_owned()]);
    assert_eq!(sent(&mut side), ["BIND request=2 session=77 [Pump]"]);
    side.machine.handle_received(&status(2, Status::NOT_FOUND), &mut side.joiner, 0);
    side
}

fn told(side: &mut Side<edge::Connection<ManyNames>>) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(event) = side.machine.poll_event() {
        if !matches!(event, edge::Event::Authenticated { .. }) {
            told.push(format!("{event:?}"));
        }
    }
    told
}

#[test]
fn a_refusal_is_told_whatever_is_done_with_the_name_before_events_are_polled() {
    let refusal = format!("{:?}", edge::Event::Refused { name: "Pump", status: Status::NOT_FOUND });
    let mut side = refused();
    assert_eq!(told(&mut side), [refusal.as_str()]);
    assert!(told(&mut side).is_empty());

    let mut side = refused();
    side.machine.unbind("Pump").unwrap();
    assert_eq!(told(&mut side), [refusal.as_str()]);

    let mut side = refused();
    side.machine.remove("Pump").unwrap();
    // Its place is kept until then.
    assert_eq!(side.machine.names().count(), 1);
    assert_eq!(told(&mut side), [refusal.as_str()]);
    assert_eq!(side.machine.names().count(), 0);

    // Bound again, by a BIND that succeeds before anybody has asked.
    let mut side = refused();
    side.machine.bind(name("Pump")).unwrap();
    assert_eq!(sent(&mut side), ["BIND request=3 session=77 [Pump]"]);
    side.machine.handle_received(&status(3, Status::SUCCESS), &mut side.joiner, 0);
    let bound = format!("{:?}", edge::Event::Bound { name: "Pump" });
    assert_eq!(told(&mut side), [refusal, bound]);
}
