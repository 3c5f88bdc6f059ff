//! Which cases are run, and which failures are expected.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use glob::Pattern;
use serde::Deserialize;

use super::verdict::{Report, Verdict};
use super::{Case, Level};
use crate::json;

/// Which cases are run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only cases that match one of these, if there are any.
    pub run: Vec<Pattern>,
    /// No case that matches one of these.
    pub skip: Vec<Pattern>,
    /// What the tested program has; a feature that is not named is assumed.
    pub features: BTreeMap<String, bool>,
}

/// Reads a glob.
///
/// # Errors
/// The text is no glob; the error says why, in words.
pub fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::new(text).map_err(|error| format!("{text}: {error}"))
}

/// Returns whether a glob matches the id of a case, or one of its aliases.
fn matches(pattern: &Pattern, id: &str, aliases: &[String]) -> bool {
    pattern.matches(id) || aliases.iter().any(|alias| pattern.matches(alias))
}

impl Selection {
    /// Returns whether a case is run.
    pub fn takes(&self, case: &Case) -> bool {
        let aliases = case.aliases();
        let any = |patterns: &[Pattern]| patterns.iter().any(|p| matches(p, &case.id, &aliases));
        (self.run.is_empty() || any(&self.run)) && !any(&self.skip)
    }

    /// Returns the first feature of a case that the tested program does not have.
    pub fn missing(&self, case: &Case) -> Option<&'static str> {
        case.features.iter().copied().find(|feature| self.features.get(*feature) == Some(&false))
    }

    /// Reads a file of features: an object with `true` or `false` for each name.
    ///
    /// # Errors
    /// The file cannot be read, is no such object, or names a feature that no case needs; the
    /// error says so, in words.
    pub fn read_features(
        path: &Path,
        known: &[(&str, &str)],
    ) -> Result<BTreeMap<String, bool>, String> {
        let fault = |text: String| format!("{}: {text}", path.display());
        let text = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        let features = json::read(&text).map_err(fault)?;
        Self::features_of(features, known).map_err(fault)
    }

    /// Reads the JSON of features, as a file and the first line of a program have it.
    pub(crate) fn features_of(
        json: serde_json::Value,
        known: &[(&str, &str)],
    ) -> Result<BTreeMap<String, bool>, String> {
        let features: BTreeMap<String, bool> =
            serde_json::from_value(json).map_err(|error| error.to_string())?;
        let is_known = |name: &String| known.iter().any(|(known, _)| known == name);
        match features.keys().find(|name| !is_known(name)) {
            Some(name) => Err(format!("no feature has the name {name}")),
            None => Ok(features),
        }
    }
}

/// An entry of a known-failing file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    cases: String,
    reason: String,
    #[serde(default)]
    link: Option<String>,
}

/// Cases that are known to fail.
#[derive(Clone, Debug, Default)]
pub struct KnownFailing(Vec<(Pattern, String)>);

impl KnownFailing {
    /// Reads a file: a list of `{"cases": GLOB, "reason": TEXT, "link": URL}`.
    ///
    /// # Errors
    /// The file cannot be read or is no such list; the error says why, in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        let fault = |text: String| format!("{}: {text}", path.display());
        let text = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        Self::from_json(&text).map_err(fault)
    }

    /// Reads the JSON of a file.
    ///
    /// # Errors
    /// The JSON is no such list; the error says why, in words.
    pub fn from_json(text: &[u8]) -> Result<Self, String> {
        let entries: Vec<RawEntry> = json::read(text)?;
        let entry = |RawEntry { cases, reason, link }: RawEntry| {
            if reason.trim().is_empty() {
                return Err(format!("{cases}: an entry has a reason"));
            }
            let reason = link.map_or(reason.clone(), |link| format!("{reason} ({link})"));
            Ok((pattern(&cases)?, reason))
        };
        entries.into_iter().map(entry).collect::<Result<_, _>>().map(Self)
    }

    /// Marks the failures of a report that were expected, and notes the entries that are
    /// stale: one that matches no case at all, or a case that passes. `left_out` tells whether
    /// this run left out cases on purpose, so that an entry may match none.
    pub fn apply(&self, report: &mut Report, left_out: bool) {
        for (pattern, reason) in &self.0 {
            let mut any = false;
            let mut passed = Vec::new();
            for case in &mut report.cases {
                if !matches(pattern, &case.id, &case.aliases) {
                    continue;
                }
                any = true;
                match case.verdict {
                    Verdict::Fail => case.known = Some(reason.clone()),
                    Verdict::Pass => passed.push(case.id.clone()),
                    _ => {}
                }
            }
            if !passed.is_empty() {
                report.stale.push(format!("{pattern}: {} passes", passed.join(", ")));
            } else if !any && !left_out {
                report.stale.push(format!("{pattern}: no case has this name"));
            }
        }
    }
}

/// Returns the cases as a list for people: id, level, and what it is about.
pub fn list<'c>(cases: impl IntoIterator<Item = &'c Case>) -> String {
    let mut text = String::new();
    for Case { id, level, about, features, needs_control, .. } in cases {
        let mut needs: Vec<&str> = features.clone();
        if *needs_control {
            needs.push("control");
        }
        let needs =
            if needs.is_empty() { String::new() } else { format!(" [{}]", needs.join(", ")) };
        let level = Level::to_string(level);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{id:<52} {level:<6} {about}{needs}");
    }
    text
}
