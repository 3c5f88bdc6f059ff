//! Removing Things after the requests of the platform to them are answered.

use tokio::sync::oneshot;

use super::command::Command;
use super::error::ThingError;
use super::handle::Edge;
use super::setup::Machine;
use super::task::Task;
use super::under_way::Retiring;

impl Edge {
    /// Unbinds and removes a Thing like [`remove`](Self::remove), but only after all requests
    /// of the platform to it are answered that arrived before this call. Returns when the
    /// Thing is removed.
    ///
    /// # Errors
    /// - [`ThingError::Unknown`] if this edge has no Thing of this name
    /// - [`ThingError::Left`] if the edge has left
    ///
    /// # Cancel safety
    /// If the future is dropped before it is first polled, nothing happens. If it is dropped
    /// later, the Thing is removed nevertheless.
    pub async fn retire(&self, thing: &str) -> Result<(), ThingError> {
        let thing = self.shared.meant(thing).ok_or(ThingError::Unknown)?;
        let (sender, done) = oneshot::channel();
        let command = Command::Retire(thing.bound_as().to_owned(), sender);
        self.commands.send(command).map_err(|_| ThingError::Left)?;
        done.await.map_err(|_| ThingError::Left)
    }
}

impl Task {
    /// Removes a Thing as soon as its requests are answered, and then notifies `done`.
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
            // The caller may have dropped its future.
            let _ = done.send(());
        }
    }
}
