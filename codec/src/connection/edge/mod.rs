//! The edge's side of a connection (section 7).

// | file | what it holds |
// | --- | --- |
// | `state.rs` | the states, and the table of transitions |
// | `settings.rs` | times and sizes, with their defaults |
// | `name_state.rs` | the states of one name |
// | `names.rs` | the names: bound, and to be bound |
// | `receive.rs` | what comes in |
// | `send.rs` | what goes out |
// | `timers.rs` | deadlines, pings |
// | `end.rs` | how it ends, and when to connect again |

mod end;
mod name_state;
mod names;
mod push;
mod receive;
mod send;
mod settings;
mod state;
mod timers;

pub use end::{End, Reconnect};
pub use name_state::{NameInput, NameState, name_transition};
pub use names::Entry;
pub use push::Pushed;
pub use receive::Received;
pub use settings::Settings;
pub use state::{Action, Input, State, transition};

use super::error::CallError;
use super::link::{Limits, Link};
use super::pending::{Failure, RequestId};
use super::storage::Storage;
use super::transmit::CloseCode;
use crate::wire::codes::Status;
use crate::wire::header::Ids;
use names::{NameEvent, Names};
use timers::KeepAlive;

/// The edge's side of a connection, without I/O, clock, randomness or
/// allocation. It lives as long as the device: after the end of one connection
/// [`reopen`](Self::reopen) makes it ready for the next.
///
/// # Calling order
/// 1. The WebSocket is open: [`handle_opened`](Self::handle_opened) writes the
///    AUTH. Send it.
/// 2. Until nothing is left: send what [`poll_transmit`](Self::poll_transmit)
///    writes, then act on what [`poll_event`](Self::poll_event) tells.
/// 3. Wait for the WebSocket, and no longer than
///    [`poll_timeout`](Self::poll_timeout) says.
/// 4. A binary message: [`handle_received`](Self::handle_received), and answer
///    the request that it hands out. A ping, a pong, a close:
///    [`handle_ping`](Self::handle_ping), [`handle_pong`](Self::handle_pong),
///    [`handle_closed`](Self::handle_closed). Nothing in time:
///    [`handle_timeout`](Self::handle_timeout).
/// 5. Calls of the application, whenever they come.
/// 6. Back to 2; after [`Event::Ended`] drop the WebSocket once there is
///    nothing to send, and connect again when [`Reconnect`] says.
///
/// What does not fit into this order does no harm: each call says what is
/// wrong, and nothing is lost.
///
/// Nothing is queued between the calls but what the application sends, so
/// nothing can overflow: events are told from the state, and what comes in is
/// handed out as it comes, borrowed from its bytes. Time that goes backwards is
/// taken for the time of before.
///
/// ```
/// use alwayson_codec::connection::edge::{Connection, Event, Received, Settings};
/// use alwayson_codec::connection::{Fixed, Names, Requests, Transmit, Unanswered};
/// use alwayson_codec::{Auth, Claim, Joiner, Response, Status};
///
/// // 4 names, 8 requests out, 4 in; 1 KiB to be sent, and no long messages in.
/// type Room = Fixed<&'static str, [u8; 1024], Names<4>, Requests<8>, Unanswered<4>>;
/// let mut edge = Connection::<Room>::new(Settings::default(), [0; 1024]);
/// let mut joiner = Joiner::<[u8; 0], 0>::new([]);
/// edge.bind("SteamSensor1")?;
///
/// # let mut frames = std::collections::VecDeque::from([
/// #     // SUCCESS request=1 session=77, SUCCESS request=2, GET of Temperature
/// #     vec![1, 0x40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0xFF],
/// #     vec![1, 0x40, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0xFF],
/// #     [&[1, 1, 0, 0, 3, 0xE8, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0x0A, 12], &b"SteamSensor1"[..],
/// #      &[1, 11], b"Temperature", &[0, 0xFF]].concat(),
/// # ]);
/// # let mut sent: Vec<String> = vec![];
/// # let mut send = |bytes: &[u8]| {
/// #     sent.push(alwayson_codec::Message::decode(bytes).unwrap().0.dump().to_string());
/// # };
/// # let mut receive = || frames.pop_front();
/// # let now_ms = || 1_000;
/// let mut buffer = [0; 8192];
/// // The key is asked for now, and kept nowhere.
/// let claims = [Claim::new(Claim::APP_KEY, "a key from the platform")];
/// let len = edge.handle_opened(&Auth::new(&claims)?, &mut buffer, now_ms())?;
/// send(&buffer[..len]);
/// loop {
///     while let Some(transmit) = edge.poll_transmit(&mut buffer, now_ms())? {
///         match transmit {
///             Transmit::Message(len) => send(&buffer[..len]),
///             Transmit::Ping | Transmit::Close(_) => { /* that of the WebSocket */ }
///         }
///     }
///     while let Some(event) = edge.poll_event() {
///         if let Event::Bound { name } = event {
///             println!("{name} is bound");
///         }
///     }
///     // A real loop waits no longer than until edge.poll_timeout().
///     let Some(frame) = receive() else { break };
///     match edge.handle_received(&frame, &mut joiner, now_ms()) {
///         Received::Request { inbound, request } => {
///             match request.characteristic_name.as_str() {
///                 // A table of one field named as the property: never the bare value.
///                 "Temperature" => edge.respond_value(inbound, "Temperature", &21.5.into())?,
///                 _ => edge.respond(inbound, &Response::new(Status::NOT_FOUND))?,
///             }
///         }
///         _ => { /* a response, or nothing for the application */ }
///     }
/// }
/// # assert_eq!(sent, [
/// #     "AUTH request=1 {appKey=***}",
/// #     "BIND request=2 session=77 [SteamSensor1]",
/// #     "SUCCESS request=1000 session=77 {Temperature: 21.5}",
/// # ]);
/// # Ok::<(), alwayson_codec::connection::CallError>(())
/// ```
pub struct Connection<S: Storage> {
    state: State,
    link: Link<S>,
    names: Names<S::Name, S::Names<Entry<S::Name>>>,
    keep_alive: KeepAlive,
    settings: Settings,
    /// The request id of AUTH.
    auth: u32,
    /// What the state waits for has to come until then.
    deadline_ms: u64,
    /// The close that is to be sent.
    close: Option<CloseCode>,
    end: Option<End>,
    /// What the caller was not told yet.
    untold: Untold,
}

