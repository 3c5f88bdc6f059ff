//! Any value that JSON can carry, and any JSON, there and back.

use std::path::Path;

use alwayson::value::json;
use alwayson::value::{Field, Table, Value};
use alwayson_codec::{BaseType, ThingCode};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::law::is_read_alike;
use super::{KEYS, place, span, text, there_and_back, time, variant};

/// Every text of a type whose values are text, but JSON and QUERY.
fn plain_text() -> impl Strategy<Value = BaseType> {
    let is_plain = |base_type: &BaseType| {
        base_type.is_text() && !matches!(*base_type, BaseType::JSON | BaseType::QUERY)
    };
    let types: Vec<_> = BaseType::ALL.iter().copied().filter(is_plain).collect();
    prop::sample::select(types)
}

fn finite() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("JSON has finite numbers", |number| number.is_finite()),
        (-1000..1000).prop_map(f64::from),
    ]
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        finite().prop_map(Json::from),
        ".{0,8}".prop_map(Json::from),
        prop::sample::select(vec!["TRUE", "1e3", "2023-11-14T22:13:20Z", "1,2", "AQ==", "LONG"])
            .prop_map(Json::from),
    ];
    let name = prop_oneof![
        ".{0,3}",
        prop::sample::select(vec![
            "rows",
            "dataShape",
            "datashape",
            "fieldDefinitions",
            "baseType",
            "value",
            "aspects",
            "a",
            "A",
            "latitude",
            "longitude",
            "elevation",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let shape = prop::collection::btree_map(name.clone(), inner.clone(), 0..4)
            .prop_map(|fields| json!({ "fieldDefinitions": fields }));
        let rows = vec(prop::collection::btree_map(name.clone(), inner.clone(), 0..4), 0..4);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(name.clone(), inner.clone(), 0..5)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
            (shape, rows).prop_map(|(shape, rows)| json!({ "dataShape": shape, "rows": rows })),
            (prop::sample::select(BaseType::ALL.to_vec()), inner).prop_map(|(base_type, inner)| {
                json!({ "baseType": base_type.to_string(), "value": inner })
            }),
        ]
    })
}

/// A value that JSON can carry, and that is not NOTHING.
fn any_value() -> impl Strategy<Value = Value> {
    let json_text = any_json().prop_filter("null is NOTHING", |json| !json.is_null());
    let query = prop::collection::btree_map(".{0,3}", any_json(), 0..3);
    let leaf = prop_oneof![
        (plain_text(), ".{0,12}").prop_map(|(base_type, text)| Value::Text(base_type, text)),
        json_text.prop_map(|json| Value::json(&json)),
        query.prop_map(|query| text(BaseType::QUERY, &json!(query).to_string())),
        finite().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(time),
        (finite(), finite(), finite()).prop_map(|(a, b, c)| place(a, b, c)),
        (any::<[i64; 2]>(), ".{0,3}").prop_map(|([start, end], period)| {
            // -1 is none.
            let side = |millis: i64| Some(millis).filter(|millis| *millis != -1);
            span(side(start), side(end), &period)
        }),
        (finite(), finite()).prop_map(|(x, y)| Value::Vec2([x, y])),
        (finite(), finite(), finite()).prop_map(|(x, y, z)| Value::Vec3([x, y, z])),
        (finite(), finite(), finite(), finite()).prop_map(|(x, y, z, w)| Value::Vec4([x, y, z, w])),
        any::<(i32, i64)>()
            .prop_map(|(domain, instance)| Value::ThingCode(ThingCode { domain, instance })),
        (any::<bool>(), vec(any::<u8>(), 0..12)).prop_map(|(is_image, bytes)| {
            Value::Binary(if is_image { BaseType::IMAGE } else { BaseType::BLOB }, bytes)
        }),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let cell = |value: &Value| value.clone();
        prop_oneof![
            inner.clone().prop_map(variant),
            // A column is a value and how many rows have it.
            vec((".{1,6}", ".{0,6}", inner), 0..5)
                .prop_flat_map(move |columns| {
                    let rows = vec(vec(any::<bool>(), columns.len()), 0..4);
                    (Just(columns), rows)
                })
                .prop_map(move |(columns, rows)| {
                    let mut table = Table::default();
                    let mut is_new = Vec::new();
                    for (name, description, value) in &columns {
                        let new = table.fields.iter().all(|field: &Field| field.name != *name);
                        is_new.push(new);
                        if new {
                            let field = Field::new(name, value.base_type());
                            table.fields.push(Field { description: description.clone(), ..field });
                        }
                    }
                    for row in rows {
                        let columns = columns.iter().zip(&is_new).filter(|(_, is_new)| **is_new);
                        let cells: Vec<Value> = columns
                            .zip(row)
                            .map(
                                |(((.., value), _), has)| {
                                    if has { cell(value) } else { Value::Nothing }
                                },
                            )
                            .collect();
                        table.push(cells);
                    }
                    Value::from(table)
                }),
        ]
    })
}

proptest! {
    #[test]
    fn what_json_can_carry_comes_back_as_it_was(value in any_value()) {
        for key in KEYS {
            prop_assert_eq!(&there_and_back(&value, value.base_type(), key), &value);
            // A VARIANT names its type: it is read so where none is known.
            let enclosed = variant(value.clone());
            let text = json::encode(&enclosed, key).to_string();
            let read = json::decode_untyped(&serde_json::from_str(&text).unwrap());
            prop_assert_eq!(read, Ok(enclosed));
        }
    }

    #[test]
    fn the_text_of_a_table_is_that_of_its_json(value in any_value()) {
        let table = Table::of([("a", value), ("b", 1.into()), ("a", 2.into())]);
        for key in KEYS {
            let text = String::from_utf8(json::encode_table_text(&table, key)).unwrap();
            prop_assert_eq!(text, json::encode_table(&table, key).to_string());
        }
    }

    #[test]
    fn what_is_read_of_any_json_is_written_and_read_alike(
        json in any_json(),
        base_type in prop::sample::select(BaseType::ALL.to_vec()),
    ) {
        let checked = is_read_alike(&json, base_type);
        prop_assert!(checked.is_ok(), "{:?}", checked);
    }
}

/// The tables that the fuzz target `json_table` starts with.
#[test]
fn tables_as_programs_send_them_are_read_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/json/tables");
    let mut tables = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let json: Json = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        json::decode_table(&json).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        is_read_alike(&json, BaseType::INFOTABLE).unwrap();
        tables += 1;
    }
    assert!(tables >= 5, "{tables} tables");
}
