//! The machines, one call at a time: what each side answers, when it gives up,
//! and what it does at its limits.

mod bind_chunks;
mod edge_ends;
mod edge_names;
mod edge_side;
mod flow;
mod machine;
mod platform_names;
mod platform_side;
mod pushes;
mod refused;
mod several;

use alwayson_codec::connection::edge;
use alwayson_codec::connection::platform;
use alwayson_codec::connection::registry::NameChange;
use alwayson_codec::connection::{
    Fixed, FixedName, Machine, Names, Requests, Transmit, Unanswered, Unreadable,
};
use alwayson_codec::{
    Auth, Bind, Body, Claim, Ids, Joiner, Message, Request, Response, Split, Status, Value,
    memory_for,
};

/// 3 names, 2 requests out, 2 in.
pub(crate) type EdgeRoom = Fixed<FixedName<32>, Vec<u8>, Names<3>, Requests<2>, Unanswered<2>>;
pub(crate) type PlatformRoom = Fixed<FixedName<16>, Vec<u8>, Names<3>, Requests<2>, Unanswered<2>>;

pub(crate) const SESSION: u32 = 77;
/// A session id that was granted to nobody.
pub(crate) const OTHER: u32 = 78;
/// How long a message may be before it is sent in chunks.
pub(crate) const CHUNK: u16 = 128;

pub(crate) fn joiner() -> Joiner<Vec<u8>, 1> {
    Joiner::with_limits([vec![0; memory_for(1000, CHUNK, 32)]], 1000, 50_000)
}

/// Either machine, with what stands around it.
pub(crate) struct Side<M> {
    pub(crate) machine: M,
    pub(crate) joiner: Joiner<Vec<u8>, 1>,
    pub(crate) now_ms: u64,
}

pub(crate) type EdgeSide = Side<edge::Connection<EdgeRoom>>;
pub(crate) type PlatformSide = Side<platform::Connection<PlatformRoom>>;

pub(crate) fn encode(ids: Ids, body: Body<'_>) -> Vec<u8> {
    let message = Message { ids, body };
    let mut bytes = vec![0; message.encoded_len().unwrap()];
    message.encode(&mut bytes).unwrap();
    bytes
}

pub(crate) fn ids(request: u32) -> Ids {
    Ids { request, endpoint: 0, session: SESSION }
}

/// A response without reason and content.
pub(crate) fn status(request: u32, status: Status) -> Vec<u8> {
    encode(ids(request), Body::Response(Response::new(status)))
}

/// A response with a text.
pub(crate) fn text(request: u32, text: &str) -> Vec<u8> {
    let content = Value::from(text);
    encode(ids(request), Body::Response(Response { content, ..Response::new(Status::SUCCESS) }))
}

/// A GET of the property `p` of a Thing.
pub(crate) fn get(request: u32, thing: &str) -> Vec<u8> {
    encode(ids(request), Body::Request(Request::read_property(thing, "p")))
}

pub(crate) fn bind(request: u32, names: &[&str]) -> Vec<u8> {
    encode(ids(request), Body::Bind(Bind::new(names).unwrap()))
}

pub(crate) fn unbind(request: u32, names: &[&str]) -> Vec<u8> {
    encode(ids(request), Body::Unbind(Bind::new(names).unwrap()))
}

pub(crate) fn auth(request: u32, key: &str) -> Vec<u8> {
    let claims = [Claim::new(Claim::APP_KEY, key)];
    encode(Ids::unauthenticated(request), Body::Auth(Auth::new(&claims).unwrap()))
}

/// The chunks of a message, of at most so many bytes.
pub(crate) fn chunks(message: &[u8], size: u16) -> Vec<Vec<u8>> {
    let mut split = Split::new(message, size).unwrap();
    let mut chunks = Vec::new();
    let mut buffer = vec![0; usize::from(size)];
    while let Some(len) = split.next_chunk(&mut buffer).unwrap() {
        chunks.push(buffer[..len].to_vec());
    }
    chunks
}

/// A message that cannot be read: the kind, and where that has a place, that.
fn unreadable(unreadable: &Unreadable<'_>) -> String {
    let at = unreadable.fault.offset().map(|at| format!(" at {at}")).unwrap_or_default();
    format!("Unreadable {}{at}", unreadable.fault.name())
}

/// What is sent, a line each.
fn drain(mut poll: impl FnMut(&mut [u8]) -> Option<Transmit>) -> (Vec<Vec<u8>>, Vec<String>) {
    let mut bytes = Vec::new();
    let mut lines = Vec::new();
    let mut buffer = vec![0; 8192];
    while let Some(transmit) = poll(&mut buffer) {
        lines.push(match transmit {
            Transmit::Message(len) => {
                bytes.push(buffer[..len].to_vec());
                Message::decode_exact(&buffer[..len]).unwrap().dump().to_string()
            }
            Transmit::Ping => "ping".to_owned(),
            Transmit::Close(code) => format!("close {}", code.to_u16()),
        });
        assert!(lines.len() < 100, "no end: {lines:?}");
    }
    (bytes, lines)
}

