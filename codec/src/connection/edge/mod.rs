//! The edge's side of a connection (PROTOCOL.md §7).

// | file | contents |
// | --- | --- |
// | `state.rs` | the states and the table of transitions |
// | `settings.rs` | timeouts and sizes, with their defaults |
// | `name_state.rs` | the states of one name |
// | `entry.rs` | one name, and what it is found by |
// | `names.rs` | the names, bound and to be bound |
// | `receive.rs` | incoming messages |
// | `send.rs`, `push.rs` | outgoing messages |
// | `timers.rs` | deadlines and pings |
// | `end.rs` | why it ends, and when to connect again |

mod end;
mod entry;
mod name_state;
mod names;
mod push;
mod receive;
mod send;
mod settings;
mod state;
mod timers;

pub use end::{End, Reconnect};
pub use entry::Entry;
pub use name_state::{NameInput, NameState, name_transition};
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

/// The edge's side of a connection, without I/O, clock, randomness or allocation.
///
/// One value serves as long as the device runs: after the end of a connection,
/// [`reopen`](Self::reopen) prepares it for the next one.
///
/// # Calling order
/// 1. When the WebSocket is open, call [`handle_opened`](Self::handle_opened), which writes
///    AUTH, and send that.
/// 2. Send what [`poll_transmit`](Self::poll_transmit) writes until it returns `None`, then
///    handle the events of [`poll_event`](Self::poll_event) until it returns `None`.
/// 3. Wait for the WebSocket, but at most until the time that
///    [`poll_timeout`](Self::poll_timeout) returns.
/// 4. Pass a binary message to [`handle_received`](Self::handle_received) and answer the
///    request that it returns; pass a ping, a pong or a close to
///    [`handle_ping`](Self::handle_ping), [`handle_pong`](Self::handle_pong) or
///    [`handle_closed`](Self::handle_closed). After a timeout call
///    [`handle_timeout`](Self::handle_timeout).
/// 5. Requests and other calls of the application are allowed at any time.
/// 6. Continue with step 2. After [`Event::Ended`], drop the WebSocket when there is nothing
///    left to send, and connect again at the time that [`Reconnect`] returns.
///
/// Calls out of order are safe: they return an error and change nothing.
///
/// Only messages of the application are queued between calls, so no queue can overflow:
/// events are derived from the state, and incoming messages are returned at once, borrowed
/// from their bytes. If the clock goes backwards, the latest time seen is used.
///
/// ```
/// use alwayson_codec::connection::edge::{Connection, Event, Received, Settings};
/// use alwayson_codec::connection::{Fixed, Names, Requests, Transmit, Unanswered};
/// use alwayson_codec::{Auth, Claim, Joiner, Response, Status};
///
/// // An outbox of 1 KiB, and no joiner for long messages.
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
/// // The key is read now, and not stored.
/// let claims = [Claim::new(Claim::APP_KEY, "a key from the platform")];
/// let len = edge.handle_opened(&Auth::new(&claims)?, &mut buffer, now_ms())?;
/// send(&buffer[..len]);
/// loop {
///     while let Some(transmit) = edge.poll_transmit(&mut buffer, now_ms())? {
///         match transmit {
///             Transmit::Message(len) => send(&buffer[..len]),
///             Transmit::Ping | Transmit::Close(_) => { /* send it over the WebSocket */ }
///         }
///     }
///     while let Some(event) = edge.poll_event() {
///         if let Event::Bound { name } = event {
///             println!("{name} is bound");
///         }
///     }
///     // A real loop waits at most until edge.poll_timeout().
///     let Some(frame) = receive() else { break };
///     match edge.handle_received(&frame, &mut joiner, now_ms()) {
///         Received::Request { inbound, request } => {
///             match request.characteristic_name.as_str() {
///                 // A table with one field named like the property, not the value alone.
///                 "Temperature" => edge.respond_value(inbound, "Temperature", &21.5.into())?,
///                 _ => edge.respond(inbound, &Response::new(Status::NOT_FOUND))?,
///             }
///         }
///         _ => { /* a response, or nothing to do */ }
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
    /// When the state times out.
    deadline_ms: u64,
    /// The close that is to be sent next.
    close: Option<CloseCode>,
    end: Option<End>,
    /// Events that the caller has not seen yet.
    untold: Untold,
}

