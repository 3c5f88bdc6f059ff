//! Long messages taken apart and put together: the layout of chunks, their
//! order, several messages at a time, duplicates. What contradicts itself
//! stands in `multipart_faults.rs`.

mod common;

use alwayson_codec::{
    Auth, Bind, Body, Characteristic, Chunk, ChunkOf, Claim, Entity, EntityType, Gateway, Ids,
    Joined, Joiner, Message, Method, Request, Split, SplitError, Status, Value,
};
use common::{
    IDS, chunk_bytes, encode, for_each_message, hex, join, part, response, success, whole,
};

/// The chunks of a message.
fn split(message: &[u8], chunk_size: u16) -> Vec<Vec<u8>> {
    let mut split = Split::new(message, chunk_size).unwrap();
    let count = usize::from(split.count());
    let mut buffer = vec![0; usize::from(chunk_size)];
    let mut chunks = Vec::new();
    while let Some(len) = split.next_chunk(&mut buffer).unwrap() {
        chunks.push(buffer[..len].to_vec());
    }
    assert_eq!(split.next_chunk(&mut buffer), Ok(None));
    assert_eq!(chunks.len(), count);
    chunks
}

fn joiner<const N: usize>() -> Joiner<Vec<u8>, N> {
    Joiner::new(std::array::from_fn(|_| vec![0; 4096]))
}

/// What the joiner makes of these chunks: all messages that get complete.
fn joined<'a>(chunks: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<Vec<u8>> {
    let mut places = joiner::<4>();
    let joined = chunks.into_iter().filter_map(|chunk| join(&mut places, chunk, 0)).collect();
    assert_eq!(places.unfinished(), 0);
    joined
}

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![vec![]] };
    let with = |order: Vec<usize>| {
        (0..count).map(move |at| {
            let mut order = order.clone();
            order.insert(at, last);
            order
        })
    };
    orders(last).into_iter().flat_map(with).collect()
}

#[test]
fn a_response_is_split_into_chunks_as_if_by_hand() {
    let message = success(&hex("00 0B 4142434445464748494A4B"));
    let header = "01 40 00000007 00000003 0000004D 01";
    let chunks = [
        hex(&format!("{header} 0001 0003 001A  00 00 0B 41 42")),
        hex(&format!("{header} 0002 0003 001A  43 44 45 46 47")),
        hex(&format!("{header} 0003 0003 001A  48 49 4A 4B")),
    ];
    assert_eq!(split(&message, 26), chunks);
    assert_eq!(joined(&chunks), [message]);
}

#[test]
fn every_chunk_of_a_request_repeats_the_entity_and_its_data_begins_after_it() {
    let message = whole(0x01, &hex("0A 02 7431  01 07 61626364656667 00 FF"));
    let header = "01 01 00000007 00000003 0000004D 01";
    let chunks = [
        hex(&format!("{header} 0001 0003 001D 0A 02 7431  01 07 61 62")),
        hex(&format!("{header} 0002 0003 001D 0A 02 7431  63 64 65 66")),
        hex(&format!("{header} 0003 0003 001D 0A 02 7431  67 00 FF")),
    ];
    assert_eq!(split(&message, 29), chunks);
    assert_eq!(joined(&chunks), [message]);
}

#[test]
fn no_chunk_is_empty_and_all_but_the_last_are_full() {
    // The body is 40 bytes: exact multiples of the data are among them.
    let message = success(&[&[0, 37][..], &[b'a'; 37]].concat());
    for size in 22..message.len() {
        let chunks = split(&message, u16::try_from(size).unwrap());
        let (last, full) = chunks.split_last().unwrap();
        assert_eq!(chunks.len(), 40_usize.div_ceil(size - 21), "{size}");
        assert!(full.iter().all(|chunk| chunk.len() == size), "{size}");
        assert!((22..=size).contains(&last.len()), "{size}: {}", last.len());
        assert_eq!(joined(&chunks), std::slice::from_ref(&message), "{size}");
    }
}

#[test]
fn a_message_that_fits_comes_out_once_as_it_is() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        let len = u16::try_from(bytes.len()).unwrap();
        for size in [len, len + 1, 8192, u16::MAX] {
            assert_eq!(split(&bytes, size), std::slice::from_ref(&bytes), "{name}");
        }
    });
}

#[test]
fn auth_clearauth_keep_alive_and_chunks_are_never_split() {
    let claims = [Claim::new("appKey", "a long key that needs more room than there is")];
    for body in [
        Body::Auth(Auth::new(&claims).unwrap()),
        Body::ClearAuth(Auth::new(&claims).unwrap()),
        Body::Chunk(part(1, 2, 64, &[0; 43])),
        Body::KeepAlive,
    ] {
        let bytes = encode(&Message { ids: IDS, body });
        let less = u16::try_from(bytes.len() - 1).unwrap();
        assert_eq!(Split::new(&bytes, less).err(), Some(SplitError::NeverChunked));
        assert!(Split::new(&bytes, less + 1).is_ok());
    }
}

