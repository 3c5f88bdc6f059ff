//! The laws of any implementation: ours keeps them, and each wrong one breaks the law that is
//! about its fault.

use alwayson_codec::owned::Message as Owned;
use alwayson_codec::{Body, Joined, Joiner, Message, Split};
use alwayson_conformance::laws::{Implementation, all_of};
use alwayson_conformance::vectors::{self, Expected};

/// What is wrong with an implementation.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    RefusesResponses,
    EncodesOtherIds,
    ReadsBeyond,
    TakesPrefixes,
    JoinsInOrderOfArrival,
    CompletesTooEarly,
    LongChunks,
}

struct Ours(Fault);

impl Implementation for Ours {
    type Message = Owned;

    fn decode(&self, bytes: &[u8]) -> Result<(Owned, usize), String> {
        let decoded = Message::decode(bytes);
        if self.0 == Fault::TakesPrefixes && decoded.is_err() && bytes.len() > 15 {
            let keep_alive = [1, 0x1f, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0x4d, 0];
            return Ok((Message::decode(&keep_alive).unwrap().0.into(), 15));
        }
        let (view, used) = decoded.map_err(|error| format!("{error:?}"))?;
        if self.0 == Fault::RefusesResponses && matches!(view.body, Body::Response(_)) {
            return Err("a response".to_owned());
        }
        if self.0 == Fault::ReadsBeyond && used < bytes.len() {
            return Err("bytes follow".to_owned());
        }
        Ok((view.into(), used))
    }

    fn encode(&self, message: &Owned) -> Result<Vec<u8>, String> {
        let mut message = message.clone();
        if self.0 == Fault::EncodesOtherIds {
            message.ids.request ^= 1;
        }
        message.encode_to_vec().map_err(|error| error.to_string())
    }

    fn split(&self, message: &[u8], chunk_size: u16) -> Result<Option<Vec<Vec<u8>>>, String> {
        let size = if self.0 == Fault::LongChunks { chunk_size + 1 } else { chunk_size };
        let mut split = Split::new(message, size).map_err(|error| error.to_string())?;
        let mut chunks = Vec::new();
        let mut buffer = vec![0; usize::from(size)];
        while let Some(len) = split.next_chunk(&mut buffer).map_err(|error| error.to_string())? {
            chunks.push(buffer[..len].to_vec());
        }
        Ok(Some(chunks))
    }

    fn join(&self, chunks: &[Vec<u8>]) -> Result<Option<Vec<u8>>, String> {
        let mut joiner = Joiner::<Vec<u8>, 1>::new([vec![0; 100_000]]);
        let mut chunks = chunks.to_vec();
        for (index, chunk) in chunks.iter_mut().enumerate() {
            let id = u16::try_from(index + 1).unwrap().to_be_bytes();
            if self.0 == Fault::JoinsInOrderOfArrival {
                chunk[15..17].copy_from_slice(&id);
            }
        }
        if self.0 == Fault::CompletesTooEarly && chunks.len() > 1 {
            let count = u16::try_from(chunks.len()).unwrap().to_be_bytes();
            for chunk in &mut chunks {
                chunk[17..19].copy_from_slice(&count);
            }
        }
        for chunk in &chunks {
            let message = Message::decode_exact(chunk).map_err(|error| format!("{error:?}"))?;
            let Body::Chunk(part) = &message.body else { return Err("no chunk".to_owned()) };
            match joiner.push(message.ids, part, 0) {
                Ok(Joined::Incomplete) => {}
                Ok(Joined::Complete(whole)) => return Ok(Some(whole.to_vec())),
                Err(error) => return Err(format!("{error:?}")),
            }
        }
        Ok(None)
    }
}

/// The bytes of all vectors of single messages.
fn all_bytes() -> Vec<Vec<u8>> {
    let files = vectors::read(&[vectors::own_folder()]).unwrap();
    files.into_iter().flat_map(|file| file.vectors).map(|vector| vector.bytes).collect()
}

#[test]
fn our_codec_keeps_the_laws_for_all_vectors() {
    for bytes in all_bytes() {
        assert_eq!(all_of(&Ours(Fault::None), &bytes), Ok(()));
    }
}

#[test]
fn each_fault_breaks_the_law_that_is_about_it() {
    let bytes = all_bytes();
    for (fault, law) in [
        (Fault::RefusesResponses, "agreement"),
        (Fault::EncodesOtherIds, "round trip"),
        (Fault::ReadsBeyond, "used bytes alone"),
        (Fault::TakesPrefixes, "truncation"),
        (Fault::JoinsInOrderOfArrival, "chunks"),
        (Fault::CompletesTooEarly, "chunks"),
        (Fault::LongChunks, "chunks"),
    ] {
        let mut broken = bytes.iter().filter_map(|bytes| all_of(&Ours(fault), bytes).err());
        assert!(broken.any(|text| text.contains(&format!("law \"{law}\""))), "{law}");
    }
}

#[test]
fn the_vectors_have_messages_that_are_split() {
    let files = vectors::read(&[vectors::own_folder()]).unwrap();
    let is_long = |vector: &&vectors::Vector| {
        matches!(vector.expected, Expected::Valid(_)) && vector.bytes.len() > 300
    };
    assert!(files.iter().flat_map(|file| &file.vectors).filter(is_long).count() > 5);
}
