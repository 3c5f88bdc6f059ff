//! A report for a terminal.

use std::fmt::Write as _;

use crate::suite::verdict::{CaseReport, Report, Verdict};

/// Returns a report as text: each case that did not pass, with what went over the wire, and the
/// counts.
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    for case in &report.cases {
        of_case(case, &mut text);
    }
    for stale in &report.stale {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "STALE entry of the known failures: {stale}");
    }
    let _ = writeln!(text, "{}: {}", report.name, counts(report));
    text
}

/// Returns the counts of a report, such as `12 pass, 1 fail`.
pub(super) fn counts(report: &Report) -> String {
    let mut parts = Vec::new();
    for verdict in Verdict::ALL {
        let count = report.count(verdict);
        if count > 0 || matches!(verdict, Verdict::Pass | Verdict::Fail) {
            parts.push(format!("{count} {}", verdict.name()));
        }
    }
    let known = report.known();
    if known > 0 {
        parts.push(format!("{known} known to fail"));
    }
    if !report.stale.is_empty() {
        parts.push(format!("{} stale entries", report.stale.len()));
    }
    parts.join(", ")
}

fn of_case(case: &CaseReport, text: &mut String) {
    let CaseReport { id, level, about, verdict, reason, failure, known, exchange, .. } = case;
    let name = match known {
        Some(_) => "KNOWN",
        None => match verdict {
            Verdict::Pass => return,
            Verdict::Unsupported | Verdict::Skipped | Verdict::NotRun => {
                let reason = reason.as_deref().unwrap_or_default();
                let _ = writeln!(text, "{} {id}: {reason}", verdict.name());
                return;
            }
            Verdict::Fail => "FAIL",
            Verdict::NonStrict => "NON-STRICT",
            Verdict::HarnessError => "HARNESS ERROR",
        },
    };
    let _ = writeln!(text, "{name} {id} ({level})\n  {about}");
    for reason in [known, reason].into_iter().flatten() {
        let _ = writeln!(text, "  reason    {reason}");
    }
    if let Some(failure) = failure {
        let step =
            if failure.step > 0 { format!("step {}: ", failure.step) } else { String::new() };
        let _ = writeln!(text, "  {step}{}", failure.what);
        let _ = writeln!(text, "    expected  {}", failure.expected);
        let _ = writeln!(text, "    actual    {}", failure.actual);
    }
    if known.is_none() {
        for line in exchange {
            let _ = writeln!(text, "  {line}");
        }
    }
}
