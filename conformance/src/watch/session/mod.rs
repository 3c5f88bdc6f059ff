//! One connection of the protocol, as whoever reads along can judge it (PROTOCOL.md §7).
//!
//! The transition tables of the codec decide what each side makes of a message: that of the
//! platform for messages of the edge, that of the edge for messages of the platform. What a
//! table refuses breaks a rule. Messages that cross on the way break none: a message is judged by
//! what its sender has sent, and by what has passed to its sender before.

mod chunks;

use alwayson_codec::connection::{edge, platform};
use alwayson_codec::limits::DEFAULT_CHUNK_SIZE;
use alwayson_codec::{
    Body, DecodeError, EntityType, Header, Ids, Message, Request, Response, Status,
};

use chunks::LongMessages;

use super::names::Names;
use super::pending::{Kind, Pending};
use super::rules::{self, Finding, Rule};
use super::{Event, Limits, Sink};
use crate::capture::Side;
use crate::level::Level;

/// Statuses that a widespread client fails on (PROTOCOL.md §2).
const UNKNOWN_TO_SOME: [u8; 3] = [0x8C, 0x8D, 0x8F];

/// What both sides have said.
#[derive(Debug)]
pub(super) struct Session {
    limits: Limits,
    edge: edge::State,
    platform: platform::State,
    granted: Option<Ids>,
    /// Whether the platform has refused an AUTH.
    is_refused: bool,
    /// Whether the edge has sent something before AUTH.
    was_early: bool,
    names: Names,
    of_edge: OfSide,
    of_platform: OfSide,
}

/// What one side has sent.
struct OfSide {
    pending: Pending,
    joiner: Option<Box<LongMessages>>,
}

impl std::fmt::Debug for OfSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OfSide").finish_non_exhaustive()
    }
}

/// A message, and what it breaks.
struct Judge<'s, 'e> {
    from: Side,
    sink: Sink<'s, 'e>,
}

impl Judge<'_, '_> {
    fn broken(&mut self, rule: &'static Rule, detail: impl Into<String>) {
        self.at_level(rule, rule.level, detail);
    }

    fn at_level(&mut self, rule: &'static Rule, level: Level, detail: impl Into<String>) {
        let Self { from, sink } = self;
        sink(Event::Broken(Finding { from: *from, rule, level, detail: detail.into() }));
    }
}

/// The ids of a message, for a finding.
fn of(ids: Ids) -> String {
    format!("request {}", ids.request)
}

impl Session {
    pub(super) fn new(limits: Limits) -> Self {
        let of_side = || OfSide { pending: Pending::new(limits.pending), joiner: None };
        Self {
            limits,
            edge: edge::State::Authenticating,
            platform: platform::State::AwaitingAuth,
            granted: None,
            is_refused: false,
            was_early: false,
            names: Names::new(limits.names),
            of_edge: of_side(),
            of_platform: of_side(),
        }
    }

    /// Begins after an AUTH that was not seen.
    pub(super) fn in_the_middle(limits: Limits) -> Self {
        let mut session = Self::new(limits);
        session.edge = edge::State::Online;
        session.platform = platform::State::Online;
        session.miss();
        session
    }

    /// Judges no more what depends on messages that were not seen.
    pub(super) fn miss(&mut self) {
        self.names.forget();
        self.of_edge.pending.forget();
        self.of_platform.pending.forget();
    }

    fn side(&mut self, side: Side) -> &mut OfSide {
        match side {
            Side::Edge => &mut self.of_edge,
            Side::Platform => &mut self.of_platform,
        }
    }

