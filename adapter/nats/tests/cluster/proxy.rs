//! A proxy that can pass bytes late, or stop to pass them, without an end of its connections or with
//! it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// What happens to the bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Passed,
    Held,
    /// There are no connections, and new ones are closed.
    Closed,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: watch::Sender<State>,
    /// How long the bytes of a read wait before they are passed, in milliseconds.
    delay: Arc<AtomicU64>,
    /// How often bytes were passed to the server.
    passed: Arc<AtomicU64>,
}

impl Proxy {
    pub(crate) async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, seen) = watch::channel(State::Passed);
        let server = server.to_owned();
        let delay = Arc::new(AtomicU64::new(0));
        let passed = Arc::new(AtomicU64::new(0));
        let (passed_after, count) = (Arc::clone(&delay), Arc::clone(&passed));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *seen.borrow() == State::Closed {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                // Small requests and answers would wait for acknowledgements of TCP.
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let delay = &passed_after;
                let to_server = (to_server, Arc::clone(&count));
                tokio::spawn(pass(from_client, to_server, seen.clone(), Arc::clone(delay)));
                let to_client = (to_client, Arc::default());
                tokio::spawn(pass(from_server, to_client, seen.clone(), Arc::clone(delay)));
            }
        });
        Self { address, state, delay, passed }
    }

    /// Passes bytes later by this, as if the server were far away.
    pub(crate) fn delay(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).unwrap();
        self.delay.store(delay, Ordering::Relaxed);
    }

    /// Returns how often bytes were passed to the server: at most once for each request.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Passes nothing, as if the network did not.
    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Held);
    }

    /// Ends all connections, and new ones at once.
    pub(crate) fn close(&self) {
        self.state.send_replace(State::Closed);
    }

    pub(crate) fn mend(&self) {
        self.state.send_replace(State::Passed);
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    (mut to, count): (OwnedWriteHalf, Arc<AtomicU64>),
    mut state: watch::Receiver<State>,
    delay: Arc<AtomicU64>,
) {
    let mut buffer = vec![0; 0x1_0000];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            _ = state.wait_for(|state| *state == State::Closed) => return,
        };
        let Ok(len @ 1..) = read else { return };
        // What comes meanwhile waits as long, and is passed together.
        let delay = Duration::from_millis(delay.load(Ordering::Relaxed));
        if !delay.is_zero() {
            sleep(delay).await;
        }
        match state.wait_for(|state| *state != State::Held).await {
            Ok(state) if *state == State::Passed => {}
            _ => return,
        }
        count.fetch_add(1, Ordering::Relaxed);
        if to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
}
