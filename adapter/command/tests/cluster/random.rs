//! Faults by a seed: nodes and servers that are killed and started again, nodes that are frozen,
//! nodes that are cut off from all servers.
//!
//! `ALWAYSON_FAULTS_SECONDS` is how long, and `ALWAYSON_FAULTS_SEED` the seed. The nodes log into
//! files of the folder `ALWAYSON_FAULTS_LOG`, if it is set.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson_nats::settings::LeaseSettings;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::{Instant, sleep};

use crate::edges::{self, Pace, TestEdge, bound};
use crate::history::{History, Silences};
use crate::observer::Observer;
use crate::site::{EXPIRY, LEASE, Site, TIMES, until_within};

const THINGS: usize = 270;
/// So many of the Things are wanted by two edges.
const RIVALS: usize = 30;
/// How long faults go on, if the environment does not set it.
const SECONDS: u64 = 60;
/// The pause of a caller. There is one for each Thing.
const PAUSE: Duration = Duration::from_millis(500);
/// The least time without an answer that counts as one without service.
const SILENCE: Duration = Duration::from_millis(1_500);
/// A fault of a node that holds fewer Things would show little.
const FEW: usize = 30;
const BOUND_AGAIN: Duration = Duration::from_secs(60);

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect(name))
}

/// [`TIMES`], for a node of this process.
fn lease() -> LeaseSettings {
    let times: Vec<u64> = TIMES.split(',').map(|ms| ms.parse().unwrap()).collect();
    let ms = |place: usize| Duration::from_millis(times[place]);
    let (refresh, retry, lease, expiry, election) = (ms(0), ms(1), ms(2), ms(3), ms(4));
    LeaseSettings { refresh, retry, lease, expiry, election, ..LeaseSettings::default() }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    NodeKilled,
    NodeFrozen,
    NodeFrozenShortly,
    NodeCutOff,
    ServerKilled,
}

const FAULTS: [Fault; 5] = [
    Fault::NodeKilled,
    Fault::NodeFrozen,
    Fault::NodeFrozenShortly,
    Fault::NodeCutOff,
    Fault::ServerKilled,
];

/// Does a fault to one of three, ends it, and waits until all three are there again.
async fn inflict(site: &mut Site, fault: Fault, on: usize, random: &mut StdRng) {
    let beyond = LEASE + Duration::from_millis(random.random_range(500..4_000));
    let shortly = Duration::from_millis(random.random_range(500..6_000));
    let node = &mut site.nodes[on];
    match fault {
        Fault::NodeKilled => {
            node.kill();
            sleep(shortly).await;
            node.start();
        }
        Fault::NodeFrozen | Fault::NodeFrozenShortly => {
            node.freeze().await;
            sleep(if fault == Fault::NodeFrozen { beyond } else { shortly }).await;
            node.signal("CONT");
        }
        Fault::NodeCutOff => {
            site.cut(on);
            sleep(beyond).await;
            site.mend(on);
        }
        Fault::ServerKilled => {
            site.servers.kill(on);
            sleep(shortly).await;
            site.servers.start_one(on);
            // A second one that is killed now would end the quorum.
            site.servers.healthy(on).await;
        }
    }
}

/// Calls a Thing again and again.
async fn call(
    observer: Arc<Observer>,
    thing: String,
    to: Arc<Mutex<History>>,
    end: Arc<AtomicBool>,
) {
    while !end.load(Ordering::Relaxed) {
        let began = Instant::now();
        let called = observer.who(&thing).await;
        to.lock().unwrap().add(began, called);
        sleep(PAUSE).await;
    }
}

fn start_edges(addresses: &[String]) -> Vec<TestEdge> {
    let rotated = |number: usize| {
        let mut addresses = addresses.to_vec();
        addresses.rotate_left(number % 3);
        addresses
    };
    let edge = |number: usize| {
        let thing = format!("Pump{}", number % THINGS);
        // The second edge of a Thing begins with another node.
        let addresses = rotated(number + number / THINGS);
        edges::start(&thing, &format!("edge{number}"), &addresses, Pace::Quick)
    };
    (0..THINGS + RIVALS).map(edge).collect()
}

