//! Converts values to JSON.

use alwayson_codec::{BaseType, DateTime, Location, ThingCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use super::super::{Field, Row, Table, TimeSpan, Value};
use super::{NO_TIME, ShapeKey};

/// The text that replaces a password.
const MASK: &str = "***";

/// The purpose of the JSON.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// For programs: can be read back.
    Exchanged(ShapeKey),
    /// For display: passwords are masked, times are in UTC, a VARIANT is the value that it
    /// encloses, and a table is a list of its rows.
    Shown,
}

/// Returns the JSON of a value for display.
pub(in super::super) fn shown(value: &Value) -> Json {
    self::value(value, Form::Shown)
}

/// Returns the JSON of a row for display.
pub(in super::super) fn shown_row(row: Row<'_>) -> Json {
    self::row(row, Form::Shown)
}

/// Returns the JSON of a table for display.
pub(in super::super) fn shown_rows(table: &Table) -> Json {
    rows(table, Form::Shown)
}

pub(super) fn value(value: &Value, form: Form) -> Json {
    match (value, form) {
        (Value::Nothing, _) => Json::Null,
        (Value::Text(BaseType::PASSWORD, _), Form::Shown) => Json::from(MASK),
        (Value::Text(BaseType::JSON | BaseType::QUERY, text), _) => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::from(text.as_str()))
        }
        (Value::Text(_, text), _) => Json::from(text.as_str()),
        (Value::Number(number), _) => self::number(*number, form),
        (Value::Integer(integer), _) => Json::from(*integer),
        (Value::Long(long), _) => Json::from(*long),
        (Value::Boolean(boolean), _) => Json::from(*boolean),
        (Value::DateTime(time), Form::Exchanged(_)) => Json::from(time.to_millis()),
        (Value::DateTime(time), Form::Shown) => Json::from(time.to_string()),
        (Value::Location(Location { longitude, latitude, elevation }), _) => numbers(
            [("latitude", *latitude), ("longitude", *longitude), ("elevation", *elevation)],
            form,
        ),
        (Value::Binary(_, bytes), _) => Json::from(BASE64.encode(bytes)),
        (Value::Variant(inner), Form::Exchanged(_)) => {
            in_variant(self::value(inner, form), inner.base_type())
        }
        (Value::Variant(inner), Form::Shown) => self::value(inner, form),
        (Value::InfoTable(table), Form::Exchanged(key)) => self::table(table, key),
        (Value::InfoTable(table), Form::Shown) => rows(table, form),
        (Value::TimeSpan(TimeSpan { start, end, period }), _) => {
            let side = |time: &Option<DateTime>| match (form, time) {
                (Form::Exchanged(_), time) => json!(time.map_or(NO_TIME, DateTime::to_millis)),
                (Form::Shown, time) => json!(time.map(|time| time.to_string())),
            };
            json!({"start": side(start), "end": side(end), "period": period})
        }
        (Value::Vec2([x, y]), _) => numbers([("x", *x), ("y", *y)], form),
        (Value::Vec3([x, y, z]), _) => numbers([("x", *x), ("y", *y), ("z", *z)], form),
        (Value::Vec4([x, y, z, w]), _) => {
            numbers([("x", *x), ("y", *y), ("z", *z), ("w", *w)], form)
        }
        (Value::ThingCode(ThingCode { domain, instance }), _) => {
            json!({"domain": domain, "instance": instance})
        }
    }
}

/// Returns the JSON of a number. JSON has no numbers that are not finite: on display they are
/// strings, so that they are not mistaken for NOTHING.
fn number(number: f64, form: Form) -> Json {
    match form {
        Form::Shown if number.is_nan() => Json::from("NaN"),
        Form::Shown if number.is_infinite() && number > 0.0 => Json::from("Infinity"),
        Form::Shown if number.is_infinite() => Json::from("-Infinity"),
        _ => Json::from(number),
    }
}

fn numbers<const N: usize>(members: [(&str, f64); N], form: Form) -> Json {
    object(members.map(|(name, value)| (name, number(value, form))))
}

pub(super) fn in_variant(value: Json, base_type: BaseType) -> Json {
    object([("baseType", type_name(base_type)), ("value", value)])
}

/// Returns an object of these members. The macro `json!` would copy them.
fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    members.into_iter().map(|(name, json)| (name.to_owned(), json)).collect::<Map<_, _>>().into()
}

/// Returns the name of a base type, or its number if it has none.
pub(super) fn type_name(base_type: BaseType) -> Json {
    base_type.name().map_or_else(|| Json::from(base_type.to_u8()), Json::from)
}

pub(super) fn table(table: &Table, key: ShapeKey) -> Json {
    let mut definitions = Map::new();
    for field in &table.fields {
        if !definitions.contains_key(&field.name) {
            definitions.insert(field.name.clone(), definition(field));
        }
    }
    let shape = object([("fieldDefinitions", definitions.into())]);
    let rows = rows(table, Form::Exchanged(key));
    match key {
        ShapeKey::DataShape => object([("rows", rows), ("dataShape", shape)]),
        ShapeKey::Lowercase => object([("rows", rows), ("datashape", shape)]),
        ShapeKey::Both => {
            object([("rows", rows), ("dataShape", shape.clone()), ("datashape", shape)])
        }
    }
}

pub(super) fn definition(field: &Field) -> Json {
    // A single key: with both, a table in an aspect of a table would double in size at each level.
    let form = Form::Exchanged(ShapeKey::DataShape);
    let aspects =
        field.aspects.iter().map(|(name, value)| (name.clone(), self::value(value, form)));
    let aspects: Map<_, _> = aspects.collect();
    object([
        ("name", field.name.as_str().into()),
        ("description", field.description.as_str().into()),
        ("baseType", type_name(field.base_type)),
        ("aspects", aspects.into()),
    ])
}

fn rows(table: &Table, form: Form) -> Json {
    table.rows().map(|row| self::row(row, form)).collect()
}

/// Returns a row as an object. A cell without a field is named by its index, from 0.
fn row(row: Row<'_>, form: Form) -> Json {
    let mut object = Map::new();
    for (place, (field, cell)) in row.with_fields().enumerate() {
        let name = field.map_or_else(|| place.to_string(), |field| field.name.clone());
        // If several fields have the same name, the first one counts.
        let is_masked = matches!(form, Form::Shown) && field.is_some_and(|field| field.masks(cell));
        object
            .entry(name)
            .or_insert_with(|| if is_masked { Json::from(MASK) } else { value(cell, form) });
    }
    object.into()
}
