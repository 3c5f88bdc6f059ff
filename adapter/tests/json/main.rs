//! Values and JSON: there and back, and what is read besides.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `main.rs` | the forms of each type, of tables, of what has no type |
//! | `errors.rs` | what is wrong, and where; the bounds of what is read |
//! | `law.rs` | what holds for any JSON, for the fuzz target, too |
//! | `laws.rs` | any value and any JSON, there and back |

mod errors;
mod law;
mod laws;

use alwayson::value::json::{self, ShapeKey};
use alwayson::value::{Table, TimeSpan, Value};
use alwayson_codec::{BaseType, DateTime, Location, ThingCode};
use serde_json::{Value as Json, json};

const KEYS: [ShapeKey; 3] = [ShapeKey::DataShape, ShapeKey::Lowercase, ShapeKey::Both];

fn variant(value: impl Into<Value>) -> Value {
    Value::Variant(Box::new(value.into()))
}

fn text(base_type: BaseType, text: &str) -> Value {
    Value::Text(base_type, text.to_owned())
}

fn time(millis: i64) -> Value {
    DateTime::from_millis(millis).into()
}

fn place(latitude: f64, longitude: f64, elevation: f64) -> Value {
    Location { longitude, latitude, elevation }.into()
}

fn span(start: Option<i64>, end: Option<i64>, period: &str) -> Value {
    let side = |millis: Option<i64>| millis.map(DateTime::from_millis);
    Value::TimeSpan(TimeSpan { start: side(start), end: side(end), period: period.to_owned() })
}

/// Writes a value as the text of a JSON, and reads that.
fn there_and_back(value: &Value, base_type: BaseType, key: ShapeKey) -> Value {
    let text = json::encode(value, key).to_string();
    json::decode(&serde_json::from_str(&text).unwrap(), base_type).unwrap()
}

