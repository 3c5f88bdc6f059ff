//! What the actions do for claims: the part of a node that takes and releases names.

use alwayson_nats::bind::{Bind, BindAction, Refusal, Step};
use alwayson_nats::claim::{ClaimAction, ClaimEvent};
use alwayson_nats::held::Asked;
use alwayson_nats::lease::LeaseAction;
use alwayson_nats::nodes::{Node, Verdict};
use alwayson_nats::token::{Epoch, Generation, Token};

use crate::system::{Config, Kind, Message, Outcome, Run, State, Wrong};

impl Config {
    pub(crate) fn bind(&self, state: &mut State, index: usize) {
        let run = &mut state.runs[index];
        let Some(epoch) = run.lease.epoch(run.now()) else { return };
        state.budget.binds -= 1;
        run.tried = Some(state.now).filter(|_| self.prompt);
        run.claims += 1;
        run.bind = Some(Bind::new(run.node(epoch), self.policy, ["x".into()], run.claims));
    }

    pub(crate) fn unbind(&self, state: &mut State, index: usize, outcome: Outcome) {
        let run = &mut state.runs[index];
        let Some(held) = run.held.get("x") else { return };
        state.budget.unbinds -= 1;
        if let Some(bind) = &mut run.bind {
            bind.give_up();
        }
        let Some(token) = run.held.release("x", held.token) else { return };
        let kind = Kind::Release { generation: token.generation, revision: token.revision };
        state.net.push(Message { from: run.incarnation, kind, lease: None, node: None });
        if outcome == Outcome::Done {
            self.arrive(state, state.net.len() - 1);
        } else {
            state.budget.delays -= 1;
        }
    }

    pub(crate) fn step(&self, state: &mut State, index: usize, outcome: Outcome) {
        let run = &mut state.runs[index];
        let Some(mut bind) = run.bind.take() else { return };
        let mut held = std::mem::take(&mut run.held);
        let action = bind.next(&mut held, &run.ground());
        run.held = held;
        let again = run.held.get("x");
        match action {
            BindAction::Done(_) => {}
            BindAction::Refused { refusal, .. } => {
                state.happened.given_away |= refusal == Refusal::GivenAway;
                // What it served under another epoch is not its own any more.
                let lost = matches!(refusal, Refusal::Holder(_));
                if let Some(held) = again.filter(|held| lost && held.epoch != bind_epoch(run)) {
                    run.held.release("x", held.token);
                    state.happened.moved = true;
                }
            }
            BindAction::Confirm => {
                let found = state.world.generation.map(|entry| entry.generation);
                let skipped = self.is(Wrong::NoConfirmation);
                let found = if skipped { Some(bind_epoch(run).generation) } else { found };
                bind.confirmed(found);
                run.bind = Some(bind);
            }
            BindAction::Release(tokens) => {
                run.bind = Some(bind);
                for (_, token) in tokens {
                    state.world.delete_owner(self.key(token.generation), Some(token.revision));
                }
            }
            BindAction::Wait(_) => run.bind = Some(bind),
            BindAction::Steps(steps) => {
                run.bind = Some(bind);
                for Step { claim, action, .. } in steps {
                    self.claim(state, index, claim, action, outcome);
                }
            }
        }
    }

    fn claim(
        &self,
        state: &mut State,
        index: usize,
        claim: u64,
        action: ClaimAction,
        outcome: Outcome,
    ) {
        let number = state.number();
        let run = &mut state.runs[index];
        let Some(epoch) = run.lease.epoch(run.now()) else { return };
        let (me, from) = (run.node(epoch), run.incarnation);
        let expected = match action {
            ClaimAction::Read => {
                let key = self.key(me.epoch.generation);
                let owner = state.world.owner(key).cloned();
                return Self::on(state, index, ClaimEvent::Entry(owner));
            }
            ClaimAction::ConfirmDead(node) => {
                let entry = state.world.node(node.epoch.generation, &node.name);
                state.runs[index].confirming = Some((node, entry));
                return;
            }
            ClaimAction::Ask(owner) => {
                if self.is(Wrong::UpdateBeforeAsking) {
                    return Self::on(state, index, ClaimEvent::Released);
                }
                let event = if outcome == Outcome::Done {
                    self.ask(state, &owner.node, owner.token)
                } else {
                    state.budget.delays -= 1;
                    let kind = Kind::Ask { token: owner.token, of: owner.node };
                    state.net.push(Message { from, kind, lease: None, node: None });
                    ClaimEvent::NoAnswer
                };
                let dead = self.is(Wrong::NoRespondersIsDead) && event == ClaimEvent::NoAnswer;
                let event = if dead { ClaimEvent::Released } else { event };
                return Self::on(state, index, event);
            }
            ClaimAction::Create => None,
            ClaimAction::Update { revision } => Some(revision),
            _ => return,
        };
        run.waits = Some(number);
        let kind = Kind::Write { claim, expected, number };
        state.net.push(Message { from, kind, lease: None, node: Some(me) });
        match outcome {
            Outcome::Done => {
                self.arrive(state, state.net.len() - 1);
                self.arrive(state, state.net.len() - 1);
            }
            Outcome::Late => state.budget.delays -= 1,
            Outcome::AnswerLate => {
                state.budget.delays -= 1;
                self.arrive(state, state.net.len() - 1);
            }
        }
    }

