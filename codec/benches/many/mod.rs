//! Connections with many names, and messages with more.

use alwayson_codec::connection::registry::NameChange;
use alwayson_codec::connection::{
    Growing, Names, RequestId, Requests, Transmit, Unanswered, edge, platform,
};
use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Joiner, Message, Request, Response, Status};

type Room = Growing<String, Names<{ usize::MAX }>, Requests<1_000>, Unanswered<1_000>>;

/// The number of names in a message that is measured.
pub const NAMES: usize = 100;

const SESSION: u32 = 77;

fn name(number: usize) -> String {
    format!("Factory-Thing-{number:06}")
}

fn encoded(request: u32, session: u32, body: Body<'_>) -> Vec<u8> {
    let message = Message { ids: Ids { request, endpoint: 0, session }, body };
    let mut bytes = vec![0; 8192];
    let len = message.encode(&mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

fn bind(names: Bind<'_>) -> Body<'_> {
    Body::Bind(names)
}

fn unbind(names: Bind<'_>) -> Body<'_> {
    Body::Unbind(names)
}

/// The message that binds or unbinds [`NAMES`] names from this one on.
fn names(from: usize, body: fn(Bind<'_>) -> Body<'_>) -> Vec<u8> {
    let names: Vec<String> = (from..from + NAMES).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    encoded(5, SESSION, body(Bind::new(&names).unwrap()))
}

/// A platform's connection with many names, and a message for it.
pub struct Platform {
    connection: platform::Connection<Room>,
    joiner: Joiner<[u8; 0], 0>,
    buffer: Vec<u8>,
    message: Vec<u8>,
    names: Vec<String>,
}

impl Platform {
    /// Names are bound until there are `count`, and a BIND of [`NAMES`] others waits.
    pub fn to_bind(count: usize) -> &'static mut Self {
        let settings = platform::Settings::default().with_names(u32::MAX);
        let connection = platform::Connection::new(settings, vec![0; 8192], 0);
        let (message, names) = (Vec::new(), Vec::new());
        let joiner = Joiner::new([]);
        let mut side = Self { connection, joiner, buffer: vec![0; 8192], message, names };
        let claims = [Claim::new(Claim::APP_KEY, "key")];
        side.receive(&encoded(1, Ids::NONE, Body::Auth(Auth::new(&claims).unwrap())));
        side.connection.accept(SESSION, 0, 0).unwrap();
        side.flush();
        for from in (0..count).step_by(NAMES) {
            side.prepare(from, bind);
            side.bind();
        }
        side.prepare(1_000_000 - NAMES, bind);
        Box::leak(Box::new(side))
    }

    /// As many names are bound, and an UNBIND of [`NAMES`] of them waits.
    pub fn to_unbind(count: usize) -> &'static mut Self {
        let side = Self::to_bind(count.max(NAMES));
        side.prepare(count / 2 / NAMES * NAMES, unbind);
        side
    }

    /// As many names are bound, one of which is called, while 500 other calls wait.
    pub fn to_call(count: usize) -> &'static mut Self {
        let side = Self::to_bind(count);
        for number in 0..500 {
            side.ask(&name(number % count));
        }
        side.names = vec![name(count / 2)];
        side
    }

    fn prepare(&mut self, from: usize, body: fn(Bind<'_>) -> Body<'_>) {
        self.message = names(from, body);
        self.names = (from..from + NAMES).map(name).collect();
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.connection.handle_received(bytes, &mut self.joiner, 0);
    }

    /// Sends what waits, and handles all events. Returns the number of both.
    fn flush(&mut self) -> usize {
        let mut count = 0;
        while self.connection.poll_transmit(&mut self.buffer, 0).unwrap().is_some() {
            count += 1;
        }
        while self.connection.poll_event().is_some() {
            count += 1;
        }
        count
    }

    fn change(&mut self, change: NameChange) -> usize {
        let message = std::mem::take(&mut self.message);
        self.receive(&message);
        for name in &self.names {
            self.connection.change_name(name, change, 0).unwrap();
        }
        self.connection.accept_names(0).unwrap();
        let count = self.flush();
        count + usize::from(self.connection.poll_timeout().is_some())
    }

    /// Handles the BIND that waits, from its bytes to the events.
    pub fn bind(&mut self) -> usize {
        self.change(NameChange::Bound)
    }

    /// Handles the UNBIND that waits, from its bytes to the events.
    pub fn unbind(&mut self) -> usize {
        self.change(NameChange::Unbound)
    }

    fn ask(&mut self, name: &str) -> RequestId {
        let request = Request::read_property(name, "Temperature");
        let id = self.connection.request(&request, 0).unwrap();
        self.flush();
        id
    }

    /// Sends a request, and handles its response.
    pub fn call(&mut self) -> usize {
        let name = self.names.pop().unwrap();
        let request = self.ask(&name).to_u32();
        let ids = Ids { request, endpoint: 0, session: SESSION };
        let body = Body::Response(Response::new(Status::SUCCESS));
        let len = Message { ids, body }.encode(&mut self.buffer).unwrap();
        let received = self.connection.handle_received(&self.buffer[..len], &mut self.joiner, 0);
        usize::from(matches!(received, platform::Received::Response { .. }))
    }
}

/// An edge with many names.
pub struct Edge {
    connection: edge::Connection<Room>,
    joiner: Joiner<[u8; 0], 0>,
    buffer: Vec<u8>,
    /// Names to be bound, and the one that is called.
    names: Vec<String>,
    request: Vec<u8>,
}

impl Edge {
    /// An edge on which as many names are bound.
    pub fn bound(count: usize) -> &'static mut Self {
        let connection = edge::Connection::new(edge::Settings::default(), vec![0; 8192]);
        let names = (0..count).map(name).collect();
        let request = Request::read_property("Factory-Thing-000005", "Temperature");
        let request = encoded(9, SESSION, Body::Request(request));
        let joiner = Joiner::new([]);
        let mut side = Self { connection, joiner, buffer: vec![0; 8192], names, request };
        let claims = [Claim::new(Claim::APP_KEY, "key")];
        let auth = Auth::new(&claims).unwrap();
        side.connection.handle_opened(&auth, &mut side.buffer, 0).unwrap();
        side.succeed(1);
        side.bind();
        side.names = (1_000_000 - NAMES..1_000_000).map(name).collect();
        Box::leak(Box::new(side))
    }

    /// The platform answers a request with SUCCESS.
    fn succeed(&mut self, request: u32) {
        let ids = Ids { request, endpoint: 0, session: SESSION };
        let body = Body::Response(Response::new(Status::SUCCESS));
        let len = Message { ids, body }.encode(&mut self.buffer).unwrap();
        self.connection.handle_received(&self.buffer[..len], &mut self.joiner, 0);
    }

    /// Binds the next names: sends the BINDs, and handles their answers and all events.
    pub fn bind(&mut self) -> usize {
        for name in std::mem::take(&mut self.names) {
            self.connection.bind(name).unwrap();
        }
        let mut count = 0;
        while let Some(Transmit::Message(_)) =
            self.connection.poll_transmit(&mut self.buffer, 0).unwrap()
        {
            let [_, _, id @ ..] = self.buffer.first_chunk::<6>().unwrap();
            self.succeed(u32::from_be_bytes(*id));
            while self.connection.poll_event().is_some() {
                count += 1;
            }
        }
        count
    }

    /// Receives a request for a bound name, and answers it.
    pub fn answer(&mut self) -> usize {
        let Self { connection, joiner, request, buffer, .. } = self;
        match connection.handle_received(request, joiner, 0) {
            edge::Received::Request { inbound, .. } => {
                connection.respond(inbound, &Response::new(Status::SUCCESS)).unwrap();
                usize::from(connection.poll_transmit(buffer, 0).unwrap().is_some())
            }
            _ => 0,
        }
    }
}
