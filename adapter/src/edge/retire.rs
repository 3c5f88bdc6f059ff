//! Things that are removed once what the platform has asked of them is answered.

use tokio::sync::oneshot;

use super::command::Command;
use super::error::ThingError;
use super::handle::Edge;
use super::setup::Machine;
use super::task::Task;
use super::under_way::Retiring;

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
