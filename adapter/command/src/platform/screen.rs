//! The platform on a terminal: a table of the Things, the events, and a prompt.

use std::io;
use std::time::Duration;

use alwayson::message::BoxFuture;
use alwayson::platform::Platform;
use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use super::answer::Answer;
use super::command::{self, Taken};
use super::complete::{Completion, complete};
use super::desk::Desk;
use super::log_file::LogFile;
use super::report::Report;
use super::summary::summaries;
use super::view::View;
use crate::failure::Failure;
use crate::log;
use crate::show::{self, Days};
use crate::signals::Signals;

/// The minimum interval between redraws, except for typing.
const FRAME: Duration = Duration::from_millis(100);
/// The interval at which the Things are updated without events.
const LOOK: Duration = Duration::from_secs(2);
/// The capacity of the queue of log lines.
const LOG: usize = 256;
/// The number of commands in the history.
const HISTORY: usize = 100;

/// Serves until `quit` or a signal. The output stays on the terminal afterwards.
pub(super) async fn run(
    platform: Platform,
    desk: Desk,
    signals: Signals,
    view: View,
    log_file: LogFile,
) -> Result<(), Failure> {
    let (sender, log) = mpsc::channel(LOG);
    log::to_screen(Some(sender));
    let terminal = ratatui::try_init().map_err(|error| {
        log::to_screen(None);
        Failure::Failed(format!("cannot use the terminal: {error}; --json does not need one"))
    })?;
    let history = History::default();
    let days = Days::default();
    let mut screen = Screen { desk, view, terminal, history, days, log_file, calls: Vec::new() };
    let ended = screen.run(platform, signals, log).await;
    ratatui::restore();
    log::to_screen(None);
    for line in screen.view.told() {
        show::line(line)?;
    }
    ended
}

struct Screen {
    desk: Desk,
    view: View,
    terminal: ratatui::DefaultTerminal,
    history: History,
    days: Days,
    log_file: LogFile,
    /// Unanswered calls, in the order in which they were typed.
    calls: Vec<BoxFuture<'static, Answer>>,
}

impl Screen {
    async fn run(
        &mut self,
        platform: Platform,
        mut signals: Signals,
        mut log: mpsc::Receiver<String>,
    ) -> Result<(), Failure> {
        let mut keys = EventStream::new();
        let mut ticks = interval(FRAME);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = interval(LOOK);
        let mut is_fresh = false;
        loop {
            tokio::select! {
                report = self.desk.next() => {
                    self.report(&report);
                    is_fresh = false;
                }
                Some(line) = log.recv() => {
                    self.report(&Report::log(&line));
                    is_fresh = false;
                }
                answer = next_answer(&mut self.calls) => {
                    for report in self.desk.ready() {
                        self.report(&report);
                    }
                    self.answer(&answer);
                    is_fresh = false;
                }
                event = keys.next() => match event {
                    Some(Ok(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                        if self.key(key) {
                            break;
                        }
                        self.draw()?;
                    }
                    Some(Ok(Event::Resize(..))) => self.draw()?,
                    Some(Ok(_)) => {}
                    // The terminal is gone.
                    Some(Err(_)) | None => break,
                },
                _ = ticks.tick(), if !is_fresh => {
                    self.look();
                    self.draw()?;
                    is_fresh = true;
                }
                // The counts of messages change without events.
                _ = looks.tick() => is_fresh = false,
                () = signals.next() => break,
            }
        }
        self.tell("shutting down: waiting for requests in flight; Ctrl-C ends at once");
        self.draw()?;
        tokio::select! {
            () = platform.shut_down() => {}
            () = signals.next() => return stopped(),
            () = interrupted(&mut keys) => return stopped(),
        }
        for report in self.desk.ready() {
            self.report(&report);
        }
        Ok(())
    }

    /// Updates the view of the Things.
    fn look(&mut self) {
        self.view.things = summaries(&self.desk.things, &self.desk.handle);
        self.view.connections = self.desk.handle.connections();
        self.view.is_traced = self.desk.is_traced();
    }

    fn draw(&mut self) -> Result<(), Failure> {
        self.terminal.draw(|frame| self.view.draw(frame)).map_err(|error: io::Error| {
            Failure::Failed(format!("cannot draw on the terminal: {error}"))
        })?;
        Ok(())
    }

    /// Handles a key; returns whether it ends the platform.
    fn key(&mut self, key: KeyEvent) -> bool {
        let [page, lines] = [self.view.page, self.view.lines_page]
            .map(|rows| isize::try_from(rows).unwrap_or(isize::MAX));
        match key.code {
            _ if is_interrupt(key) => return true,
            KeyCode::Enter => return self.enter(),
            KeyCode::PageUp => self.view.scroll_lines(-lines),
            KeyCode::PageDown => self.view.scroll_lines(lines),
            KeyCode::Up if key.modifiers.contains(KeyModifiers::CONTROL) => self.view.scroll(-page),
            KeyCode::Down if key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.view.scroll(page);
            }
            KeyCode::Tab => self.complete(),
            KeyCode::Up => self.view.input = Input::new(self.history.older()),
            KeyCode::Down => self.view.input = Input::new(self.history.newer()),
            KeyCode::Esc => {
                self.view.input.reset();
                self.view.scroll_lines(isize::MAX);
            }
            _ => {
                self.view.input.handle_event(&Event::Key(key));
            }
        }
        false
    }

