//! What a gateway tells of what happens.

use std::fmt;
use std::time::SystemTime;

use alwayson::edge::{ConnectionState, ThingState};
use alwayson::serde_json::{Value as Json, json};

/// Something that has happened. Its `Display` is one line without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The connection to the platform is in this state now.
    Connection(ConnectionState),
    /// A Thing is in this state now.
    Thing {
        /// The name by which it is bound.
        name: String,
        /// Its state.
        state: ThingState,
    },
    /// An application has registered a Thing, or registered it anew with other data.
    Registered {
        /// The name by which it is bound.
        name: String,
        /// Where its requests go to.
        application: String,
        /// Whether it was not registered before.
        is_new: bool,
    },
    /// A Thing is not registered any more.
    Unregistered {
        /// The name by which it was bound.
        name: String,
    },
    /// An application does not listen any more: its Thing is unbound until it does.
    Silent {
        /// The name by which its Thing is bound.
        name: String,
        /// Where it should listen.
        application: String,
        /// What its last probe met.
        reason: String,
    },
    /// An application listens again: its Thing is bound again.
    Listens {
        /// The name by which its Thing is bound.
        name: String,
        /// Where it listens.
        application: String,
    },
    /// A request of the platform was answered by an application.
    Forwarded {
        /// The request: `GET Things/Pump/Properties/Pressure`.
        request: String,
        /// The application.
        application: String,
        /// The status that the platform is told.
        status: String,
        /// How long it took, in milliseconds.
        ms: u64,
    },
    /// A request of an application was answered.
    Asked {
        /// The method and the path.
        request: String,
        /// The HTTP status.
        status: u16,
        /// How long it took, in milliseconds.
        ms: u64,
    },
    /// A message is kept in the store.
    Stored {
        /// The Thing.
        thing: String,
        /// What it is: `PUT Things/Pump/Properties/Pressure`.
        request: String,
    },
    /// A message of the store was delivered.
    Delivered {
        /// The Thing.
        thing: String,
        /// What it is.
        request: String,
    },
    /// The platform has refused a message of the store for good.
    DeadLettered {
        /// The Thing.
        thing: String,
        /// What it is.
        request: String,
        /// Why.
        reason: String,
    },
    /// Something is not as it should be.
    Problem(String),
}

impl Event {
    /// Its kind in one word, as lines and JSON have it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Connection(_) => "platform",
            Self::Thing { .. } => "thing",
            Self::Registered { .. } => "registered",
            Self::Unregistered { .. } => "unregistered",
            Self::Silent { .. } => "silent",
            Self::Listens { .. } => "listens",
            Self::Forwarded { .. } => "forwarded",
            Self::Asked { .. } => "asked",
            Self::Stored { .. } => "stored",
            Self::Delivered { .. } => "delivered",
            Self::DeadLettered { .. } => "dead",
            Self::Problem(_) => "problem",
        }
    }

    /// The event as an object, with its kind as `event`.
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
            Self::Silent { name, application, reason } => {
                json!({ "thing": name, "application": application, "reason": reason })
            }
            Self::Listens { name, application } => {
                json!({ "thing": name, "application": application })
            }
            Self::Forwarded { request, application, status, ms } => json!({
                "request": request, "application": application, "status": status, "ms": ms,
            }),
            Self::Asked { request, status, ms } => {
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
            Self::Silent { name, application, reason } => {
                write!(f, "{name}: nobody listens at {application}: {reason}; it is unbound")
            }
            Self::Listens { name, application } => {
                write!(f, "{name}: {application} listens again; it is bound")
            }
            Self::Forwarded { request, application, status, ms } => {
                write!(f, "{request} to {application}: {status}, {ms} ms")
            }
            Self::Asked { request, status, ms } => write!(f, "{request}: {status}, {ms} ms"),
            Self::Stored { request, .. } | Self::Delivered { request, .. } => f.write_str(request),
            Self::DeadLettered { request, reason, .. } => write!(f, "{request}: {reason}"),
            Self::Problem(text) => f.write_str(text),
        }
    }
}

/// The state of a connection in one word.
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

/// The same in words.
pub(crate) fn connection(state: &ConnectionState) -> String {
    match state {
        ConnectionState::Authenticated { session, .. } => {
            format!("connected, session {session}")
        }
        ConnectionState::Waiting { until, reason, .. } => {
            let wait = until.duration_since(SystemTime::now()).unwrap_or_default();
            format!("not connected: {reason}; tried again in {} s", wait.as_secs_f64().ceil())
        }
        ConnectionState::Ended { reason } => format!("ended: {reason}"),
        state => connection_word(state).to_owned(),
    }
}

/// The state of a Thing in one word.
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

/// The same in words.
pub(crate) fn thing(state: &ThingState) -> String {
    match state {
        ThingState::Refused { status, reason } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("refused, {status}{reason}; it is tried again")
        }
        state => thing_word(state).to_owned(),
    }
}
