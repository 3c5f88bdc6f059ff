//! Both directions of a connection: what one side sends, the other one gets, byte for byte.

use std::io;
use std::time::SystemTime;

use alwayson::transport::Io;
use alwayson_conformance::capture::Side as From;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;

use super::Ends;
use super::listen::Side;
use super::observe::{Observer, Passed, What};
use super::socket::Reset;

/// The most bytes that are read at once: those of several frames. Each direction keeps one
/// buffer of this size.
const BUFFER: usize = 16 * 1024;
/// The most reads that wait to be looked at. The relay waits for the observer then, which
/// never waits for an output.
const WAITING: usize = 64;

/// Relays until both directions have ended, or the connection is broken.
pub(super) async fn run(device: Side, platform: Side, ends: Ends, observer: Observer) {
    let (passed, waiting) = mpsc::channel(WAITING);
    let looking = tokio::spawn(observer.run(waiting, ends, SystemTime::now()));
    let (from_device, to_device) = tokio::io::split(device.io);
    let (from_platform, to_platform) = tokio::io::split(platform.io);
    let resets = [device.reset, platform.reset];
    let both = {
        let up = pump(From::Edge, from_device, to_platform, passed.clone());
        let down = pump(From::Platform, from_platform, to_device, passed.clone());
        // While the sockets are open.
        let reset = |broken: Broken| broken.reset(&resets);
        tokio::try_join!(async { up.await.map_err(reset) }, async { down.await.map_err(reset) })
    };
    if let Err(Broken { from, error }) = both {
        let at = SystemTime::now();
        let _ = passed.send(Passed { from, at, what: What::Broken(error.to_string()) }).await;
    }
    drop(passed);
    let _ = looking.await;
}

/// Why a direction has ended.
struct Broken {
    /// The side whose socket is broken.
    from: From,
    error: io::Error,
}

impl Broken {
    /// Lets both sockets end with a reset, so that the other side sees what this one did. An end
    /// of TLS without its closing message is one of TCP.
    fn reset(self, resets: &[Reset]) -> Self {
        if self.error.kind() != io::ErrorKind::UnexpectedEof {
            resets.iter().for_each(Reset::at_end);
        }
        self
    }
}

/// Passes on what one side sends, until it ends.
async fn pump(
    from: From,
    mut read: ReadHalf<Box<dyn Io>>,
    mut write: WriteHalf<Box<dyn Io>>,
    passed: mpsc::Sender<Passed>,
) -> Result<(), Broken> {
    let other = match from {
        From::Edge => From::Platform,
        From::Platform => From::Edge,
    };
    let reading = |error| Broken { from, error };
    let writing = |error| Broken { from: other, error };
    let mut buffer = vec![0; BUFFER];
    loop {
        let len = read.read(&mut buffer).await.map_err(reading)?;
        let bytes = buffer.get(..len).unwrap_or_default();
        let at = SystemTime::now();
        // Looked at before it is sent on, so that no answer is seen before its request. If
        // nobody looks any more, it passes all the same.
        let what = if len == 0 { What::End } else { What::Bytes(bytes.to_vec()) };
        let _ = passed.send(Passed { from, at, what }).await;
        if len == 0 {
            return write.shutdown().await.map_err(writing);
        }
        write.write_all(bytes).await.map_err(writing)?;
        write.flush().await.map_err(writing)?;
    }
}
