//! `platform`: a platform that listens, reports events, and takes commands.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod.rs` | the options; start and end |
//! | `things.rs` | the file of Things |
//! | `desk.rs` | all events of the platform in one stream |
//! | `frames.rs` | the frames for `trace` |
//! | `nodes.rs` | the options of a node of several |
//! | `reload.rs` | rereads files on SIGHUP |
//! | `report.rs` | an event as a line or as JSON |
//! | `update.rs` | an update of a Thing as a line or as JSON |
//! | `command.rs`, `answer.rs` | the commands and their answers |
//! | `help.rs` | the answer of `help` |
//! | `summary.rs` | summaries of the Things |
//! | `typed.rs` | parsing of typed values |
//! | `table.rs` | answers as tables |
//! | `complete.rs` | completion with Tab |
//! | `lines.rs` | commands and events as lines |
//! | `limits.rs` | the options with limits of times, sizes and numbers |
//! | `log_file.rs` | a file with all output |
//! | `output.rs` | lines on their way to standard output |
//! | `screen.rs`, `view.rs` | commands and events on a terminal |

mod answer;
mod command;
mod complete;
mod desk;
mod frames;
mod help;
mod limits;
mod lines;
mod log_file;
#[cfg(feature = "nats")]
mod nodes;
mod output;
mod reload;
mod report;
mod screen;
mod summary;
mod table;
mod things;
mod typed;
mod update;
mod view;

use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::SystemTime;

use alwayson::frame::PlatformObserver;
use alwayson::platform::{
    AcceptAnyClaims, AfterBind, KnownCredentials, MemoryThings, Options, Platform,
    SharedCredentials,
};
use alwayson::transport::{DEFAULT_PATH, ServerTls};
use alwayson_codec::connection::registry::BindPolicy;
use clap::ValueEnum;
use serde_json::json;

use crate::capture::{Capture, Secrets, Side};
use crate::failure::{Failure, examples, out_of_range};
use crate::show;
use crate::signals::Signals;
use crate::tls;
use desk::Desk;
use limits::LimitArgs;
use log_file::LogFile;
use reload::Reload;
use view::View;

