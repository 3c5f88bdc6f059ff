//! Keys and passwords are shown nowhere: in no dump and no `Debug`, as text or
//! as the numbers of its bytes.

mod common;

use std::fmt::Debug;

use alwayson_codec::{
    Aspect, Auth, BaseType, Body, Characteristic, Claim, DateTime, Header, InfoTable, Joined,
    Joiner, List, Message, Method, Request, RequestHeader, ShapeWriter, Split, TableWriter,
    TextValue, Value, Variant,
};
use common::{IDS, encode, part, response};

const SECRET: &str = "s3cr3t-Key";

fn password() -> Value<'static> {
    Value::text(BaseType::PASSWORD, SECRET).unwrap()
}

fn assert_hidden(shown: &str) {
    assert!(!shown.contains(SECRET), "{shown}");
    if cfg!(miri) {
        // Searching takes minutes there, and finds what it finds elsewhere.
        return;
    }
    let bytes = SECRET.as_bytes();
    let compact: String = shown.chars().filter(|c| !c.is_whitespace()).collect();
    let numbers = |of: fn(&u8) -> String| bytes.iter().map(of).collect::<Vec<_>>().join(",");
    let hex = numbers(|byte| format!("{byte:02x}")).replace(',', "");
    assert!(!compact.contains(&numbers(u8::to_string)), "as numbers: {shown}");
    assert!(!compact.contains(&numbers(|byte| format!("{byte:#04x}"))), "as hex: {shown}");
    assert!(!compact.to_lowercase().contains(&hex), "as hex: {shown}");
}

/// By `{:?}` and `{:#?}`; and it says something.
fn assert_hidden_in(shown: &impl Debug) {
    for shown in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!shown.is_empty());
        assert_hidden(&shown);
    }
}

fn assert_hidden_in_message(message: &Message<'_>) {
    assert_hidden(&message.dump().to_string());
    assert_hidden_in(&message.dump());
    assert_hidden_in(message);
    assert_hidden_in(&message.body);
    assert_hidden_in(&Header::decode(&encode(message)));
}

