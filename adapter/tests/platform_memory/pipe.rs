//! WebSockets in memory: thousands of them need no sockets of the system.

use std::io;
use std::task::{Context, Poll};

use alwayson::transport::{Ending, Incoming, Outgoing, Transport};
use alwayson_codec::{Body, Ids, Message};
use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::peer::{KEY, PATIENCE, auth_hex, encode, hex};

/// The platform's end.
pub(crate) struct Pipe {
    incoming: UnboundedReceiver<Bytes>,
    outgoing: UnboundedSender<Bytes>,
}

impl Transport for Pipe {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        let received = self.incoming.poll_recv(context);
        let over = || Incoming::Closed(Ending::cut());
        received.map(|bytes| bytes.map_or_else(over, Incoming::Message))
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()> {
        match outgoing {
            Outgoing::Message(bytes) => {
                self.outgoing.send(bytes).map_err(|_| io::ErrorKind::BrokenPipe.into())
            }
            Outgoing::Ping | Outgoing::Close(_) => Ok(()),
        }
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The edge's end.
pub(crate) struct End {
    incoming: UnboundedReceiver<Bytes>,
    outgoing: UnboundedSender<Bytes>,
    pub(crate) session: u32,
}

impl End {
    /// Two ends, of which nothing was said yet.
    pub(crate) fn pair() -> (Pipe, Self) {
        let (to_platform, at_platform) = unbounded_channel();
        let (to_edge, at_edge) = unbounded_channel();
        let pipe = Pipe { incoming: at_platform, outgoing: to_edge };
        (pipe, Self { incoming: at_edge, outgoing: to_platform, session: Ids::NONE })
    }

    /// Authenticates.
    pub(crate) async fn authenticate(&mut self) {
        self.send(hex(&auth_hex(KEY)));
        let (ids, line) = self.answer().await;
        assert!(line.starts_with("SUCCESS"), "{line}");
        self.session = ids.session;
    }

    pub(crate) fn send(&self, bytes: Vec<u8>) {
        self.outgoing.send(bytes.into()).unwrap();
    }

    /// The next answer, as a line.
    pub(crate) async fn answer(&mut self) -> (Ids, String) {
        let next = tokio::time::timeout(PATIENCE, self.incoming.recv()).await;
        let bytes = next.expect("the platform says nothing").expect("it has closed");
        let message = Message::decode_exact(&bytes).unwrap();
        (message.ids, message.dump().to_string())
    }

    /// Asks for something that is answered at once: then all before was taken.
    pub(crate) async fn is_taken(&mut self, request: u32) {
        let ids = Ids { request, endpoint: 0, session: self.session };
        self.send(encode(ids, Body::Unbind(alwayson_codec::Bind::new(&["Nothing"]).unwrap())));
        let (_, line) = self.answer().await;
        assert!(line.starts_with(&format!("NOT_FOUND request={request}")), "{line}");
    }
}
