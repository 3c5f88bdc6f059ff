//! The same edge over real local sockets.

use std::future::poll_fn;

use alwayson::edge::{Credentials, Edge, Options};
use alwayson::message::Response;
use alwayson::transport::{
    AcceptOptions, Accepted, AnyTransport, ConnectOptions, Incoming, Outgoing, Transport, accept,
};
use alwayson::value::Table;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

use crate::platform::{Platform, Seen};
use crate::wire::{self, End};
use crate::{KEY, SENSOR, sensor};

/// Forwards frames between a transport and an in-memory end, until either closes.
async fn carry(mut transport: AnyTransport, mut end: End) {
    loop {
        tokio::select! {
            incoming = poll_fn(|context| transport.poll_receive(context)) => {
                let outgoing = match incoming {
                    Incoming::Message(bytes) => Outgoing::Message(bytes),
                    Incoming::Ping => Outgoing::Ping,
                    Incoming::Pong => continue,
                    Incoming::Closed(ending) => Outgoing::Close(ending.close.unwrap_or(1000.into())),
                };
                let is_over = matches!(outgoing, Outgoing::Close(_));
                if end.outgoing.send(outgoing).is_err() || is_over {
                    return;
                }
            }
            outgoing = end.incoming.recv() => {
                let Some(outgoing) = outgoing else { return };
                poll_fn(|context| transport.poll_ready(context)).await.unwrap();
                transport.start_send(outgoing).unwrap();
                poll_fn(|context| transport.poll_flush(context)).await.unwrap();
            }
        }
    }
}

/// Accepts one connection; returns the key in the upgrade request.
async fn listen(listener: TcpListener) -> (Platform, Option<String>) {
    let (socket, _) = listener.accept().await.unwrap();
    let accepted = accept(socket, &AcceptOptions::default()).await.unwrap();
    let Accepted { transport, app_key, max_frame_size, .. } = accepted;
    assert_eq!(max_frame_size, Some(8192));
    let (near, far, is_stopped) = wire::pair();
    tokio::spawn(carry(transport, near));
    (Platform::new(far, is_stopped), app_key.map(|key| key.expose_secret().to_owned()))
}

/// Runs an edge over a real socket, with or without the key in the upgrade.
async fn live(is_key_in_upgrade: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/Thingworx/WS", listener.local_addr().unwrap());
    let builder = Edge::builder(&url)
        .unwrap()
        .credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key(KEY)) })
        .thing(sensor());
    let builder = if is_key_in_upgrade { builder.key_in_upgrade() } else { builder };
    let edge = builder.start().unwrap();
    let (mut platform, key) = listen(listener).await;
    assert_eq!(key, is_key_in_upgrade.then(|| KEY.to_owned()));
    assert_eq!(platform.accept().await, [("appKey".to_owned(), KEY.to_owned())]);
    assert_eq!(platform.bind().await, [SENSOR]);
    edge.wait_bound(SENSOR).await.unwrap();
    let text = "long ".repeat(50_000);
    let answer = Response::of(Table::result(text.as_str()));
    let (called, _) = tokio::join!(
        edge.invoke_service(SENSOR, "Echo", Table::of([("text", text.as_str().into())])),
        platform.answer("POST Things/SteamSensor1/Services/Echo", answer.clone()),
    );
    assert_eq!(called, Ok(answer));
    let params = Table::of([("a", 1.0.into()), ("b", 2.0.into())]);
    let sum = platform.call(SENSOR, "AddNumbers", Some(params)).await;
    assert_eq!(sum.value(), Some(&3.0.into()));
    let leaving = tokio::spawn(async move { edge.leave().await });
    assert_eq!(platform.bind().await, [SENSOR]);
    assert_eq!(platform.next().await, Seen::Closed(Some(1000)));
    leaving.await.unwrap();
}

/// Returns the longest frame that an edge with these options announces.
async fn announced(set: impl FnOnce(ConnectOptions) -> ConnectOptions) -> Option<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = ConnectOptions::new(&format!("ws://{}", listener.local_addr().unwrap()));
    let chunks = Options::default().with_chunk_size(4096).unwrap();
    let _edge = Edge::builder_with(set(options.unwrap()))
        .options(chunks)
        .credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key(KEY)) })
        .start()
        .unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    accept(socket, &AcceptOptions::default()).await.unwrap().max_frame_size
}

#[tokio::test]
async fn the_longest_frame_that_is_announced_is_that_of_the_options_or_the_chunk_size() {
    assert_eq!(announced(|options| options).await, Some(4096));
    assert_eq!(announced(|options| options.with_max_frame_size(16_384)).await, Some(16_384));
}

#[tokio::test]
async fn an_edge_lives_over_a_real_socket() {
    live(false).await;
}

#[tokio::test]
async fn the_upgrade_names_the_key_where_that_is_asked_for() {
    live(true).await;
}
