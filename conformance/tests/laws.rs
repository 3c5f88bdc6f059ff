//! The laws, checked with generated messages.

mod generate;

use alwayson_codec::owned::Message;
use alwayson_codec::{Body, DecodeErrorKind, EncodeError, Joined, Joiner, Message as View, Split};
use alwayson_conformance::{json, laws, seeds};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// A message becomes bytes, a view, and the same message; JSON likewise.
fn comes_back(message: &Message) -> Result<Vec<u8>, TestCaseError> {
    let bytes = message.encode_to_vec()?;
    let view = View::decode_exact(&bytes)?;
    prop_assert_eq!(&Message::from(view), message);
    let json = json::of_message(message);
    let read = json::message(json.as_bytes()).map_err(TestCaseError::fail)?;
    prop_assert_eq!(&read, message, "from {}", json);
    Ok(bytes)
}

fn keeps(verdict: laws::Verdict) -> TestCaseResult {
    verdict.map_err(TestCaseError::fail)
}

/// The chunks of a message.
fn split(message: &[u8], chunk_size: u16) -> Result<Vec<Vec<u8>>, TestCaseError> {
    let mut split = Split::new(message, chunk_size)?;
    let count = usize::from(split.count());
    let mut buffer = vec![0; usize::from(chunk_size)];
    let mut chunks = Vec::new();
    while let Some(len) = split.next_chunk(&mut buffer)? {
        chunks.push(buffer[..len].to_vec());
    }
    prop_assert_eq!(chunks.len(), count);
    prop_assert_eq!(split.next_chunk(&mut buffer), Ok(None));
    Ok(chunks)
}

/// Returns the joined message, and the index of the chunk that completed it.
fn join(chunks: &[Vec<u8>]) -> Result<Option<(usize, Vec<u8>)>, TestCaseError> {
    let mut joiner = Joiner::new([vec![0; 200_000]]);
    for (index, chunk) in chunks.iter().enumerate() {
        let message = View::decode_exact(chunk)?;
        let Body::Chunk(chunk) = &message.body else { panic!("{} is no chunk", message.dump()) };
        if let Joined::Complete(whole) = joiner.push(message.ids, chunk, 0)? {
            return Ok(Some((index, whole.to_vec())));
        }
    }
    Ok(None)
}

