//! Waits for values that edges push.

use super::{MemoryThings, Property, Update};
use crate::value::Value;

impl MemoryThings {
    /// Waits until a property of a Thing has a value for which `is_meant` returns true, and returns
    /// the property. The current value counts.
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
    /// Dropping the future has no effect.
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
                // Every value is checked, even if it has been replaced meanwhile.
                Ok(update) if is_this(&update) => match update {
                    Update::Property { property, .. } => Some(property),
                    Update::Event { .. } => None,
                },
                Ok(_) => None,
                // `self` holds the sender, so this is `Lagged`: check the current value.
                Err(_) => self.property(thing, name),
            };
        }
    }
}
