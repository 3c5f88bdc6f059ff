//! Which requests are stored while there is no connection, and their form: values are stored with
//! the time at which they arrived.

use alwayson::codec::{Characteristic, EntityType, Method};
use alwayson::message::Request;
use alwayson::serde_json::{self, Map, Value as Json, json};
use alwayson::value::json::{ShapeKey, encode, encode_table};
use alwayson::value::{Table, Value};

use super::request::{CONTENT, content};

/// The services that push values of properties with their times.
const PUSHES: [&str; 2] = ["UpdateSubscribedPropertyValues", "UpdatePropertyValues"];

/// The parameter of these services.
const VALUES: &str = "values";

/// Returns whether a request is stored: a write, a push or an event of a Thing.
pub(crate) fn is_kept(request: &Request) -> bool {
    let of_thing = request.entity_type == EntityType::THINGS;
    of_thing
        && match (request.method, request.characteristic) {
            (Method::Put, Characteristic::PROPERTIES) | (Method::Post, Characteristic::EVENTS) => {
                true
            }
            (Method::Post, Characteristic::SERVICES) => PUSHES.contains(&request.name.as_str()),
            _ => false,
        }
}

/// Returns the request to store. A write becomes a push, whose values have the time `now_ms`, in
/// milliseconds since 1970. In a push, values without a time get this time.
pub(crate) fn kept(request: Request, now_ms: i64) -> Request {
    match (request.method, request.characteristic) {
        (Method::Put, _) => written(&request, now_ms),
        (_, Characteristic::SERVICES) => pushed(request, now_ms),
        _ => request,
    }
}

/// Returns the parameters as a JSON object. Values of a table keep their types.
fn members(params: Option<&Table>) -> Map<String, Json> {
    let Some(params) = params else { return Map::new() };
    if let Some(text) = params.value(CONTENT).and_then(Value::as_str) {
        return serde_json::from_str(text).unwrap_or_default();
    }
    let of = |field: &alwayson::value::Field| {
        let cell = params.value(&field.name).cloned().unwrap_or_default();
        let cell = match cell {
            table @ Value::InfoTable(_) => table,
            cell => Value::Variant(Box::new(cell)),
        };
        (field.name.clone(), encode(&cell, ShapeKey::DataShape))
    };
    params.fields.iter().map(of).collect()
}

/// Returns the push for a write.
fn written(request: &Request, now_ms: i64) -> Request {
    let members = members(request.params.as_ref());
    let is_meant = |name: &&String| request.name == "*" || **name == request.name;
    let row = |(name, value): (&String, &Json)| json!({ "name": name, "value": value, "time": now_ms, "quality": "GOOD" });
    let rows: Vec<Json> = members.iter().filter(|(name, _)| is_meant(name)).map(row).collect();
    let field = |name: &str, base_type: &str| json!({ "name": name, "description": "", "baseType": base_type, "aspects": {} });
    let values = json!({ "rows": rows, "dataShape": { "fieldDefinitions": {
        "name": field("name", "STRING"),
        "value": field("value", "VARIANT"),
        "time": field("time", "DATETIME"),
        "quality": field("quality", "STRING"),
    } } });
    let params = content(&json!({ VALUES: values }));
    Request::invoke_service(&request.entity, "UpdatePropertyValues", Some(params))
}

/// Adds the time to the values of a push that have none.
fn pushed(mut request: Request, now_ms: i64) -> Request {
    let is_content = request.params.as_ref().is_some_and(|params| params.value(CONTENT).is_some());
    let mut members = match &request.params {
        Some(params) if !is_content => {
            let mut json = encode_table(params, ShapeKey::DataShape);
            json["rows"][0].take().as_object().cloned().unwrap_or_default()
        }
        params => members(params.as_ref()),
    };
    let rows = members.get_mut(VALUES).and_then(|values| values.get_mut("rows"));
    for row in rows.and_then(Json::as_array_mut).into_iter().flatten() {
        if let Some(row) = row.as_object_mut() {
            if row.get("time").is_none_or(Json::is_null) {
                row.insert("time".to_owned(), now_ms.into());
            }
        }
    }
    request.params = Some(content(&members.into()));
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(request: &Request) -> Json {
        let params = request.params.as_ref().unwrap();
        serde_json::from_str(params.value(CONTENT).unwrap().as_str().unwrap()).unwrap()
    }

    #[test]
    fn a_write_becomes_a_push_with_the_time_of_its_coming() {
        let params = Some(content(&json!({ "A": 1, "B": "x" })));
        let write = Request { params, ..Request::write_property("Pump", "*", 0) };
        let kept = kept(write, 7);
        assert_eq!(kept.name, "UpdatePropertyValues");
        assert_eq!(
            text(&kept)["values"]["rows"],
            json!([
                { "name": "A", "value": 1, "time": 7, "quality": "GOOD" },
                { "name": "B", "value": "x", "time": 7, "quality": "GOOD" },
            ])
        );
    }

    #[test]
    fn a_write_of_a_table_keeps_its_types() {
        let kept = kept(Request::write_property("Pump", "A", Value::Long(1 << 60)), 7);
        let value = json!({ "baseType": "LONG", "value": 1_i64 << 60 });
        assert_eq!(text(&kept)["values"]["rows"][0]["value"], value);
    }

    #[test]
    fn values_of_a_push_keep_their_times_and_others_get_one() {
        let rows = json!([{ "name": "A", "value": 1, "time": 3 }, { "name": "B", "value": 2 }]);
        let push = |params| Request::invoke_service("Pump", PUSHES[0], Some(params));
        let values = json!({ "values": { "rows": rows, "dataShape": {} } });
        let times = |kept: &Request| {
            let rows = text(kept)["values"]["rows"].clone();
            [rows[0]["time"].clone(), rows[1]["time"].clone()]
        };
        let of_object = kept(push(content(&values)), 7);
        assert_eq!(times(&of_object), [json!(3), json!(7)]);
        let mut table = Table::new([
            ("name", alwayson::BaseType::STRING),
            ("value", alwayson::BaseType::VARIANT),
            ("time", alwayson::BaseType::DATETIME),
        ]);
        table.push(["A".into(), 1.into(), alwayson::DateTime::from_millis(3).into()]);
        table.push(["B".into(), 2.into()]);
        let of_table = kept(push(Table::of([("values", table.into())])), 7);
        assert_eq!(times(&of_table), [json!(3), json!(7)]);
        let value = json!({ "baseType": "INTEGER", "value": 1 });
        assert_eq!(text(&of_table)["values"]["rows"][0]["value"], value);
    }

    #[test]
    fn writes_pushes_and_events_of_things_are_kept_and_nothing_else() {
        let service = |name| Request::invoke_service("Pump", name, None);
        for request in [
            Request::write_property("Pump", "A", 1),
            Request::fire_event("Pump", "E", None),
            service("UpdatePropertyValues"),
        ] {
            assert!(is_kept(&request), "{request}");
        }
        for request in [
            Request::read_property("Pump", "A"),
            service("Add"),
            Request { entity_type: EntityType::RESOURCES, ..service("UpdatePropertyValues") },
        ] {
            assert!(!is_kept(&request), "{request}");
        }
    }
}
