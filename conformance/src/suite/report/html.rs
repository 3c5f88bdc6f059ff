//! A report for people: one file, with a matrix over implementations.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, html};

use super::text::counts;
use crate::suite::verdict::{CaseReport, Report, Verdict};

const STYLE: &str = include_str!("style.css");

/// Returns reports as one HTML file without references to others: a table of cases and
/// implementations, and below it each failure with what went over the wire.
pub fn html(reports: &[Report]) -> String {
    let cases = rows(reports);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "AlwaysOn conformance" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                h1 { "AlwaysOn conformance" }
                table class="summary" {
                    tr { th { "implementation" } th { "tested" } th { "result" } }
                    @for report in reports {
                        tr {
                            td { (report.name) }
                            td { (report.tested) }
                            td { (counts(report)) }
                        }
                    }
                }
                @for report in reports {
                    @for stale in &report.stale {
                        p class="fail" { "Stale entry of the known failures: " (stale) }
                    }
                }
                (matrix(reports, &cases))
                h2 { "Differences" }
                @if !reports.iter().flat_map(|report| &report.cases).any(is_shown) { p { "None." } }
                @for (number, report) in reports.iter().enumerate() {
                    @for case in report.cases.iter().filter(|case| is_shown(case)) {
                        (details(number, report, case))
                    }
                }
            }
        }
    };
    page.into_string()
}

/// The reports of one case, by the number of the implementation.
type Row<'r> = (&'r CaseReport, BTreeMap<usize, &'r CaseReport>);

/// Returns all cases in the order in which they first appear.
fn rows(reports: &[Report]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut places: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (number, report) in reports.iter().enumerate() {
        for case in &report.cases {
            let key = (report.tested.to_string(), case.id.as_str());
            let at = *places.entry(key).or_insert_with(|| {
                rows.push((case, BTreeMap::new()));
                rows.len() - 1
            });
            if let Some((_, cells)) = rows.get_mut(at) {
                cells.insert(number, case);
            }
        }
    }
    rows
}

fn matrix(reports: &[Report], cases: &[Row<'_>]) -> Markup {
    html! {
        table class="matrix" {
            thead {
                tr {
                    th { "case" }
                    th { "level" }
                    @for report in reports { th { (report.name) } }
                }
            }
            tbody {
                @for (case, cells) in cases {
                    tr {
                        td title=(case.about) { (case.id) }
                        td { (case.level) }
                        @for number in 0..reports.len() {
                            (cell(number, cells.get(&number).copied()))
                        }
                    }
                }
            }
        }
    }
}

fn cell(number: usize, case: Option<&CaseReport>) -> Markup {
    let Some(case) = case else { return html! { td class="none" {} } };
    let class = class(case);
    html! {
        td class=(class) title=[case.reason.as_ref()] {
            @if is_shown(case) {
                a href=(format!("#{number}-{}", case.id)) { (class) }
            } @else {
                (class)
            }
        }
    }
}

fn class(case: &CaseReport) -> &'static str {
    match (case.verdict, &case.known) {
        (_, Some(_)) => "known",
        (verdict, None) => verdict.name(),
    }
}

fn is_shown(case: &CaseReport) -> bool {
    matches!(case.verdict, Verdict::Fail | Verdict::NonStrict | Verdict::HarnessError)
}

fn details(number: usize, report: &Report, case: &CaseReport) -> Markup {
    html! {
        section id=(format!("{number}-{}", case.id)) {
            h3 { (case.id) " " small { (report.name) ", " (case.level) ", " (class(case)) } }
            p { (case.about) }
            @for text in [&case.known, &case.reason].into_iter().flatten() { p { (text) } }
            @if let Some(failure) = &case.failure {
                dl {
                    @if failure.step > 0 { dt { "step" } dd { (failure.step) } }
                    dt { "what" } dd { (failure.what) }
                    dt { "expected" } dd { (failure.expected) }
                    dt { "actual" } dd { (failure.actual) }
                }
            }
            @if !case.exchange.is_empty() { pre { (case.exchange.join("\n")) } }
        }
    }
}
