//! The command `alwayson-conformance`. See `README.md`.

#[cfg(feature = "suite")]
mod command;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use alwayson_conformance::capture::Capture;
use alwayson_conformance::expectations::{self, Expectations};
use alwayson_conformance::{lines, replay, seeds, sessions, vectors};
use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  all is as it should be
  1  something differs: a vector or a dialogue failed, a line is no message, a capture has a
     difference
  2  wrong usage, or a file could not be read or written";

/// Check an implementation of the ThingWorx AlwaysOn protocol with test vectors, scripted
/// dialogues, recorded sessions, and a codec on standard input and output.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show recorded sessions frame by frame, and check every message in them.
    ///
    /// Each message is decoded, shown as one line, and encoded again, which must give
    /// the same bytes. Chunks are joined, and a joined response is split again. Answers
    /// that expectations.json beside a capture lists as wrong are marked with the
    /// reason. Keys and passwords are masked. Lines are cut at the width of the
    /// terminal.
    #[command(after_help = example(
        "alwayson-conformance replay conformance/captures/edge-session.json",
    ))]
    Replay {
        /// Captures of the schema alwayson-capture/1. If expectations.json is among
        /// them, the names of captures in it are checked.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Do not cut lines at the width of the terminal.
        #[arg(long)]
        full: bool,
    },
    /// Run test vectors, and check the laws of the codec for them.
    ///
    /// Prints each failure; the last line is "N passed, N failed".
    #[command(after_help = example(
        "alwayson-conformance vectors\n  alwayson-conformance vectors my-vectors/ extra.json",
    ))]
    Vectors {
        /// Files of the schema alwayson-vectors/1, or folders of them
        /// [default: the vectors of this crate].
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Run scripted dialogues against the codec's edge and platform.
    ///
    /// Prints each failure with the dialogue, the step and the difference; the last line
    /// is "N passed, N failed".
    #[command(after_help = example(
        "alwayson-conformance sessions\n  alwayson-conformance sessions my-sessions/ extra.json",
    ))]
    Sessions {
        /// Files of the schema alwayson-sessions/1, or folders of them
        /// [default: the sessions of this crate].
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Decode hex lines from standard input into JSON lines.
    ///
    /// For each non-empty line, prints the message in the form of the vectors, with
    /// `"trailing": N` if N bytes follow it, or `{"error": {"kind": ..., "at": ...}}`
    /// with the byte offset of the error. A line that is not hex is an error of kind
    /// `InvalidHex`, with the offset of the character. Keys and passwords are not masked.
    #[command(after_help = example(
        "echo 014000000007000000000000004d0000ff | alwayson-conformance decode",
    ))]
    Decode {
        /// Bytes after a message are an error of kind `TrailingBytes`.
        #[arg(long)]
        strict: bool,
    },
    /// Encode JSON lines from standard input into hex lines.
    ///
    /// For each non-empty line, prints the bytes of the message, or
    /// `{"error": {"kind": "InvalidMessage", "text": ...}}` with the error and its place.
    #[command(after_help = example(
        "alwayson-conformance decode < hex.txt | alwayson-conformance encode",
    ))]
    Encode,
    /// Test a decoder, an edge or a platform, in any language.
    #[cfg(feature = "suite")]
    #[command(subcommand)]
    Test(Box<command::Test>),
    /// Merge JSON reports of `test` into one, for people.
    #[cfg(feature = "suite")]
    Report(command::Merge),
    /// Write vectors, dialogues, captures and PROTOCOL.md to a folder.
    #[command(after_help = example("alwayson-conformance export alwayson"))]
    Export {
        /// The folder to write to; it is created if it does not exist.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Run our edge or platform behind the control channel: something to try `test` with.
    #[cfg(feature = "suite")]
    #[command(after_help = example(
        "alwayson-conformance test edge --control -- alwayson-conformance reference edge",
    ))]
    Reference(command::Reference),
    /// Write seeds for fuzzing to the folders `decode`, `round_trip`, `joiner` and
    /// `connection` in DIR.
    #[command(after_help = example("alwayson-conformance seeds fuzz/corpus"))]
    Seeds {
        /// The folder to write to; it is created if it does not exist.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

fn example(lines: &str) -> String {
    format!("Example:\n  {lines}\n\n{EXIT_CODES}")
}

/// An error that ends the command with exit code 2.
enum Stop {
    /// An error, in words.
    Because(String),
    /// The reader of the output has gone.
    NotRead,
}

impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Because(text)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NotRead,
            _ => Self::Because(error.to_string()),
        }
    }
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    #[cfg(feature = "suite")]
    let command = match command {
        Command::Test(test) => return command::test(&test),
        Command::Reference(reference) => return command::reference(&reference),
        Command::Report(merge) => return command::merge(&merge),
        command => command,
    };
    match run(command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(Stop::NotRead) => ExitCode::from(2),
        Err(Stop::Because(text)) => {
            eprintln!("alwayson-conformance: {text}");
            ExitCode::from(2)
        }
    }
}

