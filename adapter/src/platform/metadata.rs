//! What the metadata of a Thing say: its edge's answer to `GetMetadata` (section 3).

use alwayson_codec::BaseType;
use serde_json::Value as Json;

use crate::value::{Table, json};

/// The type that metadata say a property has.
pub(super) fn property_type(metadata: &Json, name: &str) -> Option<BaseType> {
    base_type(metadata.get("propertyDefinitions")?.get(name)?)
}

/// The type that metadata say a parameter of a service has.
pub(super) fn parameter_type(metadata: &Json, service: &str, name: &str) -> Option<BaseType> {
    let service = metadata.get("serviceDefinitions")?.get(service)?;
    base_type(service.get("Inputs")?.get("fieldDefinitions")?.get(name)?)
}

fn base_type(definition: &Json) -> Option<BaseType> {
    json::base_type(definition.get("baseType")?.as_str()?)
}

/// The properties that metadata define, as a table of edgeName, pushType and
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

/// The events that metadata define, as a table of edgeName.
pub(super) fn events(metadata: &Json) -> Table {
    let mut table = Table::new([("edgeName", BaseType::STRING)]);
    let definitions = metadata.get("eventDefinitions").and_then(Json::as_object);
    for name in definitions.into_iter().flat_map(|definitions| definitions.keys()) {
        table.push([name.as_str().into()]);
    }
    table
}
