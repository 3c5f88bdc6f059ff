//! Values of every base type: there and back, their getters, their equality.
//! The names of the codes stand in `wire::codes`.

mod common;

use alwayson_codec::{
    BaseType, BinaryValue, DateTime, DecodeErrorKind, Location, ShapeWriter, TableWriter,
    TextValue, ThingCode, TimeSpan, Value, Variant,
};
use common::{content, encode, error_of, hex, response, sample_table, success};

const SPAN: TimeSpan<'_> =
    TimeSpan::new(Some(DateTime::from_millis(1_700_000_000_000)), None, "1h");
const CODE: ThingCode = ThingCode { domain: -7, instance: 9 };
const PLACE: Location = Location { longitude: -0.0, latitude: 53.5, elevation: f64::INFINITY };

/// A value of each base type that has values, and its bytes after the type.
fn for_each_type(mut visit: impl FnMut(BaseType, Value<'_>, &[u8])) {
    let mut buffer = [0; 256];
    let table = sample_table(&mut buffer);
    let bytes = encode(&response(table.into()));
    for base_type in BaseType::ALL {
        let value = match *base_type {
            BaseType::NOTHING => (Value::Nothing, vec![]),
            BaseType::NUMBER => (1.5.into(), hex("3FF8000000000000")),
            BaseType::INTEGER => ((-2).into(), hex("FFFFFFFE")),
            BaseType::LONG => ((-2_i64).into(), hex("FFFFFFFFFFFFFFFE")),
            BaseType::BOOLEAN => (true.into(), vec![1]),
            BaseType::DATETIME => (DateTime::from_millis(-1).into(), hex("FFFFFFFFFFFFFFFF")),
            BaseType::LOCATION => {
                (PLACE.into(), hex("8000000000000000 404AC00000000000 7FF0000000000000"))
            }
            BaseType::BLOB | BaseType::IMAGE => {
                (Value::binary(*base_type, &[0, 0xFF]).unwrap(), hex("00000002 00FF"))
            }
            BaseType::VARIANT => {
                (Value::Variant(Variant::new(&Value::Integer(5))), hex("16 00000005"))
            }
            BaseType::INFOTABLE => (table.into(), bytes[17..].to_vec()),
            BaseType::TIMESPAN => (SPAN.into(), hex("0000018bcfe56800 FFFFFFFFFFFFFFFF 02 3168")),
            BaseType::VEC2 => ([1.5, 2.5].into(), hex("3FF8000000000000 4004000000000000")),
            BaseType::VEC3 => {
                ([1.5, 2.5, -0.0].into(), hex("3FF8000000000000 4004000000000000 8000000000000000"))
            }
            BaseType::VEC4 => (
                [0.0, 1.5, 2.5, f64::INFINITY].into(),
                hex("0000000000000000 3FF8000000000000 4004000000000000 7FF0000000000000"),
            ),
            BaseType::THINGCODE => (CODE.into(), hex("FFFFFFF9 0000000000000009")),
            text => (Value::text(text, "Zürich").unwrap(), hex("07 5AC3BC72696368")),
        };
        visit(*base_type, value.0, &value.1);
    }
}

#[test]
fn a_value_of_every_base_type_is_there_and_back_what_it_was() {
    let mut count = 0;
    for_each_type(|base_type, value, layout| {
        let bytes = success(&[&[base_type.to_u8()], layout].concat());
        assert_eq!(value.base_type(), base_type);
        assert_eq!(encode(&response(value)), bytes, "{base_type}");
        let decoded = content(&bytes);
        assert_eq!(decoded.base_type(), base_type);
        assert_eq!(decoded, value, "{base_type}");
        assert_eq!(encode(&response(decoded)), bytes, "{base_type}");
        count += 1;
    });
    assert_eq!(count, BaseType::ALL.len());
}

#[test]
fn a_value_of_every_base_type_is_a_cell_and_in_a_variant_what_it_was() {
    for_each_type(|base_type, value, _| {
        let mut buffer = [0; 600];
        let rows = |rows: &mut alwayson_codec::RowsWriter<'_, '_>| {
            rows.row(|row| {
                row.cell(value);
                row.variant(value);
            });
        };
        let table =
            TableWriter::write(&mut buffer, |shape| shape.field("f", base_type), rows).unwrap();
        assert_eq!(table.value("f"), Some(value), "{base_type}");
        let variant = table.row(0).unwrap().cell(1).unwrap();
        assert_eq!(variant, Value::Variant(Variant::new(&value)), "{base_type}");
        assert_eq!(variant.innermost(), value.innermost(), "{base_type}");
    });
}

#[test]
fn a_field_keeps_its_base_type_whether_or_not_that_has_a_name() {
    let mut buffer = [0; 64];
    for base_type in (0..=255).map(BaseType::from_u8) {
        let shape = |shape: &mut ShapeWriter<'_, '_>| shape.field("f", base_type);
        let table = TableWriter::write(&mut buffer, shape, |_| ()).unwrap();
        let bytes = encode(&response(table.into()));
        let field = content(&bytes).as_table().unwrap().fields().next().unwrap();
        assert_eq!(field.base_type, base_type);
        assert_eq!(encode(&response(content(&bytes))), bytes);
    }
}

#[test]
fn a_time_span_says_where_it_starts_and_ends_unless_that_side_is_open() {
    let bytes = encode(&response(SPAN.into()));
    let span = content(&bytes).as_timespan().unwrap();
    assert_eq!((span.start(), span.end()), (Some(DateTime::from_millis(span.start_ms)), None));
    let open = TimeSpan::new(None, None, "");
    assert_eq!((open.start_ms, open.end_ms), (-1, -1));
    assert_eq!((open.start(), open.end(), open.period.as_str()), (None, None, ""));
}

#[test]
fn a_value_of_several_numbers_is_cut_short_at_each_of_its_bytes() {
    for (number, len) in [(4, 17), (124, 16), (125, 24), (126, 32), (127, 12)] {
        for cut in 0..len {
            let bytes = success(&[&[number], &vec![0; cut][..]].concat());
            let end = u32::try_from(bytes.len()).unwrap();
            assert_eq!(error_of(&bytes), (DecodeErrorKind::UnexpectedEnd, end));
        }
        assert_eq!(
            content(&success(&[&[number], &vec![0; len][..]].concat())).base_type().to_u8(),
            number
        );
    }
}

#[test]
fn getters_give_what_has_their_type_and_nothing_of_any_other() {
    for_each_type(|base_type, value, _| {
        let bytes = encode(&response(value));
        for value in [value, content(&bytes)] {
            let given = [
                ("nothing", value.is_nothing()),
                ("str", value.as_str().is_some()),
                ("f64", value.as_f64().is_some()),
                ("i32", value.as_i32().is_some()),
                ("i64", value.as_i64().is_some()),
                ("bool", value.as_bool().is_some()),
                ("datetime", value.as_datetime().is_some()),
                ("location", value.as_location().is_some()),
                ("bytes", value.as_bytes().is_some()),
                ("table", value.as_table().is_some()),
                ("timespan", value.as_timespan().is_some()),
                ("vec2", value.as_vec2().is_some()),
                ("vec3", value.as_vec3().is_some()),
                ("vec4", value.as_vec4().is_some()),
                ("thing code", value.as_thing_code().is_some()),
            ];
            let expected: &[&str] = match base_type {
                BaseType::NOTHING => &["nothing"],
                BaseType::NUMBER => &["f64"],
                BaseType::INTEGER => &["f64", "i32", "i64"],
                BaseType::LONG => &["f64", "i64"],
                BaseType::BOOLEAN => &["bool"],
                BaseType::DATETIME => &["datetime"],
                BaseType::LOCATION => &["location"],
                BaseType::BLOB | BaseType::IMAGE => &["bytes"],
                BaseType::INFOTABLE => &["table"],
                BaseType::TIMESPAN => &["timespan"],
                BaseType::VEC2 => &["vec2"],
                BaseType::VEC3 => &["vec3"],
                BaseType::VEC4 => &["vec4"],
                BaseType::THINGCODE => &["thing code"],
                BaseType::VARIANT => &[],
                _ => &["str"],
            };
            let given: Vec<&str> =
                given.into_iter().filter(|given| given.1).map(|given| given.0).collect();
            assert_eq!(given, expected, "{base_type}");
        }
    });
}

#[test]
fn getters_give_the_value_itself() {
    assert_eq!(Value::from(i32::MIN).as_i64(), Some(i64::from(i32::MIN)));
    assert_eq!(Value::from(i32::MIN).as_i32(), Some(i32::MIN));
    assert_eq!(Value::from(i64::MAX).as_i64(), Some(i64::MAX));
    assert_eq!(Value::from(2.5).as_f64().map(f64::to_bits), Some(2.5_f64.to_bits()));
    assert_eq!(Value::from(false).as_bool(), Some(false));
    assert_eq!(Value::from("a").as_str(), Some("a"));
    assert_eq!(Value::binary(BaseType::IMAGE, &[7]).unwrap().as_bytes(), Some(&[7][..]));
    assert_eq!(Value::from(PLACE).as_location(), Some(PLACE));
    assert_eq!(Value::from(SPAN).as_timespan(), Some(SPAN));
    assert_eq!(Value::from(CODE).as_thing_code(), Some(CODE));
    assert_eq!(Value::from([1.0, 2.0]).as_vec2(), Some([1.0, 2.0]));
    assert_eq!(Value::from([1.0, 2.0, 3.0]).as_vec3(), Some([1.0, 2.0, 3.0]));
    assert_eq!(Value::from([1.0, 2.0, 3.0, 4.0]).as_vec4(), Some([1.0, 2.0, 3.0, 4.0]));
    let instant = DateTime::from_millis(5);
    assert_eq!(Value::from(instant).as_datetime().map(DateTime::to_millis), Some(5));
}

#[test]
fn texts_and_bytes_are_made_of_their_base_types_alone() {
    for base_type in BaseType::ALL {
        let is_text = TextValue::new(*base_type, "a").is_some();
        let is_binary = BinaryValue::new(*base_type, &[1]).is_some();
        assert_eq!(Value::text(*base_type, "a").is_some(), is_text, "{base_type}");
        assert_eq!(Value::binary(*base_type, &[1]).is_some(), is_binary, "{base_type}");
        assert_eq!((base_type.is_text(), base_type.is_binary()), (is_text, is_binary));
        assert_eq!(is_binary, matches!(*base_type, BaseType::BLOB | BaseType::IMAGE));
    }
    assert_eq!(BaseType::ALL.iter().filter(|base_type| base_type.is_text()).count(), 38);
    let text = TextValue::new(BaseType::XML, "<a/>").unwrap();
    assert_eq!((text.base_type(), text.get().as_str()), (BaseType::XML, "<a/>"));
    let image = BinaryValue::new(BaseType::IMAGE, &[1, 2]).unwrap();
    assert_eq!((image.base_type(), image.get()), (BaseType::IMAGE, &[1, 2][..]));
}

#[test]
fn numbers_keep_every_bit() {
    for bits in [
        0x7FF8_0000_0000_0001, // A quiet NaN with a payload.
        0xFFF0_0000_0000_0001, // A signalling one.
        0x8000_0000_0000_0000,
        0,
        0x7FF0_0000_0000_0000,
        0xFFF0_0000_0000_0000,
        1,
        0x7FEF_FFFF_FFFF_FFFF,
    ] {
        let bytes = success(&[&[1], &u64::to_be_bytes(bits)[..]].concat());
        assert_eq!(content(&bytes).as_f64().map(f64::to_bits), Some(bits));
        assert_eq!(encode(&response(f64::from_bits(bits).into())), bytes);
    }
}

#[test]
fn integers_longs_and_datetimes_keep_their_extremes() {
    for integer in [i32::MIN, -1, 0, 1, i32::MAX] {
        assert_eq!(content(&encode(&response(integer.into()))).as_i32(), Some(integer));
    }
    for long in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
        assert_eq!(content(&encode(&response(long.into()))).as_i64(), Some(long));
        let instant = DateTime::from_millis(long);
        assert_eq!(content(&encode(&response(instant.into()))).as_datetime(), Some(instant));
    }
}

