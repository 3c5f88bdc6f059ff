//! `tap`: stands between devices and a platform, passes every byte on, and shows what passes.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod.rs` | the options; start and end |
//! | `listen.rs` | connections of devices, and those to the platform |
//! | `socket.rs` | a socket that can be reset |
//! | `relay.rs` | both directions of a connection |
//! | `observe.rs` | what passed, read along: shown, recorded, checked |
//! | `lines.rs` | lines, printed by a thread of their own |
//! | `packets.rs` | connections as pcapng |

mod lines;
mod listen;
mod observe;
mod packets;
mod relay;
mod socket;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use alwayson::transport::{KeyLog, ServerTls, Url};
use alwayson_codec::limits::DEFAULT_MESSAGE_LIMIT;
use alwayson_conformance::watch::Limits;

use crate::broken::Count;
use crate::capture::{Capture, Secrets, Side};
use crate::failure::{Failure, examples, in_full};
use crate::queue::queue;
use crate::show;
use crate::signals::Signals;
use crate::tls;
use listen::Target;
use observe::Outputs;
use packets::Packets;

/// Stand between devices and a platform: pass every byte on unchanged, and show each message.
///
/// Devices connect to --listen instead of to the platform; for each of them the tap connects
/// to the platform. The first line of standard output is the address that it listens on. Then
/// there is a line for each message, ping, pong and close, with the time, the number of the
/// connection, the direction and the size, and one for each message that was joined from
/// chunks. A message that cannot be decoded is shown with the kind and the offset of its
/// error, and passes like all others.
///
/// With --check, each line that begins with !! and a level tells of a rule of the protocol that a
/// side breaks. When the tap ends, it lists them; the exit code is 1 if one of them is a
/// MUST.
///
/// TLS ends at the tap, on each side: give devices its certificate, and trust that of the platform
/// with --ca. Compression that both sides agree on passes, and is undone for showing. Devices
/// send the name of the tap in the header Host, which passes unchanged, too.
///
/// A reader of the output that is slow, or a slow disk, does not slow down the connections: lines
/// are left out then, and counted. The tap ends with Ctrl-C, SIGTERM or SIGHUP, and the
/// connections with it.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  alwayson tap --to ws://127.0.0.1:8080 --check\n  \
     alwayson tap --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem \\\n      \
         --to wss://platform.example --ca ca.pem --pcap plant.pcapng\n  \
     alwayson tap --to ws://127.0.0.1:8080 --record plant.json && alwayson decode plant.json",
))]
#[expect(clippy::struct_excessive_bools, reason = "options that are given or not")]
pub(crate) struct Args {
    /// The address and port to listen on; port 0 selects a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    listen: String,
    /// The URL of the platform: ws:// or wss://, host, port, and the path that devices should use if
    /// it is not /Thingworx/WS.
    #[arg(long, value_name = "URL")]
    to: String,
    /// The certificate for devices and its chain, PEM. Devices then connect with TLS, wss://.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A PEM file with CA certificates: accept only devices with a certificate of one of them.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    client_ca: Option<PathBuf>,
    /// A PEM file with the CA certificates of the platform to trust instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The client certificate for the platform and its chain, PEM.
    #[arg(long, value_name = "FILE", requires = "to_key")]
    to_cert: Option<PathBuf>,
    /// The private key of this client certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "to_cert")]
    to_key: Option<PathBuf>,
    /// Do not verify the platform's certificate. Anyone on the network path can then read
    /// and change everything, including keys. For tests only.
    #[arg(long)]
    insecure_accept_any_certificate: bool,
    /// Append the secrets of the TLS connections of both sides to this file, in the format of
    /// SSLKEYLOGFILE: whoever has it can decrypt what was recorded of them, with Wireshark or
    /// `decode --keylog`.
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    /// Show what breaks a rule of the protocol, and fail if one of the broken rules is a MUST.
    #[arg(long)]
    check: bool,
    /// Fail for a broken SHOULD, too.
    #[arg(long, requires = "check")]
    strict: bool,
    /// Record the first connection to this file as a capture (alwayson-capture/1), and
    /// later ones to files beside it with their number in the name. Keys and passwords
    /// are masked.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write all connections to this file for Wireshark (pcapng), without TLS. Keys and
    /// passwords are masked; compressed messages are written as if they were not compressed.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// Write keys and passwords to the files of --record and --pcap; that of --pcap then has
    /// exactly the bytes that passed.
    #[arg(long)]
    secrets: bool,
    /// Do not cut lines at the width of the terminal.
    #[arg(long)]
    full: bool,
    /// The longest message to show, in bytes, joined and decompressed: from 1024 to 67108864.
    /// Longer ones pass as all others, and are told.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MESSAGE_LIMIT as u64,
        value_parser = clap::value_parser!(u64).range(1024..=67_108_864))]
    message_limit: u64,
    /// The most connections at a time; further devices wait: from 1 to 65535.
    #[arg(long, value_name = "NUMBER", default_value_t = 1000,
        value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// The number of lines that may wait for the reader of the output; further ones are left
    /// out, and counted: from 1 to 1000000.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    line_queue: u32,
}

