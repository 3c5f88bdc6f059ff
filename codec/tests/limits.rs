//! Every bound of messages at its limit, one below and one above: counts,
//! lengths, buffers. Those of nesting and of multipart have files of their own.

mod common;

use alwayson_codec::limits::{MAX_ASPECTS, MAX_BYTES, MAX_CELLS, MAX_CLAIMS, MAX_NAMES};
use alwayson_codec::{
    Aspect, Auth, BaseType, Bind, Body, Characteristic, Claim, Counted, EncodeError, List, Message,
    Method, Request, RequestHeader, ShapeWriter, TableWriter, Value,
};
use common::{IDS, content, encode, for_each_message, response, success, whole};

/// Counts of two bytes; Miri, which is slow, leaves out the large ones.
const COUNTS: [usize; 4] = if cfg!(miri) { [1, 2, 255, 256] } else { [255, 256, 65_534, 65_535] };

fn decoded(bytes: &[u8]) -> Body<'_> {
    Message::decode_exact(bytes).unwrap().body
}

#[test]
fn up_to_255_claims_are_sent_and_256_are_refused() {
    let claims = [Claim::new("a", "b"); MAX_CLAIMS + 1];
    for count in [0, 1, 254, 255] {
        let body = Body::Auth(Auth::new(&claims[..count]).unwrap());
        let bytes = encode(&Message { ids: IDS, body });
        assert_eq!(
            bytes,
            whole(
                0x14,
                &[&[u8::try_from(count).unwrap()], &b"\x01a\x01b".repeat(count)[..]].concat()
            )
        );
        let Body::Auth(auth) = decoded(&bytes) else { panic!("not an AUTH") };
        assert_eq!(auth.claims.len(), count);
        assert_eq!(auth.claims.iter().count(), count);
    }
    assert_eq!(Auth::new(&claims), Err(EncodeError::TooMany(Counted::Claims)));
}

#[test]
fn up_to_255_headers_are_sent_and_256_are_refused() {
    let headers = [RequestHeader::new("a", ""); 256];
    for count in [0, 1, 254, 255] {
        let get = Request::new(Method::Get, "t", Characteristic::PROPERTIES, "p");
        let request = Request { headers: List::new(&headers[..count]).unwrap(), ..get };
        let bytes = encode(&Message { ids: IDS, body: Body::Request(request) });
        assert_eq!(bytes[21], u8::try_from(count).unwrap());
        let Body::Request(request) = decoded(&bytes) else { panic!("not a request") };
        assert_eq!(request.headers.len(), count);
        assert_eq!(request.headers.iter().count(), count);
    }
    let refused = List::<RequestHeader<'_>>::new(&headers);
    assert_eq!(refused, Err(EncodeError::TooMany(Counted::Headers)));
}

#[test]
fn up_to_65535_names_are_sent_and_65536_are_refused() {
    let names = vec!["n"; MAX_NAMES + 1];
    for count in COUNTS {
        let body = Body::Bind(Bind::new(&names[..count]).unwrap());
        let bytes = encode(&Message { ids: IDS, body });
        assert_eq!(bytes[16..18], u16::try_from(count).unwrap().to_be_bytes());
        let Body::Bind(bind) = decoded(&bytes) else { panic!("not a BIND") };
        assert_eq!(bind.names.len(), count);
        assert_eq!(bind.names.iter().count(), count);
    }
    assert_eq!(Bind::new(&names), Err(EncodeError::TooMany(Counted::Names)));
}

/// A table of one row with so many cells, written into this buffer.
fn cells(buffer: &mut [u8], count: usize) -> Result<Value<'_>, EncodeError> {
    let row = |row: &mut alwayson_codec::CellsWriter<'_, '_>| {
        (0..count).for_each(|_| row.cell(Value::Nothing));
    };
    TableWriter::write(buffer, |_| (), |rows| rows.row(row)).map(Value::InfoTable)
}

#[test]
fn up_to_65535_cells_are_written_and_65536_are_refused() {
    let mut buffer = vec![0; MAX_CELLS + 10];
    for count in COUNTS {
        let table = cells(&mut buffer, count).unwrap().as_table().unwrap();
        assert_eq!(table.byte_len(), 1 + 1 + 2 + count + 1);
        let row = table.row(0).unwrap();
        assert_eq!((row.cells().len(), row.cells().count()), (count, count));
        let bytes = encode(&response(table.into()));
        assert_eq!(bytes[17..19], [0, 1]);
        assert_eq!(bytes[19..21], u16::try_from(count).unwrap().to_be_bytes());
        assert_eq!(content(&bytes), table.into());
    }
    if cfg!(miri) {
        return; // A minute for each of what follows.
    }
    let too_many = Err(EncodeError::TooMany(Counted::Cells));
    assert_eq!(cells(&mut buffer, MAX_CELLS + 1), too_many);
    // Also where the buffer is too small as well: no larger one would do.
    assert_eq!(cells(&mut [], MAX_CELLS + 1), too_many);
}

