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

/// The files by which a part is found, in order, as the last three parts of their paths: of the
/// frames of an allocation, the innermost in one of these files decides.
const FILES: [(&str, Part); 21] = [
    ("(runtime/task/", Part::Task),
    ("(runtime/io/", Part::Socket),
    ("(sync/mpsc/", Part::Queue),
    ("(src/msgs/", Part::Tls),
    ("(rustls-", Part::Tls),
    ("(tokio-rustls-", Part::Tls),
    ("(tungstenite-", Part::WebSocket),
    ("(src/protocol/", Part::WebSocket),
    ("(hyper-", Part::Upgrade),
    ("(proto/h1/", Part::Upgrade),
    ("(connection/registry/", Part::Registry),
    ("(src/connection/", Part::Machine),
    ("(connection/platform/", Part::Machine),
    ("(src/drive/", Part::Machine),
    ("(platform/memory/", Part::Things),
    ("(src/platform/metadata.rs", Part::Things),
    ("(src/platform/bindings.rs", Part::Registry),
    ("(src/platform/hub.rs", Part::Hub),
    ("(platform/session/", Part::Task),
    ("(src/platform/", Part::Rest),
    ("(src/transport/", Part::WebSocket),
];

impl Part {
    /// Returns the part of an allocation with these frames, the innermost first.
    pub(crate) fn of(frames: &[&str]) -> Self {
        let part = |frame: &&str| {
            FILES.iter().find(|(file, _)| frame.contains(file)).map(|(_, part)| *part)
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
