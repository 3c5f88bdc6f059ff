//! Output: reports as files, and `report`, which merges them.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alwayson_conformance::suite::report;
use clap::Args;

use super::usage;

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// JSON reports of `test`.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write one HTML file with a matrix over all reports.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write Markdown to a file [default: to standard output].
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// Runs `report`.
pub(crate) fn merge(merge: &Merge) -> ExitCode {
    match run(merge) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => usage(&text),
    }
}

fn run(merge: &Merge) -> Result<(), String> {
    let reports = merge.files.iter().map(|path| report::read(path));
    let reports = reports.collect::<Result<Vec<_>, _>>()?;
    file(merge.html.as_deref(), || Ok(report::html(&reports)))?;
    file(merge.markdown.as_deref(), || Ok(report::markdown(&reports)))?;
    if merge.html.is_none() && merge.markdown.is_none() {
        print(&report::markdown(&reports))?;
    }
    Ok(())
}

/// Writes a file, if one is asked for.
pub(super) fn file(
    path: Option<&Path>,
    text: impl FnOnce() -> Result<String, String>,
) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, text()?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Writes to standard output. A reader that has gone is no error.
pub(super) fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
