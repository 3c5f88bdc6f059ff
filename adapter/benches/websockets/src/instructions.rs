//! Instructions of a request, counted by callgrind, which do not depend on what else the machine
//! does. Those of the system are not counted.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use crate::client::{self, Client};
use crate::libraries::Library;
use crate::process::SERVE;
use crate::server;

/// The numbers of requests whose difference is counted, so that nothing of the start and the end
/// is.
const FEW: usize = 2_000;
const MANY: usize = 10_000;
/// The requests in one write.
const BATCH: usize = 16;

/// Prints the instructions of a request to each server.
pub(crate) async fn print() {
    println!("instructions of a request: one at a time, {BATCH} in one write");
    for library in Library::ALL {
        row(&server::echo(library)).await;
    }
    for library in Library::ALL.into_iter().filter(|library| library.has_transport()) {
        row(&server::platform(library)).await;
    }
}

async fn row(kind: &str) {
    println!("  {kind}: {}, {}", each(kind, 1).await, each(kind, BATCH).await);
}

async fn each(kind: &str, batch: usize) -> usize {
    let few = counted(kind, batch, FEW).await;
    let many = counted(kind, batch, MANY).await;
    (many - few) / (MANY - FEW)
}

/// Returns the instructions of a server that answers so many requests of one connection.
async fn counted(kind: &str, batch: usize, requests: usize) -> usize {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .env(SERVE, kind)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("valgrind, which is in the package of that name");
    let mut line = String::new();
    let output = child.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut line).expect("its address");
    let address = line.trim().parse().expect("an address");
    let mut clients = if kind.starts_with(server::PLATFORM) {
        client::bound(address, 1).await
    } else {
        client::echoing(address, 1).await
    };
    let client: &mut Client = &mut clients[0];
    client.ask_batches(batch, requests / batch).await;
    // Its end prints the count.
    let ended = Command::new("kill").arg(child.id().to_string()).status();
    assert!(ended.expect("kill").success());
    let mut told = String::new();
    child.stderr.take().expect("its messages").read_to_string(&mut told).expect("text");
    child.wait().expect("its end");
    let count = told.lines().find_map(|line| line.split_once("Collected : "));
    count.and_then(|(_, count)| count.trim().parse().ok()).expect("a count of callgrind")
}
