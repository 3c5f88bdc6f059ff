//! `platform`: a platform that listens, tells what happens, and takes commands.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod.rs` | the options, and how it starts and ends |
//! | `things.rs` | the file of Things |
//! | `desk.rs` | all that happens, in one place |
//! | `frames.rs` | the frames that are shown while they are traced |
//! | `reload.rs` | what SIGHUP has read anew |
//! | `report.rs` | what happened, as a line or as JSON |
//! | `command.rs`, `answer.rs` | the commands, and what they answer |
//! | `help.rs` | what `help` answers |
//! | `summary.rs` | the Things in short |
//! | `typed.rs` | values that somebody has typed |
//! | `table.rs` | answers as tables |
//! | `complete.rs` | what Tab makes of a command |
//! | `lines.rs` | commands and what happens as lines |
//! | `log_file.rs` | all that is told in a file |
//! | `screen.rs`, `view.rs` | the same on a terminal |

mod answer;
mod command;
mod complete;
mod desk;
mod frames;
mod help;
mod lines;
mod log_file;
mod reload;
mod report;
mod screen;
mod summary;
mod table;
mod things;
mod typed;
mod view;

use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use alwayson::OptionError;
use alwayson::frame::PlatformObserver;
use alwayson::message::{DEFAULT_JOINED_MEMORY, MessageLimit};
use alwayson::platform::{
    AcceptAnyClaims, AfterBind, KnownCredentials, MemoryThings, Options, Platform,
    SharedCredentials,
};
use alwayson::transport::{DEFAULT_PATH, Limits, ServerTls};
use alwayson_codec::connection::registry::BindPolicy;
use alwayson_codec::limits::{
    DEFAULT_AUTH_TIMEOUT_MS, DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
};
use clap::ValueEnum;
use serde_json::json;

use crate::capture::{Capture, Side};
use crate::failure::{Failure, examples, in_full, out_of_range};
use crate::show;
use crate::signals::Signals;
use desk::Desk;
use log_file::LogFile;
use reload::Reload;
use view::View;

