//! A platform whose output nobody reads.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Instant;

use alwayson::edge::{Credentials, Edge};
use alwayson::value::Value;
use futures_util::{StreamExt, stream};
use serde_json::Value as Json;

use crate::process::{PATIENCE, alwayson};

/// More values than all that is between the platform and its reader can hold.
const VALUES: u32 = 4_000;

/// A platform, of whose output only the first line was read.
struct Unread {
    child: Child,
    output: BufReader<ChildStdout>,
    url: String,
}

impl Unread {
    fn start() -> Self {
        let mut command = alwayson();
        command.args(["platform", "--listen", "127.0.0.1:0", "--json"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let listening: Json = serde_json::from_str(&line).unwrap();
        let url = listening["url"].as_str().unwrap().to_owned();
        Self { child, output, url }
    }

    /// Writes many values to it, each of which is answered.
    async fn fill(&self) {
        let edge = Edge::builder(&self.url).unwrap();
        let edge = edge.credentials(|| async { Ok::<_, Infallible>(Credentials::app_key("key")) });
        let edge = edge.connect().await.unwrap();
        let text = "x".repeat(200);
        let writes = (0..VALUES).map(|number| {
            let value = Value::from(format!("{number} {text}"));
            edge.write_property("Pump", "Label", value)
        });
        let mut written = stream::iter(writes).buffered(32);
        while let Some(written) =
            tokio::time::timeout(PATIENCE, written.next()).await.expect("no answer")
        {
            written.unwrap();
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let killed = std::process::Command::new("kill").args(["-s", name, &pid]).status();
        assert!(killed.unwrap().success());
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_delays_no_edge_and_is_told_how_many_events_were_lost() {
    let mut platform = Unread::start();
    platform.fill().await;
    platform.signal("TERM");
    let mut events = String::new();
    platform.output.read_to_string(&mut events).unwrap();
    let events = events.lines().map(|line| serde_json::from_str(line).unwrap());
    let events: Vec<Json> = events.collect();
    let of = |kind: &'static str| events.iter().filter(move |event| event["event"] == kind);
    let lost: u64 = of("lost").map(|event| event["count"].as_u64().unwrap()).sum();
    let shown = u64::try_from(of("property").count()).unwrap();
    assert!(lost > 0);
    assert_eq!(shown + lost, u64::from(VALUES));
    // What came last is shown.
    let newest = of("property").next_back().unwrap()["value"].as_str().unwrap();
    assert_eq!(newest.split(' ').next().unwrap(), (VALUES - 1).to_string());
    assert!(platform.child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_ends_even_if_nobody_reads_its_output() {
    let mut platform = Unread::start();
    platform.fill().await;
    platform.signal("TERM");
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = platform.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert!(!status.success());
    let mut errors = String::new();
    platform.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(errors.contains("was not read"), "{errors}");
}