/// Returns how many Things are bound by exactly one edge.
fn served(edges: &[TestEdge]) -> usize {
    let (first, rivals) = edges.split_at(THINGS);
    let held = |number: usize| {
        let rival = rivals.get(number).is_some_and(TestEdge::is_bound);
        usize::from(first[number].is_bound()) + usize::from(rival)
    };
    (0..THINGS).filter(|&number| held(number) == 1).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn random_faults_make_no_second_owner_and_all_is_bound_again_after_the_last() {
    let seconds = setting("ALWAYSON_FAULTS_SECONDS").unwrap_or(SECONDS);
    let seed = setting("ALWAYSON_FAULTS_SEED").unwrap_or_else(rand::random);
    println!("ALWAYSON_FAULTS_SEED={seed} ALWAYSON_FAULTS_SECONDS={seconds}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut site = Site::start(TIMES).await;
    let observer = Arc::new(Observer::start(&site.servers, lease()).await);
    let edges = start_edges(&site.addresses());
    until_within(BOUND_AGAIN, "all Things are bound", || served(&edges) == THINGS).await;
    let histories: Vec<_> =
        edges[..THINGS].iter().map(|_| Arc::<Mutex<History>>::default()).collect();
    let is_over = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = edges
        .iter()
        .zip(&histories)
        .map(|(edge, history)| {
            let (observer, end) = (Arc::clone(&observer), Arc::clone(&is_over));
            tokio::spawn(call(observer, edge.thing.clone(), Arc::clone(history), end))
        })
        .collect();

    let end = Instant::now() + Duration::from_secs(seconds);
    let mut faults = Vec::new();
    while Instant::now() < end {
        sleep(Duration::from_millis(random.random_range(500..5_000))).await;
        let (fault, mut on) = (FAULTS[random.random_range(0..5)], random.random_range(0..3));
        let holds = site.nodes.iter().map(|node| observer.held_by(&node.name)).collect::<Vec<_>>();
        if fault != Fault::ServerKilled && holds[on] < FEW {
            // Edges do not come back to a node by themselves.
            on = (0..3).max_by_key(|node| holds[*node]).unwrap();
        }
        println!("{fault:?} {on}, the nodes hold {holds:?}");
        faults.push((fault, Instant::now()));
        inflict(&mut site, fault, on, &mut random).await;
    }
    let last = Instant::now();
    while served(&edges) != THINGS && last.elapsed() < BOUND_AGAIN {
        sleep(Duration::from_millis(20)).await;
    }
    if served(&edges) != THINGS {
        explain(&mut site, &observer, &edges).await;
    }
    assert_eq!(served(&edges), THINGS, "Things are bound again within {BOUND_AGAIN:?}");
    println!("after the last fault all Things were bound within {:?}", last.elapsed());
    // All nodes are there again and know all.
    sleep(EXPIRY).await;
    assert_eq!(served(&edges), THINGS, "bound: {}", bound(&edges));
    let mut wrong = Vec::new();
    for node in &mut site.nodes {
        let unknown = node.not_connected().await;
        if !unknown.is_empty() {
            wrong.push(format!("{} does not know {} Things", node.name, unknown.len()));
        }
        if let Err(error) = node.who("Pump0").await {
            wrong.push(format!("{} cannot call Pump0: {error}", node.name));
        }
    }
    for number in 0..THINGS {
        if let Err(error) = observer.who(&format!("Pump{number}")).await {
            wrong.push(format!("the observer cannot call Pump{number}: {error}"));
        }
    }
    if !wrong.is_empty() {
        explain(&mut site, &observer, &edges).await;
    }
    assert_eq!(wrong, [""; 0]);
    for number in 0..THINGS {
        observer.check_told(&format!("Pump{number}"));
    }
    is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    let histories: Vec<_> =
        histories.iter().map(|history| history.lock().unwrap().clone()).collect();
    report(&histories, &faults);
    for (number, history) in histories.iter().enumerate() {
        assert_eq!(history.replaced_but_answering(), None, "Pump{number}");
    }
}

/// Prints what servers and nodes know, above all about Things that are not bound, to find out why.
async fn explain(site: &mut Site, observer: &Observer, edges: &[TestEdge]) {
    site.servers.explain();
    for node in &mut site.nodes {
        println!("{}: {:?}", node.name, node.latest(8));
        let refusals = node.refusals();
        println!("  {} refusals, the last: {:?}", refusals.len(), refusals.last());
    }
    let (first, rivals) = edges.split_at(THINGS);
    let is_free = |number: &usize| {
        !first[*number].is_bound() && !rivals.get(*number).is_some_and(TestEdge::is_bound)
    };
    for edge in (0..THINGS).filter(is_free).take(5).map(|number| &first[number]) {
        println!("{}: {:?}", edge.thing, *edge.edge.state().borrow());
        for node in &mut site.nodes {
            let (holder, who) = (node.holder(&edge.thing).await, node.who(&edge.thing).await);
            println!("  as {} knows, {holder:?} holds it; who: {who:?}", node.name);
        }
        let found = observer.platform.handle().find(&edge.thing);
        println!("  the observer: {found:?}");
    }
}

/// Prints the figures.
fn report(histories: &[History], faults: &[(Fault, Instant)]) {
    let mut silences: BTreeMap<Fault, (usize, Silences)> = BTreeMap::new();
    for (place, (fault, from)) in faults.iter().enumerate() {
        let until = faults.get(place + 1).map_or_else(Instant::now, |(_, next)| *next);
        let (count, silences) = silences.entry(*fault).or_default();
        *count += 1;
        let longest = histories.iter().map(|history| history.longest_silence(*from, until));
        silences.0.extend(longest.filter(|silence| *silence >= SILENCE));
    }
    for (fault, (count, silences)) in silences {
        println!("{fault:?}, {count} times: {silences}");
    }
    let answered: usize = histories.iter().map(|history| history.answered.len()).sum();
    let failed: u64 = histories.iter().map(|history| history.failed).sum();
    let unknown: u64 = histories.iter().map(|history| history.unknown).sum();
    println!("calls: {answered} answered, {failed} failed, {unknown} unknown");
}
