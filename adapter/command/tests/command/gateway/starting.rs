//! How the gateway starts, tells what it does, and ends.

use std::fs;

use serde_json::{Value as Json, json};

use super::{ask, bound, gateway, register, started, unbound};
use crate::process::{Process, alwayson};

#[test]
fn the_first_line_is_the_address_alone_and_events_follow() {
    let (mut platform, address) = Process::platform(&[]);
    let (mut gateway, http) = gateway(&address, &["--trace"]);
    assert!(http.parse::<std::net::SocketAddr>().is_ok(), "{http}");
    gateway.find_text("connected, session");
    register(&http, "Pump");
    // The platform may answer before the application has its answer.
    gateway.find_texts(&["registered   Pump at http://localhost:1/", "Pump: bound"]);
    bound(&mut platform, "Pump");
    platform.say("read Pump Speed");
    let line = gateway.find_text("forwarded");
    assert!(line.contains("BAD_GATEWAY"), "{line}");
    assert_eq!(ask(&http, "GET", "/status.json", "").0, 200);
    gateway.find_text("GET /status.json: 200");
    assert!(gateway.output.contains("frame"));
    gateway.signal("TERM");
    assert!(gateway.end().success(), "{}", gateway.errors);
    assert!(gateway.output.contains("Pump: unbinding"), "{}", gateway.output);
    unbound(&mut platform, "Pump");
}

#[test]
fn with_json_every_line_is_an_object() {
    let (_platform, address) = Process::platform(&[]);
    let (mut gateway, http) = gateway(&address, &["--json"]);
    let line = gateway.find_json("state", "connected");
    assert_eq!(line["event"], "platform");
    assert!(line["time"].as_str().unwrap().ends_with('Z'), "{line}");
    register(&http, "Pump");
    let line = gateway.find_json("event", "registered");
    assert_eq!(line["thing"], "Pump");
    gateway.signal("INT");
    assert!(gateway.end().success());
    for line in gateway.output.lines() {
        assert!(serde_json::from_str::<Json>(line).unwrap()["event"].is_string(), "{line}");
    }
}

/// A configuration in a file of its own.
fn file(directory: &tempfile::TempDir, text: &str) -> String {
    let file = directory.path().join("config.json");
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn check_says_what_the_file_means_setting_by_setting_and_exits_0() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"{
  "ws_servers": [{ "host": "platform.example" }],
  "appKey": "s3cr3t-k3y",
  "ws_connection": { "msg_timeout": 7000 },
  "tunnel": {},
  "htp_server": {}
}"#;
    let file = file(&directory, text);
    let output = alwayson()
        .args(["gateway", "--check", "--config", &file, "--listen", "127.0.0.1:8123"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        format!("ws_connection.msg_timeout = 7000 ms  ({file}, line 4, column 22)"),
        "http_server.port = 8123  (--listen)".to_owned(),
        "ws_connection.ping_rate = 55000 ms  (default)".to_owned(),
        format!("ws_servers[0].host = platform.example  ({file}, line 2, column 3)"),
        format!("appKey = ***  ({file}, line 3, column 3)"),
        format!("{file}: line 5, column 3: tunnel: not supported: there are no tunnels"),
        format!("{file}: line 6, column 3: htp_server: unknown setting"),
    ] {
        assert!(text.lines().any(|found| found.starts_with(&line)), "{line}: {text}");
    }
    assert!(!text.contains("s3cr3t-k3y"));
}

#[test]
fn check_of_a_file_that_is_wrong_exits_2_with_every_place() {
    let directory = tempfile::tempdir().unwrap();
    let text = "{\n \"http_server\": { \"port\": \"8000\",\n \"ssl\": 1 } }";
    let file = file(&directory, text);
    let output = alwayson().args(["gateway", "--check", "--config", &file]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    for line in [
        "line 2, column 27: http_server.port: expected a whole number, found a string",
        "line 3, column 9: http_server.ssl: expected true or false, found a number",
    ] {
        assert!(errors.contains(&format!("{file}: {line}")), "{line}: {errors}");
    }
    assert!(output.stdout.is_empty());
}

#[test]
fn wrong_use_exits_2_and_a_port_that_is_taken_1() {
    let status = |args: &[&str]| {
        let output = alwayson().arg("gateway").args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, _) = status(&[]);
    assert_eq!(code, Some(2));
    let (code, text) = status(&["--url", "wss://platform.example", "--check"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("there is no key"), "{text}");
    let (code, text) = status(&["--url", "ws://127.0.0.1:1", "--listen", "8000"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("--listen: 8000 is not an address and port"), "{text}");
    let (code, text) = status(&["--url", "ws://127.0.0.1:1", "--listen", "0.0.0.0:0"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("--insecure-listen-anywhere"), "{text}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, text) = status(&["--url", "ws://127.0.0.1:1", "--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(text.contains("another program listens there"), "{text}");
}

#[test]
fn an_ems_s_file_starts_a_gateway_that_warns_of_each_setting_that_it_does_not_do() {
    let (mut platform, address) = Process::platform(&[]);
    let (host, port) = address.rsplit_once(':').unwrap();
    let directory = tempfile::tempdir().unwrap();
    let config = json!({
        "ws_servers": [{ "host": host, "port": port.parse::<u16>().unwrap() }],
        "appKey": "s3cr3t-k3y",
        "http_server": { "host": "localhost", "port": 0 },
        "ws_connection": { "encryption": "none" },
        "auto_bind": [{ "name": "Site", "gateway": true }, { "name": "Pump" }],
        "logger": { "level": "WARN" },
        "fips": { "enabled": false },
    });
    let file = file(&directory, &config.to_string());
    let before = fs::read(&file).unwrap();
    let (mut gateway, _) = started(alwayson().args(["gateway", "--config", &file, "--trace"]));
    platform.find(|line| line.contains("  bound  ") && line.ends_with("Pump"));
    gateway.find_text("connected, session");
    gateway.signal("TERM");
    assert!(gateway.end().success());
    assert!(gateway.errors.contains("fips: not supported"), "{}", gateway.errors);
    assert!(gateway.errors.contains("less safe"), "{}", gateway.errors);
    assert!(!gateway.errors.contains("s3cr3t-k3y") && !gateway.output.contains("s3cr3t-k3y"));
    assert_eq!(fs::read(&file).unwrap(), before);
}