/// Run a platform: devices connect to it and bind their Things, which you read, write
/// and call.
///
/// The first line of standard output is the address that the platform listens on, with
/// the actual port if you passed port 0. With --json each line is a JSON object, and the
/// first one has the URL. Then there is a line for each event and for each answer to a
/// command. Commands are read from standard input, one per line; on a terminal there is
/// a prompt below a table of the Things.
///
/// Commands:
///   things                              list the Things and whether they are connected
///   read THING PROPERTY                 read a property from the edge; * reads all
///   write THING PROPERTY VALUE          write a property on the edge
///   call THING SERVICE [NAME=VALUE...]  call a service of the edge
///   holder THING                        say which node and connection hold a Thing
///   trace on|off                        show each frame, or stop that
///   help                                list the commands, with examples
///   quit                                shut down
///
/// Words are quoted as in a shell. A value has the type that the metadata of the edge
/// declare; without metadata it is true, false, a number, JSON, or else text:
/// write Pump Label '"5"' writes the text 5. TYPE:VALUE sets the type explicitly:
/// DATETIME:2026-05-01T12:00:00Z, LOCATION:8.68,50.11,112, BLOB:@FILE or Base64,
/// INFOTABLE:{"rows": [...]} in the JSON form of platforms.
///
/// The platform ends with quit, Ctrl-C or SIGTERM: it answers requests in flight, then
/// closes the connections. A second signal ends it at once. The end of standard input
/// does not end it, so that it can run as a service with input from /dev/null. On SIGHUP
/// it reloads keys, users, certificate and client CA, for new connections; if its input
/// is a terminal, SIGHUP means that the terminal was closed, and ends it.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = examples(
    "  alwayson platform\n  \
     alwayson platform --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem \\\n      \
         --app-key-file keys.txt --things things.txt\n  \
     alwayson platform --listen 127.0.0.1:0 --json < commands.txt | jq .event",
))]
pub(crate) struct Args {
    /// The address and port to listen on; port 0 selects a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The certificate and its chain, PEM. Edges then connect with TLS, wss://.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A PEM file with CA certificates: accept only edges with a certificate of one of them.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    client_ca: Option<PathBuf>,
    /// Append the secrets of TLS connections to this file, in the format of SSLKEYLOGFILE: whoever
    /// has it can decrypt what was recorded of them, with Wireshark or `decode --keylog`.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    keylog: Option<PathBuf>,
    /// A file with the accepted application keys, one per line. Empty lines and lines that
    /// begin with # are ignored. Without this option and --user-file any key is accepted,
    /// but only on loopback, and requests of web pages are rejected.
    #[arg(long, value_name = "FILE")]
    app_key_file: Option<PathBuf>,
    /// A file with the accepted users, one USER:PASSWORD per line.
    #[arg(long, value_name = "FILE")]
    user_file: Option<PathBuf>,
    /// Which connection keeps a Thing that two connections bind.
    #[arg(long, value_name = "POLICY", value_enum, default_value = "first-in-wins")]
    bind_policy: Policy,
    /// The Things of the platform: any, which creates them on first use, or a file with
    /// one entry per line: NAME; NAME *IDENTIFIER for a Thing that is bound by its
    /// identifier; or gateway-type TYPE for a type of gateways, which are created when
    /// they are bound. Empty lines and lines that begin with # are ignored.
    #[arg(long, value_name = "any|FILE", default_value = "any")]
    things: String,
    #[command(flatten)]
    limits: LimitArgs,
    #[cfg(feature = "nats")]
    #[command(flatten)]
    nodes: nodes::NodeArgs,
    /// Read all messages of a WebSocket message, as some clients send several. Without
    /// this option only the first is read, and the rest is reported.
    #[arg(long)]
    several_messages: bool,
    /// The requests sent to a Thing after it was bound, separated by commas.
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        value_delimiter = ',',
        default_value = "metadata,notify"
    )]
    after_bind: Vec<Ask>,
    /// The path of the WebSocket; requests for other paths are answered with 404.
    #[arg(long, value_name = "PATH", default_value = DEFAULT_PATH)]
    path: String,
    /// Print events and answers as JSON objects, one per line. The first is the event
    /// listening, with the URL. The platform ends when the reader closes the output.
    #[arg(long)]
    json: bool,
    /// Append all output to this file as well.
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Record the first connection to this file as a capture (alwayson-capture/1), and
    /// later ones to files beside it with their number in the name. Keys and passwords
    /// are masked.
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Policy {
    /// The first: the BIND of the second is refused.
    FirstInWins,
    /// The last: the Thing moves to it.
    LastInWins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ask {
    /// Ask for its metadata: `GetMetadata`.
    Metadata,
    /// Tell it to ask for its subscriptions: `NotifyPropertyUpdate`.
    Notify,
    /// Ask for its values and start pushes: `SynchronizeModelState`.
    Synchronize,
    /// Send no requests.
    None,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    crate::open_files::raise_limit();
    // Signals are handled before the first line is printed.
    let signals = Signals::new()?;
    let things = things::from_option(&args.things)?;
    let log_file = LogFile::open(args.log_file.as_deref())?;
    let capture = args.capture.clone();
    let capture = capture
        .map(|file| Capture::to(file, Side::Platform, "--capture", Secrets::Masked))
        .transpose()?;
    let (observer, frames) = frames::observer(capture.as_ref().map(Capture::recorder));
    let options = args.options()?;
    let (platform, reload) = args.listen(things.clone(), options, observer).await?;
    let desk = Desk::new(platform.handle(), things, frames);
    let address = platform.local_addr();
    let url = args.url(platform.local_addr());
    let is_on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    tracing::info!(%address, "listening");
    let ended = if is_on_terminal && !args.json {
        let view = View::new(url, args.takes_any_key());
        screen::run(platform, desk, signals, view, log_file).await
    } else {
        show::line(&if args.json {
            json!({"event": "listening", "time": show::utc(SystemTime::now()), "url": url})
                .to_string()
        } else {
            address.to_string()
        })?;
        // On a terminal, SIGHUP means that the terminal was closed.
        let reload = Some(&reload).filter(|_| !io::stdin().is_terminal());
        lines::run(platform, desk, signals, args.json, log_file, reload).await
    };
    if let Some(capture) = capture {
        capture.finish();
    }
    ended
}

impl Args {
    fn options(&self) -> Result<Options, Failure> {
        let asks = |ask| self.after_bind.contains(&ask);
        if asks(Ask::None) && self.after_bind.len() > 1 {
            let text = "--after-bind: none cannot be combined with other values";
            return Err(Failure::Usage(text.to_owned()));
        }
        let after_bind = AfterBind::default()
            .with_metadata(asks(Ask::Metadata))
            .with_notify(asks(Ask::Notify))
            .with_synchronize(asks(Ask::Synchronize));
        let bind_policy = match self.bind_policy {
            Policy::FirstInWins => BindPolicy::FirstInWins,
            Policy::LastInWins => BindPolicy::LastInWins,
        };
        let options = self.limits.options().map_err(|error| out_of_range(&error))?;
        let options = options.with_path(self.path.clone()).map_err(|error| out_of_range(&error))?;
        let options = options.with_several_messages(self.several_messages);
        Ok(options.with_bind_policy(bind_policy).with_after_bind(after_bind))
    }

    async fn listen(
        &self,
        things: MemoryThings,
        mut options: Options,
        observer: PlatformObserver,
    ) -> Result<(Platform, Reload<'_>), Failure> {
        let addresses = self.addresses().await?;
        let keys = self.keys()?.map(SharedCredentials::new);
        let builder = if let Some(keys) = &keys {
            Platform::builder(keys.clone(), things)
        } else {
            if let Some(address) = addresses.iter().find(|at| !at.ip().is_loopback()) {
                return Err(Failure::Usage(format!(
                    "--listen: {address} can be reached from other machines, and any key would be \
                         accepted: pass --app-key-file or --user-file, or listen on 127.0.0.1"
                )));
            }
            eprintln!(
                "alwayson: accepting any key, on loopback only (see --app-key-file and --user-file)"
            );
            // Otherwise a web page in a browser on this machine could use it.
            options = options.with_local_only(true);
            Platform::builder(AcceptAnyClaims, things)
        };
        let tls = self.tls()?;
        let builder = match &tls {
            Some(tls) => builder.tls(tls.clone()),
            None => builder,
        };
        let builder = builder.options(options).observer(observer);
        #[cfg(feature = "nats")]
        let builder = match self.nodes.connect().await? {
            Some(cluster) => builder.cluster(cluster),
            None => builder,
        };
        let platform = builder.listen(&addresses[..]).await.map_err(|error| {
            let what_to_do = match error.kind() {
                io::ErrorKind::AddrInUse => ": the port is in use; choose another one, or port 0",
                io::ErrorKind::PermissionDenied => ": choose a port above 1023",
                io::ErrorKind::AddrNotAvailable => ": this machine does not have this address",
                _ => "",
            };
            Failure::Failed(format!("cannot listen on {}: {error}{what_to_do}", self.listen))
        })?;
        Ok((platform, Reload::new(self, keys, tls)))
    }

    /// Returns the TLS configuration; `None` without TLS.
    fn tls(&self) -> Result<Option<ServerTls>, Failure> {
        let Some(certificate) = self.tls_cert.as_ref().zip(self.tls_key.as_ref()) else {
            return Ok(None);
        };
        let log = tls::key_log(self.keylog.as_deref())?;
        tls::server(certificate, self.client_ca.as_deref(), log.as_ref()).map(Some)
    }

    /// Returns the URL for edges.
    fn url(&self, address: SocketAddr) -> String {
        let scheme = if self.tls_cert.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{address}{}", self.path)
    }

    fn takes_any_key(&self) -> bool {
        self.app_key_file.is_none() && self.user_file.is_none()
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, Failure> {
        let found = tokio::net::lookup_host(&self.listen).await.map_err(|error| {
            let listen = &self.listen;
            let text = format!("--listen: \"{listen}\" is not an address and port: {error}");
            Failure::Usage(format!("{text}; example: 127.0.0.1:8080"))
        })?;
        Ok(found.collect())
    }

    /// Returns the accepted keys and users; `None` accepts any.
    fn keys(&self) -> Result<Option<KnownCredentials>, Failure> {
        if self.takes_any_key() {
            return Ok(None);
        }
        let mut keys = KnownCredentials::default();
        if let Some(file) = &self.app_key_file {
            let read = keys.with_key_file(file);
            keys = read.map_err(|error| Failure::Usage(format!("--app-key-file: {error}")))?;
        }
        if let Some(file) = &self.user_file {
            let read = keys.with_user_file(file);
            keys = read.map_err(|error| Failure::Usage(format!("--user-file: {error}")))?;
        }
        Ok(Some(keys))
    }
}
