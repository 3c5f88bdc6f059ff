//! The conformance suite, against the command: what its edge and its platform do over real
//! sockets. Cases that take seconds are left to the suite's own tests.

use alwayson_conformance::suite::{
    Case, Edge, Options, Outcome, Platform, Strictness, Times, Verdict, catalogue, report,
    test_edge, test_platform,
};

use crate::process::Process;

/// Quick cases; all levels count.
fn cases() -> Vec<Case> {
    let mut cases = catalogue().unwrap();
    // One of its kind is enough of what takes a process each.
    let is_one_of_many = |id: &str| id.starts_with("received-") && !id.contains("-invalid-");
    cases.retain(|case| case.duration_ms <= 1_000 && !is_one_of_many(&case.id));
    cases
}

fn options() -> Options {
    Options { strictness: Strictness { should: true, ours: true }, jobs: 8, ..Options::default() }
}

/// No timer of the command matters in less than a second: the scripts need not wait.
fn times() -> Times {
    Times { scale: 0.1, ..Times::default() }
}

fn passes(outcome: &Outcome, at_least: usize) {
    let text = report::text(&outcome.report);
    assert_eq!(outcome.exit_code(), 0, "{text}");
    let passed = outcome.report.count(Verdict::Pass);
    assert!(passed >= at_least, "only {passed}: {text}");
}

fn edge(more: &[&str]) -> Edge {
    let command = [
        env!("CARGO_BIN_EXE_alwayson"),
        "edge",
        "--url={url}",
        "--app-key-env=ALWAYSON_KEY",
        "--thing={thing}",
        "--property=Pressure=1",
    ];
    Edge {
        listen: "127.0.0.1:0".parse().unwrap(),
        host: None,
        command: Some(command.iter().chain(more).map(|word| (*word).to_owned()).collect()),
        things: vec!["Pump".to_owned()],
        has_control: false,
    }
}

#[test]
fn the_edge_passes_the_suite() {
    let outcome = test_edge(cases(), &edge(&[]), times(), &options()).unwrap();
    passes(&outcome, 80);
}

#[test]
fn the_edge_refuses_certificates_as_the_suite_demands() {
    let mut cases = cases();
    cases.retain(|case| case.id.starts_with("tls"));
    let outcome = test_edge(cases, &edge(&["--ca={ca}"]), times(), &options());
    passes(&outcome.unwrap(), 4);
}

#[test]
fn the_platform_passes_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::write(&keys, "a-key-of-its-own\n").unwrap();
    let (_platform, address) = Process::platform(&["--app-key-file", keys.to_str().unwrap()]);
    let platform = Platform::Running {
        url: format!("ws://{address}"),
        key: Some("a-key-of-its-own".to_owned()),
        ca: None,
        things: alwayson_conformance::suite::default_things(),
    };
    let outcome = test_platform(cases(), &platform, times(), &options()).unwrap();
    passes(&outcome, 80);
}
