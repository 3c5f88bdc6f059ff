//! The requests of the platform that are not answered yet.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

/// The unanswered requests of the platform, and the Things that are removed after some of
/// them.
#[derive(Default)]
pub(super) struct UnderWay {
    next: u64,
    /// The Thing of each request, by the number of the request: they are numbered in the order
    /// in which they arrived.
    things: BTreeMap<u64, String>,
    retiring: Vec<Retiring>,
}

/// A Thing that is removed once its requests before this number are answered.
pub(super) struct Retiring {
    pub(super) thing: String,
    before: u64,
    pub(super) done: oneshot::Sender<()>,
}

impl UnderWay {
    /// Records a request to this Thing. Returns its number.
    pub(super) fn begin(&mut self, thing: &str) -> u64 {
        let number = self.next;
        self.next += 1;
        self.things.insert(number, thing.to_owned());
        number
    }

    /// Forgets a request: it was answered, or nobody waits for its answer any more.
    pub(super) fn end(&mut self, number: u64) {
        self.things.remove(&number);
    }

    /// Records that a Thing is to be removed once the requests up to now are answered.
    pub(super) fn retire(&mut self, thing: String, done: oneshot::Sender<()>) {
        self.retiring.push(Retiring { thing, before: self.next, done });
    }

    /// Returns a Thing whose requests are answered, and forgets it; `None` if there is none.
    pub(super) fn due(&mut self) -> Option<Retiring> {
        let waits = |retiring: &Retiring| {
            self.things.range(..retiring.before).any(|(_, thing)| *thing == retiring.thing)
        };
        let index = self.retiring.iter().position(|retiring| !waits(retiring))?;
        Some(self.retiring.swap_remove(index))
    }
}
