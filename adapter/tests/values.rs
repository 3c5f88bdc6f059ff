//! Round trips of values and tables of every type and depth, their text and JSON forms.

use alwayson::value::{Field, Table, ToJson as _, Value, ValueExt as _};
use alwayson_codec::limits::MAX_NESTING;
use alwayson_codec::{self as codec, BaseType, Body, DateTime, EncodeError, Ids, Location, Status};
use serde_json::json;

/// Encodes a value as the content of a response, decodes it, and takes it again.
fn there_and_back(value: &Value) -> Result<Value, EncodeError> {
    let mut buffer = vec![0; 0x1_0000];
    let len = value.with_view(|content| {
        let response = codec::Response { content, ..codec::Response::new(Status::SUCCESS) };
        let message =
            codec::Message { ids: Ids::unauthenticated(1), body: Body::Response(response) };
        message.encode(&mut buffer)
    })??;
    let message = codec::Message::decode_exact(&buffer[..len]).unwrap();
    let Body::Response(response) = message.body else { panic!("{message:?}") };
    Ok(response.content.into())
}

fn variant(value: Value) -> Value {
    Value::Variant(Box::new(value))
}

/// A value of each kind.
fn each() -> Vec<Value> {
    let location = Location { longitude: 1.5, latitude: -2.5, elevation: 3.0 };
    vec![
        Value::Nothing,
        "text".into(),
        Value::password("secret"),
        Value::json(&json!({"a": [1, null]})),
        Value::Text(BaseType::THINGNAME, "Pump".to_owned()),
        21.5.into(),
        7.into(),
        i64::MIN.into(),
        true.into(),
        DateTime::from_millis(1_700_000_000_001).into(),
        location.into(),
        Value::blob([0, 255, 7]),
        Value::Binary(BaseType::IMAGE, vec![1]),
    ]
}

fn table_of_each() -> Table {
    let mut table = Table::new([("name", BaseType::STRING), ("value", BaseType::VARIANT)]);
    table.fields[1].description.push_str("whatever it is");
    table.fields[1].aspects =
        each().into_iter().enumerate().map(|(at, value)| (format!("a{at}"), value)).collect();
    for value in each() {
        table.push([value.base_type().to_string().into(), value]);
    }
    table
}

#[test]
fn a_value_of_each_type_alone_in_a_variant_and_in_a_table_comes_back_as_it_was() {
    for value in each() {
        assert_eq!(there_and_back(&value).unwrap(), value);
        for value in [variant(value.clone()), variant(variant(value))] {
            assert_eq!(there_and_back(&value).unwrap(), value);
        }
    }
    let table = Value::from(table_of_each());
    assert_eq!(there_and_back(&table).unwrap(), table);
    for value in [variant(table.clone()), variant(variant(table))] {
        assert_eq!(there_and_back(&value).unwrap(), value);
    }
}

#[test]
fn tables_and_variants_in_cells_and_aspects_come_back_as_they_were() {
    let inner = || Value::from(Table::of([("n", 2.into())]));
    let mut table = Table::of([
        ("table", inner()),
        ("variant", variant(inner())),
        ("deeper", variant(variant(inner()))),
        ("deepest", variant(variant(7.into()))),
    ]);
    table.fields.push(Field::new("absent", BaseType::STRING));
    table.fields[0].aspects = vec![("t".to_owned(), inner()), ("v".to_owned(), variant(inner()))];
    let value = Value::from(table);
    assert_eq!(there_and_back(&value).unwrap(), value);
}

#[test]
fn what_is_nested_as_deep_as_may_be_goes_and_one_level_more_is_an_error() {
    let nested = |levels: usize, is_table: bool| {
        (0..levels).fold(Value::from(1.5), |value, _| {
            if is_table { Table::of([("t", value)]).into() } else { variant(value) }
        })
    };
    for is_table in [false, true] {
        for levels in [MAX_NESTING - 1, MAX_NESTING] {
            let value = nested(levels, is_table);
            assert_eq!(there_and_back(&value).unwrap(), value);
        }
        for levels in [MAX_NESTING + 1, MAX_NESTING + 2, 1_000] {
            let value = nested(levels, is_table);
            assert_eq!(there_and_back(&value), Err(EncodeError::NestingTooDeep), "{levels}");
        }
    }
}

#[test]
fn a_text_in_a_type_that_is_none_is_sent_as_string_and_bytes_as_blob() {
    let text = Value::Text(BaseType::NUMBER, "5".to_owned());
    assert_eq!(there_and_back(&text).unwrap(), "5".into());
    let bytes = Value::Binary(BaseType::STRING, vec![5]);
    assert_eq!(there_and_back(&bytes).unwrap(), Value::blob([5]));
}

#[test]
fn typed_access_looks_through_variants_and_converts_nothing_else() {
    let [number, integer, text] = [21.5.into(), Value::from(7), "7".into()].map(variant);
    assert_eq!(number.as_f64(), Some(21.5));
    assert_eq!((integer.as_f64(), integer.as_i64()), (Some(7.0), Some(7)));
    assert_eq!((text.as_str(), text.as_f64(), text.as_bool()), (Some("7"), None, None));
    assert_eq!(Value::json(&json!([1])).as_json(), Some(json!([1])));
    let table = table_of_each();
    assert_eq!(table.value("name").and_then(Value::as_str), Some("NOTHING"));
    assert_eq!(table.row(5).and_then(|row| row.get("value")?.as_f64()), Some(21.5));
    assert_eq!(table.value("nobody"), None);
}

