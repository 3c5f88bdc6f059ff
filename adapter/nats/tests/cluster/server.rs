//! A `nats-server` in a process of its own, with a folder of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;

/// The timeout of every wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    process: Child,
    folder: TempDir,
    pub(crate) address: String,
}

impl Server {
    /// Starts a server on a free port, with `JetStream`.
    ///
    /// # Panics
    /// If the program is missing: on Debian, `apt-get install nats-server`.
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let process = spawn(folder.path(), "-1", &["-js"]);
        let address = address(folder.path(), process.id()).await;
        Self { process, folder, address }
    }

    /// Kills the server, and starts it again on the same port, without its data.
    pub(crate) async fn lose_everything(&mut self) {
        self.start_empty(&["-js"]).await;
    }

    /// Kills the server, and starts it again on the same port without `JetStream`, so that it refuses
    /// all reads and writes at once.
    pub(crate) async fn lose_store(&mut self) {
        self.start_empty(&[]).await;
    }

    async fn start_empty(&mut self, options: &[&str]) {
        self.kill();
        self.folder = TempDir::new().unwrap();
        let port = self.address.rsplit(':').next().unwrap();
        self.process = spawn(self.folder.path(), port, options);
        address(self.folder.path(), self.process.id()).await;
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(folder: &Path, port: &str, options: &[&str]) -> Child {
    Command::new("nats-server")
        .args(options)
        .args(["-a", "127.0.0.1", "-p", port, "-sd"])
        .arg(folder)
        .arg("--ports_file_dir")
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nats-server is missing: apt-get install nats-server")
}

/// Returns the address of a server, once it listens.
async fn address(folder: &Path, id: u32) -> String {
    let file = folder.join(format!("nats-server_{id}.ports"));
    let waiting = async {
        loop {
            let text = std::fs::read(&file).unwrap_or_default();
            if let Ok(ports) = serde_json::from_slice::<Json>(&text) {
                let url = ports["nats"][0].as_str().unwrap().to_owned();
                return url.trim_start_matches("nats://").to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("nats-server does not start")
}
