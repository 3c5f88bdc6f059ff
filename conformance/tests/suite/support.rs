//! Runs of the suite against the reference program.

use std::collections::BTreeSet;
use std::time::Duration;

use alwayson_conformance::suite::select::{Selection, pattern};
use alwayson_conformance::suite::{
    Case, Edge, Options, Outcome, Platform, Report, Strictness, Times, Verdict, catalogue,
    test_edge, test_platform,
};

/// The command under test, which is the reference program as well.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_alwayson-conformance");

/// All cases, with everything counted.
pub(crate) fn options(run: &[&str], skip: &[&str]) -> Options {
    let globs = |globs: &[&str]| globs.iter().map(|glob| pattern(glob).unwrap()).collect();
    Options {
        selection: Selection { run: globs(run), skip: globs(skip), ..Selection::default() },
        strictness: Strictness { should: true, ours: true },
        jobs: 12,
        name: "reference".to_owned(),
        ..Options::default()
    }
}

/// Cases whose scripts take at most this long.
pub(crate) fn cases_up_to(ms: u64) -> Vec<Case> {
    let mut cases = catalogue().unwrap();
    cases.retain(|case| case.duration_ms <= ms);
    cases
}

/// Ten times as fast as real, and wide enough for a loaded machine.
pub(crate) fn times(scale: f64) -> Times {
    Times { scale, tolerance: Duration::from_millis(400), answer: Duration::from_secs(20) }
}

/// For a program that is expected not to answer.
fn times_with(fault: Option<&str>, scale: f64) -> Times {
    let answer = Duration::from_secs(if fault.is_some() { 4 } else { 20 });
    Times { answer, ..times(scale) }
}

pub(crate) fn reference(side: &str, fault: Option<&str>, scale: f64) -> Vec<String> {
    let mut command = vec![PROGRAM.to_owned(), "reference".to_owned(), side.to_owned()];
    command.extend(["--time-scale".to_owned(), scale.to_string()]);
    command.extend(fault.map(|fault| format!("--fault={fault}")));
    command
}

pub(crate) fn edge(
    cases: Vec<Case>,
    fault: Option<&str>,
    scale: f64,
    options: &Options,
) -> Outcome {
    let edge = Edge {
        listen: "127.0.0.1:0".parse().unwrap(),
        host: None,
        command: Some(reference("edge", fault, scale)),
        things: vec!["Pump".to_owned()],
        has_control: true,
    };
    test_edge(cases, &edge, times_with(fault, scale), options).unwrap()
}

pub(crate) fn platform(
    cases: Vec<Case>,
    fault: Option<&str>,
    scale: f64,
    options: &Options,
) -> Outcome {
    let platform = Platform::Started { command: reference("platform", fault, scale) };
    test_platform(cases, &platform, times_with(fault, scale), options).unwrap()
}

/// The ids of the cases with this verdict.
pub(crate) fn ids(report: &Report, verdict: Verdict) -> BTreeSet<String> {
    let of = report.cases.iter().filter(|case| case.verdict == verdict);
    of.map(|case| case.id.clone()).collect()
}

/// The report of a run in which everything passed.
pub(crate) fn all_pass(outcome: &Outcome, at_least: usize) {
    let text = alwayson_conformance::suite::report::text(&outcome.report);
    let passed = outcome.report.count(Verdict::Pass);
    assert_eq!(passed, outcome.report.cases.len(), "{text}");
    assert!(passed >= at_least, "only {passed} cases");
    assert_eq!(outcome.exit_code(), 0);
}
