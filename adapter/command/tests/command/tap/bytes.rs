//! Every byte passes unchanged, and so does every end.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

use super::support::{ANSWER, Pair, REQUEST, end};

const LEN: usize = 3 << 20;

/// Sends random bytes in portions of random sizes; returns them.
fn send_random(mut socket: &TcpStream, seed: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut sent = vec![0; LEN];
    random.fill_bytes(&mut sent);
    let mut rest = &sent[..];
    while !rest.is_empty() {
        let len = random.random_range(1..=40_000).min(rest.len());
        socket.write_all(&rest[..len]).unwrap();
        rest = &rest[len..];
    }
    socket.shutdown(Shutdown::Write).unwrap();
    sent
}

fn receive(mut socket: &TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    socket.read_to_end(&mut received).unwrap();
    received
}

/// Random bytes in both directions at the same time, after what is passed first.
fn pass_random(mut pair: Pair, seed: u64) {
    let Pair { client, server, .. } = &pair;
    let (to_server, to_client, at_server, at_client) = thread::scope(|scope| {
        let sent = [(client, seed), (server, seed + 1)]
            .map(|(socket, seed)| scope.spawn(move || send_random(socket, seed)));
        let received = [server, client].map(|socket| scope.spawn(move || receive(socket)));
        let [to_server, to_client] = sent.map(|done| done.join().unwrap());
        let [at_server, at_client] = received.map(|done| done.join().unwrap());
        (to_server, to_client, at_server, at_client)
    });
    assert!(to_server == at_server, "bytes of the client have changed");
    assert!(to_client == at_client, "bytes of the server have changed");
    pair.tap.find_text("closed:");
    assert_eq!(end(&mut pair.tap), Some(0));
    let line = format!("{} bytes of the edge", LEN + REQUEST.len());
    assert!(pair.tap.output.contains(&line), "{}", pair.tap.output);
}

#[test]
fn random_bytes_after_an_upgrade_pass_unchanged_in_both_directions() {
    for seed in [1, 100] {
        pass_random(Pair::upgraded(&[]), seed);
    }
}

#[test]
fn a_half_closed_direction_is_carried_over_and_the_other_goes_on() {
    let mut pair = Pair::upgraded(&[]);
    pair.client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(pair.server.read(&mut [0; 1]).unwrap(), 0);
    pair.down(b"\x8a\x00 and more");
    pair.server.shutdown(Shutdown::Write).unwrap();
    assert_eq!(pair.client.read(&mut [0; 1]).unwrap(), 0);
    pair.tap.find_text("closed:");
    assert_eq!(end(&mut pair.tap), Some(0));
}

#[test]
fn a_reset_is_carried_over() {
    for is_of_client in [true, false] {
        let Pair { mut tap, client, server } = Pair::upgraded(&[]);
        let (broken, mut other) = if is_of_client { (client, server) } else { (server, client) };
        // What was received, and is not read, makes the end of a socket a reset.
        other.write_all(b"\x8a\x00").unwrap();
        broken.peek(&mut [0; 1]).unwrap();
        drop(broken);
        let error = other.read(&mut [0; 1]).expect_err("it is not reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        tap.find_text("!! the connection is broken");
        assert_eq!(end(&mut tap), Some(0));
    }
}

#[test]
fn both_sides_see_an_end_if_the_tap_is_killed() {
    let mut pair = Pair::upgraded(&[]);
    pair.edge(&[1; 20]);
    pair.tap.signal("KILL");
    for socket in [&mut pair.client, &mut pair.server] {
        let ended = socket.read(&mut [0; 1]);
        assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    }
}

#[test]
fn http_that_is_no_upgrade_passes() {
    let mut pair = Pair::new(&["--check"]);
    pair.up(b"GET /status?key=THE-SECRET-KEY HTTP/1.1\r\nHost: a\r\n\r\n");
    pair.down(b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnever");
    pair.up(REQUEST.as_bytes());
    pair.down(ANSWER.as_bytes());
    pair.tap.find_text("GET /status HTTP/1.1");
    pair.tap.find_text("404 Not Found");
    pair.tap.find_text("101 Switching Protocols");
    assert_eq!(end(&mut pair.tap), Some(0));
    assert!(!pair.tap.output.contains("SECRET"), "{}", pair.tap.output);
}

#[test]
fn a_reader_that_does_not_read_slows_down_nobody_and_lines_are_counted() {
    use std::process::Stdio;

    use crate::process::{PATIENCE, alwayson};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("ws://{}", listener.local_addr().unwrap());
    let args = ["tap", "--listen", "127.0.0.1:0", "--line-queue", "3", "--to", &to];
    let mut child = alwayson().args(args).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut address = Vec::new();
    while !address.ends_with(b"\n") {
        let mut byte = [0];
        output.read_exact(&mut byte).unwrap();
        address.extend(byte);
    }
    let address = String::from_utf8(address).unwrap();
    let client = TcpStream::connect(address.trim()).unwrap();
    let (server, _) = listener.accept().unwrap();
    for socket in [&client, &server] {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    let mut pair = Pair { tap: crate::process::Process::platform(&[]).0, client, server };
    pair.up(REQUEST.as_bytes());
    pair.down(ANSWER.as_bytes());
    // More lines than a pipe and the queue take: 64 KiB, and three.
    for _ in 0..3_000 {
        pair.edge(b"\x01\x1f\0\0\0\x01\0\0\0\0\0\0\0\0\0");
    }
    drop((pair.client, pair.server));
    let mut text = String::new();
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-s", "TERM", &id]).status();
    assert!(killed.unwrap().success());
    output.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let lost = text.lines().filter_map(|line| {
        line.strip_prefix("!! ")?.strip_suffix(" lines are left out: the reader is too slow")
    });
    let lost: usize = lost.map(|count| count.parse::<usize>().unwrap()).sum();
    let shown = text.lines().filter(|line| line.contains("KEEP_ALIVE")).count();
    assert!(lost > 0 && shown < 3_000, "{lost} lost, {shown} shown");
}
