//! Tests of `load` with a profile, rates, ramps and TLS.

use serde_json::{Value as Json, json};

use crate::process::{Process, alwayson};

/// Each kind has a property, service or event of its own, so that a platform can tell them apart.
const MIX: &str = r#"{
    "edges": 2,
    "thingsPerEdge": 2,
    "requests": 100,
    "inFlight": 4,
    "seed": 3,
    "prefix": "Plant-",
    "mix": [
        { "kind": "push", "weight": 5, "property": "Level" },
        { "kind": "read", "property": "Level" },
        { "kind": "write", "weight": 2, "property": "Setpoint", "payloadBytes": 40 },
        { "kind": "call", "service": "GetEventSubscriptions", "payloadBytes": 10 },
        { "kind": "event", "event": "Alarm", "payloadBytes": 5, "timeoutMs": 9000 }
    ]
}"#;

/// Runs `load` against a platform; returns its report and its exit code.
fn load(url: &str, args: &[&str]) -> (Json, Option<i32>) {
    let mut load = Process::start(alwayson().args(["load", "--url", url, "--json"]).args(args));
    let code = load.end().code();
    (serde_json::from_str(&load.output).expect(&load.errors), code)
}

/// Writes a profile; returns its path.
fn profile(folder: &tempfile::TempDir, text: &str) -> String {
    let file = folder.path().join("profile.json");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Starts a platform that prints each frame.
fn traced() -> (Process, String) {
    let (mut platform, address) = Process::platform(&["--json"]);
    platform.say("trace on");
    platform.find_json("command", "trace on");
    (platform, format!("ws://{address}"))
}

/// Ends a platform; returns the frames that it has received.
fn received(mut platform: Process) -> Vec<String> {
    for _ in 0..2 {
        platform.find_json("event", "disconnected");
    }
    platform.say("quit");
    assert_eq!(platform.end().code(), Some(0));
    assert!(!platform.output.contains("\"event\":\"lost\""), "{}", platform.output);
    let lines = platform.output.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let frames = lines.filter(|line| line["event"] == "frame" && line["direction"] == "received");
    frames.map(|line| line["frame"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_the_platform_counts_of_each_kind_is_what_the_report_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = profile(&folder, MIX);
    let (platform, url) = traced();
    let (report, code) = load(&url, &["--profile", &file]);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["schema"], "alwayson-load/1");
    assert_eq!(report["correction"], Json::Null);
    assert_eq!(report["edges"]["succeeded"], 2);
    assert_eq!(report["requests"]["succeeded"], 200);
    let frames = received(platform);
    let mut total = 0;
    for (kind, method, path) in [
        ("push", "POST", "/Services/UpdateSubscribedPropertyValues"),
        ("read", "GET", "/Properties/Level"),
        ("write", "PUT", "/Properties/Setpoint"),
        ("call", "POST", "/Services/GetEventSubscriptions"),
        ("event", "POST", "/Events/Alarm"),
    ] {
        let is_of_kind = |frame: &&String| frame.starts_with(method) && frame.contains(path);
        let counted = frames.iter().filter(is_of_kind).count();
        let told = report["kinds"][kind]["succeeded"].as_u64().unwrap();
        assert_eq!(u64::try_from(counted).unwrap(), told, "{kind}: {frames:#?}");
        assert!(told > 0, "{kind}");
        total += told;
    }
    assert_eq!(total, 200);
    for thing in ["Plant-0-0", "Plant-0-1", "Plant-1-0", "Plant-1-1"] {
        let path = format!("Things/{thing}/");
        assert!(frames.iter().any(|frame| frame.contains(&path)), "{thing}: {frames:#?}");
    }
}

#[test]
fn a_mix_is_shown_as_a_table_with_a_row_for_each_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = profile(&folder, MIX);
    let (_platform, address) = Process::platform(&[]);
    let url = format!("ws://{address}");
    let mut load = Process::start(alwayson().args(["load", "--url", &url, "--profile", &file]));
    assert_eq!(load.end().code(), Some(0), "{}", load.errors);
    assert!(load.output.contains("requests  200 answered, 0 failed"), "{}", load.output);
    let mut rows = load.output.lines().filter(|line| line.starts_with('│'));
    for kind in ["kind", "push", "read", "write", "call", "event", "total"] {
        let row = rows.next().unwrap();
        assert!(row.starts_with(&format!("│ {kind} ")), "{kind}: {}", load.output);
        assert_eq!(row.matches('┆').count(), 8, "{row}");
    }
    assert_eq!(rows.next(), None);
}

#[test]
fn a_mistake_in_a_profile_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = profile(&folder, "{\n  \"edges\": 2,\n  \"requsts\": 5\n}\n");
    let args = ["load", "--url", "ws://127.0.0.1", "--profile"];
    let mut load = Process::start(alwayson().args(args).arg(&file));
    assert_eq!(load.end().code(), Some(2));
    let told = "profile.json: line 3, column 3: requsts: unknown member; did you mean requests?";
    assert!(load.errors.contains(told), "{}", load.errors);
    for (text, more, told) in [
        ("{ \"requests\": 5 }", &[][..], "no number of edges: pass --edges"),
        ("{ \"edges\": 5 }", &[], "no amount: pass --requests or --duration-seconds"),
        (MIX, &["--payload-bytes", "5"], "--payload-bytes: the profile has a mix"),
        (MIX, &["--rate", "0"], "--rate"),
        (MIX, &["--rate", "1", "--think-ms", "5"], "--think-ms"),
        (MIX, &["--series"], "--json"),
    ] {
        let file = profile(&folder, text);
        let mut load = Process::start(alwayson().args(args).arg(&file).args(more));
        assert_eq!(load.end().code(), Some(2), "{more:?}");
        assert!(load.errors.contains(told), "{told}: {}", load.errors);
    }
}

