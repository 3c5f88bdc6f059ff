//! A platform that is killed and comes back under many edges.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use alwayson::edge::{ConnectionState, Reconnect, RequestError, Thing};
use alwayson::message::Response;
use alwayson::platform::{AfterBind, AppKeys, Event, MemoryThings, Options, Platform};
use alwayson::value::{Table, Value};
use tokio::runtime::Runtime;

use super::{KEY, PATIENCE, edge, plain, soon};

const EDGES: usize = 200;

/// The random time that edges wait before they come back.
const SPREAD: Duration = Duration::from_secs(2);

fn name(edge: usize) -> String {
    format!("Thing{edge}")
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

/// A platform with a runtime of its own, which can be taken away from it.
fn start(address: SocketAddr, things: MemoryThings) -> (Runtime, Platform) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options { after_bind: AfterBind::NONE, ..Options::default() };
    let platform = Platform::builder(AppKeys::default().with_key(KEY), things).options(options);
    // The address may be taken for a moment after the platform before has gone.
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
        let reconnect = Reconnect { delay_ms: 100, jitter_ms, cap_ms: 100, ..Reconnect::default() };
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
                    // It was not sent; the edge says when it is there again.
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

    // Killed: its sockets are gone without a close, and so is all that it knew.
    let killed = Instant::now();
    runtime.shutdown_background();
    drop(platform);
    for edge in &edges {
        let mut state = edge.state();
        let is_gone = |state: &alwayson::edge::EdgeState| {
            !matches!(state.connection, ConnectionState::Authenticated { .. })
        };
        soon(state.wait_for(is_gone)).await.unwrap();
    }
    let after = things(&handled);
    let kept = after.clone();
    let (runtime, platform) =
        tokio::task::spawn_blocking(move || start(address, after)).await.unwrap();
    let mut events = platform.events();
    let mut bound_after = Vec::new();
    let mut is_bound =
        kept.names().into_iter().filter(|name| kept.state(name).unwrap().is_connected).count();
    while is_bound < EDGES {
        match tokio::time::timeout(PATIENCE, events.recv()).await.expect("edges stay away") {
            Ok(Event::Bound { .. }) => {
                bound_after.push(killed.elapsed());
                is_bound += 1;
            }
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
    for (number, edge) in edges.iter().enumerate() {
        soon(edge.wait_bound(&name(number))).await.unwrap();
    }
    // Spread: no tenth of the time brings more than a third of them.
    for tenth in 0..30 {
        let begin = SPREAD / 10 * tenth;
        let within = begin..begin + SPREAD / 10;
        let count = bound_after.iter().filter(|after| within.contains(*after)).count();
        assert!(count < EDGES / 3, "{count} came between {within:?}");
    }

    stop.send(true).unwrap();
    let results = soon(asking.join_all()).await.into_iter().flatten();
    let mut handled = std::mem::take(&mut *handled.lock().unwrap());
    let (mut answered, mut lost, mut not_sent) = (0, 0, 0);
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
            // It may have been handled, and its caller knows that it may.
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
