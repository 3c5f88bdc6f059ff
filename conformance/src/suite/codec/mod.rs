//! Tests a decoder, an encoder and a joiner: programs that read a line and answer with a line.

mod answer;
mod worker;

use std::time::Instant;

use alwayson_codec::owned::Message;

use super::case::{Case, Work};
use super::verdict::{CaseReport, Ended, Failure, Strictness};
use crate::diff::{self, Difference};
use crate::vectors::{Expected, Sequence, SequenceExpected, Vector};
use crate::{hex, json};

use answer::{Decoded, Encoded};
use worker::Worker;

/// What is tested.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    /// Reads hex lines and writes JSON lines.
    pub decoder: Option<Vec<String>>,
    /// Reads JSON lines and writes hex lines.
    pub encoder: Option<Vec<String>>,
    /// Reads lines of several words of hex, the chunks of a message, and writes JSON lines.
    pub joiner: Option<Vec<String>>,
    /// Whether kinds and offsets of errors are compared.
    pub is_error_exact: bool,
}

struct Run {
    decoder: Option<Worker>,
    encoder: Option<Worker>,
    joiner: Option<Worker>,
    is_error_exact: bool,
}

/// Runs cases of a codec, one after another. Returns their reports, and whether any of the
/// programs answered at all.
pub(crate) async fn run(
    commands: &Commands,
    cases: &[(Case, Option<Ended>)],
    strictness: Strictness,
    deadline: Option<Instant>,
) -> (Vec<CaseReport>, bool) {
    let worker = |command: &Option<Vec<String>>| command.clone().map(Worker::new);
    let mut run = Run {
        decoder: worker(&commands.decoder),
        encoder: worker(&commands.encoder),
        joiner: worker(&commands.joiner),
        is_error_exact: commands.is_error_exact,
    };
    let mut reports = Vec::new();
    for (case, decided) in cases {
        let began = Instant::now();
        let ended = match decided {
            Some(ended) => ended.clone(),
            None if deadline.is_some_and(|deadline| began >= deadline) => Ended::NotRun,
            None => run.case(case).await,
        };
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let shown = match &case.work {
            Work::Vector(vector) => vec![hex::encode(&vector.bytes)],
            Work::Sequence(sequence) => sequence.chunks.iter().map(|c| hex::encode(c)).collect(),
            Work::Script(_) => Vec::new(),
        };
        reports.push(strictness.judge(case, ended, shown, ms));
    }
    let workers = [&run.decoder, &run.encoder, &run.joiner];
    let came = workers.into_iter().flatten().any(|worker| worker.came);
    (reports, came)
}

impl Run {
    async fn case(&mut self, case: &Case) -> Ended {
        let result = match &case.work {
            Work::Vector(vector) => self.vector(vector).await,
            Work::Sequence(sequence) => self.sequence(sequence).await,
            Work::Script(_) => Err(Ended::HarnessError("not a case of a codec".to_owned())),
        };
        result.err().unwrap_or(Ended::Pass)
    }

    async fn vector(&mut self, vector: &Vector) -> Result<(), Ended> {
        if vector.bytes.is_empty() {
            return Err(Ended::Skipped("no bytes are no line".to_owned()));
        }
        let is_valid = !matches!(vector.expected, Expected::Invalid { .. });
        if self.decoder.is_none() && !(is_valid && self.encoder.is_some()) {
            return Err(Ended::Skipped("needs --decoder".to_owned()));
        }
        if let Some(decoder) = &mut self.decoder {
            let decoded = decoder.decode(&hex::encode(&vector.bytes)).await;
            match &vector.expected {
                Expected::Valid(message) | Expected::Acceptable(message) => {
                    same(&decoded, message)?;
                }
                Expected::Invalid { kind, at } => {
                    let is_exact = self.is_error_exact;
                    refused(&decoded, is_exact.then_some((kind.as_str(), Some(*at))))?;
                }
            }
        }
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        let (Expected::Valid(message) | Expected::Acceptable(message)) = &vector.expected else {
            return Ok(());
        };
        let expected = match &vector.expected {
            Expected::Valid(_) => vector.bytes.clone(),
            _ => message.encode_to_vec().map_err(|error| Ended::HarnessError(error.to_string()))?,
        };
        match encoder.encode(&json::of_message(message)).await {
            Encoded::Bytes(bytes) => differs(diff::bytes("the encoded message", &expected, &bytes)),
            other => failed("encoding", hex::encode(&expected), other.to_string()),
        }
    }

    async fn sequence(&mut self, sequence: &Sequence) -> Result<(), Ended> {
        let Some(worker) = &mut self.joiner else {
            return Err(Ended::Skipped("needs --joiner".to_owned()));
        };
        let words: Vec<String> = sequence.chunks.iter().map(|chunk| hex::encode(chunk)).collect();
        let joined = worker.decode(&words.join(" ")).await;
        match &sequence.expected {
            SequenceExpected::Valid(message) => same(&joined, message),
            SequenceExpected::Invalid(kind) => {
                refused(&joined, self.is_error_exact.then_some((kind.as_str(), None)))
            }
        }
    }
}

fn failed<T>(
    what: &str,
    expected: impl Into<String>,
    actual: impl Into<String>,
) -> Result<T, Ended> {
    let (expected, actual) = (expected.into(), actual.into());
    Err(Ended::Fail(Failure { step: 0, what: what.to_owned(), expected, actual, level: None }))
}

fn differs(difference: Option<Difference>) -> Result<(), Ended> {
    match difference {
        None => Ok(()),
        Some(Difference { what, expected, actual }) => failed(&what, expected, actual),
    }
}

fn same(decoded: &Decoded, expected: &Message) -> Result<(), Ended> {
    match decoded {
        Decoded::Message(message) => differs(diff::messages("the message", expected, message)),
        other => failed("decoding", json::of_message(expected), other.to_string()),
    }
}

fn refused(decoded: &Decoded, exact: Option<(&str, Option<usize>)>) -> Result<(), Ended> {
    let Decoded::Refused { kind, at } = decoded else {
        return failed("decoding", "an error", decoded.to_string());
    };
    match exact {
        None => Ok(()),
        Some((expected, place)) => {
            let is_place = place.is_none() || *at == place;
            if kind.as_deref() == Some(expected) && is_place {
                return Ok(());
            }
            let place = place.map_or(String::new(), |at| format!(" at {at}"));
            failed("decoding", format!("{expected}{place}"), decoded.to_string())
        }
    }
}
