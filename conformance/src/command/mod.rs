//! The subcommands of the suite: `test`, `report` and `reference`.

mod options;
mod output;
mod test;

pub(crate) use options::Test;
pub(crate) use output::{Merge, merge};
pub(crate) use test::test;

use std::process::ExitCode;

use alwayson_conformance::suite::reference::{self, Behaviour, Fault};
use clap::{Args, ValueEnum};

/// Which side the reference program is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Side {
    Edge,
    Platform,
}

#[derive(Debug, Args)]
pub(crate) struct Reference {
    side: Side,
    /// Break one rule.
    #[arg(long, value_enum)]
    fault: Option<Fault>,
    /// The length of a second, in seconds.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    time_scale: f64,
}

/// Runs the reference program.
pub(crate) fn reference(arguments: &Reference) -> ExitCode {
    let behaviour = Behaviour { fault: arguments.fault, scale: arguments.time_scale };
    let run = match arguments.side {
        Side::Edge => reference::edge(behaviour),
        Side::Platform => reference::platform(behaviour),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => usage(&text),
    }
}

/// Reports an error that ends the command.
fn usage(text: &str) -> ExitCode {
    eprintln!("alwayson-conformance: {text}");
    ExitCode::from(2)
}
