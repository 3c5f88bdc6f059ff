//! Test vectors: reading them (`vectors/README.md`) and running them.

mod file;
mod run;

pub use file::{Expected, Sequence, SequenceExpected, Vector, VectorFile};
pub(crate) use run::memory;
pub use run::{Failure, run};

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::{data, files};

/// Returns the folder with the vectors of this crate.
pub fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// Returns the vectors of this crate, which are compiled in.
///
/// # Errors
/// They do not match the schema, which a test excludes; the error says why, in words.
pub fn own() -> Result<Vec<VectorFile>, String> {
    let read = |(name, text): &(&str, &str)| {
        VectorFile::from_json((*name).to_owned(), text.as_bytes())
            .map_err(|error| format!("{name}: {error}"))
    };
    data::VECTORS.iter().map(read).collect()
}

/// Reads files, and the `.json` files of folders in the order of their names.
///
/// # Errors
/// A file cannot be read; the error names the first one and says why, in words.
pub fn read(paths: &[PathBuf]) -> Result<Vec<VectorFile>, String> {
    files::listed(paths, None)?.iter().map(|path| VectorFile::read(path)).collect()
}

/// Runs files and writes a report: each failure, and a last line `N passed, N failed`. Returns
/// the number of failures.
///
/// # Errors
/// The report cannot be written.
pub fn report(files: &[VectorFile], out: &mut impl Write) -> io::Result<usize> {
    let mut passed = 0;
    let mut failed = 0;
    for file in files {
        let failures = run(file);
        for failure in &failures {
            writeln!(out, "FAIL {} ({})\n  {}", failure.id, file.name, failure.difference)?;
        }
        let total = file.total();
        failed += failures.len();
        passed += total.saturating_sub(failures.len());
        let name = &file.name;
        let good = total.saturating_sub(failures.len());
        writeln!(out, "{name:<24} {good:>4} of {total:>4}")?;
    }
    writeln!(out, "{passed} passed, {failed} failed")?;
    Ok(failed)
}