/// Run a platform: devices and edges connect to it, bind their Things, and are read,
/// written and called from here.
///
/// The first line of the standard output is the address that it listens at, alone;
/// with port 0 that is how you learn the port. With --json each line is an object,
/// and the first one has the URL. Then comes a line for each event, and for each
/// answer to a command. Commands come from the standard input, a line each; on a
/// terminal they are typed below a table of the Things.
///
/// Commands:
///   things                              the Things, and which are connected
///   read THING PROPERTY                 read a property from its edge; * for all
///   write THING PROPERTY VALUE          write a property on its edge
///   call THING SERVICE [NAME=VALUE...]  call a service of its edge
///   trace on|off                        show each frame, or not
///   help                                the commands, with examples
///   quit                                shut down
///
/// Words are quoted as in a shell. A value is of the type that the edge has said in
/// its metadata, else true, false, a number, JSON or text, as it looks:
/// write Pump Label '"5"' writes the text 5. TYPE:VALUE says another type:
/// DATETIME:2026-05-01T12:00:00Z, LOCATION:8.68,50.11,112, BLOB:@FILE or Base64,
/// INFOTABLE:{"rows": [...]} as platforms have it in JSON.
///
/// It ends with quit, Ctrl-C or SIGTERM: what is in flight is answered, then the
/// connections are closed; a second signal ends it at once. The end of the standard
/// input does not end it, so it can be a service with /dev/null as its input. SIGHUP
/// has it read keys, users, certificate and client CA anew, for connections that come
/// then; where its input is a terminal, which was closed, SIGHUP ends it.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = examples(
    "  alwayson platform\n  \
     alwayson platform --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem \\\n      \
         --app-key-file keys.txt --things things.txt\n  \
     alwayson platform --listen 127.0.0.1:0 --json < commands.txt | jq .event",
))]
pub(crate) struct Args {
    /// The address and port to listen at; port 0 for any that is free.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The certificate with its chain, PEM: edges connect by TLS, wss://.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Take only edges whose certificate one of those in this PEM file has signed.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    client_ca: Option<PathBuf>,
    /// The application keys that are accepted: one a line; empty lines and lines
    /// that begin with # are left out. Without this and --user-file any claims are
    /// accepted, it listens at nothing but loopback, and pages of the web are refused.
    #[arg(long, value_name = "FILE")]
    app_key_file: Option<PathBuf>,
    /// The users that are accepted: one a line, USER:PASSWORD.
    #[arg(long, value_name = "FILE")]
    user_file: Option<PathBuf>,
    /// Who keeps a Thing that two connections bind.
    #[arg(long, value_name = "POLICY", value_enum, default_value = "first-in-wins")]
    bind_policy: Policy,
    /// The Things that there are: any, made when they are first used, or a file
    /// with one a line: NAME, or NAME *IDENTIFIER for one that is bound by its
    /// identifier, or gateway-type TYPE for a type of gateways that are made when
    /// they are bound. Empty lines and lines that begin with # are left out.
    #[arg(long, value_name = "any|FILE", default_value = "any")]
    things: String,
    /// The time for an edge to authenticate, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_AUTH_TIMEOUT_MS,
        value_parser = clap::value_parser!(u32).range(1..))]
    auth_timeout_ms: u32,
    /// The time for an edge to answer a request, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
        value_parser = clap::value_parser!(u32).range(1..))]
    request_timeout_ms: u32,
    /// The time after which a connection is cut on which nothing came, in
    /// milliseconds.
    #[arg(long, value_name = "MS", default_value_t = DEFAULT_IDLE_TIMEOUT_MS,
        value_parser = clap::value_parser!(u32).range(1..))]
    idle_timeout_ms: u32,
    /// The longest message of an edge or to one, in bytes: from 65536 to 67108864.
    #[arg(long, value_name = "BYTES", default_value_t)]
    message_limit: MessageLimit,
    /// The memory for what has come of the unfinished long messages of all edges, in
    /// bytes; no less than the message limit.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_JOINED_MEMORY)]
    joined_memory: usize,
    /// Read several messages that come in one WebSocket message, as some clients send
    /// them. Without it the first is read, and what follows is told.
    #[arg(long)]
    several_messages: bool,
    /// The longest frame of an edge, in bytes; no less than the chunk size, 8192.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().frame())]
    frame_limit: usize,
    /// Ping an edge from which nothing came for so many milliseconds: its pong keeps the
    /// connection. Less than --idle-timeout-ms. Without it, edges have to ping.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    ping_ms: Option<u64>,
    /// What is asked of a Thing after it was bound, with commas between.
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        value_delimiter = ',',
        default_value = "metadata,notify"
    )]
    after_bind: Vec<Ask>,
    /// The path of the WebSocket; any other is 404.
    #[arg(long, value_name = "PATH", default_value = DEFAULT_PATH)]
    path: String,
    /// One JSON object a line, for events and answers; the first one is of the event
    /// listening, and has the URL. It ends when nobody reads them any more.
    #[arg(long)]
    json: bool,
    /// Add all that is told to this file as well.
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Record the first connection into this file as a capture, alwayson-capture/1,
    /// and the next ones beside it, with their number in the name. Keys and passwords
    /// are written over.
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Policy {
    /// The one that has bound it: the other is refused.
    FirstInWins,
    /// The one that binds it last: the other loses it.
    LastInWins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ask {
    /// What it is: `GetMetadata`.
    Metadata,
    /// To ask what it is to push: `NotifyPropertyUpdate`.
    Notify,
    /// Its values, and to push from now on: `SynchronizeModelState`.
    Synchronize,
    /// Nothing.
    None,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    crate::open_files::raise_limit();
    // From the first line on a signal finds somebody who hears it.
    let signals = Signals::new()?;
    let things = things::from_option(&args.things)?;
    let log_file = LogFile::open(args.log_file.as_deref())?;
    let capture = args.capture.clone().map(|file| Capture::to(file, Side::Platform)).transpose()?;
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
        // A terminal that is closed says so by the same signal.
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
            let text = "--after-bind: none stands for itself, nothing beside it";
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
        let options = self.times_and_sizes().map_err(|error| out_of_range(&error))?;
        options.check().map_err(|error| out_of_range(&error))?;
        Ok(options.with_bind_policy(bind_policy).with_after_bind(after_bind))
    }

    fn times_and_sizes(&self) -> Result<Options, OptionError> {
        let ms = |ms: u32| Duration::from_millis(ms.into());
        let options = Options::default()
            .with_path(self.path.clone())?
            .with_auth_timeout(ms(self.auth_timeout_ms))?
            .with_request_timeout(ms(self.request_timeout_ms))?
            .with_idle_timeout(ms(self.idle_timeout_ms))?
            .with_several_messages(self.several_messages)
            .with_message_limit(self.message_limit)
            .with_joined_memory(self.joined_memory)?
            .with_frame_limit(self.frame_limit)?;
        match self.ping_ms {
            Some(ping_ms) => options.with_ping_interval(Duration::from_millis(ping_ms)),
            None => Ok(options),
        }
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
                    "--listen: {address} can be reached from elsewhere, and any key would be \
                         accepted: name the keys by --app-key-file, the users by --user-file, or \
                         listen at 127.0.0.1"
                )));
            }
            eprintln!(
                "alwayson: any key is accepted, on loopback alone: --app-key-file and \
                     --user-file name those that are"
            );
            // Else a page of the web that a browser of this machine shows could use it.
            options = options.with_local_only(true);
            Platform::builder(AcceptAnyClaims, things)
        };
        let tls = self.tls()?;
        let builder = match &tls {
            Some(tls) => builder.tls(tls.clone()),
            None => builder,
        };
        let builder = builder.options(options).observer(observer);
        let platform = builder.listen(&addresses[..]).await.map_err(|error| {
            let what_to_do = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    ": another program listens there; choose another port, or port 0"
                }
                io::ErrorKind::PermissionDenied => ": choose a port above 1023",
                io::ErrorKind::AddrNotAvailable => ": this machine has no such address",
                _ => "",
            };
            Failure::Failed(format!("cannot listen at {}: {error}{what_to_do}", self.listen))
        })?;
        Ok((platform, Reload::new(self, keys, tls)))
    }

    /// What is shown to edges, and wanted of them; none: it talks without TLS.
    fn tls(&self) -> Result<Option<ServerTls>, Failure> {
        let Some((certificate, key)) = self.tls_cert.as_ref().zip(self.tls_key.as_ref()) else {
            return Ok(None);
        };
        let tls = match &self.client_ca {
            Some(client_ca) => ServerTls::from_files_with_client_ca(certificate, key, client_ca),
            None => ServerTls::from_files(certificate, key),
        };
        tls.map(Some).map_err(|error| Failure::Usage(in_full(&error)))
    }

    /// Where edges connect that reach this address.
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
            let text = format!("--listen: \"{listen}\" is no address and port: {error}");
            Failure::Usage(format!("{text}; one is for example 127.0.0.1:8080"))
        })?;
        Ok(found.collect())
    }

    /// The keys and users that are accepted; none: any.
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