#[test]
fn instants_before_1970_are_negative_and_earlier() {
    // 1969-12-31 23:59:59.999
    let before = content(&success(&hex("03 FFFFFFFFFFFFFFFF"))).as_datetime();
    assert_eq!(before, Some(DateTime::from_millis(-1)));
    assert!(before < Some(DateTime::default()));
}

#[test]
fn booleans_are_true_of_every_byte_but_0_and_come_out_as_1() {
    for byte in [1, 2, 0x7F, 0x80, 0xFF] {
        let bytes = success(&[2, byte]);
        assert_eq!(content(&bytes).as_bool(), Some(true));
        assert_eq!(encode(&response(content(&bytes))), success(&[2, 1]));
        let variant = success(&[0x12, 2, byte]);
        assert_eq!(encode(&response(content(&variant))), success(&[0x12, 2, 1]));
    }
    assert_eq!(content(&success(&[2, 0])).as_bool(), Some(false));
}

#[test]
fn lengths_of_blobs_lose_their_top_bit() {
    let bytes = success(&hex("15 80000002 0102"));
    assert_eq!(content(&bytes).as_bytes(), Some(&[1, 2][..]));
    assert_eq!(encode(&response(content(&bytes))), success(&hex("15 00000002 0102")));
}

#[test]
fn innermost_opens_variants_to_the_last_and_leaves_other_values_alone() {
    let one = success(&hex("12 16 00000005"));
    let two = success(&hex("12 12 12 16 00000005"));
    assert_eq!(content(&one).innermost(), 5.into());
    assert_eq!(content(&two).innermost(), 5.into());
    assert_eq!(Value::from("a").innermost(), "a".into());
    assert_eq!(Value::Nothing.innermost(), Value::Nothing);
    let inner = content(&two);
    assert_eq!(Value::Variant(Variant::new(&inner)).innermost(), 5.into());
}

