//! Wrong programs: our machines with one rule broken. Each fails exactly the cases that name the
//! rule; the table of them in README.md is written by this test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use alwayson_conformance::suite::reference::Fault;
use alwayson_conformance::suite::{Case, Tested, Verdict, catalogue};
use clap::ValueEnum;

use super::support::{self, options};

/// Cases whose scripts take longer than this run with the faults that they are about alone.
const SHORT_MS: u64 = 17_000;

/// The faults that need the long cases, and those cases.
const LONG: &[(Fault, &str)] = &[
    (Fault::NeverPings, "ping-and-pong"),
    (Fault::LetsSilenceBe, "silence-for-60-s"),
    (Fault::KeepsItsKey, "a-key-for-each-connect"),
    (Fault::TriesARefusedKey, "unauthorized-is-final"),
];

/// How many faults are tested at once: their cases mostly wait. More would be slower than the
/// timeouts of the scripts allow.
const AT_ONCE: usize = 6;

/// How many cases of a fault the table names.
const MOST: usize = 12;

/// Returns the cases that fail twice.
fn failing(fault: Fault, tested: Tested) -> BTreeSet<String> {
    let long = LONG.iter().find(|(of, _)| *of == fault).map(|(_, id)| *id);
    let mut failed = BTreeSet::new();
    let all: Vec<Case> = catalogue().unwrap();
    let of = |is_long: bool| -> Vec<Case> {
        let is_it = |case: &&Case| {
            if is_long {
                return Some(case.id.as_str()) == long;
            }
            case.duration_ms <= SHORT_MS && is_needed(fault, &case.id)
        };
        all.iter().filter(is_it).cloned().collect()
    };
    for (cases, scale) in [(of(false), 0.2), (of(true), 0.04)] {
        let first = run(fault, tested, cases.clone(), scale);
        // What failed because the machine was busy does not fail again.
        let again = cases.into_iter().filter(|case| first.contains(&case.id)).collect();
        failed.extend(run(fault, tested, again, scale));
    }
    failed
}

/// Returns the cases that fail.
fn run(fault: Fault, tested: Tested, cases: Vec<Case>, scale: f64) -> BTreeSet<String> {
    if cases.is_empty() {
        return BTreeSet::new();
    }
    let name = fault.name();
    let options = options(&[], &[]);
    let outcome = match tested {
        Tested::Edge => support::edge(cases, Some(&name), scale, &options),
        _ => support::platform(cases, Some(&name), scale, &options),
    };
    let errors = support::ids(&outcome.report, Verdict::HarnessError);
    assert_eq!(errors, BTreeSet::new(), "{name}");
    support::ids(&outcome.report, Verdict::Fail)
}

/// Bytes that are no message say nothing about other faults, and are many.
fn is_needed(fault: Fault, id: &str) -> bool {
    let sample = ["received-invalid-string-cut-", "received-checks-"];
    // Recorded sessions show what dialogues show, and take long.
    if id.starts_with("capture-") {
        return false;
    }
    !id.starts_with("received-")
        || (fault == Fault::HangsAfterBadBytes && sample.iter().any(|start| id.starts_with(start)))
}

/// Returns the cases of a fault, as the table shows them.
fn row(fault: Fault, tested: Tested) -> String {
    let failed = failing(fault, tested);
    assert!(!failed.is_empty(), "no case notices {}", fault.name());
    let mut ids: Vec<String> = failed
        .iter()
        .filter(|id| !id.starts_with("received-"))
        .map(|id| format!("`{id}`"))
        .collect();
    let received = failed.len() - ids.len();
    let more = ids.len().saturating_sub(MOST);
    ids.truncate(MOST);
    if more > 0 {
        ids.push(format!("and {more} more"));
    }
    if received > 0 {
        ids.push("`received-*`".to_owned());
    }
    format!("| `{}` | {} | {} |", fault.name(), fault.about(), ids.join(", "))
}

/// Compares a table of README.md, or writes it if `WRITE_DOCS` is set.
fn check(tested: Tested, rows: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("FAULTS.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- {tested} begin -->\n");
    let end = format!("<!-- {tested} end -->\n");
    let (before, rest) = page.split_once(&begin).unwrap();
    let (table, after) = rest.split_once(&end).unwrap();
    let head = "| fault | what is wrong | cases that fail |\n| --- | --- | --- |\n";
    let expected = format!("{head}{}\n", rows.join("\n"));
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(table, expected, "WRITE_DOCS=1 writes the table");
}

fn faults() -> impl Iterator<Item = Fault> {
    Fault::value_variants().iter().copied()
}

fn next(faults: &Mutex<impl Iterator<Item = Fault>>) -> Option<Fault> {
    faults.lock().unwrap().next()
}

// One test writes the tables of both, so that they do not write the file at once.
#[test]
fn each_wrong_program_fails_exactly_the_cases_that_the_table_names() {
    let rows = |tested, is_it: fn(Fault) -> bool| -> Vec<String> {
        let faults = Mutex::new(faults().filter(|fault| is_it(*fault)));
        let rows = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(fault) = next(&faults) {
                        let row = row(fault, tested);
                        rows.lock().unwrap().insert(fault, row);
                    }
                });
            }
        });
        rows.into_inner().unwrap().into_values().collect()
    };
    check(Tested::Edge, &rows(Tested::Edge, Fault::is_of_edges));
    check(Tested::Platform, &rows(Tested::Platform, Fault::is_of_platforms));
}