#[test]
fn a_bind_and_an_unbind_in_chunks_are_joined_to_what_they_were() {
    let names = ["a Thing", "*an identifier", "another Thing with a long name"];
    let gateway = Some(Gateway::new("a gateway", "EMSGateway"));
    let bind = Bind { gateway, ..Bind::new(&names).unwrap() };
    for (body, of) in [(Body::Bind(bind), ChunkOf::Bind), (Body::Unbind(bind), ChunkOf::Unbind)] {
        let whole = encode(&Message { ids: IDS, body });
        let chunks = split(&whole, 40);
        assert_eq!(chunks.len(), (whole.len() - 15).div_ceil(40 - 21));
        let mut joiner = Joiner::<[u8; 600], 1>::new([[0; 600]]);
        for (index, bytes) in chunks.iter().enumerate().rev() {
            let Body::Chunk(chunk) = Message::decode_exact(bytes).unwrap().body else { panic!() };
            assert_eq!((chunk.of, usize::from(chunk.id)), (of, index + 1));
            match joiner.push(IDS, &chunk, 0).unwrap() {
                Joined::Complete(bytes) => assert_eq!((bytes, index), (&whole[..], 0)),
                Joined::Incomplete => assert_ne!(index, 0),
            }
        }
    }
}

#[test]
fn what_is_not_a_message_is_not_split() {
    let not = |bytes: &[u8]| match Split::new(bytes, 30) {
        Err(SplitError::NotAMessage(error)) => (error.kind().name(), error.offset()),
        other => panic!("{other:?}"),
    };
    assert_eq!(not(&[]), ("UnexpectedEnd", 0));
    assert_eq!(not(&[2; 40]), ("UnsupportedVersion", 0));
    assert_eq!(not(&whole(0x05, &[0; 40])), ("UnknownCode", 1));
    // The entity of a request, where chunks need it: cut short, not UTF-8.
    assert_eq!(not(&whole(0x01, &[&[0x0A, 100], &[b'a'; 40][..]].concat())), ("UnexpectedEnd", 57));
    assert_eq!(
        not(&whole(0x01, &[&[0x0A, 2, b'a'], &[0xFF; 40][..]].concat())),
        ("InvalidUtf8", 18)
    );
}

#[test]
fn a_buffer_that_is_too_small_loses_no_chunk() {
    let message = success(&[&[0, 100][..], &[b'a'; 100]].concat());
    let mut split = Split::new(&message, 50).unwrap();
    let mut chunks = Vec::new();
    loop {
        let refused = split.next_chunk(&mut [0; 21]);
        let Err(SplitError::BufferTooSmall { needed }) = refused else {
            assert_eq!(refused, Ok(None));
            break;
        };
        let mut buffer = vec![0; needed];
        assert_eq!(split.next_chunk(&mut buffer), Ok(Some(needed)));
        chunks.push(buffer);
    }
    assert_eq!(chunks, self::split(&message, 50));
    // Nor a message that is sent whole.
    let mut split = Split::new(&message, 200).unwrap();
    let needed = message.len();
    assert_eq!(split.next_chunk(&mut [0; 21]), Err(SplitError::BufferTooSmall { needed }));
    assert_eq!(split.next_chunk(&mut vec![0; needed]), Ok(Some(needed)));
}

#[test]
fn every_request_and_response_is_split_and_joined_at_every_size() {
    for_each_message(|name, message| {
        let bytes = encode(message);
        if !matches!(message.body, Body::Request(_) | Body::Response(_)) {
            return;
        }
        for size in (36..bytes.len()).step_by(if cfg!(miri) { 17 } else { 1 }) {
            let chunks = split(&bytes, u16::try_from(size).unwrap());
            assert_eq!(joined(&chunks), std::slice::from_ref(&bytes), "{name}, {size}");
            assert_eq!(joined(chunks.iter().rev()), std::slice::from_ref(&bytes), "{name}, {size}");
        }
    });
}

#[test]
fn chunks_make_their_message_in_every_order() {
    let message = encode(&response(Value::from("a text for four chunks of which one is short")));
    let chunks = split(&message, 36);
    assert_eq!(chunks.len(), 4);
    assert_eq!(orders(4).len(), 24);
    for order in orders(4) {
        let chunks = order.iter().map(|index| &chunks[*index]);
        assert_eq!(joined(chunks), std::slice::from_ref(&message), "{order:?}");
    }
}

#[test]
fn chunks_of_unequal_lengths_and_an_empty_last_one_make_their_message_in_every_order() {
    let data: [&[u8]; 5] = [b"123", b"", b"4567", b"8", b""];
    for order in orders(5) {
        let mut joiner = joiner::<1>();
        let mut complete = None;
        for index in &order {
            let id = u16::try_from(*index + 1).unwrap();
            complete = join(&mut joiner, &chunk_bytes(id, 5, 25, data[*index]), 0);
        }
        assert_eq!(complete, Some(whole(0x40, b"12345678")), "{order:?}");
    }
}

