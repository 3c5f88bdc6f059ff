//! The platform, the two edges, and the network between them.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};

use alwayson_codec::connection::edge;
use alwayson_codec::connection::platform;
use alwayson_codec::connection::registry::{
    AnyThing, BindPolicy, Change, ConnectionId, FixedBindings, NameChange, Registry,
};
use alwayson_codec::connection::{
    Fixed, FixedName, Names, RequestId, Requests, Transmit, Unanswered,
};
use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Joiner, Message, Request, Response, Status};

use super::events::Lossy;

type Name = FixedName<8>;
type Room = Fixed<Name, [u8; 128], Names<3>, Requests<2>, Unanswered<2>>;
type NoJoiner = Joiner<[u8; 0], 0>;

/// The Thing that both edges want to stand for, and the gateway that they may
/// stand before it as.
pub(super) const THING: &str = "t";
pub(super) const GATEWAY: &str = "g";

/// An edge: the name that it has for the Thing, its own or `*` and its
/// identifier, and whether it is a gateway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) is_gateway: bool,
}

/// The Thing that a name stands for.
pub(super) fn thing_of(name: &str) -> &str {
    name.strip_prefix('*').unwrap_or(name)
}

pub(super) fn name(text: &str) -> Name {
    Name::try_from(text).unwrap()
}

/// One connection, from the platform's side.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) connection: platform::Connection<Room>,
    /// The edge, while it is at the other end.
    pub(super) edge: Option<usize>,
    pub(super) up: VecDeque<Vec<u8>>,
    pub(super) down: VecDeque<Vec<u8>>,
    /// Requests of the host that have not ended.
    pub(super) open: BTreeSet<RequestId>,
    pub(super) was_accepted: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct System {
    pub(super) registry: Registry<FixedBindings<2, 8>>,
    pub(super) lines: Vec<Line>,
    pub(super) edges: [edge::Connection<Room>; 2],
    pub(super) kinds: [Kind; 2],
    pub(super) lossy: Lossy,
    pub(super) connects: [u8; 2],
    /// Things that are connected, as the connections tell, and the registry.
    pub(super) shown: BTreeSet<String>,
    pub(super) told: BTreeSet<String>,
    pub(crate) answered: u8,
    pub(crate) moved: u8,
    /// What a machine did that it must not.
    pub(crate) wrong: Option<String>,
}

pub(super) fn id(index: usize) -> ConnectionId {
    ConnectionId(u32::try_from(index).unwrap())
}

/// What the registry tells of a Thing.
fn tell(connected: &mut BTreeSet<String>, change: &Change<'_>) {
    match change.what {
        NameChange::Bound => drop(connected.insert(change.thing.to_owned())),
        NameChange::Unbound => drop(connected.remove(change.thing)),
        NameChange::Moved => {}
    }
}

/// Everything that a state is shows in its `Debug`: no message waits in a
/// machine between two events, and bytes on the way are shown.
impl Hash for System {
    fn hash<H: Hasher>(&self, state: &mut H) {
        format!("{self:?}").hash(state);
    }
}

impl PartialEq for System {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

impl System {
    pub(crate) fn new(policy: BindPolicy, kinds: [Kind; 2], lossy: Lossy) -> Self {
        let edge = |kind: Kind| {
            let settings = edge::Settings::default();
            let mut edge = if kind.is_gateway {
                edge::Connection::gateway(settings, name(GATEWAY), name("EMS"), [0; 128])
            } else {
                edge::Connection::new(settings, [0; 128])
            };
            edge.bind(name(kind.name)).unwrap();
            edge
        };
        Self {
            registry: Registry::new(FixedBindings::new(), policy),
            lines: Vec::new(),
            edges: kinds.map(edge),
            kinds,
            lossy,
            connects: [lossy.connects; 2],
            shown: BTreeSet::new(),
            told: BTreeSet::new(),
            answered: 0,
            moved: 0,
            wrong: None,
        }
    }

    /// The connection that holds the Thing as the registry says.
    pub(super) fn registered(&self) -> Option<usize> {
        let holder = self.registry.holder(THING)?;
        usize::try_from(holder.connection.0).ok()
    }

    pub(super) fn line_of(&self, edge: usize) -> Option<usize> {
        self.lines.iter().position(|line| line.edge == Some(edge))
    }

    pub(super) fn connect(&mut self, edge: usize) {
        self.connects[edge] -= 1;
        let claims = [Claim::new(Claim::APP_KEY, "k")];
        let mut buffer = [0; 64];
        let auth = Auth::new(&claims).unwrap();
        let len = self.edges[edge].handle_opened(&auth, &mut buffer, 0).unwrap();
        self.lines.push(Line {
            connection: platform::Connection::new(platform::Settings::default(), [0; 128], 0),
            edge: Some(edge),
            up: VecDeque::from([buffer[..len].to_vec()]),
            down: VecDeque::new(),
            open: BTreeSet::new(),
            was_accepted: false,
        });
    }

    /// The edge is no longer at the end of a connection.
    pub(super) fn leave(&mut self, line: usize) {
        let Some(edge) = self.lines[line].edge.take() else { return };
        let edge = &mut self.edges[edge];
        edge.handle_closed(0);
        while edge.poll_event().is_some() {}
        edge.reopen().unwrap();
    }

    pub(super) fn call(&mut self) {
        self.lossy.calls -= 1;
        let Some(line) = self.registered() else { return };
        let Some(held) = self.registry.holder(THING) else { return };
        let line = &mut self.lines[line];
        let read = Request::read_property(held.wire_name, "p");
        line.open.insert(line.connection.request(&read, 0).unwrap());
    }

