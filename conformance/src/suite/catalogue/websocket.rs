//! WebSockets, closes and TLS: what is below the dialogues.

use serde_json::json;

use super::{Base, case, changed, cite, level};
use crate::sessions::Citation;
use crate::suite::net::{Frame, TlsFault};
use crate::suite::play::{Broken, Closing, Delivery, Script};
use crate::suite::protocol::Sentence;
use crate::suite::{Case, Level};

const UPGRADE: &str = "An edge opens a WebSocket (RFC 6455) to the path `/Thingworx/WS` of the platform, usually over TLS (A).";

/// How messages travel, what the case is called, and what it is about.
const DELIVERIES: &[(Delivery, &str, &str)] = &[
    (Delivery::Fragments, "ws-fragments", "Each message comes in four frames, the last empty."),
    (
        Delivery::FragmentsAndPings,
        "ws-pings-between-fragments",
        "Each message comes in four frames with a ping between them, which is answered.",
    ),
    (Delivery::Slowly, "ws-byte-by-byte", "Each frame comes byte by byte."),
    (Delivery::BehindText, "ws-text-is-ignored", "A text message comes before each message."),
    (
        Delivery::WithPing,
        "ws-ping-with-each-message",
        "A ping and a message come in one segment; the ping is answered.",
    ),
];

pub(super) fn cases(base: &Base, sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for side in ["edge", "platform"] {
        let article = if side == "edge" { "an-edge" } else { "a-platform" };
        for (delivery, id, about) in DELIVERIES {
            let mut script = base.get(&format!("base-{side}"))?;
            script.delivery = *delivery;
            let cites = match delivery {
                Delivery::BehindText => {
                    vec![cite(
                        "1",
                        "Text messages are not part of the protocol and are ignored (W).",
                    )]
                }
                _ => script.dialogue.cites.clone(),
            };
            let level = level(&cites, sentences)?;
            let id = format!("{id}-to-{article}");
            cases.push(case(id, (*about).to_owned(), level, cites, Vec::new(), script));
        }
    }
    cases.extend(openings(base, sentences)?);
    cases.extend(closings(base, sentences)?);
    cases.extend(broken(base)?);
    cases.extend(tls(base, sentences)?);
    Ok(cases)
}

fn openings(base: &Base, sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let mut plain = base.get("base-edge")?;
    let upgrade = cite("1", UPGRADE);
    let cites = vec![upgrade];
    let level = level(&cites, sentences)?;
    let add = |id: &str, about: &str, script: Script| {
        let cites = cites.clone();
        case(id.to_owned(), about.to_owned(), level, cites, Vec::new(), script)
    };
    let slow = changed(&plain, |json| {
        for (step, at) in [(2, 9_000), (3, 18_000), (4, 18_100)] {
            if let Some(place) = json.pointer_mut(&format!("/steps/{step}/at")) {
                *place = json!(at);
            }
        }
    })?;
    plain.with_upgrade = Some(Frame::ping(b"at once"));
    Ok(vec![
        add(
            "ws-frame-with-the-upgrade",
            "A ping comes in one segment with the answer to the upgrade, and is answered.",
            plain,
        ),
        add("a-slow-platform", "AUTH and BIND are answered after 9 s each.", slow),
    ])
}

/// How the other side closes, the beginning of the id of the case, and what it is about.
const CLOSINGS: &[(Closing, &str, &str)] = &[
    (Closing::Code(Some(1000)), "close-1000", "with code 1000"),
    (Closing::Code(Some(1001)), "close-1001", "with code 1001"),
    (Closing::Code(Some(1002)), "close-1002", "with code 1002"),
    (Closing::Code(Some(1009)), "close-1009", "with code 1009"),
    (Closing::Code(Some(1011)), "close-1011", "with code 1011"),
    (Closing::Code(Some(3000)), "close-3000", "with code 3000"),
    (Closing::Code(Some(999)), "close-999", "with code 999, which is none"),
    (Closing::Code(None), "close-without-a-code", "without a code"),
];

fn closings(base: &Base, sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let again = base.get("base-edge-again")?;
    let bound_again = base.get("base-platform-again")?;
    let mut cases = Vec::new();
    let mut add = |id: String, about: String, script: Script| {
        let cites = script.dialogue.cites.clone();
        let level = level(&cites, sentences)?;
        cases.push(case(id, about, level, cites, Vec::new(), script));
        Ok::<(), String>(())
    };
    for (closing, id, how) in CLOSINGS {
        let about =
            format!("The platform closes {how}. The edge connects again after 5 s to 15 s.");
        let script = Script { closing: *closing, ..again.clone() };
        add(format!("{id}-and-the-edge-is-back"), about, script)?;
        let about = format!("The edge closes {how}. Its names can be bound again.");
        let script = Script { closing: *closing, ..bound_again.clone() };
        add(format!("{id}-and-names-are-free"), about, script)?;
    }
    let script = Script { closing: Closing::Lost, ..again.clone() };
    let about =
        "The TCP connection ends without a close. The edge connects again after 5 s to 15 s.";
    add("lost-without-a-close-and-the-edge-is-back".to_owned(), about.to_owned(), script)?;
    let script = Script { refused: 1, closing: Closing::Lost, ..again.clone() };
    let about = "The platform restarts: the connection is lost, the next attempt is refused, the \
                 one after it succeeds.";
    add("a-platform-restarts".to_owned(), about.to_owned(), script)?;
    Ok(cases)
}

/// Frames that break a rule: the connection ends.
fn broken(base: &Base) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for side in ["edge", "platform"] {
        let article = if side == "edge" { "an-edge" } else { "a-platform" };
        let script = changed(&base.get(&format!("base-{side}"))?, |json| {
            let steps = json.get_mut("steps").and_then(serde_json::Value::as_array_mut);
            let last = steps.and_then(|steps| steps.last_mut());
            if let Some(members) = last.and_then(serde_json::Value::as_object_mut) {
                members.remove("effects");
                members.insert("out".to_owned(), json!([{"kind": "close"}]));
            }
        })?;
        for (broken, id, about) in Broken::ALL {
            let script = Script { broken: Some(broken), is_about_life: true, ..script.clone() };
            let id = format!("ws-{id}-to-{article}");
            let about = format!("{about} The connection ends.");
            let cites = vec![cite("1", UPGRADE)];
            cases.push(case(id, about, Level::Should, cites, Vec::new(), script));
        }
    }
    Ok(cases)
}

fn tls(base: &Base, sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let cites: Vec<Citation> = base.get("base-edge-refuses")?.dialogue.cites;
    let level = level(&cites, sentences)?;
    let faults = [
        (TlsFault::None, "base-edge", "tls", "The certificate is right."),
        (TlsFault::WrongHost, "base-edge-refuses", "tls-wrong-host", "It is of another host."),
        (TlsFault::Expired, "base-edge-refuses", "tls-expired", "It has expired."),
        (TlsFault::UnknownIssuer, "base-edge-refuses", "tls-unknown-ca", "Its issuer is unknown."),
    ];
    let mut cases = Vec::new();
    for (fault, name, id, about) in faults {
        let script = Script { tls: Some(fault), ..base.get(name)? };
        let about = about.to_owned();
        cases.push(case(id.to_owned(), about, level, cites.clone(), Vec::new(), script));
    }
    Ok(cases)
}
