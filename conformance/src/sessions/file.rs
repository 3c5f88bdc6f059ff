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
    /// The name to report it by.
    pub name: String,
    /// The side that is tested.
    pub side: SideName,
    /// What it shows.
    pub cites: Vec<Citation>,
    /// What is special about it.
    #[serde(default)]
    pub comment: String,
    /// What differs from the defaults.
    #[serde(default)]
    pub settings: Settings,
    /// What the platform knows, for a dialogue with one.
    pub host: Option<HostScript>,
    /// What happens, in the order of time.
    pub steps: Vec<Step>,
}

/// The side that is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SideName {
    /// The side that opens.
    Edge,
    /// The side that accepts.
    Platform,
}

/// Words of the protocol page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// The section they stand in.
    pub section: String,
    /// The words; of section 7 a whole sentence.
    pub sentence: String,
}

/// What differs from the defaults.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The longest message that is sent as one.
    pub chunk_size: Option<u16>,
    /// After how many milliseconds an edge tries a refused name again.
    pub rebind_delay: Option<u32>,
    /// Whether a WebSocket message may hold several messages.
    #[serde(default)]
    pub several_messages: bool,
    /// The gateway that an edge stands for.
    pub gateway: Option<Gateway>,
}

/// What a platform knows, and grants.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostScript {
    /// The claims it accepts, all of them.
    pub claims: Vec<Claim>,
    /// The ids it grants, in the order in which connections are accepted.
    pub grants: Vec<Grant>,
    /// The Things it has.
    #[serde(default)]
    pub things: Vec<ThingScript>,
    /// The types of gateways it makes.
    #[serde(default)]
    pub gateway_types: Vec<String>,
    /// Who holds a name that two connections want.
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
    /// When they come.
    #[default]
    AtOnce,
    /// When a step says so.
    Later,
}

/// Ids that are granted to a connection.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Of the connection.
    pub session: u32,
    /// Of the client; 0: none.
    pub endpoint: u32,
}

/// A Thing of the platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThingScript {
    /// Its name.
    pub name: String,
    /// What it is bound by, if not by its name.
    pub identifier: Option<String>,
}

/// Who holds a name that two connections want (section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Policy {
    /// The first.
    #[default]
    FirstInWins,
    /// The last.
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
    /// Where the file cannot be read, or is not of the schema: why, in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        let fault = |text: String| format!("{}: {text}", path.display());
        let json = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
        Self::from_json(files::name(path), &json).map_err(fault)
    }

    /// Reads a file's JSON.
    ///
    /// # Errors
    /// Where it is not of the schema: why, in words.
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
    /// What the form of the file cannot say.
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
