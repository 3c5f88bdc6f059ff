//! The side that a dialogue tests, as the runner sees it.

use alwayson_codec::{Body, Request, Response};
use bumpalo::Bump;

use super::compare::Packet;
use super::step::{Act, Effect, Told};
use crate::{model, to_wire};

/// How the ids that the tested side chooses differ from those of the dialogues:
/// these have to pass whatever it chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variation {
    /// By how much the first request id is higher.
    pub request_ids_later: u32,
    /// By how much granted session and endpoint ids are higher.
    pub grants_later: u32,
}

/// What a side has done since it was last asked.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) sent: Vec<(usize, Packet)>,
    pub(super) told: Vec<Told>,
}

impl Turn {
    pub(super) fn tell(&mut self, connection: usize, effect: Effect) {
        self.told.push(Told { connection, effect });
    }
}

/// The side that is tested. What cannot be done, since the dialogue makes no
/// sense, is an error in words.
pub(super) trait Side {
    /// When it wants to be told that time has passed.
    fn deadline(&self) -> Option<u64>;

    /// Time has passed.
    fn pass(&mut self, now_ms: u64);

    /// A message has come.
    fn receive(&mut self, connection: usize, bytes: &[u8], now_ms: u64) -> Result<(), String>;

    /// Anything else has happened.
    fn act(&mut self, connection: usize, act: &Act, now_ms: u64) -> Result<(), String>;

    /// Says what it has done since.
    fn settle(&mut self, now_ms: u64) -> Result<Turn, String>;
}

/// A message of the script's, whatever its ids are.
pub(super) fn with_body<R>(
    code: alwayson_codec::Code,
    body: &model::Body,
    then: impl FnOnce(&Body<'_>) -> R,
) -> Result<R, String> {
    let (body, arena) = (body.clone(), Bump::new());
    let ids = (0, 0, 0);
    let (request_id, endpoint_id, session_id) = ids;
    let (version, multipart) = (1, false);
    let message =
        model::Message { version, code, request_id, endpoint_id, session_id, multipart, body };
    let view = to_wire::view(&message, &arena).map_err(|error| error.to_string())?;
    Ok(then(&view.body))
}

/// The request in a body.
pub(super) fn request<'a>(body: &Body<'a>) -> Result<Request<'a>, String> {
    match body {
        Body::Request(request) => Ok(*request),
        _ => Err("the step has no request".to_owned()),
    }
}

/// The response in a body.
pub(super) fn response<'a>(body: &Body<'a>) -> Result<Response<'a>, String> {
    match body {
        Body::Response(response) => Ok(*response),
        _ => Err("the step has no response".to_owned()),
    }
}
