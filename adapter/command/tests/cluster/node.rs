//! A node: a process of the command.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value as Json;

use crate::site::{until, until_within};

/// The timeout of a request to an edge.
const REQUEST_TIMEOUT_MS: &str = "3000";

/// A process of the command, which is killed when it is dropped.
pub(crate) struct Node {
    pub(crate) name: String,
    /// Where it listens, also after a restart.
    pub(crate) address: String,
    nats: String,
    args: Vec<String>,
    run: Option<Run>,
}

struct Run {
    child: Child,
    input: ChildStdin,
    asked: u64,
    lines: Arc<Mutex<Vec<Json>>>,
}

impl Node {
    pub(crate) fn new(name: &str, port: u16, nats: String, args: &[&str]) -> Self {
        let address = format!("127.0.0.1:{port}");
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self { name: name.to_owned(), address, nats, args, run: None }
    }

    pub(crate) fn start(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alwayson"));
        command.env_remove("RUST_LOG").args(["platform", "--json", "--after-bind", "none"]);
        command.args(["--listen", &self.address, "--nats", &self.nats, "--node", &self.name]);
        command.args(["--request-timeout-ms", REQUEST_TIMEOUT_MS]).args(&self.args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(self.log());
        command.args(["--log", "warn,alwayson_nats=debug"]);
        let mut child = command.spawn().expect("the command does not start");
        let lines = Arc::<Mutex<Vec<Json>>>::default();
        let read = Arc::clone(&lines);
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            // A process that is killed may leave a part of a line.
            for line in output.lines().map_while(Result::ok) {
                if let Ok(json) = serde_json::from_str(&line) {
                    read.lock().unwrap().push(json);
                }
            }
        });
        let input = child.stdin.take().unwrap();
        self.run = Some(Run { child, input, asked: 0, lines });
    }

    /// Returns where it logs: nowhere, or into a file of the folder that the environment names.
    fn log(&self) -> Stdio {
        let Ok(folder) = std::env::var("ALWAYSON_FAULTS_LOG") else { return Stdio::null() };
        let path = std::path::Path::new(&folder).join(format!("{}.log", self.name));
        let file = std::fs::File::options().create(true).append(true).open(path);
        file.expect("a file in ALWAYSON_FAULTS_LOG").into()
    }

    fn run(&self) -> &Run {
        self.run.as_ref().expect("it runs")
    }

    /// Sends it a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.run().child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Freezes it, and waits until all of its threads have stopped.
    pub(crate) async fn freeze(&self) {
        self.signal("STOP");
        let tasks = format!("/proc/{}/task", self.run().child.id());
        let is_stopped = |task: std::io::Result<std::fs::DirEntry>| {
            let stat = std::fs::read_to_string(task.unwrap().path().join("stat")).unwrap();
            // After the name, which is in parentheses.
            stat.rsplit_once(')').is_some_and(|(_, state)| state.trim_start().starts_with('T'))
        };
        until("it is frozen", || std::fs::read_dir(&tasks).unwrap().all(is_stopped)).await;
    }

    pub(crate) fn kill(&mut self) {
        let mut run = self.run.take().expect("it runs");
        run.child.kill().unwrap();
        run.child.wait().unwrap();
    }

    /// Has it shut down in order, and waits for its end.
    pub(crate) async fn quit(&mut self) {
        self.signal("TERM");
        let mut run = self.run.take().expect("it runs");
        until("it has shut down", || run.child.try_wait().unwrap().is_some()).await;
    }

    /// Returns how many events of this kind and of the node itself it has printed in this run.
    pub(crate) fn count(&self, event: &str) -> usize {
        let is_own = |line: &&Json| line["event"] == event;
        self.run().lines.lock().unwrap().iter().filter(is_own).count()
    }

    /// Returns the reasons of the BINDs that it has refused.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let lines = self.run().lines.lock().unwrap();
        let refused = lines.iter().filter(|line| line["event"] == "bind-refused");
        refused.map(|line| line["reason"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Returns the latest lines that it has printed.
    pub(crate) fn latest(&self, count: usize) -> Vec<String> {
        let lines = self.run().lines.lock().unwrap();
        lines.iter().rev().take(count).rev().map(Json::to_string).collect()
    }

    /// Waits until it has joined.
    pub(crate) async fn joined(&self) {
        until("it joins", || self.count("joined") > 0).await;
    }

    /// Returns the answer to a command.
    pub(crate) async fn ask(&mut self, command: &str) -> Json {
        let run = self.run.as_mut().expect("it runs");
        run.asked += 1;
        writeln!(run.input, "{command}").unwrap();
        let (number, lines) = (run.asked, Arc::clone(&run.lines));
        let mut answer = None;
        until_within(Duration::from_secs(30), "it answers", || {
            let lines = lines.lock().unwrap();
            answer = lines.iter().rev().find(|line| line["number"] == number).cloned();
            answer.is_some()
        })
        .await;
        answer.unwrap()
    }

    /// Returns the node that holds a Thing, as this one knows it.
    pub(crate) async fn holder(&mut self, thing: &str) -> Option<String> {
        let answer = self.ask(&format!("holder {thing}")).await;
        answer["result"]["node"].as_str().map(ToOwned::to_owned)
    }

    /// Asks the edge of a Thing who it is: its answer, or why there is none.
    pub(crate) async fn who(&mut self, thing: &str) -> Result<String, String> {
        let answer = self.ask(&format!("call {thing} Who")).await;
        match answer["result"].as_str() {
            Some(who) => Ok(who.to_owned()),
            None => Err(answer["error"].as_str().unwrap_or_default().to_owned()),
        }
    }

    /// Returns the Things that are not connected, as it knows it.
    pub(crate) async fn not_connected(&mut self) -> Vec<String> {
        let things = self.ask("things").await;
        let things = things["result"].as_array().expect("a list");
        let free = things.iter().filter(|thing| thing["isConnected"] != true);
        free.map(|thing| thing["thing"].to_string()).collect()
    }

    /// Returns how many Things are connected, as it knows it.
    pub(crate) async fn connected(&mut self) -> usize {
        let things = self.ask("things").await;
        let things = things["result"].as_array().expect("a list");
        things.iter().filter(|thing| thing["isConnected"] == true).count()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(run) = &mut self.run {
            let _ = run.child.kill();
            let _ = run.child.wait();
        }
    }
}