proptest! {
    #[test]
    fn a_message_comes_back_and_keeps_the_laws(message in generate::message()) {
        let bytes = comes_back(&message)?;
        keeps(laws::all(&bytes))?;
    }

    #[test]
    fn sixteen_containers_may_enclose_a_value(
        message in generate::response(generate::enclosed(0..=16)),
    ) {
        let bytes = comes_back(&message)?;
        keeps(laws::all(&bytes))?;
    }

    #[test]
    fn a_seventeenth_container_is_refused(
        message in generate::response(generate::enclosed(17..20)),
    ) {
        let refused = Err(EncodeError::NestingTooDeep);
        prop_assert_eq!(message.encode_to_vec(), refused.clone());
        let lent = message.with_view(|view| view.encode_to_vec());
        prop_assert_eq!(lent.and_then(|encoded| encoded), refused);
    }

    #[test]
    fn a_padded_message_keeps_the_laws(
        message in generate::message(),
        padding in vec(any::<u8>(), 0..20),
    ) {
        let mut bytes = message.encode_to_vec()?;
        bytes.extend(padding);
        keeps(laws::all(&bytes))?;
    }

    #[test]
    fn a_message_damaged_in_several_places_keeps_the_laws(
        message in generate::message(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = message.encode_to_vec()?;
        for (place, byte) in damage {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        keeps(laws::all(&bytes))?;
    }

    #[test]
    fn any_bytes_keep_the_laws(bytes in vec(any::<u8>(), 0..200)) {
        keeps(laws::all(&bytes))?;
    }

    #[test]
    fn any_bytes_after_a_header_keep_the_laws(
        code in prop_oneof![1..=4_u8, Just(0x0A), Just(0x14), Just(0x40)],
        marker in 0..2_u8,
        body in vec(prop_oneof![0..4_u8, any::<u8>()], 0..120),
    ) {
        let mut bytes = vec![1, code];
        bytes.extend([0; 12]);
        bytes.push(marker);
        bytes.extend(body);
        keeps(laws::all(&bytes))?;
    }

    #[test]
    fn a_long_message_survives_its_chunks_in_any_order(
        message in generate::long_message(),
        data_per_chunk in prop_oneof![200..600_u16, 600..4000_u16],
        order in vec(any::<u32>(), 0..60),
        twice in any::<prop::sample::Index>(),
    ) {
        let bytes = comes_back(&message)?;
        let chunk_size = data_per_chunk + 180;
        let chunks = split(&bytes, chunk_size)?;
        if bytes.len() <= usize::from(chunk_size) {
            prop_assert_eq!(chunks, vec![bytes]);
            return Ok(());
        }
        for chunk in &chunks {
            prop_assert!(chunk.len() <= usize::from(chunk_size));
            keeps(laws::all(chunk))?;
        }
        // Any order: by random numbers; and one chunk comes twice.
        let mut shuffled: Vec<_> = chunks.iter().cloned().enumerate().collect();
        shuffled.sort_by_key(|(index, _)| order.get(*index).copied());
        let mut shuffled: Vec<_> = shuffled.into_iter().map(|(_, chunk)| chunk).collect();
        let again = shuffled[twice.index(shuffled.len() - 1)].clone();
        shuffled.insert(shuffled.len() - 1, again);
        let last = shuffled.len() - 1;
        prop_assert_eq!(join(&shuffled)?, Some((last, bytes)));
        keeps(laws::joiner(&seeds::records(&shuffled)))?;
    }

    #[test]
    fn chunks_of_several_messages_may_be_mixed_and_lost(
        messages in vec((generate::long_message(), 400..900_u16), 1..6),
        order in vec((any::<u32>(), 0..10_u8), 150),
    ) {
        let mut chunks = Vec::new();
        for (index, (mut message, chunk_size)) in messages.into_iter().enumerate() {
            message.ids.request = u32::try_from(index % 4).unwrap();
            chunks.extend(split(&message.encode_to_vec()?, chunk_size)?);
        }
        let mut mixed: Vec<_> = order.into_iter().zip(chunks).collect();
        mixed.retain(|((_, fate), _)| *fate != 0);
        mixed.sort_by_key(|((random, _), _)| *random);
        let mixed: Vec<_> = mixed.into_iter().map(|(_, chunk)| chunk).collect();
        keeps(laws::joiner(&seeds::records(&mixed)))?;
    }

    #[test]
    fn chunks_that_contradict_each_other_keep_the_law_of_joiners(
        chunks in vec(generate::chunk_frame(), 0..80),
    ) {
        keeps(laws::joiner(&seeds::records(&chunks)))?;
    }

    #[test]
    fn a_length_without_its_bytes_is_an_end_too_early(
        base_type in prop_oneof![Just(0_u8), Just(13), Just(21), Just(10)],
        length in (0..31_u32, 0..60_u32).prop_map(|(bit, more)| 1 << bit | more),
        bytes in vec(0..0x80_u8, 0..50),
    ) {
        // Texts need the top bit for lengths of four bytes; blobs may have it.
        let mut message = vec![1, 0x40, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, base_type];
        message.extend((length | 0x8000_0000).to_be_bytes());
        message.extend(&bytes);
        let whole = usize::try_from(length).is_ok_and(|length| length <= bytes.len());
        match View::decode(&message) {
            Ok((_, used)) => prop_assert!(whole && used == 21 + usize::try_from(length)?),
            Err(error) => {
                prop_assert!(!whole);
                prop_assert_eq!(error.kind(), DecodeErrorKind::UnexpectedEnd);
                prop_assert_eq!(usize::try_from(error.offset())?, message.len());
            }
        }
    }

    #[test]
    fn any_records_keep_the_law_of_joiners(records in vec(any::<u8>(), 0..400)) {
        keeps(laws::joiner(&records))?;
    }
}
