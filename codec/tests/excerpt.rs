//! What is shown of a message that cannot be read: enough to find the fault, and
//! nothing of a secret.

#![cfg(not(miri))]

use alwayson_codec::connection::{Fault, Unreadable};
use alwayson_codec::limits::EXCERPT;
use alwayson_codec::{
    Auth, BaseType, Body, Claim, Excerpt, Ids, List, Message, Request, RequestHeader, Response,
    Status, TextValue, Value,
};
use data_encoding::HEXLOWER;

const SECRET: &str = "S3CR3T-0F-TH3-T3ST";

fn ids() -> Ids {
    Ids { request: 7, endpoint: 0, session: 77 }
}

fn encode(body: Body<'_>) -> Vec<u8> {
    let message = Message { ids: ids(), body };
    let mut bytes = vec![0; message.encoded_len().unwrap()];
    message.encode(&mut bytes).unwrap();
    bytes
}

fn password() -> TextValue<'static> {
    TextValue::new(BaseType::PASSWORD, SECRET).unwrap()
}

/// A write of a PASSWORD, in a cell or by a field that says so.
fn password_write(cell: Value<'_>) -> Vec<u8> {
    let message =
        Message { ids: ids(), body: Body::Request(Request::write_property("Pump", "pin")) };
    let mut bytes = vec![0; 512];
    let len = message
        .encode_with_table(
            &mut bytes,
            |shape| shape.field("pin", BaseType::PASSWORD),
            |rows| rows.row(|row| row.cell(cell)),
        )
        .unwrap();
    bytes.truncate(len);
    bytes
}

fn with_secrets() -> Vec<(&'static str, Vec<u8>)> {
    let claims = [Claim::new(Claim::APP_KEY, SECRET)];
    let user = [Claim::new(Claim::USER_ID, "x"), Claim::new(Claim::PASSWORD, SECRET)];
    let auth = |claims| Auth::new(claims).unwrap();
    let mut messages = vec![
        ("AUTH", encode(Body::Auth(auth(&claims)))),
        ("AUTH of a user", encode(Body::Auth(auth(&user)))),
        ("CLEARAUTH", encode(Body::ClearAuth(auth(&claims)))),
        ("PASSWORD cell", password_write(password().into())),
        ("STRING cell of a PASSWORD field", password_write(SECRET.into())),
    ];
    for name in ["appKey", "APPKEY", "password", "Authorization"] {
        let headers = [RequestHeader::new("Accept", "json"), RequestHeader::new(name, SECRET)];
        let request = Request {
            headers: List::new(&headers).unwrap(),
            ..Request::read_property("Pump", "Pressure")
        };
        messages.push((name, encode(Body::Request(request))));
    }
    let password = password().into();
    let response = Response { content: password, ..Response::new(Status::SUCCESS) };
    messages.push(("PASSWORD response", encode(Body::Response(response))));
    messages
}

/// No two bytes of the secret that stand together may be seen: one alone may be any
/// length or code.
fn assert_hidden(what: &str, shown: &str) {
    for pair in SECRET.as_bytes().windows(2) {
        assert!(!shown.contains(&HEXLOWER.encode(pair)), "{what}: {shown}");
    }
    for text in SECRET.as_bytes().windows(4) {
        assert!(!shown.contains(std::str::from_utf8(text).unwrap()), "{what}: {shown}");
    }
}

/// Whether without this byte nobody could know that there is a secret.
fn says_that_it_is_secret(message: &[u8], at: usize) -> bool {
    let is_in_name = |name: &str| {
        message.windows(name.len()).enumerate().any(|(start, window)| {
            window.eq_ignore_ascii_case(name.as_bytes())
                && (start..start + name.len()).contains(&at)
        })
    };
    message[at] == BaseType::PASSWORD.to_u8()
        || ["appKey", "password", "authorization"].into_iter().any(is_in_name)
}

