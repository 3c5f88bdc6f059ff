//! Tests of `platform`: output, commands, end.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;

use alwayson_conformance::capture::{Capture, Opcode};
use alwayson_conformance::hex;
use serde_json::{Value as Json, json};

use crate::peer::{KEY, Peer};
use crate::process::{PATIENCE, Process, alwayson};

/// Recorded: the value of a property, an answer without content, 42.
const TEMPERATURE: &str = "\
    0140000003eb000000000000004d000005010b54656d7065726174757265000100000001000101403580\
    000000000000";
const DONE: &str = "\
    0140000003ec000000000000004d0000ff";
const RESULT: &str = "\
    0140000003ed000000000000004d0000050106726573756c740001000000010001014045000000000000\
    00";
/// Recorded: two properties pushed, an event.
const PUSH: &str = "\
    010300000006000000000000004d000a0c537465616d53656e736f7231021e5570646174655375627363\
    726962656450726f706572747956616c7565730005010676616c75657300050000000100010501046e61\
    6d6500000000010576616c756500120000010474696d650003000001077175616c697479000000000001\
    0004000b54656d706572617475726512013ff4000000000000030000018bcfe568000004474f4f440100\
    040008507265737375726512014004000000000000030000018bcfe568010004474f4f440000";
const EVENT: &str = "\
    010300000008000000000000004d000a0c537465616d53656e736f723103084f76657268656174000501\
    0170000000000001000100017800";

