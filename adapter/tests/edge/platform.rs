//! A platform under the control of a test.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use alwayson::message::{Request, Response};
use alwayson::transport::{Close, Outgoing};
use alwayson::value::Table;
use alwayson_codec::connection::platform::{Connection, Event, Received, Settings};
use alwayson_codec::connection::registry::NameChange;
use alwayson_codec::connection::{
    Fixed, InboundId, Names, RequestId, Requests, Transmit, Unanswered,
};
use alwayson_codec::{self as codec, Entity, Joiner, List, Status, memory_for};
use bytes::Bytes;
use tokio::time::{Instant, sleep_until};

use crate::wire::End;

type Room = Fixed<String, Vec<u8>, Names<64>, Requests<600>, Unanswered<600>>;
const LONGEST: usize = 2 << 20;

/// What the platform received.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    /// AUTH, with these claims.
    Auth(Vec<(String, String)>),
    Bind(Vec<String>),
    Unbind(Vec<String>),
    Request(InboundId, Request),
    Response(RequestId, Response),
    Failed(RequestId),
    Closed(Option<u16>),
}

pub(crate) struct Platform {
    connection: Box<Connection<Room>>,
    joiner: Joiner<Vec<u8>, 1>,
    end: End,
    /// Stops the edge from sending.
    pub(crate) edge_is_stopped: Arc<AtomicBool>,
    start: Instant,
    /// The gateway of the last BIND.
    pub(crate) gateway: Option<(String, String)>,
}

impl Platform {
    pub(crate) fn new(end: End, edge_is_stopped: Arc<AtomicBool>) -> Self {
        let place = vec![0; memory_for(LONGEST, 512, 128)];
        Self {
            connection: Box::new(Connection::new(Settings::default(), vec![0; 2 * LONGEST], 0)),
            joiner: Joiner::with_limits([place], LONGEST, 50_000),
            end,
            edge_is_stopped,
            start: Instant::now(),
            gateway: None,
        }
    }

    fn now_ms(&self) -> u64 {
        self.start.elapsed().as_millis().try_into().unwrap()
    }

    /// Sends all pending messages.
    pub(crate) fn flush(&mut self) {
        let mut buffer = vec![0; 0x1_0000];
        let now_ms = self.now_ms();
        while let Some(transmit) = self.connection.poll_transmit(&mut buffer, now_ms).unwrap() {
            let outgoing = match transmit {
                Transmit::Message(len) => Outgoing::Message(Bytes::copy_from_slice(&buffer[..len])),
                Transmit::Ping => Outgoing::Ping,
                Transmit::Close(code) => Outgoing::Close(code.to_u16().into()),
            };
            drop(self.end.outgoing.send(outgoing));
        }
    }

