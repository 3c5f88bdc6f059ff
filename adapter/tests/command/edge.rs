//! `edge`, `load` and `demo`: the other side.

use serde_json::Value as Json;

use crate::process::{Process, alwayson};

fn edge(address: &str, args: &[&str]) -> Process {
    let url = format!("ws://{address}");
    Process::start(alwayson().args(["edge", "--url", &url]).args(args))
}

#[test]
fn an_edge_answers_for_its_things() {
    let (mut platform, address) = Process::platform(&["--json"]);
    let mut edge = edge(&address, &["--thing", "Pump", "--property", "Pressure=2.5"]);
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
    // The type that the metadata say: 3.5 is a number, a word is none.
    platform.say("write Pump Pressure high");
    let refused = platform.find_json("error", "not-understood");
    assert_eq!(refused["reason"], "\"high\" is no NUMBER");
    edge.find_text("POST request=");
    // What it answers is named: a read as the property, a service `result`.
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
fn an_edge_whose_key_is_refused_ends_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, wrong) = (folder.path().join("keys"), folder.path().join("key"));
    std::fs::write(&keys, "the right key\n").unwrap();
    std::fs::write(&wrong, "some other key\n").unwrap();
    let (_platform, address) = Process::platform(&["--app-key-file", keys.to_str().unwrap()]);
    let mut edge = edge(&address, &["--thing", "Pump", "--app-key-file", wrong.to_str().unwrap()]);
    assert_eq!(edge.end().code(), Some(1));
    assert!(edge.errors.contains("alwayson: it is over: the platform"), "{}", edge.errors);
}

#[test]
fn load_counts_what_is_answered() {
    let (mut platform, address) = Process::platform(&[]);
    let url = format!("ws://{address}");
    let args = ["load", "--url", &url, "--edges", "20", "--requests", "25", "--in-flight", "5"];
    let mut load = Process::start(alwayson().args(args).arg("--json"));
    assert_eq!(load.end().code(), Some(0), "{}", load.errors);
    let report: Json = serde_json::from_str(&load.output).unwrap();
    assert_eq!(report["edges"]["succeeded"], 20);
    assert_eq!(report["requests"]["succeeded"], 500);
    assert_eq!(report["requests"]["failed"], 0);
    let latency = &report["requests"]["latencyMs"];
    assert!(latency["p50"].as_f64() > Some(0.0));
    assert!(latency["p50"].as_f64() <= latency["max"].as_f64());
    // What it says it has sent, the platform has.
    platform.say("things");
    platform.find(|line| line.contains("│ Load-19") && line.contains("Load = 24"));
    let mut load = Process::start(alwayson().args(args));
    assert_eq!(load.end().code(), Some(0), "{}", load.errors);
    assert!(load.output.contains("requests  500 answered, 0 failed"), "{}", load.output);
}

#[test]
fn load_without_a_platform_fails_and_says_why() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("ws://{free}");
    let args =
        ["load", "--url", &url, "--edges", "2", "--requests", "1", "--connect-timeout-ms", "300"];
    let mut load = Process::start(alwayson().args(args));
    assert_eq!(load.end().code(), Some(1));
    assert!(load.output.contains("edges     0 bound, 2 failed"), "{}", load.output);
    assert!(load.output.contains("failure   not bound in time"), "{}", load.output);
}

#[test]
fn the_demo_shows_every_kind_of_message_and_ends_well() {
    let mut demo = Process::start(alwayson().arg("demo"));
    assert_eq!(demo.end().code(), Some(0), "{}", demo.errors);
    for part in [
        "edge -> platform      60 B  AUTH request=1 {appKey=***}",
        "BIND request=2 session=1 [SteamSensor1]",
        "Services/GetMetadata",
        "Services/SynchronizeModelState",
        "edge -> platform      69 B  PUT request=",
        "edge -> platform      41 B  GET request=",
        "Services/UpdateSubscribedPropertyValues",
        "{result: \"Hello, edge!\"}",
        "Events/Overheated {Temperature: 131.5}",
        "edge <- platform      44 B  GET request=",
        "edge <- platform      75 B  PUT request=",
        "{result: 42}",
        "chunk 4 of 4",
        "= together 1500 rows",
        "NOT_FOUND request=",
        "UNBIND request=",
        "close 1000",
        ": all as it should be.",
    ] {
        assert!(demo.output.contains(part), "{part} is not in\n{}", demo.output);
    }
}
