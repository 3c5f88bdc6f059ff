//! `edge`: an edge to try a platform with.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use alwayson::edge::{
    ConnectionState, Edge, EdgeLimits, EdgeState, PropertyUpdate, Thing, ThingState,
};
use alwayson::frame::{Direction, Frame, Kind, Observer};
use alwayson::message::MessageLimit;
use alwayson::value::{Table, Value};
use alwayson_codec::{Body, Message};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::connection;
use crate::failure::{Failure, examples, in_full};
use crate::show;
use crate::signals::Signals;

/// How many lines wait to be shown; more are lost.
const LINES: usize = 4_096;

/// Run an edge: it connects to a platform, binds Things, and answers for them.
///
/// Every service that the platform calls answers with its parameters: one as its
/// result, several as a table, none with nothing. Properties are kept, read and written; those of the options are given to every Thing. A
/// line is shown for each state of the connection and of the Things, and for each
/// request of the platform. When the connection ends it connects again, until
/// Ctrl-C, SIGTERM or SIGHUP, or until the platform refuses the key, which is exit
/// code 1.
#[derive(Debug, clap::Args)]
#[command(after_help = examples(
    "  alwayson edge --url ws://127.0.0.1:8080 --thing Pump --property Pressure=2.5\n  \
     APP_KEY=... alwayson edge --url wss://platform.example --app-key-env APP_KEY \\\n      \
         --thing Pump --thing '*serial-0815' --gateway Plant:EMSGateway --push-every 1000",
))]
pub(crate) struct Args {
    #[command(flatten)]
    connection: connection::Args,
    /// A Thing to bind, by its name, or by its identifier with a * before it. Can be
    /// given more than once.
    #[arg(long = "thing", value_name = "NAME", required = true)]
    things: Vec<String>,
    /// A property of every Thing, and its value: true, false, a number, JSON or text,
    /// as it looks. Can be given more than once.
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = property)]
    properties: Vec<(String, String)>,
    /// Push the values of all properties again and again, with so many milliseconds
    /// between.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    push_every: Option<u64>,
    /// Stand before the Things as a gateway of this name and type.
    #[arg(long, value_name = "NAME:TYPE", value_parser = gateway)]
    gateway: Option<(String, String)>,
    /// The longest message of the platform or to it, in bytes: from 65536 to 67108864.
    #[arg(long, value_name = "BYTES", default_value_t)]
    message_limit: MessageLimit,
    /// Show every frame, not the requests of the platform alone.
    #[arg(long)]
    trace: bool,
}

fn property(text: &str) -> Result<(String, String), String> {
    split(text, '=').ok_or_else(|| "a property is NAME=VALUE".to_owned())
}

fn gateway(text: &str) -> Result<(String, String), String> {
    let parts = split(text, ':').filter(|(_, gateway_type)| !gateway_type.is_empty());
    parts.ok_or_else(|| "a gateway is NAME:TYPE".to_owned())
}

fn split(text: &str, separator: char) -> Option<(String, String)> {
    let (name, rest) = text.split_once(separator).filter(|(name, _)| !name.is_empty())?;
    Some((name.to_owned(), rest.to_owned()))
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let (observer, mut lines) = observer(args.trace);
    let limits = EdgeLimits { message: args.message_limit, ..EdgeLimits::default() };
    let mut builder = args.connection.check()?.edge().observer(observer).limits(limits);
    for name in &args.things {
        builder = builder.thing(thing(name, &args.properties));
    }
    if let Some((name, gateway_type)) = &args.gateway {
        builder = builder.gateway(name, gateway_type);
    }
    let edge = builder.start().map_err(|error| Failure::Usage(in_full(&error)))?;
    let mut state = edge.state();
    let mut shown = State::default();
    let mut pushes = args.push_every.map(|every| ticks(Duration::from_millis(every)));
    loop {
        let now = state.borrow_and_update().clone();
        // What has led to it comes before it.
        for (time, text) in std::iter::from_fn(|| lines.try_recv().ok()).take(LINES) {
            line(time, &text)?;
        }
        shown.show(&now)?;
        if let ConnectionState::Ended { reason } = &now.connection {
            return Err(Failure::Failed(format!("it is over: {reason}")));
        }
        tokio::select! {
            // The edge has the sender as long as it is there.
            changed = state.changed() => if changed.is_err() { return Ok(()) },
            Some((time, text)) = lines.recv() => line(time, &text)?,
            () = tick(&mut pushes) => push(&edge, &args),
            () = signals.next() => break,
        }
    }
    let leaving = edge.leave();
    tokio::pin!(leaving);
    loop {
        tokio::select! {
            biased;
            Some((time, text)) = lines.recv() => line(time, &text)?,
            () = &mut leaving => break,
            () = signals.next() => {
                let text = "stopped at once: the platform was not told";
                return Err(Failure::Failed(text.to_owned()));
            }
        }
    }
    shown.show(&state.borrow_and_update())?;
    Ok(())
}

