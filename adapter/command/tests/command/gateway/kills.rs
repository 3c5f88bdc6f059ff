//! Gateways with a store, killed at random moments under load.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value as Json;

use super::gate::Gate;
use super::{ask, started, try_ask};
use crate::process::{PATIENCE, Process, alwayson};

/// How many gateways run at a time, and how often each is killed.
const SITES: u64 = 4;
const KILLS: usize = 50;

/// The Things that the applications of each site write to, one value after another each.
const THINGS: [&str; 4] = ["Pump", "Lathe", "Mill", "Drill"];

/// A seed of this variable repeats what the moments were.
const SEED: &str = "ALWAYSON_KILLS_SEED";

/// What an application was answered.
#[derive(Default)]
struct Answers {
    /// How many values were sent.
    sent: u64,
    /// The values that were taken: delivered (200), or stored (202).
    taken: Vec<u64>,
    stored: usize,
}

/// A platform, a gate before it, and gateways one after another with the same store.
struct Site {
    gate: Gate,
    config: tempfile::NamedTempFile,
    store: tempfile::TempDir,
    /// Where the gateway of now listens.
    address: Mutex<Option<String>>,
    is_over: AtomicBool,
}

impl Site {
    fn start(platform: &str) -> Self {
        let config = tempfile::NamedTempFile::new().unwrap();
        let text = r#"{"ws_connection": {"encryption": "none", "connect_retry_interval": 20}}"#;
        std::fs::write(config.path(), text).unwrap();
        Self {
            gate: Gate::to(platform),
            config,
            store: tempfile::tempdir().unwrap(),
            address: Mutex::default(),
            is_over: AtomicBool::new(false),
        }
    }

    fn command(&self) -> std::process::Command {
        let mut command = alwayson();
        command.args(["gateway", "--listen", "127.0.0.1:0"]);
        command.args(["--url", &format!("ws://{}", self.gate.address)]);
        command.arg("--config").arg(self.config.path()).arg("--store").arg(self.store.path());
        command
    }

