//! What the tested program must do in a step.

use std::collections::VecDeque;
use std::time::Instant;

use super::player::{Player, Stop, otherwise};
use crate::sessions::compare::each;
use crate::sessions::{Effect, Out, Sent, Step, Told};

/// What is still expected on one connection, in this order.
pub(super) type Expected<'s> = VecDeque<&'s Out>;

impl<'s> Player<'s> {
    /// Waits until all that a step lists has happened.
    pub(super) async fn expect(&mut self, step: &'s Step, deadline: Instant) -> Result<(), Stop> {
        let mut outs: Vec<Expected<'s>> = self
            .lines
            .iter()
            .enumerate()
            .map(|(index, _)| step.out.iter().filter(|out| out.connection == index + 1).collect())
            .collect();
        let mut effects: Vec<Told> = step.effects.iter().flat_map(each).collect();
        effects.retain(|told| self.is_reported(&told.effect));
        let is_life = self.script.is_about_life;
        while !(outs.iter().all(VecDeque::is_empty) && effects.is_empty()) {
            if is_life && self.lines.iter().all(|line| line.is_over) {
                return Ok(());
            }
            match self.next(deadline).await {
                Some(happening) => {
                    let were = effects.len();
                    self.take(happening, &mut outs, &mut effects).await?;
                    if effects.len() < were && !self.script.kinds.is_empty() {
                        self.answer_as_recorded(step).await?;
                    }
                }
                None => return missing(&outs, &effects),
            }
        }
        Ok(())
    }

    /// Returns whether the tested program reports effects of this kind.
    pub(super) fn is_reported(&self, effect: &Effect) -> bool {
        // Connections are seen.
        if matches!(effect, Effect::Connect { .. } | Effect::NoConnect {}) {
            return false;
        }
        // Only the kinds of answers are compared; requests are answered.
        if !self.script.kinds.is_empty() && !matches!(effect, Effect::Request { .. }) {
            return false;
        }
        let kind = super::effects::kind(effect);
        self.program.as_ref().is_some_and(|program| program.reports.contains(&kind))
    }
}

fn missing(outs: &[Expected<'_>], effects: &[Told]) -> Result<(), Stop> {
    if let Some(out) = outs.iter().find_map(|outs| outs.front()) {
        return otherwise("what is sent", shown(out), "nothing");
    }
    let effect = effects.first().map(super::effects::shown).unwrap_or_default();
    otherwise("what is told", effect, "nothing")
}

/// Returns an expected frame as a line.
pub(super) fn shown(out: &Out) -> String {
    let what = match &out.sent {
        Sent::Message { dump, .. } => dump.clone(),
        Sent::Ping {} => "ping".to_owned(),
        Sent::Close { code: Some(code) } => format!("close {code}"),
        Sent::Close { code: None } => "close".to_owned(),
    };
    format!("{what} (connection {})", out.connection)
}
