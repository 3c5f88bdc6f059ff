//! Reads the metadata of a Thing, from its edge's answer to `GetMetadata` (PROTOCOL.md §3).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use alwayson_codec::BaseType;
use indexmap::IndexMap;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::value::{Table, json};

/// The metadata of a Thing, as its edge has sent them: a JSON document with objects of properties,
/// services and events by name (PROTOCOL.md §3).
///
/// It is kept as text, which takes a tenth of the memory of a tree. Clones share it.
///
/// ```
/// use alwayson::platform::Metadata;
///
/// let text = r#"{"propertyDefinitions": {"Speed": {"baseType": "NUMBER"}}, "serviceDefinitions": {},
///     "eventDefinitions": {}}"#;
/// let metadata: Metadata = text.parse()?;
/// assert_eq!(metadata.as_str(), text);
///
/// let wrong = r#"{"propertyDefinitions": {"Speed": {"baseType": 7}}}"#;
/// assert_eq!(
///     wrong.parse::<Metadata>().unwrap_err().to_string(),
///     "the metadata are wrong at propertyDefinitions.Speed.baseType: \
///      invalid type: integer `7`, expected a string at line 1 column 48"
/// );
/// # Ok::<(), alwayson::platform::MetadataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Metadata(Arc<str>);

impl Metadata {
    /// Returns the text of the document.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the whole document, which takes time proportional to its length. Returns null if it is
    /// nested deeper than 127 levels.
    pub fn to_json(&self) -> Json {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Reads what this module uses. It was read before, so there is no error.
    fn read(&self) -> Option<Document<'_>> {
        serde_json::from_str(&self.0).map(|Object(document)| document).ok()
    }

    /// Returns the type of a property, if the metadata define it.
    pub(super) fn property_type(&self, name: &str) -> Option<BaseType> {
        self.read()?.properties.get(name)?.0.base_type()
    }

    /// Returns the type of a parameter of a service, if the metadata define it.
    pub(super) fn parameter_type(&self, service: &str, name: &str) -> Option<BaseType> {
        let document = self.read()?;
        let Object(service) = document.services.get(service)?;
        service.inputs.as_ref()?.0.field_definitions.as_ref()?.get(name)?.0.base_type()
    }

    /// Returns the properties that the metadata define, as a table of edgeName, pushType and
    /// pushThreshold.
    pub(super) fn subscriptions(&self) -> Table {
        let mut table = no_subscriptions();
        let definitions = self.read().map(|document| document.properties);
        for (Text(name), Object(definition)) in definitions.into_iter().flatten() {
            let aspects = definition.aspects.map(|Object(aspects)| aspects).unwrap_or_default();
            let push_type = aspects.push_type.map_or(Cow::Borrowed("ALWAYS"), |Text(text)| text);
            let threshold = aspects.push_threshold.unwrap_or(0.0);
            table.push([(&*name).into(), (&*push_type).into(), threshold.into()]);
        }
        table
    }

    /// Returns the events that the metadata define, as a table of edgeName.
    pub(super) fn events(&self) -> Table {
        let mut table = no_events();
        let definitions = self.read().map(|document| document.events);
        for (Text(name), _) in definitions.into_iter().flatten() {
            table.push([(&*name).into()]);
        }
        table
    }
}

/// Returns a table of edgeName, pushType and pushThreshold without rows.
pub(super) fn no_subscriptions() -> Table {
    Table::new([
        ("edgeName", BaseType::STRING),
        ("pushType", BaseType::STRING),
        ("pushThreshold", BaseType::NUMBER),
    ])
}

/// Returns a table of edgeName without rows.
pub(super) fn no_events() -> Table {
    Table::new([("edgeName", BaseType::STRING)])
}

impl FromStr for Metadata {
    type Err = MetadataError;

    /// Checks that metadata have the form of PROTOCOL.md §3: objects of properties, services and
    /// events by name. Members that the platform does not read may have any form.
    fn from_str(text: &str) -> Result<Self, MetadataError> {
        match serde_json::from_str::<Object<Document<'_>>>(text) {
            Ok(_) => Ok(Self(text.into())),
            Err(error) => Err(MetadataError::new(text, error)),
        }
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

/// The first thing that is wrong with the text of [`Metadata`], with its place.
#[derive(Debug, thiserror::Error)]
#[error("the metadata are {what}{place}: {error}", what = Self::what(.error), place = Place(.path))]
pub struct MetadataError {
    /// The members in which it is, from the outermost one; none for the document.
    path: Option<String>,
    error: serde_json::Error,
}

impl MetadataError {
    fn what(error: &serde_json::Error) -> &'static str {
        if error.is_data() { "wrong" } else { "no JSON" }
    }

