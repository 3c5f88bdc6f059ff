//! `completions`: shell completions of the command's options.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Cli;
use crate::failure::{Failure, examples};

/// Print completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  alwayson completions bash > ~/.local/share/bash-completion/completions/alwayson\n  \
     alwayson completions zsh > ~/.zfunc/_alwayson\n  \
     alwayson completions fish > ~/.config/fish/completions/alwayson.fish",
))]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    // `generate` panics if it cannot write, so it writes to memory.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "alwayson", &mut text);
    io::stdout().write_all(&text)?;
    Ok(())
}