#[derive(Clone, Copy, Debug, Default)]
struct Untold {
    authenticated: bool,
    ended: bool,
}

/// What an edge tells, of itself or of what has come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event<'a> {
    /// AUTH has succeeded: requests can be sent, names are being bound.
    Authenticated {
        /// The id of this connection.
        session: u32,
        /// The id of this client; 0: none was granted.
        endpoint: u32,
    },
    /// The platform may send requests to this name.
    Bound {
        /// The name.
        name: &'a str,
    },
    /// The platform no longer has this name. Told of UNBIND, not of the end.
    Unbound {
        /// The name.
        name: &'a str,
    },
    /// The platform refuses to bind this name, or has not answered. It is tried
    /// again later.
    Refused {
        /// The name.
        name: &'a str,
        /// The platform's status; GATEWAY_TIMEOUT without an answer, BAD_GATEWAY
        /// after one that cannot be read.
        status: Status,
    },
    /// A request ended without an answer.
    Failed {
        /// The request.
        request: RequestId,
        /// Why.
        failure: Failure,
    },
    /// The connection has ended, after all requests that were in flight. Once
    /// [`poll_transmit`](Connection::poll_transmit) has nothing more to send, or after
    /// its close, drop the WebSocket.
    Ended(End),
}

impl<S: Storage> Connection<S> {
    /// An edge that is not connected, with memory for messages that wait to be
    /// sent.
    pub fn new(settings: Settings, outbox: S::Outbox) -> Self {
        Self::with(settings, None, outbox)
    }

    /// An edge that stands before its Things as a gateway of this name and
    /// type (section 3).
    pub fn gateway(
        settings: Settings,
        name: S::Name,
        gateway_type: S::Name,
        outbox: S::Outbox,
    ) -> Self {
        Self::with(settings, Some((name, gateway_type)), outbox)
    }

