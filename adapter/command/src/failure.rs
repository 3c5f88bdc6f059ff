//! Failures of the command, and its exit codes.

use std::io;
use std::process::ExitCode;

use alwayson::OptionError;

/// The end of each help text.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  failure; standard error says why
  2  wrong usage, or a file that cannot be used";

/// Returns the end of a help text with these examples.
pub(crate) fn examples(lines: &str) -> String {
    format!("Examples:\n{lines}\n\n{EXIT_CODES}")
}

/// Why the command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong usage.
    Usage(String),
    /// Something failed.
    Failed(String),
    /// Something failed, and was reported already.
    Told,
    /// The reader of the output has gone.
    NotRead,
}

impl Failure {
    /// Returns the text for standard error, if any.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Usage(text) | Self::Failed(text) => Some(text),
            Self::Told | Self::NotRead => None,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) | Self::Told | Self::NotRead => ExitCode::from(1),
        }
    }
}

impl From<io::Error> for Failure {
    /// Converts an error of writing the output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NotRead,
            _ => Self::Failed(format!("cannot write the output: {error}")),
        }
    }
}

/// Returns an error with its sources, on one line.
pub(crate) fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text
}

/// Converts an error about an option of the library, with the name of the command's.
pub(crate) fn out_of_range(error: &OptionError) -> Failure {
    let OptionError { name, value, allowed, .. } = error;
    let name = match *name {
        "ping_interval" => "ping-ms".to_owned(),
        "auth_timeout" | "request_timeout" | "idle_timeout" | "admission_wait" => {
            format!("{}-ms", name.replace('_', "-"))
        }
        name => name.replace('_', "-"),
    };
    Failure::Usage(format!("--{name}: invalid value {value}: must be {allowed}"))
}
