//! The parts of a platform's memory.

use std::fmt;

/// What memory is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The task of a connection: its future, with the state of everything that it calls.
    Task,
    /// The socket, as the runtime knows it.
    Socket,
    /// The TLS session.
    Tls,
    /// The WebSocket, with its buffers.
    WebSocket,
    /// The upgrade.
    Upgrade,
    /// The state machine: its names and open requests.
    Machine,
    /// The registry of names.
    Registry,
    /// The queue of what others ask of a connection.
    Queue,
    /// The list of connections.
    Hub,
    /// The Things, with their metadata and properties.
    Things,
    /// Everything else.
    Rest,
}

/// The function names by which a part is found, in order: of the frames of an allocation, the
/// innermost that contains one of these decides.
const FRAMES: [(&str, Part); 17] = [
    ("serde_json", Part::Things),
    ("alwayson::platform::after_bind", Part::Things),
    ("alwayson::platform::metadata", Part::Things),
    ("tokio::runtime::task", Part::Task),
    ("tokio::runtime::io", Part::Socket),
    ("tokio::sync::mpsc", Part::Queue),
    ("rustls", Part::Tls),
    ("ring::", Part::Tls),
    ("tungstenite", Part::WebSocket),
    ("alwayson::transport::deflate", Part::WebSocket),
    ("hyper", Part::Upgrade),
    ("alwayson_codec::connection::registry", Part::Registry),
    ("alwayson_codec::connection", Part::Machine),
    ("alwayson::platform::memory", Part::Things),
    ("alwayson::platform::hub", Part::Hub),
    ("alwayson::drive", Part::Machine),
    ("alwayson::transport", Part::WebSocket),
];

impl Part {
    /// Returns the part of an allocation with these frames, the innermost first.
    pub(crate) fn of(frames: &[&str]) -> Self {
        let part = |frame: &&str| {
            FRAMES.iter().find(|(name, _)| frame.contains(name)).map(|(_, part)| *part)
        };
        frames.iter().find_map(part).unwrap_or(Self::Rest)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Task => "task: the future of the connection",
            Self::Socket => "socket, as the runtime knows it",
            Self::Tls => "TLS session",
            Self::WebSocket => "WebSocket and its buffers",
            Self::Upgrade => "HTTP upgrade",
            Self::Machine => "state machine: names and open requests",
            Self::Registry => "registry of names",
            Self::Queue => "queue of commands",
            Self::Hub => "list of connections",
            Self::Things => "Things: metadata and properties",
            Self::Rest => "everything else",
        })
    }
}
