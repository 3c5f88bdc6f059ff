//! Runs a dialogue against a side.

use alwayson_codec::{Body, Request, Response};
use bumpalo::Bump;

use super::Variation;
use super::compare::{self, Packet};
use super::edge::EdgeSide;
use super::file::{Dialogue, SideName};
use super::ids::KnownIds;
use super::platform::PlatformSide;
use super::step::{self, Act, Effect, Out, Sent, Step, Told};
use crate::diff::Difference;
use crate::{hex, model, to_wire};

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

/// A dialogue on its way.
struct Run {
    side: Box<dyn Side>,
    ids: Vec<KnownIds>,
    now_ms: u64,
}

/// Runs a dialogue. The error is the number of the step, from 1, and what is
/// wrong with it.
pub(super) fn dialogue(
    dialogue: &Dialogue,
    variation: Variation,
) -> Result<(), (usize, Difference)> {
    let connections = dialogue.steps.iter().map(|step| step.connection).max().unwrap_or(1);
    let grants = dialogue.side == SideName::Platform;
    let side: Box<dyn Side> = match &dialogue.host {
        Some(host) => Box::new(PlatformSide::new(host, &dialogue.settings, variation)),
        None => Box::new(EdgeSide::new(&dialogue.settings, variation)),
    };
    let mut run = Run { side, ids: vec![KnownIds::new(grants); connections], now_ms: 0 };
    for (index, step) in dialogue.steps.iter().enumerate() {
        run.step(step).map_err(|difference| (index + 1, difference))?;
    }
    Ok(())
}

impl Run {
    fn step(&mut self, step: &Step) -> Result<(), Difference> {
        check_dumps(step)?;
        self.wait(step.at)?;
        let done = self.act(step);
        done.map_err(|text| Difference::new("the step", "can be done", text))?;
        self.compare(&step.out, &step.effects)
    }

    /// Lets time pass until a step: nothing may happen on the way, not even a
    /// moment before it.
    fn wait(&mut self, until_ms: u64) -> Result<(), Difference> {
        while self.now_ms < until_ms.saturating_sub(1) {
            let last_ms = until_ms - 1;
            let deadline_ms = self.side.deadline().unwrap_or(last_ms);
            self.now_ms = deadline_ms.clamp(self.now_ms + 1, last_ms);
            self.side.pass(self.now_ms);
            self.compare(&[], &[]).map_err(|mut difference| {
                difference.what = format!("{} at {}, too early", difference.what, self.now_ms);
                difference
            })?;
        }
        self.now_ms = until_ms;
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Result<(), String> {
        let ids = self.ids.get(step.connection.wrapping_sub(1));
        let ids = ids.ok_or("connections count from 1")?;
        match &step.act {
            None => self.side.pass(self.now_ms),
            Some(Act::Received { hex, times, .. }) => {
                for n in 0..*times {
                    let bytes = ids.incoming(&later_request(hex, n));
                    self.side.receive(step.connection, &bytes, self.now_ms)?;
                }
            }
            Some(act) => self.side.act(step.connection, act, self.now_ms)?,
        }
        Ok(())
    }

    fn compare(&mut self, out: &[Out], effects: &[Told]) -> Result<(), Difference> {
        let turn = self.side.settle(self.now_ms);
        let Turn { sent, mut told } =
            turn.map_err(|text| Difference::new("the side", "goes on", text))?;
        compare::sent(out, &sent, &mut self.ids)?;
        for Told { connection, effect } in &mut told {
            if let Effect::Response { request, .. } | Effect::Failed { request, .. } = effect {
                let ids = self.ids.get(connection.wrapping_sub(1));
                *request = ids.map_or(*request, |ids| ids.request(*request));
            }
        }
        compare::told(effects, told)
    }
}

/// The same message with an id so much higher.
fn later_request(bytes: &[u8], by: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(place) = bytes.get_mut(2..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *place = u32::from_be_bytes(*place).wrapping_add(by).to_be_bytes();
    }
    bytes
}

/// Checks that the lines for people say what the bytes do.
fn check_dumps(step: &Step) -> Result<(), Difference> {
    let received = match &step.act {
        Some(Act::Received { hex, dump, .. }) => Some((hex, dump)),
        _ => None,
    };
    let sent = step.out.iter().filter_map(|out| match &out.sent {
        Sent::Message { hex, dump, .. } => Some((hex, dump)),
        _ => None,
    });
    for (bytes, dump) in received.into_iter().chain(sent) {
        let line = step::dump(bytes);
        if line != *dump {
            let what = format!("the line for {}", hex::encode(bytes));
            return Err(Difference::new(what, dump, line));
        }
    }
    Ok(())
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
