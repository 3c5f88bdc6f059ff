//! The options of `test`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXIT_CODES: &str = "\
Exit codes:
  0  all as expected
  1  failures, or stale entries of the known failures
  2  wrong usage, or a file could not be read or written
  3  the tested program never came";

fn example(lines: &str) -> String {
    format!("Example:\n  {lines}\n\n{EXIT_CODES}")
}

/// What is tested.
#[derive(Debug, Subcommand)]
pub(crate) enum Test {
    /// Test a decoder, an encoder and a joiner: programs that answer each line with a line.
    ///
    /// A decoder reads hex and writes the JSON of the vectors; an encoder reads that JSON and
    /// writes hex; a joiner reads the chunks of a message as words of hex and writes JSON. An
    /// object with the member `error`, or the end with an exit code other than 0, is a refusal.
    #[command(after_help = example(
        "alwayson-conformance test codec --decoder './my-decoder' --encoder './my-encoder'",
    ))]
    Codec(Codec),
    /// Test an edge: we are the platform.
    ///
    /// With a command, the edge is started for each case. In its words, {url}, {key}, {thing}
    /// and {ca} stand for the address to connect to, the application key, the Thing to bind,
    /// and the file with the certificate to trust. Without a command, an edge with the key
    /// 4f1c2a9e-demo-key and the Thing Pump connects by itself, again and again, and its cases
    /// run one after another. With --things A,B two edges do, and two cases run at once: the
    /// edge with the Thing A has the key 4f1c2a9e-demo-key-1, that with B 4f1c2a9e-demo-key-2.
    #[command(after_help = example(
        "alwayson-conformance test edge -- ./my-edge --url {url} --key {key} --thing {thing}",
    ))]
    Edge(Edge),
    /// Test a platform: we are as many edges as a case needs.
    ///
    /// A platform that runs already needs the Things Pump, Valve and Motor, or --things. With --control and a
    /// command, it is started for each case and told which Things it has.
    #[command(after_help = example(
        "KEY=... alwayson-conformance test platform --url ws://localhost/Thingworx/WS --key-env KEY",
    ))]
    Platform(Platform),
}

#[derive(Debug, Args)]
pub(crate) struct Codec {
    /// The command of a decoder, split as a shell does.
    #[arg(long, value_name = "CMD", value_parser = words)]
    pub(crate) decoder: Option<Words>,
    /// The command of an encoder.
    #[arg(long, value_name = "CMD", value_parser = words)]
    pub(crate) encoder: Option<Words>,
    /// The command of a joiner of chunks.
    #[arg(long, value_name = "CMD", value_parser = words)]
    pub(crate) joiner: Option<Words>,
    /// Whether kinds and offsets of errors are compared.
    #[arg(long, value_enum, default_value_t = Errors::Any)]
    pub(crate) errors: Errors,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Edge {
    /// Where to listen. With port 0 each case has a port of its own; otherwise all edges connect to
    /// this port, and belong to the case whose key their AUTH has.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The Thing of the edge. Without a command, the Things of all edges that connect by
    /// themselves, which each play one case at a time.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', default_value = "Pump")]
    pub(crate) things: Vec<String>,
    /// The host that the edge connects to, if it is not the address.
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// The tested program has the control channel (harness/README.md).
    #[arg(long)]
    pub(crate) control: bool,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) common: Common,
    /// The command that starts the edge.
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Platform {
    /// The address of a platform that runs already.
    #[arg(long, value_name = "URL", required_unless_present_any = ["control", "list"])]
    pub(crate) url: Option<String>,
    /// The environment variable with an application key that it accepts.
    #[arg(long, value_name = "VAR", requires = "url")]
    pub(crate) key_env: Option<String>,
    /// Certificates (PEM) to trust, instead of those of the system.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) ca: Option<PathBuf>,
    /// Things that it has, instead of those of the cases. Cases that need more are skipped.
    #[arg(
        long,
        value_name = "NAME,...",
        value_delimiter = ',',
        requires = "url",
        default_value = "Pump,Valve,Motor"
    )]
    pub(crate) things: Vec<String>,
    /// The tested program is started for each case, and has the control channel
    /// (harness/README.md).
    #[arg(long, conflicts_with = "url", requires = "command")]
    pub(crate) control: bool,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) common: Common,
    /// The command that starts the platform.
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Times {
    /// The length of a second of the scripts, in seconds: for programs whose timers can be set.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) time_scale: f64,
    /// How much earlier or later than in the script something may happen, in ms. The default is
    /// wider than the jitter of a loaded CI machine.
    #[arg(long, value_name = "MS", default_value_t = 1500)]
    pub(crate) tolerance: u64,
    /// How long the tested program may take to start, or to answer, in ms.
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub(crate) answer: u64,
}

/// What is common to all tests.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// List the cases and end.
    #[arg(long)]
    pub(crate) list: bool,
    /// Run only cases whose id or alias matches; can be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) run: Vec<String>,
    /// Do not run cases whose id or alias matches; can be repeated.
    #[arg(long, value_name = "GLOB")]
    pub(crate) skip: Vec<String>,
    /// What the tested program has: a JSON object with true or false for each feature.
    #[arg(long, value_name = "FILE")]
    pub(crate) features: Option<PathBuf>,
    /// Cases that are known to fail: a JSON list of {"cases": GLOB, "reason": ..., "link": ...}.
    /// A case that passes makes its entry stale, which is a failure.
    #[arg(long, value_name = "FILE")]
    pub(crate) known_failing: Option<PathBuf>,
    /// A difference from a SHOULD is a failure as well.
    #[arg(long)]
    pub(crate) strict: bool,
    /// A difference from a decision of this project is a failure as well.
    #[arg(long)]
    pub(crate) ours: bool,
    /// How long the run may take, in seconds; cases that have not ended then are not run.
    #[arg(long, value_name = "S")]
    pub(crate) max_time: Option<u64>,
    /// How many cases run at once.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) jobs: usize,
    /// The name of the tested program in reports.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Write a report as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a report as XML of `JUnit`.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write a report as one HTML file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write a report as Markdown.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Write a capture (pcapng) of each case that does not pass, with keys overwritten.
    #[arg(long, value_name = "DIR")]
    pub(crate) pcap: Option<PathBuf>,
}

/// How errors of a decoder are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Errors {
    /// Any error will do.
    Any,
    /// Kind and offset are those of section 6.
    Strict,
}

/// The words of a command.
#[derive(Clone, Debug)]
pub(crate) struct Words(pub(crate) Vec<String>);

fn words(text: &str) -> Result<Words, String> {
    match shlex::split(text) {
        Some(words) if !words.is_empty() => Ok(Words(words)),
        _ => Err("not a command".to_owned()),
    }
}
