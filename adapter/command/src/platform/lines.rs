//! Commands and events as lines, for scripts, services and pipes.

use std::io::{self, BufRead};
use std::pin::pin;
use std::time::Duration;

use alwayson::message::{BoxFuture, Response};
use alwayson::platform::{Platform, RequestError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::answer::Answer;
use super::command::{self, Taken};
use super::desk::Desk;
use super::log_file::LogFile;
use super::output::Output;
use super::reload::Reload;
use super::report::Report;
use crate::failure::Failure;
use crate::show::{self, Days};
use crate::signals::{Signal, Signals};

/// The capacity of the queue of input lines; more lines stay in the pipe.
const LINES: usize = 16;

/// The pause after events were shown. Under load each event would otherwise wake the task that
/// shows them, which takes longer than to show it. Of 200,000 updates a second, no more come in it
/// than a receiver may be behind.
const REST: Duration = Duration::from_millis(4);

/// How long the output may take to be read once the platform has shut down.
const READER: Duration = Duration::from_secs(5);

type Answered = (String, Result<Response, RequestError>);

/// Serves until `quit`, a signal, or the end of the reader of the JSON output. Commands
/// are answered one after the other; events are shown in between.
pub(super) async fn run(
    platform: Platform,
    mut desk: Desk,
    mut signals: Signals,
    is_json: bool,
    log_file: LogFile,
    reload: Option<&Reload<'_>>,
) -> Result<(), Failure> {
    let output = Output::start(log_file);
    let mut out = Out { is_json, commands: 0, days: Days::default(), output };
    let mut lines = read_lines();
    let mut unread = pin!(unread());
    let mut call: Option<BoxFuture<'static, Answered>> = None;
    let mut is_open = true;
    let mut gone = pin!(out.output.gone());
    let mut rest_until = None;
    loop {
        tokio::select! {
            () = out.output.pass_on() => {}
            () = rest(rest_until) => rest_until = None,
            report = desk.next(), if rest_until.is_none() && out.output.has_room() => {
                out.reports(report, &mut desk);
                rest_until = Some(Instant::now() + REST);
            }
            answered = answered(&mut call) => {
                call = None;
                out.called(&mut desk, answered);
            }
            line = lines.recv(), if is_open && call.is_none() => match line {
                // The end of the input is not the end of the service.
                None => is_open = false,
                Some(line) => match command::take(&line, &desk) {
                    None => {}
                    Some(Taken::Quit) => break,
                    Some(Taken::Answered(answer)) => out.answer(&answer),
                    Some(Taken::Call(command, request)) => {
                        let handle = desk.handle.clone();
                        call = Some(Box::pin(async move { (command, handle.call(request).await) }));
                    }
                },
            },
            // A service continues without a reader. JSON output is for a program, whose end ends
            // the platform.
            () = &mut unread, if is_json => break,
            () = &mut gone, if is_json => break,
            signal = signals.next_or_hangup() => match reload {
                Some(reload) if signal == Signal::Hangup => {
                    out.report(&reload.reload(), show::columns());
                }
                _ => break,
            },
        }
    }
    let mut shut_down = Box::pin(platform.shut_down());
    loop {
        tokio::select! {
            biased;
            () = out.output.pass_on() => {}
            report = desk.next(), if out.output.has_room() => out.reports(report, &mut desk),
            answered = answered(&mut call) => {
                call = None;
                out.called(&mut desk, answered);
            }
            () = &mut shut_down => break,
            () = signals.next() => {
                let text = "stopped at once: requests in flight were not answered";
                return Err(Failure::Failed(text.to_owned()));
            }
        }
    }
    tokio::select! {
        () = out.finish(&mut desk) => return Ok(()),
        () = tokio::time::sleep(READER) => {}
        () = signals.next() => {}
    }
    Err(Failure::Failed("the rest of the output was not read".to_owned()))
}

/// Waits until this moment; forever without one.
async fn rest(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Completes when standard output is a pipe whose reader has gone, even if nothing is
/// written.
async fn unread() {
    let (sender, unread) = oneshot::channel::<()>();
    #[cfg(unix)]
    std::thread::spawn(move || {
        use rustix::event::{PollFd, PollFlags, poll};
        let output = io::stdout();
        let mut output = [PollFd::new(&output, PollFlags::empty())];
        // No events are requested, so `poll` returns only for an error or hang-up.
        while poll(&mut output, None) == Err(rustix::io::Errno::INTR) {}
        if !output[0].revents().is_empty() {
            // The receiver may have been dropped.
            let _ = sender.send(());
        }
    });
    #[cfg(not(unix))]
    drop(sender);
    if unread.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Returns the answer to the call; never completes without a call.
///
/// # Cancel safety
/// If the future is dropped, the call continues.
async fn answered(call: &mut Option<BoxFuture<'static, Answered>>) -> Answered {
    match call {
        Some(call) => call.await,
        None => std::future::pending().await,
    }
}

/// Returns the lines of standard input. A separate thread reads them, because a blocking
/// read of a terminal or pipe cannot be cancelled.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(LINES);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut line = Vec::new();
        loop {
            line.clear();
            match input.read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot read standard input; no more commands are taken");
                    return;
                }
            }
            let text = String::from_utf8_lossy(&line).into_owned();
            if sender.blocking_send(text).is_err() {
                return;
            }
        }
    });
    lines
}

struct Out {
    is_json: bool,
    /// The number of answered commands.
    commands: u64,
    days: Days,
    output: Output,
}

impl Out {
    /// Shows an event, and those that have arrived since.
    fn reports(&mut self, report: Report, desk: &mut Desk) {
        let mut next = Some(report);
        let columns = show::columns();
        while let Some(report) = next {
            self.report(&report, columns);
            next = if self.output.has_room() { desk.try_next() } else { None };
        }
    }

    /// Shows the events that are left, and waits until everything is written.
    async fn finish(mut self, desk: &mut Desk) {
        while let Some(report) = desk.try_next() {
            self.reports(report, desk);
            self.output.pass_on().await;
        }
        self.output.finish().await;
    }

    fn report(&mut self, report: &Report, columns: Option<usize>) {
        if self.is_json {
            return self.output.line(&report.json());
        }
        if let Some(day) = self.days.before(report.time()) {
            self.output.line(&day);
        }
        self.output.write(|line| report.write_line(line, columns));
    }

    fn answer(&mut self, answer: &Answer) {
        self.commands += 1;
        self.output.line(&if self.is_json {
            answer.json(self.commands).to_string()
        } else {
            answer.lines(show::columns())
        });
    }

    /// Shows the answer of an edge, after the events that happened before it.
    fn called(&mut self, desk: &mut Desk, (command, called): Answered) {
        for report in desk.ready() {
            self.report(&report, show::columns());
        }
        self.answer(&Answer::called(command, called));
    }
}
