//! The command: a platform and an edge to try devices and platforms with. See
//! `README.md`.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `main.rs` | the subcommands, and how they end |
//! | `failure.rs` | why one fails, and the exit codes |
//! | `log.rs` | where the log goes |
//! | `show.rs` | lines, times, widths |
//! | `capture.rs` | records of connections |
//! | `long_messages.rs` | memory to put them together |
//! | `signals.rs` | what asks for an end |
//! | `open_files.rs` | how many sockets there may be |
//! | `connection.rs` | where an edge connects, and with which key |
//! | `demo.rs` | `demo`: both sides at once, each frame as a line |
//! | `platform/` | `platform`: a platform that listens |
//! | `edge/` | `edge`: an edge that answers |
//! | `load.rs` | `load`: many edges, measured |
//! | `decode.rs` | `decode`: hex and captures as readable lines |
//! | `completions.rs` | `completions`: for a shell |
//! | `options.rs` | holds the README to the options |

mod capture;
mod completions;
mod connection;
mod decode;
mod demo;
mod edge;
mod failure;
mod load;
mod log;
mod long_messages;
mod open_files;
#[cfg(test)]
mod options;
mod platform;
mod show;
mod signals;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::{EXIT_CODES, Failure};

/// A platform and an edge of the ThingWorx AlwaysOn protocol, to try devices and
/// platforms with.
///
/// Keys and passwords come from files or the environment: there is no option that
/// takes one, so that none gets into the history of a shell or the list of
/// processes. What is shown or logged has them masked.
#[derive(Debug, Parser)]
#[command(name = "alwayson", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// What goes to the standard error stream as a log: error, warn, info, debug,
    /// trace, or a filter as `RUST_LOG` has it, which is used without this option
    /// [default: warn]
    #[arg(long, global = true, value_name = "LEVEL", display_order = 100)]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Platform(platform::Args),
    Edge(edge::Args),
    Load(load::Args),
    Decode(decode::Args),
    Completions(completions::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = log::start(cli.log.as_deref()).and_then(|()| match cli.command {
        Command::Demo(args) => wait(None, demo::run(args)),
        Command::Platform(args) => wait(None, platform::run(args)),
        Command::Edge(args) => wait(None, edge::run(args)),
        Command::Load(args) => wait(args.threads, load::run(args)),
        Command::Decode(args) => decode::run(&args),
        Command::Completions(args) => completions::run(&args),
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.text() {
                eprintln!("alwayson: {text}");
            }
            failure.exit_code()
        }
    }
}

/// Runs what needs sockets and clocks, on so many threads.
fn wait(
    threads: Option<u16>,
    command: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        runtime.worker_threads(usize::from(threads));
    }
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("no threads to run on: {error}")))?;
    let ended = runtime.block_on(command);
    // A thread may still be reading from a terminal or a pipe: nobody waits for it.
    runtime.shutdown_background();
    ended
}
