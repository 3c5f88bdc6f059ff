//! WebSockets, closes and TLS: what is below the dialogues.

use serde_json::json;

use super::{Base, case, changed, cite, level};
use crate::sessions::Citation;
use crate::suite::Case;
use crate::suite::net::{Frame, TlsFault};
use crate::suite::play::{Closing, Delivery, Script};
use crate::suite::protocol::Sentence;

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
    cases.extend(tls(base, sentences)?);
    Ok(cases)
}

fn openings(base: &Base, sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let mut plain = base.get("base-edge")?;
    let upgrade = cite(
        "1",
        "An edge opens a WebSocket (RFC 6455) to the path `/Thingworx/WS` of the platform, usually over TLS (A).",
    );
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

fn closings(base: &Base, sentences: &[Sentence]) -> Result<Vec<Case>, String> {
    let again = base.get("base-edge-again")?;
    let cites = &again.dialogue.cites;
    let level = level(cites, sentences)?;
    let add = |id: String, about: String, script: Script| {
        case(id, about, level, cites.clone(), Vec::new(), script)
    };
    let closings = [
        (Closing::Code(Some(1000)), "close-1000", "The platform closes with code 1000."),
        (Closing::Code(Some(1001)), "close-1001", "The platform closes with code 1001."),
        (Closing::Code(Some(1011)), "close-1011", "The platform closes with code 1011."),
        (Closing::Code(None), "close-without-a-code", "The platform closes without a code."),
        (Closing::Lost, "lost-without-a-close", "The TCP connection ends without a close."),
    ];
    let mut cases = Vec::new();
    for (closing, id, about) in closings {
        let script = Script { closing, ..again.clone() };
        let about = format!("{about} The edge connects again after 5 s to 15 s.");
        cases.push(add(format!("{id}-and-the-edge-is-back"), about, script));
    }
    let script = Script { refused: 1, closing: Closing::Lost, ..again.clone() };
    let about = "The platform restarts: the connection is lost, the next attempt is refused, the \
                 one after it succeeds.";
    cases.push(add("a-platform-restarts".to_owned(), about.to_owned(), script));
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