#[test]
fn no_secret_is_seen_wherever_a_message_is_cut_or_damaged() {
    let mut faults = 0;
    for (what, message) in with_secrets() {
        let mut damaged: Vec<Vec<u8>> =
            (0..message.len()).map(|len| message[..len].to_vec()).collect();
        for at in (0..message.len()).filter(|at| !says_that_it_is_secret(&message, *at)) {
            for byte in [0, 2, 0x55, 0xFF] {
                let mut other = message.clone();
                other[at] = byte;
                damaged.push(other);
            }
        }
        for bytes in damaged {
            let Err(error) = Message::decode(&bytes) else { continue };
            faults += 1;
            // The shown bytes are those of a message of its kind: a code that is
            // changed into that of another makes another message of it.
            if bytes.get(1) != message.get(1) && bytes.len() == message.len() {
                continue;
            }
            let unreadable = Unreadable { fault: Fault::Bytes(error), bytes: &bytes };
            assert_hidden(what, &unreadable.to_string());
            assert_hidden(what, &format!("{unreadable:?}"));
        }
        // And wherever somebody looks at.
        for offset in 0..=message.len() {
            assert_hidden(what, &Excerpt::around(&message, offset).to_string());
        }
    }
    assert!(faults > 1000, "{faults}");
}

#[test]
fn a_part_of_a_message_that_was_sent_as_one_shows_no_secret() {
    for (what, message) in with_secrets() {
        for at in message.len() - SECRET.len()..message.len() {
            // The end after another header, as some clients send it, and without one.
            let tail = [&message[..15], &message[at..]].concat();
            assert_hidden(what, &Excerpt::around(&tail, 15).to_string());
            assert_hidden(what, &Excerpt::around(&message[at..], 0).to_string());
        }
        // And in chunks.
        for code in [0x03, 0x40, 0x0A] {
            let mut chunk = message[..15].to_vec();
            (chunk[1], chunk[14]) = (code, 1);
            chunk.extend([0, 1, 0, 2, 0x20, 0]);
            let data = chunk.len();
            chunk.extend(&message[15..]);
            for offset in 0..chunk.len() {
                let excerpt = Excerpt::around(&chunk, offset);
                let masked = &excerpt.to_string()[2 * data.saturating_sub(excerpt.start())..];
                assert_eq!(masked, "**".repeat(masked.len() / 2), "{what}");
            }
        }
    }
}

#[test]
fn the_fault_and_the_bytes_around_it_are_seen() {
    let message = encode(Body::Request(Request::read_property("SteamSensor1", "Temperature")));
    let cut = &message[..message.len() - 3];
    let error = Message::decode(cut).unwrap_err();
    let unreadable = Unreadable { fault: Fault::Bytes(error), bytes: cut };
    let at = cut.len();
    assert_eq!(
        unreadable.to_string(),
        format!(
            "UnexpectedEnd: the message is cut short at byte {at}; from byte {} of {at}: {}",
            at - EXCERPT,
            HEXLOWER.encode(&cut[at - EXCERPT..])
        )
    );
    // In the middle, the fault stands in the middle.
    let excerpt = Excerpt::around(&message, 20);
    assert_eq!((excerpt.start(), excerpt.len()), (4, EXCERPT));
    assert_eq!(excerpt.to_string(), HEXLOWER.encode(&message[4..36]));
    // At the ends there is as much, and no more than there is.
    assert_eq!(Excerpt::around(&message, 0).to_string(), HEXLOWER.encode(&message[..EXCERPT]));
    assert_eq!(Excerpt::around(&message[..15], 15).to_string(), HEXLOWER.encode(&message[..15]));
    assert_eq!(Excerpt::around(&message[..7], 7).to_string(), HEXLOWER.encode(&message[..7]));
    assert!(Excerpt::around(&[], 0).is_empty());
    assert_eq!(Excerpt::around(&message, usize::MAX).start(), message.len() - EXCERPT);
}

#[test]
fn of_what_is_not_of_this_protocol_the_byte_is_seen_that_says_so() {
    let http = Excerpt::around(b"GET / HTTP/1.1\r\n", 0).to_string();
    assert_eq!(http, format!("{}{}", HEXLOWER.encode(b"G"), "**".repeat(15)));
    assert_eq!(Excerpt::around(&[2], 0).to_string(), "02");
}

#[test]
fn names_of_a_bind_are_seen() {
    let names = ["Pump", "Valve"];
    let bind = encode(Body::Bind(alwayson_codec::Bind::new(&names).unwrap()));
    assert_eq!(Excerpt::around(&bind, 20).to_string(), HEXLOWER.encode(&bind));
}
