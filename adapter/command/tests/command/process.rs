//! A process of the command, with its output.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// The timeout of every wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The command.
pub(crate) fn alwayson() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alwayson"));
    // Independent of the environment of the test run.
    command.env_remove("RUST_LOG").env("NO_COLOR", "1");
    command
}

/// A process that runs; it is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<(Stream, String)>,
    /// All that it has printed.
    pub(crate) output: String,
    /// All that it has logged.
    pub(crate) errors: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Stream {
    Output,
    Errors,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command does not start");
        let (sender, lines) = channel();
        let readers: [(Stream, Box<dyn Read + Send>); 2] = [
            (Stream::Output, Box::new(child.stdout.take().unwrap())),
            (Stream::Errors, Box::new(child.stderr.take().unwrap())),
        ];
        for (stream, reader) in readers {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(reader).lines() {
                    let _ = sender.send((stream, line.expect("a line is not UTF-8")));
                }
            });
        }
        let input = child.stdin.take();
        Self { child, input, lines, output: String::new(), errors: String::new() }
    }

    /// Starts a platform on a free local port; returns its address.
    pub(crate) fn platform(args: &[&str]) -> (Self, String) {
        let mut platform =
            Self::start(alwayson().args(["platform", "--listen", "127.0.0.1:0"]).args(args));
        let line = platform.line();
        let address = match serde_json::from_str::<Json>(&line) {
            Ok(json) => {
                assert_eq!(json["event"], "listening", "{line}");
                let url = json["url"].as_str().unwrap();
                url.split('/').nth(2).unwrap().to_owned()
            }
            Err(_) => line,
        };
        (platform, address)
    }

    fn next(&mut self, deadline: Instant) -> Option<(Stream, String)> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok((stream, line)) => {
                let all = match stream {
                    Stream::Output => &mut self.output,
                    Stream::Errors => &mut self.errors,
                };
                all.push_str(&line);
                all.push('\n');
                Some((stream, line))
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!("waited too long; output:\n{}\nerrors:\n{}", self.output, self.errors)
            }
        }
    }

    /// Returns the next printed line.
    pub(crate) fn line(&mut self) -> String {
        self.find(|_| true)
    }

    /// Returns the next printed line that matches.
    pub(crate) fn find(&mut self, is_meant: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.next(deadline) {
                Some((Stream::Output, line)) if is_meant(&line) => return line,
                Some(_) => {}
                None => panic!("it ended; output:\n{}\nerrors:\n{}", self.output, self.errors),
            }
        }
    }

    /// Returns the next line that contains this text.
    pub(crate) fn find_text(&mut self, text: &str) -> String {
        self.find(|line| line.contains(text))
    }

    /// Waits for a line with each of these texts, in any order.
    pub(crate) fn find_texts(&mut self, texts: &[&str]) {
        let mut missing = texts.to_vec();
        while !missing.is_empty() {
            let line = self.find(|line| missing.iter().any(|text| line.contains(text)));
            missing.retain(|text| !line.contains(text));
        }
    }

    /// Returns the next line that is a JSON object whose member `name` is this text.
    pub(crate) fn find_json(&mut self, name: &str, text: &str) -> Json {
        let json = |line: &str| serde_json::from_str::<Json>(line).expect(line);
        json(&self.find(|line| json(line)[name] == text))
    }

    /// Types a line.
    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Closes its input.
    pub(crate) fn hush(&mut self) {
        self.input = None;
    }

    /// Sends it a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let killed = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(killed.unwrap().success());
    }

    /// The memory that it takes, in KiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Waits for its end.
    pub(crate) fn end(&mut self) -> ExitStatus {
        self.input = None;
        let deadline = Instant::now() + PATIENCE;
        while self.next(deadline).is_some() {}
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
