//! The platform of the command, with its events in a file, and the library without receivers of
//! events.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::bound::Cost;
use crate::client::{Client, Question, Target};
use crate::figures::{Figures, ask_in_turn};
use crate::process::Server;
use crate::server;
use crate::tls::Tls;

/// The budgets of memory for each edge, without TLS and with it, in bytes.
const BYTES: f64 = 12.0 * 1024.0;
const BYTES_TLS: f64 = 24.0 * 1024.0;

/// The number of connections that send requests at a time.
const ASKING: usize = 64;
/// The number of measured rounds.
const ROUNDS: usize = 5;
/// The duration of a round.
const ROUND: Duration = Duration::from_secs(2);

/// The budget of throughput: the smallest ratio of the command's requests per second to those of
/// the library. The goal is 0.9; other programs on the machine can take the rest.
const RATIO: f64 = 0.7;

/// Returns whether all figures are within their budgets.
pub(crate) async fn measure() -> bool {
    let mut is_within = costs().await;
    for question in [Question::Read, Question::Push] {
        for (name, more) in [("lines", &[][..]), ("JSON", &["--json"])] {
            is_within &= throughput(question, name, more).await;
        }
    }
    is_within
}

/// Starts the command, with its events in a file of the folder.
fn start(folder: &Path, more: &[&str]) -> Server {
    let events = folder.join("events");
    let mut command = Command::new(env!("CARGO_BIN_EXE_alwayson"));
    command.args(["platform", "--listen", "127.0.0.1:0", "--after-bind", "none"]).args(more);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command.stdout(File::create(&events).expect("a file"));
    Server::started(command, |child| address(child, &events))
}

/// Waits for the first line, and returns the address in it.
fn address(child: &mut Child, events: &Path) -> String {
    loop {
        let text = fs::read_to_string(events).expect("a file");
        if let Some((line, _)) = text.split_once('\n') {
            let (_, port) = line.rsplit_once("127.0.0.1:").expect("an address");
            let digits = port.chars().take_while(char::is_ascii_digit);
            return format!("127.0.0.1:{}", digits.collect::<String>());
        }
        assert!(child.try_wait().expect("its status").is_none(), "the command has ended");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Binds many edges. Returns whether what each costs is within the budgets.
async fn costs() -> bool {
    let tls = Tls::create();
    let certificate = tls.certificate();
    let key = tls.key();
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let over_tls = ["--tls-cert", &path(&certificate), "--tls-key", &path(&key)];
    let mut is_within = true;
    for (name, more, connector, bytes) in [
        ("command, plain", &[][..], None, BYTES),
        ("command, TLS", &over_tls, Some(tls.connector.clone()), BYTES_TLS),
    ] {
        let folder = folder();
        let server = start(folder.path(), more);
        let target = Target { address: server.address, tls: connector };
        let cost = Cost::measure(&server, &target).await;
        is_within &= cost.check(name, bytes);
    }
    is_within
}

/// Sends the library and the command requests, in turns. Returns whether the ratio of their
/// throughput is within the budget.
async fn throughput(question: Question, name: &str, more: &[&str]) -> bool {
    let folder = folder();
    let command = start(folder.path(), more);
    let library = Server::start(server::PLATFORM);
    let mut command_clients = Client::bound_many(command.address, ASKING, question).await;
    let mut library_clients = Client::bound_many(library.address, ASKING, question).await;
    let mut of_command = Figures::default();
    let mut of_library = Figures::default();
    let mut ratios = Vec::new();
    // The first round is a warm-up.
    for round in 0..=ROUNDS {
        let library = ask_in_turn(&mut library_clients, || library.cpu_seconds(), ROUND).await;
        let command = ask_in_turn(&mut command_clients, || command.cpu_seconds(), ROUND).await;
        if round > 0 {
            ratios.push(command.per_second() / library.per_second());
            of_library.add(&library);
            of_command.add(&command);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ROUNDS / 2];
    let written = fs::metadata(folder.path().join("events")).expect("a file").len();
    println!("{question:?}, library: {of_library}");
    println!("{question:?}, command, {name}: {of_command}; {written} bytes of events");
    println!(
        "ratio: {ratio:.2} (median of {ROUNDS} rounds; from {:.2} to {:.2})",
        ratios[0],
        ratios[ROUNDS - 1]
    );
    let is_within = ratio >= RATIO;
    if !is_within {
        println!("  that is less than {RATIO}");
    }
    is_within
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}
