//! Runs a dialogue against the tested side.

use super::compare;
use super::edge::EdgeSide;
use super::file::{Dialogue, SideName};
use super::ids::KnownIds;
use super::platform::PlatformSide;
use super::side::{Side, Turn, Variation};
use super::step::{self, Act, Effect, Out, Sent, Step, Told};
use crate::diff::Difference;
use crate::hex;

/// The state of a running dialogue.
struct Run {
    side: Box<dyn Side>,
    ids: Vec<KnownIds>,
    now_ms: u64,
}

/// Runs a dialogue. The error is the number of the failed step, from 1, and the difference.
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

    /// Advances the clock to a step. Nothing may happen before it, not even 1 ms earlier.
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

/// Returns the same message with a request id that is higher by this number.
pub(crate) fn later_request(bytes: &[u8], by: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(place) = bytes.get_mut(2..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *place = u32::from_be_bytes(*place).wrapping_add(by).to_be_bytes();
    }
    bytes
}

/// Checks that the `dump` lines match the bytes.
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
