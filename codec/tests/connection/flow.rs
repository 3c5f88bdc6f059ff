//! What fills up: answers, the outbox, chunks of long messages.

use super::*;
use alwayson_codec::connection::CallError;

const NO_STRINGS: [&str; 0] = [];

#[test]
fn a_message_is_not_taken_while_there_is_no_room_for_its_answer() {
    let mut side = EdgeSide::bound(&["a"]);
    for request in 1001..=1004 {
        assert_eq!(side.receive(&get(request, "x")), "Handled");
    }
    assert_eq!(side.receive(&get(1005, "x")), "NotNow");
    assert_eq!(side.receive(&get(1006, "a")), "NotNow");
    assert_eq!(side.sent().len(), 4);
    assert_eq!(side.receive(&get(1005, "x")), "Handled");
    assert!(side.sent()[0].starts_with("NOT_FOUND request=1005"));
}

#[test]
fn a_platform_keeps_a_place_for_the_answer_to_what_it_asks_the_host() {
    let mut side = PlatformSide::online();
    side.receive(&bind(2, &["a"]));
    for request in 3..=5 {
        assert_eq!(side.receive(&auth(request, "k")), "Handled");
    }
    assert_eq!(side.receive(&auth(6, "k")), "NotNow");
    side.machine.accept_names(0).unwrap();
    let sent = side.sent();
    assert_eq!(sent.len(), 4);
    assert_eq!(sent[3], "SUCCESS request=2 session=77");
}

#[test]
fn an_answer_goes_out_though_the_outbox_is_full() {
    let mut side = EdgeSide::bound(&["a"]);
    side.receive(&get(1001, "a"));
    side.receive(&get(1002, "a"));
    let [first, second] = side.machine.unanswered().collect::<Vec<_>>()[..] else { panic!() };
    let long = "x".repeat(400);
    let long = Response { content: long.as_str().into(), ..Response::new(Status::SUCCESS) };
    side.machine.respond(first, &long).unwrap();
    // The outbox has 512 bytes; the second can be answered later.
    assert_eq!(side.machine.respond(second, &long), Err(CallError::OutboxFull));
    let get_p = Request::read_property("a", "p");
    assert!(side.machine.request(&get_p, 0).is_ok());
    side.receive(&get(1003, "x"));
    let sent = side.sent();
    assert!(sent[0].starts_with("NOT_FOUND request=1003"), "{sent:?}");
    assert!(sent.last().unwrap().starts_with("GET"), "{sent:?}");
    assert_eq!(side.machine.respond(second, &long), Ok(()));
}

#[test]
fn the_outbox_takes_what_fits_to_the_byte_and_says_what_never_will() {
    // 6 bytes stand before a message in the outbox, 22 of this response around its text.
    let fits = |len: usize| {
        let mut side = EdgeSide::bound(&["a"]);
        side.receive(&get(1001, "a"));
        let inbound = side.machine.unanswered().next().unwrap();
        let long = "x".repeat(len);
        let long = Response { content: long.as_str().into(), ..Response::new(Status::SUCCESS) };
        side.machine.respond(inbound, &long)
    };
    let around = 15 + 1 + 1 + 4 + 6;
    assert_eq!(fits(512 - around - 1), Ok(()));
    assert_eq!(fits(512 - around), Ok(()));
    assert_eq!(fits(512 - around + 1), Err(CallError::MessageTooLong));
}

#[test]
fn a_long_message_goes_out_in_chunks_with_answers_between_them_and_comes_in_whole() {
    let mut edge = EdgeSide::bound(&["a"]);
    edge.receive(&get(1001, "a"));
    let inbound = edge.machine.unanswered().next().unwrap();
    let long = "x".repeat(300);
    let long = Response { content: long.as_str().into(), ..Response::new(Status::SUCCESS) };
    edge.machine.respond(inbound, &long).unwrap();
    let mut buffer = [0; CHUNK as usize];
    let first = edge.machine.poll_transmit(&mut buffer, 0).unwrap();
    assert_eq!(first, Some(Transmit::Message(usize::from(CHUNK))));
    let mut chunks = vec![buffer.to_vec()];
    edge.receive(&get(1002, "x"));
    let (rest, lines) = edge.sent_bytes();
    assert!(lines[0].starts_with("NOT_FOUND request=1002"), "{lines:?}");
    chunks.extend_from_slice(&rest[1..]);
    assert_eq!(chunks.len(), 3);

    let mut platform = PlatformSide::bound(&["a"]);
    let request = platform.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    assert_eq!(request.to_u32(), 1001);
    platform.sent();
    assert_eq!(platform.receive(&chunks[2]), "Handled");
    assert_eq!(platform.receive(&chunks[0]), "Handled");
    assert_eq!(platform.receive(&chunks[1]), "Response 1001 SUCCESS");
    // Late chunks are of a response that nobody waits for.
    assert_eq!(platform.receive(&chunks[1]), "Handled");
    assert_eq!(platform.joiner.unfinished(), 0);
    assert_eq!(platform.machine.counters().responses_dropped, 1);
}

