//! `alwayson gateway` as a process, with a platform and applications as processes.

#[cfg(feature = "test-programs")]
mod applications;
mod complaints;
mod faults;
mod gate;
mod kills;
#[cfg(feature = "test-programs")]
mod page;
#[cfg(feature = "test-programs")]
mod programs;
mod pushes;
mod starting;
#[cfg(unix)]
mod systemd;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use serde_json::Value as Json;

use crate::process::{PATIENCE, Process, alwayson};

/// Returns the folder of the crate of the gateway.
#[cfg(feature = "test-programs")]
pub(crate) fn gateway_crate() -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../gateway")
}

/// Starts a gateway to a platform. Returns it and its address.
fn gateway(platform: &str, args: &[&str]) -> (Process, String) {
    let url = format!("ws://{platform}");
    let mut command = alwayson();
    command.args(["gateway", "--listen", "127.0.0.1:0", "--url", &url]).args(args);
    started(&mut command)
}

fn started(command: &mut Command) -> (Process, String) {
    let mut gateway = Process::start(command);
    let line = gateway.line();
    let address = match serde_json::from_str::<Json>(&line) {
        Ok(json) => json["address"].as_str().unwrap().to_owned(),
        Err(_) => line,
    };
    (gateway, address)
}

/// Waits until the platform has a Thing bound.
fn bound(platform: &mut Process, thing: &str) {
    platform.find(|line| line.contains("  bound  ") && line.ends_with(thing));
}

/// Waits until the platform has a Thing bound no more.
fn unbound(platform: &mut Process, thing: &str) {
    platform.find(|line| line.contains("  unbound  ") && line.ends_with(thing));
}

/// Asks a gateway; returns the status, the head and the body.
fn ask(address: &str, method: &str, path: &str, body: &str) -> (u16, String, String) {
    let answer = try_ask(address, method, path, body).unwrap();
    answer.unwrap_or_else(|| panic!("no answer to {method} {path}"))
}

/// Asks a gateway that may end at any time; returns no answer if it did.
fn try_ask(
    address: &str,
    method: &str,
    path: &str,
    body: &str,
) -> std::io::Result<Option<(u16, String, String)>> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let len = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {len}\r\n\r\n{body}"
    );
    socket.write_all(head.as_bytes())?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return Ok(None) };
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Some((status, head.to_owned(), body.to_owned())))
}

/// Registers a Thing that nobody answers for.
fn register(address: &str, name: &str) {
    let path = "/Thingworx/Things/LocalEms/Services/AddEdgeThing";
    let body = format!("{{\"name\":\"{name}\",\"port\":1,\"keepalive\":0}}");
    let (status, _, body) = ask(address, "POST", path, &body);
    assert_eq!((status, body.as_str()), (200, ""));
}
