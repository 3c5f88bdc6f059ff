//! Compression, where both sides want it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use alwayson::transport::{
    AcceptOptions, ConnectOptions, DeflateWebSocket, Incoming, Limits, Outgoing, Transport, connect,
};
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;

use crate::support::{
    UPGRADE, echo, ending, masked, message, plain, platform, read_all, receive, send,
};

const EXTENSION: &str = "permessage-deflate";

fn compressing() -> AcceptOptions {
    AcceptOptions::default().with_deflate(true)
}

fn server(limits: &Limits) -> (DeflateWebSocket, DuplexStream) {
    let (io, peer) = tokio::io::duplex(1 << 20);
    (DeflateWebSocket::server(io, EXTENSION, limits).unwrap(), peer)
}

/// Compresses as RFC 7692 says, with the context of before.
fn compress(compressor: &mut Compress, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 100);
    compressor.compress_vec(bytes, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&[0, 0, 0xFF, 0xFF]));
    out.truncate(out.len() - 4);
    out
}

/// Random bytes, which are only shorter where they come again.
fn noise(len: usize) -> Vec<u8> {
    let mut noise = vec![0; len];
    rand::fill(&mut noise[..]);
    noise
}

/// What a platform answers to this offer.
async fn answers(offer: &str, options: AcceptOptions) -> Option<String> {
    let (address, accepted) = platform(options).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let offer = format!("Sec-WebSocket-Extensions: {offer}\r\nHost");
    socket.write_all(UPGRADE.replace("Host", &offer).as_bytes()).await.unwrap();
    drop(accepted.await.unwrap().unwrap());
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let mut lines = answer.lines();
    lines.find_map(|line| Some(line.strip_prefix("sec-websocket-extensions: ")?.to_owned()))
}

#[tokio::test]
async fn a_platform_takes_the_first_offer_that_it_can_keep() {
    for (offer, answer) in [
        ("permessage-deflate", Some("permessage-deflate")),
        ("permessage-deflate; client_max_window_bits", Some("permessage-deflate")),
        ("permessage-deflate;client_max_window_bits=10", Some("permessage-deflate")),
        (
            "permessage-deflate; server_no_context_takeover",
            Some("permessage-deflate; server_no_context_takeover"),
        ),
        ("permessage-deflate; server_max_window_bits=10", None),
        (
            "permessage-deflate; server_max_window_bits=10, permessage-deflate",
            Some("permessage-deflate"),
        ),
        ("permessage-deflate; unknown", None),
        ("x-webkit-deflate-frame", None),
    ] {
        assert_eq!(answers(offer, compressing()).await.as_deref(), answer, "{offer}");
        assert_eq!(answers(offer, AcceptOptions::default()).await, None, "{offer}");
    }
}

#[tokio::test]
async fn messages_go_both_ways_and_are_compressed() {
    let (address, accepted) = platform(compressing()).await;
    let options = ConnectOptions::new(&format!("ws://{address}")).unwrap().with_deflate(true);
    let mut edge = connect(&options, None).await.unwrap();
    let echo = tokio::spawn(echo(accepted.await.unwrap().unwrap().transport));
    for len in [0, 1, 125, 8192, 70_000, 1 << 20] {
        let bytes = Bytes::from(vec![7; len]);
        send(&mut edge, Outgoing::Message(bytes.clone())).await;
        assert_eq!(receive(&mut edge).await, Incoming::Message(bytes));
    }
    send(&mut edge, Outgoing::Ping).await;
    assert_eq!(receive(&mut edge).await, Incoming::Pong);
    send(&mut edge, Outgoing::Close(1000.into())).await;
    ending(&mut edge).await;
    echo.await.unwrap();
}

#[tokio::test]
async fn an_edge_that_offers_talks_to_a_platform_that_declines() {
    let (address, accepted) = platform(AcceptOptions::default()).await;
    let options = ConnectOptions::new(&format!("ws://{address}")).unwrap().with_deflate(true);
    let mut edge = connect(&options, None).await.unwrap();
    tokio::spawn(echo(accepted.await.unwrap().unwrap().transport));
    send(&mut edge, Outgoing::Message(message(b"plain"))).await;
    assert_eq!(receive(&mut edge).await, Incoming::Message(message(b"plain")));
}

