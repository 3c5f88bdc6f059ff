//! Values, tables and messages that own what they hold.

mod alike;
mod deep;
mod generate;
mod growing;
mod shown;

use alwayson_codec::limits::MAX_HEADERS;
use alwayson_codec::owned::{
    Body, Chunk, ChunkOf, Message, Request, RequestHeader, Response, Table, Value,
};
use alwayson_codec::{self as view, BaseType, Counted, EncodeError, Ids, Method, Status};
use proptest::prelude::*;

fn message(body: Body) -> Message {
    Message { ids: Ids::unauthenticated(7), body }
}

proptest! {
    /// Owned to bytes, to borrowed, to owned: each way, and each time the same.
    #[test]
    fn a_message_comes_back_as_it_was_and_each_way_gives_the_same_bytes(
        message in generate::message(),
    ) {
        let bytes = message.encode_to_vec()?;
        let view = view::Message::decode_exact(&bytes)?;
        prop_assert_eq!(&Message::from(view), &message);
        prop_assert_eq!(view.encode_to_vec()?, &bytes[..]);
        let lent = message.with_view(|view| view.encode_to_vec())??;
        prop_assert_eq!(lent, &bytes[..]);
        prop_assert_eq!(message.code(), view.code());
        prop_assert_eq!(Message::try_from(&bytes[..])?, message);
    }

    /// Owned values are equal when their views are.
    #[test]
    fn values_are_equal_if_they_are_encoded_alike(left in generate::value(), right in generate::value()) {
        let bytes = |value: &Value| {
            message(Body::Response(Response::of(value.clone()))).encode_to_vec()
        };
        prop_assert_eq!(left == right, bytes(&left)? == bytes(&right)?);
        prop_assert_eq!(&left, &left.clone());
    }
}

#[test]
fn numbers_are_equal_if_their_bits_are() {
    let nan = f64::from_bits(0x7FF8_0000_0000_0001);
    for number in [0.0, -0.0, 1.5, f64::NAN, nan, f64::INFINITY] {
        assert_eq!(Value::from(number), Value::from(number));
        assert_eq!(Table::result([number, 0.0]), Table::result([number, 0.0]));
    }
    assert_ne!(Value::from(0.0), Value::from(-0.0));
    assert_ne!(Value::from(f64::NAN), Value::from(nan));
    assert_ne!(Value::from(1.0), Value::from(1));
    assert_ne!(Value::Variant(Box::new(1.into())), Value::from(1));
    // Sent alike, and not the same here.
    assert_ne!(Value::Text(BaseType::NUMBER, "1".to_owned()), Value::from("1"));
}

#[test]
fn a_request_may_have_255_headers() {
    let encoded = |count: usize| {
        let headers = vec![RequestHeader::new("n", "v"); count];
        let request = Request { headers, ..Request::read_property("Pump", "Speed") };
        message(Body::Request(request)).encode_to_vec().map(drop)
    };
    assert_eq!(encoded(MAX_HEADERS - 1), Ok(()));
    assert_eq!(encoded(MAX_HEADERS), Ok(()));
    assert_eq!(encoded(MAX_HEADERS + 1), Err(EncodeError::TooMany(Counted::Headers)));
}

#[test]
fn what_cannot_be_encoded_is_the_same_error_each_way() {
    let long_row = vec![Value::Nothing; 0x1_0000];
    let table = Table::from_rows(Vec::new(), vec![long_row]);
    let of = ChunkOf::Request(Method::Get, view::EntityType::THINGS, "Pump".to_owned());
    let chunk = Chunk { of, id: 0, count: 1, size: 100, data: Vec::new() };
    let cells = EncodeError::TooMany(Counted::Cells);
    for (body, error) in [
        (Body::Response(Response::of(table.clone())), cells),
        (Body::Response(Response::of(Value::Variant(Box::new(table.clone().into())))), cells),
        (Body::Request(Request::invoke_service("Pump", "Run", Some(table))), cells),
        (Body::Chunk(chunk), EncodeError::InvalidChunk),
    ] {
        let message = message(body);
        assert_eq!(message.encode_to_vec(), Err(error));
        let lent = message.with_view(|view| view.encode_to_vec());
        assert_eq!(lent.and_then(|encoded| encoded), Err(error));
    }
}

#[test]
fn the_head_of_a_request_and_of_a_response_takes_a_table_written_on_the_spot() {
    let params = Table::of([("a", Value::from(1))]);
    let headers = vec![RequestHeader::new("Accept", "json")];
    let request =
        Request { headers, ..Request::invoke_service("Pump", "Run", Some(params.clone())) };
    let response = Response { reason: Some("because".to_owned()), ..Response::of(params.clone()) };
    let mut buffer = [0; 200];
    let mut with_table = |body: view::Body<'_>| {
        let view = view::Message { ids: Ids::unauthenticated(7), body };
        let written =
            view.encode_with_table(&mut buffer, |s| params.shape(s), |r| params.rows_to(r));
        buffer[..written.unwrap()].to_vec()
    };
    let written = request.with_head(|head| with_table(view::Body::Request(head))).unwrap();
    assert_eq!(written, message(Body::Request(request)).encode_to_vec().unwrap());
    let written = with_table(view::Body::Response(response.head()));
    assert_eq!(written, message(Body::Response(response)).encode_to_vec().unwrap());
}

#[test]
fn rows_are_kept_as_they_are_or_made_to_fit_the_shape() {
    let mut pushed = Table::new([("a", BaseType::VARIANT), ("b", BaseType::STRING)]);
    let kept = Table::from_rows(pushed.fields.clone(), vec![vec![1.into()]]);
    pushed.push([1.into()]);
    assert_eq!(kept.value("a"), Some(&1.into()));
    assert_eq!(pushed.value("a"), Some(&Value::Variant(Box::new(1.into()))));
    assert_eq!(pushed.value("b"), None);
    let row = pushed.row(0).unwrap();
    assert_eq!(row.table(), &pushed);
    assert_eq!(row.with_fields().count(), 1);
}

#[test]
fn a_response_has_one_value_if_it_has_one() {
    assert_eq!(Response::success().value(), None);
    assert_eq!(Response::of(5).value(), Some(&5.into()));
    assert_eq!(Response::named("Speed", 5).value(), Some(&5.into()));
    let two = Table::of([("a", Value::from(1)), ("result", 2.into())]);
    assert_eq!(Response::of(two).value(), Some(&2.into()));
    assert_eq!(Response::error(Status::NOT_FOUND, "gone").value(), None);
}
