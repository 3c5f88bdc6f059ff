//! The side that a dialogue tests, as the runner sees it.

use super::compare::Packet;
use super::step::{Act, Effect, Told};

/// How the ids that the tested side chooses differ from those of the dialogues:
/// these have to pass whatever it chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variation {
    /// By how much the first request id is higher.
    pub request_ids_later: u32,
    /// By how much granted session and endpoint ids are higher.
    pub grants_later: u32,
}

/// What a side has done since it was last asked.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) sent: Vec<(usize, Packet)>,
    pub(super) told: Vec<Told>,
}

impl Turn {
    pub(super) fn tell(&mut self, connection: usize, effect: Effect) {
        self.told.push(Told { connection, effect });
    }
}

/// The side that is tested. What cannot be done, since the dialogue makes no
/// sense, is an error in words.
pub(super) trait Side {
    /// When it wants to be told that time has passed.
    fn deadline(&self) -> Option<u64>;

    /// Time has passed.
    fn pass(&mut self, now_ms: u64);

    /// A message has come.
    fn receive(&mut self, connection: usize, bytes: &[u8], now_ms: u64) -> Result<(), String>;

    /// Anything else has happened.
    fn act(&mut self, connection: usize, act: &Act, now_ms: u64) -> Result<(), String>;

    /// Says what it has done since.
    fn settle(&mut self, now_ms: u64) -> Result<Turn, String>;
}
