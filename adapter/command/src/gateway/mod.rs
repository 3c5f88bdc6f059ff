//! `gateway`: applications in any language, by HTTP on this machine.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `mod.rs` | the options, and how it starts and ends |
//! | `settings.rs` | the configuration, with the options above it |
//! | `check.rs` | what it means, setting by setting: `--check` |
//! | `lines.rs` | what happens, a line each |

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
/// machine, and share one connection to the platform. The platform's requests go to
/// them by HTTP, theirs go to the platform.
///
/// It reads the config.json of an EMS; options stand above it. The file is never
/// written. The first line of the standard output is the address that it listens at,
/// alone; with --json each line is an object. Then comes a line for each event. A page
/// at that address shows what it does, and /metrics is for Prometheus.
///
/// It ends with Ctrl-C, SIGTERM or SIGHUP: what is under way is answered, the Things
/// are unbound, the connection is closed. Another signal ends it at once. It tells
/// systemd when it is ready.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  With the configuration of an EMS:\n    \
       alwayson gateway --config /etc/alwayson/config.json --check\n    \
       alwayson gateway --config /etc/alwayson/config.json --state /var/lib/alwayson/state.json \\\n      \
         --store /var/lib/alwayson/store\n  \
     With options alone:\n    \
       alwayson platform &\n    \
       alwayson gateway --url ws://127.0.0.1:8080 --listen 127.0.0.1:8000\n  \
     An application, here curl, registers a Thing that listens at port 9001, and writes:\n    \
       curl -X POST -H 'Content-Type: application/json' -d '{\"name\":\"Pump\",\"port\":9001}' \\\n      \
         http://127.0.0.1:8000/Thingworx/Things/LocalEms/Services/AddEdgeThing\n    \
       curl -X PUT -H 'Content-Type: application/json' -d '{\"Pressure\":2.5}' \\\n      \
         http://127.0.0.1:8000/Thingworx/Things/Pump/Properties/Pressure",
))]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Args {
    /// The configuration: a config.json as an EMS has it.
    #[arg(long, value_name = "FILE", required_unless_present = "url")]
    config: Option<PathBuf>,
    /// The platform, instead of `ws_servers`: ws:// or wss://, host, port, and path where
    /// it is not /Thingworx/WS.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The variable of the environment that has the application key, instead of appKey.
    #[arg(long, value_name = "VAR", conflicts_with = "app_key_file")]
    app_key_env: Option<String>,
    /// The file that has the application key, instead of appKey: its first line that is
    /// not empty and does not begin with #.
    #[arg(long, value_name = "FILE")]
    app_key_file: Option<PathBuf>,
    /// The address and port to listen at, instead of `http_server`; port 0 for any that
    /// is free.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The directory that keeps writes, pushes and events while there is no connection,
    /// instead of `offline_msg_store`.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The file that keeps registrations with `persist` over a restart. Passwords of
    /// applications are in it: nobody else can read it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Listen at an address that other machines reach without HTTPS and a password:
    /// whoever reaches it has the rights of the application key.
    #[arg(long)]
    insecure_listen_anywhere: bool,
    /// Show what the configuration means, setting by setting, and what is not done and
    /// why; start nothing.
    #[arg(long)]
    check: bool,
    /// Write each line as a JSON object.
    #[arg(long)]
    json: bool,
    /// Show each request, of the platform and of applications, and each frame.
    #[arg(long)]
    trace: bool,
}

impl Args {
    /// The level of the log that the configuration asks for.
    pub(crate) fn log_level(&self) -> Option<String> {
        settings::log_level(self.config.as_deref()?)
    }
}

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
                return Err(Failure::Failed(format!("it is over: {reason}")));
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
                let text = "stopped at once: the platform was not told";
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

fn options(args: &Args, settings: &Settings, writer: &Writer) -> Result<Options, Failure> {
    let events = writer.clone();
    let mut options = Options::new().on_event(move |event| events.event(event));
    if let Some(url) = &args.url {
        options = options.url(url);
    }
    if let Some(key) = settings.key(args)? {
        options = options.key(key);
    }
    if let Some(file) = &args.state {
        options = options.state_file(file);
    }
    if args.insecure_listen_anywhere {
        options = options.insecure_listen_anywhere();
    }
    if args.trace {
        let frames = writer.clone();
        let observer: Observer = Arc::new(move |frame| frames.frame(frame));
        options = options.trace().observer(observer);
    }
    Ok(options)
}

/// What is wrong before it runs is wrong use, but for an address that is taken.
fn failure(error: &StartError) -> Failure {
    match error {
        StartError::Listen(ListenError::Bind { .. }) | StartError::Store(StoreError::InUse) => {
            Failure::Failed(in_full(error))
        }
        error => Failure::Usage(in_full(error)),
    }
}

/// The first line: where it listens.
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

/// Tells systemd, if it has started this.
fn notify(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd cannot be told");
    }
}
