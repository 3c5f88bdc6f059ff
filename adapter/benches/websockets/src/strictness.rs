//! How a server of each library treats frames that no client may send.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Client, masked};
use crate::libraries::{FRAME, Library, MESSAGE};
use crate::process::Server;
use crate::server;

/// The time after which a server that says nothing has not refused.
const PATIENCE: Duration = Duration::from_millis(500);

/// The cases: a name, the code that RFC 6455 names, and the bytes.
fn cases() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut long = vec![0x82, 0x80 | 127];
    long.extend((1_u64 << 63).to_be_bytes());
    long.extend([0; 8]);
    let mut wide = vec![0x82, 0x80 | 126, 0, 5];
    wide.extend([0; 4]);
    wide.extend(b"hello");
    let mut wider = vec![0x82, 0x80 | 127];
    wider.extend(5_u64.to_be_bytes());
    wider.extend([0; 4]);
    wider.extend(b"hello");
    let close = |code: u16, reason: &[u8]| masked(0x88, &[&code.to_be_bytes(), reason].concat());
    let mut oversized = vec![0x82, 0x80 | 127];
    oversized.extend((MESSAGE as u64 + 1).to_be_bytes());
    oversized.extend([0; 4]);
    let piece = vec![0; FRAME];
    let mut fragments = masked(0x02, &piece);
    for _ in 0..MESSAGE / FRAME {
        fragments.extend(masked(0x00, &piece));
    }
    let then = |mut first: Vec<u8>, second: Vec<u8>| {
        first.extend(second);
        first
    };
    vec![
        ("unmasked frame", "1002", vec![0x82, 2, 1, 2]),
        ("reserved bit 1", "1002", masked(0xC2, b"x")),
        ("reserved bit 3", "1002", masked(0x92, b"x")),
        ("reserved opcode 3", "1002", masked(0x83, b"x")),
        ("reserved opcode 11", "1002", masked(0x8B, b"x")),
        ("ping of 126 bytes", "1002", masked(0x89, &[0; 126])),
        ("pong of 126 bytes", "1002", masked(0x8A, &[0; 126])),
        ("close of 126 bytes", "1002", masked(0x88, &[&[3, 0xE8][..], &[b'x'; 124]].concat())),
        ("fragmented ping", "1002", masked(0x09, b"x")),
        ("text that is not UTF-8", "1007", masked(0x81, &[0xFF])),
        ("reason that is not UTF-8", "1007 or 1002", close(1000, &[0xFF])),
        ("close of one byte", "1002", masked(0x88, &[3])),
        ("close with 1005", "1002", close(1005, b"")),
        ("close with 999", "1002", close(999, b"")),
        ("continuation without start", "1002", masked(0x80, b"x")),
        ("start within a message", "1002", then(masked(0x02, b"x"), masked(0x82, b"y"))),
        ("frame that is too long", "1009", oversized),
        ("message that is too long", "1009", fragments),
        ("length with the top bit", "1002", long),
        ("length of 5 in two bytes", "1002", wide),
        ("length of 5 in eight bytes", "1002", wider),
    ]
}

/// Sends bytes, and returns what the server does.
async fn outcome(address: SocketAddr, bytes: &[u8]) -> String {
    let mut socket = Client::open(address).await.socket;
    // A server that refuses does not read the rest.
    let _ = tokio::time::timeout(PATIENCE, socket.write_all(bytes)).await;
    let mut answer = Vec::new();
    let ended = async { while socket.read_buf(&mut answer).await.is_ok_and(|len| len > 0) {} };
    let is_ended = tokio::time::timeout(PATIENCE, ended).await.is_ok();
    match &answer[..] {
        [0x88, _, high, low, ..] => u16::from_be_bytes([*high, *low]).to_string(),
        [0x88, 0, ..] => "close without a code".to_owned(),
        [0x81 | 0x82 | 0x89 | 0x8A, ..] => "accepted".to_owned(),
        [] if is_ended => "cut".to_owned(),
        [] => "accepted or waits".to_owned(),
        other => format!("{:02x?}", &other[..other.len().min(8)]),
    }
}

/// Prints a table of the cases.
pub(crate) async fn print() {
    let kinds = Library::ALL.map(server::echo).into_iter().chain([server::ADAPTER.to_owned()]);
    let servers: Vec<(String, Server)> =
        kinds.map(|kind| (kind.clone(), Server::start(&kind))).collect();
    println!("\nstrictness: the code of the close, or what happens otherwise");
    let names: Vec<&str> =
        servers.iter().map(|(kind, _)| kind.trim_start_matches("echo ")).collect();
    println!("| case | RFC 6455 | {} |", names.join(" | "));
    println!("| --- | --- |{}", " --- |".repeat(names.len()));
    for (name, expected, bytes) in cases() {
        let mut row = format!("| {name} | {expected} |");
        for (_, server) in &servers {
            row += &format!(" {} |", outcome(server.address, &bytes).await);
        }
        println!("{row}");
    }
}
