//! The command `alwayson`: a platform and an edge for testing devices and platforms.
//! See `README.md`.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `main.rs` | the subcommands and the exit code |
//! | `failure.rs` | why a subcommand fails; the exit codes |
//! | `log.rs` | the destination of the log |
//! | `show.rs` | formatting of lines, times and names |
//! | `capture.rs` | recording of connections |
//! | `passing.rs`, `broken.rs` | what passes as lines; which rules it breaks |
//! | `masking.rs` | secrets in what is recorded |
//! | `long_messages.rs` | memory for joining chunks |
//! | `signals.rs` | SIGINT, SIGTERM and SIGHUP |
//! | `open_files.rs` | the limit of open files |
//! | `connection.rs` | the options that say where and with which key an edge connects |
//! | `demo.rs` | `demo`: both sides in one process; every frame as a line |
//! | `platform/` | `platform`: a platform for devices |
//! | `edge/` | `edge`: an edge for platforms |
//! | `gateway/` | `gateway`: applications in any language, by local HTTP |
//! | `tap/` | `tap`: stands between devices and a platform, and shows what passes |
//! | `load/` | `load`: many edges, with measurements |
//! | `decode/` | `decode`: hex and captures as readable lines |
//! | `completions.rs` | `completions`: shell completions |
//! | `options.rs` | a test that compares the README with the options |

mod broken;
mod capture;
mod completions;
mod connection;
mod decode;
mod demo;
mod edge;
mod failure;
mod gateway;
mod load;
mod log;
mod long_messages;
mod masking;
mod open_files;
#[cfg(test)]
mod options;
mod passing;
mod platform;
mod queue;
mod show;
mod signals;
mod tap;
mod tls;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::{EXIT_CODES, Failure};

/// A platform and an edge of the ThingWorx AlwaysOn protocol, for testing devices and
/// platforms.
///
/// Keys and passwords come from files or the environment. No option takes one, so they
/// do not appear in the shell history or the process list. They are masked in all
/// output and logs.
#[derive(Debug, Parser)]
#[command(name = "alwayson", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The log level on standard error: error, warn, info, debug, trace, or a filter in
    /// the syntax of `RUST_LOG`, which is used if this option is missing [default: warn]
    #[arg(long, global = true, value_name = "LEVEL", display_order = 100)]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Platform(platform::Args),
    Edge(edge::Args),
    Gateway(gateway::Args),
    Tap(tap::Args),
    Load(load::Args),
    Decode(decode::Args),
    Completions(completions::Args),
}

impl Cli {
    /// The level of the log: that of the option, or one that a file asks for, if the
    /// environment says none.
    fn level(&self) -> Option<String> {
        let of_file = || match &self.command {
            Command::Gateway(args) if std::env::var_os("RUST_LOG").is_none() => args.log_level(),
            _ => None,
        };
        self.log.clone().or_else(of_file)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = log::start(cli.level().as_deref()).and_then(|()| match cli.command {
        Command::Demo(args) => wait(None, demo::run(args)),
        Command::Platform(args) => wait(None, platform::run(args)),
        Command::Edge(args) => wait(None, edge::run(args)),
        Command::Gateway(args) => wait(None, gateway::run(args)),
        Command::Tap(args) => wait(None, tap::run(args)),
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

/// Runs an asynchronous subcommand on this many threads, by default one for each CPU.
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
        .map_err(|error| Failure::Failed(format!("cannot start worker threads: {error}")))?;
    let ended = runtime.block_on(command);
    // A thread may still be blocked reading a terminal or a pipe: do not wait for it.
    runtime.shutdown_background();
    ended
}
