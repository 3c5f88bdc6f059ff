//! Tests of `edge`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use alwayson::platform::{KnownCredentials, MemoryThings, Platform};
use alwayson::transport::ServerTls;
use serde_json::Value as Json;

use crate::process::{Process, alwayson};

fn edge(address: &str, args: &[&str]) -> Process {
    let url = format!("ws://{address}");
    Process::start(alwayson().args(["edge", "--url", &url]).args(args))
}

#[test]
fn an_edge_answers_for_its_things() {
    let (mut platform, address) = Process::platform(&["--json"]);
    let args = ["--thing", "Pump", "--property", "Pressure=2.5", "--service", "Anything"];
    let mut edge = edge(&address, &args);
    platform.find_json("event", "described");
    edge.find_text("thing    Pump: bound");
    for (command, result) in [
        ("read Pump Pressure", "2.5"),
        ("write Pump Pressure 3", "null"),
        ("read Pump Pressure", "3.0"),
        ("call Pump Anything a=1 text='two words'", "[{\"a\":1.0,\"text\":\"two words\"}]"),
        ("call Pump Anything a=1", "1.0"),
        ("call Pump Anything", "null"),
    ] {
        platform.say(command);
        let answer = platform.find(|line| line.starts_with("{\"command\""));
        let answer: Json = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["status"], "SUCCESS", "{command}: {answer}");
        assert_eq!(answer["result"].to_string(), result, "{command}");
    }
    // Other services are refused, also those for file transfer and tunnels.
    for service in ["Nothing", "StartFileTransfer", "StartTunnel"] {
        platform.say(&format!("call Pump {service} a=1"));
        let refused = platform.find_json("status", "NOT_FOUND");
        assert_eq!(refused["reason"], format!("there is no service {service}"));
    }
    // The metadata declare NUMBER: a word is not one.
    platform.say("write Pump Pressure high");
    let refused = platform.find_json("error", "not-understood");
    assert_eq!(refused["reason"], "\"high\" is not a valid NUMBER");
    edge.find_text("POST request=");
    // The field of an answer has the name of the property, or `result` for a service.
    platform.say("trace on");
    for (command, content) in
        [("read Pump Pressure", "{Pressure: 3}"), ("call Pump Anything a=1", "{result: 1}")]
    {
        platform.say(command);
        platform.find(|line| line.contains("SUCCESS request=") && line.contains(content));
    }
    edge.signal("TERM");
    assert_eq!(edge.end().code(), Some(0), "{}", edge.errors);
    assert!(edge.output.contains("edge     ended: the edge has left"), "{}", edge.output);
    let unbound = platform.find_json("event", "unbound");
    assert_eq!(unbound["isConnected"], false);
}

#[test]
fn an_edge_pushes_and_stands_behind_a_gateway() {
    let (mut platform, address) = Process::platform(&["--after-bind", "synchronize"]);
    let args = [
        "--thing",
        "Pump",
        "--property",
        "Level=7",
        "--gateway",
        "Plant:EMS",
        "--push-every",
        "20",
    ];
    let _edge = edge(&address, &args);
    platform.find_text("bound          Plant");
    for _ in 0..3 {
        platform.find_text("Pump Level = 7 (GOOD");
    }
}

#[test]
fn an_edge_tells_every_state() {
    let (_platform, address) = Process::platform(&["--after-bind", "synchronize"]);
    let mut edge = edge(&address, &["--thing", "Pump"]);
    assert!(edge.line().ends_with(", times in UTC"), "{}", edge.output);
    let states = |edge: &mut Process, until: &str| {
        let mut states = Vec::new();
        while states.last().is_none_or(|state| state != until) {
            let line = edge.line();
            // After the time of day.
            let state = line[14..].to_owned();
            if !state.starts_with("request") {
                states.push(state);
            }
        }
        states
    };
    let expected = [
        "thing    Pump: unbound",
        "edge     connecting",
        "edge     authenticating",
        "edge     authenticated, session 1",
        "thing    Pump: binding",
        "thing    Pump: bound",
        "thing    Pump: bound, pushes go out",
    ];
    assert_eq!(states(&mut edge, "thing    Pump: bound, pushes go out"), expected);
    edge.signal("TERM");
    let expected = [
        "edge     leaving",
        "thing    Pump: unbinding",
        "thing    Pump: unbound",
        "edge     ended: the edge has left",
    ];
    assert_eq!(states(&mut edge, "edge     ended: the edge has left"), expected);
    assert_eq!(edge.end().code(), Some(0));
}

#[test]
fn an_edge_that_cannot_connect_says_so_once_as_a_state_or_in_the_log_too() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (log, warnings) in [(&[][..], 0), (&["--log", "warn"], 1)] {
        let mut edge = edge(&free, &[&["--thing", "Pump"], log].concat());
        let line = edge.find_text("waiting to reconnect");
        assert!(line.contains("Connection refused"), "{line}");
        edge.signal("TERM");
        assert_eq!(edge.end().code(), Some(0));
        assert_eq!(edge.errors.matches("WARN").count(), warnings, "{}", edge.errors);
    }
}

