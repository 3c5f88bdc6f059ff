//! Tests of `load`.

use std::net::TcpListener;

use serde_json::{Value as Json, json};

use crate::process::{Process, alwayson};

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
    // The platform has received what `load` reports as sent.
    platform.say("things");
    platform.find(|line| line.contains("│ Load-19") && line.contains("Load = 24"));
    let mut load = Process::start(alwayson().args(args));
    assert_eq!(load.end().code(), Some(0), "{}", load.errors);
    assert!(load.output.contains("requests  500 answered, 0 failed"), "{}", load.output);
}

#[test]
fn load_without_a_platform_fails_and_says_why() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("ws://{free}");
    let args =
        ["load", "--url", &url, "--edges", "2", "--requests", "1", "--connect-timeout-ms", "300"];
    let mut load = Process::start(alwayson().args(args));
    assert_eq!(load.end().code(), Some(1));
    assert!(load.output.contains("edges     0 bound, 2 failed"), "{}", load.output);
    assert!(load.output.contains("failure   2 x not connected: "), "{}", load.output);
    let mut load = Process::start(alwayson().args(args).arg("--json"));
    assert_eq!(load.end().code(), Some(1));
    let report: Json = serde_json::from_str(&load.output).unwrap();
    let failures = report["edges"]["failures"].as_array().unwrap();
    assert_eq!((failures.len(), &failures[0]["count"]), (1, &Json::from(2)));
    let cause = failures[0]["cause"].as_str().unwrap();
    assert!(cause.contains("refused"), "{cause}");
}

#[test]
fn load_counts_refusals_by_their_status() {
    let folder = tempfile::tempdir().unwrap();
    let things = folder.path().join("things");
    std::fs::write(&things, "Load-0\n").unwrap();
    let (_platform, address) = Process::platform(&["--things", things.to_str().unwrap()]);
    let url = format!("ws://{address}");
    let args = ["load", "--url", &url, "--edges", "3", "--requests", "2", "--json"];
    let mut load = Process::start(alwayson().args(args));
    assert_eq!(load.end().code(), Some(1));
    let report: Json = serde_json::from_str(&load.output).unwrap();
    assert_eq!((&report["edges"]["succeeded"], &report["edges"]["failed"]), (&1.into(), &2.into()));
    let cause = "the platform refuses to bind it: NOT_FOUND";
    assert_eq!(report["edges"]["failures"], json!([{ "cause": cause, "count": 2 }]));
    assert_eq!(report["requests"]["failures"], json!([]));
}

/// The command, with limits of open files: `-n` both, `-Sn` the soft one.
#[cfg(unix)]
fn limited(limit: &str, args: &[&str]) -> Process {
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    let mut shell = std::process::Command::new("sh");
    shell.env_remove("RUST_LOG").env("NO_COLOR", "1");
    Process::start(shell.args(["-c", &script, env!("CARGO_BIN_EXE_alwayson")]).args(args))
}

#[cfg(unix)]
#[test]
fn load_without_enough_file_descriptors_says_so() {
    let (_platform, address) = Process::platform(&[]);
    let url = format!("ws://{address}");
    let args = ["load", "--url", &url, "--edges", "60", "--requests", "1", "--json"];
    let mut load = limited("-n 40", &args);
    assert_eq!(load.end().code(), Some(1));
    let report: Json = serde_json::from_str(&load.output).expect(&load.errors);
    let failures = report["edges"]["failures"].as_array().unwrap();
    let is_meant =
        |failure: &&Json| failure["cause"].as_str().unwrap().contains("Too many open files");
    let failed = failures.iter().find(is_meant).expect("no such cause")["count"].as_u64();
    assert!(failed > Some(10), "{report}");
    let succeeded = report["edges"]["succeeded"].as_u64().unwrap();
    assert_eq!(succeeded + report["edges"]["failed"].as_u64().unwrap(), 60);
}

#[cfg(unix)]
#[test]
fn platform_and_load_raise_the_soft_limit_of_open_files() {
    let mut platform = limited("-Sn 40", &["platform", "--listen", "127.0.0.1:0"]);
    let url = format!("ws://{}", platform.line());
    let mut load = limited("-Sn 40", &["load", "--url", &url, "--edges", "60", "--requests", "1"]);
    assert_eq!(load.end().code(), Some(0), "{}{}", load.output, load.errors);
    assert!(load.output.contains("edges     60 bound, 0 failed"), "{}", load.output);
}

#[test]
fn load_ends_when_the_platform_does_and_counts_what_was_not_sent() {
    let (mut platform, address) = Process::platform(&[]);
    let url = format!("ws://{address}");
    // This number would take days.
    let args = ["load", "--url", &url, "--edges", "2", "--requests", "4000000000"];
    let mut load = Process::start(alwayson().args(args));
    for thing in ["Load-0 Load", "Load-1 Load"] {
        platform.find_text(thing);
    }
    platform.signal("KILL");
    let line = load.find_text("not sent: the connection had ended");
    assert!(line.starts_with("failure   "), "{line}");
    assert_eq!(load.end().code(), Some(1));
}