#[test]
fn a_rate_sends_what_is_due_and_its_report_holds_the_profile_for_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let (_platform, address) = Process::platform(&[]);
    let url = format!("ws://{address}");
    let args = ["--edges", "2", "--rate", "150", "--duration-seconds", "1", "--series"];
    // The last edge begins to connect 100 ms after the first.
    let ramp = ["--ramp-edges-per-second", "10", "--in-flight", "8"];
    let (report, code) = load(&url, &[&args[..], &ramp].concat());
    assert_eq!(code, Some(0), "{report}");
    assert!(report["edges"]["seconds"].as_f64() >= Some(0.1), "{report}");
    assert_eq!(report["correction"], "due-time");
    assert_eq!(report["requests"]["succeeded"], 150);
    let series = report["series"].as_array().unwrap();
    let seconds = series.iter().map(|second| second["succeeded"].as_u64().unwrap());
    assert_eq!(seconds.sum::<u64>(), 150);
    let [sent, due] = ["latencyMs", "correctedLatencyMs"].map(|name| &report["requests"][name]);
    assert!(due["max"].as_f64() >= sent["max"].as_f64(), "{report}");

    let file = profile(&folder, &report["profile"].to_string());
    let (again, code) = load(&url, &["--profile", &file, "--requests", "3", "--edges", "1"]);
    assert_eq!(code, Some(0), "{again}");
    assert_eq!(again["requests"]["succeeded"], 3);
    let mut expected = report["profile"].clone();
    expected.as_object_mut().unwrap().remove("durationSeconds");
    expected["requests"] = json!(3);
    expected["edges"] = json!(1);
    assert_eq!(again["profile"], expected);
}

#[test]
fn a_payload_above_the_chunk_size_goes_in_chunks() {
    let (platform, url) = traced();
    let args = ["--edges", "2", "--requests", "3", "--payload-bytes", "20000"];
    let (report, code) = load(&url, &args);
    assert_eq!((code, &report["requests"]["succeeded"]), (Some(0), &json!(6)), "{report}");
    let frames = received(platform);
    let chunks = frames.iter().filter(|frame| frame.contains(" chunk ")).count();
    assert_eq!(chunks, 6 * 3, "{frames:#?}");
}

#[test]
fn a_payload_arrives_whole_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [certificate, key, keys] = ["cert.pem", "key.pem", "keys.txt"].map(file);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(&keys, "a key\n").unwrap();
    let args = ["--json", "--tls-cert", &certificate, "--tls-key", &key, "--app-key-file", &keys];
    let (mut platform, address) = Process::platform(&args);
    let url = format!("wss://localhost:{}", address.rsplit(':').next().unwrap());
    let load_of = |more: &[&str]| {
        let args = ["--app-key-file", &keys, "--edges", "2", "--requests", "2"];
        load(&url, &[&args[..], &["--payload-bytes", "20000"], more].concat())
    };
    let (report, code) = load_of(&["--ca", &certificate]);
    assert_eq!((code, &report["requests"]["succeeded"]), (Some(0), &json!(4)), "{report}");
    for _ in 0..4 {
        let update = platform.find_json("event", "property");
        let value = update["value"].as_str().unwrap();
        assert_eq!((value.len(), value.trim_end_matches('x').len()), (20_000, 1), "{value}");
    }
    // A certificate that nobody vouches for is refused.
    let (report, code) = load_of(&["--connect-timeout-ms", "5000"]);
    assert_eq!((code, &report["edges"]["failed"]), (Some(1), &json!(2)), "{report}");
    let cause = report["edges"]["failures"][0]["cause"].as_str().unwrap();
    assert!(cause.contains("certificate"), "{cause}");
}
