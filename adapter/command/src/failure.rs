//! Why a command fails, and the exit codes.

use std::io;
use std::process::ExitCode;

use alwayson::OptionError;

/// What stands below each help.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  all went well
  1  something failed: the text on the standard error stream says what
  2  the command was used wrongly, or a file that it needs cannot be used";

/// Examples of a command, and the exit codes.
pub(crate) fn examples(lines: &str) -> String {
    format!("Examples:\n{lines}\n\n{EXIT_CODES}")
}

/// Why a command ends before it is done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was used wrongly.
    Usage(String),
    /// Something failed.
    Failed(String),
    /// Something failed, and was told already.
    Told,
    /// Nobody reads what it writes any more.
    NotRead,
}

impl Failure {
    /// What is to be said of it.
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
    /// Of what is written to.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NotRead,
            _ => Self::Failed(format!("what is to be shown cannot be written: {error}")),
        }
    }
}

/// An error with all that has led to it, on one line.
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

/// An option that the library refuses, by the name of the command's.
pub(crate) fn out_of_range(error: &OptionError) -> Failure {
    let OptionError { name, value, allowed, .. } = error;
    let name = match *name {
        "ping_interval" => "ping-ms".to_owned(),
        "auth_timeout" | "request_timeout" | "idle_timeout" => {
            format!("{}-ms", name.replace('_', "-"))
        }
        name => name.replace('_', "-"),
    };
    Failure::Usage(format!("--{name}: it cannot be {value}: it is {allowed}"))
}
