//! Bytes that are no message, sent over a connection: each invalid vector. The tested side goes
//! on living, or ends the connection; it does not hang.

use serde_json::{Value, json};

use super::{Base, case, changed, cite};
use crate::suite::{Case, Level};
use crate::vectors::{Expected, Vector, VectorFile};
use crate::{data, hex, sessions};

pub(super) fn cases(base: &Base) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (name, text) in data::VECTORS {
        let file = VectorFile::from_json((*name).to_owned(), text.as_bytes())?;
        for vector in &file.vectors {
            let Expected::Invalid { kind, at } = &vector.expected else { continue };
            for (side, article) in [("edge", "an-edge"), ("platform", "a-platform")] {
                let script = base.get(&format!("base-{side}"))?;
                let mut script = changed(&script, |json| with_bytes(json, vector))?;
                script.is_about_life = true;
                let id = format!("received-{}-by-{article}", vector.id);
                let about = format!("Bytes that are no message ({kind} at {at}) harm nothing.");
                let cites = vec![cite(
                    "6",
                    "A decoder reads from left to right and reports the kind and the offset of the first error.",
                )];
                cases.push(case(id, about, Level::Should, cites, Vec::new(), script));
            }
        }
    }
    Ok(cases)
}

/// Puts the bytes before the last step, with the ids of the connection.
fn with_bytes(json: &mut Value, vector: &Vector) {
    let mut bytes = vector.bytes.clone();
    for (at, id) in [(2, 900_u32), (10, 77)] {
        if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<4>()) {
            *place = id.to_be_bytes();
        }
    }
    let Some(steps) = json.get_mut("steps").and_then(Value::as_array_mut) else { return };
    let Some(last) = steps.pop() else { return };
    let at = last.get("at").and_then(Value::as_u64).unwrap_or_default();
    let dump = sessions::dump(&bytes);
    let act = json!({"kind": "received", "hex": hex::encode(&bytes), "dump": dump});
    steps.push(json!({"at": at - 50, "do": act}));
    steps.push(last);
}
