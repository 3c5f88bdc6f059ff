//! A report for a page of a repository, or the summary of a CI run.

use std::fmt::Write as _;

use super::text::counts;
use crate::suite::verdict::{Report, Verdict};

/// Returns reports as Markdown: the counts, and a table of what did not pass.
pub fn markdown(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "## {}: {}\n", cell(&report.name), report.tested);
        let _ = writeln!(text, "{} (alwayson-conformance {})\n", counts(report), report.suite);
        let is_shown = |verdict| !matches!(verdict, Verdict::Pass);
        let mut shown = report.cases.iter().filter(|case| is_shown(case.verdict)).peekable();
        if shown.peek().is_some() {
            text.push_str("| case | level | verdict | |\n| --- | --- | --- | --- |\n");
        }
        for case in shown {
            let why = match (&case.known, &case.failure, &case.reason) {
                (Some(known), _, _) => format!("known: {known}"),
                (None, Some(failure), _) => {
                    let expected = &failure.expected;
                    format!("{}: expected {expected}, came {}", failure.what, failure.actual)
                }
                (None, None, reason) => reason.clone().unwrap_or_default(),
            };
            let id = &case.id;
            let verdict = case.verdict.name();
            let _ = writeln!(text, "| `{id}` | {} | {verdict} | {} |", case.level, cell(&why));
        }
        for stale in &report.stale {
            let _ = writeln!(text, "\nStale entry of the known failures: {}", cell(stale));
        }
        text.push('\n');
    }
    text
}

/// Returns text as the cell of a table.
fn cell(text: &str) -> String {
    const MOST: usize = 200;
    let mut cell = String::new();
    for character in text.chars().take(MOST) {
        match character {
            '|' | '<' | '>' | '*' | '_' | '`' | '\\' | '[' | ']' => {
                cell.push('\\');
                cell.push(character);
            }
            '\n' | '\r' => cell.push(' '),
            other => cell.push(other),
        }
    }
    cell
}
