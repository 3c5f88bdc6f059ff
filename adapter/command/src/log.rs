//! The destination of the log: standard error, or the screen of `platform` while it is
//! shown on that terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// The lines of the screen, while there is one.
static SCREEN: Mutex<Option<mpsc::Sender<String>>> = Mutex::new(None);

/// The default filter. The states of edges are left out: `edge` prints them, `load` counts
/// them.
const DEFAULT: &str = "warn,alwayson::edge::logged=off";

/// Starts logging with this filter, or that of the environment.
pub(crate) fn start(level: Option<&str>) -> Result<(), Failure> {
    let (filter, origin) = match level {
        Some(level) => (level.to_owned(), "--log"),
        None => (std::env::var("RUST_LOG").unwrap_or_default(), "RUST_LOG"),
    };
    let filter = if filter.is_empty() { DEFAULT } else { &filter };
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::Usage(format!("{origin}: \"{filter}\" is not a log level or filter: {error}"))
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(|| Log)
        .init();
    Ok(())
}

/// Sends log lines to the screen, if standard error is a terminal; `None` ends that.
pub(crate) fn to_screen(lines: Option<mpsc::Sender<String>>) {
    if io::stderr().is_terminal() {
        *SCREEN.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &*SCREEN.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(lines) => {
                // If the queue of the screen is full, the line is lost.
                let _ = lines.try_send(String::from_utf8_lossy(bytes).trim_end().to_owned());
            }
            None => io::stderr().write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