/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(2);

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    crate::open_files::raise_limit();
    let mut signals = Signals::new()?;
    let log = tls::key_log(args.keylog.as_deref())?;
    let target = args.target(log.clone())?;
    let tls = args.tls(log.as_ref())?;
    let listener = listen::bind(&args.listen).await?;
    let secrets = if args.secrets { Secrets::Kept } else { Secrets::Masked };
    let capture = args.record.clone();
    let capture =
        capture.map(|file| Capture::to(file, Side::Platform, "--record", secrets)).transpose()?;
    let packets = args.pcap.clone().map(|file| Packets::to(file, secrets)).transpose()?;
    let (writer, lines) = queue(usize::try_from(args.line_queue).unwrap_or(usize::MAX));
    let count = Arc::new(Count::default());
    let address = listener.local_addr().map_err(|error| Failure::Failed(error.to_string()))?;
    show::line(&address.to_string())?;
    let (printed, mut is_read) = lines::print(lines, args.full);
    let outputs = Outputs {
        lines: writer,
        recorder: capture.as_ref().map(Capture::recorder),
        packets: packets.as_ref().map(Packets::recorder),
        count: Arc::clone(&count),
        is_checking: args.check,
        limits: Limits::default()
            .with_message(usize::try_from(args.message_limit).unwrap_or(usize::MAX)),
        path: target.path().to_owned(),
    };
    tracing::info!(%address, "listening");
    let ended = tokio::select! {
        () = signals.next() => Ok(()),
        failed = &mut is_read => Err(failed.unwrap_or(Failure::NotRead)),
        () = listen::serve(listener, tls, target, outputs, args.connections) => Ok(()),
    };
    // With the connections, all writers of lines are gone.
    let _ = tokio::time::timeout(LAST_LINES, printed).await;
    if let Some(capture) = capture {
        capture.finish();
    }
    if let Some(packets) = packets {
        packets.finish();
    }
    ended?;
    if args.check { count.judge(args.strict) } else { Ok(()) }
}

impl Args {
    fn target(&self, log: Option<KeyLog>) -> Result<Target, Failure> {
        let url = Url::parse(&self.to)
            .map_err(|error| Failure::Usage(format!("--to: {}", in_full(&error))))?;
        let is_about_tls = self.ca.is_some() || self.to_cert.is_some();
        if !url.is_tls() && self.tls_cert.is_none() && log.is_some() {
            let text = "--keylog requires TLS on one side: a wss:// URL (--to), or --tls-cert";
            return Err(Failure::Usage(text.to_owned()));
        }
        if !url.is_tls() && (is_about_tls || self.insecure_accept_any_certificate) {
            let text = "--ca, --to-cert, --to-key and --insecure-accept-any-certificate require a \
                        wss:// URL (--to)";
            return Err(Failure::Usage(text.to_owned()));
        }
        let load = || {
            let certificate = self.to_cert.as_ref().zip(self.to_key.as_ref());
            let accepts_any = self.insecure_accept_any_certificate;
            let tls = tls::client(self.ca.as_deref(), certificate, accepts_any, log);
            tls.load().map_err(|error| Failure::Usage(in_full(&error)))
        };
        let tls = if url.is_tls() { Some(load()?) } else { None };
        Ok(Target::new(url, tls))
    }

    fn tls(&self, log: Option<&KeyLog>) -> Result<Option<ServerTls>, Failure> {
        let certificate = self.tls_cert.as_ref().zip(self.tls_key.as_ref());
        let load = |certificate| tls::server(certificate, self.client_ca.as_deref(), log);
        certificate.map(load).transpose()
    }
}

/// Both ends of a connection, as captures name them.
#[derive(Clone, Copy, Debug)]
struct Ends {
    device: SocketAddr,
    platform: SocketAddr,
}

/// Returns the time since 1970, or nothing for a clock before it.
fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
