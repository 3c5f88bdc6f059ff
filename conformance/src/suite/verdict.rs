//! What came out of a case, and of a run.

use serde::{Deserialize, Serialize};

use super::{Case, Level, Tested};

/// The result of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The tested program did what the case asks for.
    Pass,
    /// It did something else, and the case does not bind it: a SHOULD without `--strict`, or a
    /// decision of this project without `--ours`.
    NonStrict,
    /// It did something else.
    Fail,
    /// It says, or its features say, that it does not have what the case needs.
    Unsupported,
    /// The case needs something that this run does not have, such as the control channel.
    Skipped,
    /// The time of the run ended before the case.
    NotRun,
    /// The suite could not do its part.
    HarnessError,
}

impl Verdict {
    /// Returns the verdict in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::NonStrict => "non-strict",
            Self::Fail => "fail",
            Self::Unsupported => "unsupported",
            Self::Skipped => "skipped",
            Self::NotRun => "not run",
            Self::HarnessError => "harness error",
        }
    }

    /// All verdicts.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::NonStrict,
        Self::Fail,
        Self::Unsupported,
        Self::Skipped,
        Self::NotRun,
        Self::HarnessError,
    ];
}

/// What a tested program did instead of what it should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The step of the script, from 1; 0 if there is none.
    pub step: usize,
    /// What differs.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub actual: String,
    /// How binding the broken rule is, if less or more than the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
}

/// How a case ended, before it is held against the options of the run.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    Pass,
    Fail(Failure),
    Unsupported(String),
    Skipped(String),
    NotRun,
    HarnessError(String),
}

/// The result of one case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseReport {
    /// The id of the case.
    pub id: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// How binding it is.
    pub level: Level,
    /// One sentence about it.
    pub about: String,
    /// The result.
    pub verdict: Verdict,
    /// Why it was not run, or could not be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The reason for which the failure was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// What went over the wire, if the case did not pass: one line for each frame.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub exchange: Vec<String>,
    /// The time that the case took, in ms.
    pub ms: u64,
}

/// The name of the schema of a report.
pub const SCHEMA: &str = "alwayson-report/1";

/// The result of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The name of the schema.
    pub schema: String,
    /// The version of the suite.
    pub suite: String,
    /// The name of the tested program.
    pub name: String,
    /// What was tested.
    pub tested: Tested,
    /// Whether SHOULD counted.
    pub strict: bool,
    /// The cases, in the order of the catalogue.
    pub cases: Vec<CaseReport>,
    /// Entries of the known-failing file that match nothing, or a case that passes.
    #[serde(default)]
    pub stale: Vec<String>,
}

impl Report {
    /// Returns the number of cases with this verdict. Known failures are not among the failed
    /// ones.
    pub fn count(&self, verdict: Verdict) -> usize {
        let is_it = |case: &&CaseReport| case.verdict == verdict && case.known.is_none();
        self.cases.iter().filter(is_it).count()
    }

    /// Returns the number of failures that were expected.
    pub fn known(&self) -> usize {
        self.cases.iter().filter(|case| case.known.is_some()).count()
    }

    /// Returns whether everything was as expected.
    pub fn is_good(&self) -> bool {
        let bad = [Verdict::Fail, Verdict::HarnessError];
        bad.iter().all(|verdict| self.count(*verdict) == 0) && self.stale.is_empty()
    }
}

/// What counts as a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strictness {
    /// Whether a difference from a SHOULD is a failure.
    pub should: bool,
    /// Whether a difference from a decision of this project is a failure.
    pub ours: bool,
}

impl Strictness {
    fn counts(self, level: Level) -> bool {
        match level {
            Level::Must => true,
            Level::Should => self.should,
            Level::Ours => self.ours,
        }
    }

    /// Returns the report of a case.
    pub(crate) fn judge(
        self,
        case: &Case,
        ended: Ended,
        exchange: Vec<String>,
        ms: u64,
    ) -> CaseReport {
        let (verdict, reason, failure) = match ended {
            Ended::Pass => (Verdict::Pass, None, None),
            Ended::Fail(failure) => {
                let is_one = self.counts(failure.level.unwrap_or(case.level));
                let verdict = if is_one { Verdict::Fail } else { Verdict::NonStrict };
                (verdict, None, Some(failure))
            }
            Ended::Unsupported(why) => (Verdict::Unsupported, Some(why), None),
            Ended::Skipped(why) => (Verdict::Skipped, Some(why), None),
            Ended::NotRun => (Verdict::NotRun, Some("the run ended before".to_owned()), None),
            Ended::HarnessError(why) => (Verdict::HarnessError, Some(why), None),
        };
        let is_shown = !matches!(verdict, Verdict::Pass);
        CaseReport {
            id: case.id.clone(),
            aliases: case.aliases(),
            level: case.level,
            about: case.about.clone(),
            verdict,
            reason,
            failure,
            known: None,
            exchange: if is_shown { exchange } else { Vec::new() },
            ms,
        }
    }
}
