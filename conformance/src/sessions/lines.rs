//! The connections of a platform.

use alwayson_codec::connection::InboundId;
use alwayson_codec::connection::platform::{Connection, Settings};

use super::room::{self, LongMessages, Room};

/// One connection of a platform.
pub(super) struct Line {
    pub(super) connection: Connection<Room>,
    pub(super) joiner: LongMessages,
    /// Requests passed to the host, by their ids.
    pub(super) inbound: Vec<(u32, InboundId)>,
    /// Claims or names that the host has not decided about.
    pub(super) undecided: Option<Vec<u8>>,
    pub(super) dropped: u32,
    pub(super) followed: u32,
}

/// All connections, in the order in which they were opened.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) all: Vec<Line>,
}

impl Lines {
    /// Returns a connection by its number, from 1.
    pub(super) fn get(&mut self, connection: usize) -> Result<&mut Line, String> {
        let line = self.all.get_mut(connection.wrapping_sub(1));
        line.ok_or_else(|| format!("connection {connection} was not opened"))
    }

    pub(super) fn open(&mut self, settings: Settings, now_ms: u64) {
        self.all.push(Line {
            connection: Connection::new(settings, room::outbox(), now_ms),
            joiner: room::joiner(),
            inbound: Vec::new(),
            undecided: None,
            dropped: 0,
            followed: 0,
        });
    }
}