#[derive(Clone, Copy, Debug, Default)]
struct Untold {
    authenticated: bool,
    ended: bool,
}

/// An event of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event<'a> {
    /// AUTH has succeeded. Requests can be sent, and the names are being bound.
    Authenticated {
        /// The id of this connection.
        session: u32,
        /// The id of this client, or 0 if none was granted.
        endpoint: u32,
    },
    /// The platform may send requests to this name.
    Bound {
        /// The name.
        name: &'a str,
    },
    /// The name was unbound by UNBIND. The end of the connection causes no such event.
    Unbound {
        /// The name.
        name: &'a str,
    },
    /// The platform refused to bind this name, or did not answer. It is tried again later.
    Refused {
        /// The name.
        name: &'a str,
        /// The status of the platform; GATEWAY_TIMEOUT if it did not answer, and BAD_GATEWAY
        /// if its answer cannot be decoded.
        status: Status,
    },
    /// A request ended without an answer.
    Failed {
        /// The request.
        request: RequestId,
        /// Why.
        failure: Failure,
    },
    /// The connection has ended. The events of all open requests come before. Drop the
    /// WebSocket when [`poll_transmit`](Connection::poll_transmit) returns `None` or a close.
    Ended(End),
}

impl<S: Storage> Connection<S> {
    /// Creates an edge that is not connected. `outbox` is the memory for messages that wait
    /// to be sent.
    pub fn new(settings: Settings, outbox: S::Outbox) -> Self {
        Self::with(settings, None, outbox)
    }

    /// Creates an edge that is a gateway of this name and type for its Things (PROTOCOL.md §3).
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

    /// Prepares the edge for the next connection, on which it binds the same names again.
    /// Request ids continue, so that an old response is never taken for a new one.
    ///
    /// # Errors
    /// - [`WrongState`](CallError::WrongState) if the connection has not ended, or
    ///   [`poll_event`](Self::poll_event) has not returned [`Event::Ended`] yet
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

    /// Returns the names, each with its state and, if it was refused, the status.
    pub fn names(&self) -> impl Iterator<Item = (&str, NameState, Status)> {
        self.names.iter()
    }

    /// Returns the next event, or `None` if there is no other. Each is returned once.
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

    /// Adds a name, which is bound as soon as AUTH has succeeded. A refused name is tried
    /// again now, and a name that is being unbound is bound again afterwards.
    ///
    /// # Errors
    /// - [`TooManyNames`](CallError::TooManyNames) if there is no room for another name
    /// - [`NameTooLong`](CallError::NameTooLong) if a BIND of the name exceeds the chunk size
    pub fn bind(&mut self, name: S::Name) -> Result<(), CallError> {
        if !self.names.fits(name.as_ref(), usize::from(self.settings.chunk_size)) {
            return Err(CallError::NameTooLong);
        }
        if self.names.add(name) { Ok(()) } else { Err(CallError::TooManyNames) }
    }

    /// Unbinds a name. It keeps its place, and [`bind`](Self::bind) binds it again.
    ///
    /// # Errors
    /// - [`UnknownName`](CallError::UnknownName) if there is no such name
    pub fn unbind(&mut self, name: &str) -> Result<(), CallError> {
        if self.names.remove(name, false) { Ok(()) } else { Err(CallError::UnknownName) }
    }

    /// Unbinds a name and removes it. Its place is free when the platform has answered and
    /// the event was returned.
    ///
    /// # Errors
    /// - [`UnknownName`](CallError::UnknownName) if there is no such name
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
    /// Shows everything but the settings and the bytes of queued messages, which may contain
    /// secrets.
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
