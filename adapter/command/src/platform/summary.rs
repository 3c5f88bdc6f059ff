//! Summaries of the Things of a platform, for the table and the commands.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use alwayson::platform::{Handle, MemoryThings, Property};
use alwayson::value::ToJson as _;
use serde_json::{Value as Json, json};

use crate::show;

/// A summary of a Thing.
pub(super) struct Summary {
    pub(super) name: String,
    /// The node that holds it, if there are several.
    pub(super) node: Option<Arc<str>>,
    pub(super) is_connected: bool,
    /// When it was last bound.
    pub(super) since: Option<SystemTime>,
    pub(super) messages: u64,
    /// The property that changed last.
    pub(super) last: Option<(String, Property)>,
}

/// Returns the summaries of all Things, connected ones first.
pub(super) fn summaries(things: &MemoryThings, handle: &Handle) -> Vec<Summary> {
    let mut nodes: HashMap<String, Arc<str>> = HashMap::new();
    if handle.node().is_some() {
        let held = handle.things().into_iter();
        nodes.extend(held.filter_map(|(thing, holder)| Some((thing, holder.node?.name))));
    }
    let mut all = Vec::new();
    things.for_each(|name, state| {
        let last = state.last_changed.as_ref();
        let last = last.and_then(|name| Some((name.clone(), state.properties.get(name)?.clone())));
        all.push(Summary {
            name: name.to_owned(),
            node: nodes.get(name).cloned(),
            is_connected: state.is_connected,
            since: state.last_connection,
            messages: state.messages,
            last,
        });
    });
    all.sort_by(|a, b| (!a.is_connected, &a.name).cmp(&(!b.is_connected, &b.name)));
    all
}

impl Summary {
    /// Returns the property that changed last and its value, as text.
    pub(super) fn last_value(&self) -> String {
        let last = self.last.as_ref().map(|(name, property)| {
            format!("{} = {}", show::name(name), show::value(&property.value))
        });
        last.unwrap_or_default()
    }

    /// Returns the summary as a JSON object.
    pub(super) fn json(&self) -> Json {
        let last = self.last.as_ref().map(|(name, property)| {
            json!({
                "name": name, "value": property.value.to_json(),
                "valueTime": property.time.to_json(), "quality": property.quality,
            })
        });
        let mut json = json!({
            "thing": self.name, "isConnected": self.is_connected,
            "lastConnection": self.since.map(show::utc), "messages": self.messages, "last": last,
        });
        if let Some(node) = &self.node {
            json["node"] = (**node).into();
        }
        json
    }
}
