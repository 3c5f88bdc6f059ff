//! The platform of the command, with its events in a file, and the library without receivers of
//! events.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::bound::{BYTES, BYTES_TLS, Cost};
use crate::client::{Client, Question, Target};
use crate::compare::{ASKING, in_turns};
use crate::process::Server;
use crate::server;
use crate::tls::Tls;

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
        ("command, TLS, sessions resumed", &over_tls, Some(tls.connector.clone()), BYTES_TLS),
        ("command, TLS, full handshakes", &over_tls, Some(tls.full.clone()), BYTES_TLS),
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
    let clients = Client::bound_many(command.address, ASKING, question).await;
    let of_library = Client::bound_many(library.address, ASKING, question).await;
    let name = format!("command, {name}, {question:?}");
    let is_within =
        in_turns(("library", &library, of_library), (&name, &command, clients), RATIO).await;
    let written = fs::metadata(folder.path().join("events")).expect("a file").len();
    println!("  {written} bytes of events");
    is_within
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}
