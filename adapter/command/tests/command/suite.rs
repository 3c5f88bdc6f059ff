//! The conformance suite, against the command: what its edge and its platform do over real
//! sockets. Cases that take seconds are left to the suite's own tests.

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use alwayson_conformance::suite::{
    Case, Edge, Options, Outcome, Platform, Strictness, Times, Verdict, catalogue, default_things,
    report, select, test_edge, test_platform,
};

use crate::process::{Process, alwayson};

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
        things: default_things(),
    };
    let outcome = test_platform(cases(), &platform, times(), &options()).unwrap();
    passes(&outcome, 80);
}

#[test]
fn edges_that_connect_by_themselves_play_cases_side_by_side() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = listener.local_addr().unwrap();
    drop(listener);
    let mut tested = edge(&[]);
    tested.listen = listen;
    tested.command = None;
    tested.things = vec!["Boiler".to_owned(), "Fan".to_owned()];
    let mut options = options();
    let cases = ["no-answer-to-auth", "ws-fragments-to-an-edge", "ws-frame-with-the-upgrade"];
    options.selection.run = cases.iter().map(|id| select::pattern(id).unwrap()).collect();
    // AUTH is not answered for 10 s.
    options.max_time = Some(Duration::from_secs(8));
    let run = thread::spawn(move || {
        test_edge(catalogue().unwrap(), &tested, Times::default(), &options).unwrap().report
    });
    // An edge that finds nobody tries again in 5 s to 15 s.
    while TcpStream::connect(listen).is_err() {
        thread::yield_now();
    }
    let edges = ["Boiler", "Fan"].iter().enumerate().map(|(index, thing)| {
        let mut command = alwayson();
        let url = format!("ws://{listen}");
        command.args(["edge", "--url", &url, "--app-key-env=ALWAYSON_KEY", "--thing", thing]);
        Process::start(command.env("ALWAYSON_KEY", format!("4f1c2a9e-demo-key-{}", index + 1)))
    });
    let edges: Vec<Process> = edges.collect();
    let report = run.join().unwrap();
    drop(edges);
    let text = report::text(&report);
    for verdict in [Verdict::NotRun, Verdict::Pass, Verdict::Skipped] {
        assert_eq!(report.count(verdict), 1, "{text}");
    }
}

#[test]
fn a_platform_with_two_things_passes_what_two_are_enough_for() {
    let folder = tempfile::tempdir().unwrap();
    let things = folder.path().join("things");
    let keys = folder.path().join("keys");
    std::fs::write(&things, "Boiler\nSteamSensor1\n").unwrap();
    std::fs::write(&keys, "a-key\n").unwrap();
    let (things, keys) = (things.to_str().unwrap(), keys.to_str().unwrap());
    let (_platform, address) = Process::platform(&["--things", things, "--app-key-file", keys]);
    let platform = Platform::Running {
        url: format!("ws://{address}"),
        key: Some("a-key".to_owned()),
        ca: None,
        things: vec!["Boiler".to_owned(), "SteamSensor1".to_owned()],
    };
    let mut cases = cases();
    cases.retain(|case| !case.id.starts_with("received-"));
    let outcome = test_platform(cases, &platform, times(), &options()).unwrap();
    passes(&outcome, 18);
    let text = report::text(&outcome.report);
    let skipped = "needs a Thing for each of Pump, Valve, Motor";
    assert!(text.contains(skipped), "{text}");
}

#[test]
fn the_platform_gives_recorded_edges_the_right_kinds_of_answers() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::write(&keys, "a-key\n").unwrap();
    let (_platform, address) = Process::platform(&["--app-key-file", keys.to_str().unwrap()]);
    let platform = Platform::Running {
        url: format!("ws://{address}"),
        key: Some("a-key".to_owned()),
        ca: None,
        things: default_things(),
    };
    let mut options = options();
    for feature in ["captures", "gateways", "identifiers"] {
        options.selection.features.insert(feature.to_owned(), true);
    }
    options.selection.run = vec![select::pattern("capture-*").unwrap()];
    // They call the service Echo, which the command's platform does not have.
    let skip = ["capture-edge-session", "capture-gateway-session"];
    options.selection.skip = skip.iter().map(|id| select::pattern(id).unwrap()).collect();
    let outcome = test_platform(catalogue().unwrap(), &platform, times(), &options).unwrap();
    passes(&outcome, 7);
}
