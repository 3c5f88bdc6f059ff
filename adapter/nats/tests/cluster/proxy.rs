//! A proxy that can stop to pass bytes, without an end of its connections or with it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

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
}

impl Proxy {
    pub(crate) async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, seen) = watch::channel(State::Passed);
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *seen.borrow() == State::Closed {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, seen.clone()));
                tokio::spawn(pass(from_server, to_client, seen.clone()));
            }
        });
        Self { address, state }
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

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut buffer = vec![0; 0x1_0000];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            _ = state.wait_for(|state| *state == State::Closed) => return,
        };
        let Ok(len @ 1..) = read else { return };
        match state.wait_for(|state| *state != State::Held).await {
            Ok(state) if *state == State::Passed => {}
            _ => return,
        }
        if to.write_all(&buffer[..len]).await.is_err() {
            return;
        }
    }
}
