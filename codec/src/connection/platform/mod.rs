//! The platform's side of one connection (PROTOCOL.md §7).

// | file | contents |
// | --- | --- |
// | `state.rs` | the states and the table of transitions |
// | `settings.rs` | timeouts and sizes, with their defaults |
// | `name_state.rs` | the states of one name |
// | `names.rs` | the names that are bound here |
// | `receive.rs` | incoming messages |
// | `decide.rs` | decisions of the host |
// | `send.rs` | outgoing messages |
// | `timers.rs` | deadlines |

mod decide;
mod name_state;
mod names;
mod receive;
mod send;
mod settings;
mod state;
mod timers;

pub use name_state::{NameInput, NameState, name_transition};
pub use names::Entry;
pub use receive::Received;
pub use settings::Settings;
pub use state::{Action, Input, State, transition};

use super::deadline::later;
use super::link::{Limits, Link};
use super::pending::{Failure, RequestId};
use super::storage::Storage;
use super::transmit::CloseCode;
use names::{NameEvent, Names};

/// Why a platform's connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// The edge sent something else before AUTH was accepted.
    TooEarly,
    /// The edge did not send AUTH in time.
    AuthTimeout,
    /// The host refused the claims.
    Refused,
    /// The edge sent bytes without a valid header.
    Protocol,
    /// The edge sent nothing for too long.
    Idle,
    /// The host shuts down.
    ShutDown,
    /// The edge closed the connection, or it was lost.
    Closed,
}

