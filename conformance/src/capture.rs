//! A recorded session (`README.md`, "Captures").

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{files, hex};

const SCHEMA: &str = "alwayson-capture/1";

/// The file beside the captures that is not a capture.
pub(crate) const EXPECTATIONS: &str = "expectations.json";

/// Returns the files of the captures of this crate, in the order of their names.
///
/// # Errors
/// The folder cannot be read; the error says why, in words.
pub fn own_files() -> Result<Vec<PathBuf>, String> {
    let mut files = files::in_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("captures"))?;
    files.retain(|path| !path.ends_with(EXPECTATIONS));
    Ok(files)
}

/// A recorded session.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Capture {
    /// The schema's name.
    pub schema: String,
    /// A description.
    #[serde(default)]
    pub comment: String,
    /// The lines of the HTTP request that opened the connection.
    #[serde(default)]
    pub upgrade_request: Vec<String>,
    /// The frames of both sides.
    pub frames: Vec<Frame>,
}

/// One WebSocket message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Who sent it.
    pub from: Side,
    /// Its kind.
    pub opcode: Opcode,
    /// Its payload.
    #[serde(rename = "hex", with = "hex::field")]
    pub bytes: Vec<u8>,
}

/// Who sent a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The side that opened the connection.
    Edge,
    /// The side that accepted it.
    Platform,
}

/// The kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opcode {
    /// One AlwaysOn message.
    Binary,
    /// Not part of the protocol.
    Text,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A close: a code of two bytes and a reason.
    Close,
}

impl Capture {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or does not match the schema; the error says why, in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        files::read(path, SCHEMA, |capture: &Self| &capture.schema)
    }
}
