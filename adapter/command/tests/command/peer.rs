//! A peer that sends recorded bytes.

use std::future::poll_fn;

use alwayson::transport::{AnyTransport, ConnectOptions, Incoming, Outgoing, Transport, connect};
use alwayson_conformance::hex;

use crate::process::PATIENCE;

/// The key in the recorded AUTH.
pub(crate) const KEY: &str = "12345678-1234-1234-1234-123456789abc";
const AUTH: &str = "01140000000200000000ffffffff0001066170704b65792431323334353637382d31323334\
                    2d313233342d313233342d313233343536373839616263";
const BIND: &str = "010a00000003000000000000004d000000010c537465616d53656e736f7231";
/// Where a message has its session id.
const SESSION: std::ops::Range<usize> = 10..14;
/// Where it has its request id.
const REQUEST: std::ops::Range<usize> = 2..6;

/// A peer, connected.
pub(crate) struct Peer {
    transport: AnyTransport,
    session: [u8; 4],
}

impl Peer {
    pub(crate) async fn connect(address: &str) -> Self {
        let options = ConnectOptions::new(&format!("ws://{address}")).unwrap();
        let transport = connect(&options, None).await.unwrap();
        Self { transport, session: [0xff; 4] }
    }

    /// Sends a message, in the session that was granted.
    pub(crate) async fn send(&mut self, hex: &str) {
        self.send_bytes(hex::decode(hex.as_bytes()).unwrap()).await;
    }

    /// Sends a message with the session id that it has.
    pub(crate) async fn send_as_it_is(&mut self, hex: &str) {
        self.put(hex::decode(hex.as_bytes()).unwrap()).await;
    }

    async fn send_bytes(&mut self, mut message: Vec<u8>) {
        message[SESSION].copy_from_slice(&self.session);
        self.put(message).await;
    }

    async fn put(&mut self, message: Vec<u8>) {
        let transport = &mut self.transport;
        poll_fn(|context| transport.poll_ready(context)).await.unwrap();
        transport.start_send(Outgoing::Message(message.into())).unwrap();
        poll_fn(|context| transport.poll_flush(context)).await.unwrap();
    }

    /// The next message; none when the connection is closed.
    pub(crate) async fn receive(&mut self) -> Option<Vec<u8>> {
        loop {
            let received = poll_fn(|context| self.transport.poll_receive(context));
            match tokio::time::timeout(PATIENCE, received).await.expect("nothing came") {
                Incoming::Message(message) => return Some(message.to_vec()),
                Incoming::Closed(_) => return None,
                _ => {}
            }
        }
    }

    /// AUTH and BIND of `SteamSensor1`, as they were recorded.
    pub(crate) async fn join(&mut self) {
        self.send(AUTH).await;
        let success = self.receive().await.unwrap();
        assert_eq!(success[1], 0x40, "AUTH was refused");
        self.session.copy_from_slice(&success[SESSION]);
        self.send(BIND).await;
        assert_eq!(self.receive().await.unwrap()[1], 0x40, "BIND was refused");
    }

    /// Sends AUTH; the status that comes back.
    pub(crate) async fn authenticate(&mut self) -> u8 {
        self.send(AUTH).await;
        self.receive().await.unwrap()[1]
    }

    /// Answers the next request with a recorded answer.
    pub(crate) async fn answer(&mut self, hex: &str) -> Vec<u8> {
        let request = self.receive().await.unwrap();
        let mut answer = hex::decode(hex.as_bytes()).unwrap();
        answer[REQUEST].copy_from_slice(&request[REQUEST]);
        self.send_bytes(answer).await;
        request
    }
}