    /// Takes the command that was typed; whether it is `quit`.
    fn enter(&mut self) -> bool {
        let line = self.view.input.value_and_reset();
        let taken = command::take(&line, &self.desk);
        if taken.is_some() {
            self.history.add(line);
        }
        match taken {
            None => {}
            Some(Taken::Quit) => return true,
            Some(Taken::Answered(answer)) => self.answer(&answer),
            Some(Taken::Call(command, request)) => {
                let handle = self.desk.handle.clone();
                self.calls.push(Box::pin(async move {
                    Answer::called(command, handle.call(request).await)
                }));
            }
        }
        self.look();
        false
    }

    /// Completes the input if the cursor is at its end.
    fn complete(&mut self) {
        let line = self.view.input.value();
        if self.view.input.cursor() < line.chars().count() {
            return;
        }
        let Completion { line, candidates } = complete(line, &self.desk.things);
        self.view.input = Input::new(line);
        if !candidates.is_empty() {
            let names: Vec<_> = candidates.iter().map(|name| show::name(name)).collect();
            self.view.tell(&names.join("  "));
        }
    }

    fn answer(&mut self, answer: &Answer) {
        let columns = self.terminal.size().ok().map(|size| usize::from(size.width));
        self.tell(&answer.lines(columns));
    }

    fn report(&mut self, report: &Report) {
        if let Some(day) = self.days.before(report.time()) {
            self.tell(&day);
        }
        self.view.tell(&report.line(Some(self.view.width())));
        self.log_file.tell(&format!("{}\n", report.line(None)));
    }

    fn tell(&mut self, text: &str) {
        self.view.tell(text);
        self.log_file.tell(&format!("{text}\n"));
    }
}

/// Returns the next answer, in the order of the commands.
///
/// # Cancel safety
/// If the future is dropped, the calls continue.
async fn next_answer(calls: &mut Vec<BoxFuture<'static, Answer>>) -> Answer {
    let Some(first) = calls.first_mut() else { return std::future::pending().await };
    let answer = first.await;
    drop(calls.remove(0));
    answer
}

fn is_interrupt(key: KeyEvent) -> bool {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    is_control && matches!(key.code, KeyCode::Char('c' | 'd'))
}

async fn interrupted(keys: &mut EventStream) {
    while let Some(event) = keys.next().await {
        if matches!(event, Ok(Event::Key(key)) if is_interrupt(key)) {
            return;
        }
    }
    std::future::pending::<()>().await;
}

fn stopped() -> Result<(), Failure> {
    Err(Failure::Failed("stopped at once: requests in flight were not answered".to_owned()))
}

/// The history of commands.
#[derive(Default)]
struct History {
    lines: Vec<String>,
    /// The index of the selected line; the number of lines if none is selected.
    at: usize,
}

impl History {
    fn add(&mut self, line: String) {
        if self.lines.last() != Some(&line) {
            self.lines.push(line);
        }
        if self.lines.len() > HISTORY {
            self.lines.remove(0);
        }
        self.at = self.lines.len();
    }

    fn older(&mut self) -> String {
        self.at = self.at.saturating_sub(1);
        self.lines.get(self.at).cloned().unwrap_or_default()
    }

    fn newer(&mut self) -> String {
        self.at = (self.at + 1).min(self.lines.len());
        self.lines.get(self.at).cloned().unwrap_or_default()
    }
}
