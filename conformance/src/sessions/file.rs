//! A file of dialogues (`sessions/README.md`).

use std::collections::BTreeSet;
use std::path::Path;

use alwayson_codec::owned::{Claim, Gateway};
use serde::Deserialize;

use super::step::Step;
use crate::files;

const SCHEMA: &str = "alwayson-sessions/1";

/// A file of dialogues.
#[derive(Clone, Debug)]
pub struct SessionFile {
    /// The name of the file.
    pub name: String,
    /// The name of the group.
    pub group: String,
    /// The dialogues.
    pub dialogues: Vec<Dialogue>,
}

/// A scripted dialogue with one side of a connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialogue {
    /// Its name, for reports.
    pub name: String,
    /// The side that is tested.
    pub side: SideName,
    /// The words of the protocol page that it tests.
    pub cites: Vec<Citation>,
    /// A comment.
    #[serde(default)]
    pub comment: String,
    /// Settings that differ from the defaults.
    #[serde(default)]
    pub settings: Settings,
    /// The host, if the tested side is a platform.
    pub host: Option<HostScript>,
    /// The steps, in the order of time.
    pub steps: Vec<Step>,
}

/// The side that is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SideName {
    /// The side that opens the connection.
    Edge,
    /// The side that accepts the connection.
    Platform,
}

/// A quotation from the protocol page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The section.
    pub section: String,
    /// The words; for section 7 a complete sentence.
    pub sentence: String,
}

/// Settings that differ from the defaults.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The longest message that is sent without chunks, in bytes.
    pub chunk_size: Option<u16>,
    /// The time after which an edge retries a refused name, in ms.
    pub rebind_delay: Option<u32>,
    /// Whether a WebSocket message may contain several messages.
    #[serde(default)]
    pub several_messages: bool,
    /// The gateway of an edge.
    pub gateway: Option<Gateway>,
}

/// The host of a platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostScript {
    /// The claims that it requires.
    pub claims: Vec<Claim>,
    /// The ids that it grants, in the order in which connections are accepted.
    pub grants: Vec<Grant>,
    /// Its Things.
    #[serde(default)]
    pub things: Vec<ThingScript>,
    /// The gateway types for which it creates gateways.
    #[serde(default)]
    pub gateway_types: Vec<String>,
    /// Which connection keeps a name that two bind.
    #[serde(default)]
    pub policy: Policy,
    /// When it decides about claims and names.
    #[serde(default)]
    pub decides: Decides,
}

/// When a host decides about claims and names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Decides {
    /// On arrival.
    #[default]
    AtOnce,
    /// At a step with `decide`.
    Later,
}

/// Ids that are granted to a connection.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The session id.
    pub session: u32,
    /// The endpoint id; 0 for none.
    pub endpoint: u32,
}

/// A Thing of the platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThingScript {
    /// Its name.
    pub name: String,
    /// Its identifier, if it is bound by that.
    pub identifier: Option<String>,
}

/// Which connection keeps a name that two bind (section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Policy {
    /// The first one.
    #[default]
    FirstInWins,
    /// The last one.
    LastInWins,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(rename = "$schema")]
    _json_schema: Option<String>,
    schema: String,
    group: String,
    dialogues: Vec<Dialogue>,
}

impl SessionFile {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or does not match the schema; the error says why, in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        let fault = |text: String| format!("{}: {text}", path.display());
        let json = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        Self::from_json(files::name(path), &json).map_err(fault)
    }

    /// Reads a file's JSON.
    ///
    /// # Errors
    /// The JSON does not match the schema; the error says why, in words.
    pub fn from_json(name: String, json: &[u8]) -> Result<Self, String> {
        let raw = files::parse(json, SCHEMA, |raw: &RawFile| &raw.schema)?;
        let RawFile { group, dialogues, .. } = raw;
        let mut seen = BTreeSet::new();
        for dialogue in &dialogues {
            if !seen.insert(dialogue.name.as_str()) {
                return Err(format!("two dialogues have the name {}", dialogue.name));
            }
            dialogue.check().map_err(|text| format!("dialogue {}: {text}", dialogue.name))?;
        }
        Ok(Self { name, group, dialogues })
    }
}

impl Dialogue {
    /// Checks rules that the schema cannot express.
    fn check(&self) -> Result<(), String> {
        if self.cites.is_empty() || self.steps.is_empty() {
            return Err("a dialogue cites something, and has steps".to_owned());
        }
        if self.host.is_some() != (self.side == SideName::Platform) {
            return Err("a platform has a `host`, an edge has none".to_owned());
        }
        if self.steps.windows(2).any(|pair| pair[0].at > pair[1].at) {
            return Err("the steps are not in the order of time".to_owned());
        }
        Ok(())
    }
}
