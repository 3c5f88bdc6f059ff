//! The events of a gateway.

use std::fmt;
use std::time::SystemTime;

use alwayson::edge::{ConnectionState, ThingState};
use alwayson::serde_json::{Value as Json, json};

/// An event of a gateway, for [`Options::on_event`](crate::Options::on_event). Its `Display` is
/// one line, and contains no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The state of the connection to the platform has changed.
    Connection(ConnectionState),
    /// The state of a registered Thing, or of the gateway itself, has changed.
    Thing {
        /// The name by which it is bound.
        name: String,
        /// The new state.
        state: ThingState,
    },
    /// An application has registered a Thing, or replaced its registration.
    Registered {
        /// The name by which it is bound.
        name: String,
        /// The URL to which its requests are sent.
        application: String,
        /// Whether the Thing was not registered before.
        is_new: bool,
    },
    /// A Thing is no longer registered.
    Unregistered {
        /// The name by which it was bound.
        name: String,
    },
    /// An application no longer listens: several probes in a row have failed. Its Thing is
    /// unbound until it listens again.
    NotListening {
        /// The name by which its Thing is bound.
        name: String,
        /// The URL at which it should listen.
        application: String,
        /// The error of the last probe.
        reason: String,
    },
    /// An application listens again. Its Thing is bound again.
    Listening {
        /// The name by which its Thing is bound.
        name: String,
        /// The URL at which it listens.
        application: String,
    },
    /// A request of the platform was forwarded to an application and answered. Only with
    /// [`Options::with_trace`](crate::Options::with_trace).
    Forwarded {
        /// The request, for example `GET Things/Pump/Properties/Pressure`.
        request: String,
        /// The URL of the application.
        application: String,
        /// The status of the response to the platform.
        status: String,
        /// The time from the request to the response, in milliseconds.
        ms: u64,
    },
    /// A request of an application was answered. Only with
    /// [`Options::with_trace`](crate::Options::with_trace).
    Answered {
        /// The method and the path.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The time from the request to the answer, in milliseconds.
        ms: u64,
    },
    /// A message was put into the store.
    Stored {
        /// The Thing.
        thing: String,
        /// The request, for example `POST Things/Pump/Services/UpdatePropertyValues`.
        request: String,
    },
    /// A message of the store was delivered.
    Delivered {
        /// The Thing.
        thing: String,
        /// The request.
        request: String,
    },
    /// The platform refused a message of the store permanently. It is in the file of dead
    /// letters.
    DeadLettered {
        /// The Thing.
        thing: String,
        /// The request.
        request: String,
        /// Why it was refused.
        reason: String,
    },
    /// A problem that somebody should look at, in words.
    Problem(String),
}

impl Event {
    /// Returns the kind of the event in one word, as in its `Display` and its JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Connection(_) => "platform",
            Self::Thing { .. } => "thing",
            Self::Registered { .. } => "registered",
            Self::Unregistered { .. } => "unregistered",
            Self::NotListening { .. } => "silent",
            Self::Listening { .. } => "listens",
            Self::Forwarded { .. } => "forwarded",
            Self::Answered { .. } => "asked",
            Self::Stored { .. } => "stored",
            Self::Delivered { .. } => "delivered",
            Self::DeadLettered { .. } => "dead",
            Self::Problem(_) => "problem",
        }
    }

    /// Returns the event as a JSON object. Its member `event` is the [`kind`](Self::kind).
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut json = match self {
            Self::Connection(state) => {
                json!({ "state": connection_word(state), "text": connection(state) })
            }
            Self::Thing { name, state } => {
                json!({ "thing": name, "state": thing_word(state), "text": thing(state) })
            }
            Self::Registered { name, application, is_new } => {
                json!({ "thing": name, "application": application, "is_new": is_new })
            }
            Self::Unregistered { name } => json!({ "thing": name }),
            Self::NotListening { name, application, reason } => {
                json!({ "thing": name, "application": application, "reason": reason })
            }
            Self::Listening { name, application } => {
                json!({ "thing": name, "application": application })
            }
            Self::Forwarded { request, application, status, ms } => json!({
                "request": request, "application": application, "status": status, "ms": ms,
            }),
            Self::Answered { request, status, ms } => {
                json!({ "request": request, "status": status, "ms": ms })
            }
            Self::Stored { thing, request } | Self::Delivered { thing, request } => {
                json!({ "thing": thing, "request": request })
            }
            Self::DeadLettered { thing, request, reason } => {
                json!({ "thing": thing, "request": request, "reason": reason })
            }
            Self::Problem(text) => json!({ "text": text }),
        };
        if let Some(members) = json.as_object_mut() {
            members.shift_insert(0, "event".to_owned(), self.kind().into());
        }
        json
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        write!(f, "{kind:<12} ")?;
        match self {
            Self::Connection(state) => f.write_str(&connection(state)),
            Self::Thing { name, state } => write!(f, "{name}: {}", thing(state)),
            Self::Registered { name, application, is_new } => {
                let again = if *is_new { "" } else { ", again" };
                write!(f, "{name} at {application}{again}")
            }
            Self::Unregistered { name } => f.write_str(name),
            Self::NotListening { name, application, reason } => {
                write!(
                    f,
                    "{name}: no application listens at {application}: {reason}; the Thing is unbound"
                )
            }
            Self::Listening { name, application } => {
                write!(f, "{name}: {application} listens again; the Thing is bound")
            }
            Self::Forwarded { request, application, status, ms } => {
                write!(f, "{request} to {application}: {status}, {ms} ms")
            }
            Self::Answered { request, status, ms } => write!(f, "{request}: {status}, {ms} ms"),
            Self::Stored { request, .. } | Self::Delivered { request, .. } => f.write_str(request),
            Self::DeadLettered { request, reason, .. } => write!(f, "{request}: {reason}"),
            Self::Problem(text) => f.write_str(text),
        }
    }
}

/// Returns the state of a connection in one word.
pub(crate) const fn connection_word(state: &ConnectionState) -> &'static str {
    match state {
        ConnectionState::Connecting => "connecting",
        ConnectionState::Authenticating => "authenticating",
        ConnectionState::Authenticated { .. } => "connected",
        ConnectionState::Waiting { .. } => "waiting",
        ConnectionState::Leaving => "leaving",
        ConnectionState::Ended { .. } => "ended",
        _ => "unknown",
    }
}

/// Returns the state of a connection in words.
pub(crate) fn connection(state: &ConnectionState) -> String {
    match state {
        ConnectionState::Authenticated { session, .. } => {
            format!("connected, session {session}")
        }
        ConnectionState::Waiting { until, reason, .. } => {
            let wait = until.duration_since(SystemTime::now()).unwrap_or_default();
            format!("not connected: {reason}; next attempt in {} s", wait.as_secs_f64().ceil())
        }
        ConnectionState::Ended { reason } => format!("ended: {reason}"),
        state => connection_word(state).to_owned(),
    }
}

/// Returns the state of a Thing in one word.
pub(crate) const fn thing_word(state: &ThingState) -> &'static str {
    match state {
        ThingState::Unbound => "unbound",
        ThingState::Binding => "binding",
        ThingState::Bound { .. } => "bound",
        ThingState::Refused { .. } => "refused",
        ThingState::Unbinding => "unbinding",
        _ => "unknown",
    }
}

/// Returns the state of a Thing in words.
pub(crate) fn thing(state: &ThingState) -> String {
    match state {
        ThingState::Refused { status, reason } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("refused, {status}{reason}; the gateway will try again")
        }
        state => thing_word(state).to_owned(),
    }
}
