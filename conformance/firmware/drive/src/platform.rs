//! The platform: the command `alwayson`, by its standard input and output.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Failure, KEY};

/// How long anything may take: a device that has lost its platform needs a while.
const PATIENCE: Duration = Duration::from_secs(40);

/// A platform that runs. It is killed when it is dropped.
pub struct Platform {
    child: Child,
    commands: ChildStdin,
    lines: Receiver<String>,
    /// Lines that nobody has waited for yet.
    kept: RefCell<Vec<String>>,
    /// Where it listens.
    pub address: String,
}

impl Platform {
    /// Starts one that listens at an address, and asks a Thing for this after it
    /// was bound.
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
        let commands = child.stdin.take().ok_or("no standard input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            // Ends with the platform, or with whoever listens here.
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        // The first line says where it listens: ws://HOST:PORT/PATH.
        let listening: Value = serde_json::from_str(&lines.recv_timeout(PATIENCE)?)?;
        let address = listening["url"].as_str().and_then(|url| url.split('/').nth(2));
        let address = address.ok_or("the platform does not say where it listens")?.to_owned();
        Ok(Self { child, commands, lines, kept: RefCell::default(), address })
    }

    /// Waits for an event with all of these in it.
    pub fn wait_for(&self, parts: &[&str]) -> Result<(), Failure> {
        self.wait("event", parts).map(drop)
    }

    /// Gives a command, and waits for its answer, with all of these in its status
    /// and result.
    pub fn ask(&self, words: &[&str], answer: &[&str]) -> Result<(), Failure> {
        writeln!(&self.commands, "{}", words.join(" "))?;
        let found = self.wait("command", &words[..words.len().min(3)])?;
        let said = format!("{} {}", found["status"], found["result"]);
        if answer.iter().all(|part| said.contains(part)) {
            return Ok(());
        }
        Err(format!("{words:?} was answered {said}, not {answer:?}").into())
    }

    /// Waits for a line with a member of this name, and these in the line. Others
    /// are kept: events and answers come in any order.
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
                Err(_) => return Err(format!("no {member} {parts:?}; instead: {kept:#?}").into()),
            }
        }
    }

    /// Ends it at once, without a word to its devices.
    pub fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends it as somebody does who types.
    pub fn quit(mut self) -> Result<(), Failure> {
        writeln!(self.commands, "quit")?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the platform: {status}").into()) }
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // Where it has ended already there is nothing to be done.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
