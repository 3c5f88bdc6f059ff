//! Values to JSON.

use alwayson_codec::{BaseType, DateTime, Location, ThingCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use super::super::{Field, Row, Table, TimeSpan, Value};
use super::{NO_TIME, ShapeKey};

/// What stands for a password.
const MASK: &str = "***";

/// What the JSON is for.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// For another program, which reads it back.
    Exchanged(ShapeKey),
    /// For people: secrets masked, times in UTC, VARIANTs as what they enclose,
    /// tables as a list of their rows.
    Shown,
}

/// The JSON of a value that is shown.
pub(in super::super) fn shown(value: &Value) -> Json {
    self::value(value, Form::Shown)
}

/// The JSON of a row that is shown.
pub(in super::super) fn shown_row(row: Row<'_>) -> Json {
    self::row(row, Form::Shown)
}

/// The JSON of a table that is shown.
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

/// A number. JSON has none that is not finite: people are told which it is, so that
/// it is not taken for NOTHING.
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

/// An object of these members. The macro `json!` would copy them.
fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    members.into_iter().map(|(name, json)| (name.to_owned(), json)).collect::<Map<_, _>>().into()
}

/// The name of a base type; its number where it has none.
fn type_name(base_type: BaseType) -> Json {
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

fn definition(field: &Field) -> Json {
    // One key here: two would double what a table in an aspect of a table takes.
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

/// An object; a cell without a field is named by its place, from 0.
fn row(row: Row<'_>, form: Form) -> Json {
    let mut object = Map::new();
    for (place, (field, cell)) in row.with_fields().enumerate() {
        let name = field.map_or_else(|| place.to_string(), |field| field.name.clone());
        // The first of several fields of one name is the one that is read.
        let is_masked = matches!(form, Form::Shown) && field.is_some_and(|field| field.masks(cell));
        object
            .entry(name)
            .or_insert_with(|| if is_masked { Json::from(MASK) } else { value(cell, form) });
    }
    object.into()
}
