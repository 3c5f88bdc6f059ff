//! `load`: many edges at once, to measure a platform.

// | file | contents |
// | --- | --- |
// | `mod.rs` | connects the edges, and has them send |
// | `options.rs` | the options, and the limits of options and profiles |
// | `profile.rs` | the profile as it is used |
// | `read.rs` | reads a profile file |
// | `operation.rs` | the operations of a mix |
// | `turns.rs` | when an edge sends which operation |
// | `meter.rs` | measures operations |
// | `report.rs` | lines, table and JSON |

mod meter;
mod operation;
mod options;
mod profile;
mod read;
mod report;
mod turns;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use alwayson::edge::{BindError, Edge, RequestError, Thing};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};

use crate::connection::Connection;
use crate::failure::{Failure, in_full, out_of_range};
use crate::open_files;
use crate::show;
use meter::{Correction, Meter, Report, Times};
use operation::Kind;
pub(crate) use options::Args;
use profile::{Pace, Profile};
use turns::{NotSent, Turn, Turns, drive};

/// The cause of requests that were not sent because the connection had ended.
const CONNECTION_ENDED: &str = "not sent: the connection had ended";
/// The cause of requests that were not sent because earlier ones were not answered in time.
const TOO_SLOW: &str = "not sent: the platform was too slow for the rate";

/// An edge whose Things are bound.
struct Opened {
    edge: Edge,
    things: Vec<String>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let profile = Arc::new(args.profile()?);
    open_files::raise_limit();
    let connection = connection(&args, &profile)?;
    let (edges, opened) = open_all(&args, &profile, &connection).await?;
    let correction = correction(&profile);
    let (sent, is_sent) = send_all(&profile, &edges, correction, args.series).await?;
    stream::iter(&edges).for_each_concurrent(64, |opened| opened.edge.leave()).await;
    if args.json {
        let report = report::json(&profile, &opened, &sent, correction, args.series);
        show::line(&report.to_string())?;
    } else {
        show::line(&opened.lines("edges", "bound", "connects"))?;
        let kinds = profile.kinds();
        let is_plain = kinds.len() == 1 && correction == Correction::None;
        show::line(&if is_plain {
            sent.lines("requests", "answered", "requests")
        } else {
            sent.table(&kinds, correction)
        })?;
    }
    let has_failed = opened.total.failures() + sent.total.failures() > 0;
    if is_sent && !has_failed { Ok(()) } else { Err(Failure::Told) }
}

/// Returns how latency is corrected.
fn correction(profile: &Profile) -> Correction {
    match (profile.pace, profile.expected_interval_ms) {
        (Pace::Rate(_), _) => Correction::DueTime,
        (Pace::Think(_), Some(ms)) => Correction::ExpectedInterval(Duration::from_millis(ms)),
        (Pace::Think(_), None) => Correction::None,
    }
}

/// Returns the connection of the options, with time limits that the profile asks for.
fn connection(args: &Args, profile: &Profile) -> Result<Connection, Failure> {
    let mut connection = args.connection.check()?;
    let options = connection.edge_options.clone();
    // A platform that does not synchronise Things must not use up the time to connect.
    let hold = options.hold().min(Duration::from_millis(args.connect_timeout_ms) / 2);
    let longest = profile.longest_timeout().unwrap_or_default().max(options.request_timeout());
    let options = options.with_hold(hold).with_request_timeout(longest);
    connection.edge_options = options.map_err(|error| out_of_range(&error))?;
    Ok(connection)
}

/// Opens the edges. Returns those that could be opened.
async fn open_all(
    args: &Args,
    profile: &Profile,
    connection: &Connection,
) -> Result<(Vec<Opened>, Report), Failure> {
    let correction = if profile.ramp.is_some() { Correction::DueTime } else { Correction::None };
    let meter = Meter::new("edges", Some(profile.edges), 1, correction)?;
    let time_limit = Duration::from_millis(args.connect_timeout_ms);
    let edges = stream::iter(0..profile.edges)
        .then(|index| {
            let due = profile.ramp.map(|ramp| meter.start() + ramp.due(index, profile.edges));
            async move {
                if let Some(due) = due {
                    tokio::time::sleep_until(due).await;
                }
                (index, due)
            }
        })
        .map(|(index, due)| {
            let meter = &meter;
            async move {
                let times = Times::now(due);
                let opening = open(profile, connection, index);
                let opened = tokio::time::timeout(time_limit, opening).await;
                let opened = opened.unwrap_or_else(|_| Err("not bound in time".to_owned()));
                meter.count(0, times, opened)
            }
        })
        .buffer_unordered(args.connecting as usize)
        .filter_map(async |opened| opened)
        .collect()
        .await;
    Ok((edges, meter.finish()?))
}