impl<M: Machine> Side<M> {
    pub(crate) fn sent_bytes(&mut self) -> (Vec<Vec<u8>>, Vec<String>) {
        drain(|buffer| self.machine.poll_transmit(buffer, self.now_ms).unwrap())
    }

    pub(crate) fn sent(&mut self) -> Vec<String> {
        self.sent_bytes().1
    }

    /// So much time passes, in which nothing else happens.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
        self.machine.handle_timeout(self.now_ms);
    }
}

impl EdgeSide {
    pub(crate) fn new(settings: edge::Settings) -> Self {
        let machine = edge::Connection::new(settings, vec![0; 512]);
        Self { machine, joiner: joiner(), now_ms: 0 }
    }

    pub(crate) fn settings() -> edge::Settings {
        edge::Settings::default().with_chunk_size(CHUNK)
    }

    /// Opened, AUTH sent with this request id.
    pub(crate) fn open(&mut self) -> u32 {
        let claims = [Claim::new(Claim::APP_KEY, "key")];
        let mut buffer = [0; 128];
        let auth = Auth::new(&claims).unwrap();
        let len = self.machine.handle_opened(&auth, &mut buffer, self.now_ms).unwrap();
        Message::decode_exact(&buffer[..len]).unwrap().ids.request
    }

    /// An edge whose AUTH, request 1, was accepted.
    pub(crate) fn online(settings: edge::Settings) -> Self {
        let mut side = Self::new(settings);
        let request = side.open();
        side.receive(&status(request, Status::SUCCESS));
        assert_eq!(side.events(), ["Authenticated { session: 77, endpoint: 0 }"]);
        side
    }

    /// An edge with these names bound, by the request 2.
    pub(crate) fn bound(names: &[&str]) -> Self {
        let mut side = Self::online(Self::settings());
        for name in names {
            side.machine.bind(FixedName::try_from(*name).unwrap()).unwrap();
        }
        side.sent();
        side.receive(&status(2, Status::SUCCESS));
        assert_eq!(side.events().len(), names.len());
        side
    }

    /// What came of it, without what is borrowed.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> String {
        let received = self.machine.handle_received(bytes, &mut self.joiner, self.now_ms);
        match received {
            edge::Received::Request { request, .. } => {
                format!("Request {}", request.entity.name)
            }
            edge::Received::Response { request, response } => {
                format!("Response {} {}", request.to_u32(), response.status)
            }
            edge::Received::Unreadable(what) => unreadable(&what),
            other => format!("{other:?}"),
        }
    }

    pub(crate) fn events(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        while let Some(event) = self.machine.poll_event() {
            events.push(format!("{event:?}"));
        }
        events
    }
}

impl PlatformSide {
    pub(crate) fn settings() -> platform::Settings {
        platform::Settings::default().with_chunk_size(CHUNK)
    }

    pub(crate) fn new() -> Self {
        let machine = platform::Connection::new(Self::settings(), vec![0; 512], 0);
        Self { machine, joiner: joiner(), now_ms: 0 }
    }

    /// A connection whose AUTH was accepted.
    pub(crate) fn online() -> Self {
        let mut side = Self::new();
        side.receive(&auth(1, "key"));
        side.machine.accept(SESSION, 0, 0).unwrap();
        assert_eq!(side.sent(), ["SUCCESS request=1 session=77"]);
        side
    }

    /// A connection with these names bound.
    pub(crate) fn bound(names: &[&str]) -> Self {
        let mut side = Self::online();
        side.receive(&bind(2, names));
        side.accept(names, NameChange::Bound);
        side.sent();
        assert_eq!(side.events().len(), names.len());
        side
    }

    /// The host decides so about these names, and answers SUCCESS.
    pub(crate) fn accept(&mut self, names: &[&str], change: NameChange) {
        for name in names {
            self.machine.change_name(name, change, self.now_ms).unwrap();
        }
        self.machine.accept_names(self.now_ms).unwrap();
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) -> String {
        let received = self.machine.handle_received(bytes, &mut self.joiner, self.now_ms);
        match received {
            platform::Received::Request { request, .. } => {
                format!("Request {}", request.entity.name)
            }
            platform::Received::Response { request, response } => {
                format!("Response {} {}", request.to_u32(), response.status)
            }
            platform::Received::Unreadable(what) => unreadable(&what),
            platform::Received::Auth(_) => "Auth".to_owned(),
            platform::Received::Bind(_) => "Bind".to_owned(),
            platform::Received::Unbind(_) => "Unbind".to_owned(),
            other => format!("{other:?}"),
        }
    }

    pub(crate) fn events(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        loop {
            let may_have_event = self.machine.may_have_event();
            let Some(event) = self.machine.poll_event() else { break };
            assert!(may_have_event, "{event:?}");
            events.push(format!("{event:?}"));
        }
        assert!(!self.machine.may_have_event(), "all are told");
        events
    }
}

/// Settings of an edge whose first request has this id.
pub(crate) fn edge_settings_from(first_request_id: u32) -> edge::Settings {
    EdgeSide::settings().with_first_request_id(first_request_id)
}
