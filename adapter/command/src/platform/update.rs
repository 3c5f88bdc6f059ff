//! An update of a Thing, a property or an event of an edge, as a line or as a JSON object.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use alwayson::platform::{Property, Update};
use alwayson::value::ToJson;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::show;

/// Returns the Thing that an update concerns, the name of what it changes, and its text.
pub(super) fn shown(update: &Update, now: SystemTime) -> ([Cow<'_, str>; 2], String) {
    let (thing, name, text) = match update {
        Update::Property { thing, name, property } => {
            let value = show::value(&property.value);
            let moment = match time_of(property) {
                Some(time) => show::moment(time, now),
                None => property.time.to_string(),
            };
            let end = ["= ", &value, " (", &property.quality, ", ", &moment, ")"].concat();
            (thing, name, end)
        }
        Update::Event { thing, name, data } => {
            (thing, name, data.as_ref().map(|data| data.to_json().to_string()).unwrap_or_default())
        }
        _ => {
            let text = "of a kind that this command does not know".to_owned();
            return (Default::default(), text);
        }
    };
    ([show::name(thing), show::name(name)], show::into_plain(text))
}

/// Returns the time of a property, if it is one.
fn time_of(property: &Property) -> Option<SystemTime> {
    let millis = property.time.as_datetime()?.to_millis();
    let since = Duration::from_millis(u64::try_from(millis).ok()?);
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// Returns an update as a JSON object.
pub(super) fn json(update: &Update, event: &str, time: &str) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'a> {
        event: &'a str,
        time: &'a str,
        thing: &'a str,
        name: &'a str,
        value: Json,
        value_time: Json,
        quality: &'a str,
    }
    #[derive(Serialize)]
    struct Fired<'a> {
        event: &'a str,
        time: &'a str,
        thing: &'a str,
        name: &'a str,
        data: Option<Json>,
    }
    let text = match update {
        Update::Property { thing, name, property } => serde_json::to_string(&Written {
            event,
            time,
            thing,
            name,
            value: property.value.to_json(),
            value_time: time_of(property)
                .map_or_else(|| property.time.to_json(), |time| show::utc(time).into()),
            quality: &property.quality,
        }),
        Update::Event { thing, name, data } => {
            let data = data.as_ref().map(ToJson::to_json);
            serde_json::to_string(&Fired { event, time, thing, name, data })
        }
        _ => Ok(json!({"event": event, "time": time}).to_string()),
    };
    text.unwrap_or_else(|error| json!({"event": event, "error": error.to_string()}).to_string())
}