#[test]
fn numbers_and_places_are_equal_bit_for_bit() {
    let other = f64::from_bits(0x7FF8_0000_0000_0001);
    assert_eq!(Value::from(f64::NAN), Value::from(f64::NAN));
    assert_ne!(Value::from(f64::NAN), Value::from(other));
    assert_ne!(Value::from(0.0), Value::from(-0.0));
    assert_eq!(PLACE, PLACE);
    assert_ne!(PLACE, Location { longitude: 0.0, ..PLACE });
    assert_eq!(Value::from([f64::NAN, 0.0]), Value::from([f64::NAN, 0.0]));
    assert_ne!(Value::from([0.0, 0.0]), Value::from([0.0, -0.0]));
    assert_ne!(Value::from([0.0, 0.0, 1.0]), Value::from([0.0, 0.0, 2.0]));
    assert_ne!(Value::from([0.0, 0.0, 1.0, 0.0]), Value::from([0.0, 0.0, 1.0, -0.0]));
    let nan = Location { latitude: f64::NAN, ..PLACE };
    assert_eq!(nan, nan.clone());
}

#[test]
fn values_of_different_types_are_never_equal() {
    let mut all = Vec::new();
    for_each_type(|base_type, value, _| all.push((base_type, encode(&response(value)))));
    for (left_type, left) in &all {
        for (right_type, right) in &all {
            let equal = content(left) == content(right);
            assert_eq!(equal, left_type == right_type, "{left_type} and {right_type}");
        }
    }
    assert_ne!(Value::from(5), Value::from(5_i64));
}

#[test]
fn variants_are_equal_when_their_values_are_wherever_these_stand() {
    let bytes = success(&hex("12 12 16 00000005"));
    let five = Value::from(5);
    let one = Value::Variant(Variant::new(&five));
    let two = Value::Variant(Variant::new(&one));
    assert_eq!(content(&bytes), two);
    assert_ne!(content(&bytes), one);
    assert_ne!(one, five);
}
