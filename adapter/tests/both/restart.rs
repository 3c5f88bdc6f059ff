//! A platform with many edges that is killed and restarted.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use alwayson::edge::{ConnectionState, EdgeState, Reconnect, RequestError, Thing, ThingState};
use alwayson::message::Response;
use alwayson::platform::{AfterBind, KnownCredentials, MemoryThings, Options, Platform};
use alwayson::value::{Table, Value};
use tokio::runtime::Runtime;

use super::{KEY, edge, plain, soon};

const EDGES: usize = 200;

/// The random part of the reconnect delay.
const SPREAD: Duration = Duration::from_secs(2);

fn name(edge: usize) -> String {
    format!("Thing{edge}")
}

/// Returns until when an edge waits, if it does.
fn until(state: &EdgeState) -> Option<SystemTime> {
    match state.connection {
        ConnectionState::Waiting { until, .. } => Some(until),
        _ => None,
    }
}

/// How often each request was handled, by its number.
type Handled = Arc<Mutex<HashMap<i64, usize>>>;

fn things(handled: &Handled) -> MemoryThings {
    let handled = Arc::clone(handled);
    MemoryThings::any().with_service("Count", move |request| {
        let number = request.params.and_then(|params| params.value("number")?.as_i64());
        *handled.lock().unwrap().entry(number.unwrap()).or_default() += 1;
        async move { Response::of(Table::result(number.unwrap())) }
    })
}

/// A platform with its own runtime, which can be shut down abruptly.
fn start(address: SocketAddr, things: MemoryThings) -> (Runtime, Platform) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options::default().with_after_bind(AfterBind::NONE);
    let platform =
        Platform::builder(KnownCredentials::default().with_key(KEY), things).options(options);
    // The address may be in use for a moment after the previous platform ended.
    let platform = runtime.block_on(platform.listen(address)).unwrap();
    (runtime, platform)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_edges_are_bound_again_spread_over_time_and_no_request_is_lost_or_done_twice() {
    let handled = Handled::default();
    let nowhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let before = things(&handled);
    let (runtime, platform) =
        tokio::task::spawn_blocking(move || start(nowhere, before)).await.unwrap();
    let address = platform.local_addr();

    let mut asking = tokio::task::JoinSet::new();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut edges = Vec::new();
    for number in 0..EDGES {
        let jitter_ms = u32::try_from(SPREAD.as_millis()).unwrap();
        let reconnect =
            Reconnect::default().with_delay_ms(100).with_jitter_ms(jitter_ms).with_cap_ms(100);
        let edge = edge(plain(address)).thing(Thing::new(name(number))).reconnect(reconnect);
        let edge = edge.start().unwrap();
        edges.push(edge.clone());
        let stopped = stopped.clone();
        asking.spawn(async move {
            let mut results = Vec::new();
            let mut count = 0;
            while !*stopped.borrow() {
                let request = i64::try_from(number).unwrap() * 1_000_000 + count;
                let params = Table::of([("number", Value::from(request))]);
                let result = edge.invoke_service(&name(number), "Count", params).await;
                if let Err(RequestError::NotConnected | RequestError::NotAuthenticated) = result {
                    // It was not sent; wait until the edge is back.
                    let _ = edge.wait_authenticated().await;
                }
                results.push((request, result));
                count += 1;
            }
            results
        });
    }
    for (number, edge) in edges.iter().enumerate() {
        soon(edge.wait_bound(&name(number))).await.unwrap();
    }

    // When each edge will reconnect.
    let mut returns = tokio::task::JoinSet::new();
    for edge in &edges {
        let mut state = edge.state();
        returns.spawn(async move {
            let waits = |state: &EdgeState| until(state).is_some();
            until(&state.wait_for(waits).await.unwrap()).unwrap()
        });
    }
    // Kill it: its sockets end without a close, and its state is lost.
    runtime.shutdown_background();
    drop(platform);
    let mut returns = soon(returns.join_all()).await;
    returns.sort();
    // Spread: at most a third of the edges reconnect within any tenth of the time.
    for first in 0..EDGES - EDGES / 3 {
        let apart = returns[first + EDGES / 3].duration_since(returns[first]).unwrap();
        assert!(apart > SPREAD / 10, "a third comes back within {apart:?}");
    }
    let after = things(&handled);
    let kept = after.clone();
    let (runtime, _platform) =
        tokio::task::spawn_blocking(move || start(address, after)).await.unwrap();
    // All names are bound, on the platform and for the edges.
    for (number, edge) in edges.iter().enumerate() {
        let mut state = edge.state();
        let name = name(number);
        let is_bound = |state: &EdgeState| {
            state.things.get(&name).is_some_and(ThingState::is_bound)
                && kept.state(&name).is_some_and(|kept| kept.is_connected)
        };
        drop(soon(state.wait_for(is_bound)).await.unwrap());
    }

    stop.send(true).unwrap();
    let results = soon(asking.join_all()).await.into_iter().flatten();
    let mut handled = std::mem::take(&mut *handled.lock().unwrap());
    let mut answered = 0;
    let mut lost = 0;
    let mut not_sent = 0;
    for (request, result) in results {
        let times = handled.remove(&request).unwrap_or_default();
        match result {
            Ok(_) => {
                assert_eq!(times, 1, "request {request} was answered");
                answered += 1;
            }
            Err(RequestError::NotConnected | RequestError::NotAuthenticated) => {
                assert_eq!(times, 0, "request {request} was not sent");
                not_sent += 1;
            }
            // It may have been handled, and its caller knows that.
            Err(RequestError::ConnectionEnded) => {
                assert!(times <= 1, "request {request} was handled {times} times");
                lost += 1;
            }
            Err(error) => panic!("request {request}: {error}"),
        }
    }
    assert!(handled.is_empty(), "nothing was handled that nobody asked for: {handled:?}");
    assert!(answered > EDGES, "{answered} were answered, {lost} lost, {not_sent} not sent");
    for edge in edges {
        edge.leave().await;
    }
    runtime.shutdown_background();
}
