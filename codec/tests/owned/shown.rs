//! Values as text for people.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alwayson_codec::owned::{Table, TimeSpan, Value};
use alwayson_codec::{BaseType, DateTime, Location, ThingCode};

#[test]
fn a_time_is_shown_in_utc_and_one_that_no_calendar_has_in_milliseconds() {
    for (millis, shown) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (1_700_000_000_001, "2023-11-14T22:13:20.001Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (951_868_800_000, "2000-03-01T00:00:00.000Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "253402300800000 ms"),
        (i64::MAX, "9223372036854775807 ms"),
        (i64::MIN, "-9223372036854775808 ms"),
    ] {
        assert_eq!(DateTime::from_millis(millis).to_string(), shown);
    }
}

#[test]
fn each_day_of_four_hundred_years_follows_the_one_before() {
    let mut expected = (1970, 1, 1);
    for day in 0..146_097_i64 {
        let (year, month, of_month) = expected;
        let shown = DateTime::from_millis(day * 86_400_000).to_string();
        assert!(shown.starts_with(&format!("{year:04}-{month:02}-{of_month:02}T")), "{shown}");
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        expected = match (of_month == last, month) {
            (false, _) => (year, month, of_month + 1),
            (true, 12) => (year + 1, 1, 1),
            (true, _) => (year, month + 1, 1),
        };
    }
    assert_eq!(expected, (2370, 1, 1));
}

#[test]
fn the_clock_of_the_system_becomes_milliseconds() {
    let after = |time: SystemTime| DateTime::from(time).to_millis();
    let millis = Duration::from_millis;
    assert_eq!(after(UNIX_EPOCH + millis(1500)), 1500);
    assert_eq!(after(UNIX_EPOCH - millis(1500)), -1500);
    assert_eq!(Value::from(UNIX_EPOCH), DateTime::from_millis(0).into());
    let before = DateTime::from(SystemTime::now());
    assert!(Value::now().as_datetime().unwrap() >= before);
}

#[test]
fn values_are_shown_as_people_write_them() {
    let location = Location { longitude: 1.5, latitude: -2.5, elevation: 3.0 };
    let start = Some(DateTime::from_millis(0));
    let span = TimeSpan { start, end: None, period: "1h".to_owned() };
    for (value, shown) in [
        (Value::Nothing, ""),
        ("text".into(), "text"),
        (Value::password("secret"), "***"),
        (Value::json(r#"{"a":1}"#), r#"{"a":1}"#),
        (21.5.into(), "21.5"),
        (7.into(), "7"),
        (true.into(), "true"),
        (location.into(), "1.5, -2.5, 3"),
        (Value::blob([0, 255, 7]), "3 bytes"),
        (span.into(), "1970-01-01T00:00:00.000Z/.., 1h"),
        ([1.0, 2.5].into(), "1, 2.5"),
        (ThingCode { domain: 1, instance: -2 }.into(), "1:-2"),
        (Value::Variant(Box::new(7.into())), "7"),
    ] {
        assert_eq!(value.to_string(), shown);
        assert_eq!(format!("{value:?}"), format!("{} {shown}", value.base_type()));
    }
}

#[test]
fn a_table_is_shown_as_json() {
    let inner = Table::of([("n", Value::from(2))]);
    let mut table = Table::of([
        ("nothing", Value::Nothing),
        ("number", 2.0.into()),
        ("nan", f64::NAN.into()),
        ("text", "a \"b\"\\\n\u{1}".into()),
        ("blob", Value::blob([1])),
        ("time", DateTime::from_millis(0).into()),
        ("inner", Value::Variant(Box::new(inner.into()))),
        ("secret", Value::password("s3cr3t")),
    ]);
    let shown = r#"[{"nothing":null,"number":2.0,"nan":"NaN","text":"a \"b\"\\\n\u0001","blob":"1 bytes","time":"1970-01-01T00:00:00.000Z","inner":[{"n":2}],"secret":"***"}"#;
    assert_eq!(Value::from(table.clone()).to_string(), format!("{shown}]"));
    table.push([]);
    assert_eq!(Value::from(table).to_string(), format!("{shown},{{}}]"));
    let without_rows = Table::new([("a", BaseType::STRING)]);
    assert_eq!(Value::from(without_rows.clone()).to_string(), "[]");
    // A cell without a field is named by its place.
    let mut longer = without_rows;
    longer.push(["x".into(), 1.into()]);
    assert_eq!(Value::from(longer).to_string(), r#"[{"a":"x","1":1}]"#);
}
