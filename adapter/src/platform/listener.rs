//! Accepts connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::admission::busy;
use super::cluster::fenced;
use super::event::Event;
use super::gate::Gate;
use super::hub::Hub;
use super::session::Session;
use crate::transport::{AcceptOptions, AnyTransport, Close, Refusal, RefusalKind, accept};

/// The pause of the listener after the system could not provide a socket.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Accepts connections until it is told to stop. Each connection holds a clone of `alive`, so its
/// receiver ends when the last connection has ended.
pub(super) async fn listen(
    hub: Arc<Hub>,
    listener: TcpListener,
    accept_options: AcceptOptions,
    mut stop: watch::Receiver<bool>,
    alive: mpsc::Sender<()>,
) {
    let places = Arc::new(Semaphore::new(hub.options.connections));
    // What a balancer checks, so that it connects no edges to a node that does not serve.
    let mut fenced_options = accept_options.clone();
    fenced_options.is_fenced = true;
    let [accept_options, fenced_options] = [accept_options, fenced_options].map(Arc::new);
    let gate = Gate::new(Arc::clone(&hub));
    loop {
        let accepted = tokio::select! {
            // This also ends when the platform is dropped.
            _ = stop.wait_for(|is_stopped| *is_stopped) => return,
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                pause(&error).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            gate.refused(peer, Refusal::new(RefusalKind::TooMany));
            continue;
        };
        let turn = hub.admission.turn();
        let hub = Arc::clone(&hub);
        let options = [Arc::clone(&accept_options), Arc::clone(&fenced_options)];
        let gate = Arc::clone(&gate);
        let alive = alive.clone();
        let mut stop = stop.clone();
        tokio::spawn(async move {
            let upgraded = tokio::select! {
                _ = stop.wait_for(|is_stopped| *is_stopped) => None,
                upgraded = async {
                    sleep_until(turn.unwrap_or_else(Instant::now)).await;
                    let options = &options[usize::from(hub.is_fenced())];
                    upgrade(socket, peer, options, &gate).await
                } => upgraded,
            };
            if let Some((transport, max_frame_size)) = upgraded {
                // Only a WebSocket can be closed with a reason.
                let close = turn.is_none().then(busy);
                let close = close.or_else(|| hub.is_fenced().then(fenced));
                run(hub, transport, max_frame_size, Some(peer), close).await;
            }
            drop((place, alive));
        });
    }
}

async fn upgrade(
    socket: TcpStream,
    peer: SocketAddr,
    options: &AcceptOptions,
    gate: &Arc<Gate>,
) -> Option<(AnyTransport, Option<u16>)> {
    // A small answer should not wait until more data follow.
    let _ = socket.set_nodelay(true);
    match accept(socket, options).await {
        Ok(accepted) => Some((accepted.transport, accepted.max_frame_size)),
        Err(error) => {
            gate.refused(peer, error.refusal());
            None
        }
    }
}

/// Runs a connection to its end, which is at once if there is a close.
pub(super) async fn run(
    hub: Arc<Hub>,
    transport: AnyTransport,
    max_frame_size: Option<u16>,
    peer: Option<SocketAddr>,
    close: Option<Close>,
) {
    let (commands, queue) = mpsc::unbounded_channel();
    let Some(connection) = hub.open(commands) else { return };
    hub.tell(Event::Connected { connection, peer });
    // In a block of its own, so that the task has room for one session, not for two.
    let running = {
        let mut session = Session::new(hub, connection, transport, max_frame_size, queue);
        if let Some(close) = close {
            session.close_with(close);
        }
        session.run()
    };
    running.await;
}

/// Pauses after an error that the peer did not cause: if the system has no more sockets, an
/// immediate retry would fail as well.
async fn pause(error: &io::Error) {
    let is_of_the_peer =
        matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
    if !is_of_the_peer {
        tokio::time::sleep(EXHAUSTED).await;
    }
}