    /// Returns what the edge does next.
    pub(crate) async fn next(&mut self) -> Seen {
        loop {
            self.flush();
            while let Some(event) = self.connection.poll_event() {
                if let Event::Failed { request, .. } = event {
                    return Seen::Failed(request);
                }
            }
            let due = self.connection.poll_timeout().unwrap_or(u64::from(u32::MAX));
            let due = self.start + Duration::from_millis(due);
            let received = tokio::select! {
                received = self.end.incoming.recv() => received,
                () = sleep_until(due) => {
                    self.connection.handle_timeout(self.now_ms());
                    continue;
                }
            };
            match received {
                Some(Outgoing::Message(bytes)) => {
                    if let Some(seen) = self.receive(&bytes) {
                        return seen;
                    }
                }
                Some(Outgoing::Ping) => self.connection.handle_ping(self.now_ms()),
                Some(Outgoing::Close(close)) => return Seen::Closed(Some(close.code())),
                None => return Seen::Closed(None),
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) -> Option<Seen> {
        let now_ms = self.now_ms();
        let text = |text: codec::Text<'_>| text.as_str().to_owned();
        match self.connection.handle_received(bytes, &mut self.joiner, now_ms) {
            Received::Handled | Received::Unreadable(_) => None,
            Received::NotNow => panic!("decide what was asked first"),
            Received::Auth(auth) => {
                let claims = auth.claims.iter();
                let claim = |c: codec::Claim<'_>| (text(c.name), text(c.value.expose()));
                Some(Seen::Auth(claims.map(claim).collect()))
            }
            Received::Bind(bind) => {
                let gateway = |g: codec::Gateway<'_>| (text(g.name), text(g.gateway_type));
                self.gateway = bind.gateway.map(gateway);
                Some(Seen::Bind(bind.names.iter().map(text).collect()))
            }
            Received::Unbind(unbind) => Some(Seen::Unbind(unbind.names.iter().map(text).collect())),
            Received::Request { inbound, request } => Some(Seen::Request(inbound, request.into())),
            Received::Response { request, response } => {
                Some(Seen::Response(request, response.into()))
            }
        }
    }

    /// Returns whether nothing arrives for this long.
    pub(crate) async fn is_quiet(&mut self, duration: Duration) -> bool {
        tokio::time::timeout(duration, self.next()).await.is_err()
    }

    /// Takes an AUTH, and accepts it.
    pub(crate) async fn accept(&mut self) -> Vec<(String, String)> {
        let Seen::Auth(claims) = self.next().await else { panic!("no AUTH") };
        self.connection.accept(77, 5, self.now_ms()).unwrap();
        self.flush();
        claims
    }

    /// Takes an AUTH, and refuses it.
    pub(crate) async fn refuse(&mut self) {
        let Seen::Auth(_) = self.next().await else { panic!("no AUTH") };
        self.connection.refuse(self.now_ms()).unwrap();
        self.flush();
    }

    /// Takes a BIND or UNBIND, and accepts it.
    pub(crate) async fn bind(&mut self) -> Vec<String> {
        let (names, change) = match self.next().await {
            Seen::Bind(names) => (names, NameChange::Bound),
            Seen::Unbind(names) => (names, NameChange::Unbound),
            other => panic!("no BIND, and no UNBIND: {other:?}"),
        };
        let now_ms = self.now_ms();
        let gateway = self.gateway.as_ref().map(|(name, _)| name);
        // The gateway is bound with each BIND, and unbound at the end.
        for name in gateway.filter(|_| change == NameChange::Bound).into_iter().chain(&names) {
            self.connection.change_name(name, change, now_ms).unwrap();
        }
        self.connection.accept_names(now_ms).unwrap();
        self.flush();
        names
    }

    /// Takes a BIND and refuses it because of this name.
    pub(crate) async fn refuse_bind(&mut self, status: Status, name: &str, reason: &'static str) {
        let Seen::Bind(_) = self.next().await else { panic!("no BIND") };
        self.connection.refuse_names(status, name, reason).unwrap();
        self.flush();
    }

    /// Takes a request.
    pub(crate) async fn request(&mut self) -> (InboundId, Request) {
        match self.next().await {
            Seen::Request(inbound, request) => (inbound, request),
            other => panic!("no request but {other:?}"),
        }
    }

    /// Takes a request, compares it with this text, and answers it.
    pub(crate) async fn answer(&mut self, shown: &str, response: Response) -> Request {
        let (inbound, request) = self.request().await;
        assert_eq!(request.to_string(), shown);
        self.respond(inbound, &response);
        request
    }

    pub(crate) fn respond(&mut self, inbound: InboundId, response: &Response) {
        let Response { status, reason, content } = response;
        let reason = reason.as_deref().map(Into::into);
        let sent = content.with_view(|content| {
            let response = codec::Response { status: *status, reason, content };
            self.connection.respond(inbound, &response)
        });
        sent.unwrap().unwrap();
        self.flush();
    }

    /// Sends a request.
    pub(crate) fn send(&mut self, request: &Request) -> RequestId {
        let name = request.entity.as_str().into();
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|header| codec::RequestHeader::new(&header.name, &header.value))
            .collect();
        let view = codec::Request {
            method: request.method,
            entity: Entity { entity_type: request.entity_type, name },
            characteristic: request.characteristic,
            characteristic_name: request.name.as_str().into(),
            headers: List::new(&headers).unwrap(),
            params: None,
        };
        let params = request.params.clone().unwrap_or_default();
        let now_ms = self.now_ms();
        let sent = match &request.params {
            None => self.connection.request(&view, now_ms),
            Some(_) => self.connection.request_with_table(
                &view,
                |shape| params.shape(shape),
                |rows| params.rows_to(rows),
                now_ms,
            ),
        };
        self.flush();
        sent.unwrap()
    }

    /// Sends a request, and takes the answer, which comes next.
    pub(crate) async fn ask(&mut self, request: Request) -> Response {
        let id = self.send(&request);
        match self.next().await {
            Seen::Response(answered, response) if answered == id => response,
            other => panic!("no answer but {other:?}"),
        }
    }

    /// Calls a service of a Thing of the edge.
    pub(crate) async fn call(
        &mut self,
        thing: &str,
        service: &str,
        params: Option<Table>,
    ) -> Response {
        self.ask(Request::invoke_service(thing, service, params)).await
    }

    /// Sends bytes past the machine.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.end.outgoing.send(Outgoing::Message(Bytes::copy_from_slice(bytes))).unwrap();
    }

    /// Returns the number of dropped responses.
    pub(crate) fn dropped(&self) -> u32 {
        self.connection.counters().responses_dropped
    }

    /// Closes with code 1000.
    pub(crate) fn close(self) {
        self.close_with(1000.into());
    }

    /// Closes with this code and reason.
    pub(crate) fn close_with(self, close: Close) {
        drop(self.end.outgoing.send(Outgoing::Close(close)));
    }
}