/// The platform's side of one connection, without I/O, clock, randomness or allocation.
///
/// The host knows the users and Things, and tells the connection its decisions by calls.
///
/// # Calling order
/// 1. When a WebSocket was accepted, call [`new`](Self::new).
/// 2. Send what [`poll_transmit`](Self::poll_transmit) writes until it returns `None`, then
///    handle the events of [`poll_event`](Self::poll_event) until it returns `None`.
/// 3. Wait for the WebSocket, but at most until the time that
///    [`poll_timeout`](Self::poll_timeout) returns.
/// 4. Pass a binary message to [`handle_received`](Self::handle_received) and handle its
///    result, at once or later: decide about claims ([`accept`](Self::accept),
///    [`refuse`](Self::refuse)) and names ([`change_name`](Self::change_name) and then
///    [`accept_names`](Self::accept_names), or [`refuse_names`](Self::refuse_names)), and
///    answer requests ([`respond`](Self::respond)). Pass a ping, a pong or a close to
///    [`handle_ping`](Self::handle_ping), [`handle_pong`](Self::handle_pong) or
///    [`handle_closed`](Self::handle_closed). After a timeout call
///    [`handle_timeout`](Self::handle_timeout).
/// 5. Requests and other calls of the host are allowed at any time.
/// 6. Continue with step 2. After [`Event::Ended`], drop the WebSocket when there is nothing
///    left to send.
///
/// Calls out of order are safe: they return an error and change nothing.
///
/// ```
/// use alwayson_codec::connection::platform::{Connection, Event, Received, Settings};
/// use alwayson_codec::connection::registry::{
///     AnyThing, BindPolicy, ConnectionId, FixedBindings, Registry,
/// };
/// use alwayson_codec::connection::{Fixed, FixedName, Names, Requests, Transmit, Unanswered};
/// use alwayson_codec::{Joiner, Request, Response, Status, memory_for};
///
/// // Names have at most 64 bytes; the outbox has 4 KiB. Long messages have at most 32 KiB, one
/// // at a time.
/// type Room = Fixed<FixedName<64>, [u8; 4096], Names<16>, Requests<8>, Unanswered<8>>;
/// const PLACE: usize = memory_for(32 * 1024, 8192, 64);
/// let mut registry = Registry::new(FixedBindings::<100, 64>::default(), BindPolicy::default());
/// let this = ConnectionId(1);
///
/// # let mut frames = std::collections::VecDeque::from([
/// #     // AUTH request=1, BIND request=2 [Pump]
/// #     [&[1, 0x14, 0, 0, 0, 1, 0, 0, 0, 0, 255, 255, 255, 255, 0, 1, 6][..], b"appKey\x03key"].concat(),
/// #     [&[1, 0x0A, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0, 1, 4][..], b"Pump"].concat(),
/// # ]);
/// # let mut sent: Vec<String> = vec![];
/// # let mut send = |bytes: &[u8]| {
/// #     sent.push(alwayson_codec::Message::decode(bytes).unwrap().0.dump().to_string());
/// # };
/// # let mut receive = || frames.pop_front();
/// # let now_ms = || 1_000;
/// let mut connection =
///     Connection::<Room>::new(Settings::default(), [0; 4096], now_ms());
/// let mut joiner = Joiner::new([vec![0; PLACE]]);
/// let mut buffer = [0; 8192];
/// loop {
///     while let Some(transmit) = connection.poll_transmit(&mut buffer, now_ms())? {
///         match transmit {
///             Transmit::Message(len) => send(&buffer[..len]),
///             Transmit::Ping | Transmit::Close(_) => { /* send it over the WebSocket */ }
///         }
///     }
///     while let Some(event) = connection.poll_event() {
///         match event {
///             Event::Connected { name, at_ms } => println!("isConnected of {name}: {at_ms}"),
///             Event::Ended(_) => registry.end(this, |_| { /* the events have told it */ }),
///             _ => {}
///         }
///     }
///     let Some(frame) = receive() else { break };
///     match connection.handle_received(&frame, &mut joiner, now_ms()) {
///         Received::Auth(auth) => {
///             // Compare keys in constant time, and do not log them.
///             let is_known = auth.claims.iter().any(|claim| claim.value.expose() == "key");
///             match is_known {
///                 true => connection.accept(77, 0, now_ms())?,
///                 false => connection.refuse(now_ms())?,
///             }
///         }
///         Received::Bind(bind) => match registry.bind(&AnyThing, this, &bind, |change| {
///             // With several connections: the one that the change belongs to.
///             let changed = connection.change_name(change.wire_name, change.what, now_ms());
///             changed.expect("the registry knows what is bound");
///         }) {
///             Ok(()) => {
///                 connection.accept_names(now_ms())?;
///                 // From now on requests can be sent.
///                 connection.request(&Request::read_property("Pump", "Pressure"), now_ms())?;
///             }
///             Err(refusal) => {
///                 let name = refusal.name.as_str();
///                 let reason = refusal.kind.reason();
///                 connection.refuse_names(refusal.status(), name, reason)?;
///             }
///         },
///         Received::Request { inbound, .. } => {
///             connection.respond(inbound, &Response::new(Status::NOT_FOUND))?;
///         }
///         _ => { /* UNBIND, a response, or nothing to do */ }
///     }
/// }
/// # assert_eq!(sent, [
/// #     "SUCCESS request=1 session=77",
/// #     "SUCCESS request=2 session=77",
/// #     "GET request=1001 session=77 Things/Pump/Properties/Pressure",
/// # ]);
/// # Ok::<(), alwayson_codec::connection::CallError>(())
/// ```
pub struct Connection<S: Storage> {
    state: State,
    link: Link<S>,
    names: Names<S::Name, S::Names<Entry<S::Name>>>,
    settings: Settings,
    /// The message that waits for a decision of the host.
    asked: Option<Asked>,
    /// When AUTH, or the close of the edge, times out.
    deadline_ms: u64,
    received_ms: u64,
    /// The close that is to be sent next.
    close: Option<CloseCode>,
    end: Option<End>,
    ended_untold: bool,
}

/// A message that waits for a decision of the host. There is one at a time.
#[derive(Clone, Copy, Debug)]
struct Asked {
    what: About,
    request: u32,
    endpoint: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Claims,
    Names,
}

