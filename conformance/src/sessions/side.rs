//! The interface between the runner and the tested side.

use super::compare::Packet;
use super::step::{Act, Effect, Told};

/// How the ids that the tested side chooses differ from those of the dialogues, which must
/// pass with any choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variation {
    /// The offset of the first request id.
    pub request_ids_later: u32,
    /// The offset of granted session and endpoint ids.
    pub grants_later: u32,
}

/// What a side did since the last call of [`Side::settle`].
#[derive(Default)]
pub(crate) struct Turn {
    pub(crate) sent: Vec<(usize, Packet)>,
    pub(crate) told: Vec<Told>,
}

impl Turn {
    pub(crate) fn tell(&mut self, connection: usize, effect: Effect) {
        self.told.push(Told { connection, effect });
    }
}

/// The tested side. If a dialogue is inconsistent, its methods return an error in words.
pub(crate) trait Side {
    /// Returns its next timeout, in ms.
    fn deadline(&self) -> Option<u64>;

    /// Handles the passage of time.
    fn pass(&mut self, now_ms: u64);

    /// Handles a received message.
    fn receive(&mut self, connection: usize, bytes: &[u8], now_ms: u64) -> Result<(), String>;

    /// Handles any other event or call.
    fn act(&mut self, connection: usize, act: &Act, now_ms: u64) -> Result<(), String>;

    /// Returns what it did since the last call.
    fn settle(&mut self, now_ms: u64) -> Result<Turn, String>;
}