#[test]
fn a_message_of_one_chunk_is_complete_at_once() {
    let mut joiner = joiner::<1>();
    let complete = join(&mut joiner, &chunk_bytes(1, 1, 64, &[0, 0xFF]), 0);
    assert_eq!(complete, Some(success(&[0xFF])));
    let complete = join(&mut joiner, &chunk_bytes(1, 1, 0, &[]), 0);
    assert_eq!(complete, Some(whole(0x40, &[])));
}

#[test]
fn messages_that_come_interleaved_are_kept_apart() {
    let texts = ["one text of the four", "another one, not the same", "a third, x", "and the last"];
    let messages: Vec<Vec<u8>> = (1..)
        .zip(texts)
        .map(|(request, text)| {
            encode(&Message { ids: Ids { request, ..IDS }, body: response(text.into()).body })
        })
        .collect();
    let chunks: Vec<Vec<Vec<u8>>> = messages.iter().map(|message| split(message, 24)).collect();
    let longest = chunks.iter().map(Vec::len).max().unwrap();
    let in_turns = (0..longest).flat_map(|index| chunks.iter().filter_map(move |of| of.get(index)));
    let mut joined = joined(in_turns);
    joined.sort_by_key(|message| message[5]);
    assert_eq!(joined, messages);
}

#[test]
fn a_request_and_a_response_with_the_same_id_are_two_messages() {
    let post = Request::new(Method::Post, "t", Characteristic::SERVICES, "a service of the Thing");
    let request = encode(&Message { ids: IDS, body: Body::Request(post) });
    let response = encode(&response("a response that has two chunks".into()));
    let asked = split(&request, 43);
    let answered = split(&response, 43);
    assert_eq!((asked.len(), answered.len()), (2, 2));
    let chunks = [&asked[0], &answered[1], &asked[1], &answered[0]];
    assert_eq!(joined(chunks), [request, response]);
}

#[test]
fn chunks_that_come_twice_change_nothing_whatever_their_data() {
    let mut joiner = joiner::<1>();
    let first = part(1, 3, 30, b"123456789");
    assert_eq!(joiner.push(IDS, &first, 0), Ok(Joined::Incomplete));
    let longer = [b'x'; 100];
    for data in [&b"123456789"[..], b"987654321", b"", b"1234567890", &longer] {
        assert_eq!(joiner.push(IDS, &part(1, 3, 30, data), 5), Ok(Joined::Incomplete));
        assert_eq!((joiner.unfinished(), joiner.next_expiry()), (1, Some(50_000)));
    }
    assert_eq!(joiner.push(IDS, &part(3, 3, 30, b"c"), 0), Ok(Joined::Incomplete));
    assert_eq!(joiner.push(IDS, &part(3, 3, 30, b"d"), 0), Ok(Joined::Incomplete));
    let complete = joiner.push(IDS, &part(2, 3, 30, b"b"), 0);
    assert_eq!(complete, Ok(Joined::Complete(&whole(0x40, b"123456789bc"))));
}

#[test]
fn memory_that_held_a_message_leaves_nothing_in_the_next() {
    let mut joiner = joiner::<1>();
    let long = [0xAA; 200];
    assert_eq!(joiner.push(IDS, &part(1, 2, 300, &long), 0), Ok(Joined::Incomplete));
    joiner.clear();
    assert_eq!((joiner.unfinished(), joiner.next_expiry()), (0, None));
    for _ in 0..2 {
        assert_eq!(join(&mut joiner, &chunk_bytes(2, 2, 300, &[0xFF]), 0), None);
        let complete = join(&mut joiner, &chunk_bytes(1, 2, 300, &[0]), 0);
        assert_eq!(complete, Some(success(&[0xFF])));
    }
    assert_eq!(joiner.into_memory().map(|memory| memory.len()), [4096]);
}

#[test]
fn the_whole_has_the_header_of_its_chunks_and_the_entity_once_in_canonical_form() {
    let ids = Ids { request: 0x0102_0304, endpoint: 0, session: Ids::NONE };
    // The long form of a short length.
    let bytes = hex("01 03 01020304 00000000 FFFFFFFF 01 0001 0002 0040 5A 80000001 74 02 01 73");
    let message = Message::decode_exact(&bytes).unwrap();
    assert_eq!(message.ids, ids);
    let Body::Chunk(first) = message.body else { panic!("not a chunk") };
    assert_eq!(first.data, hex("02 01 73"));
    let entity = Entity { entity_type: EntityType::from_u8(0x5A), name: "t".into() };
    let of = ChunkOf::Request(Method::Post, entity);
    assert_eq!(first.of, of);
    let mut joiner = joiner::<1>();
    assert_eq!(joiner.push(ids, &first, 0), Ok(Joined::Incomplete));
    let last = Chunk { of, ..part(2, 2, 64, &[0, 0xFF]) };
    let whole = hex("01 03 01020304 00000000 FFFFFFFF 00 5A 01 74 02 01 73 00 FF");
    assert_eq!(joiner.push(ids, &last, 0), Ok(Joined::Complete(&whole)));
    assert!(Message::decode_exact(&whole).is_ok());
    assert_eq!(ChunkOf::Response(Status::SUCCESS).code().to_u8(), 0x40);
}
