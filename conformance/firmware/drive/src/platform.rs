//! The platform: the command `alwayson`, controlled through its standard input and
//! output.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Failure, KEY};

/// The timeout of each step. It allows for the time in which a device that has lost its
/// platform reconnects.
const PATIENCE: Duration = Duration::from_secs(40);

/// A running platform. Dropping it kills the platform.
pub struct Platform {
    child: Child,
    commands: ChildStdin,
    lines: Receiver<String>,
    /// Received lines that were not waited for yet.
    kept: RefCell<Vec<String>>,
    /// The address at which the platform listens, `HOST:PORT`.
    pub address: String,
}

impl Platform {
    /// Starts a platform that listens at `listen`, and that makes the requests in
    /// `after_bind` to each Thing after it was bound.
    pub fn start(
        command: &Path,
        directory: &Path,
        listen: &str,
        after_bind: &str,
    ) -> Result<Self, Failure> {
        std::fs::write(directory.join("keys.txt"), KEY)?;
        let mut child = Command::new(command)
            .args(["platform", "--listen", listen, "--app-key-file", "keys.txt"])
            .args(["--things", "any", "--json", "--after-bind", after_bind])
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = child.stdin.take().ok_or("the platform has no standard input")?;
        let output =
            BufReader::new(child.stdout.take().ok_or("the platform has no standard output")?);
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            // Ends when the platform ends or when `lines` is dropped.
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        // The first line has the URL of the platform: ws://HOST:PORT/PATH.
        let listening: Value = serde_json::from_str(&lines.recv_timeout(PATIENCE)?)?;
        let address = listening["url"].as_str().and_then(|url| url.split('/').nth(2));
        let address = address.ok_or("the first line of the platform has no URL")?.to_owned();
        Ok(Self { child, commands, lines, kept: RefCell::default(), address })
    }

    /// Waits for an event that contains all of these texts.
    pub fn wait_for(&self, parts: &[&str]) -> Result<(), Failure> {
        self.wait("event", parts).map(drop)
    }

    /// Sends a command to the platform and waits for its answer, whose status and
    /// result must contain all of these texts.
    pub fn ask(&self, words: &[&str], answer: &[&str]) -> Result<(), Failure> {
        writeln!(&self.commands, "{}", words.join(" "))?;
        let found = self.wait("command", &words[..words.len().min(3)])?;
        let said = format!("{} {}", found["status"], found["result"]);
        if answer.iter().all(|part| said.contains(part)) {
            return Ok(());
        }
        Err(format!("the answer to {words:?} is {said}, expected {answer:?}").into())
    }

    /// Waits for a line that has a member of this name and contains these texts, and
    /// returns it. Other lines are kept, because events and answers may arrive in any
    /// order.
    fn wait(&self, member: &str, parts: &[&str]) -> Result<Value, Failure> {
        let until = Instant::now() + PATIENCE;
        let mut kept = self.kept.borrow_mut();
        let mut next = 0;
        loop {
            while let Some(line) = kept.get(next) {
                let value = serde_json::from_str::<Value>(line)?;
                if value.get(member).is_some() && parts.iter().all(|part| line.contains(part)) {
                    kept.remove(next);
                    return Ok(value);
                }
                next += 1;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => kept.push(line),
                Err(_) => {
                    return Err(format!(
                        "no {member} with {parts:?} was received; other lines: {kept:#?}"
                    )
                    .into());
                }
            }
        }
    }

    /// Kills the platform at once, without a close to its devices.
    pub fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends the platform with the command `quit`, as a user does.
    pub fn quit(mut self) -> Result<(), Failure> {
        writeln!(self.commands, "quit")?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the platform ended with {status}").into())
        }
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // If the platform has already ended, there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
