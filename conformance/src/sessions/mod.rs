//! Scripted dialogues with one side of a connection: reading them
//! (`sessions/README.md`) and running them against the codec's machines.

pub(crate) mod compare;
pub(crate) mod edge;
mod file;
mod host;
pub(crate) mod ids;
mod lines;
pub(crate) mod platform;
mod room;
pub(crate) mod run;
pub(crate) mod side;
pub(crate) mod step;

pub use file::{
    Citation, Decides, Dialogue, Grant, HostScript, Policy, SessionFile, Settings, SideName,
    ThingScript,
};
pub use side::Variation;
pub use step::{Act, Effect, Out, Sent, Step, Told, dump};

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::diff::Difference;
use crate::{data, files};

/// The name of the schema file, which is beside the dialogues.
const SCHEMA_FILE: &str = "schema.json";

/// A failed dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of the dialogue.
    pub name: String,
    /// The number of the step, from 1.
    pub step: usize,
    /// The difference.
    pub difference: Difference,
}

/// Returns the folder with the dialogues of this crate.
pub fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions")
}

/// Returns the dialogues of this crate, which are compiled in.
///
/// # Errors
/// They do not match the schema, which a test excludes; the error says why, in words.
pub fn own() -> Result<Vec<SessionFile>, String> {
    let read = |(name, text): &(&str, &str)| {
        SessionFile::from_json((*name).to_owned(), text.as_bytes())
            .map_err(|error| format!("{name}: {error}"))
    };
    data::SESSIONS.iter().map(read).collect()
}

/// Reads files, and the `.json` files of folders in the order of their names, except
/// `schema.json`.
///
/// # Errors
/// A file cannot be read; the error names the first one and says why, in words.
pub fn read(paths: &[PathBuf]) -> Result<Vec<SessionFile>, String> {
    files::listed(paths, Some(SCHEMA_FILE))?.iter().map(|path| SessionFile::read(path)).collect()
}

/// Runs all dialogues of a file; returns those that fail.
pub fn run(file: &SessionFile, variation: Variation) -> Vec<Failure> {
    let run = |dialogue: &Dialogue| {
        let (step, difference) = run::dialogue(dialogue, variation).err()?;
        Some(Failure { name: dialogue.name.clone(), step, difference })
    };
    file.dialogues.iter().filter_map(run).collect()
}

/// Runs files and writes a report: each failure, and a last line `N passed, N failed`. Returns
/// the number of failures.
///
/// # Errors
/// The report cannot be written.
pub fn report(files: &[SessionFile], out: &mut impl Write) -> io::Result<usize> {
    let mut passed = 0;
    let mut failed = 0;
    for file in files {
        let failures = run(file, Variation::default());
        for Failure { name, step, difference } in &failures {
            let at = file.at(name, *step);
            writeln!(out, "FAIL {name} ({})", file.name)?;
            writeln!(out, "  step {step}, at {at} ms: {difference}")?;
        }
        let total = file.dialogues.len();
        let good = total.saturating_sub(failures.len());
        (passed, failed) = (passed + good, failed + failures.len());
        writeln!(out, "{:<24} {good:>4} of {total:>4}", file.name)?;
    }
    writeln!(out, "{passed} passed, {failed} failed")?;
    Ok(failed)
}

impl SessionFile {
    /// Returns the time of a step, in ms.
    fn at(&self, name: &str, step: usize) -> u64 {
        let dialogue = self.dialogues.iter().find(|dialogue| dialogue.name == name);
        dialogue.and_then(|dialogue| dialogue.steps.get(step.wrapping_sub(1))).map_or(0, |s| s.at)
    }
}
