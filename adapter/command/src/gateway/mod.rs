//! `gateway`: connects applications in any language, by local HTTP.
//!
//! | file | contents |
//! | --- | --- |
//! | `mod.rs` | the options, and how it starts and ends |
//! | `settings.rs` | the configuration, and the options that override it |
//! | `check.rs` | `--check`: prints the settings |
//! | `lines.rs` | the output: one line for each event |

mod check;
mod lines;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use alwayson::edge::store::StoreError;
use alwayson::frame::Observer;
use alwayson_gateway::config::NoteKind;
use alwayson_gateway::{Gateway, ListenError, Options, StartError};
use serde_json::json;

use crate::failure::{Failure, examples, in_full};
use crate::show::{self, Days};
use crate::signals::Signals;
use lines::{Writer, queue};
use settings::Settings;

/// Run a gateway: applications in any language register their Things by HTTP on this
/// machine and share one connection to the platform. The gateway forwards requests of
/// the platform to the applications, and requests of the applications to the platform.
///
/// The configuration is the config.json of an EMS, which is never written. Options
/// override its settings. The first line of the standard output is the address at
/// which the gateway listens. A line for each event follows; with --json, each line is
/// an object. At that address, / is a status page and /metrics is for Prometheus.
///
/// Ctrl-C, SIGTERM and SIGHUP end the gateway: it answers the requests in flight,
/// unbinds the Things and closes the connection. A second signal ends it at once. The
/// gateway notifies systemd when it is ready.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  With the configuration of an EMS:\n    \
       alwayson gateway --config /etc/alwayson/config.json --check\n    \
       alwayson gateway --config /etc/alwayson/config.json --state /var/lib/alwayson/state.json \\\n      \
         --store /var/lib/alwayson/store\n  \
     With options alone:\n    \
       alwayson platform &\n    \
       alwayson gateway --url ws://127.0.0.1:8080 --listen 127.0.0.1:8000\n  \
     Register a Thing whose application listens at port 9001, and write a property:\n    \
       curl -X POST -H 'Content-Type: application/json' -d '{\"name\":\"Pump\",\"port\":9001}' \\\n      \
         http://127.0.0.1:8000/Thingworx/Things/LocalEms/Services/AddEdgeThing\n    \
       curl -X PUT -H 'Content-Type: application/json' -d '{\"Pressure\":2.5}' \\\n      \
         http://127.0.0.1:8000/Thingworx/Things/Pump/Properties/Pressure",
))]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate option")]
pub(crate) struct Args {
    /// The configuration: the config.json of an EMS.
    #[arg(long, value_name = "FILE", required_unless_present = "url")]
    config: Option<PathBuf>,
    /// The URL of the platform, instead of `ws_servers`: ws:// or wss://, host, port, and
    /// the path if it is not /Thingworx/WS.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The environment variable that holds the application key, instead of `appKey`.
    #[arg(long, value_name = "VAR", conflicts_with = "app_key_file")]
    app_key_env: Option<String>,
    /// The file that holds the application key, instead of `appKey`: the first line that is
    /// not empty and does not begin with #.
    #[arg(long, value_name = "FILE")]
    app_key_file: Option<PathBuf>,
    /// The address and port to listen at, instead of `http_server`. Port 0 selects a free
    /// port.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The directory that stores writes, pushes and events while there is no connection,
    /// instead of `offline_msg_store`.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The file that keeps registrations with `persist` over a restart. It contains
    /// passwords of applications, so other users cannot read it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Listen at an address that other machines can reach, even without HTTPS and a
    /// password. Everybody who can reach it has the rights of the application key.
    #[arg(long)]
    insecure_listen_anywhere: bool,
    /// Print each setting with its value and origin, and the settings that are not
    /// supported and why, and exit.
    #[arg(long)]
    check: bool,
    /// Print each line as a JSON object.
    #[arg(long)]
    json: bool,
    /// Print each request of the platform and of applications, and each frame.
    #[arg(long)]
    trace: bool,
}

impl Args {
    /// Returns the log level of the configuration, if it has one.
    pub(crate) fn log_level(&self) -> Option<String> {
        settings::log_level(self.config.as_deref()?)
    }
}

/// Runs the subcommand.
///
/// # Errors
/// Returns an error if the gateway does not start, or if its connection has ended for good.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let settings = Settings::read(&args)?;
    let (writer, mut lines) = queue();
    let options = options(&args, &settings, &writer)?;
    Gateway::check(&settings.config, &options).map_err(|error| failure(&error))?;
    if args.check {
        return check::show(&settings, args.json);
    }
    for note in &settings.notes {
        let level = if note.kind == NoteKind::Weakens { "less safe" } else { "configuration" };
        tracing::warn!("{level}: {}: {note}", settings.file);
    }
    let mut signals = Signals::new()?;
    let gateway =
        Gateway::start(settings.config, options).await.map_err(|error| failure(&error))?;
    listening(&gateway, args.json)?;
    notify(&[sd_notify::NotifyState::Ready]);
    let mut days = Days::default();
    loop {
        tokio::select! {
            line = lines.next() => line.show(&mut days, args.json)?,
            reason = gateway.wait_ended() => {
                return Err(Failure::Failed(format!("the connection to the platform has ended: {reason}")));
            }
            () = signals.next() => break,
        }
    }
    notify(&[sd_notify::NotifyState::Stopping]);
    let ending = gateway.shut_down();
    tokio::pin!(ending);
    loop {
        tokio::select! {
            biased;
            line = lines.next() => line.show(&mut days, args.json)?,
            () = signals.next() => {
                let text = "stopped at once, without unbinding";
                return Err(Failure::Failed(text.to_owned()));
            }
            () = &mut ending => break,
        }
    }
    while let Some(line) = lines.rest() {
        line.show(&mut days, args.json)?;
    }
    Ok(())
}

/// Returns the options of the gateway that the options of the command make.
fn options(args: &Args, settings: &Settings, writer: &Writer) -> Result<Options, Failure> {
    let events = writer.clone();
    let mut options = Options::new().on_event(move |event| events.event(event));
    if let Some(url) = &args.url {
        options = options.with_url(url);
    }
    if let Some(key) = settings.key(args)? {
        options = options.with_key(key);
    }
    if let Some(file) = &args.state {
        options = options.with_state_file(file);
    }
    if args.insecure_listen_anywhere {
        options = options.with_insecure_listen_anywhere(true);
    }
    if args.trace {
        let frames = writer.clone();
        let observer: Observer = Arc::new(move |frame| frames.frame(frame));
        options = options.with_trace(true).with_observer(observer);
    }
    Ok(options)
}

/// Returns the failure for an error at the start. It is an error of usage, except if the
/// address or the store is in use.
fn failure(error: &StartError) -> Failure {
    match error {
        StartError::Listen(ListenError::Bind { .. }) | StartError::Store(StoreError::InUse) => {
            Failure::Failed(in_full(error))
        }
        error => Failure::Usage(in_full(error)),
    }
}

/// Prints the first line: the address at which the gateway listens.
fn listening(gateway: &Gateway, is_json: bool) -> Result<(), Failure> {
    let addresses = gateway.addresses();
    let Some(first) = addresses.first() else { return Ok(()) };
    if is_json {
        let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let line = json!({ "event": "listening", "address": first.to_string(), "all": all });
        show::line(&line.to_string())?;
    } else {
        show::line(&first.to_string())?;
    }
    Ok(())
}

/// Notifies systemd, if systemd has started this process.
fn notify(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd cannot be notified");
    }
}
