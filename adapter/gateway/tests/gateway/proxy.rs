//! A proxy that closes, resets and stalls its connections.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::{JoinHandle, JoinSet};

/// What happens to all open connections.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Both ends are closed.
    Cut,
    /// Both ends are reset: data in flight is lost.
    Reset,
    /// No data is forwarded for this time.
    Stall(Duration),
}

/// A proxy to one address. It ends when it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    faults: broadcast::Sender<Fault>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (faults, _) = broadcast::channel(16);
        let of_task = faults.clone();
        let task = tokio::spawn(async move {
            let mut all = JoinSet::new();
            loop {
                let (inner, _) = listener.accept().await.unwrap();
                let Ok(outer) = TcpStream::connect(target).await else { continue };
                all.spawn(carry([inner, outer], of_task.subscribe()));
            }
        });
        Self { address, faults, task }
    }

    /// Applies a fault to all connections. Returns whether there was a connection.
    pub(crate) fn fault(&self, fault: Fault) -> bool {
        self.faults.send(fault).is_ok()
    }
}

/// Copies data in both directions until one of them ends, or a fault ends both.
async fn carry(mut sockets: [TcpStream; 2], mut faults: broadcast::Receiver<Fault>) {
    let mut there = [0; 4096];
    let mut back = [0; 4096];
    loop {
        let [inner, outer] = &mut sockets;
        let is_going = tokio::select! {
            fault = faults.recv() => match fault {
                Ok(Fault::Stall(time)) => {
                    tokio::time::sleep(time).await;
                    true
                }
                Ok(Fault::Cut) | Err(_) => false,
                Ok(Fault::Reset) => {
                    for socket in &sockets {
                        socket.set_zero_linger().unwrap();
                    }
                    false
                }
            },
            read = inner.read(&mut there) => put(read, &there, outer).await,
            read = outer.read(&mut back) => put(read, &back, inner).await,
        };
        if !is_going {
            return;
        }
    }
}

async fn put(read: std::io::Result<usize>, bytes: &[u8], to: &mut TcpStream) -> bool {
    match read {
        Ok(len) if len > 0 => to.write_all(&bytes[..len]).await.is_ok(),
        _ => false,
    }
}