/// Runs a command; returns whether everything passed.
fn run(command: Command) -> Result<bool, Stop> {
    let input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let all_good = match command {
        Command::Replay { files, full } => run_replay(&files, full, &mut output)?,
        Command::Vectors { paths } => run_vectors(&paths, &mut output)?,
        Command::Sessions { paths } => run_sessions(&paths, &mut output)?,
        Command::Decode { strict } => lines::decode(input, &mut output, strict)?,
        Command::Encode => lines::encode(input, &mut output)?,
        Command::Export { folder } => {
            let files = alwayson_conformance::data::export(&folder)?;
            writeln!(output, "{files} files in {}", folder.display())?;
            true
        }
        #[cfg(feature = "suite")]
        Command::Test(_) | Command::Report(_) | Command::Reference(_) => true,
        Command::Seeds { folder } => {
            let (messages, sequences) = seeds::write(&folder)?;
            writeln!(output, "{messages} messages, {sequences} sequences in {}", folder.display())?;
            true
        }
    };
    output.flush()?;
    Ok(all_good)
}

fn run_replay(files: &[PathBuf], full: bool, output: &mut impl Write) -> Result<bool, Stop> {
    // Of what is no terminal, or shows all, nothing is cut.
    let terminal = if full { None } else { terminal_size::terminal_size_of(io::stdout()) };
    let columns = terminal.map(|(width, _)| usize::from(width.0));
    let (expectations, captures): (Vec<_>, Vec<_>) =
        files.iter().partition(|path| path.ends_with(expectations::FILE_NAME));
    let read = |path: &PathBuf| {
        let name = name(path);
        let capture = Capture::read(path)?;
        if capture.frames.is_empty() {
            return Err(format!("no frames in {name}"));
        }
        Ok((capture, Expectations::beside(path)?.of(&name).to_vec(), name))
    };
    let captures = captures.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut all_good = true;
    for (index, (capture, expected, name)) in captures.iter().enumerate() {
        if index > 0 {
            writeln!(output)?;
        }
        let summary = replay::replay(name, capture, expected, columns, output)?;
        all_good &= summary.differences.is_empty();
    }
    for path in expectations {
        all_good &= report_expectations(path, output)?;
    }
    Ok(all_good)
}

/// Counts the expectations of a file; returns whether all captures that it names exist.
fn report_expectations(path: &Path, output: &mut impl Write) -> Result<bool, Stop> {
    let expectations = Expectations::read(path)?;
    let missing = expectations.missing(path.parent().unwrap_or(path))?;
    let name = name(path);
    let answers = expectations.answers();
    let captures = expectations.captures.len();
    write!(output, "\n{name}: {answers} wrong answers in {captures} captures")?;
    for missing in &missing {
        write!(output, ", {missing} is missing")?;
    }
    writeln!(output)?;
    Ok(missing.is_empty())
}

fn run_vectors(paths: &[PathBuf], output: &mut impl Write) -> Result<bool, Stop> {
    let files = if paths.is_empty() { vectors::own()? } else { vectors::read(paths)? };
    if let Some(file) = files.iter().find(|file| file.total() == 0) {
        return Err(Stop::Because(format!("no vectors in {}", file.name)));
    }
    Ok(vectors::report(&files, output)? == 0)
}

fn run_sessions(paths: &[PathBuf], output: &mut impl Write) -> Result<bool, Stop> {
    let files = if paths.is_empty() { sessions::own()? } else { sessions::read(paths)? };
    if let Some(file) = files.iter().find(|file| file.dialogues.is_empty()) {
        return Err(Stop::Because(format!("no dialogues in {}", file.name)));
    }
    Ok(sessions::report(&files, output)? == 0)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