#[test]
fn a_value_of_each_type_is_written_and_read_as_the_table_says() {
    let table = Table::of([("a", 1.5.into())]);
    let shape = json!({"fieldDefinitions": {
        "a": {"name": "a", "description": "", "baseType": "NUMBER", "aspects": {}},
    }});
    for (value, written) in [
        ("text".into(), json!("text")),
        (Value::password("secret"), json!("secret")),
        (text(BaseType::XML, "<a/>"), json!("<a/>")),
        (text(BaseType::TAGS, "Voc:Term"), json!("Voc:Term")),
        (text(BaseType::SCHEDULE, "0/5 * * * * ?"), json!("0/5 * * * * ?")),
        (text(BaseType::THINGNAME, "Pump"), json!("Pump")),
        (text(BaseType::JSON, r#"{"b":[1,null],"a":""}"#), json!({"b": [1, null], "a": ""})),
        (text(BaseType::QUERY, r#"{"filters":{}}"#), json!({"filters": {}})),
        (21.5.into(), json!(21.5)),
        ((-7).into(), json!(-7)),
        (i64::MIN.into(), json!(i64::MIN)),
        (true.into(), json!(true)),
        (time(1_700_000_000_123), json!(1_700_000_000_123_i64)),
        (
            place(48.1, 11.5, 519.25),
            json!({"latitude": 48.1, "longitude": 11.5, "elevation": 519.25}),
        ),
        (Value::blob([0, 255, 7]), json!("AP8H")),
        (Value::Binary(BaseType::IMAGE, vec![1]), json!("AQ==")),
        (
            span(Some(1_700_000_000_000), None, "1h"),
            json!({"start": 1_700_000_000_000_i64, "end": -1, "period": "1h"}),
        ),
        (Value::Vec2([1.5, 2.5]), json!({"x": 1.5, "y": 2.5})),
        (Value::Vec3([1.5, 2.5, -3.0]), json!({"x": 1.5, "y": 2.5, "z": -3.0})),
        (Value::Vec4([1.5, 2.5, -3.0, 0.0]), json!({"x": 1.5, "y": 2.5, "z": -3.0, "w": 0.0})),
        (
            Value::ThingCode(ThingCode { domain: 7, instance: i64::MAX }),
            json!({"domain": 7, "instance": i64::MAX}),
        ),
        (text(BaseType::PROJECTNAME, "P"), json!("P")),
        (variant(1.5), json!({"baseType": "NUMBER", "value": 1.5})),
        (
            variant(variant("x")),
            json!({
                "baseType": "VARIANT", "value": {"baseType": "STRING", "value": "x"},
            }),
        ),
        (table.into(), json!({"rows": [{"a": 1.5}], "dataShape": shape})),
    ] {
        assert_eq!(json::encode(&value, ShapeKey::DataShape), written, "{value:?}");
        let read = json::decode(&written, value.base_type()).unwrap();
        assert_eq!(read, value);
        assert_eq!(read.base_type(), value.base_type());
    }
}

#[test]
fn null_is_nothing_for_every_type() {
    for base_type in BaseType::ALL {
        assert_eq!(json::decode(&Json::Null, *base_type), Ok(Value::Nothing), "{base_type}");
    }
    assert_eq!(json::encode(&Value::Nothing, ShapeKey::Both), Json::Null);
}

#[test]
fn what_json_has_no_numbers_for_is_null() {
    let read = |value: Value| there_and_back(&value, value.base_type(), ShapeKey::DataShape);
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(read(number.into()), Value::Nothing);
        let location = read(place(1.5, number, 2.5)).as_location().unwrap();
        assert!(location.longitude.is_nan(), "{location:?}");
        assert_eq!((location.latitude, location.elevation), (1.5, 2.5));
    }
}

#[test]
fn other_forms_of_a_value_are_read_too() {
    for (written, base_type, value) in [
        (json!("1.5"), BaseType::NUMBER, Value::Number(1.5)),
        (json!(" -7 "), BaseType::INTEGER, Value::Integer(-7)),
        (json!(7.0), BaseType::INTEGER, Value::Integer(7)),
        (json!("9223372036854775807"), BaseType::LONG, Value::Long(i64::MAX)),
        (json!(-9_223_372_036_854_775_808.0), BaseType::LONG, Value::Long(i64::MIN)),
        (json!("TRUE"), BaseType::BOOLEAN, Value::Boolean(true)),
        (json!("False"), BaseType::BOOLEAN, Value::Boolean(false)),
        (json!(0), BaseType::BOOLEAN, Value::Boolean(false)),
        (json!(-0.5), BaseType::BOOLEAN, Value::Boolean(true)),
        (json!("1700000000000"), BaseType::DATETIME, time(1_700_000_000_000)),
        (json!(1_700_000_000_000.75), BaseType::DATETIME, time(1_700_000_000_000)),
        (json!(-0.25), BaseType::DATETIME, time(-1)),
        (json!("2023-11-14T22:13:20.001Z"), BaseType::DATETIME, time(1_700_000_000_001)),
        (json!("2023-11-14T23:13:20+01:00"), BaseType::DATETIME, time(1_700_000_000_000)),
        (json!("2023-11-14T23:13:20+0100"), BaseType::DATETIME, time(1_700_000_000_000)),
        (json!("2023-11-14T22:13:20"), BaseType::DATETIME, time(1_700_000_000_000)),
        (json!("1970-01-02"), BaseType::DATETIME, time(86_400_000)),
        (json!("1969-12-31T23:59:59.9995Z"), BaseType::DATETIME, time(-1)),
        (json!("48.1,11.5,519.25"), BaseType::LOCATION, place(48.1, 11.5, 519.25)),
        (json!("48.1, 11.5"), BaseType::LOCATION, place(48.1, 11.5, 0.0)),
        (
            json!({"latitude": "48.1", "longitude": 11.5, "units": "WGS84"}),
            BaseType::LOCATION,
            place(48.1, 11.5, 0.0),
        ),
        (json!({}), BaseType::TIMESPAN, span(None, None, "")),
        (
            json!({"start": "1970-01-01", "end": "86400000", "period": null}),
            BaseType::TIMESPAN,
            span(Some(0), Some(86_400_000), ""),
        ),
        (json!({"x": "1.5", "y": 2, "z": 3}), BaseType::VEC2, Value::Vec2([1.5, 2.0])),
        (json!("AQ"), BaseType::BLOB, Value::blob([1])),
        (json!(77), BaseType::VARIANT, variant(77.0)),
        (json!("GOOD"), BaseType::VARIANT, variant("GOOD")),
        (
            json!({"baseType": "X", "value": 1}),
            BaseType::VARIANT,
            variant(Value::json(&json!({"baseType": "X", "value": 1}))),
        ),
        (json!(r#"{"filters":{}}"#), BaseType::QUERY, text(BaseType::QUERY, r#"{"filters":{}}"#)),
        (json!([true]), BaseType::JSON, text(BaseType::JSON, "[true]")),
        (json!("x"), BaseType::NOTHING, "x".into()),
    ] {
        let read = json::decode(&written, base_type);
        assert_eq!(read, Ok(value), "{written} as {base_type}");
    }
}

#[test]
fn where_no_type_is_known_json_is_what_it_looks_like() {
    let shape = json!({"fieldDefinitions": {"a": {"baseType": "LONG"}}});
    let table = Value::from(Table::of([("a", Value::Long(5))]));
    for (written, value) in [
        (json!(null), Value::Nothing),
        (json!(true), true.into()),
        (json!(12.5), 12.5.into()),
        (json!(77), 77.0.into()),
        (json!(9_007_199_254_740_993_i64), Value::Long(9_007_199_254_740_993)),
        (json!("5"), "5".into()),
        (json!([1]), text(BaseType::JSON, "[1]")),
        (json!({"a": 1}), text(BaseType::JSON, r#"{"a":1}"#)),
        (json!({"rows": [{"a": 1}]}), text(BaseType::JSON, r#"{"rows":[{"a":1}]}"#)),
        (json!({"dataShape": shape, "rows": [{"a": 5}]}), table.clone()),
        (json!({"rows": [{"a": 5}], "datashape": shape}), table),
        (json!({"baseType": "INTEGER", "value": 5}), variant(5)),
    ] {
        assert_eq!(json::decode_untyped(&written), Ok(value), "{written}");
    }
}

#[test]
fn a_cell_without_a_definition_is_what_it_looks_like_and_no_member_is_lost() {
    let table = json::decode_table(&json!({
        "dataShape": {"fieldDefinitions": {
            "Speed": {"baseType": "LONG", "description": "of the belt", "ordinal": 3},
            "label": {},
        }},
        "rows": [
            {"SPEED": 5, "Label": "a", "extra": 1.5, "mixed": null},
            {"speed": 6, "Speed": 7, "mixed": 1},
            {"mixed": "x", "label": "b"},
            {},
        ],
    }))
    .unwrap();
    let fields: Vec<_> =
        table.fields.iter().map(|field| (field.name.as_str(), field.base_type)).collect();
    let expected = [
        ("Speed", BaseType::LONG),
        ("label", BaseType::STRING),
        ("extra", BaseType::NUMBER),
        ("mixed", BaseType::VARIANT),
        ("speed", BaseType::NUMBER),
    ];
    assert_eq!(fields, expected);
    assert_eq!(table.fields[0].description, "of the belt");
    let rows: Vec<_> = table.rows().map(|row| row.cells.to_vec()).collect();
    let none = Value::Nothing;
    assert_eq!(rows[0], [5_i64.into(), "a".into(), 1.5.into(), none.clone()]);
    assert_eq!(rows[1], [7_i64.into(), none.clone(), none.clone(), variant(1.0), 6.0.into()]);
    assert_eq!(rows[2], [none.clone(), "b".into(), none, variant("x")]);
    assert_eq!(rows[3], []);
}

#[test]
fn a_table_is_written_as_it_is_read_by_either_kind_of_reader() {
    let table = Table::of([("inner", Table::of([("a", 1.into())]).into())]);
    let both = json::encode_table(&table, ShapeKey::Both);
    assert_eq!(both["dataShape"], both["datashape"]);
    assert_eq!(both["rows"][0]["inner"]["datashape"], both["rows"][0]["inner"]["dataShape"]);
    assert!(both.to_string().starts_with(r#"{"rows":[{"inner":"#), "{both}");
    let lowercase = json::encode_table(&table, ShapeKey::Lowercase);
    assert_eq!(lowercase.get("dataShape"), None);
    assert_eq!(lowercase["datashape"], both["datashape"]);
    for key in KEYS {
        assert_eq!(json::decode_table(&json::encode_table(&table, key)), Ok(table.clone()));
    }
}

#[test]
fn a_base_type_without_a_name_is_its_number_in_a_shape() {
    let table = Table::new([("later", BaseType::from_u8(200))]);
    let written = json::encode_table(&table, ShapeKey::DataShape);
    assert_eq!(written["dataShape"]["fieldDefinitions"]["later"]["baseType"], 200);
    assert_eq!(json::decode_table(&written), Ok(table));
}

#[test]
fn tables_in_aspects_take_no_more_room_with_two_keys_than_with_one() {
    let mut table = Table::of([("a", 1.into())]);
    for _ in 0..12 {
        let mut outer = Table::of([("a", 1.into())]);
        outer.fields[0].aspects.push(("default".to_owned(), table.into()));
        table = outer;
    }
    let len = |key| json::encode_table(&table, key).to_string().len();
    assert!(len(ShapeKey::Both) < 2 * len(ShapeKey::DataShape));
}

#[test]
fn cells_and_fields_that_no_object_can_have_are_named_or_left_out() {
    let mut table = Table::new([("a", BaseType::NUMBER), ("a", BaseType::STRING)]);
    table.push([1.5.into(), "x".into(), true.into()]);
    let read = json::decode_table(&json::encode_table(&table, ShapeKey::DataShape)).unwrap();
    assert_eq!(read, Table::of([("a", 1.5.into()), ("2", true.into())]));
    let no_json = text(BaseType::JSON, "{broken");
    assert_eq!(json::encode(&no_json, ShapeKey::DataShape), json!("{broken"));
}
