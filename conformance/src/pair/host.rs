//! The platform: host, registry and connections.

use std::collections::{BTreeMap, BTreeSet};

use alwayson_codec::connection::platform::{Connection, Event, Received, Settings};
use alwayson_codec::connection::registry::{
    AnyThing, BindPolicy, Change, ConnectionId, FixedBindings, NameChange, Registry,
};
use alwayson_codec::connection::{
    CallError, Fixed, FixedName, InboundId, Names, RequestId, Requests, Transmit, Unanswered,
};
use alwayson_codec::{Bind, Claim, Gateway, Joiner, Response, Status, Value, memory_for};

use super::{CHUNK_SIZE, KEY, Packet, Verdict, check};

/// Small capacities, so that limits are reached: 6 names of 8 bytes, 2 requests out, 2 in,
/// and an outbox of 512 bytes. An edge has at most 3 names, and may be a gateway. The
/// others are needed if the network loses an UNBIND, so that the platform still has a name
/// that the edge no longer has, and for the second name of a Thing until its BIND is
/// decided.
type Room = Fixed<FixedName<8>, [u8; 512], Names<6>, Requests<2>, Unanswered<2>>;

/// The longest received message, in bytes.
pub(super) const MESSAGE_LIMIT: usize = 600;

pub(super) fn joiner() -> Joiner<Vec<u8>, 1> {
    let memory = vec![0; memory_for(MESSAGE_LIMIT, CHUNK_SIZE, 8)];
    Joiner::with_limits([memory], MESSAGE_LIMIT, 50_000)
}

/// What the platform shows of a Thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Whether an edge has bound it.
    pub is_connected: bool,
    /// When it was last bound, in ms.
    pub last_connection_ms: u64,
}

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) connection: Connection<Room>,
    joiner: Joiner<Vec<u8>, 1>,
    was_accepted: bool,
    was_closed: bool,
    /// Requests of the host that have not ended.
    pub(super) open: BTreeSet<RequestId>,
    /// Claims or names without a decision.
    undecided: Option<Undecided>,
    /// Requests without an answer.
    unanswered: Vec<InboundId>,
}

/// A question to the host.
#[derive(Clone, Debug)]
enum Undecided {
    /// Claims, and whether the right key is among them.
    Claims(bool),
    /// Whether to bind or unbind names.
    Names { is_bind: bool, gateway: Option<[String; 2]>, names: Vec<String> },
}

impl Undecided {
    fn names(is_bind: bool, asked: &Bind<'_>) -> Self {
        let gateway = asked.gateway.map(|gateway| {
            [gateway.name, gateway.gateway_type].map(|text| text.as_str().to_owned())
        });
        let names = asked.names.iter().map(|name| name.as_str().to_owned()).collect();
        Self::Names { is_bind, gateway, names }
    }
}

/// The platform.
#[derive(Clone, Debug)]
pub struct Host {
    pub(super) registry: Registry<FixedBindings<6, 8>>,
    pub(super) lines: Vec<Line>,
    /// The state of the Things, as the connections report it.
    pub(super) things: BTreeMap<String, Shown>,
    /// The Things whose `isConnected` is true, as the registry reports it.
    pub(super) connected: BTreeSet<String>,
    /// Whether decisions and answers are delayed.
    pub(super) is_slow: bool,
}

/// The messages that a machine sends at once.
pub(super) type Sent = Vec<Packet>;

/// Returns the Thing of a name: with [`AnyThing`], `*name` is the identifier of `name`.
pub(super) fn thing_of(name: &str) -> &str {
    name.strip_prefix('*').unwrap_or(name)
}

fn tell(connected: &mut BTreeSet<String>, change: &Change<'_>) {
    match change.what {
        NameChange::Bound => drop(connected.insert(change.thing.to_owned())),
        NameChange::Unbound => drop(connected.remove(change.thing)),
        NameChange::Moved => {}
    }
}

pub(super) fn id(index: usize) -> ConnectionId {
    ConnectionId(u32::try_from(index).unwrap_or(u32::MAX))
}