/// An event of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A Thing was bound: its `isConnected` is true, and its `lastConnection` is this time.
    Connected {
        /// The name, or `*` and the identifier, as it was bound.
        name: &'a str,
        /// When, in milliseconds of the host's clock.
        at_ms: u64,
    },
    /// A Thing was unbound, or the connection has ended: its `isConnected` is false.
    Disconnected {
        /// The name, as it was bound.
        name: &'a str,
        /// When, in milliseconds of the host's clock.
        at_ms: u64,
    },
    /// A Thing is bound on another connection now, or here under another name, as the host has
    /// decided. Its `isConnected` does not change.
    Moved {
        /// The name, as it was bound.
        name: &'a str,
        /// When, in milliseconds of the host's clock.
        at_ms: u64,
    },
    /// A request ended without an answer.
    Failed {
        /// The request.
        request: RequestId,
        /// Why.
        failure: Failure,
    },
    /// The connection has ended. The events of all names and requests come before. Drop the
    /// WebSocket when [`poll_transmit`](Connection::poll_transmit) returns `None` or a close.
    Ended(End),
}

impl<S: Storage> Connection<S> {
    /// Creates a connection that waits for AUTH. `outbox` is the memory for messages that wait
    /// to be sent.
    pub fn new(settings: Settings, outbox: S::Outbox, now_ms: u64) -> Self {
        let limits = Limits {
            request_timeout_ms: settings.request_timeout_ms,
            answer_timeout_ms: settings.answer_timeout_ms,
            chunk_size: settings.chunk_size,
            several_messages: settings.several_messages,
        };
        let mut link = Link::new(limits, outbox, settings.first_request_id);
        link.at(now_ms);
        Self {
            state: State::AwaitingAuth,
            link,
            names: Names::new(),
            settings,
            asked: None,
            deadline_ms: later(now_ms, settings.auth_timeout_ms),
            received_ms: now_ms,
            close: None,
            end: None,
            ended_untold: false,
        }
    }

    /// Returns the granted session id, or `None` before.
    pub fn session(&self) -> Option<u32> {
        (self.link.session != crate::Ids::NONE).then_some(self.link.session)
    }

    /// Returns the names that are bound here, and since when, in milliseconds.
    pub fn names(&self) -> impl Iterator<Item = (&str, u64)> {
        self.names.iter()
    }

    /// Returns whether requests can be sent to this name.
    pub fn is_bound(&self, name: &str) -> bool {
        self.names.is_bound(name)
    }

    /// Returns `false` if [`poll_event`](Self::poll_event) would return `None`. It takes constant
    /// time, and may return `true` although there is no event.
    pub const fn may_have_event(&self) -> bool {
        self.ended_untold || self.link.requests.has_failed() || self.names.may_have_event()
    }

    /// Returns the next event, or `None` if there is no other. Each is returned once. A freed
    /// name keeps its place until its event was returned.
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        if let Some((request, failure)) = self.link.requests.poll() {
            return Some(Event::Failed { request, failure });
        }
        if let Some(event) = self.names.poll_event() {
            return Some(match event {
                NameEvent::Connected(name, at_ms) => Event::Connected { name, at_ms },
                NameEvent::Disconnected(name, at_ms) => Event::Disconnected { name, at_ms },
                NameEvent::Moved(name, at_ms) => Event::Moved { name, at_ms },
            });
        }
        if self.ended_untold {
            self.ended_untold = false;
            return self.end.map(Event::Ended);
        }
        None
    }
}

calls!();

impl<S: Storage> Clone for Connection<S>
where
    S::Name: Clone,
    S::Names<Entry<S::Name>>: Clone,
    S::Requests: Clone,
    S::Inbound: Clone,
    S::Outbox: Clone,
{
    fn clone(&self) -> Self {
        Self { link: self.link.clone(), names: self.names.clone(), ..*self }
    }
}

impl<S: Storage> core::fmt::Debug for Connection<S> {
    /// Shows everything but the settings and the bytes of queued messages, which may contain
    /// secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state)
            .field("link", &self.link)
            .field("names", &self.names)
            .field("asked", &self.asked)
            .field("deadline_ms", &self.deadline_ms)
            .field("received_ms", &self.received_ms)
            .field("close", &self.close)
            .field("end", &self.end)
            .field("ended_untold", &self.ended_untold)
            .finish_non_exhaustive()
    }
}
