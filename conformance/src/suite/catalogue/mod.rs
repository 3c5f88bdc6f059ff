//! All cases of the suite.

mod captures;
mod codec;
mod cuts;
mod dialogues;
mod orders;
mod received;
mod websocket;

use std::sync::Arc;

use serde_json::Value;

use super::case::Work;
use super::play::Script;
use super::protocol::{self, Sentence};
use super::{Case, Level, Tested};
use crate::sessions::{Act, Citation, Dialogue, SessionFile, SideName};

/// What a tested program may lack, and what that means.
pub const FEATURES: &[(&str, &str)] = &[
    ("captures", "a platform with the Things, properties and services of the captures"),
    ("chunk-size", "its chunk size can be set"),
    ("decides-later", "a platform whose host can be made to decide later"),
    ("first-in-wins", "a platform that refuses a name that another connection holds"),
    ("gateways", "gateways: an edge that is one, a platform that creates them"),
    ("identifiers", "Things that are bound by an identifier"),
    ("last-in-wins", "a platform where a name moves to the connection that binds it last"),
    ("rebind-delay", "the time after which an edge binds a refused name again can be set"),
    ("several-messages", "messages after the first in a WebSocket message are read"),
    ("tls", "wss://"),
];

/// Returns all cases, in an order that stays.
///
/// # Errors
/// The data of this crate are inconsistent; the error says where, in words.
pub fn all() -> Result<Vec<Case>, String> {
    let sentences = protocol::sentences();
    let mut cases = codec::cases()?;
    cases.extend(dialogues::cases(&sentences)?);
    let base = Base::read()?;
    cases.extend(websocket::cases(&base, &sentences)?);
    cases.extend(orders::cases(&base, &sentences)?);
    cases.extend(cuts::cases(&base, &sentences)?);
    cases.extend(captures::cases()?);
    cases.extend(received::cases(&base)?);
    Ok(cases)
}

/// The dialogues from which cases are made.
struct Base(Vec<Script>);

impl Base {
    fn read() -> Result<Self, String> {
        scripts("base.json", include_str!("base.json")).map(Self)
    }

    /// Returns a dialogue.
    fn get(&self, name: &str) -> Result<Script, String> {
        let found = self.0.iter().find(|script| script.dialogue.name == name);
        found.cloned().ok_or_else(|| format!("no base dialogue has the name {name}"))
    }
}

/// Reads a file of dialogues, each with its JSON.
fn scripts(name: &str, text: &str) -> Result<Vec<Script>, String> {
    let file = SessionFile::from_json(name.to_owned(), text.as_bytes())
        .map_err(|error| format!("{name}: {error}"))?;
    let json: Value = serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    let parts = json.get("dialogues").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(file.dialogues.into_iter().zip(parts).map(|(of, json)| Script::new(of, json)).collect())
}

/// Returns a script whose dialogue was changed, with the JSON of the changed one.
fn changed(script: &Script, change: impl FnOnce(&mut Value)) -> Result<Script, String> {
    let mut json = script.json.clone();
    change(&mut json);
    let dialogue: Dialogue =
        serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
    Ok(Script { dialogue, json, ..script.clone() })
}

fn cite(section: &str, sentence: &str) -> Citation {
    Citation { section: section.to_owned(), sentence: sentence.to_owned() }
}

/// Returns a case of a script.
fn case(
    id: String,
    about: String,
    level: Level,
    cites: Vec<Citation>,
    mut features: Vec<&'static str>,
    mut script: Script,
) -> Case {
    let tested = match script.dialogue.side {
        SideName::Edge => Tested::Edge,
        SideName::Platform => Tested::Platform,
    };
    if script.tls.is_some() {
        features.push("tls");
    }
    script.features.clone_from(&features);
    let needs_control = needs_control(&script);
    let duration_ms = script.dialogue.steps.last().map_or(0, |step| step.at);
    let work = Work::Script(Arc::new(script));
    Case { id, tested, level, about, cites, features, needs_control, duration_ms, work }
}

/// Returns whether a script has steps or settings that only the application can make.
fn needs_control(script: &Script) -> bool {
    let Dialogue { side, settings, steps, .. } = &script.dialogue;
    let is_edge = *side == SideName::Edge;
    let is_set = settings.chunk_size.is_some()
        || settings.rebind_delay.is_some()
        || settings.several_messages
        || settings.gateway.is_some();
    if is_edge && (is_set || script.first_names().len() > 1) {
        return true;
    }
    let mut is_open = false;
    steps.iter().filter_map(|step| step.act.as_ref()).any(|act| match act {
        Act::Opened { claims } => {
            is_open = true;
            let is_usual = |value: &str| value == super::target::keys::DEMO;
            is_edge && !claims.iter().all(|claim| claim.name == "appKey" && is_usual(&claim.value))
        }
        Act::Bind { .. } => is_open,
        Act::Received { .. } | Act::Ping {} | Act::Pong {} | Act::Closed {} => false,
        _ => true,
    })
}

/// Returns how binding a case is that cites these words.
fn level(cites: &[Citation], sentences: &[Sentence]) -> Result<Level, String> {
    protocol::level(cites, sentences)
}
