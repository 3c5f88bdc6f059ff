//! Three `nats-server`s that are one cluster.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::site::until;

/// Ports that are free: below those that the system gives to outgoing connections, which would take
/// the port of a program that is started later or again.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 20).unwrap() * 1_000;
    let free = || loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 1_000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    };
    [(); N].map(|()| free())
}

/// How long servers may take to found a cluster.
const FOUNDING: Duration = Duration::from_secs(4);

/// Returns the name of a server.
fn name(number: usize) -> String {
    format!("nats{number}")
}

pub(crate) struct Servers {
    servers: [Server; 3],
}

struct Server {
    process: Option<Child>,
    folder: TempDir,
    number: usize,
    clients: u16,
    routes: u16,
    monitor: u16,
    all_routes: String,
}

impl Servers {
    /// Starts three servers on free ports, and waits until they are a cluster.
    ///
    /// # Panics
    /// If the program is missing: on Debian, `apt-get install nats-server`.
    pub(crate) async fn start() -> Self {
        let ports: [u16; 9] = free_ports();
        let all_routes = ports[3..6].iter().map(|port| format!("nats://127.0.0.1:{port}"));
        let all_routes = all_routes.collect::<Vec<_>>().join(",");
        let servers = [0, 1, 2].map(|number| Server {
            process: None,
            folder: TempDir::new().unwrap(),
            number,
            clients: ports[number],
            routes: ports[3 + number],
            monitor: ports[6 + number],
            all_routes: all_routes.clone(),
        });
        let mut servers = Self { servers };
        servers.start_all().await;
        servers
    }

    async fn start_all(&mut self) {
        for server in &mut self.servers {
            server.start();
        }
        for number in 0..3 {
            self.healthy(number).await;
        }
        // On a machine that has much to do, new servers sometimes found a cluster of two. The third
        // is taken when it is started again.
        let mut limit = Instant::now() + FOUNDING;
        while self.servers.iter().any(|server| server.size() != Some(3)) {
            if Instant::now() > limit {
                let members: BTreeSet<_> = self.servers.iter().flat_map(Server::members).collect();
                for number in 0..3 {
                    if !members.contains(&name(number)) {
                        println!("server {number} is started again: {members:?} do not take it");
                        self.kill(number);
                        self.start_one(number);
                        self.healthy(number).await;
                    }
                }
                limit = Instant::now() + FOUNDING;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn address(&self, number: usize) -> String {
        format!("127.0.0.1:{}", self.servers[number].clients)
    }

    pub(crate) fn start_one(&mut self, number: usize) {
        self.servers[number].start();
    }

    pub(crate) fn kill(&mut self, number: usize) {
        if let Some(mut process) = self.servers[number].process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Kills all, and starts them again without their data.
    pub(crate) async fn lose_everything(&mut self) {
        for number in 0..3 {
            self.kill(number);
        }
        for server in &mut self.servers {
            server.folder = TempDir::new().unwrap();
        }
        self.start_all().await;
    }

    /// Waits until a server has caught up with the others, and each that runs is connected to all
    /// others that do.
    pub(crate) async fn healthy(&self, number: usize) {
        let monitor = self.servers[number].monitor;
        until("the server is healthy", || {
            get(monitor, "/healthz").is_some_and(|health| health["status"] == "ok")
        })
        .await;
        let running = self.servers.iter().filter(|server| server.process.is_some());
        let others = running.clone().count() - 1;
        for server in running {
            until("the servers are connected", || server.peers().len() == others).await;
        }
    }

    /// Prints what each server says about its routes, and about the replicas of the buckets.
    pub(crate) fn explain(&self) {
        for server in &self.servers {
            println!("server {}: routes to {:?}", server.number, server.peers());
            let streams = get(server.monitor, "/jsz?acc=$G&streams=1").unwrap_or_default();
            println!("  leader of all: {}", streams["meta_cluster"]["leader"]);
            let accounts = streams["account_details"].as_array().cloned().unwrap_or_default();
            for stream in
                accounts.iter().filter_map(|account| account["stream_detail"].as_array()).flatten()
            {
                println!("  {}: {} {}", stream["name"], stream["cluster"], stream["state"]);
            }
        }
    }
}

impl Server {
    /// Returns the names of the servers that it is connected to.
    fn peers(&self) -> BTreeSet<String> {
        let routes = get(self.monitor, "/routez").unwrap_or_default();
        let routes = routes["routes"].as_array().cloned().unwrap_or_default();
        routes
            .iter()
            .filter_map(|route| route["remote_name"].as_str().or(route["remote_id"].as_str()))
            .map(ToOwned::to_owned)
            .collect()
    }

    /// Returns what it says about the cluster that decides on buckets.
    fn cluster(&self) -> Json {
        get(self.monitor, "/jsz").unwrap_or_default()["meta_cluster"].take()
    }

    /// Returns how many servers it counts.
    fn size(&self) -> Option<u64> {
        self.cluster()["cluster_size"].as_u64()
    }

    /// Returns the names of the servers that it knows to be in the cluster.
    fn members(&self) -> Vec<String> {
        let cluster = self.cluster();
        let replicas = cluster["replicas"].as_array().into_iter().flatten();
        let names = replicas.map(|replica| &replica["name"]).chain([&cluster["leader"]]);
        names.filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect()
    }

    fn start(&mut self) {
        let mut command = Command::new("nats-server");
        command.args(["-js", "-a", "127.0.0.1", "--cluster_name", "test", "--no_advertise"]);
        command.args(["-p", &self.clients.to_string(), "-m", &self.monitor.to_string()]);
        command.args(["--server_name", &name(self.number)]);
        command.args(["--cluster", &format!("nats://127.0.0.1:{}", self.routes)]);
        command.args(["--routes", &self.all_routes]).arg("-sd").arg(self.folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let started = command.spawn();
        self.process = Some(started.expect("nats-server is missing: apt-get install nats-server"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Returns what the monitor of a server answers, if it does.
fn get(port: u16, path: &str) -> Option<Json> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let limit = Duration::from_secs(1);
    let mut socket = TcpStream::connect_timeout(&address, limit).ok()?;
    socket.set_read_timeout(Some(limit)).ok()?;
    write!(socket, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}