fn key_file(folder: &tempfile::TempDir) -> String {
    let file = folder.path().join("keys.txt");
    std::fs::write(&file, format!("# the keys\n\nanother key\n{KEY}\n")).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn the_first_line_is_the_address_and_a_service_goes_on_without_input() {
    for args in [&[][..], &["--json"]] {
        let (mut platform, address) = Process::platform(args);
        let port = address.strip_prefix("127.0.0.1:").unwrap();
        assert_ne!(port.parse::<u16>().unwrap(), 0);
        platform.hush();
        // The end of its input has not ended it.
        assert!(std::net::TcpStream::connect(&address).is_ok());
        platform.signal("TERM");
        assert_eq!(platform.end().code(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_reach_a_peer_that_knows_bytes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let keys = key_file(&folder);
    let args = ["--after-bind", "none", "--app-key-file", &keys];
    let (mut platform, address) = Process::platform(&args);
    let mut peer = Peer::connect(&address).await;
    peer.join().await;
    platform.find_text("bound          SteamSensor1");

    platform.say("trace on");
    platform.find_text("done  trace on");
    platform.say("read SteamSensor1 Temperature");
    peer.answer(TEMPERATURE).await;
    platform.find_text("-> GET request=1002 session=1 Things/SteamSensor1/Properties/Temperature");
    platform.find_text("SUCCESS  read SteamSensor1 Temperature = 21.5");
    platform.say("write SteamSensor1 Temperature 55.5");
    peer.answer(DONE).await;
    platform.find_text("SUCCESS  write SteamSensor1 Temperature");
    platform.say("trace off");
    platform.say("call SteamSensor1 AddNumbers a=2 b=40");
    let request = peer.answer(RESULT).await;
    assert!(request.windows(10).any(|part| part == b"AddNumbers"));
    assert_eq!(
        platform.find_text("call SteamSensor1"),
        "SUCCESS  call SteamSensor1 AddNumbers = 42"
    );

    peer.send(PUSH).await;
    platform.find_text("SteamSensor1 Temperature = 1.25 (GOOD, 2023-11-14 22:13:20.000)");
    peer.send(EVENT).await;
    platform.find_text("fired          SteamSensor1 Overheat [{\"p\":\"x\"}]");
    platform.say("things");
    platform.find_text("│ SteamSensor1 ┆ yes");
    platform.say("quit");
    while peer.receive().await.is_some() {}
    assert_eq!(platform.end().code(), Some(0));
    assert!(platform.output.contains("unbound        SteamSensor1"), "{}", platform.output);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_says_the_same_an_object_a_line() {
    let (mut platform, address) = Process::platform(&["--json", "--after-bind", "none"]);
    let mut peer = Peer::connect(&address).await;
    peer.join().await;
    let bound = platform.find_json("event", "bound");
    assert_eq!(bound["thing"], "SteamSensor1");
    assert_eq!((&bound["isConnected"], &bound["connection"]), (&json!(true), &json!(1)));

    platform.say("read SteamSensor1 Temperature");
    peer.answer(TEMPERATURE).await;
    let answer = platform.find_json("command", "read SteamSensor1 Temperature");
    let expected = json!({
        "command": "read SteamSensor1 Temperature", "number": 1, "status": "SUCCESS",
        "error": null, "reason": null, "result": 21.5,
    });
    assert_eq!(answer, expected);
    platform.say("trace on");
    platform.find_json("command", "trace on");
    peer.send(PUSH).await;
    let property = platform.find(|line| line.contains("\"property\"") && line.contains("Pressure"));
    assert!(property.contains("\"value\":2.5,\"valueTime\":\"2023-11-14T22:13:20.001Z\""));
    platform.say("things");
    let things = platform.find_json("command", "things");
    assert_eq!(things["result"][0]["thing"], "SteamSensor1");
    assert_eq!(things["result"][0]["last"]["value"], 2.5);
    platform.say("read Ghost Temperature");
    let answer = platform.find_json("error", "not-asked");
    assert_eq!(
        (&answer["reason"], &answer["status"]),
        (&json!("the Thing is not bound"), &json!(null))
    );
    platform.say("help");
    let help = platform.find_json("command", "help");
    assert_eq!(help["result"][1]["example"], "read Pump Level");
    platform.say("quit");
    assert_eq!(platform.end().code(), Some(0));
    let frames: Vec<&str> =
        platform.output.lines().filter(|line| line.contains("\"frame\"")).collect();
    let push = frames.iter().find(|frame| frame.contains("UpdateSubscribedPropertyValues"));
    let push: Json = serde_json::from_str(push.expect("no push")).unwrap();
    let hex = push["hex"].as_str().unwrap();
    assert!(hex.len() > 100 && PUSH.contains(&hex[30..]), "{hex}");
    for line in platform.output.lines() {
        assert!(serde_json::from_str::<Json>(line).unwrap().is_object(), "{line}");
    }
}

#[test]
fn json_that_nobody_reads_any_more_ends_it_quietly() {
    let mut command = alwayson();
    command.args(["platform", "--listen", "127.0.0.1:0", "--json"]);
    let mut platform = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut output = BufReader::new(platform.stdout.take().unwrap());
    output.read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"event\":\"listening\""), "{first}");
    // Nothing more is written, so the end of the reader must be noticed without a write.
    drop(output);
    let mut stderr = platform.stderr.take().unwrap();
    let (sender, all) = channel();
    thread::spawn(move || {
        let mut errors = String::new();
        sender.send(stderr.read_to_string(&mut errors).map(|_| errors))
    });
    let Ok(errors) = all.recv_timeout(PATIENCE) else {
        platform.kill().unwrap();
        panic!("it goes on");
    };
    let errors = errors.unwrap();
    assert_eq!(platform.wait().unwrap().code(), Some(0), "{errors}");
    assert!(!errors.contains("rror"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_has_each_frame_and_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let [capture, log] = ["plant.json", "plant.log"].map(|name| folder.path().join(name));
    let args = ["--capture", capture.to_str().unwrap(), "--log-file", log.to_str().unwrap()];
    let args = [&args[..], &["--after-bind", "none"]].concat();
    let (mut platform, address) = Process::platform(&args);
    for _ in 0..2 {
        let mut peer = Peer::connect(&address).await;
        peer.join().await;
        peer.send(PUSH).await;
        platform.find_text("Pressure = 2.5");
        drop(peer);
        platform.find_text("disconnected");
    }
    platform.say("quit");
    assert_eq!(platform.end().code(), Some(0), "{}", platform.errors);
    for file in [capture, folder.path().join("plant-2.json")] {
        let text = std::fs::read_to_string(&file).unwrap();
        let recorded = Capture::read(&file).unwrap();
        let binary = recorded.frames.iter().filter(|frame| frame.opcode == Opcode::Binary);
        let codes: Vec<u8> = binary.map(|frame| frame.bytes[1]).collect();
        // AUTH, BIND and their answers, and the push.
        assert_eq!(codes[..5], [0x14, 0x40, 0x0a, 0x40, 0x03], "{text}");
        let key = hex::encode(KEY.as_bytes());
        assert!(!text.contains(&key[..8]), "{text}");
        for frame in recorded.frames.iter().filter(|frame| frame.opcode == Opcode::Binary) {
            assert!(alwayson_codec::Message::decode(&frame.bytes).is_ok(), "{text}");
        }
    }
    let log = std::fs::read_to_string(log).unwrap();
    let (day, lines) = log.split_once('\n').unwrap();
    assert!(day.ends_with(", times in UTC"), "{log}");
    assert!(lines.contains("bound          SteamSensor1"), "{log}");
}

#[test]
fn a_command_that_is_wrong_is_told_what_there_is() {
    let (mut platform, _) = Process::platform(&[]);
    for (command, answer) in [
        ("reboot", "not understood  reboot: unknown command \"reboot\"; help lists"),
        ("read Pump", "not understood  read Pump: usage: read THING PROPERTY"),
        ("read Kessel Süd Druck", "quote names that contain spaces"),
        ("trace maybe", "not understood  trace maybe: usage: trace on|off"),
        ("write Pump Label two words", "quote words that contain spaces"),
        ("read 'Pump", "not understood  read: a quote is not closed"),
        ("read Pump Level", "not asked  read Pump Level: the Thing is not bound"),
        ("help", "  call THING SERVICE [NAME=VALUE...]  call a service of the edge"),
        ("?", "call Pump Start speed=3 note='full load'"),
    ] {
        platform.say(command);
        platform.find_text(answer);
    }
    platform.say("");
    platform.say("quit");
    assert_eq!(platform.end().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_in_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.txt");
    std::fs::write(&file, "another key\n").unwrap();
    let (mut platform, address) = Process::platform(&["--app-key-file", file.to_str().unwrap()]);
    let mut peer = Peer::connect(&address).await;
    assert_ne!(peer.authenticate().await, 0x40);
    platform.find_text("unauthorized");
    platform.find_text("disconnected   its AUTH was refused");
}

#[test]
fn things_of_a_file_are_there_before_they_are_bound() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("things.txt");
    std::fs::write(&file, "Pump 7 *sn-17\nBoiler\n").unwrap();
    let (mut platform, _) = Process::platform(&["--things", file.to_str().unwrap(), "--json"]);
    platform.say("things");
    let things = platform.find_json("command", "things");
    let names = [&things["result"][0]["thing"], &things["result"][1]["thing"]];
    assert_eq!(names, ["Boiler", "Pump 7"]);
}

#[test]
fn what_cannot_be_listened_at_is_said_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut platform = Process::start(alwayson().args(["platform", "--listen", &address]));
    assert_eq!(platform.end().code(), Some(1));
    let errors = &platform.errors;
    assert!(errors.contains(&format!("cannot listen on {address}")), "{errors}");
    assert!(errors.contains("choose another one, or port 0"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_without_the_answer_that_does_not_come() {
    let (mut platform, address) = Process::platform(&["--after-bind", "none"]);
    let mut peer = Peer::connect(&address).await;
    peer.join().await;
    platform.find_text("bound");
    platform.say("read SteamSensor1 Temperature");
    let request = peer.receive().await.unwrap();
    assert_eq!(request[1], 0x01, "no GET");
    platform.signal("TERM");
    // It accepts no more connections, so it has handled the first signal.
    while std::net::TcpStream::connect(&address).is_ok() {}
    // Signals within 100 ms of the first do not count.
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    platform.signal("TERM");
    assert_eq!(platform.end().code(), Some(1));
    assert!(platform.errors.contains("stopped at once"), "{}", platform.errors);
}

#[test]
fn over_tls_a_certificate_is_trusted_by_name_or_by_an_option_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let certificate = file("cert.pem");
    let key = file("key.pem");
    let keys = file("keys.txt");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(&keys, KEY).unwrap();
    let args = ["--tls-cert", &certificate, "--tls-key", &key, "--app-key-file", &keys];
    let (mut platform, address) = Process::platform(&args);
    let port = address.rsplit(':').next().unwrap();
    let edge = |host: &str, thing: &str, args: &[&str]| {
        let url = format!("wss://{host}:{port}");
        let command = ["edge", "--url", &url, "--app-key-file", &keys, "--thing", thing];
        Process::start(alwayson().args(command).args(args))
    };
    let _trusting = edge("localhost", "Trusting", &["--ca", &certificate]);
    platform.find_text("bound          Trusting");
    let _careless = edge("127.0.0.1", "Careless", &["--insecure-accept-any-certificate"]);
    platform.find_text("bound          Careless");
    let mut refusing = edge("127.0.0.1", "Refusing", &["--ca", &certificate]);
    let line = refusing.find_text("waiting to reconnect");
    assert!(line.contains("TLS failed: the certificate of the platform is refused: "), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_a_line_with_kind_place_and_bytes() {
    // A GET of a Thing with a truncated name; no request has this id.
    let cut = "0101000000ff00000000ffffffff000a0950756d70";
    let (mut platform, address) = Process::platform(&["--json", "--after-bind", "none"]);
    let mut peer = Peer::connect(&address).await;
    peer.join().await;
    peer.send(cut).await;
    let answer = peer.receive().await.unwrap();
    assert_eq!(answer[1], 0x80);
    let line = platform.find_json("event", "unreadable");
    assert_eq!(line["kind"], "UnexpectedEnd");
    assert_eq!((&line["offset"], &line["length"]), (&json!(21), &json!(21)));
    assert_eq!(line["bytesFrom"], 0);
    // The session is the one that was granted.
    assert_eq!(line["bytes"], cut.replace("ffffffff", "00000001"));
    assert_eq!(line["connection"], 1);

    let (mut platform, address) = Process::platform(&["--after-bind", "none", "--log", "warn"]);
    let mut peer = Peer::connect(&address).await;
    let key = hex::encode(KEY.as_bytes());
    // An AUTH with a truncated key, whose beginning is present.
    peer.send(&format!("01140000000200000000ffffffff0001066170704b657924{}", &key[..60])).await;
    assert_eq!(peer.receive().await, None);
    let line = platform.find_text("unreadable");
    assert!(line.contains("UnexpectedEnd: the message is cut short at byte 54"), "{line}");
    assert!(line.contains("****"), "{line}");
    platform.find_text("disconnected   it sent another message before its AUTH was accepted");
    platform.say("quit");
    platform.end();
    let shown = format!("{}{}", platform.output, platform.errors);
    assert!(platform.errors.contains("a message cannot be read"), "{}", platform.errors);
    for part in key.as_bytes().chunks(4) {
        let part = std::str::from_utf8(part).unwrap();
        assert!(!line.contains(part), "{part} is in {line}");
    }
    assert!(!shown.contains(&key[..8]), "{shown}");
}
