//! BINDs that come in chunks.

use super::refused::{long_write, refused, with_request, with_session};
use super::*;

const NO_STRINGS: [&str; 0] = [];

#[test]
fn a_bind_in_chunks_is_one_bind_in_whatever_order_they_come() {
    let names = ["Pump", "Valve", "Motor"].map(|name| format!("{name}{}", "n".repeat(10)));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for rotate in 0..3 {
        let mut side = PlatformSide::online();
        let mut parts = chunks(&bind(2, &names), 40);
        assert_eq!(parts.len(), 3);
        parts.rotate_left(rotate);
        for part in &parts[..2] {
            assert_eq!(side.receive(part), "Handled");
            assert_eq!(side.sent(), NO_STRINGS);
        }
        assert_eq!(side.receive(&parts[2]), "Bind");
        assert_eq!(side.machine.names().count(), 0);
        side.accept(&names, NameChange::Bound);
        assert_eq!(side.sent(), ["SUCCESS request=2 session=77"]);
        assert_eq!(side.events().len(), 3);
        let parts = chunks(&unbind(3, &names), 40);
        for part in &parts[..2] {
            assert_eq!(side.receive(part), "Handled");
        }
        assert!(side.machine.is_bound(names[2]));
        assert_eq!(side.receive(&parts[2]), "Unbind");
        side.accept(&names, NameChange::Unbound);
        assert_eq!(side.sent(), ["SUCCESS request=3 session=77"]);
        assert_eq!(side.machine.names().count(), 0);
    }
}

#[test]
fn a_bind_in_chunks_binds_all_or_nothing() {
    let names = ["a234567890", "b234567890", "c234567890"];
    let parts = chunks(&bind(2, &names), 36);
    // Refused by the host.
    let mut side = PlatformSide::online();
    for part in &parts {
        side.receive(part);
    }
    side.machine.refuse_names(Status::CONFLICT, names[1], "is bound elsewhere").unwrap();
    refused(&mut side, "CONFLICT", 2, "b234567890 is bound elsewhere");
    assert_eq!(side.machine.names().count(), 0);
    // Never complete: nothing is bound, and nothing said.
    for part in &parts[1..] {
        assert_eq!(side.receive(part), "Handled");
    }
    side.pass(50_000);
    side.receive(&get(3, "a"));
    assert_eq!(side.machine.names().count(), 0);
    assert_eq!(side.sent(), NO_STRINGS);
    // More than there is room for: once.
    let many = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for part in chunks(&bind(4, &many), 30) {
        side.receive(&part);
    }
    refused(&mut side, "SERVICE_UNAVAILABLE", 4, "room for so many names");
    // Longer than a message may be: once.
    for part in chunks(&bind(5, &["name"; 300]), CHUNK) {
        side.receive(&part);
    }
    refused(&mut side, "BAD_REQUEST", 5, "the message is too long");
    // Of another session: once.
    for part in &parts {
        side.receive(&with_session(with_request(part.clone(), 6), OTHER));
    }
    refused(&mut side, "UNAUTHORIZED", 6, "session id");
    // Chunks of a request with the id of a BIND contradict it.
    side.receive(&with_request(parts[0].clone(), 7));
    side.receive(&long_write(7, "a", 300)[1]);
    refused(&mut side, "BAD_REQUEST", 7, "contradicts");
    assert_eq!(side.machine.names().count(), 0);
}

#[test]
fn while_one_bind_is_decided_about_chunks_of_the_next_have_to_wait() {
    let mut side = PlatformSide::online();
    side.receive(&bind(2, &["a"]));
    let parts = chunks(&bind(3, &["b23456789012345", "c23456789012345"]), 40);
    assert_eq!(side.receive(&parts[0]), "NotNow");
    assert_eq!(side.joiner.unfinished(), 0);
    side.machine.accept_names(0).unwrap();
    assert_eq!(side.receive(&parts[0]), "Handled");
    assert_eq!(side.receive(&parts[1]), "Bind");
}
