//! Chunks that are cut elsewhere than ours are: within characters, around lengths, one byte each,
//! the last one empty, and with other chunk sizes than they have.

use serde_json::{Value, json};

use super::{Base, case, changed, cite, level};
use crate::suite::Case;
use crate::suite::protocol::Sentence;
use crate::{hex, sessions};

/// Things/Pump, as each chunk of a request has it.
const ENTITY: &[u8] = b"\x0a\x04Pump";

/// A property whose name has characters of two, three and four bytes.
const NAME: &str = "Zähler €𝄞";

/// One way to cut: for each message the places of the cuts, in the part that is cut.
struct Cut {
    id: &'static str,
    about: &'static str,
    sentence: &'static str,
    size: u16,
    places: fn(&[u8]) -> Vec<Vec<usize>>,
}

const DATA: &str = "The data of all chunks, in the order of their ids, is the body of the message";

const CUTS: &[Cut] = &[
    Cut {
        id: "chunks-cut-in-characters",
        about: "Six requests in two chunks each, cut within characters of UTF-8.",
        sentence: DATA,
        size: 64,
        places: |data| {
            let is_within = |at: &usize| data.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
            (0..data.len()).filter(is_within).map(|at| vec![at]).collect()
        },
    },
    Cut {
        id: "chunks-cut-around-lengths",
        about: "Four requests in two chunks each, cut before and behind a length and a count.",
        sentence: DATA,
        size: 64,
        places: |data| [1, 2, data.len() - 2, data.len() - 1].map(|at| vec![at]).to_vec(),
    },
    Cut {
        id: "chunks-of-one-byte",
        about: "A request in chunks of one byte of data each.",
        sentence: DATA,
        size: 64,
        places: |data| vec![(1..data.len()).collect()],
    },
    Cut {
        id: "chunks-of-which-the-last-is-empty",
        about: "A request in three chunks, of which the last has no data.",
        sentence: "The last chunk may carry no data (W sends such chunks).",
        size: 64,
        places: |data| vec![vec![data.len() / 2, data.len()]],
    },
    Cut {
        id: "chunks-that-announce-1",
        about: "A request in chunks of one byte of data, with the chunk size 1.",
        sentence: "no chunk has more data than its chunk size allows",
        size: 1,
        places: |data| vec![(1..data.len()).collect()],
    },
    Cut {
        id: "chunks-that-announce-65535",
        about: "A request in two short chunks, with the chunk size 65535.",
        sentence: DATA,
        size: u16::MAX,
        places: |data| vec![vec![data.len() / 2]],
    },
];

pub(super) fn cases(base: &Base, sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for cut in CUTS {
        let cites = vec![cite("5", cut.sentence)];
        let level = level(&cites, sentences)?;
        // The first request id, and the ids of the connection.
        for (side, article, first, endpoint) in
            [("edge", "an-edge", 1001, 0), ("platform", "a-platform", 3, 5)]
        {
            let script = base.get(&format!("base-{side}"))?;
            let script = changed(&script, |json| in_chunks(json, cut, first, endpoint))?;
            let id = format!("{}-to-{article}", cut.id);
            cases.push(case(id, cut.about.to_owned(), level, cites.clone(), Vec::new(), script));
        }
    }
    Ok(cases)
}

/// Replaces the last step by the messages of a cut. Each is a request that is passed on.
fn in_chunks(json: &mut Value, cut: &Cut, first: u32, endpoint: u32) {
    let Some(steps) = json.get_mut("steps").and_then(Value::as_array_mut) else { return };
    let last = steps.pop().unwrap_or_default();
    let mut at = last.get("at").and_then(Value::as_u64).unwrap_or_default();
    // Characteristic, name, no headers, no parameters.
    let mut data = vec![1, u8::try_from(NAME.len()).unwrap_or_default()];
    data.extend(NAME.as_bytes());
    data.extend([0, 0xff]);
    for (id, places) in (first..).zip((cut.places)(&data)) {
        for (index, bytes) in chunks(&data, &places, (id, endpoint), cut.size).iter().enumerate() {
            let act = json!({"kind": "received", "hex": hex::encode(bytes), "dump": sessions::dump(bytes)});
            let mut step = json!({"at": at, "do": act});
            if index == places.len() {
                if let Some(members) = step.as_object_mut() {
                    let effect = json!([{"kind": "request", "request": id}]);
                    members.insert("effects".to_owned(), effect);
                }
            }
            steps.push(step);
            at += 10;
        }
    }
}

/// Returns the chunks of a GET of this request id, endpoint id and chunk size.
fn chunks(data: &[u8], places: &[usize], ids: (u32, u32), size: u16) -> Vec<Vec<u8>> {
    let (request, endpoint) = ids;
    let count = u16::try_from(places.len() + 1).unwrap_or(u16::MAX);
    let starts = std::iter::once(0).chain(places.iter().copied());
    let ends = places.iter().copied().chain([data.len()]);
    let parts = starts.zip(ends).map(|(start, end)| data.get(start..end).unwrap_or_default());
    let chunk = |(id, part): (u16, &[u8])| {
        let mut bytes = vec![1, 1];
        for number in [request, endpoint, 77] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.push(1);
        for number in [id, count, size] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(ENTITY);
        bytes.extend(part);
        bytes
    };
    (1..=count).zip(parts).map(chunk).collect()
}
