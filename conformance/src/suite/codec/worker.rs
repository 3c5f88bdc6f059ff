//! A process that answers lines. It may answer many, or end after each.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::answer::{Decoded, Encoded};

/// How long a program may take for one line.
const ANSWER: Duration = Duration::from_secs(20);

/// A program that answers lines, started when it is needed.
pub(super) struct Worker {
    command: Vec<String>,
    running: Option<Running>,
    /// Whether it ever answered.
    pub(super) came: bool,
}

struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

/// What came of a line.
enum Answer {
    Line(String),
    Exit(i32),
    Wrong(String),
}

impl Worker {
    pub(super) fn new(command: Vec<String>) -> Self {
        Self { command, running: None, came: false }
    }

    pub(super) async fn decode(&mut self, line: &str) -> Decoded {
        match self.ask(line).await {
            Answer::Line(line) => Decoded::read(&line),
            Answer::Exit(code) => {
                Decoded::Refused { kind: Some(format!("exit code {code}")), at: None }
            }
            Answer::Wrong(text) => Decoded::Wrong(text),
        }
    }

    pub(super) async fn encode(&mut self, line: &str) -> Encoded {
        match self.ask(line).await {
            Answer::Line(line) => Encoded::read(&line),
            Answer::Exit(code) => Encoded::Refused(format!("exit code {code}")),
            Answer::Wrong(text) => Encoded::Wrong(text),
        }
    }

    /// Sends a line and returns the answer. A program that ended after its last answer is
    /// started again.
    async fn ask(&mut self, line: &str) -> Answer {
        let is_new = self.running.is_none();
        let answer = self.attempt(line).await;
        match answer {
            // It may have ended because its last line was answered, and not because of this one.
            Answer::Exit(_) if !is_new => self.attempt(line).await,
            answer => answer,
        }
    }

    async fn attempt(&mut self, line: &str) -> Answer {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => match start(&self.command) {
                Ok(running) => running,
                Err(text) => return Answer::Wrong(text),
            },
        };
        let asked = tokio::time::timeout(ANSWER, running.exchange(line)).await;
        match asked {
            Err(_) => Answer::Wrong("no answer in 20 s".to_owned()),
            Ok(Some(answer)) => {
                self.came = true;
                self.running = Some(running);
                Answer::Line(answer)
            }
            Ok(None) => match tokio::time::timeout(ANSWER, running.child.wait()).await {
                Ok(Ok(status)) => match status.code() {
                    Some(0) => Answer::Wrong("it ended without an answer".to_owned()),
                    Some(code) => {
                        self.came = true;
                        Answer::Exit(code)
                    }
                    None => Answer::Wrong("it was ended by a signal".to_owned()),
                },
                _ => Answer::Wrong("it closed its output and goes on".to_owned()),
            },
        }
    }
}

impl Running {
    /// Returns the answer to a line, `None` if the program has ended.
    async fn exchange(&mut self, line: &str) -> Option<String> {
        let stdin = self.stdin.as_mut()?;
        // A program that has ended may still have answered.
        let _ = stdin.write_all(format!("{line}\n").as_bytes()).await;
        let _ = stdin.flush().await;
        self.lines.next_line().await.ok().flatten()
    }
}

fn start(command: &[String]) -> Result<Running, String> {
    let Some((name, arguments)) = command.split_first() else {
        return Err("no command".to_owned());
    };
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{name}: {error}"))?;
    let stdin = child.stdin.take();
    let stdout = child.stdout.take().ok_or_else(|| format!("{name}: no output"))?;
    Ok(Running { child, stdin, lines: BufReader::new(stdout).lines() })
}
