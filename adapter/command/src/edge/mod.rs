//! `edge`: an edge for testing a platform.

mod lines;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use alwayson::OptionError;
use alwayson::edge::{
    ConnectionState, Edge, Options, PropertyUpdate, RequestError, StartError, StateChange, Thing,
    ThingState,
};
use alwayson::frame::{Direction, Frame, Kind, Observer};
use alwayson::message::{DEFAULT_JOINED_MEMORY, MessageLimit};
use alwayson::value::{Table, Value, ValueExt as _};
use alwayson_codec::{Body, Message};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::capture::{Capture, Recorder, Secrets, Side};
use crate::connection::{self, Connection};
use crate::failure::{Failure, examples, in_full, out_of_range};
use crate::show::Days;
use crate::signals::Signals;
use lines::{Writer, queue};

/// Run an edge: it connects to a platform, binds Things, and answers requests for them.
///
/// Every Thing has the services and properties given as options. A service returns its
/// parameters: one as its result, several as a table, none as nothing. Other services
/// are NOT_FOUND. Properties can be read and written. The edge prints a line for each
/// state of the connection and of the Things, and for each request of the platform. It
/// reconnects until Ctrl-C, SIGTERM or SIGHUP, or until the platform refuses the key
/// (exit code 1). Signals within 100 ms count as one; a second signal ends it at once
/// without unbinding.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  alwayson edge --url ws://127.0.0.1:8080 --thing Pump --property Pressure=2.5 \\\n      \
         --service Restart\n  \
     APP_KEY=... alwayson edge --url wss://platform.example --app-key-env APP_KEY \\\n      \
         --thing Pump --thing '*serial-0815' --gateway Plant:EMSGateway --push-every 1000",
))]
pub(crate) struct Args {
    #[command(flatten)]
    connection: connection::Args,
    /// A Thing to bind: its name, or * and its identifier. Can be repeated.
    #[arg(long = "thing", value_name = "NAME", required = true)]
    things: Vec<String>,
    /// A property of every Thing and its value: true, false, a number, JSON, or else
    /// text. Can be repeated.
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = property)]
    properties: Vec<(String, String)>,
    /// A service of every Thing, which returns its parameters. Can be repeated.
    #[arg(long = "service", value_name = "NAME")]
    services: Vec<String>,
    /// Push the values of all properties at this interval, in milliseconds.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    push_every: Option<u64>,
    /// Bind the Things behind a gateway of this name and type.
    #[arg(long, value_name = "NAME:TYPE", value_parser = gateway)]
    gateway: Option<(String, String)>,
    /// The longest message, received or sent, in bytes: from 65536 to 67108864.
    #[arg(long, value_name = "BYTES", default_value_t)]
    message_limit: MessageLimit,
    /// The memory for received chunks of unfinished messages, in bytes; at least the
    /// message limit.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_JOINED_MEMORY)]
    joined_memory: usize,
    /// Read all messages of a WebSocket message, as some platforms send several. Without
    /// this option only the first is read, and the rest is reported.
    #[arg(long)]
    several_messages: bool,
    /// Show every frame, not only requests of the platform.
    #[arg(long)]
    trace: bool,
    /// Record the first connection to this file as a capture (alwayson-capture/1), and
    /// later ones to files beside it with their number in the name. Secrets are masked.
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
}

fn property(text: &str) -> Result<(String, String), String> {
    split(text, '=').ok_or_else(|| "expected NAME=VALUE".to_owned())
}

fn gateway(text: &str) -> Result<(String, String), String> {
    let parts = split(text, ':').filter(|(_, gateway_type)| !gateway_type.is_empty());
    parts.ok_or_else(|| "expected NAME:TYPE".to_owned())
}

fn split(text: &str, separator: char) -> Option<(String, String)> {
    let (name, rest) = text.split_once(separator).filter(|(name, _)| !name.is_empty())?;
    Some((name.to_owned(), rest.to_owned()))
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let capture = args.capture.clone();
    let capture = capture
        .map(|file| Capture::to(file, Side::Edge, "--capture", Secrets::Masked))
        .transpose()?;
    let ended = live(&args, capture.as_ref().map(Capture::recorder)).await;
    if let Some(capture) = capture {
        capture.finish();
    }
    ended
}

impl Args {
    fn options(&self, connection: &Connection) -> Result<Options, OptionError> {
        connection
            .edge_options
            .clone()
            .with_message_limit(self.message_limit)
            .with_several_messages(self.several_messages)
            .with_joined_memory(self.joined_memory)
    }
}

