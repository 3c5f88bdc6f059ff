//! Networks that fail between applications, gateway and platform, and a platform that is not
//! reachable for a long time: the numbers of sent, accepted and delivered messages agree.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::Status;
use alwayson::message::Request;
use alwayson::platform::{AcceptAnyClaims, Handle, MemoryThings, Platform, Update};
use alwayson::serde_json::json;
use alwayson::value::{Table, Value};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::application::{Application, Reply, is_after_bind};
use crate::http::{get, json};
use crate::proxy::{Fault, Proxy};
use crate::site::{PATIENCE, Site};

/// The environment variable with a seed, which repeats the faults.
const SEED: &str = "ALWAYSON_FAULTS_SEED";

/// The minimum number of faults of the three proxies together.
const FAULTS: usize = 120;

const THINGS: [&str; 3] = ["Pump", "Lathe", "Mill"];

/// The values that were sent for a Thing.
#[derive(Default)]
struct Sent {
    /// The number of values, which are 0, 1, 2, …
    count: u64,
    /// The values that were accepted: delivered (200) or stored (202).
    taken: Vec<u64>,
    stored: usize,
    unanswered: usize,
}

/// The calls of the platform.
#[derive(Default)]
struct Called {
    count: u64,
    succeeded: Vec<u64>,
    failed: usize,
}

