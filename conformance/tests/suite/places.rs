//! One port for many edges.

use std::net::TcpListener;
use std::time::Duration;

use alwayson_conformance::suite::{Edge, Options, Outcome, Verdict, catalogue, report, test_edge};

use super::support::{self, all_pass, options};

/// Runs cases with our edge, which is started for each, at one port.
fn at_one_port(scale: f64, options: &Options) -> Outcome {
    // A port that is free now.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = listener.local_addr().unwrap();
    drop(listener);
    let edge = Edge {
        listen,
        host: None,
        command: Some(support::reference("edge", None, scale)),
        things: vec!["SteamSensor1".to_owned()],
        has_control: true,
    };
    test_edge(catalogue().unwrap(), &edge, support::times(scale), options).unwrap()
}

#[test]
fn all_edges_find_their_cases_at_one_port() {
    let cases = ["ws-*", "chunks-*", "tls*", "a-platform-restarts", "a-key-for-each-connect"];
    all_pass(&at_one_port(0.05, &options(&cases, &[])), 18);
}

#[test]
fn a_case_does_not_wait_for_another_one_at_the_same_port() {
    let mut options = options(&["no-answer-to-auth", "ws-fragments-to-an-edge"], &[]);
    // AUTH is not answered for 10 s.
    options.max_time = Some(Duration::from_secs(6));
    let report = at_one_port(1.0, &options).report;
    let text = report::text(&report);
    assert_eq!(
        support::ids(&report, Verdict::NotRun),
        ["no-answer-to-auth".to_owned()].into(),
        "{text}"
    );
    assert_eq!(report.count(Verdict::Pass), 1, "{text}");
}