/// Opens an edge, and waits until its Things are bound and can be used as the mix asks for.
///
/// # Errors
/// Returns the cause.
async fn open(profile: &Profile, connection: &Connection, index: u64) -> Result<Opened, String> {
    let things = profile.things(index);
    let mut builder = connection.edge();
    let is_pushing = profile.kinds().contains(&Kind::Push);
    if is_pushing {
        // Each push counts, even of a value that the platform has not asked for.
        builder = builder.push_all();
    }
    for thing in &things {
        let settings = profile.settings();
        builder = builder.thing(settings.fold(Thing::new(thing), |thing, operation| {
            thing.property(&operation.name, operation.value(0))
        }));
    }
    let edge = builder.connect().await.map_err(|error| in_full(&error))?;
    for thing in &things {
        edge.try_wait_bound(thing).await.map_err(|error| match error {
            // The reason contains the name of the Thing, so it would not be one cause.
            BindError::Refused { status, .. } => {
                in_full(&BindError::Refused { status, reason: None })
            }
            error => in_full(&error),
        })?;
        if is_pushing {
            edge.wait_synchronized(thing).await.map_err(|error| in_full(&error))?;
        }
        for operation in profile.read_settings() {
            let written = edge.write_property(thing, &operation.name, operation.value(0)).await;
            written.map_err(|error| format!("before the first read: {}", cause(error)))?;
        }
    }
    Ok(Opened { edge, things })
}

/// Has all edges send. Returns whether none has failed in an unexpected way.
async fn send_all(
    profile: &Arc<Profile>,
    edges: &[Opened],
    correction: Correction,
    has_series: bool,
) -> Result<(Report, bool), Failure> {
    let kinds = profile.kinds();
    let count = edges.len() as u64;
    let turns = |start| (0..count).map(move |index| Turns::new(profile, index, count, start));
    let total = turns(tokio::time::Instant::now()).map(|turns| turns.total()).sum();
    let mut meter = Meter::new("requests", total, kinds.len(), correction)?;
    if has_series {
        meter = meter.with_seconds();
    }
    let meter = Arc::new(meter);
    let sends = edges.iter().zip(turns(meter.start())).map(|(opened, turns)| {
        let edge = opened.edge.clone();
        let things = opened.things.clone();
        let profile = Arc::clone(profile);
        let meter = Arc::clone(&meter);
        let kinds = kinds.clone();
        tokio::spawn(async move { send(&edge, &things, &profile, &kinds, &meter, turns).await })
    });
    let is_sent = join_all(sends).await.iter().all(Result::is_ok);
    Ok((meter.finish()?, is_sent))
}

/// Sends the operations of an edge, until it loses its first connection.
async fn send(
    edge: &Edge,
    things: &[String],
    profile: &Profile,
    kinds: &[Kind],
    meter: &Meter,
    turns: Turns,
) {
    let send = |turn: Turn| async move {
        let operation = profile.mix.get(turn.entry);
        let Some((operation, thing)) = operation.zip(things.get(turn.thing)) else {
            return ControlFlow::Break(());
        };
        let kind = kinds.iter().position(|kind| *kind == operation.kind).unwrap_or_default();
        let times = Times::now(turn.due);
        let sent = operation.send(edge, thing, turn.number).await;
        let is_over =
            matches!(sent, Err(RequestError::ConnectionEnded | RequestError::NotConnected));
        meter.count(kind, times, sent.map_err(cause));
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    match drive(turns, send).await {
        NotSent::Nothing => {}
        NotSent::Ended(count) => meter.not_sent(count, CONNECTION_ENDED),
        NotSent::TooSlow(count) => meter.not_sent(count, TOO_SLOW),
    }
}

/// Returns the cause of a failure, without what differs between Things.
fn cause(error: RequestError) -> String {
    match error {
        // The reason may contain the name of the Thing.
        RequestError::Refused { status, .. } => {
            in_full(&RequestError::Refused { status, reason: None })
        }
        error => in_full(&error),
    }
}
