//! `test edge` and `test platform`: our machines pass every case over real sockets.

use std::path::Path;
use std::time::Duration;

use alwayson_conformance::suite::select::KnownFailing;
use alwayson_conformance::suite::{
    Edge, Strictness, Tested, Times, Verdict, catalogue, report, test_edge,
};
use assert_cmd::Command;

use super::support::{self, PROGRAM, all_pass, cases_up_to, options};

/// The time of a script, in ms, up to which it runs with the others.
const SHORT_MS: u64 = 20_000;
/// The time of a script, in ms, up to which it runs ten times as fast. The longest runs fifty
/// times as fast.
const LONG_MS: u64 = 300_000;

#[test]
fn our_edge_passes_all_cases_of_edges() {
    let short = support::edge(cases_up_to(SHORT_MS), None, 0.1, &options(&[], &[]));
    all_pass(&short, 280);
}

#[test]
fn our_platform_passes_all_cases_of_platforms() {
    let short = support::platform(cases_up_to(SHORT_MS), None, 0.1, &options(&[], &[]));
    all_pass(&short, 280);
}

#[test]
fn both_pass_the_cases_that_take_minutes() {
    let cases = |from: u64, to: u64| {
        let mut cases = catalogue().unwrap();
        cases.retain(|case| case.duration_ms > from && case.duration_ms <= to);
        cases
    };
    let options = options(&[], &[]);
    let long = cases(SHORT_MS, LONG_MS);
    let edge = std::thread::spawn(move || support::edge(long, None, 0.1, &options));
    let options = self::options(&[], &[]);
    all_pass(&support::platform(cases(SHORT_MS, LONG_MS), None, 0.1, &options), 4);
    all_pass(&edge.join().unwrap(), 4);
    all_pass(&support::edge(cases(LONG_MS, u64::MAX), None, 0.02, &options), 1);
}

#[test]
fn without_the_control_channel_its_cases_are_skipped_and_not_failed() {
    let edge = Edge {
        listen: "127.0.0.1:0".parse().unwrap(),
        host: None,
        command: Some(vec!["false".to_owned()]),
        things: vec!["Pump".to_owned()],
        has_control: false,
    };
    let options = options(&["the-edge-leaves", "tls"], &[]);
    let outcome = test_edge(catalogue().unwrap(), &edge, support::times(0.1), &options).unwrap();
    let text = report::text(&outcome.report);
    assert!(text.contains("skipped the-edge-leaves: needs the control channel"), "{text}");
    assert!(text.contains("unsupported tls: the feature tls"), "{text}");
    assert_eq!(outcome.exit_code(), 0);
}

#[test]
fn an_edge_that_never_comes_has_an_exit_code_of_its_own() {
    let mut command = Command::new(PROGRAM);
    command.args(["test", "edge", "--run", "base*", "--run", "ws-fragments-to-an-edge"]);
    let status = command.args(["--", "false"]).output().unwrap().status;
    assert_eq!(status.code(), Some(3));
}

#[test]
fn a_program_that_ends_with_127_does_not_support_the_case() {
    let mut command = Command::new(PROGRAM);
    command.args(["test", "edge", "--run", "ws-fragments-to-an-edge"]);
    let output = command.args(["--", "sh", "-c", "exit 127"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("unsupported ws-fragments-to-an-edge"), "{text}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn cases_that_have_not_ended_in_time_are_not_run() {
    let mut options = options(&["no-auth-in-15-s"], &[]);
    options.max_time = Some(Duration::from_millis(700));
    let outcome = support::platform(catalogue().unwrap(), None, 1.0, &options);
    assert_eq!(support::ids(&outcome.report, Verdict::NotRun).len(), 1);
}

#[test]
fn a_platform_that_runs_already_is_tested_with_its_own_key() {
    // The reference program listens once it is told of a host; the suite is not told of it.
    let mut program = std::process::Command::new(PROGRAM)
        .args(["reference", "platform", "--time-scale", "0.1"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let host = r#"{"kind": "host", "settings": {}, "host": {
        "claims": [{"name": "appKey", "value": "another-key"}],
        "grants": [GRANTS], "things": [{"name": "Pump"}, {"name": "Valve"}, {"name": "Motor"}]}}"#;
    let grant = r#"{"session": 77, "endpoint": 5}"#;
    let host = host.replace("GRANTS", &vec![grant; 400].join(", ")).replace('\n', " ");
    let mut stdin = program.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, format!("{host}\n").as_bytes()).unwrap();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(program.stdout.take().unwrap()));
    let listening = lines.nth(1).unwrap().unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    let url = listening.split('"').find(|part| part.starts_with("ws://")).unwrap().to_owned();
    let mut command = Command::new(PROGRAM);
    command.args(["test", "platform", "--time-scale", "0.1", "--strict", "--ours"]);
    command.args(["--run", "ws-*", "--run", "*-before-auth", "--run", "auth-is-*"]);
    command.args([
        "--run",
        "a-body-*",
        "--run",
        "a-thing-*",
        "--url",
        &url,
        "--key-env",
        "THE_KEY",
    ]);
    let output = command.env("THE_KEY", "another-key").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("unsupported a-thing-with-an-identifier: "), "{text}");
    assert!(!text.contains("another-key"), "{text}");
    drop(stdin);
    program.wait().unwrap();
}

#[test]
fn the_harness_in_python_fails_what_it_says_and_nothing_else() {
    let python = std::process::Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        eprintln!("python3 is not installed: its harness is not tested");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness");
    let file = folder.join("edge.py");
    let lines = std::fs::read_to_string(&file).unwrap().lines().count();
    assert!(lines < 100, "{lines} lines");
    let edge = Edge {
        listen: "127.0.0.1:0".parse().unwrap(),
        host: None,
        command: Some(vec!["python3".to_owned(), file.display().to_string()]),
        things: vec!["Pump".to_owned()],
        has_control: true,
    };
    // It has no other clock than the real one.
    let times = Times { answer: Duration::from_secs(5), ..Times::default() };
    // One of its kind is enough of what it takes a process each.
    let mut options = options(&[], &["received-[cmr]*"]);
    options.strictness = Strictness { should: true, ours: false };
    let mut report = test_edge(cases_up_to(1_000), &edge, times, &options).unwrap().report;
    let known = folder.join("edge.py.known-failing.json");
    KnownFailing::read(&known).unwrap().apply(&mut report, true);
    assert!(report.is_good(), "{}", report::text(&report));
    assert!(report.count(Verdict::Pass) > 80 && report.known() > 5, "{}", report::text(&report));
}

#[test]
fn every_case_has_an_id_of_its_own_and_says_what_it_is_about() {
    let cases = catalogue().unwrap();
    let mut ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for case in &cases {
        assert!(!case.about.is_empty() && !case.cites.is_empty(), "{}", case.id);
    }
    for tested in [Tested::Codec, Tested::Edge, Tested::Platform] {
        assert!(cases.iter().any(|case| case.tested == tested));
    }
}