#[tokio::test]
async fn a_client_that_keeps_its_context_and_marks_continuations_is_understood() {
    let (mut transport, mut peer) = server(&Limits::default());
    let mut compressor = Compress::new(Compression::default(), false);
    let bytes = noise(2000);
    let first = compress(&mut compressor, &bytes);
    let again = compress(&mut compressor, &bytes);
    assert!(first.len() > 2000 && again.len() < 100, "{} {}", first.len(), again.len());
    for compressed in [first, again] {
        let (begin, end) = compressed.split_at(compressed.len() / 2);
        peer.write_all(&masked(0x42, begin)).await.unwrap();
        peer.write_all(&masked(0xC0, end)).await.unwrap();
        assert_eq!(receive(&mut transport).await, Incoming::Message(bytes.clone().into()));
    }
    peer.write_all(&masked(0x82, b"not compressed")).await.unwrap();
    assert_eq!(receive(&mut transport).await, Incoming::Message(message(b"not compressed")));
}

#[tokio::test]
async fn our_own_context_is_kept_too() {
    let (mut transport, mut peer) = server(&Limits::default());
    let bytes = Bytes::from(noise(2000));
    let mut lens = Vec::new();
    for _ in 0..2 {
        send(&mut transport, Outgoing::Message(bytes.clone())).await;
        let mut head = [0; 2];
        peer.read_exact(&mut head).await.unwrap();
        assert_eq!(head[0], 0xC2);
        let len = if head[1] == 126 { peer.read_u16().await.unwrap() } else { head[1].into() };
        peer.read_exact(&mut vec![0; len.into()]).await.unwrap();
        lens.push(len);
    }
    assert!(lens[0] > 2000 && lens[1] < 100, "{lens:?}");
}

/// Writes bytes to a platform's transport: it says this code, then it is closed, and
/// stays so.
async fn closes(bytes: &[u8], code: u16, limits: &Limits) {
    let (mut transport, mut peer) = server(limits);
    peer.write_all(bytes).await.unwrap();
    for _ in 0..3 {
        ending(&mut transport).await;
    }
    transport.start_send(Outgoing::Ping).unwrap_err();
    drop(transport);
    let written = read_all(&mut peer).await;
    assert_eq!(written[0], 0x88);
    assert_eq!(written[2..4], code.to_be_bytes(), "{written:?}");
}

#[tokio::test]
async fn w08_a_deflate_bomb_is_closed_with_1009() {
    // 16 MiB in 16 KiB.
    let bomb = compress(&mut Compress::new(Compression::best(), false), &vec![0; 16 << 20]);
    assert!(bomb.len() < 20_000, "{}", bomb.len());
    closes(&masked(0xC2, &bomb), 1009, &Limits::default()).await;
    // In fragments, of which each is short enough.
    let limits = Limits::default().with_message(10_000).unwrap();
    let mut compressor = Compress::new(Compression::best(), false);
    let mut frames = masked(0x42, &compress(&mut compressor, &[0; 4000]));
    for _ in 0..3 {
        let mut part = compress(&mut compressor, &[0; 4000]);
        part.splice(0..0, [0, 0, 0xFF, 0xFF]);
        frames.extend(masked(0x00, &part));
    }
    closes(&frames, 1009, &limits).await;
}

#[tokio::test]
async fn w08_the_limit_is_one_of_what_comes_out() {
    let limits = Limits::default().with_message(5000).unwrap();
    let (mut transport, mut peer) = server(&limits);
    let mut compressor = Compress::new(Compression::best(), false);
    peer.write_all(&masked(0xC2, &compress(&mut compressor, &[0; 5000]))).await.unwrap();
    assert_eq!(receive(&mut transport).await, Incoming::Message(message(&[0; 5000])));
    let longer = compress(&mut Compress::new(Compression::best(), false), &[0; 5001]);
    closes(&masked(0xC2, &longer), 1009, &limits).await;
}