/// Writes a value, and returns the status, if there was an answer.
async fn put(address: SocketAddr, thing: &str, value: u64) -> Option<u16> {
    let body = format!("{{\"Count\":{value}}}");
    let request = format!(
        "PUT /Thingworx/Things/{thing}/Properties/Count HTTP/1.1\r\nHost: {address}\r\n\
         Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = TcpStream::connect(address).await.ok()?;
    socket.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.ok()?;
    let text = String::from_utf8(answer).ok()?;
    // An incomplete answer does not count.
    text.contains("\r\n\r\n").then(|| text.split(' ').nth(1)?.parse().ok()).flatten()
}

async fn write(address: SocketAddr, thing: &'static str, is_over: Arc<AtomicBool>) -> Sent {
    let mut sent = Sent::default();
    while !is_over.load(Ordering::Relaxed) {
        let value = sent.count;
        sent.count += 1;
        match put(address, thing, value).await {
            Some(status @ (200 | 202)) => {
                sent.taken.push(value);
                sent.stored += usize::from(status == 202);
            }
            _ => sent.unanswered += 1,
        }
    }
    sent
}

async fn call(platform: Handle, is_over: Arc<AtomicBool>) -> Called {
    let mut called = Called::default();
    while !is_over.load(Ordering::Relaxed) {
        let id = called.count;
        called.count += 1;
        let params = Table::of([("id", Value::Number(as_number(id)))]);
        match platform.call(Request::invoke_service("Called", "Do", Some(params))).await {
            Ok(response) if response.status == Status::SUCCESS => called.succeeded.push(id),
            _ => {
                called.failed += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    called
}

fn as_number(id: u64) -> f64 {
    u32::try_from(id).unwrap().into()
}

/// Collects the values that a platform receives, by Thing.
type Told = Arc<Mutex<HashMap<String, Vec<u64>>>>;

fn listen(things: &MemoryThings) -> Told {
    let told = Told::default();
    let of_task = Arc::clone(&told);
    let mut updates = things.updates();
    tokio::spawn(async move {
        // The task ends with the platform, and panics if it misses updates.
        while let Ok(update) = updates.recv().await {
            if let Update::Property { thing, property, .. } = update {
                let value = property.value.as_f64().unwrap();
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a count"
                )]
                let value = value as u64;
                of_task.lock().unwrap().entry(thing).or_default().push(value);
            }
        }
    });
    told
}

/// A site with a proxy each in front of the platform, the gateway and the application.
struct Faulty {
    site: Site,
    proxies: [Proxy; 3],
    told: Told,
    /// The number of requests to the application with each id.
    handled: Arc<Mutex<HashMap<u64, u32>>>,
    _application: Application,
    _store: tempfile::TempDir,
}

impl Faulty {
    async fn start() -> Self {
        let things = MemoryThings::any();
        let store = tempfile::tempdir().unwrap();
        let told = listen(&things);
        let platform = Platform::builder(AcceptAnyClaims, things.clone());
        let platform = platform.listen("127.0.0.1:0").await.unwrap();
        let to_platform = Proxy::to(platform.local_addr()).await;
        let directory = store.path().to_owned();
        let mut site = Site::to(to_platform.address, |mut config, options| {
            config.store.enabled = true;
            config.store.directory = Some(directory);
            config.connection.msg_timeout = Duration::from_secs(2);
            config.connection.connect_retry_interval = Duration::from_millis(10);
            (config, options)
        })
        .await
        .unwrap();
        site.platform = Some(platform);
        site.things = things;
        let handled = Arc::<Mutex<HashMap<u64, u32>>>::default();
        let counted = Arc::clone(&handled);
        let application = Application::start(move |request| {
            if is_after_bind(request) {
                return Reply::status(404);
            }
            let id = request.json()["rows"][0]["id"].as_f64().unwrap();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let id = id as u64;
            *counted.lock().unwrap().entry(id).or_default() += 1;
            Reply::text(200, &id.to_string())
        })
        .await;
        let to_application = Proxy::to(application.address).await;
        let port = to_application.address.port();
        let params = json!({ "name": "Called", "host": "127.0.0.1", "port": port, "keepalive": 0 });
        assert_eq!(site.ems("AddEdgeThing", &params).await.status, 200);
        site.bound("Called").await;
        let to_gateway = Proxy::to(site.address).await;
        let proxies = [to_platform, to_gateway, to_application];
        Self { site, proxies, told, handled, _application: application, _store: store }
    }

    /// Causes faults until each kind of outcome has occurred often enough.
    async fn faults(&self, random: &mut StdRng) -> usize {
        let mut faults = 0;
        while faults < FAULTS {
            tokio::time::sleep(Duration::from_millis(random.random_range(0..30))).await;
            let fault = match random.random_range(0..3) {
                0 => Fault::Cut,
                1 => Fault::Reset,
                _ => Fault::Stall(Duration::from_millis(random.random_range(1..60))),
            };
            let proxy = &self.proxies[random.random_range(0..self.proxies.len())];
            faults += usize::from(proxy.fault(fault));
        }
        faults
    }

    /// Waits until all stored messages are delivered.
    async fn drained(&self) {
        let empty = async {
            loop {
                let status = get(self.site.address, "/status.json").await.json();
                if status["store"]["messages"] == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, empty).await.expect("it was not delivered");
    }
}

#[tokio::test]
async fn what_networks_cut_stall_and_reset_agrees_in_its_counts() {
    let given = std::env::var(SEED).ok().map(|seed| seed.parse().unwrap());
    let seed: u64 = given.unwrap_or_else(rand::random);
    println!("{SEED}={seed}");
    let network = Faulty::start().await;
    let is_over = Arc::<AtomicBool>::default();
    let address = network.proxies[1].address;
    let writers = THINGS.map(|thing| tokio::spawn(write(address, thing, Arc::clone(&is_over))));
    let platform = network.site.platform.as_ref().unwrap().handle();
    let calling = tokio::spawn(call(platform, Arc::clone(&is_over)));
    let faults = network.faults(&mut StdRng::seed_from_u64(seed)).await;
    is_over.store(true, Ordering::Relaxed);
    let called = calling.await.unwrap();
    let mut stored = 0;
    let mut unanswered = 0;
    let mut all = Vec::new();
    for writer in writers {
        all.push(writer.await.unwrap());
    }
    network.drained().await;
    // The last value arrives after all others.
    let address = network.site.address;
    for (thing, sent) in THINGS.iter().zip(&mut all) {
        let status = put(address, thing, sent.count).await;
        assert!(matches!(status, Some(200 | 202)), "seed {seed}: {status:?}");
        sent.taken.push(sent.count);
        sent.count += 1;
        let told = async {
            let is_last = |values: &Vec<u64>| values.last() == Some(&(sent.count - 1));
            while !network.told.lock().unwrap().get(*thing).is_some_and(is_last) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(PATIENCE, told).await.expect("the last one was not told");
        let what = format!("seed {seed}, {thing}");
        assert_agree(sent, &network.told.lock().unwrap()[*thing], faults, &what);
        stored += sent.stored;
        unanswered += sent.unanswered;
    }
    let handled = network.handled.lock().unwrap();
    for (id, times) in handled.iter() {
        assert_eq!(*times, 1, "seed {seed}: the application was asked {id} more than once");
        assert!(*id < called.count, "seed {seed}: {id} was never called");
    }
    for id in &called.succeeded {
        assert!(handled.contains_key(id), "seed {seed}: {id} succeeded and was not handled");
    }
    let succeeded = called.succeeded.len();
    assert_eq!(u64::try_from(succeeded + called.failed).unwrap(), called.count);
    println!(
        "{stored} stored, {unanswered} unanswered, {succeeded} calls, {} failed",
        called.failed
    );
    // Each outcome has occurred.
    assert!(stored > 0 && unanswered > 0 && succeeded > 0 && called.failed > 0);
}

fn assert_agree(sent: &Sent, told: &[u64], faults: usize, what: &str) {
    let mut seen = HashSet::new();
    let mut first = Vec::new();
    for value in told {
        assert!(*value < sent.count, "{what}: {value} was never sent");
        if seen.insert(*value) {
            first.push(*value);
        }
    }
    let lost: Vec<_> = sent.taken.iter().filter(|value| !seen.contains(value)).collect();
    assert!(lost.is_empty(), "{what}: lost {lost:?}");
    let taken: HashSet<_> = sent.taken.iter().copied().collect();
    first.retain(|value| taken.contains(value));
    assert!(first.is_sorted(), "{what}: out of order: {first:?}");
    // Only the request in flight can be repeated when a connection ends.
    let twice = told.len() - seen.len();
    assert!(twice <= faults, "{what}: {twice} were told again");
}

#[tokio::test]
async fn a_platform_that_was_away_for_an_hour_is_told_all_when_it_is_back() {
    let store = tempfile::tempdir().unwrap();
    let directory = store.path().to_owned();
    let mut site = Site::with(MemoryThings::any(), |mut config, options| {
        config.store.enabled = true;
        config.store.directory = Some(directory);
        config.connection.connect_retry_interval = Duration::from_secs(1);
        (config, options)
    })
    .await;
    let application = Application::start(|_| Reply::status(404)).await;
    site.register("Pump", &application).await;
    let platform = site.platform.take().unwrap();
    let address = platform.local_addr();
    platform.shut_down().await;
    site.told("not connected").await;
    for value in 0..20 {
        let path = "/Thingworx/Things/Pump/Properties/Count";
        let answer = json(site.address, "PUT", path, &json!({ "Count": value })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    // The paused clock advances whenever all tasks wait.
    tokio::time::pause();
    let begin = tokio::time::Instant::now();
    let mut tries = 0;
    while begin.elapsed() < Duration::from_secs(3_600) {
        site.told("not connected").await;
        tries += 1;
    }
    tokio::time::resume();
    // The delay between attempts does not grow: 1 s, and a random part of up to 1 s.
    assert!((1_800..=3_600).contains(&tries), "{tries} tries");
    let things = MemoryThings::any();
    let told = listen(&things);
    let platform = Platform::builder(AcceptAnyClaims, things).listen(address).await.unwrap();
    site.platform = Some(platform);
    site.bound("Pump").await;
    let all = async {
        while told.lock().unwrap().get("Pump").is_none_or(|values| values.len() < 20) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("not all was delivered");
    assert_eq!(told.lock().unwrap()["Pump"], (0..20).collect::<Vec<_>>());
    let path = "/Thingworx/Things/Pump/Properties/Count";
    let answer = json(site.address, "PUT", path, &json!({ "Count": 20 })).await;
    assert!(matches!(answer.status, 200 | 202), "{answer:?}");
}

#[tokio::test]
async fn a_connection_that_carries_nothing_is_found_by_its_pings() {
    let things = MemoryThings::any();
    let platform = Platform::builder(AcceptAnyClaims, things);
    let platform = platform.listen("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::to(platform.local_addr()).await;
    let site = Site::to(proxy.address, |mut config, options| {
        config.connection.ping_rate = Duration::from_millis(50);
        config.connection.pingpong_timeout = Duration::from_millis(200);
        (config, options)
    })
    .await
    .unwrap();
    site.told("connected, session").await;
    // The sockets stay open.
    assert!(proxy.fault(Fault::Stall(PATIENCE * 10)));
    site.told("not connected").await;
    site.told("connected, session").await;
}
