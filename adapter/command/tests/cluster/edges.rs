//! Edges, each with one Thing, that tell over which connection they were asked.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alwayson::codec::connection::edge::Reconnect;
use alwayson::edge::{Credentials, Edge, Options, ServiceError, Thing, ThingState};
use alwayson::transport::{ConnectOptions, connect};
use alwayson::value::Table;

/// An edge with one Thing.
pub(crate) struct TestEdge {
    pub(crate) thing: String,
    pub(crate) edge: Edge,
}

/// How long edges wait.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// As they do by default: 5 to 15 s after the end of a connection, 15 s after a BIND that was
    /// refused.
    Default,
    /// 0.5 to 1.5 s, and they notice a silent platform after 4 s.
    Quick,
}

impl Pace {
    fn options(self) -> (Options, Reconnect) {
        let (options, reconnect) = (Options::default(), Reconnect::default());
        let Self::Quick = self else { return (options, reconnect) };
        let seconds = Duration::from_secs;
        let options = options.with_ping_interval(seconds(2)).unwrap();
        let options = options.with_pong_timeout(seconds(2)).unwrap();
        let options = options.with_rebind_delay(seconds(1)).unwrap();
        (options, reconnect.with_delay_ms(500).with_jitter_ms(1_000).with_cap_ms(2_000))
    }
}

/// Starts an edge that connects to the first of these addresses that can be reached, and for each
/// further connection begins with the next one. Its service `Who` answers with the name of the
/// edge and the number of its connection.
pub(crate) fn start(thing: &str, name: &str, addresses: &[String], pace: Pace) -> TestEdge {
    let targets: Vec<ConnectOptions> = addresses
        .iter()
        .map(|address| {
            let options = ConnectOptions::new(&format!("ws://{address}")).unwrap();
            options.with_deadline(Duration::from_secs(5)).unwrap()
        })
        .collect();
    let targets = Arc::new(targets);
    let opened = Arc::new(AtomicU64::new(0));
    let (number, name) = (Arc::clone(&opened), name.to_owned());
    let who = Thing::new(thing).service("Who", move |_: Table| {
        let who = format!("{name}/{}", number.load(Ordering::SeqCst));
        async move { Ok::<_, ServiceError>(Table::of([("result", who.into())])) }
    });
    let connector = move || {
        let targets = Arc::clone(&targets);
        let first = usize::try_from(opened.fetch_add(1, Ordering::SeqCst)).unwrap();
        async move {
            let mut opening = connect(&targets[first % targets.len()], None).await;
            for further in 1..targets.len() {
                if opening.is_err() {
                    opening = connect(&targets[(first + further) % targets.len()], None).await;
                }
            }
            opening
        }
    };
    let (options, reconnect) = pace.options();
    let key = || async { Ok::<_, Infallible>(Credentials::app_key("any".to_owned())) };
    let builder = Edge::builder_over(connector).credentials(key).thing(who);
    let edge = builder.options(options).reconnect(reconnect).start().unwrap();
    TestEdge { thing: thing.to_owned(), edge }
}

impl TestEdge {
    pub(crate) fn is_bound(&self) -> bool {
        let state = self.edge.state();
        let state = state.borrow();
        state.things.get(&self.thing).is_some_and(ThingState::is_bound)
    }
}

/// Returns how many are bound.
pub(crate) fn bound(edges: &[TestEdge]) -> usize {
    edges.iter().filter(|edge| edge.is_bound()).count()
}
