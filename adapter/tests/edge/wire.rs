//! WebSockets in memory.

use std::future::{Future, ready};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use alwayson::transport::{AnyTransport, Ending, Incoming, Outgoing, Party, Transport};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::platform::Platform;

/// One end. What it sends arrives at once, unless it is stopped.
pub(crate) struct End {
    pub(crate) incoming: UnboundedReceiver<Outgoing>,
    pub(crate) outgoing: UnboundedSender<Outgoing>,
    is_stopped: Arc<AtomicBool>,
}

/// Two ends, and what stops the first from sending.
pub(crate) fn pair() -> (End, End, Arc<AtomicBool>) {
    let (to_right, right) = unbounded_channel();
    let (to_left, left) = unbounded_channel();
    let is_stopped = Arc::new(AtomicBool::new(false));
    let end = |incoming, outgoing, is_stopped| End { incoming, outgoing, is_stopped };
    let left = end(left, to_right, Arc::clone(&is_stopped));
    (left, end(right, to_left, Arc::default()), is_stopped)
}

impl Transport for End {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        self.incoming.poll_recv(context).map(|received| match received {
            Some(Outgoing::Message(bytes)) => Incoming::Message(bytes),
            Some(Outgoing::Ping) => Incoming::Ping,
            Some(Outgoing::Close(close)) => {
                Incoming::Closed(Ending::closed(Party::Peer, Some(close)))
            }
            None => Incoming::Closed(Ending::cut()),
        })
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_stopped.load(Ordering::Relaxed) { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()> {
        self.outgoing.send(outgoing).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The connector of edges: receives the other ends, in order.
pub(crate) struct Sockets {
    sender: UnboundedSender<Platform>,
    opened: UnboundedReceiver<Platform>,
    /// Whether nothing is listening.
    pub(crate) is_down: Arc<AtomicBool>,
    pub(crate) attempts: Arc<AtomicUsize>,
}

impl Sockets {
    pub(crate) fn new() -> Self {
        let (sender, opened) = unbounded_channel();
        Self { sender, opened, is_down: Arc::default(), attempts: Arc::default() }
    }

    pub(crate) fn connector(
        &self,
    ) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = io::Result<AnyTransport>> + Send>>
    + Send
    + Sync
    + 'static {
        let sender = self.sender.clone();
        let is_down = Arc::clone(&self.is_down);
        let attempts = Arc::clone(&self.attempts);
        move || {
            attempts.fetch_add(1, Ordering::Relaxed);
            if is_down.load(Ordering::Relaxed) {
                return Box::pin(ready(Err(io::ErrorKind::ConnectionRefused.into())));
            }
            let (edge, platform, is_stopped) = pair();
            drop(sender.send(Platform::new(platform, is_stopped)));
            Box::pin(ready(Ok(Box::new(edge) as AnyTransport)))
        }
    }

    /// The platform's end of the next connection.
    pub(crate) async fn next(&mut self) -> Platform {
        self.opened.recv().await.unwrap()
    }

    /// Returns whether no further connection was opened.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.opened.try_recv().is_err()
    }
}
