//! Things that are removed once what the platform has asked of them is answered.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::error::ThingError;
use super::handle::Edge;
use super::command::Command;
use super::setup::Machine;
use super::task::Task;

/// The requests of the platform that are not answered yet, and the Things that wait for
/// some of them.
#[derive(Default)]
pub(super) struct UnderWay {
    next: u64,
    /// The Thing of each, by its number: they count in the order in which they came.
    things: BTreeMap<u64, String>,
    retiring: Vec<Retiring>,
}

/// A Thing that is removed when its requests before this number are answered.
struct Retiring {
    thing: String,
    before: u64,
    done: oneshot::Sender<()>,
}

impl UnderWay {
    /// A request to this Thing has come; returns its number.
    pub(super) fn begin(&mut self, thing: &str) -> u64 {
        let number = self.next;
        self.next += 1;
        self.things.insert(number, thing.to_owned());
        number
    }

    /// It was answered, or nobody waits for its answer any more.
    pub(super) fn end(&mut self, number: u64) {
        self.things.remove(&number);
    }

    fn retire(&mut self, thing: String, done: oneshot::Sender<()>) {
        self.retiring.push(Retiring { thing, before: self.next, done });
    }

    /// A Thing that is to be removed now.
    fn due(&mut self) -> Option<Retiring> {
        let waits = |retiring: &Retiring| {
            self.things.range(..retiring.before).any(|(_, thing)| *thing == retiring.thing)
        };
        let index = self.retiring.iter().position(|retiring| !waits(retiring))?;
        Some(self.retiring.swap_remove(index))
    }
}

impl Edge {
    /// Has a Thing unbound and forgets it, as [`remove`](Self::remove) does, but after
    /// the requests of the platform that are under way to it are answered. Returns when
    /// the Thing is forgotten; dropping the future changes nothing.
    ///
    /// # Errors
    /// `Unknown`; `Left`.
    pub async fn retire(&self, thing: &str) -> Result<(), ThingError> {
        let thing = self.shared.meant(thing).ok_or(ThingError::Unknown)?;
        let (sender, done) = oneshot::channel();
        let command = Command::Retire(thing.bound_as().to_owned(), sender);
        self.commands.send(command).map_err(|_| ThingError::Left)?;
        done.await.map_err(|_| ThingError::Left)
    }
}

impl Task {
    /// A Thing is to be removed when its requests are answered.
    pub(super) fn retire(
        &mut self,
        machine: &mut Machine,
        thing: String,
        done: oneshot::Sender<()>,
    ) {
        self.under_way.retire(thing, done);
        self.retire_due(machine);
    }

    /// Removes the Things whose requests are answered.
    pub(super) fn retire_due(&mut self, machine: &mut Machine) {
        while let Some(Retiring { thing, done, .. }) = self.under_way.due() {
            self.remove(machine, &thing);
            // Whoever waited may be gone.
            let _ = done.send(());
        }
    }
}
