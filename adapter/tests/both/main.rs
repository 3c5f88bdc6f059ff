//! Our edge and our platform, over real sockets.

mod example;
mod examples;
mod life;
mod logs;
mod long;
mod mock;
mod restart;
mod ways;

use std::future::Future;
use std::time::{Duration, SystemTime};

use alwayson::edge::{Builder, ConnectionState, Credentials, Edge, EdgeState, EndReason};
use alwayson::transport::ConnectOptions;

/// The timeout of every wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const KEY: &str = "7f3b29d0-SECRET-KEY-5c1e";

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it takes too long")
}

/// Waits until the edge waits to reconnect; returns the time of the attempt and the reason.
pub(crate) async fn waiting(edge: &Edge) -> (SystemTime, EndReason) {
    let is_waiting =
        |state: &EdgeState| matches!(state.connection, ConnectionState::Waiting { .. });
    let mut state = edge.state();
    let state = soon(state.wait_for(is_waiting)).await.unwrap().connection.clone();
    let ConnectionState::Waiting { until, reason, .. } = state else { unreachable!() };
    (until, reason)
}

/// An edge with the right key.
pub(crate) fn edge(options: ConnectOptions) -> Builder {
    Edge::builder_with(options)
        .credentials(|| async { Ok::<_, std::convert::Infallible>(Credentials::app_key(KEY)) })
}

pub(crate) fn plain(address: std::net::SocketAddr) -> ConnectOptions {
    ConnectOptions::new(&format!("ws://{address}/Thingworx/WS")).unwrap()
}
