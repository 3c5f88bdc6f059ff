//! A report for CI servers.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::suite::verdict::{CaseReport, Report, Verdict};

/// Returns a report as XML of `JUnit`.
///
/// # Errors
/// The XML cannot be written; the error says why, in words.
pub fn junit(report: &Report) -> Result<String, String> {
    let mut all = quick_junit::Report::new("alwayson-conformance");
    let mut suite = TestSuite::new(format!("{} {}", report.name, report.tested));
    suite.add_test_cases(report.cases.iter().map(|case| of_case(case, report)));
    for stale in &report.stale {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(stale.clone());
        suite.add_test_case(TestCase::new("known-failing file", status));
    }
    all.add_test_suite(suite);
    all.to_string().map_err(|error| error.to_string())
}

fn of_case(case: &CaseReport, report: &Report) -> TestCase {
    let CaseReport { id, level, verdict, reason, failure, known, exchange, ms, .. } = case;
    let mut status = match (verdict, known) {
        (Verdict::Pass | Verdict::NonStrict, _) => TestCaseStatus::success(),
        (Verdict::Fail, None) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (Verdict::HarnessError, _) => TestCaseStatus::non_success(NonSuccessKind::Error),
        _ => TestCaseStatus::skipped(),
    };
    let message = match (known, failure, reason) {
        (Some(known), _, _) => Some(format!("known failure: {known}")),
        (None, Some(failure), _) => Some(failure.what.clone()),
        (None, None, reason) => reason.clone(),
    };
    if let (Some(message), false) = (message, matches!(status, TestCaseStatus::Success { .. })) {
        status.set_message(message);
        if let Some(failure) = failure {
            let mut text = format!("expected {}\nactual   {}\n", failure.expected, failure.actual);
            text.push_str(&exchange.join("\n"));
            status.set_description(text);
        }
    }
    let mut case = TestCase::new(id.clone(), status);
    case.set_classname(format!("alwayson.{}.{level}", report.tested));
    case.set_time(Duration::from_millis(*ms));
    case
}