    /// Takes the payload of a binary WebSocket message.
    pub(super) fn message(&mut self, from: Side, bytes: &[u8], now_ms: u64, sink: Sink<'_, '_>) {
        let mut judge = Judge { from, sink };
        let mut rest = bytes;
        loop {
            let used = match Message::decode(rest) {
                Ok((message, used)) => {
                    if message.encoded_len().is_ok_and(|shortest| shortest < used) {
                        judge.broken(rules::FORM, of(message.ids));
                    }
                    let is_whole = !matches!(message.body, Body::Chunk(_) | Body::Auth(_));
                    if is_whole && used > usize::from(DEFAULT_CHUNK_SIZE) {
                        judge.broken(
                            rules::NOT_CHUNKED,
                            format!("{}, {used} bytes", of(message.ids)),
                        );
                    }
                    self.take(&message, now_ms, &mut judge);
                    used
                }
                Err(error) => {
                    self.unreadable(rest, error, &mut judge);
                    return;
                }
            };
            rest = rest.get(used..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
            if Header::decode(rest).is_err() {
                judge.broken(rules::PADDING, format!("{} bytes", rest.len()));
                return;
            }
            judge.broken(rules::SEVERAL, format!("{} bytes follow", rest.len()));
        }
    }

    fn unreadable(&mut self, bytes: &[u8], error: DecodeError, judge: &mut Judge<'_, '_>) {
        let kind = error.kind().name();
        let detail = format!("{kind} at byte {}", error.offset());
        judge.at_level(rules::UNREADABLE, Level::of_decode_error(kind), detail);
        let has_header = Header::decode(bytes).is_ok();
        match judge.from {
            Side::Edge => {
                let input = if has_header {
                    platform::Input::Unreadable
                } else {
                    platform::Input::NoHeader
                };
                self.of_edge(input, "what cannot be decoded", judge);
            }
            Side::Platform => {
                // It may have been the response to any request.
                self.of_edge.pending.forget();
            }
        }
    }

    fn take(&mut self, message: &Message<'_>, now_ms: u64, judge: &mut Judge<'_, '_>) {
        if judge.from == Side::Platform {
            self.goes_on(message, judge);
        }
        match &message.body {
            Body::Chunk(chunk) => self.chunk(message.ids, chunk, now_ms, judge),
            Body::Response(response) => self.response(message.ids, response, judge),
            body => match judge.from {
                Side::Edge => self.edge_sends(message.ids, body, judge),
                Side::Platform => self.platform_sends(message.ids, body, judge),
            },
        }
    }

    /// Judges whether a platform may still send.
    fn goes_on(&mut self, message: &Message<'_>, judge: &mut Judge<'_, '_>) {
        if self.is_refused {
            judge.broken(rules::AFTER_REFUSAL, of(message.ids));
        }
        let answer = match &message.body {
            Body::Response(response) => Some(response.status),
            _ => None,
        };
        let is_of_auth = self.of_edge.pending.is_auth(message.ids.request) && answer.is_some();
        if self.was_early && !is_of_auth && answer != Some(Status::UNAUTHORIZED) {
            judge.broken(rules::ANSWERED_EARLY, of(message.ids));
        }
    }

    /// Asks the table of the platform about a message of the edge.
    fn of_edge(&mut self, input: platform::Input, what: &str, judge: &mut Judge<'_, '_>) {
        use platform::{Action, End, State};
        let (next, action) = platform::transition(self.platform, input);
        match action {
            Action::Close(End::TooEarly, _) if self.platform == State::AwaitingAuth => {
                self.was_early = true;
                judge.broken(rules::TOO_EARLY, what);
            }
            Action::Close(End::TooEarly, _) => judge.broken(rules::BEFORE_ANSWER, what),
            Action::BadRequest if input == platform::Input::Auth => {
                judge.broken(rules::SECOND_AUTH, what);
            }
            Action::Unauthorized => judge.broken(rules::SESSION, what),
            _ => {}
        }
        // Whether the platform really ends the connection is seen when it does.
        if !matches!(next, State::Closing | State::Ended) {
            self.platform = next;
        }
    }

    /// Asks the table of the edge about a message of the platform.
    fn of_platform(&mut self, input: edge::Input, what: &str, judge: &mut Judge<'_, '_>) {
        use edge::{Action, Input, State};
        let (next, action) = edge::transition(self.edge, input);
        match (input, action) {
            (Input::Misplaced, _) => judge.broken(rules::MISPLACED, what),
            (Input::Request | Input::RequestChunk, Action::Drop) => {
                judge.broken(rules::NOT_BOUND, what);
            }
            _ => {}
        }
        if !matches!(next, State::Closing | State::Ended) {
            self.edge = next;
        }
    }

    fn is_wrong_session(&self, ids: Ids) -> bool {
        let granted = self.granted.map(|granted| granted.session);
        let is_none = matches!(ids.session, 0 | Ids::NONE);
        granted.is_some_and(|granted| granted != ids.session && granted != Ids::NONE) && !is_none
    }

    fn edge_sends(&mut self, ids: Ids, body: &Body<'_>, judge: &mut Judge<'_, '_>) {
        use platform::Input;
        let is_wrong = self.is_wrong_session(ids);
        let (input, kind) = match body {
            Body::Auth(_) => (Input::Auth, Kind::Auth),
            Body::Bind(_) | Body::Unbind(_) | Body::Request(_) if is_wrong => {
                (Input::WrongSession, Kind::of(body))
            }
            Body::Bind(_) => (Input::Bind, Kind::of(body)),
            Body::Unbind(_) => (Input::Unbind, Kind::of(body)),
            Body::Request(_) => (Input::Request, Kind::Request),
            Body::ClearAuth(_) => (Input::Unreadable, Kind::Request),
            Body::KeepAlive => (Input::KeepAlive, Kind::None),
            Body::Response(_) | Body::Chunk(_) => return,
        };
        // J sends 0xFFFFFFFF for both, which means none as well.
        let has_none = [ids.endpoint, ids.session].iter().all(|id| matches!(*id, 0 | Ids::NONE));
        if matches!(body, Body::Auth(_)) && !has_none && self.granted.is_none() {
            judge.broken(rules::AUTH_IDS, of(ids));
        }
        self.of_edge(input, &of(ids), judge);
        if !self.of_edge.pending.open(ids, kind) {
            judge.broken(rules::ID_REUSE, of(ids));
        }
    }

    fn platform_sends(&mut self, ids: Ids, body: &Body<'_>, judge: &mut Judge<'_, '_>) {
        use edge::Input;
        let (input, kind) = match body {
            Body::Request(_) => (Input::Request, Kind::Request),
            Body::KeepAlive => (Input::KeepAlive, Kind::None),
            _ => (Input::Misplaced, Kind::Request),
        };
        self.of_platform(input, &of(ids), judge);
        if let Body::Request(request) = body {
            self.called(ids, request, judge);
        }
        if !self.of_platform.pending.open(ids, kind) {
            judge.broken(rules::ID_REUSE, of(ids));
        }
    }

    /// Judges whether the platform may call this Thing.
    fn called(&self, ids: Ids, request: &Request<'_>, judge: &mut Judge<'_, '_>) {
        if self.edge != edge::State::Online || self.names.are_unknown() {
            return;
        }
        let pending = &self.of_edge.pending;
        if self.names.is_empty() && !pending.binds_any() {
            return judge.broken(rules::NOT_BOUND, of(ids));
        }
        let name = request.entity.name.as_str();
        let is_thing = request.entity.entity_type == EntityType::THINGS;
        // A Thing that is bound by its identifier has a name that nobody says.
        let may_be_identified = self.names.has_identifiers() || pending.binds_identifiers();
        if is_thing && !may_be_identified && !self.names.has(name) && !pending.binds(name) {
            judge.broken(rules::NOT_BOUND_HERE, format!("{}, {name:?}", of(ids)));
        }
    }

    fn response(&mut self, ids: Ids, response: &Response<'_>, judge: &mut Judge<'_, '_>) {
        let status = response.status;
        if judge.from == Side::Platform && UNKNOWN_TO_SOME.contains(&status.to_u8()) {
            judge.broken(rules::STATUS, format!("{}, {status}", of(ids)));
        }
        if ids.request == Ids::NONE {
            return;
        }
        let asking = match judge.from {
            Side::Edge => &mut self.of_platform.pending,
            Side::Platform => &mut self.of_edge.pending,
        };
        let Some((asked, kind)) = asking.close(ids.request) else {
            if !asking.is_incomplete() {
                judge.broken(rules::NO_REQUEST, of(ids));
            }
            return;
        };
        if judge.from == Side::Edge {
            self.of_edge(platform::Input::Response, &of(ids), judge);
            if self.is_wrong_session(ids) {
                judge.broken(rules::SESSION, of(ids));
            }
        }
        let is_granting = matches!(kind, Kind::Auth);
        let has_endpoint = asked.is_some_and(|asked| !matches!(asked.endpoint, 0 | Ids::NONE));
        if let Some(asked) = asked.filter(|asked| has_endpoint && asked.endpoint != ids.endpoint) {
            if !is_granting {
                let detail = format!("{}: {} instead of {}", of(ids), ids.endpoint, asked.endpoint);
                judge.broken(rules::ENDPOINT, detail);
            }
        }
        match kind {
            Kind::Auth => self.decided(ids, status),
            Kind::Bind(bound) if status.is_success() => self.names.bind(bound),
            Kind::Unbind(unbound) if status.is_success() => self.names.unbind(&unbound),
            _ => {}
        }
    }

    /// The platform has answered an AUTH.
    fn decided(&mut self, ids: Ids, status: Status) {
        if self.edge != edge::State::Authenticating {
            // The answer to a second AUTH changes nothing.
            return;
        }
        if status.is_success() {
            self.granted = Some(ids);
            (self.edge, _) = edge::transition(self.edge, edge::Input::Accepted);
            (self.platform, _) = platform::transition(self.platform, platform::Input::Accept);
        } else {
            self.is_refused = true;
        }
    }

    /// The edge closes the WebSocket.
    pub(super) fn close(&mut self, from: Side, code: Option<u16>, sink: Sink<'_, '_>) {
        let mut judge = Judge { from, sink };
        let is_leaving = from == Side::Edge && self.edge == edge::State::Online;
        let holds_names = !self.names.is_empty() && !self.names.are_unknown();
        if is_leaving && code == Some(1000) && holds_names {
            judge.broken(rules::LEAVING, "names are bound");
        }
    }

    /// Returns the number of unfinished messages.
    pub(super) fn unfinished(&self) -> usize {
        let of = |side: &OfSide| side.joiner.as_ref().map_or(0, |joiner| joiner.unfinished());
        of(&self.of_edge) + of(&self.of_platform)
    }
}
