//! The platform's side of one connection (section 7).

// | file | what it holds |
// | --- | --- |
// | `state.rs` | the states, and the table of transitions |
// | `settings.rs` | times and sizes, with their defaults |
// | `name_state.rs` | the states of one name |
// | `names.rs` | the names that are bound here |
// | `receive.rs` | what comes in |
// | `decide.rs` | what the host answers |
// | `send.rs` | what goes out |
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
    /// Something else came before AUTH was accepted.
    TooEarly,
    /// AUTH did not come in time.
    AuthTimeout,
    /// The host refused the claims.
    Refused,
    /// What came has no header of a message.
    Protocol,
    /// Nothing came for too long.
    Idle,
    /// The host shuts down.
    ShutDown,
    /// The edge closed the connection, or it broke.
    Closed,
}

/// The platform's side of one connection, without I/O, clock, randomness or
/// allocation. Its host knows users and Things; what it decides comes back as
/// a call.
///
/// # Calling order
/// 1. A WebSocket was accepted: [`new`](Self::new).
/// 2. Until nothing is left: send what [`poll_transmit`](Self::poll_transmit)
///    writes, then act on what [`poll_event`](Self::poll_event) tells.
/// 3. Wait for the WebSocket, and no longer than
///    [`poll_timeout`](Self::poll_timeout) says.
/// 4. A binary message: [`handle_received`](Self::handle_received), and do what
///    it asks: decide about claims ([`accept`](Self::accept),
///    [`refuse`](Self::refuse)) and names
///    ([`change_name`](Self::change_name), then
///    [`accept_names`](Self::accept_names), or
///    [`refuse_names`](Self::refuse_names)), answer requests
///    ([`respond`](Self::respond)), at once or later. A ping, a pong, a close:
///    [`handle_ping`](Self::handle_ping), [`handle_pong`](Self::handle_pong),
///    [`handle_closed`](Self::handle_closed). Nothing in time:
///    [`handle_timeout`](Self::handle_timeout).
/// 5. Calls of the host, whenever they come.
/// 6. Back to 2; after [`Event::Ended`] drop the WebSocket once there is nothing
///    to send.
///
/// ```
/// use alwayson_codec::connection::platform::{Connection, Event, Received, Settings};
/// use alwayson_codec::connection::registry::{
///     AnyThing, BindPolicy, ConnectionId, FixedBindings, Registry,
/// };
/// use alwayson_codec::connection::{Fixed, FixedName, Names, Requests, Transmit, Unanswered};
/// use alwayson_codec::{Joiner, Request, Response, Status, memory_for};
///
/// // 16 names of up to 64 bytes, 8 requests out, 8 in; 4 KiB to be sent, and long messages in
/// // of up to 32 KiB, one at a time.
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
///             Transmit::Ping | Transmit::Close(_) => { /* that of the WebSocket */ }
///         }
///     }
///     while let Some(event) = connection.poll_event() {
///         match event {
///             Event::Connected { name, at_ms } => println!("isConnected of {name}: {at_ms}"),
///             Event::Ended(_) => registry.end(this, |_| { /* was told by the event before */ }),
///             _ => {}
///         }
///     }
///     let Some(frame) = receive() else { break };
///     match connection.handle_received(&frame, &mut joiner, now_ms()) {
///         Received::Auth(auth) => {
///             // Compare in constant time, and log nothing of it.
///             let is_known = auth.claims.iter().any(|claim| claim.value.expose() == "key");
///             match is_known {
///                 true => connection.accept(77, 0, now_ms())?,
///                 false => connection.refuse(now_ms())?,
///             }
///         }
///         Received::Bind(bind) => match registry.bind(&AnyThing, this, &bind, |change| {
///             // Of several connections, the one that it is of.
///             let changed = connection.change_name(change.wire_name, change.what, now_ms());
///             changed.expect("the registry knows what is bound");
///         }) {
///             Ok(()) => {
///                 connection.accept_names(now_ms())?;
///                 // From now on it can be asked.
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
///         _ => { /* UNBIND, a response, or nothing for the host */ }
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
    /// What the host was asked, and has not answered.
    asked: Option<Asked>,
    /// AUTH, or the peer's close, has to come until then.
    deadline_ms: u64,
    received_ms: u64,
    /// The close that is to be sent.
    close: Option<CloseCode>,
    end: Option<End>,
    ended_untold: bool,
}

/// The message that the host was asked about. There is one at a time.
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

/// What a connection tells, of itself or of what has come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A Thing was bound: its `isConnected` is true, its `lastConnection` this
    /// time.
    Connected {
        /// The name, or `*` and the identifier, as it was bound.
        name: &'a str,
        /// When, in milliseconds of the host's clock.
        at_ms: u64,
    },
    /// A Thing was unbound, or the connection has ended: its `isConnected` is
    /// false.
    Disconnected {
        /// The name, as it was bound.
        name: &'a str,
        /// When, in milliseconds of the host's clock.
        at_ms: u64,
    },
    /// A Thing is bound on another connection now, or here by another name, as the
    /// host has said; its `isConnected` is not changed by this.
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
    /// The connection has ended, after all names and requests. Once
    /// [`poll_transmit`](Connection::poll_transmit) has nothing more to send, or
    /// after its close, drop the WebSocket.
    Ended(End),
}

impl<S: Storage> Connection<S> {
    /// A WebSocket was accepted: a connection that waits for AUTH, with memory
    /// for messages that wait to be sent.
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

    /// The session id that was granted; none before.
    pub fn session(&self) -> Option<u32> {
        (self.link.session != crate::Ids::NONE).then_some(self.link.session)
    }

    /// The names that are bound here, and since when in milliseconds.
    pub fn names(&self) -> impl Iterator<Item = (&str, u64)> {
        self.names.iter()
    }

    /// Whether requests can be sent to this name.
    pub fn is_bound(&self, name: &str) -> bool {
        self.names.is_bound(name)
    }

    /// Tells what has happened since the last call, one event at a time; none
    /// where all is told. Each is told once. Until it is, a name that was freed
    /// keeps its place.
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
    /// Everything but the settings, and the bytes of messages that wait: secrets
    /// may be in them.
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