    /// Reads the text again to find the place, which takes longer.
    fn new(text: &str, error: serde_json::Error) -> Self {
        let mut reader = serde_json::Deserializer::from_str(text);
        let found = serde_path_to_error::deserialize::<_, Object<Document<'_>>>(&mut reader);
        let path = found.err().filter(|_| error.is_data()).map(|found| found.path().to_string());
        Self { path: path.filter(|path| path != "."), error }
    }
}

struct Place<'a>(&'a Option<String>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|path| write!(f, " at {path}"))
    }
}

/// What is read of the metadata. Other members may have any form.
#[derive(serde::Deserialize)]
struct Document<'a> {
    #[serde(borrow, rename = "propertyDefinitions")]
    properties: Definitions<'a, Property<'a>>,
    #[serde(borrow, rename = "serviceDefinitions")]
    services: Definitions<'a, Service<'a>>,
    #[serde(borrow, rename = "eventDefinitions")]
    events: Definitions<'a, Event>,
}

/// Definitions by name, in the order of the document. Of a duplicate name the last one is kept.
type Definitions<'a, T> = IndexMap<Text<'a>, Object<T>>;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Property<'a> {
    #[serde(borrow)]
    base_type: Text<'a>,
    #[serde(borrow)]
    aspects: Option<Object<Aspects<'a>>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Aspects<'a> {
    #[serde(borrow)]
    push_type: Option<Text<'a>>,
    push_threshold: Option<f64>,
}

#[derive(serde::Deserialize)]
struct Service<'a> {
    #[serde(borrow, rename = "Inputs")]
    inputs: Option<Object<Inputs<'a>>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inputs<'a> {
    #[serde(borrow)]
    field_definitions: Option<Definitions<'a, Property<'a>>>,
}

#[derive(serde::Deserialize)]
struct Event {}

impl Property<'_> {
    fn base_type(&self) -> Option<BaseType> {
        json::base_type(&self.base_type.0)
    }
}

/// A text, which is borrowed if nothing is escaped in it.
#[derive(PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::borrow::Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What a JSON object represents. Without this, a list of its members in order would do as well.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, members: M) -> Result<Object<T>, M::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
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
            "eventDefinitions": {"Overheated": {"any": [null]}},
            "large": u64::MAX,
            "small": i64::MIN,
        });
        let metadata: Metadata = document.to_string().parse().unwrap();
        assert_eq!(metadata.to_json(), document);
        assert_eq!(metadata.to_string(), metadata.as_str());
    }

    #[test]
    fn a_name_that_is_escaped_is_found_and_of_a_duplicate_name_the_last_one_counts() {
        let metadata: Metadata = r#"{
            "propertyDefinitions": {
                "\u0053peed": {"baseType": "NUMBER", "aspects": {"pushType": "V\u0041LUE"}},
                "Name": {"baseType": "STRING"},
                "Name": {"baseType": "INTEGER", "aspects": null}
            },
            "serviceDefinitions": {
                "Set\n": {"Inputs": {"fieldDefinitions": {"\"to\"": {"baseType": "long"}}}},
                "Restart": {}
            },
            "eventDefinitions": {"Hot\t": {}, "Cold": {"unknown": [{"baseType": 7}]}}
        }"#
        .parse()
        .unwrap();
        assert_eq!(metadata.property_type("Speed"), Some(BaseType::NUMBER));
        assert_eq!(metadata.property_type("Name"), Some(BaseType::INTEGER));
        assert_eq!(metadata.property_type("speed"), None);
        assert_eq!(metadata.parameter_type("Set\n", "\"to\""), Some(BaseType::LONG));
        assert_eq!(metadata.parameter_type("Restart", "to"), None);
        let mut subscriptions = no_subscriptions();
        subscriptions.push(["Speed".into(), "VALUE".into(), 0.0.into()]);
        subscriptions.push(["Name".into(), "ALWAYS".into(), 0.0.into()]);
        assert_eq!(metadata.subscriptions(), subscriptions);
        let mut events = no_events();
        events.push(["Hot\t".into()]);
        events.push(["Cold".into()]);
        assert_eq!(metadata.events(), events);
    }

    #[test]
    fn metadata_may_be_nested_deeper_than_a_tree_of_them() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let text = format!(
            r#"{{"deep": {deep}, "propertyDefinitions": {{}}, "serviceDefinitions": {{}},
                "eventDefinitions": {{"Hot": {{}}}}}}"#
        );
        let metadata: Metadata = text.parse().unwrap();
        assert_eq!(metadata.events().rows().len(), 1);
        assert_eq!(metadata.to_json(), Json::Null);
    }
}
