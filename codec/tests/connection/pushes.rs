//! Pushed properties (section 3).

use alwayson_codec::{BaseType, DateTime};

use super::*;

#[test]
fn a_push_is_the_request_that_the_protocol_page_has() {
    type Room = Fixed<&'static str, [u8; 512], Names<2>, Requests<2>, Unanswered<2>>;
    let mut edge = edge::Connection::<Room>::new(edge::Settings::default(), [0; 512]);
    let claims = [Claim::new(Claim::APP_KEY, "key")];
    edge.handle_opened(&Auth::new(&claims).unwrap(), &mut [0; 64], 0).unwrap();
    edge.handle_received(&status(1, Status::SUCCESS), &mut joiner(), 0);
    let time = DateTime::from_millis(1_000);
    let good = edge::Pushed::good("Temperature", 21.5, time);
    let bad = edge::Pushed { quality: "BAD", ..edge::Pushed::good("Label", "x", time) };
    edge.push_properties("Pump", [good, bad], 0).unwrap();
    let (bytes, lines) = drain(|buffer| edge.poll_transmit(buffer, 0).unwrap());
    assert!(lines[0].contains("POST"), "{lines:?}");
    let message = Message::decode_exact(&bytes[0]).unwrap();
    let Body::Request(request) = message.body else { panic!("{lines:?}") };
    assert_eq!(request.characteristic_name.as_str(), "UpdateSubscribedPropertyValues");
    let values = request.params.unwrap().value("values").unwrap().as_table().unwrap();
    let fields: Vec<_> =
        values.fields().map(|field| (field.name.as_str(), field.base_type)).collect();
    let expected = [
        ("name", BaseType::STRING),
        ("value", BaseType::VARIANT),
        ("time", BaseType::DATETIME),
        ("quality", BaseType::STRING),
    ];
    assert_eq!(fields, expected);
    let rows: Vec<String> = values
        .rows()
        .map(|row| {
            let text = |name| row.get(name).unwrap().as_str().unwrap().to_owned();
            let value = row.get("value").unwrap().innermost();
            let time = row.get("time").unwrap().as_datetime().unwrap().to_millis();
            format!("{} {value:?} {time} {}", text("name"), text("quality"))
        })
        .collect();
    let value = |value: Value<'_>| format!("{value:?}");
    let expected = [
        format!("Temperature {} 1000 GOOD", value(21.5.into())),
        format!("Label {} 1000 BAD", value("x".into())),
    ];
    assert_eq!(rows, expected);
}
