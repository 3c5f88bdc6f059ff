//! Chunks in every order.

use serde_json::{Value, json};

use super::{Base, case, changed, cite, level};
use crate::suite::Case;
use crate::suite::protocol::Sentence;
use crate::{hex, sessions};

/// GET Things/Pump/Properties/Pressure with request id 1001 in three chunks of size 64.
const GET: [&str; 3] = [
    "0101000003e9000000000000004d010001000300400a0450756d700108507265",
    "0101000003e9000000000000004d010002000300400a0450756d7073737572",
    "0101000003e9000000000000004d010003000300400a0450756d706500ff",
];

/// BIND of Valve with request id 3 in three chunks of size 64.
const BIND: [&str; 3] = [
    "010a00000003000000050000004d010001000300400000",
    "010a00000003000000050000004d01000200030040010556",
    "010a00000003000000050000004d01000300030040616c7665",
];

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

pub(super) fn cases(base: &Base, sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let cites = vec![cite(
        "5",
        "Chunks may arrive in any order (W accepts this) and between other messages.",
    )];
    let level = level(&cites, sentences)?;
    let mut cases = Vec::new();
    for (side, article, chunks) in [("edge", "an-edge", GET), ("platform", "a-platform", BIND)] {
        let script = base.get(&format!("base-{side}"))?;
        for order in ORDERS {
            let numbers = order.map(|index| (index + 1).to_string()).join("-");
            let script = changed(&script, |json| in_order(json, order.map(|at| chunks.get(at))))?;
            let id = format!("chunks-{numbers}-to-{article}");
            let about = format!("Three chunks come in the order {numbers}.");
            cases.push(case(id, about, level, cites.clone(), Vec::new(), script));
        }
    }
    Ok(cases)
}

/// Replaces the last step by three that each bring a chunk; the last of them has what the
/// replaced one had.
fn in_order(json: &mut Value, chunks: [Option<&&str>; 3]) {
    let Some(steps) = json.get_mut("steps").and_then(Value::as_array_mut) else { return };
    let Some(last) = steps.pop() else { return };
    let at = last.get("at").and_then(Value::as_u64).unwrap_or_default();
    for (index, digits) in chunks.into_iter().flatten().enumerate() {
        let bytes = hex::decode(digits.as_bytes()).unwrap_or_default();
        let act = json!({"kind": "received", "hex": digits, "dump": sessions::dump(&bytes)});
        let at = at + 100 * index as u64;
        let mut step = json!({"at": at, "do": act});
        if index == 2 {
            step = last.clone();
            for (name, value) in [("at", json!(at)), ("do", act)] {
                if let Some(place) = step.get_mut(name) {
                    *place = value;
                }
            }
        }
        steps.push(step);
    }
}
