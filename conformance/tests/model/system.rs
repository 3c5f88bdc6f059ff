//! The platform, the two edges, and the network between them.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};

use alwayson_codec::connection::edge::{self, NameState};
use alwayson_codec::connection::platform;
use alwayson_codec::connection::registry::{
    AnyThing, BindPolicy, Change, ConnectionId, FixedBindings, NameChange, Registry,
};
use alwayson_codec::connection::{
    Fixed, FixedName, Names, RequestId, Requests, Transmit, Unanswered,
};
use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Joiner, Message, Request, Response, Status};

type Name = FixedName<8>;
type Room = Fixed<Name, [u8; 128], Names<3>, Requests<2>, Unanswered<2>>;
type NoJoiner = Joiner<[u8; 0], 0>;

/// The Thing that both edges want to stand for, and the gateway that they may
/// stand before it as.
const THING: &str = "t";
const GATEWAY: &str = "g";

/// An edge: the name that it has for the Thing, its own or `*` and its
/// identifier, and whether it is a gateway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) is_gateway: bool,
}

/// The Thing that a name stands for.
fn thing_of(name: &str) -> &str {
    name.strip_prefix('*').unwrap_or(name)
}

fn name(text: &str) -> Name {
    Name::try_from(text).unwrap()
}

/// How often each of these may still happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lossy {
    pub(crate) double: u8,
    pub(crate) lose: u8,
    pub(crate) breaks: u8,
    pub(crate) connects: u8,
    pub(crate) calls: u8,
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    /// An edge connects and sends AUTH.
    Connect(usize),
    /// The next message of an edge reaches the platform.
    Up(usize),
    /// The next message of the platform reaches the edge of a connection.
    Down(usize),
    /// It reaches it, and will once more.
    UpTwice(usize),
    /// As well.
    DownTwice(usize),
    /// It never does.
    UpLost(usize),
    /// Nor this.
    DownLost(usize),
    /// The edge of a connection finds it broken; the platform does not.
    Broken(usize),
    /// The platform learns that a connection is gone.
    Gone(usize),
    /// An edge unbinds the name, or wants it again.
    Unbind(usize),
    Bind(usize),
    /// The platform asks whoever stands for the Thing.
    Call,
}

