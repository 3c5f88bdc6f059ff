//! The harness, held against the suite: it fails what its list says, and nothing else.

use std::path::Path;
use std::time::Duration;

use alwayson_conformance::suite::select::KnownFailing;
use alwayson_conformance::suite::{
    Edge, Options, Strictness, Times, Verdict, catalogue, report, test_edge,
};

#[test]
fn the_harness_in_rust_fails_what_it_says_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(folder.join("src/main.rs")).unwrap();
    assert!(source.lines().count() < 100, "{} lines", source.lines().count());
    let edge = Edge {
        listen: "127.0.0.1:0".parse().unwrap(),
        host: None,
        command: Some(vec![env!("CARGO_BIN_EXE_alwayson-harness").to_owned()]),
        things: vec!["Pump".to_owned()],
        has_control: true,
    };
    // Cases that take seconds are left to the suite's own tests, and so is each invalid vector.
    let mut cases = catalogue().unwrap();
    cases.retain(|case| case.duration_ms <= 1_000 && !case.id.starts_with("received-"));
    let strictness = Strictness { should: true, ours: true };
    let options = Options { strictness, jobs: 8, ..Options::default() };
    // No timer of the edge matters in less than a second: the scripts need not wait.
    let times = Times { scale: 0.1, answer: Duration::from_secs(3), ..Times::default() };
    let mut report = test_edge(cases, &edge, times, &options).unwrap().report;
    KnownFailing::read(&folder.join("../rust.known-failing.json"))
        .unwrap()
        .apply(&mut report, true);
    assert!(report.is_good(), "{}", report::text(&report));
    assert!(report.count(Verdict::Pass) > 15, "{}", report::text(&report));
}