    /// The platform takes a message, and its host does what it asks.
    pub(super) fn up(&mut self, index: usize) {
        let line = &mut self.lines[index];
        let Some(bytes) = line.up.pop_front() else { return };
        let mut joiner = NoJoiner::new([]);
        let received = line.connection.handle_received(&bytes, &mut joiner, 0);
        let asks = !matches!(
            received,
            platform::Received::Auth(_)
                | platform::Received::Handled
                | platform::Received::NotNow
                | platform::Received::Unreadable(_)
        );
        if asks && !line.was_accepted {
            self.wrong = Some(format!("handled before AUTH: {received:?}"));
            return;
        }
        match received {
            platform::Received::Auth(_) => {
                line.was_accepted = true;
                line.connection.accept(100 + id(index).0, 0, 0).unwrap();
            }
            platform::Received::Bind(bind) => self.decide(index, &bind, true),
            platform::Received::Unbind(unbind) => self.decide(index, &unbind, false),
            platform::Received::Response { request, .. } => {
                self.answered += 1;
                if !line.open.remove(&request) {
                    self.wrong = Some(format!("{request:?} ended twice"));
                }
            }
            platform::Received::Request { inbound, .. } => {
                line.connection.respond(inbound, &Response::new(Status::SUCCESS)).unwrap();
            }
            platform::Received::Handled
            | platform::Received::NotNow
            | platform::Received::Unreadable(_) => {}
        }
    }

    /// The registry decides about names, and each connection is told.
    fn decide(&mut self, index: usize, names: &Bind<'_>, is_bind: bool) {
        let Self { registry, lines, wrong, moved, told, .. } = self;
        let this = id(index);
        let change = |change: Change<'_>| {
            tell(told, &change);
            *moved += u8::from(change.what == NameChange::Moved);
            let line = &mut lines[usize::try_from(change.connection.0).unwrap()];
            let done = line.connection.change_name(change.wire_name, change.what, 0);
            if let Err(error) = done {
                *wrong = Some(format!("{change:?}: {error}"));
            }
        };
        let decided = if is_bind {
            registry.bind(&AnyThing, this, names, change)
        } else {
            registry.unbind(this, names, change)
        };
        let connection = &mut self.lines[index].connection;
        match decided {
            Ok(()) => connection.accept_names(0).unwrap(),
            Err(refusal) => {
                let name = refusal.name.as_str();
                let reason = refusal.kind.reason();
                connection.refuse_names(refusal.status(), name, reason).unwrap();
            }
        }
    }

    /// An edge takes a message, and answers what is asked.
    pub(super) fn down(&mut self, index: usize) {
        let line = &mut self.lines[index];
        let Some((bytes, edge)) = line.down.pop_front().zip(line.edge) else { return };
        let is_bound = self.is_bound(edge);
        let edge = &mut self.edges[edge];
        let mut joiner = NoJoiner::new([]);
        if let edge::Received::Request { inbound, .. } =
            edge.handle_received(&bytes, &mut joiner, 0)
        {
            if !is_bound {
                self.wrong = Some("an edge was asked about a name that it has not bound".into());
            }
            edge.respond(inbound, &Response::new(Status::NO_CONTENT)).unwrap();
        }
    }

    /// Sends what is to be sent, and does what is told.
    pub(super) fn settle(&mut self) {
        for index in 0..self.lines.len() {
            self.settle_platform(index);
        }
        for index in 0..self.lines.len() {
            self.settle_edge(index);
        }
    }

    fn settle_platform(&mut self, index: usize) {
        let line = &mut self.lines[index];
        let mut buffer = [0; 512];
        while let Some(transmit) = line.connection.poll_transmit(&mut buffer, 0).unwrap() {
            let Transmit::Message(len) = transmit else { continue };
            let message = Message::decode_exact(&buffer[..len]).unwrap();
            if let Body::Request(request) = message.body {
                if !line.connection.is_bound(request.entity.name.as_str()) {
                    self.wrong = Some("a request went to a name that is not bound".into());
                }
            }
            if message.ids.request == 0 || message.ids.request == Ids::NONE {
                self.wrong = Some("a request id that cannot be".into());
            }
            line.down.push_back(buffer[..len].to_vec());
        }
        while let Some(event) = line.connection.poll_event() {
            match event {
                platform::Event::Connected { name, .. } => {
                    self.shown.insert(thing_of(name).to_owned());
                }
                platform::Event::Disconnected { name, .. } => {
                    self.shown.remove(thing_of(name));
                }
                platform::Event::Failed { request, .. } if line.open.remove(&request) => {}
                platform::Event::Failed { request, .. } => {
                    self.wrong = Some(format!("{request:?} ended twice"));
                }
                platform::Event::Ended(_) => {
                    self.registry.end(id(index), |change| tell(&mut self.told, &change));
                    line.up.clear();
                }
                _ => {}
            }
        }
        if line.connection.end().is_some() && line.down.is_empty() {
            self.leave(index);
        }
    }

    fn settle_edge(&mut self, index: usize) {
        let line = &mut self.lines[index];
        let Some(edge) = line.edge.map(|edge| &mut self.edges[edge]) else { return };
        let mut buffer = [0; 512];
        while let Some(transmit) = edge.poll_transmit(&mut buffer, 0).unwrap() {
            if let Transmit::Message(len) = transmit {
                line.up.push_back(buffer[..len].to_vec());
            }
        }
        while edge.poll_event().is_some() {}
        if edge.end().is_some() {
            self.leave(index);
        }
    }
}
