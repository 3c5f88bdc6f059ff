//! A process of the tested program, with the control channel or without it.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::sync::mpsc;

use crate::suite::exchange::Exchange;
use crate::suite::net::{Happening, What};

/// How long a program may take to end once its standard input is closed.
const END: Duration = Duration::from_millis(300);

/// How many lines of standard error are kept of one case.
const ERROR_LINES: usize = 20;

/// A running process.
pub(crate) struct Program {
    stdin: Option<ChildStdin>,
    end: tokio::sync::oneshot::Sender<()>,
    watcher: tokio::task::JoinHandle<()>,
    /// The kinds of effects that it reports.
    pub(crate) reports: Vec<String>,
    /// Whether it sends nothing but what it is told to send.
    pub(crate) is_quiet: bool,
}

impl Program {
    /// Starts a command, in whose words these placeholders are replaced.
    ///
    /// # Errors
    /// The command cannot be started; the error says why, in words.
    pub(crate) fn start(
        command: &[String],
        placeholders: &[(&str, String)],
        has_control: bool,
        inbox: mpsc::UnboundedSender<Happening>,
        exchange: Exchange,
    ) -> Result<Self, String> {
        let fill = |word: &String| {
            placeholders.iter().fold(word.clone(), |word, (name, value)| word.replace(name, value))
        };
        let words: Vec<String> = command.iter().map(fill).collect();
        let Some((name, arguments)) = words.split_first() else {
            return Err("no command".to_owned());
        };
        let piped = || if has_control { Stdio::piped() } else { Stdio::null() };
        // For programs that take a key from nowhere else: `ALWAYSON_KEY` for `{key}`.
        let variables = placeholders.iter().map(|(name, value)| {
            let name = name.trim_matches(['{', '}']).to_ascii_uppercase();
            (format!("ALWAYSON_{name}"), value)
        });
        let mut command = Command::new(name);
        command.args(arguments).envs(variables).kill_on_drop(true);
        command.stdin(piped()).stdout(piped()).stderr(Stdio::piped());
        // Ctrl-C is for the suite, which ends its programs.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
        let stdin = child.stdin.take();
        let lines = child.stdout.take().map(|out| BufReader::new(out).lines());
        if let Some(mut lines) = lines {
            let inbox = inbox.clone();
            tokio::spawn(async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    let what = What::Line(line);
                    let happening = Happening { connection: 0, what };
                    if inbox.send(happening).is_err() {
                        return;
                    }
                }
            });
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(note_errors(stderr, exchange));
        }
        let (end, ended) = tokio::sync::oneshot::channel();
        let watcher = tokio::spawn(watch(child, ended, inbox));
        Ok(Self { stdin, end, watcher, reports: Vec::new(), is_quiet: false })
    }

    /// Writes a line to the program.
    ///
    /// # Errors
    /// The program does not read; the error says so, in words.
    pub(crate) async fn tell(&mut self, line: &Value) -> Result<(), String> {
        let Some(stdin) = self.stdin.as_mut() else {
            return Err("the program has no control channel".to_owned());
        };
        let failed = |error: std::io::Error| format!("the control channel: {error}");
        stdin.write_all(format!("{line}\n").as_bytes()).await.map_err(failed)?;
        stdin.flush().await.map_err(failed)
    }

    /// Ends the program: its standard input is closed, and if it does not end by itself, it is
    /// ended.
    pub(crate) async fn end(mut self) {
        drop(self.stdin.take());
        // It may have ended already.
        let _ = self.end.send(());
        let _ = self.watcher.await;
    }
}

/// Notes the first lines of standard error, and reads the rest.
async fn note_errors(stderr: ChildStderr, exchange: Exchange) {
    let mut lines = BufReader::new(stderr).lines();
    let mut count = 0;
    while let Ok(Some(line)) = lines.next_line().await {
        count += 1;
        if count <= ERROR_LINES {
            let line: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
            exchange.note(0, format!("standard error: {line}"));
        }
    }
}

async fn watch(
    mut child: Child,
    ended: tokio::sync::oneshot::Receiver<()>,
    inbox: mpsc::UnboundedSender<Happening>,
) {
    tokio::select! {
        status = child.wait() => {
            let code = status.ok().and_then(|status| status.code());
            let what = What::Exited(code);
            // Nobody may listen any more.
            let _ = inbox.send(Happening { connection: 0, what });
        }
        _ = ended => {
            if tokio::time::timeout(END, child.wait()).await.is_err() {
                // Fails only if it has ended meanwhile.
                let _ = child.kill().await;
            }
        }
    }
}
