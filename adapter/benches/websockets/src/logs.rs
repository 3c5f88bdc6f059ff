//! What each library logs at level trace.

use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::masked;
use crate::libraries::Library;

/// What must not be in a log.
const PAYLOAD: &str = "7f3b29d0-SECRET-PAYLOAD-5c1e";

static LOGGER: Logger = Logger(Mutex::new(Vec::new()));

struct Logger(Mutex<Vec<String>>);

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().expect("no panic").push(record.args().to_string());
    }

    fn flush(&self) {}
}

/// Prints what the echo of a binary and of a text message logs.
pub(crate) async fn print() {
    log::set_logger(&LOGGER).expect("the only logger");
    log::set_max_level(LevelFilter::Trace);
    println!("log at level trace of a binary and a text message that are echoed");
    let hex: String = PAYLOAD.bytes().map(|byte| format!("{byte:02x}")).collect();
    let masked_hex: String =
        masked(0x82, PAYLOAD.as_bytes())[6..].iter().map(|byte| format!("{byte:02x}")).collect();
    for library in Library::ALL {
        LOGGER.0.lock().expect("no panic").clear();
        let (io, mut peer) = tokio::io::duplex(1 << 12);
        let served = tokio::spawn(library.echo(io));
        for first in [0x82, 0x81] {
            peer.write_all(&masked(first, PAYLOAD.as_bytes())).await.expect("it is read");
            let mut echo = vec![0; 2 + PAYLOAD.len()];
            peer.read_exact(&mut echo).await.expect("an echo");
        }
        drop(peer);
        served.await.expect("no panic");
        let lines = LOGGER.0.lock().expect("no panic").clone();
        let shows = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
        println!(
            "  {library}: {} lines, {} with the payload as text, {} as hexadecimal digits",
            lines.len(),
            shows(PAYLOAD),
            shows(&hex) + shows(&masked_hex),
        );
    }
    log::set_max_level(LevelFilter::Off);
}
