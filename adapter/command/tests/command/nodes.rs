//! Three platforms that share their Things through a `nats-server`.

use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::process::{PATIENCE, Process, alwayson};

/// Short times of leases, in ms.
const TIMES: &str = "300,100,2000,3000,1000";

struct Server {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Server {
    /// Starts a server on a free port.
    ///
    /// # Panics
    /// If the program is missing: on Debian, `apt-get install nats-server`.
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let process = Command::new("nats-server")
            .args(["-js", "-a", "127.0.0.1", "-p", "-1", "-sd"])
            .arg(folder.path())
            .arg("--ports_file_dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server is missing: apt-get install nats-server");
        let file = folder.path().join(format!("nats-server_{}.ports", process.id()));
        let deadline = std::time::Instant::now() + PATIENCE;
        let url = loop {
            let text = std::fs::read(&file).unwrap_or_default();
            if let Ok(ports) = serde_json::from_slice::<Json>(&text) {
                break ports["nats"][0].as_str().unwrap().to_owned();
            }
            assert!(std::time::Instant::now() < deadline, "nats-server does not start");
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        Self { process, url, _folder: folder }
    }

    fn node(&self, name: &str) -> (Process, String) {
        let args = ["--json", "--nats", &self.url, "--node", name, "--nats-times", TIMES];
        let (mut platform, address) = Process::platform(&args);
        platform.find_json("event", "joined");
        (platform, address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn edge(address: &str, thing: &str) -> Process {
    let url = format!("ws://{address}");
    let args = ["edge", "--url", &url, "--thing", thing, "--property", "Level=2.5"];
    Process::start(alwayson().args(args))
}

/// Returns the answer to a command.
fn answer(platform: &mut Process, command: &str) -> Json {
    platform.say(command);
    platform.find_json("command", command)
}

#[test]
fn three_nodes_have_the_same_things_and_each_calls_all_of_them() {
    let server = Server::start();
    let (mut a, address) = server.node("a");
    let (mut b, _) = server.node("b");
    let (mut c, other) = server.node("c");
    let _pump = edge(&address, "Pump");
    for node in [&mut b, &mut c] {
        let bound = node.find(|line| line.contains(r#""event":"bound""#) && line.contains("Pump"));
        let bound: Json = serde_json::from_str(&bound).unwrap();
        assert_eq!((&bound["node"], &bound["isConnected"]), (&"a".into(), &true.into()));
        let read = answer(node, "read Pump Level");
        assert_eq!((&read["status"], &read["result"]), (&"SUCCESS".into(), &2.5.into()));
    }
    for node in [&mut a, &mut b, &mut c] {
        let holder = answer(node, "holder Pump");
        assert_eq!(holder["result"]["node"], "a", "{holder}");
        let things = answer(node, "things");
        let pump = &things["result"][0];
        assert_eq!((&pump["thing"], &pump["node"]), (&"Pump".into(), &"a".into()), "{things}");
        assert_eq!(pump["isConnected"], true);
    }
    // First in wins, on whichever node.
    let _again = edge(&other, "Pump");
    let refused = c.find_json("event", "bind-refused");
    assert!(refused["reason"].as_str().unwrap().contains("bound on another connection"));
}

#[test]
fn the_things_of_a_node_that_is_killed_are_not_connected_and_can_be_bound_elsewhere() {
    let server = Server::start();
    let (a, address) = server.node("a");
    let (mut b, other) = server.node("b");
    let _pump = edge(&address, "Pump");
    b.find_json("event", "bound");
    a.signal("KILL");
    let deadline = std::time::Instant::now() + PATIENCE;
    while !answer(&mut b, "holder Pump")["result"].is_null() {
        assert!(std::time::Instant::now() < deadline, "the lease does not end");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let _pump = edge(&other, "Pump");
    b.find(|line| line.contains(r#""event":"bound""#) && !line.contains(r#""node""#));
    assert_eq!(answer(&mut b, "holder Pump")["result"]["node"], "b");
    assert_eq!(answer(&mut b, "read Pump Level")["result"], 2.5);
}