#[test]
fn a_value_of_each_type_is_the_number_that_its_view_is() {
    for value in each().into_iter().flat_map(|value| [variant(value.clone()), value]) {
        let view = value.with_view(|view| {
            let view = view.innermost();
            (view.as_f64(), view.as_i64())
        });
        assert_eq!((value.as_f64(), value.as_i64()), view.unwrap(), "{value:?}");
    }
    assert_eq!(Value::Integer(7).as_f64(), Some(7.0));
    assert_eq!(codec::Value::Long(7).as_f64(), Some(7.0));
}

#[test]
fn what_somebody_types_becomes_what_it_looks_like() {
    let typed = Value::from_typed;
    assert_eq!(typed("21.5"), 21.5.into());
    assert_eq!(typed("-3"), (-3.0).into());
    assert_eq!(typed("true"), true.into());
    assert_eq!(typed("\"21.5\""), "21.5".into());
    assert_eq!(typed("a word"), "a word".into());
    assert_eq!(typed("inf"), "inf".into());
    assert_eq!(typed(""), "".into());
    assert_eq!(typed(r#"{"a":1}"#), Value::json(&json!({"a": 1})));
}

#[test]
fn what_is_shown_is_what_people_write_and_passwords_are_masked() {
    let shown: Vec<String> = each().iter().map(ToString::to_string).collect();
    let expected = [
        "",
        "text",
        "***",
        r#"{"a":[1,null]}"#,
        "Pump",
        "21.5",
        "7",
        "-9223372036854775808",
        "true",
        "2023-11-14T22:13:20.001Z",
        "1.5, -2.5, 3",
        "3 bytes",
        "1 bytes",
    ];
    assert_eq!(shown, expected);
    let table = Table::of([("p", Value::password("secret")), ("d", Value::blob([1, 2]))]);
    assert_eq!(table.to_json(), json!([{"p": "***", "d": "AQI="}]));
    // A text under a field of that type is one as well, and so are its aspects.
    let mut typed = Table::new([("p", BaseType::PASSWORD), ("s", BaseType::STRING)]);
    typed.push(["secret".into(), "shown".into()]);
    typed.fields[0].aspects.push(("defaultValue".to_owned(), "secret".into()));
    assert_eq!(typed.to_json(), json!([{"p": "***", "s": "shown"}]));
    let row = typed.row(0).unwrap();
    for text in [format!("{typed:?}"), format!("{row:?}"), Value::from(typed.clone()).to_string()] {
        assert!(!text.contains("secret") && text.contains("shown"), "{text}");
    }
    for text in [format!("{table:?}"), Value::from(table).to_string()] {
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn numbers_convert_as_long_as_nothing_is_lost() {
    const EXACT: i64 = 1 << 53;
    let number = BaseType::NUMBER;
    let convert = |value: Value, to| value.try_into_type(to).map_err(|error| error.is_lossy());
    for (value, to, converted) in [
        (Value::from(i32::MAX), number, Ok(Value::from(f64::from(i32::MAX)))),
        (EXACT.into(), number, Ok(9_007_199_254_740_992.0.into())),
        ((EXACT + 1).into(), number, Err(true)),
        ((EXACT + 2).into(), number, Ok(9_007_199_254_740_994.0.into())),
        (i64::MIN.into(), number, Ok((-9_223_372_036_854_775_808.0).into())),
        (i64::MAX.into(), number, Err(true)),
        (9_223_372_036_854_774_784.0.into(), BaseType::LONG, Ok((i64::MAX - 1023).into())),
        (9_223_372_036_854_775_808.0.into(), BaseType::LONG, Err(true)),
        ((-9_223_372_036_854_775_808.0).into(), BaseType::LONG, Ok(i64::MIN.into())),
        (2_147_483_647.0.into(), BaseType::INTEGER, Ok(i32::MAX.into())),
        (2_147_483_648.0.into(), BaseType::INTEGER, Err(true)),
        (i64::from(i32::MIN).into(), BaseType::INTEGER, Ok(i32::MIN.into())),
        ((i64::from(i32::MIN) - 1).into(), BaseType::INTEGER, Err(true)),
        (0.5.into(), BaseType::INTEGER, Err(true)),
        (f64::NAN.into(), BaseType::LONG, Err(true)),
        (f64::INFINITY.into(), BaseType::LONG, Err(true)),
        ("1".into(), number, Err(false)),
        (1.0.into(), BaseType::STRING, Err(false)),
        (true.into(), BaseType::INTEGER, Err(false)),
    ] {
        assert_eq!(convert(value.clone(), to), converted, "{value:?} as {to}");
        // Through VARIANTs the same.
        assert_eq!(convert(variant(variant(value)), to), converted);
    }
}

#[test]
fn values_of_one_layout_convert_and_a_password_stays_hidden() {
    let text = |of: BaseType| Value::Text(of, "x".to_owned());
    let convert = Value::try_into_type;
    assert_eq!(convert(text(BaseType::STRING), BaseType::THINGNAME), Ok(text(BaseType::THINGNAME)));
    assert_eq!(convert(text(BaseType::STRING), BaseType::PASSWORD), Ok(Value::password("x")));
    let error = convert(Value::password("x"), BaseType::STRING).unwrap_err();
    assert_eq!(error.to_string(), "expected STRING, found PASSWORD");
    let image = convert(Value::blob([1]), BaseType::IMAGE);
    assert_eq!(image, Ok(Value::Binary(BaseType::IMAGE, vec![1])));
    assert!(convert(Value::blob([1]), BaseType::STRING).is_err());
    for value in each() {
        let of = value.base_type();
        assert_eq!(convert(value.clone(), BaseType::VARIANT).unwrap(), value);
        assert_eq!(convert(value.clone(), BaseType::NOTHING).unwrap(), value);
        assert_eq!(convert(Value::Nothing, of), Ok(Value::Nothing));
    }
}
