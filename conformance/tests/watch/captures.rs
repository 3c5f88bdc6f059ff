//! Recorded sessions of real clients break the rules that are listed here, and no other.

use std::collections::BTreeMap;

use alwayson_conformance::capture::{Capture, Opcode, own_files};
use alwayson_conformance::watch::{Event, Limits, Watch};

/// What is broken in each capture: the level, the rule, and how often.
///
/// The recorded platforms called a Thing that does not exist, to see what the clients answer.
const EXPECTED: &[(&str, &[(&str, usize)])] = &[
    ("edge-session.json", &[("Platform MUST not-bound-here", 1)]),
    ("gateway-session.json", &[("Platform MUST not-bound-here", 1)]),
];

#[test]
fn recorded_sessions_of_real_clients_break_only_known_rules() {
    let mut all = BTreeMap::new();
    for file in own_files().unwrap() {
        let capture = Capture::read(&file).unwrap();
        let mut watch = Watch::new(Limits::default());
        let mut broken: BTreeMap<String, usize> = BTreeMap::new();
        for frame in &capture.frames {
            if frame.opcode == Opcode::Binary {
                watch.message(frame.from, &frame.bytes, 0, &mut |event| {
                    if let Event::Broken(finding) = event {
                        let key =
                            format!("{:?} {} {}", finding.from, finding.level, finding.rule.id);
                        *broken.entry(key).or_default() += 1;
                    }
                });
            }
        }
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !broken.is_empty() {
            all.insert(name, broken);
        }
    }
    let expected: BTreeMap<String, BTreeMap<String, usize>> = EXPECTED
        .iter()
        .map(|(name, broken)| {
            let broken = broken.iter().map(|(rule, count)| ((*rule).to_owned(), *count));
            ((*name).to_owned(), broken.collect())
        })
        .collect();
    assert_eq!(all, expected);
}