#[test]
fn up_to_65535_aspects_are_written_and_65536_are_refused() {
    let aspects = vec![Aspect::new("", Value::Nothing); MAX_ASPECTS + 1];
    let mut buffer = vec![0; 2 * MAX_ASPECTS + 20];
    let mut write = |count: usize| {
        let shape = |shape: &mut ShapeWriter<'_, '_>| {
            shape.field_with("f", "", BaseType::STRING, &aspects[..count]);
        };
        TableWriter::write(&mut buffer, shape, |_| ()).map(|table| {
            let field = table.fields().next().unwrap();
            (field.aspects.len(), field.aspects.iter().count())
        })
    };
    for count in COUNTS {
        assert_eq!(write(count), Ok((count, count)));
    }
    if cfg!(miri) {
        return; // A minute for what follows.
    }
    assert_eq!(write(MAX_ASPECTS + 1), Err(EncodeError::TooMany(Counted::Aspects)));
}

#[test]
fn texts_below_128_bytes_have_a_length_of_one_byte_and_others_of_four() {
    for (len, length) in [
        (0, vec![0]),
        (126, vec![126]),
        (127, vec![127]),
        (128, vec![0x80, 0, 0, 128]),
        (129, vec![0x80, 0, 0, 129]),
        (65_536, vec![0x80, 1, 0, 0]),
    ] {
        let text = "a".repeat(len);
        let expected = success(&[&[0], &length[..], text.as_bytes()].concat());
        let bytes = encode(&response(text.as_str().into()));
        assert!(bytes == expected, "{len}");
        assert_eq!(content(&bytes).as_str(), Some(text.as_str()));
        // Where no type byte goes before it as well.
        let names = [text.as_str()];
        let bind = encode(&Message { ids: IDS, body: Body::Bind(Bind::new(&names).unwrap()) });
        assert!(bind == whole(0x0A, &[&[0, 0, 1], &length[..], text.as_bytes()].concat()), "{len}");
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn blobs_of_2_gib_are_refused_and_one_byte_less_is_not() {
    if cfg!(miri) {
        return; // Miri would really need the memory.
    }
    // Never touched, so never there.
    let bytes = vec![0; MAX_BYTES + 1];
    let longest = response(Value::binary(BaseType::BLOB, &bytes[..MAX_BYTES]).unwrap());
    assert_eq!(longest.encoded_len(), Ok(21 + MAX_BYTES));
    assert_eq!(
        longest.encode(&mut [0; 64]),
        Err(EncodeError::BufferTooSmall { needed: 21 + MAX_BYTES })
    );
    let longer = response(Value::binary(BaseType::BLOB, &bytes).unwrap());
    assert_eq!(longer.encoded_len(), Err(EncodeError::TooLong));
    assert_eq!(longer.encode(&mut [0; 64]), Err(EncodeError::TooLong));
}

#[test]
fn a_buffer_of_the_exact_length_is_enough_and_one_byte_less_is_not() {
    for_each_message(|name, message| {
        let needed = message.encoded_len().unwrap();
        let bytes = encode(message);
        let mut buffer = vec![0xEE; needed + 1];
        let too_small = Err(EncodeError::BufferTooSmall { needed });
        assert_eq!(message.encode(&mut buffer[..needed - 1]), too_small, "{name}");
        assert_eq!(message.encode(&mut buffer[..needed]), Ok(needed), "{name}");
        assert_eq!(buffer[..needed], bytes, "{name}");
        buffer.fill(0xEE);
        assert_eq!(message.encode(&mut buffer), Ok(needed), "{name}");
        assert_eq!(buffer[..needed], bytes, "{name}");
        assert_eq!(buffer[needed], 0xEE, "{name}: a byte after the message is written");
    });
}

#[test]
fn every_smaller_buffer_is_told_the_exact_length_and_nothing_after_it_is_touched() {
    for_each_message(|name, message| {
        let needed = message.encoded_len().unwrap();
        for len in (0..needed).step_by(if cfg!(miri) { 13 } else { 1 }) {
            let mut buffer = vec![0; len];
            let too_small = Err(EncodeError::BufferTooSmall { needed });
            assert_eq!(message.encode(&mut buffer), too_small, "{name} into {len}");
        }
    });
}