#[tokio::test]
async fn what_breaks_the_rules_is_closed_here_too() {
    let limits = Limits::default();
    closes(&plain(0x82, b"plain"), 1002, &limits).await;
    closes(&masked(0xA2, b"reserved"), 1002, &limits).await;
    closes(&masked(0x83, b"reserved"), 1002, &limits).await;
    closes(&masked(0xC2, &[0xFF; 50]), 1002, &limits).await;
    closes(&masked(0x09, b"more follows"), 1002, &limits).await;
    closes(&masked(0x80, b"continues nothing"), 1002, &limits).await;
    for control in [0x88, 0x89, 0x8A] {
        let longer = [&1000_u16.to_be_bytes()[..], &[b'x'; 124]].concat();
        closes(&masked(control, &longer), 1002, &limits).await;
    }
    closes(&[masked(0x02, b"begins"), masked(0x82, b"inside")].concat(), 1002, &limits).await;
    closes(&masked(0x88, &1000_u16.to_be_bytes()), 1000, &limits).await;
}

#[tokio::test]
async fn control_frames_of_up_to_125_bytes_are_read_here_too() {
    let (mut transport, mut peer) = server(&Limits::default());
    for len in [0, 124, 125] {
        peer.write_all(&masked(0x8A, &vec![b'x'; len])).await.unwrap();
        assert_eq!(receive(&mut transport).await, Incoming::Pong);
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_breaks_the_rules_and_reads_nothing_is_left_after_five_seconds() {
    let (io, mut peer) = tokio::io::duplex(16);
    let mut transport = DeflateWebSocket::server(io, EXTENSION, &Limits::default()).unwrap();
    transport.start_send(Outgoing::Message(noise(100).into())).unwrap();
    peer.write_all(&plain(0x82, b"plain")).await.unwrap();
    let start = tokio::time::Instant::now();
    ending(&mut transport).await;
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test]
async fn a_flood_of_pings_is_read_no_faster_than_it_is_answered() {
    let (io, peer) = tokio::io::duplex(64);
    let mut transport = DeflateWebSocket::server(io, EXTENSION, &Limits::default()).unwrap();
    let (mut reader, mut writer) = tokio::io::split(peer);
    let pings = tokio::spawn(async move {
        for _ in 0..1000 {
            writer.write_all(&masked(0x89, &[1; 40])).await.unwrap();
        }
        writer
    });
    let told = async {
        let mut told = 0;
        while told < 1000 {
            assert_eq!(receive(&mut transport).await, Incoming::Ping);
            told += 1;
        }
    };
    let read_pongs = async {
        let mut pong = [0; 42];
        for _ in 0..999 {
            reader.read_exact(&mut pong).await.unwrap();
            assert_eq!(pong, plain(0x8A, &[1; 40])[..]);
        }
    };
    tokio::join!(told, read_pongs);
    drop(pings.await.unwrap());
}

#[tokio::test]
async fn s11_pings_of_a_peer_that_reads_nothing_are_not_read_on() {
    let (io, mut peer) = tokio::io::duplex(4096);
    let mut transport = DeflateWebSocket::server(io, EXTENSION, &Limits::default()).unwrap();
    let pings = masked(0x89, &[1; 125]).repeat(1000);
    let writer = tokio::spawn(async move { peer.write_all(&pings).await });
    let mut told = 0;
    for _ in 0..1000 {
        let polled = poll_fn(|context| Poll::Ready(transport.poll_receive(context))).await;
        match polled {
            Poll::Ready(incoming) => {
                assert_eq!(incoming, Incoming::Ping);
                told += 1;
            }
            Poll::Pending => tokio::task::yield_now().await,
        }
    }
    // 4 KiB of pongs, and the one that waits.
    assert_eq!(told, 4096_usize.div_ceil(127));
    writer.abort();
}