impl Host {
    pub(super) fn new(policy: BindPolicy) -> Self {
        let registry = Registry::new(FixedBindings::new(), policy);
        Self {
            registry,
            lines: Vec::new(),
            things: BTreeMap::new(),
            connected: BTreeSet::new(),
            is_slow: false,
        }
    }

    /// Returns the connection that holds a Thing according to the registry, and the name that
    /// it is bound by.
    pub(super) fn holder(&self, thing: &str) -> Option<(usize, &str)> {
        let held = self.registry.holder(thing)?;
        Some((usize::try_from(held.connection.0).ok()?, held.wire_name))
    }

    /// Accepts a WebSocket.
    pub(super) fn accept(&mut self, now_ms: u64) -> usize {
        let settings = Settings::default().with_chunk_size(CHUNK_SIZE).with_several_messages(true);
        self.lines.push(Line {
            connection: Connection::new(settings, [0; 512], now_ms),
            joiner: joiner(),
            was_accepted: false,
            was_closed: false,
            open: BTreeSet::new(),
            undecided: None,
            unanswered: Vec::new(),
        });
        self.lines.len() - 1
    }

    /// Returns the rest of these bytes that was not taken yet.
    pub(super) fn rest<'a>(&self, index: usize, bytes: &'a [u8]) -> &'a [u8] {
        self.lines[index].connection.rest(bytes)
    }

    /// Takes a message; returns false if it cannot be taken now.
    pub(super) fn receive(
        &mut self,
        index: usize,
        bytes: &[u8],
        now_ms: u64,
    ) -> Result<bool, String> {
        let line = &mut self.lines[index];
        let is_dead = line.connection.end().is_some();
        let received = line.connection.handle_received(bytes, &mut line.joiner, now_ms);
        let is_quiet =
            matches!(received, Received::Handled | Received::NotNow | Received::Unreadable(_));
        if is_dead && !is_quiet {
            return Err(format!("handled after the end: {received:?}"));
        }
        if !is_quiet && !matches!(received, Received::Auth(_)) && !line.was_accepted {
            return Err(format!("handled before AUTH: {received:?}"));
        }
        let asks = matches!(received, Received::Auth(_) | Received::Bind(_) | Received::Unbind(_));
        match received {
            Received::Handled | Received::Unreadable(_) => {}
            Received::NotNow => return Ok(false),
            Received::Auth(auth) => {
                let is_key = |claim: Claim<'_>| claim.value.expose() == KEY;
                line.undecided = Some(Undecided::Claims(auth.claims.iter().any(is_key)));
            }
            Received::Bind(bind) => line.undecided = Some(Undecided::names(true, &bind)),
            Received::Unbind(unbind) => line.undecided = Some(Undecided::names(false, &unbind)),
            Received::Request { inbound, .. } => {
                line.unanswered.push(inbound);
                if !self.is_slow {
                    self.answer(index, 30)?;
                }
            }
            Received::Response { request, .. } => check::ended(&mut line.open, request)?,
        }
        if asks && !self.is_slow {
            self.decide(index, now_ms)?;
        }
        Ok(true)
    }

    /// Decides about pending claims or names of a connection.
    pub(super) fn decide(&mut self, index: usize, now_ms: u64) -> Verdict {
        let Some(undecided) = self.lines[index].undecided.take() else { return Ok(()) };
        let connection = &mut self.lines[index].connection;
        if connection.end().is_some() {
            return check::refused(connection.accept_names(now_ms), CallError::Ended);
        }
        let decided = match undecided {
            Undecided::Claims(true) => {
                self.lines[index].was_accepted = true;
                let session = 100 + id(index).0;
                self.lines[index].connection.accept(session, 0, now_ms)
            }
            Undecided::Claims(false) => connection.refuse(now_ms),
            Undecided::Names { is_bind, gateway, names } => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let gateway = gateway.as_ref().map(|[name, kind]| Gateway::new(name, kind));
                let bind = Bind::new(&names).map_err(|error| error.to_string())?;
                self.decide_names(index, &Bind { gateway, ..bind }, is_bind, now_ms)?
            }
        };
        decided.map_err(|error| format!("a decision that was asked for: {error}"))
    }

    /// Lets the registry decide about names, and passes the changes to each connection.
    fn decide_names(
        &mut self,
        index: usize,
        names: &Bind<'_>,
        is_bind: bool,
        now_ms: u64,
    ) -> Result<Result<(), CallError>, String> {
        let Self { registry, lines, connected, .. } = self;
        let mut changed = Ok(());
        let change = |change: Change<'_>| {
            tell(connected, &change);
            let line = usize::try_from(change.connection.0).ok().and_then(|at| lines.get_mut(at));
            let done = line.ok_or(CallError::NotBound).and_then(|line| {
                line.connection.change_name(change.wire_name, change.what, now_ms)
            });
            if let Err(error) = done {
                changed = Err(format!("{change:?}, and the connection says: {error}"));
            }
        };
        let decided = if is_bind {
            registry.bind(&AnyThing, id(index), names, change)
        } else {
            registry.unbind(id(index), names, change)
        };
        changed?;
        let connection = &mut self.lines[index].connection;
        Ok(match decided {
            Ok(()) => connection.accept_names(now_ms),
            Err(refusal) => {
                let name = refusal.name.as_str();
                let reason = refusal.kind.reason();
                connection.refuse_names(refusal.status(), name, reason)
            }
        })
    }

    /// Answers pending requests with a text of this length.
    pub(super) fn answer(&mut self, index: usize, len: usize) -> Verdict {
        let line = &mut self.lines[index];
        let text = "x".repeat(len);
        for inbound in std::mem::take(&mut line.unanswered) {
            let waits = line.connection.unanswered().any(|waiting| waiting == inbound);
            let content = Value::from(text.as_str());
            let response = Response { content, ..Response::new(Status::SUCCESS) };
            let answered = line.connection.respond(inbound, &response);
            check::answered(waits, line.connection.end().is_some(), answered)?;
            if matches!(answered, Err(CallError::OutboxFull | CallError::MessageTooLong)) {
                line.unanswered.push(inbound);
            }
        }
        Ok(())
    }

    /// Sends pending messages and handles events.
    pub(super) fn settle(&mut self, index: usize, now_ms: u64) -> Result<Sent, String> {
        let line = &mut self.lines[index];
        let mut buffer = vec![0; 1024];
        let mut sent = Sent::new();
        loop {
            let polled = line.connection.poll_transmit(&mut buffer, now_ms);
            let Some(transmit) = polled.map_err(|error| error.to_string())? else { break };
            if line.was_closed {
                return Err(format!("the platform sent {transmit:?} after its close"));
            }
            match transmit {
                Transmit::Message(len) => {
                    let names = |name: &str| line.connection.is_bound(name);
                    check::sent_by_platform(&buffer[..len], names)?;
                    sent.push(Packet::Message(buffer[..len].to_vec()));
                }
                Transmit::Ping => return Err("a platform does not ping".into()),
                Transmit::Close(_) => {
                    line.was_closed = true;
                    sent.push(Packet::Close);
                }
            }
            check::is_bounded(sent.len())?;
        }
        while let Some(event) = line.connection.poll_event() {
            match event {
                Event::Connected { name, at_ms } => {
                    let shown = Shown { is_connected: true, last_connection_ms: at_ms };
                    self.things.insert(thing_of(name).to_owned(), shown);
                }
                Event::Disconnected { name, .. } => {
                    let thing = thing_of(name).to_owned();
                    self.things.entry(thing).or_default().is_connected = false;
                }
                Event::Failed { request, .. } => check::ended(&mut line.open, request)?,
                Event::Ended(_) => {
                    if !line.open.is_empty() {
                        return Err(format!("requests outlive their connection: {:?}", line.open));
                    }
                    self.registry.end(id(index), |change| tell(&mut self.connected, &change));
                }
                _ => {}
            }
        }
        Ok(sent)
    }
}
