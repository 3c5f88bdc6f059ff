//! Where the log goes: to the standard error stream, or, while that is a terminal
//! on which a screen is shown, to the screen.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// The lines of the screen, while there is one.
static SCREEN: Mutex<Option<mpsc::Sender<String>>> = Mutex::new(None);

/// What is logged if nobody says. The states of edges are lines of `edge`, and counted
/// by `load`.
const DEFAULT: &str = "warn,alwayson::edge::logged=off";

/// Starts to log at this level, or as the environment says.
pub(crate) fn start(level: Option<&str>) -> Result<(), Failure> {
    let (filter, origin) = match level {
        Some(level) => (level.to_owned(), "--log"),
        None => (std::env::var("RUST_LOG").unwrap_or_default(), "RUST_LOG"),
    };
    let filter = if filter.is_empty() { DEFAULT } else { &filter };
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::Usage(format!("{origin}: \"{filter}\" is no level and no filter: {error}"))
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(|| Log)
        .init();
    Ok(())
}

/// Sends lines to a screen from now on, if they would go to its terminal; none:
/// not any more.
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
                // A line too many is lost: the screen has its bounds.
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