#[test]
fn a_long_request_comes_in_whole_and_what_does_not_join_is_answered() {
    let mut edge = EdgeSide::bound(&["a"]);
    let long = "x".repeat(300);
    let value = Value::from(long.as_str());
    edge.machine.write_property("a", "p", &value, 0).unwrap();
    let (chunks, _) = edge.sent_bytes();
    assert_eq!(chunks.len(), 4);
    let mut platform = PlatformSide::online();
    for chunk in &chunks[..3] {
        assert_eq!(platform.receive(chunk), "Handled");
    }
    assert_eq!(platform.receive(&chunks[3]), "Request a");
    // A chunk that contradicts the first.
    platform.receive(&chunks[0]);
    let mut other = chunks[1].clone();
    other[18] = 9;
    platform.receive(&other);
    let sent = platform.sent();
    assert!(sent[0].starts_with("BAD_REQUEST request=3"), "{sent:?}");
    // A promise of more than there is room for.
    let mut large = chunks[0].clone();
    (large[5], large[17], large[18]) = (9, 1, 0);
    platform.receive(&large);
    let sent = platform.sent();
    assert!(sent[0].starts_with("BAD_REQUEST request=9"), "{sent:?}");
    assert!(sent[0].contains("the message is too long"), "{sent:?}");
    // A second long message, where there is room for one.
    let mut first = chunks[0].clone();
    first[5] = 8;
    platform.receive(&first);
    let mut second = chunks[0].clone();
    second[5] = 10;
    platform.receive(&second);
    let sent = platform.sent();
    assert!(sent[0].starts_with("SERVICE_UNAVAILABLE request=10"), "{sent:?}");
}

#[test]
fn unfinished_messages_are_dropped_after_50_s_and_with_their_connection() {
    let mut edge = EdgeSide::bound(&["a"]);
    let long = "x".repeat(300);
    edge.machine.write_property("a", "p", &Value::from(long.as_str()), 0).unwrap();
    let (chunks, _) = edge.sent_bytes();
    let mut platform = PlatformSide::online();
    platform.receive(&chunks[0]);
    platform.pass(30_000);
    platform.receive(&encode(ids(0), Body::KeepAlive));
    platform.now_ms = 50_000;
    // The first has expired, so this one begins anew.
    for chunk in &chunks[1..] {
        assert_eq!(platform.receive(chunk), "Handled");
    }
    assert_eq!(platform.machine.counters().messages_unfinished, 1);
    assert_eq!(platform.joiner.unfinished(), 1);
    // The same joiner serves the next connection, and knows nothing of this one.
    let mut next = PlatformSide::online();
    std::mem::swap(&mut next.joiner, &mut platform.joiner);
    assert_eq!(next.receive(&chunks[0]), "Handled");
    assert_eq!(next.joiner.unfinished(), 1);
    for chunk in &chunks[1..3] {
        assert_eq!(next.receive(chunk), "Handled");
    }
    assert_eq!(next.receive(&chunks[3]), "Request a");
}

#[test]
fn a_request_whose_time_is_over_before_it_could_be_sent_is_not_sent() {
    let mut side = EdgeSide::bound(&["a"]);
    let late = side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.pass(10_000);
    assert_eq!(side.sent(), NO_STRINGS);
    assert_eq!(side.events(), [format!("Failed {{ request: {late:?}, failure: Timeout }}")]);
}

#[test]
fn an_answer_can_be_made_of_what_the_request_says_without_a_copy() {
    use alwayson_codec::connection::edge::Received;
    let mut side = EdgeSide::bound(&["a"]);
    let bytes = get(1001, "a");
    let received = side.machine.handle_received(&bytes, &mut side.joiner, 0);
    let Received::Request { inbound, request } = received else { panic!("{received:?}") };
    let echo =
        Response { content: request.characteristic_name.into(), ..Response::new(Status::SUCCESS) };
    side.machine.respond(inbound, &echo).unwrap();
    assert_eq!(side.sent(), ["SUCCESS request=1001 session=77 \"p\""]);
}

#[test]
fn what_waits_in_the_outbox_moves_into_longer_memory_and_into_no_shorter_one() {
    let mut side = EdgeSide::online(EdgeSide::settings());
    let long = "x".repeat(300);
    let write = |side: &mut EdgeSide| side.machine.write_property("a", "p", &long[..].into(), 0);
    write(&mut side).unwrap();
    assert_eq!(write(&mut side), Err(CallError::OutboxFull));
    // 6 bytes before the message, 340 of it.
    let waits = 6 + 340;
    assert_eq!(side.machine.replace_outbox(vec![0; waits - 1]), Err(vec![0; waits - 1]));
    assert_eq!(side.machine.replace_outbox(vec![0; waits]).unwrap().len(), 512);
    assert_eq!(write(&mut side), Err(CallError::OutboxFull));
    assert!(side.machine.replace_outbox(vec![0; 2 * waits]).is_ok());
    write(&mut side).unwrap();
    let (bytes, _) = side.sent_bytes();
    let mut joiner = joiner();
    let mut whole = 0;
    for chunk in &bytes {
        let message = Message::decode_exact(chunk).unwrap();
        let Body::Chunk(chunk) = message.body else { panic!("{message:?}") };
        if let alwayson_codec::Joined::Complete(message) =
            joiner.push(message.ids, &chunk, 0).unwrap()
        {
            assert_eq!(message.len(), waits - 6);
            whole += 1;
        }
    }
    assert_eq!(whole, 2);
    // None waits: no memory is needed, and none is enough for no message.
    side.pass(10_000);
    assert_eq!(side.events().len(), 2);
    assert!(side.machine.replace_outbox(vec![]).is_ok());
    assert_eq!(write(&mut side), Err(CallError::MessageTooLong));
    let mut other = PlatformSide::online();
    assert_eq!(other.machine.replace_outbox(vec![]).unwrap().len(), 512);
}