/// A Thing that answers every service with its parameters.
fn thing(name: &str, properties: &[(String, String)]) -> Thing {
    let thing = match name.strip_prefix('*') {
        Some(identifier) => Thing::new(identifier).identifier(identifier),
        None => Thing::new(name),
    };
    let thing = thing.any_service(|_, params| async move { Ok(echo(params)) });
    let with = |thing: Thing, (name, text): &(String, String)| {
        thing.property(name, Value::from_typed(text))
    };
    properties.iter().fold(thing, with)
}

/// The result of a service that answers with its parameters: of one its value, which
/// goes under `result`, of several their table.
fn echo(params: Table) -> Value {
    match &params.fields[..] {
        [] => Value::Nothing,
        [_] => params.row(0).and_then(|row| row.cells.first()).cloned().unwrap_or_default(),
        _ => params.into(),
    }
}

/// Sees the requests of the platform, or all frames.
fn observer(is_all: bool) -> (Observer, mpsc::Receiver<(SystemTime, String)>) {
    let (sender, lines) = mpsc::channel(LINES);
    let observer: Observer = Arc::new(move |frame| {
        if is_all || is_request(frame) {
            let kind = if is_all { "frame" } else { "request" };
            let arrow = match frame.direction {
                Direction::Received => "<-",
                Direction::Sent => "->",
            };
            // A line too many is lost: the connection does not wait for a terminal.
            let _ = sender.try_send((SystemTime::now(), format!("{kind:<8} {arrow} {frame}")));
        }
    });
    (observer, lines)
}

fn is_request(frame: &Frame<'_>) -> bool {
    let (Direction::Received, Kind::Message(bytes)) = (frame.direction, frame.kind) else {
        return false;
    };
    match Message::decode(bytes) {
        Ok((message, _)) => matches!(message.body, Body::Request(_)),
        // What is no message should be seen.
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

/// Pushes what the Things have now: a task each, so that nobody waits for the
/// platform's answer.
fn push(edge: &Edge, args: &Args) {
    let bound = edge.state().borrow().things.clone();
    for name in args.things.iter().filter(|name| bound.get(*name).is_some_and(ThingState::is_bound))
    {
        let values = args.properties.iter().filter_map(|(property, _)| {
            Some(PropertyUpdate { time: SystemTime::now(), ..edge.stored(name, property)? })
        });
        let (updates, edge, name) = (values.collect::<Vec<_>>(), edge.clone(), name.clone());
        tokio::spawn(async move {
            if let Err(error) = edge.push_properties(&name, updates).await {
                tracing::warn!(thing = name, %error, "a push failed");
            }
        });
    }
}

/// What was shown of the edge's state.
#[derive(Default)]
struct State {
    shown: Option<EdgeState>,
}

impl State {
    /// Shows what has changed.
    fn show(&mut self, now: &EdgeState) -> Result<(), Failure> {
        let before = self.shown.as_ref();
        if before.is_none_or(|before| before.connection != now.connection) {
            line(SystemTime::now(), &format!("edge     {}", connection_text(&now.connection)))?;
        }
        for (name, state) in &now.things {
            let was = before.and_then(|before| before.things.get(name));
            if was != Some(state) && (was.is_some() || *state != ThingState::Unbound) {
                line(SystemTime::now(), &format!("thing    {name}: {}", thing_text(state)))?;
            }
        }
        self.shown = Some(now.clone());
        Ok(())
    }
}

fn connection_text(state: &ConnectionState) -> String {
    match state {
        ConnectionState::Connecting => "connecting".to_owned(),
        ConnectionState::Authenticating => "authenticating".to_owned(),
        ConnectionState::Authenticated { session, .. } => {
            format!("authenticated, session {session}")
        }
        ConnectionState::Waiting { until, reason } => {
            format!("waiting to reconnect until {}: {reason}", show::time_of_day(*until))
        }
        ConnectionState::Leaving => "leaving".to_owned(),
        ConnectionState::Ended { reason } => format!("ended: {reason}"),
        other => format!("{other:?}"),
    }
}

fn thing_text(state: &ThingState) -> String {
    match state {
        ThingState::Unbound => "unbound".to_owned(),
        ThingState::Binding => "binding".to_owned(),
        ThingState::Bound { is_synchronized: false } => "bound".to_owned(),
        ThingState::Bound { is_synchronized: true } => "bound, pushes go out".to_owned(),
        ThingState::Refused { status, reason } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("refused, {status}{reason}; it is tried again")
        }
        ThingState::Unbinding => "unbinding".to_owned(),
        other => format!("{other:?}"),
    }
}

fn line(time: SystemTime, text: &str) -> Result<(), Failure> {
    let line = format!("{}  {}", show::time_of_day(time), show::plain(text));
    show::line(&show::cut(&line, show::columns().unwrap_or(usize::MAX)))?;
    Ok(())
}