    fn with(settings: Settings, gateway: Option<(S::Name, S::Name)>, outbox: S::Outbox) -> Self {
        let limits = Limits {
            request_timeout_ms: settings.request_timeout_ms,
            answer_timeout_ms: settings.answer_timeout_ms,
            chunk_size: settings.chunk_size,
            several_messages: settings.several_messages,
        };
        Self {
            state: State::Opening,
            link: Link::new(limits, outbox, settings.first_request_id),
            names: Names::new(gateway),
            keep_alive: KeepAlive::default(),
            settings,
            auth: 0,
            deadline_ms: 0,
            close: None,
            end: None,
            untold: Untold::default(),
        }
    }

    /// Makes the edge ready for the next connection: all names will be bound
    /// again that were to be bound. Request ids go on from where they were, so
    /// nothing that was said before can be taken for an answer.
    ///
    /// # Errors
    /// `WrongState` before the connection has ended, and before its end was
    /// told by [`poll_event`](Self::poll_event).
    pub fn reopen(&mut self) -> Result<(), CallError> {
        if !matches!(self.state, State::Closing | State::Ended) || self.untold.ended {
            return Err(CallError::WrongState);
        }
        self.state = State::Opening;
        self.end = None;
        self.close = None;
        self.untold = Untold::default();
        (self.link.session, self.link.endpoint) = (Ids::NONE, 0);
        Ok(())
    }

    /// The names, each with its state, and of a refused one with the status.
    pub fn names(&self) -> impl Iterator<Item = (&str, NameState, Status)> {
        self.names.iter()
    }

    /// Tells what has happened since the last call, one event at a time; none
    /// where all is told. Each is told once.
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        if self.untold.authenticated {
            self.untold.authenticated = false;
            let session = self.link.session;
            let endpoint = self.link.endpoint;
            return Some(Event::Authenticated { session, endpoint });
        }
        if let Some((request, failure)) = self.link.requests.poll() {
            return Some(Event::Failed { request, failure });
        }
        if let Some(event) = self.names.poll_event() {
            return Some(match event {
                NameEvent::Bound(name) => Event::Bound { name },
                NameEvent::Unbound(name) => Event::Unbound { name },
                NameEvent::Refused(name, status) => Event::Refused { name, status },
            });
        }
        if self.untold.ended {
            self.untold.ended = false;
            return self.end.map(Event::Ended);
        }
        None
    }

    /// Wants a name bound: at once, or when AUTH has succeeded. A name that is
    /// refused is tried again, one that is being unbound is bound again.
    ///
    /// # Errors
    /// `TooManyNames`; `NameTooLong` for a BIND within the chunk size.
    pub fn bind(&mut self, name: S::Name) -> Result<(), CallError> {
        if !self.names.fits(name.as_ref(), usize::from(self.settings.chunk_size)) {
            return Err(CallError::NameTooLong);
        }
        if self.names.add(name) { Ok(()) } else { Err(CallError::TooManyNames) }
    }

    /// Wants a name unbound; it stays known. [`bind`](Self::bind) binds it again.
    ///
    /// # Errors
    /// `UnknownName`.
    pub fn unbind(&mut self, name: &str) -> Result<(), CallError> {
        if self.names.remove(name, false) { Ok(()) } else { Err(CallError::UnknownName) }
    }

    /// Wants a name unbound and forgotten; its place is free once that was
    /// answered and told.
    ///
    /// # Errors
    /// `UnknownName`.
    pub fn remove(&mut self, name: &str) -> Result<(), CallError> {
        if self.names.remove(name, true) { Ok(()) } else { Err(CallError::UnknownName) }
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
        Self {
            link: self.link.clone(),
            names: self.names.clone(),
            keep_alive: self.keep_alive.clone(),
            ..*self
        }
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
            .field("keep_alive", &self.keep_alive)
            .field("auth", &self.auth)
            .field("deadline_ms", &self.deadline_ms)
            .field("close", &self.close)
            .field("end", &self.end)
            .field("untold", &self.untold)
            .finish_non_exhaustive()
    }
}