    /// A node is asked to untie the Thing.
    pub(crate) fn ask(&self, state: &mut State, node: &Node, token: Token) -> ClaimEvent {
        let run = state
            .runs
            .iter_mut()
            .find(|run| run.name == node.name && run.lease.epoch(run.now()) == Some(node.epoch));
        let Some(run) = run else { return ClaimEvent::NoAnswer };
        if self.is(Wrong::ForgetsBeingAsked) && run.held.get("x").is_none() {
            return ClaimEvent::Released;
        }
        match run.held.asked("x", token) {
            Asked::Untie | Asked::Released => ClaimEvent::Released,
            Asked::Newer(_) => ClaimEvent::Newer,
        }
    }

    pub(crate) fn confirm(&self, state: &mut State, index: usize) {
        let Some((node, entry)) = state.runs[index].confirming.take() else { return };
        let run = &mut state.runs[index];
        let now = run.now();
        let before = run.lease.clone();
        run.lease.hurry(now);
        let action = run.lease.next(now);
        let refreshed = matches!(action, LeaseAction::Refresh { .. });
        if self.is(Wrong::NoRefreshAfterRead) {
            run.lease = before;
        } else if refreshed {
            let (from, name) = (run.incarnation, run.name.clone());
            let answer = self.lease_request(state, from, &name, action);
            self.lease_answer(state, index, &action, answer);
        }
        let run = &mut state.runs[index];
        // A refusal has led to a read of the own entry.
        let confirmed = refreshed && {
            let mut probe = run.lease.clone();
            matches!(probe.next(now), LeaseAction::Wait(_))
        };
        let event = if !confirmed && !self.is(Wrong::NoRefreshAfterRead) {
            ClaimEvent::NoAnswer
        } else if self.is(Wrong::RunsAreTheSame) && entry.is_some() {
            ClaimEvent::Confirmed(Verdict::Alive)
        } else if self.is(Wrong::ReplacedIsDead)
            && entry.is_some_and(|entry| entry.epoch() != node.epoch)
        {
            ClaimEvent::Confirmed(Verdict::Dead)
        } else {
            let mut nodes = run.nodes.clone();
            let event = ClaimEvent::confirmed(&mut nodes, &node, entry.as_ref(), &run.lease, now);
            run.nodes = nodes;
            event
        };
        state.happened.dead_taken |= event == ClaimEvent::Confirmed(Verdict::Dead);
        Self::on(state, index, event);
    }

    /// A message arrives.
    pub(crate) fn arrive(&self, state: &mut State, at: usize) {
        let Message { from, kind, lease, node } = state.net.remove(at);
        let sender = state.runs.iter().position(|run| run.incarnation == from);
        match (kind, sender) {
            (Kind::Lease, Some(index)) => {
                let name = state.runs[index].name.clone();
                let Some(action) = lease else { return };
                let answer = self.lease_request(state, from, &name, action);
                state.net.push(Message { from, kind: Kind::Leased(answer), lease, node: None });
            }
            (Kind::Leased(answer), Some(index)) => {
                let Some(action) = lease else { return };
                self.lease_answer(state, index, &action, answer);
            }
            (Kind::Write { claim, expected, number }, _) => {
                let Some(me) = node else { return };
                let key = self.key(me.epoch.generation);
                let token = state.world.write_owner(key, &me, claim, expected);
                // What a store accepts that has lost its data is no grant.
                let found = state.world.generation.map(|entry| entry.generation);
                if let Some(token) = token.filter(|token| found == Some(token.generation)) {
                    state.granted(token, from);
                }
                let applied = token.map(|token| token.revision);
                let kind = Kind::Written { applied, number };
                state.net.push(Message { from, kind, lease: None, node: Some(me) });
            }
            (Kind::Written { applied, number }, Some(index)) => {
                if state.runs[index].waits == Some(number) {
                    state.runs[index].waits = None;
                    let event = applied.map_or(ClaimEvent::Refused, ClaimEvent::Applied);
                    Self::on(state, index, event);
                }
            }
            (Kind::Lease | Kind::Leased(_) | Kind::Written { .. }, None) => {}
            (Kind::Ask { token, of }, _) => {
                self.ask(state, &of, token);
            }
            (Kind::Settle { generation, expected }, _) => {
                self.settle(state, generation, expected);
            }
            (Kind::Release { generation, revision }, _) => {
                let key = self.key(generation);
                let late = state.owner(self).is_some_and(|owner| owner.token.revision != revision);
                state.happened.late_release |= late;
                let expected = (!self.is(Wrong::ReleaseOfAny)).then_some(revision);
                state.world.delete_owner(key, expected);
            }
        }
    }

    pub(crate) fn on(state: &mut State, index: usize, event: ClaimEvent) {
        let run = &mut state.runs[index];
        if let Some(mut bind) = run.bind.take() {
            bind.on(run.claims, event, &run.ground());
            run.bind = Some(bind);
        }
    }
}

fn bind_epoch(run: &Run) -> Epoch {
    run.lease.epoch(run.now()).unwrap_or(Epoch { generation: Generation(0), revision: 0 })
}