/// One connection, from the platform's side.
#[derive(Clone, Debug)]
struct Line {
    connection: platform::Connection<Room>,
    /// The edge, while it is at the other end.
    edge: Option<usize>,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    /// Requests of the host that have not ended.
    open: BTreeSet<RequestId>,
    was_accepted: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct System {
    registry: Registry<FixedBindings<2, 8>>,
    lines: Vec<Line>,
    edges: [edge::Connection<Room>; 2],
    kinds: [Kind; 2],
    lossy: Lossy,
    connects: [u8; 2],
    /// Things that are connected, as the connections tell, and the registry.
    shown: BTreeSet<String>,
    told: BTreeSet<String>,
    pub(crate) answered: u8,
    pub(crate) moved: u8,
    /// What a machine did that it must not.
    pub(crate) wrong: Option<String>,
}

fn id(index: usize) -> ConnectionId {
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

    /// The live connections that hold the Thing.
    pub(crate) fn holders(&self) -> impl Iterator<Item = usize> {
        self.holders_of(THING)
    }

    fn holders_of<'s>(&'s self, thing: &'s str) -> impl Iterator<Item = usize> + 's {
        self.lines.iter().enumerate().filter_map(move |(index, line)| {
            let is_live = line.connection.end().is_none();
            let mut names = line.connection.names().map(|(name, _)| thing_of(name));
            (is_live && names.any(|name| name == thing)).then_some(index)
        })
    }

    pub(crate) fn nothing_is_held_twice(&self) -> bool {
        [THING, GATEWAY].iter().all(|thing| self.holders_of(thing).count() <= 1)
    }

    /// Each connection holds what the registry says, by the same name.
    pub(crate) fn registry_agrees(&self) -> bool {
        self.lines.iter().enumerate().all(|(index, line)| {
            let bound: BTreeSet<&str> = line.connection.names().map(|(name, _)| name).collect();
            let registered = self.registry.held_by(id(index)).map(|held| held.wire_name);
            bound == registered.collect()
        })
    }

    /// What was told of Things is so.
    pub(crate) fn is_connected_agrees(&self) -> bool {
        let held = [THING, GATEWAY].into_iter().filter(|thing| self.holders_of(thing).count() > 0);
        let held: BTreeSet<String> = held.map(str::to_owned).collect();
        self.shown == held && self.told == held
    }

    pub(crate) fn is_gateway_held(&self) -> bool {
        self.holders_of(GATEWAY).count() > 0
    }

    /// The connection that holds the Thing as the registry says.
    fn registered(&self) -> Option<usize> {
        let holder = self.registry.holder(THING)?;
        usize::try_from(holder.connection.0).ok()
    }

    pub(crate) fn requests_agree(&self) -> bool {
        self.lines.iter().all(|line| line.connection.requests().eq(line.open.iter().copied()))
    }

    fn name(&self, edge: usize) -> Option<NameState> {
        self.edges[edge].names().map(|(_, state, _)| state).next()
    }

    pub(crate) fn is_bound(&self, edge: usize) -> bool {
        self.name(edge) == Some(NameState::Bound)
    }

    pub(crate) fn is_refused(&self, edge: usize) -> bool {
        self.name(edge) == Some(NameState::Refused)
    }

    pub(crate) fn is_ghost_holding(&self) -> bool {
        self.holders().any(|index| self.lines[index].edge.is_none())
    }

    fn line_of(&self, edge: usize) -> Option<usize> {
        self.lines.iter().position(|line| line.edge == Some(edge))
    }

    pub(crate) fn possible(&self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.wrong.is_some() {
            return events;
        }
        for (index, line) in self.lines.iter().enumerate() {
            if !line.up.is_empty() {
                events.push(Event::Up(index));
                events.extend((self.lossy.double > 0).then_some(Event::UpTwice(index)));
                events.extend((self.lossy.lose > 0).then_some(Event::UpLost(index)));
            }
            if !line.down.is_empty() && line.edge.is_some() {
                events.push(Event::Down(index));
                events.extend((self.lossy.double > 0).then_some(Event::DownTwice(index)));
                events.extend((self.lossy.lose > 0).then_some(Event::DownLost(index)));
            }
            if line.edge.is_some() && self.lossy.breaks > 0 {
                events.push(Event::Broken(index));
            }
            if line.edge.is_none() && line.connection.end().is_none() {
                events.push(Event::Gone(index));
            }
        }
        for edge in 0..2 {
            match self.line_of(edge) {
                None if self.connects[edge] > 0 => events.push(Event::Connect(edge)),
                Some(_) if self.is_bound(edge) => events.push(Event::Unbind(edge)),
                Some(_) if self.is_refused(edge) => events.push(Event::Bind(edge)),
                _ => {}
            }
        }
        if self.lossy.calls > 0 && self.registered().is_some() {
            events.push(Event::Call);
        }
        events
    }

    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::Connect(edge) => self.connect(edge),
            Event::Up(line) => self.up(line),
            Event::Down(line) => self.down(line),
            Event::UpTwice(line) => {
                self.lossy.double -= 1;
                let first = self.lines[line].up[0].clone();
                self.lines[line].up.push_front(first);
                self.up(line);
            }
            Event::DownTwice(line) => {
                self.lossy.double -= 1;
                let first = self.lines[line].down[0].clone();
                self.lines[line].down.push_front(first);
                self.down(line);
            }
            Event::UpLost(line) => {
                self.lossy.lose -= 1;
                self.lines[line].up.pop_front();
            }
            Event::DownLost(line) => {
                self.lossy.lose -= 1;
                self.lines[line].down.pop_front();
            }
            Event::Broken(line) => {
                self.lossy.breaks -= 1;
                self.leave(line);
            }
            Event::Gone(line) => self.lines[line].connection.handle_closed(0),
            Event::Unbind(edge) => self.edges[edge].unbind(self.kinds[edge].name).unwrap(),
            Event::Bind(edge) => self.edges[edge].bind(name(self.kinds[edge].name)).unwrap(),
            Event::Call => self.call(),
        }
        self.settle();
    }

    fn connect(&mut self, edge: usize) {
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
    fn leave(&mut self, line: usize) {
        let Some(edge) = self.lines[line].edge.take() else { return };
        let edge = &mut self.edges[edge];
        edge.handle_closed(0);
        while edge.poll_event().is_some() {}
        edge.reopen().unwrap();
    }

    fn call(&mut self) {
        self.lossy.calls -= 1;
        let Some(line) = self.registered() else { return };
        let Some(held) = self.registry.holder(THING) else { return };
        let line = &mut self.lines[line];
        let read = Request::read_property(held.wire_name, "p");
        line.open.insert(line.connection.request(&read, 0).unwrap());
    }

    /// The platform takes a message, and its host does what it asks.
    fn up(&mut self, index: usize) {
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
                let (name, reason) = (refusal.name.as_str(), refusal.kind.reason());
                connection.refuse_names(refusal.status(), name, reason).unwrap();
            }
        }
    }

    /// An edge takes a message, and answers what is asked.
    fn down(&mut self, index: usize) {
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
    fn settle(&mut self) {
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
