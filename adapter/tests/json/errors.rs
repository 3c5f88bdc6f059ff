//! What is wrong with JSON, and where; the bounds of what is read.

use alwayson::value::json::{self, JsonErrorKind};
use alwayson_codec::BaseType;
use alwayson_codec::limits::MAX_NESTING;
use serde_json::{Map, Value as Json, json};

#[test]
fn errors_name_the_place_and_what_is_expected_there() {
    let values = |row: Json| {
        json!({"rows": [{}, row], "dataShape": {"fieldDefinitions": {
            "name": {"baseType": "STRING"}, "time": {"baseType": "DATETIME"},
            "value": {"baseType": "VARIANT"}, "a/b~c": {"baseType": "LOCATION"},
            "code": {"baseType": "THINGCODE"}, "span": {"baseType": "TIMESPAN"},
            "vector": {"baseType": "VEC2"}, "later": {"baseType": 200},
        }}})
    };
    let shape = |shape: Json| json!({"rows": [], "dataShape": shape});
    let fields = |fields: Json| shape(json!({"fieldDefinitions": fields}));
    for (written, message) in [
        (json!([]), "expected INFOTABLE, found a list"),
        (json!({}), "expected INFOTABLE, found an object"),
        (json!({"rows": {}}), "at /rows: expected a list, found an object"),
        (values(json!(5)), "at /rows/1: expected an object, found a number"),
        (values(json!({"name": 5})), "at /rows/1/name: expected STRING, found a number"),
        (values(json!({"time": "soon"})), "at /rows/1/time: expected DATETIME, found a string"),
        (values(json!({"time": []})), "at /rows/1/time: expected DATETIME, found a list"),
        (values(json!({"time": {}})), "at /rows/1/time: expected DATETIME, found an object"),
        (
            values(json!({"a/b~c": {"latitude": 1, "longitude": "east"}})),
            "at /rows/1/a~1b~0c/longitude: expected NUMBER, found a string",
        ),
        (
            values(json!({"a/b~c": {"longitude": 1}})),
            "at /rows/1/a~1b~0c/latitude: expected NUMBER, found nothing",
        ),
        (
            values(json!({"code": {"domain": 2_147_483_648_i64, "instance": 1}})),
            "at /rows/1/code/domain: expected INTEGER, found a number",
        ),
        (
            values(json!({"span": {"start": "soon"}})),
            "at /rows/1/span/start: expected DATETIME, found a string",
        ),
        (
            values(json!({"span": {"period": 1}})),
            "at /rows/1/span/period: expected STRING, found a number",
        ),
        (
            values(json!({"vector": {"x": 1}})),
            "at /rows/1/vector/y: expected NUMBER, found nothing",
        ),
        (values(json!({"later": 1})), "at /rows/1/later: expected 0xc8, found a number"),
        (
            values(json!({"value": {"baseType": "INTEGER", "value": 0.5}})),
            "at /rows/1/value/value: expected INTEGER, found a number",
        ),
        (shape(json!(7)), "at /dataShape: expected an object, found a number"),
        (fields(json!([])), "at /dataShape/fieldDefinitions: expected an object, found a list"),
        (
            fields(json!({"a": 1})),
            "at /dataShape/fieldDefinitions/a: expected an object, found a number",
        ),
        (
            fields(json!({"a": {"baseType": "FLOAT"}})),
            "at /dataShape/fieldDefinitions/a/baseType: expected the name of a base type",
        ),
        (
            fields(json!({"a": {"aspects": []}})),
            "at /dataShape/fieldDefinitions/a/aspects: expected an object, found a list",
        ),
    ] {
        let error = json::decode_table(&written).unwrap_err();
        assert_eq!(error.to_string(), message, "{written}");
    }
    let error = json::decode(&json!({"rows": [{"a": "x"}]}), BaseType::NUMBER).unwrap_err();
    assert_eq!(error.path(), "");
    let base_type = BaseType::NUMBER;
    let found = "an object";
    assert_eq!(error.kind(), JsonErrorKind::Expected { base_type, found });
}

#[test]
fn what_is_no_value_of_its_type_is_refused() {
    for (written, base_type) in [
        (json!("1e999"), BaseType::NUMBER),
        (json!("NaN"), BaseType::NUMBER),
        (json!(true), BaseType::NUMBER),
        (json!(0.5), BaseType::INTEGER),
        (json!(2_147_483_648_i64), BaseType::INTEGER),
        (json!(9_223_372_036_854_775_808_u64), BaseType::LONG),
        (json!(1e300), BaseType::LONG),
        (json!("yes"), BaseType::BOOLEAN),
        (json!(1e300), BaseType::DATETIME),
        (json!("2023-13-14T22:13:20Z"), BaseType::DATETIME),
        (json!("1,2,3,4"), BaseType::LOCATION),
        (json!("1"), BaseType::LOCATION),
        (json!([1, 2]), BaseType::LOCATION),
        (json!("1,2"), BaseType::VEC2),
        (json!(1), BaseType::TIMESPAN),
        (json!("7:9"), BaseType::THINGCODE),
        (json!(1), BaseType::from_u8(200)),
        (json!("AQ=!"), BaseType::BLOB),
        (json!(5), BaseType::IMAGE),
        (json!(5), BaseType::STRING),
        (json!({}), BaseType::GUID),
        (json!("x"), BaseType::INFOTABLE),
    ] {
        let error = json::decode(&written, base_type).unwrap_err();
        assert!(matches!(error.kind(), JsonErrorKind::Expected { .. }), "{written}: {error}");
    }
}

#[test]
fn an_error_repeats_no_more_of_a_name_than_can_be_read_and_nothing_of_a_value() {
    let name = "n".repeat(100_000);
    let written = json!({"rows": [{(name.as_str()): "hunter2"}], "dataShape": {
        "fieldDefinitions": {(name.as_str()): {"baseType": "NUMBER"}},
    }});
    let error = json::decode_table(&written).unwrap_err();
    assert_eq!(error.path(), format!("/rows/0/{}…", "n".repeat(64)));
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn what_is_nested_as_deep_as_may_be_is_read_and_one_level_more_is_an_error() {
    let nested = |levels: usize, is_table: bool| {
        let innermost = json!({"baseType": "NUMBER", "value": 1.5});
        (1..levels).fold(innermost, |inner, _| {
            if is_table {
                json!({"rows": [{"t": inner}], "dataShape": {}})
            } else {
                json!({"baseType": "VARIANT", "value": inner})
            }
        })
    };
    for is_table in [false, true] {
        assert!(json::decode_untyped(&nested(MAX_NESTING, is_table)).is_ok());
        for levels in [MAX_NESTING + 1, 100] {
            let error = json::decode_untyped(&nested(levels, is_table)).unwrap_err();
            assert_eq!(error.kind(), JsonErrorKind::TooDeep);
        }
    }
}

#[test]
fn rows_that_leave_out_more_than_they_have_are_refused_before_they_take_the_memory() {
    let names: Vec<String> = (0..10_000).map(|index| format!("f{index}")).collect();
    let fields: Map<String, Json> =
        names.iter().map(|name| (name.clone(), json!({"baseType": "NUMBER"}))).collect();
    let table = |rows: usize| {
        let rows: Vec<Json> = (0..rows).map(|_| json!({"f9999": 1})).collect();
        json!({"dataShape": {"fieldDefinitions": fields}, "rows": rows})
    };
    assert!(json::decode_table(&table(104)).is_ok());
    let error = json::decode_table(&table(105)).unwrap_err();
    assert_eq!((error.path(), error.kind()), ("/rows/104", JsonErrorKind::TooSparse));
}
