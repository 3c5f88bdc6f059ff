//! A peer that reads nothing and keeps sending.

use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use alwayson::platform::MemoryThings;
use alwayson::transport::{Incoming, Outgoing, Transport};
use tokio::time::{Instant, Interval, interval};

use super::peer::{KEY, auth_hex, hex};
use super::support::{platform, quiet};

/// A WebSocket that accepts data without forwarding it. It receives an AUTH, and then a ping
/// every second.
struct Chatty {
    auth: Option<Vec<u8>>,
    pings: Interval,
}

impl Transport for Chatty {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        match self.auth.take() {
            Some(auth) => Poll::Ready(Incoming::Message(auth.into())),
            None => self.pings.poll_tick(context).map(|_| Incoming::Ping),
        }
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(&mut self, _: Outgoing) -> io::Result<()> {
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn s11_a_peer_that_reads_nothing_and_goes_on_sending_is_dropped() {
    let options = quiet().with_send_timeout(Duration::from_secs(5)).unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let start = Instant::now();
    let auth = Some(hex(&auth_hex(KEY)));
    let chatty = Box::new(Chatty { auth, pings: interval(Duration::from_secs(1)) });
    let served = platform.serve(chatty, None);
    tokio::time::timeout(Duration::from_secs(60), served).await.expect("it is not dropped");
    assert_eq!(start.elapsed().as_secs(), 5);
}