/// Runs the edge until it ends.
async fn live(args: &Args, recorder: Option<Recorder>) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let (writer, mut lines) = queue();
    let mut days = Days::default();
    let connection = args.connection.check()?;
    let options = args.options(&connection).map_err(|error| out_of_range(&error))?;
    let mut builder = connection.edge().options(options);
    let connections = Arc::new(AtomicU64::new(0));
    let is_all = args.trace;
    builder =
        builder.observer(observer(writer.clone(), is_all, recorder, Arc::clone(&connections)));
    builder = builder.on_change(move |change| {
        // There is a WebSocket, but nothing was sent over it yet.
        if *change == StateChange::Connection(ConnectionState::Authenticating) {
            connections.fetch_add(1, Ordering::Relaxed);
        }
        writer.state(change);
    });
    for name in &args.things {
        builder = builder.thing(thing(name, args));
    }
    if let Some((name, gateway_type)) = &args.gateway {
        builder = builder.gateway(name, gateway_type);
    }
    let edge = builder.start().map_err(|error| match error {
        StartError::Option(error) => out_of_range(&error),
        error => Failure::Usage(in_full(&error)),
    })?;
    let mut pushes = args.push_every.map(|every| ticks(Duration::from_millis(every)));
    loop {
        tokio::select! {
            line = lines.next() => {
                line.show(&mut days)?;
                if let Some(reason) = line.end {
                    return Err(Failure::Failed(format!("the edge has ended: {reason}")));
                }
            }
            () = tick(&mut pushes) => push(&edge, args),
            () = signals.next() => break,
        }
    }
    tokio::spawn(async move { edge.leave().await });
    loop {
        tokio::select! {
            biased;
            // The end is the last line.
            line = lines.next() => {
                line.show(&mut days)?;
                if line.end.is_some() {
                    return Ok(());
                }
            }
            () = signals.next() => {
                let text = "stopped at once, without unbinding";
                return Err(Failure::Failed(text.to_owned()));
            }
        }
    }
}

/// Returns a Thing with the properties and services of the options.
fn thing(name: &str, args: &Args) -> Thing {
    let thing = match name.strip_prefix('*') {
        Some(identifier) => Thing::new(identifier).identifier(identifier),
        None => Thing::new(name),
    };
    let property = |thing: Thing, (name, text): &(String, String)| {
        thing.property(name, Value::from_typed(text))
    };
    let service =
        |thing: Thing, name: &String| thing.service(name, |params| async move { Ok(echo(params)) });
    args.services.iter().fold(args.properties.iter().fold(thing, property), service)
}

/// Returns the result of a service that returns its parameters: the value of one, in the
/// field `result`, or the table of several.
fn echo(params: Table) -> Value {
    match &params.fields[..] {
        [] => Value::Nothing,
        [_] => params.row(0).and_then(|row| row.cells.first()).cloned().unwrap_or_default(),
        _ => params.into(),
    }
}

/// Returns an observer that shows the requests of the platform, or all frames, and feeds the
/// recorder, if any.
fn observer(
    writer: Writer,
    is_all: bool,
    recorder: Option<Recorder>,
    connections: Arc<AtomicU64>,
) -> Observer {
    Arc::new(move |frame| {
        if let Some(recorder) = &recorder {
            recorder.frame(connections.load(Ordering::Relaxed), frame);
        }
        if is_all || is_request(frame) {
            let kind = if is_all { "frame" } else { "request" };
            let arrow = match frame.direction {
                Direction::Received => "<-",
                Direction::Sent => "->",
            };
            writer.frame(format!("{kind:<8} {arrow} {frame}"));
        }
    })
}

fn is_request(frame: &Frame<'_>) -> bool {
    let (Direction::Received, Kind::Message(bytes)) = (frame.direction, frame.kind) else {
        return false;
    };
    match Message::decode(bytes) {
        Ok((message, _)) => matches!(message.body, Body::Request(_)),
        // Show what is not a message.
        Err(_) => true,
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

async fn tick(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// Pushes the current values of all Things, with a task for each, so that none waits for
/// the platform's answer to another.
fn push(edge: &Edge, args: &Args) {
    let bound = edge.state().borrow().things.clone();
    for name in args.things.iter().filter(|name| bound.get(*name).is_some_and(ThingState::is_bound))
    {
        let values = args.properties.iter().filter_map(|(property, _)| {
            Some(PropertyUpdate { time: SystemTime::now(), ..edge.stored(name, property)? })
        });
        let updates = values.collect::<Vec<_>>();
        let edge = edge.clone();
        let name = name.clone();
        tokio::spawn(async move {
            match edge.try_push_properties(&name, updates).await {
                Ok(()) => {}
                // The state is shown anyway.
                Err(
                    error @ (RequestError::NotConnected
                    | RequestError::NotAuthenticated
                    | RequestError::NotSynchronized),
                ) => tracing::debug!(thing = name, %error, "not pushed"),
                Err(error) => tracing::warn!(thing = name, %error, "a push failed"),
            }
        });
    }
}
