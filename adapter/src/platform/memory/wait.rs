//! Waits for what edges push.

use super::{MemoryThings, Property, Update};
use crate::value::Value;

impl MemoryThings {
    /// Waits until a property of a Thing has a value that is meant; returns what it is
    /// then. A value that is there already counts.
    ///
    /// ```no_run
    /// # async fn run(things: alwayson::platform::MemoryThings) {
    /// let pushed = things
    ///     .wait_property("SteamSensor1", "Temperature", |value| value.as_f64() > Some(20.0))
    ///     .await;
    /// assert_eq!(pushed.quality, "GOOD");
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Dropping the future does nothing.
    pub async fn wait_property(
        &self,
        thing: &str,
        name: &str,
        is_meant: impl Fn(&Value) -> bool,
    ) -> Property {
        let mut updates = self.updates();
        let is_this = |update: &Update| match update {
            Update::Property { thing: of, name: property, .. } => of == thing && property == name,
            Update::Event { .. } => false,
        };
        let mut next = self.property(thing, name);
        loop {
            if let Some(property) = next.filter(|property| is_meant(&property.value)) {
                return property;
            }
            next = match updates.recv().await {
                // Each value is looked at, those too that were there for a moment.
                Ok(update) if is_this(&update) => match update {
                    Update::Property { property, .. } => Some(property),
                    Update::Event { .. } => None,
                },
                Ok(_) => None,
                // The sender is held here, so some were lost: what is there now counts.
                Err(_) => self.property(thing, name),
            };
        }
    }
}