    /// Starts and kills gateways.
    fn kill(&self, mut random: StdRng) {
        for _ in 0..KILLS {
            self.gate.set(random.random_bool(0.5));
            if random.random_bool(0.1) {
                // While it starts, or before it is ready.
                let gateway = Process::start(&mut self.command());
                thread::sleep(Duration::from_millis(random.random_range(0..40)));
                drop(gateway);
                continue;
            }
            let (gateway, address) = started(&mut self.command());
            if random.random_bool(0.4) {
                // What the applications write then is not stored, but goes through at once.
                self.gate.set(true);
                delivered_all(&address);
            }
            *self.address.lock().unwrap() = Some(address);
            thread::sleep(Duration::from_millis(random.random_range(0..120)));
            if random.random_bool(0.5) {
                self.gate.set(random.random_bool(0.6));
                thread::sleep(Duration::from_millis(random.random_range(0..120)));
            }
            // It is killed by SIGKILL.
            drop(gateway);
            *self.address.lock().unwrap() = None;
        }
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Writes 0, 1, 2, … to a Thing, each once, until the gateways are over.
    fn load(&self, thing: &str) -> Answers {
        let path = format!("/Thingworx/Things/{thing}/Properties/Count");
        let mut answers = Answers::default();
        while !self.is_over.load(Ordering::Relaxed) {
            let address = self.address.lock().unwrap().clone();
            let Some(address) = address else {
                thread::sleep(Duration::from_millis(1));
                continue;
            };
            let value = answers.sent;
            answers.sent += 1;
            let body = format!("{{\"Count\":{value}}}");
            match try_ask(&address, "PUT", &path, &body) {
                Ok(Some((status @ (200 | 202), ..))) => {
                    answers.taken.push(value);
                    answers.stored += usize::from(status == 202);
                }
                // It has not said what became of it.
                Ok(_) | Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        }
        answers
    }

    /// Lets the last gateway deliver all that is stored.
    fn drain(&self) {
        self.gate.set(true);
        let (_gateway, address) = started(&mut self.command());
        delivered_all(&address);
        let path = "/Thingworx/Things/Pump/Events/Over";
        assert_eq!(ask(&address, "POST", path, "{}").0, 200);
    }
}

/// Waits until a gateway is connected, and has nothing in its store.
fn delivered_all(address: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let (_, _, status) = ask(address, "GET", "/status.json", "");
        let status: Json = serde_json::from_str(&status).unwrap();
        if status["store"]["messages"] == 0 && status["connection"]["isConnected"] == true {
            return;
        }
        assert!(Instant::now() < until, "not delivered: {status}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The values of a Thing that a platform was told, in order.
fn delivered(platform: &Process, thing: &str) -> Vec<u64> {
    let begin = format!("{thing} Count = ");
    let value = |line: &str| {
        let (_, rest) = line.split_once(&begin)?;
        rest.split(' ').next()?.parse().ok()
    };
    platform.output.lines().filter_map(value).collect()
}

/// What was sent, taken and delivered agrees.
fn assert_agree(answers: &Answers, delivered: &[u64], what: &str) {
    let mut seen = HashSet::new();
    let mut first = Vec::new();
    for value in delivered {
        assert!(*value < answers.sent, "{what}: {value} was never sent");
        if seen.insert(*value) {
            first.push(*value);
        }
    }
    let lost: Vec<_> = answers.taken.iter().filter(|value| !seen.contains(value)).collect();
    assert!(lost.is_empty(), "{what}: lost {lost:?}");
    // One that was not answered may have come late.
    let taken: HashSet<_> = answers.taken.iter().copied().collect();
    first.retain(|value| taken.contains(value));
    assert!(first.is_sorted(), "{what}: out of order: {first:?}");
    // The one that is under way, at each end of a connection: by a kill, or by the gate.
    let twice = delivered.len() - seen.len();
    assert!(twice <= 3 * KILLS, "{what}: {twice} were delivered again");
}

#[test]
fn of_two_hundred_kills_at_random_moments_under_load_none_loses_what_was_taken() {
    let given = std::env::var(SEED).ok().map(|seed| seed.parse().unwrap());
    let seed: u64 = given.unwrap_or_else(rand::random);
    println!("{SEED}={seed}");
    let mut stored = 0;
    let mut taken = 0;
    thread::scope(|scope| {
        let site = |index: u64| {
            let (mut platform, address) = Process::platform(&[]);
            let site = Site::start(&address);
            let random = StdRng::seed_from_u64(seed.wrapping_add(index));
            let answers: Vec<Answers> = thread::scope(|scope| {
                let loads = THINGS.map(|thing| scope.spawn(|| site.load(thing)));
                // Whatever it meets, the others end, too.
                let killed = scope.spawn(|| site.kill(random)).join();
                site.is_over.store(true, Ordering::Relaxed);
                killed.unwrap();
                loads.into_iter().map(|load| load.join().unwrap()).collect()
            });
            site.drain();
            platform.find_text("Over");
            assert!(!platform.output.contains("were not shown"), "the test reads too slowly");
            for (thing, answers) in THINGS.iter().zip(&answers) {
                let what = format!("{SEED}={seed}, site {index}, {thing}");
                assert_agree(answers, &delivered(&platform, thing), &what);
            }
            answers
        };
        let sites: Vec<_> = (0..SITES).map(|index| scope.spawn(move || site(index))).collect();
        for site in sites {
            for answers in site.join().unwrap() {
                stored += answers.stored;
                taken += answers.taken.len();
            }
        }
    });
    // Both ways were gone.
    println!("{taken} taken, {stored} of them stored");
    assert!(stored > 200 && taken - stored > 200, "{taken} taken, {stored} of them stored");
}