/// As built, and as decoded.
fn assert_hidden_in_both(message: &Message<'_>) {
    assert_hidden_in_message(message);
    let bytes = encode(message);
    assert!(bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    assert_hidden_in_message(&Message::decode_exact(&bytes).unwrap());
}

/// A table with a secret at every place: a cell of type PASSWORD, one in a
/// VARIANT, a STRING under a field of that type, an aspect, all of these again
/// in a nested table, and a cell without a field.
fn secrets<'b>(buffer: &'b mut [u8], inner: Option<InfoTable<'_>>) -> InfoTable<'b> {
    let aspects = [Aspect::new("default", password())];
    let shape = |shape: &mut ShapeWriter<'_, '_>| {
        shape.field("a", BaseType::STRING);
        shape.field_with("b", "", BaseType::VARIANT, &aspects);
        shape.field("c", BaseType::PASSWORD);
        shape.field("d", BaseType::INFOTABLE);
    };
    TableWriter::write(buffer, shape, |rows| {
        for _ in 0..2 {
            rows.row(|row| {
                row.cell(password());
                row.variant(password());
                row.cell(SECRET);
                match inner {
                    Some(table) => row.cell(table),
                    None => row.variant(Value::Variant(Variant::new(&password()))),
                }
                row.cell(password());
            });
        }
    })
    .unwrap()
}

/// Calls with a table of secrets that has another in it.
fn with_secrets(then: impl FnOnce(InfoTable<'_>)) {
    let mut inner = [0; 400];
    let mut middle = [0; 1200];
    let mut outer = [0; 4000];
    let inner = secrets(&mut inner, None);
    let middle = secrets(&mut middle, Some(inner));
    then(secrets(&mut outer, Some(middle)));
}

#[test]
fn k01_values_of_claims_are_shown_nowhere() {
    let claims = [Claim::new("appKey", SECRET), Claim::new("password", SECRET)];
    let auth = Auth::new(&claims).unwrap();
    assert_hidden_in_both(&Message { ids: IDS, body: Body::Auth(auth) });
    assert_hidden_in(&claims);
    assert_hidden_in(&auth);
    assert_hidden_in(&auth.claims);
    assert_hidden_in(&auth.claims.iter());
}

#[test]
fn k02_a_password_as_content_is_shown_nowhere() {
    let password = password();
    let variant = Value::Variant(Variant::new(&password));
    for value in [password, variant, Value::Variant(Variant::new(&variant))] {
        assert_hidden_in_both(&response(value));
        assert_hidden_in(&value);
        if let Value::Variant(variant) = value {
            assert_hidden_in(&variant);
        }
    }
    assert_hidden_in(&TextValue::new(BaseType::PASSWORD, SECRET));
    assert_eq!(format!("{password:?}"), "***");
}

#[test]
fn k02_passwords_in_tables_are_shown_nowhere() {
    with_secrets(|table| {
        assert_hidden_in_both(&response(table.into()));
        assert_hidden_in(&table);
        assert_hidden_in(&Value::from(table));
        for row in table.rows() {
            assert_hidden_in(&row);
        }
        for field in table.fields() {
            assert_hidden_in(&field);
            assert_hidden_in(&field.aspects);
            assert_hidden_in(&field.aspects.iter());
            field.aspects.iter().for_each(|aspect| assert_hidden_in(&aspect));
        }
        // The cells themselves, apart from the STRING that only its field
        // makes a secret.
        let row = table.row(0).unwrap();
        row.cells().filter(|cell| cell.as_str() != Some(SECRET)).for_each(|cell| {
            assert_hidden_in(&cell);
        });
    });
}

#[test]
fn iterators_over_a_table_show_no_bytes_of_it() {
    with_secrets(|table| {
        let fields = table.fields();
        let rows = table.rows();
        let cells = table.row(0).unwrap().cells();
        assert_hidden(&format!("{fields:?} {rows:?} {cells:?}"));
        assert_hidden(&format!("{fields:#?} {rows:#?} {cells:#?}"));
    });
}

#[test]
fn a_split_shows_no_bytes_of_its_message() {
    let claims = [Claim::new("appKey", SECRET)];
    let auth = encode(&Message { ids: IDS, body: Body::Auth(Auth::new(&claims).unwrap()) });
    assert_hidden_in(&Split::new(&auth, 8192).unwrap());
    with_secrets(|table| {
        assert_hidden_in(&Split::new(&encode(&response(table.into())), 64).unwrap());
    });
}

#[test]
fn writers_of_a_table_show_no_bytes_of_their_buffer() {
    // What was in the buffer before: an AUTH, say.
    let mut buffer = SECRET.repeat(20).into_bytes();
    TableWriter::write(
        &mut buffer,
        |shape| {
            assert_hidden_in(shape);
            shape.field("f", BaseType::STRING);
        },
        |rows| {
            assert_hidden_in(rows);
            rows.row(|row| assert_hidden_in(row));
        },
    )
    .unwrap();
}

#[test]
fn chunks_and_their_joiner_show_no_data() {
    let mut joiner = Joiner::<_, 1>::new([vec![0; 400]]);
    let chunk = part(1, 2, 64, SECRET.as_bytes());
    assert_hidden_in_both(&Message { ids: IDS, body: Body::Chunk(chunk) });
    assert_hidden_in(&chunk);
    assert_hidden_in(&joiner.push(IDS, &chunk, 0));
    assert_hidden_in(&joiner);
    let whole = joiner.push(IDS, &part(2, 2, 64, SECRET.as_bytes()), 0);
    assert!(matches!(whole, Ok(Joined::Complete(bytes)) if bytes.ends_with(SECRET.as_bytes())));
    assert_hidden_in(&whole);
    assert_hidden_in(&joiner);
}

#[test]
fn blobs_and_images_are_shown_by_their_length_alone() {
    for base_type in [BaseType::BLOB, BaseType::IMAGE] {
        let value = Value::binary(base_type, SECRET.as_bytes()).unwrap();
        assert_hidden_in_both(&response(value));
        assert_eq!(format!("{value:?}"), format!("{base_type} 10 bytes"));
    }
}

#[test]
fn what_is_not_a_secret_is_shown() {
    for (value, shown) in [
        (Value::from("a \"text\""), r#""a \"text\"""#),
        (Value::text(BaseType::THINGNAME, "Pump").unwrap(), "THINGNAME \"Pump\""),
        (Value::Nothing, "NOTHING"),
        (true.into(), "true"),
        ((-5).into(), "-5"),
        (i64::MIN.into(), "-9223372036854775808"),
        (DateTime::from_millis(-1).into(), "DATETIME -1 ms"),
        (alwayson_codec::Location::default().into(), "LOCATION (0, 0, 0)"),
    ] {
        assert_eq!(format!("{value:?}"), shown);
    }
}

#[test]
fn k01_headers_that_carry_keys_are_masked_in_any_case() {
    for name in ["appKey", "APPKEY", "password", "Authorization", "authorization"] {
        let headers = [RequestHeader::new(name, SECRET)];
        let request = Request {
            headers: List::new(&headers).unwrap(),
            ..Request::new(Method::Get, "Thing", Characteristic::PROPERTIES, "*")
        };
        assert_hidden_in_both(&Message { ids: IDS, body: Body::Request(request) });
        assert_hidden_in(&headers);
        assert_eq!(format!("{:?}", headers[0]), format!("{name}: ***"));
    }
}

#[cfg(feature = "alloc")]
#[test]
fn values_and_messages_that_own_what_they_hold_show_no_secret() {
    use alwayson_codec::owned::{self, Field, Response, Table};

    let assert_hidden_in_value = |value: owned::Value| {
        assert_hidden_in(&value);
        assert_hidden(&value.to_string());
        let response = Response::of(value);
        assert_hidden_in(&response);
        assert_hidden(&response.to_string());
        assert_hidden_in(&owned::Message { ids: IDS, body: owned::Body::Response(response) });
    };
    assert_hidden_in_value(owned::Value::password(SECRET));
    assert_hidden_in_value(owned::Value::Variant(Box::new(owned::Value::password(SECRET))));
    assert_hidden_in_value(owned::Value::blob(SECRET));
    with_secrets(|table| {
        let table = Table::from(table);
        assert_hidden_in(&table);
        table.fields.iter().for_each(|field: &Field| assert_hidden_in(field));
        table.rows().for_each(|row| assert_hidden_in(&row));
        assert_hidden_in_value(table.into());
    });

    let message = |body| owned::Message { ids: IDS, body };
    let claims =
        || vec![owned::Claim { name: Claim::APP_KEY.to_owned(), value: SECRET.to_owned() }];
    assert_hidden_in(&claims());
    assert_hidden_in(&message(owned::Body::Auth(claims())));
    assert_hidden_in(&message(owned::Body::ClearAuth(claims())));
    for name in ["appKey", "PASSWORD", "Authorization"] {
        let headers = vec![owned::RequestHeader::new(name, SECRET)];
        assert_hidden_in(&headers);
        let request = owned::Request { headers, ..owned::Request::read_property("Pump", "*") };
        assert_hidden(&request.to_string());
        assert_hidden_in(&message(owned::Body::Request(request)));
    }
    let data = SECRET.as_bytes().to_vec();
    let chunk = owned::Chunk { of: owned::ChunkOf::Bind, id: 1, count: 2, size: 64, data };
    assert_hidden_in(&chunk);
    assert_hidden_in(&message(owned::Body::Chunk(chunk)));
}

#[test]
fn machines_keep_no_key_and_show_nothing_of_what_waits_to_be_sent() {
    use alwayson_codec::connection::edge::{self, Settings};
    use alwayson_codec::connection::platform::{self, Received};
    use alwayson_codec::connection::{Fixed, FixedName, Names, Requests, Unanswered};
    type EdgeRoom<'m> = Fixed<&'static str, &'m mut [u8], Names<1>, Requests<1>, Unanswered<1>>;
    type PlatformRoom = Fixed<FixedName<16>, [u8; 64], Names<1>, Requests<1>, Unanswered<1>>;

    let mut outbox = [0; 512];
    let mut edge = edge::Connection::<EdgeRoom<'_>>::new(Settings::default(), &mut outbox);
    let mut joiner = Joiner::<[u8; 0], 0>::new([]);
    let claims = [Claim::new(Claim::APP_KEY, SECRET)];
    let mut buffer = [0; 512];
    let len = edge.handle_opened(&Auth::new(&claims).unwrap(), &mut buffer, 0).unwrap();
    assert_hidden_in(&edge);

    let mut connection =
        platform::Connection::<PlatformRoom>::new(platform::Settings::default(), [0; 64], 0);
    let received = connection.handle_received(&buffer[..len], &mut joiner, 0);
    assert!(matches!(received, Received::Auth(_)));
    assert_hidden_in(&received);
    assert_hidden_in(&connection);
    connection.accept(77, 0, 0).unwrap();
    let mut answer = [0; 64];
    let Ok(Some(alwayson_codec::connection::Transmit::Message(len))) =
        connection.poll_transmit(&mut answer, 0)
    else {
        panic!("no answer")
    };
    edge.handle_received(&answer[..len], &mut joiner, 0);
    edge.write_property("a", "p", &password(), 0).unwrap();
    assert_hidden_in(&edge);
    // Nowhere in its memory is the key; only the password that is to be sent.
    let count = outbox.windows(SECRET.len()).filter(|bytes| *bytes == SECRET.as_bytes()).count();
    assert_eq!(count, 1);
}
