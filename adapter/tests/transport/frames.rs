//! Frames as no peer should send them (W01 to W07, W12), and some as they should be.

use std::time::Duration;

use alwayson::transport::{
    Cause, Close, Ending, Incoming, Limits, Outgoing, Party, Transport, WebSocket,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{PATIENCE, ending, masked, message, plain, read_all, receive, send, server};

const BINARY: u8 = 0x82;
const PROTOCOL_ERROR: u16 = 1002;
const INVALID_TEXT: u16 = 1007;
const TOO_BIG: u16 = 1009;

/// Writes bytes to a platform's transport: it says this code, then it is closed, and
/// stays so.
async fn closes(bytes: &[u8], code: u16) {
    closes_within(bytes, code, &Limits::default()).await;
}

async fn closes_within(bytes: &[u8], code: u16, limits: &Limits) {
    let (mut transport, mut peer) = server(limits).await;
    peer.write_all(bytes).await.unwrap();
    peer.shutdown().await.unwrap();
    let first = ending(&mut transport).await;
    // Both say the code: our own close, or theirs.
    assert_eq!(first.close.as_ref().map(Close::code), Some(code), "{first}");
    for _ in 0..2 {
        assert_eq!(ending(&mut transport).await, first);
    }
    transport.start_send(Outgoing::Ping).unwrap_err();
    drop(transport);
    assert_eq!(read_all(&mut peer).await, plain(0x88, &code.to_be_bytes()));
}

/// Writes bytes to a platform's transport, and then a message that has to arrive.
async fn survives(bytes: &[u8], expected: &[Incoming]) {
    let (mut transport, mut peer) = server(&Limits::default()).await;
    peer.write_all(bytes).await.unwrap();
    peer.write_all(&masked(BINARY, b"after")).await.unwrap();
    for expected in expected {
        assert_eq!(receive(&mut transport).await, *expected);
    }
    assert_eq!(receive(&mut transport).await, Incoming::Message(message(b"after")));
}

#[tokio::test]
async fn w01_an_edge_that_does_not_mask_is_closed_with_1002() {
    closes(&plain(BINARY, b"plain"), PROTOCOL_ERROR).await;
}

#[tokio::test]
async fn w01_a_platform_that_masks_is_closed_with_1002() {
    let (io, mut peer) = tokio::io::duplex(1 << 16);
    let mut transport = WebSocket::client(io, &Limits::default()).await;
    peer.write_all(&masked(BINARY, b"masked")).await.unwrap();
    peer.shutdown().await.unwrap();
    ending(&mut transport).await;
    drop(transport);
    let written = read_all(&mut peer).await;
    let [0x88, 0x82, ref mask @ .., high, low] = written[..] else { panic!("{written:?}") };
    assert_eq!([high ^ mask[0], low ^ mask[1]], PROTOCOL_ERROR.to_be_bytes());
}

#[tokio::test]
async fn w02_a_length_with_its_top_bit_set_is_closed_with_1002() {
    let mut frame = vec![BINARY, 0xFF];
    frame.extend((1_u64 << 63 | 5).to_be_bytes());
    frame.extend([1, 2, 3, 4, 5]);
    closes(&frame, PROTOCOL_ERROR).await;
}

#[tokio::test]
async fn w02_a_length_beyond_the_limit_is_closed_with_1009_before_it_came() {
    let mut frame = vec![BINARY, 0xFF];
    frame.extend((1_u64 << 40).to_be_bytes());
    frame.extend([1, 2, 3, 4]);
    closes(&frame, TOO_BIG).await;
}

#[tokio::test]
async fn w03_long_and_fragmented_control_frames_are_closed_with_1002() {
    for opcode in [8, 9, 10] {
        closes(&masked(0x80 | opcode, &[0; 126]), PROTOCOL_ERROR).await;
        closes(&masked(opcode, b"more follows"), PROTOCOL_ERROR).await;
    }
}

#[tokio::test]
async fn w04_fragments_without_an_end_are_closed_with_1009_at_the_limit() {
    let limits = Limits::default().with_message(10_000).unwrap();
    let mut frames = masked(0x02, &[0; 1000]);
    for _ in 0..10 {
        frames.extend(masked(0x00, &[0; 1000]));
    }
    closes_within(&frames, TOO_BIG, &limits).await;
}

#[tokio::test]
async fn w05_reserved_bits_that_nobody_negotiated_are_closed_with_1002() {
    for bit in [0x40, 0x20, 0x10] {
        closes(&masked(BINARY | bit, b"reserved"), PROTOCOL_ERROR).await;
    }
}

#[tokio::test]
async fn w05_opcodes_that_nobody_knows_are_closed_with_1002() {
    for opcode in [3, 7, 11, 15] {
        closes(&masked(0x80 | opcode, b"reserved"), PROTOCOL_ERROR).await;
    }
}

#[tokio::test]
async fn w06_an_empty_final_fragment_completes_its_message() {
    let frames = [masked(0x02, b"whole"), masked(0x80, b"")].concat();
    survives(&frames, &[Incoming::Message(message(b"whole"))]).await;
}

#[tokio::test]
async fn w07_a_message_inside_of_another_is_closed_with_1002() {
    closes(&[masked(0x02, b"begins"), masked(BINARY, b"inside")].concat(), PROTOCOL_ERROR).await;
    closes(&masked(0x80, b"continues nothing"), PROTOCOL_ERROR).await;
}

#[tokio::test]
async fn a_ping_inside_of_a_message_is_told_and_answered() {
    let frames = [masked(0x02, b"in "), masked(0x89, b"now"), masked(0x80, b"parts")].concat();
    let (mut transport, mut peer) = server(&Limits::default()).await;
    peer.write_all(&frames).await.unwrap();
    assert_eq!(receive(&mut transport).await, Incoming::Ping);
    assert_eq!(receive(&mut transport).await, Incoming::Message(message(b"in parts")));
    let mut pong = [0; 5];
    peer.read_exact(&mut pong).await.unwrap();
    assert_eq!(pong, plain(0x8A, b"now")[..]);
}

#[tokio::test]
async fn a_ping_is_answered_by_the_poll_that_tells_it() {
    let (mut transport, mut peer) = server(&Limits::default()).await;
    peer.write_all(&masked(0x89, b"now")).await.unwrap();
    assert_eq!(receive(&mut transport).await, Incoming::Ping);
    let mut pong = [0; 5];
    let read = peer.read_exact(&mut pong);
    tokio::time::timeout(PATIENCE, read).await.expect("no pong").unwrap();
    assert_eq!(pong, plain(0x8A, b"now")[..]);
}

#[tokio::test]
async fn w12_text_is_passed_over() {
    survives(&masked(0x81, b"text"), &[]).await;
    survives(&[masked(0x01, b"te"), masked(0x80, b"xt")].concat(), &[]).await;
}

#[tokio::test]
async fn w12_text_that_is_not_utf_8_is_closed_with_1007() {
    closes(&masked(0x81, &[0xFF]), INVALID_TEXT).await;
}

#[tokio::test]
async fn a_message_at_the_limit_is_taken_and_one_byte_more_is_closed_with_1009() {
    let limits = Limits::default().with_message(300).unwrap();
    let (mut transport, mut peer) = server(&limits).await;
    peer.write_all(&masked(BINARY, &[7; 300])).await.unwrap();
    assert_eq!(receive(&mut transport).await, Incoming::Message(message(&[7; 300])));
    closes_within(&masked(BINARY, &[7; 301]), TOO_BIG, &limits).await;
}

#[tokio::test]
async fn a_frame_beyond_the_limit_is_closed_with_1009() {
    closes(&masked(BINARY, &vec![0; (128 << 10) + 1]), TOO_BIG).await;
}

#[tokio::test]
async fn a_close_is_answered_with_the_same_code() {
    closes(&masked(0x88, &1000_u16.to_be_bytes()), 1000).await;
    closes(&masked(0x88, &4321_u16.to_be_bytes()), 4321).await;
}

#[tokio::test]
async fn a_close_with_a_code_that_must_not_be_sent_is_answered_with_1002() {
    let (mut transport, mut peer) = server(&Limits::default()).await;
    peer.write_all(&masked(0x88, &1005_u16.to_be_bytes())).await.unwrap();
    ending(&mut transport).await;
    drop(transport);
    assert_eq!(read_all(&mut peer).await[2..4], PROTOCOL_ERROR.to_be_bytes());
}

#[tokio::test]
async fn a_connection_that_breaks_is_closed() {
    let (mut transport, peer) = server(&Limits::default()).await;
    drop(peer);
    assert_eq!(ending(&mut transport).await, Ending::cut());
    assert_eq!(ending(&mut transport).await, Ending::cut());
}

#[tokio::test]
async fn a_limit_that_ends_a_connection_is_told_with_its_name_and_value() {
    let limits = Limits::default().with_message(1000).unwrap().with_frame(300).unwrap();
    let too_long = |name, value| Ending::local(Cause::Limit { name, value }, Some(TOO_BIG.into()));
    let (mut transport, mut peer) = server(&limits).await;
    peer.write_all(&masked(BINARY, &[7; 301])).await.unwrap();
    peer.shutdown().await.unwrap();
    assert_eq!(ending(&mut transport).await, too_long("frame_limit", 300));

    let (mut transport, mut peer) = server(&limits).await;
    let mut frames = masked(0x02, &[0; 300]);
    for len in [300, 300, 101] {
        frames.extend(masked(0x00, &vec![0; len]));
    }
    peer.write_all(&frames).await.unwrap();
    peer.shutdown().await.unwrap();
    assert_eq!(ending(&mut transport).await, too_long("message_limit", 1000));
}

#[tokio::test]
async fn the_code_and_the_reason_of_a_close_are_told_of_whoever_closed_first() {
    let (mut transport, mut peer) = server(&Limits::default()).await;
    let close = [&1008_u16.to_be_bytes()[..], b"application key expired"].concat();
    peer.write_all(&masked(0x88, &close)).await.unwrap();
    let expected = Close::new(1008, "application key expired");
    assert_eq!(ending(&mut transport).await, Ending::closed(Party::Peer, Some(expected)));

    // One without a code, as after a tab of a browser was closed.
    let (mut transport, mut peer) = server(&Limits::default()).await;
    peer.write_all(&masked(0x88, b"")).await.unwrap();
    assert_eq!(ending(&mut transport).await, Ending::closed(Party::Peer, None));

    // Our own, with its reason on the wire; the peer's answer changes nothing.
    let (mut transport, mut peer) = server(&Limits::default()).await;
    let close = Close::new(1001, "restart");
    send(&mut transport, Outgoing::Close(close.clone())).await;
    peer.write_all(&masked(0x88, &1000_u16.to_be_bytes())).await.unwrap();
    assert_eq!(ending(&mut transport).await, Ending::closed(Party::Local, Some(close)));
    drop(transport);
    let written = [&1001_u16.to_be_bytes()[..], b"restart"].concat();
    assert_eq!(read_all(&mut peer).await, plain(0x88, &written));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_breaks_the_rules_and_stays_is_left_after_five_seconds() {
    let (mut transport, mut peer) = server(&Limits::default()).await;
    peer.write_all(&plain(BINARY, b"plain")).await.unwrap();
    let start = tokio::time::Instant::now();
    ending(&mut transport).await;
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_breaks_the_rules_and_reads_nothing_is_left_after_five_seconds() {
    let (io, mut peer) = tokio::io::duplex(16);
    let mut transport = WebSocket::server(io, &Limits::default()).await;
    transport.start_send(Outgoing::Message(message(&[0; 100]))).unwrap();
    peer.write_all(&plain(BINARY, b"plain")).await.unwrap();
    let start = tokio::time::Instant::now();
    ending(&mut transport).await;
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test]
async fn a_peer_that_breaks_the_rules_and_sends_on_still_reads_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let socket = listener.accept().await.unwrap().0;
    let mut transport = WebSocket::server(socket, &Limits::default()).await;
    peer.write_all(&plain(BINARY, &vec![0; 100_000])).await.unwrap();
    let (received, written) = tokio::join!(receive(&mut transport), async {
        let mut written = Vec::new();
        peer.read_to_end(&mut written).await.unwrap();
        // Whoever forgets what it was sent answers this with a reset.
        peer.write_all(&[0; 10_000]).await.unwrap();
        drop(peer);
        written
    });
    let Incoming::Closed(ending) = received else { panic!("{received:?}") };
    let rule = Cause::Protocol("Received an unmasked frame from client".to_owned());
    assert_eq!(ending, Ending::local(rule, Some(PROTOCOL_ERROR.into())));
    assert_eq!(written, plain(0x88, &PROTOCOL_ERROR.to_be_bytes()));
}

#[tokio::test]
async fn what_comes_after_our_own_close_is_still_told() {
    let (mut transport, mut peer) = server(&Limits::default()).await;
    send(&mut transport, Outgoing::Close(1000.into())).await;
    transport.start_send(Outgoing::Ping).unwrap_err();
    peer.write_all(&masked(BINARY, b"on its way")).await.unwrap();
    assert_eq!(receive(&mut transport).await, Incoming::Message(message(b"on its way")));
    peer.write_all(&masked(0x88, &1000_u16.to_be_bytes())).await.unwrap();
    ending(&mut transport).await;
}

#[tokio::test]
async fn a_message_beyond_the_write_buffer_is_refused_and_the_next_is_sent() {
    let limits = Limits::default().with_max_write_buffer(5000).unwrap();
    let (mut transport, mut peer) = server(&limits).await;
    let error = transport.start_send(Outgoing::Message(message(&[0; 6000]))).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    send(&mut transport, Outgoing::Message(message(b"short"))).await;
    let mut frame = [0; 7];
    peer.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame, plain(BINARY, b"short")[..]);
}
