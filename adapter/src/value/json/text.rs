//! Converts tables to the text of their JSON, without the JSON in between.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value as Json;

use super::super::{Field, Table, Value};
use super::ShapeKey;
use super::encode::{Form, definition, type_name, value};

// A vector takes all that is written, and the keys of JSON are strings: no write fails.

fn put_json(text: &mut Vec<u8>, json: &Json) {
    let _ = serde_json::to_writer(text, json);
}

fn put_string(text: &mut Vec<u8>, string: &str) {
    let _ = serde_json::to_writer(text, string);
}

/// Appends the members of an object. If several have the same name, the first one counts.
fn put_object<'n, T>(
    text: &mut Vec<u8>,
    members: impl Iterator<Item = (Cow<'n, str>, T)>,
    put_value: impl Fn(&mut Vec<u8>, T),
) {
    let mut before = HashSet::new();
    // Most objects have one member: it is compared with none, and takes no memory.
    let mut last = None;
    text.push(b'{');
    for (name, value) in members {
        before.extend(last.take());
        if before.contains(&name) {
            continue;
        }
        if !before.is_empty() {
            text.push(b',');
        }
        put_string(text, &name);
        text.push(b':');
        put_value(text, value);
        last = Some(name);
    }
    text.push(b'}');
}

fn put_cell(text: &mut Vec<u8>, cell: &Value, key: ShapeKey) {
    match cell {
        Value::InfoTable(table) => put_table(text, table, key),
        cell => put_json(text, &value(cell, Form::Exchanged(key))),
    }
}

fn put_definition(text: &mut Vec<u8>, field: &Field) {
    if !field.aspects.is_empty() {
        return put_json(text, &definition(field));
    }
    text.extend_from_slice(br#"{"name":"#);
    put_string(text, &field.name);
    text.extend_from_slice(br#","description":"#);
    put_string(text, &field.description);
    text.extend_from_slice(br#","baseType":"#);
    put_json(text, &type_name(field.base_type));
    text.extend_from_slice(br#","aspects":{}}"#);
}

/// Appends the text of the JSON of a table.
pub(super) fn put_table(text: &mut Vec<u8>, table: &Table, key: ShapeKey) {
    text.extend_from_slice(br#"{"rows":["#);
    for (index, row) in table.rows().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        let cells = row.with_fields().enumerate().map(|(place, (field, cell))| {
            let number = || Cow::from(place.to_string());
            (field.map_or_else(number, |field| Cow::from(field.name.as_str())), cell)
        });
        put_object(text, cells, |text, cell| put_cell(text, cell, key));
    }
    text.push(b']');
    let mut definitions = Vec::new();
    let fields = table.fields.iter().map(|field| (Cow::from(field.name.as_str()), field));
    put_object(&mut definitions, fields, put_definition);
    let keys: &[&str] = match key {
        ShapeKey::DataShape => &["dataShape"],
        ShapeKey::Lowercase => &["datashape"],
        ShapeKey::Both => &["dataShape", "datashape"],
    };
    for key in keys {
        text.push(b',');
        put_string(text, key);
        text.extend_from_slice(br#":{"fieldDefinitions":"#);
        text.extend_from_slice(&definitions);
        text.push(b'}');
    }
    text.push(b'}');
}
