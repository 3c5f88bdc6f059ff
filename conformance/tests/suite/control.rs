//! The control channel: what a program says of itself.

use alwayson_conformance::suite::{Edge, Verdict, catalogue, report, test_edge};

use super::support::{self, options};

/// Runs the cases of TLS with an edge that writes this line first.
fn with_first_line(line: &str) -> alwayson_conformance::suite::Report {
    let edge = Edge {
        listen: "127.0.0.1:0".parse().unwrap(),
        command: Some(vec!["sh".into(), "-c".into(), format!("echo '{line}'; cat > /dev/null")]),
        things: vec!["Pump".to_owned()],
        has_control: true,
        host: None,
    };
    let options = options(&["tls*"], &[]);
    test_edge(catalogue().unwrap(), &edge, support::times(0.1), &options).unwrap().report
}

#[test]
fn a_feature_that_the_program_says_it_lacks_is_unsupported() {
    let report = with_first_line(r#"{"kind": "hello", "features": {"tls": false}}"#);
    assert_eq!(report.count(Verdict::Unsupported), 4, "{}", report::text(&report));
    assert!(report::text(&report).contains("unsupported tls: the program has no tls"));
}

#[test]
fn a_feature_that_no_case_needs_is_a_failure() {
    for line in [
        r#"{"kind": "hello", "features": {"tsl": false}}"#,
        r#"{"kind": "hello", "features": ["tls"]}"#,
    ] {
        let report = with_first_line(line);
        assert_eq!(report.count(Verdict::Fail), 4, "{}", report::text(&report));
    }
}
