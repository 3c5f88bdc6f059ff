//! The requests of the platform that are not answered yet.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use tokio::sync::oneshot;

/// The unanswered requests of the platform, and the Things that are removed after some of
/// them. The work for each request and each Thing is O(log n).
#[derive(Default)]
pub(super) struct UnderWay {
    next: u64,
    /// The Thing of each request, by the number of the request: they are numbered in the order
    /// in which they arrived.
    things: BTreeMap<u64, String>,
    /// The numbers of the requests of each Thing.
    numbers: HashMap<String, BTreeSet<u64>>,
    /// The Things that wait for an answer.
    waiting: HashMap<String, Vec<Retiring>>,
    /// The Things whose requests are answered.
    due: VecDeque<Retiring>,
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
        self.numbers.entry(thing.to_owned()).or_default().insert(number);
        number
    }

    /// Forgets a request: it was answered, or nobody waits for its answer any more.
    pub(super) fn end(&mut self, number: u64) {
        let Some(thing) = self.things.remove(&number) else { return };
        let first = self.numbers.get_mut(&thing).and_then(|numbers| {
            numbers.remove(&number);
            numbers.first().copied()
        });
        if first.is_none() {
            self.numbers.remove(&thing);
        }
        if let Some(waiting) = self.waiting.get_mut(&thing) {
            let is_due = |retiring: &mut Retiring| first.is_none_or(|at| at >= retiring.before);
            self.due.extend(waiting.extract_if(.., is_due));
            if waiting.is_empty() {
                self.waiting.remove(&thing);
            }
        }
    }

    /// Records that a Thing is to be removed once the requests up to now are answered.
    pub(super) fn retire(&mut self, thing: String, done: oneshot::Sender<()>) {
        let retiring = Retiring { thing, before: self.next, done };
        if self.numbers.contains_key(&retiring.thing) {
            self.waiting.entry(retiring.thing.clone()).or_default().push(retiring);
        } else {
            self.due.push_back(retiring);
        }
    }

    /// Returns a Thing whose requests are answered, and forgets it; `None` if there is none.
    pub(super) fn due(&mut self) -> Option<Retiring> {
        self.due.pop_front()
    }
}