#[test]
fn an_edge_records_each_connection_with_its_key_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(file("key"), "the-key-of-the-test\n").unwrap();
    let (platform, address) = Process::platform(&["--app-key-file", &file("key")]);
    let args = ["--thing", "Pump", "--app-key-file", &file("key"), "--capture", &file("edge.json")];
    let mut edge = edge(&address, &args);
    edge.find_text("thing    Pump: bound, pushes go out");
    drop(platform);
    edge.find_text("waiting to reconnect");
    edge.signal("TERM");
    assert_eq!(edge.end().code(), Some(0), "{}", edge.errors);
    let capture = std::fs::read_to_string(file("edge.json")).unwrap();
    let capture: Json = serde_json::from_str(&capture).unwrap();
    assert_eq!(capture["schema"], "alwayson-capture/1");
    let frames = capture["frames"].as_array().unwrap();
    assert_eq!(frames[0]["from"], "edge");
    assert_eq!(frames[1]["from"], "platform");
    let mut decode = Process::start(alwayson().args(["decode", &file("edge.json")]));
    assert_eq!(decode.end().code(), Some(0), "{}", decode.errors);
    assert!(decode.output.contains("AUTH request=1 {appKey=***}"), "{}", decode.output);
    assert!(decode.output.contains("BIND request=2 session=1 [Pump]"), "{}", decode.output);
    // "the-key", in hex.
    assert!(!capture.to_string().contains("7468652d6b6579"), "{capture}");
}

#[test]
fn a_user_with_a_password_is_one_who_can_connect() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let users = file("users", "# who may\noperator:pass:word\n");
    let wrong = file("wrong", "operator:password\n");
    let without = file("without", "operator\n");
    let (mut platform, address) = Process::platform(&["--user-file", &users]);
    let _edge = edge(&address, &["--thing", "Pump", "--user-file", &users]);
    platform.find_text("bound          Pump");
    let mut refused = edge(&address, &["--thing", "Pump", "--user-file", &wrong]);
    assert_eq!(refused.end().code(), Some(1));
    assert!(!refused.errors.contains("password"), "{}", refused.errors);
    let mut useless = edge(&address, &["--thing", "Pump", "--user-file", &without]);
    assert_eq!(useless.end().code(), Some(2));
    assert!(useless.errors.contains("is not of the form USER:PASSWORD"), "{}", useless.errors);
}

/// Runs a proxy for one connection; returns its URL and the request that it gets.
fn proxy() -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            near.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let mut far = TcpStream::connect(head.split(' ').nth(1).unwrap()).unwrap();
        near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let mut from = far.try_clone().unwrap();
        let mut to = near.try_clone().unwrap();
        // Either side may close first.
        std::thread::spawn(move || drop(std::io::copy(&mut from, &mut to)));
        std::thread::spawn(move || drop(std::io::copy(&mut near, &mut far)));
        head
    });
    (url, asked)
}

#[test]
fn an_edge_and_a_load_go_through_a_proxy_that_is_told_who_asks() {
    let folder = tempfile::tempdir().unwrap();
    let user = folder.path().join("proxy");
    std::fs::write(&user, "user:secret\n").unwrap();
    let user = user.to_str().unwrap();
    let (mut platform, address) = Process::platform(&[]);
    let (url, asked) = proxy();
    let way = ["--thing", "Pump", "--proxy", &url, "--proxy-auth-file", user];
    let _edge = edge(&address, &way);
    platform.find_text("bound          Pump");
    let asked = asked.join().unwrap();
    assert!(asked.starts_with(&format!("CONNECT {address} ")), "{asked}");
    // "user:secret"
    assert!(asked.contains("proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), "{asked}");
    let (proxy_url, asked) = proxy();
    let url = format!("ws://{address}");
    let args = ["load", "--url", &url, "--edges", "1", "--requests", "3", "--proxy", &proxy_url];
    let mut load = Process::start(alwayson().args(args));
    assert_eq!(load.end().code(), Some(0), "{}{}", load.output, load.errors);
    assert!(!asked.join().unwrap().contains("authorization"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_shows_its_certificate_where_a_platform_asks_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let certificate = file("cert.pem");
    let key = file("key.pem");
    let keys = file("keys.txt");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(&keys, "the key\n").unwrap();
    let tls = ServerTls::from_files_with_client_ca(&certificate, &key, &certificate).unwrap();
    let things = MemoryThings::any();
    let platform = Platform::builder(KnownCredentials::default().with_key("the key"), things)
        .tls(tls)
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let url = format!("wss://localhost:{}", platform.local_addr().port());
    let start = |args: &[&str]| {
        let common = ["edge", "--url", &url, "--thing", "Pump", "--app-key-file", &keys];
        Process::start(alwayson().args(common).args(["--ca", &certificate]).args(args))
    };
    let mut with = start(&["--tls-cert", &certificate, "--tls-key", &key]);
    with.find_text("thing    Pump: bound");
    let mut without = start(&[]);
    without.find_text("waiting to reconnect");
}

#[test]
fn an_edge_sends_pings_as_often_as_it_is_told() {
    let (mut platform, address) = Process::platform(&["--after-bind", "none"]);
    platform.say("trace on");
    let _edge = edge(&address, &["--thing", "Pump", "--ping-ms", "50"]);
    for _ in 0..10 {
        platform.find_text("<- ping");
    }
}

#[test]
fn an_edge_whose_key_is_refused_ends_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    let wrong = folder.path().join("key");
    std::fs::write(&keys, "the right key\n").unwrap();
    std::fs::write(&wrong, "some other key\n").unwrap();
    let (_platform, address) = Process::platform(&["--app-key-file", keys.to_str().unwrap()]);
    let mut edge = edge(&address, &["--thing", "Pump", "--app-key-file", wrong.to_str().unwrap()]);
    assert_eq!(edge.end().code(), Some(1));
    assert!(edge.errors.contains("alwayson: the edge has ended: the platform"), "{}", edge.errors);
}
