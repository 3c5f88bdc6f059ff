//! Reads the metadata of a Thing, from its edge's answer to `GetMetadata` (PROTOCOL.md §3).

use std::fmt;
use std::sync::Arc;

use alwayson_codec::BaseType;
use serde_json::{Map, Value as Json};

use crate::value::{Table, json};

/// The metadata of a Thing, as its edge has sent them: a JSON document with objects of properties,
/// services and events by name (PROTOCOL.md §3).
///
/// It is kept as text, which takes a tenth of the memory of a tree. Clones share it.
#[derive(Clone, PartialEq, Eq)]
pub struct Metadata(Arc<str>);

impl Metadata {
    /// Keeps this document.
    pub fn new(document: &Json) -> Self {
        Self(document.to_string().into())
    }

    /// Returns the text of the document, without spaces between its parts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the document, which takes time proportional to its length.
    pub fn to_json(&self) -> Json {
        // It was written by the same library, so it can be read.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks that metadata have the form of PROTOCOL.md §3: objects of properties, services and
/// events by name. Members that this module does not read may have any form.
///
/// # Errors
/// A text with the place of the first thing that has another form, and what is expected there.
pub(super) fn check(metadata: &Json) -> Result<(), String> {
    let of = |kind| object(member(metadata, kind, "the metadata")?, kind);
    object(metadata, "the metadata")?;
    for (name, property) in of("propertyDefinitions")? {
        let place = format!("the property {name}");
        object(property, &place)?;
        text(property, "baseType", &place)?;
        if let Some(aspects) = property.get("aspects") {
            object(aspects, &format!("aspects of {place}"))?;
            optional(aspects, "pushType", "text", Json::is_string, &place)?;
            optional(aspects, "pushThreshold", "a number", Json::is_number, &place)?;
        }
    }
    for (name, service) in of("serviceDefinitions")? {
        let place = format!("the service {name}");
        object(service, &place)?;
        let Some(inputs) = service.get("Inputs") else { continue };
        object(inputs, &format!("Inputs of {place}"))?;
        let Some(fields) = inputs.get("fieldDefinitions") else { continue };
        for (name, field) in object(fields, &format!("Inputs of {place}"))? {
            let place = format!("the parameter {name} of {place}");
            object(field, &place)?;
            text(field, "baseType", &place)?;
        }
    }
    for (name, event) in of("eventDefinitions")? {
        object(event, &format!("the event {name}"))?;
    }
    Ok(())
}

fn member<'a>(json: &'a Json, name: &str, place: &str) -> Result<&'a Json, String> {
    json.get(name).ok_or_else(|| format!("{place}: there is no {name}"))
}

fn object<'a>(json: &'a Json, place: &str) -> Result<&'a Map<String, Json>, String> {
    json.as_object().ok_or_else(|| format!("{place}: no JSON object"))
}

fn text(json: &Json, name: &str, place: &str) -> Result<(), String> {
    member(json, name, place)?;
    optional(json, name, "text", Json::is_string, place)
}

fn optional(
    json: &Json,
    name: &str,
    what: &str,
    is_right: impl FnOnce(&Json) -> bool,
    place: &str,
) -> Result<(), String> {
    if json.get(name).is_none_or(is_right) {
        Ok(())
    } else {
        Err(format!("{place}: {name} is not {what}"))
    }
}

/// Returns the type of a property, if the metadata define it.
pub(super) fn property_type(metadata: &Json, name: &str) -> Option<BaseType> {
    base_type(metadata.get("propertyDefinitions")?.get(name)?)
}

/// Returns the type of a parameter of a service, if the metadata define it.
pub(super) fn parameter_type(metadata: &Json, service: &str, name: &str) -> Option<BaseType> {
    let service = metadata.get("serviceDefinitions")?.get(service)?;
    base_type(service.get("Inputs")?.get("fieldDefinitions")?.get(name)?)
}

fn base_type(definition: &Json) -> Option<BaseType> {
    json::base_type(definition.get("baseType")?.as_str()?)
}

/// Returns the properties that metadata define, as a table of edgeName, pushType and
/// pushThreshold.
pub(super) fn subscriptions(metadata: &Json) -> Table {
    let mut table = Table::new([
        ("edgeName", BaseType::STRING),
        ("pushType", BaseType::STRING),
        ("pushThreshold", BaseType::NUMBER),
    ]);
    let definitions = metadata.get("propertyDefinitions").and_then(Json::as_object);
    for (name, definition) in definitions.into_iter().flatten() {
        let aspect = |name: &str| definition.get("aspects").and_then(|aspects| aspects.get(name));
        let push_type = aspect("pushType").and_then(Json::as_str).unwrap_or("ALWAYS");
        let threshold = aspect("pushThreshold").and_then(Json::as_f64).unwrap_or(0.0);
        table.push([name.as_str().into(), push_type.into(), threshold.into()]);
    }
    table
}

/// Returns the events that metadata define, as a table of edgeName.
pub(super) fn events(metadata: &Json) -> Table {
    let mut table = Table::new([("edgeName", BaseType::STRING)]);
    let definitions = metadata.get("eventDefinitions").and_then(Json::as_object);
    for name in definitions.into_iter().flat_map(|definitions| definitions.keys()) {
        table.push([name.as_str().into()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_that_are_kept_as_text_are_the_same_document() {
        let document = json!({
            "name": "Pump-\u{e9}\"\\\n",
            "propertyDefinitions": {"Speed": {"baseType": "NUMBER", "aspects": {"pushThreshold": 0.1}}},
            "serviceDefinitions": {"Restart": {"Inputs": {"fieldDefinitions": {}}}},
            "eventDefinitions": {"Overheated": null, "large": u64::MAX, "small": i64::MIN},
        });
        let metadata = Metadata::new(&document);
        assert_eq!(metadata.to_json(), document);
        assert_eq!(metadata.to_string(), metadata.as_str());
    }
}
