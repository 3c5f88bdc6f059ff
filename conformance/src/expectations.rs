//! Answers in captures that are known to be wrong (`README.md`, "Captures").

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::answers::Exchange;
use crate::{capture, files};

/// The name of the file, which is beside the captures.
pub const FILE_NAME: &str = capture::EXPECTATIONS;

const SCHEMA: &str = "alwayson-expectations/1";

/// The wrong answers of captures.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    /// The schema's name.
    pub schema: String,
    /// A description.
    #[serde(default)]
    pub comment: String,
    /// The wrong answers of each capture, by the name of its file.
    pub captures: BTreeMap<String, Vec<Wrong>>,
}

/// Answers that are wrong for one reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// The reason, with the section of PROTOCOL.md that the answers contradict.
    pub reason: String,
    /// The answers.
    pub answers: Vec<Answer>,
}

/// A wrong answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The request id, chosen by the edge.
    pub request: u32,
    /// The recorded answer, in the form of [`Exchange::answer`].
    pub recorded: String,
    /// The right answer, in the same form.
    pub right: String,
}

/// The result of comparing a capture with its expectations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// For each answer that is known to be wrong, the number of its frame, from 1, and what
    /// is wrong.
    pub wrong: Vec<(usize, String)>,
    /// The expectations that do not match the capture, and why.
    pub stale: Vec<String>,
}

impl Expectations {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or does not match the schema; the error says why, in words.
    pub fn read(path: &Path) -> Result<Self, String> {
        files::read(path, SCHEMA, |expectations: &Self| &expectations.schema)
    }

    /// Reads the file beside a capture. Without a file there are no expectations.
    ///
    /// # Errors
    /// The same as [`read`](Self::read).
    pub fn beside(capture: &Path) -> Result<Self, String> {
        let path = capture.with_file_name(FILE_NAME);
        match path.try_exists() {
            Ok(false) => Ok(Self::default()),
            _ => Self::read(&path),
        }
    }

    /// Returns the wrong answers of the capture with this file name.
    pub fn of(&self, capture: &str) -> &[Wrong] {
        self.captures.get(capture).map_or(&[], Vec::as_slice)
    }

    /// Returns the number of answers that are known to be wrong.
    pub fn answers(&self) -> usize {
        self.captures.values().flatten().map(|wrong| wrong.answers.len()).sum()
    }

    /// Returns the captures that are listed, but missing in this folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn missing(&self, folder: &Path) -> io::Result<Vec<&str>> {
        let mut missing = Vec::new();
        for name in self.captures.keys() {
            if !folder.join(name).try_exists()? {
                missing.push(name.as_str());
            }
        }
        Ok(missing)
    }
}

/// Compares expectations of a capture with its exchanges.
pub fn judge(expected: &[Wrong], exchanges: &[Exchange]) -> Judged {
    let mut judged = Judged::default();
    let mut seen = BTreeSet::new();
    for Wrong { reason, answers } in expected {
        for Answer { request, recorded, right } in answers {
            let exchange = exchanges.iter().find(|exchange| exchange.request == *request);
            let fault = match exchange {
                None => "there is no such request".to_owned(),
                Some(exchange) if exchange.answer != *recorded => {
                    format!("{} was recorded, not {recorded}", exchange.answer)
                }
                Some(_) if recorded == right => format!("{right} is both recorded and right"),
                Some(_) if !seen.insert(*request) => "it is expected twice".to_owned(),
                Some(exchange) => {
                    judged.wrong.push((exchange.frame, format!("{right} is right: {reason}")));
                    continue;
                }
            };
            judged.stale.push(format!("expectation of request {request}: {fault}"));
        }
    }
    judged
}
