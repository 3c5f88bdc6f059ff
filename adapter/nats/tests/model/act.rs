//! What the actions do: the part of a node that talks to the store and to other nodes.

use std::sync::Arc;

use alwayson_nats::bind::Bind;
use alwayson_nats::claim::{ClaimEvent, Policy};
use alwayson_nats::held::Change;
use alwayson_nats::lease::{Fence, Lease, LeaseAction, LeaseAnswer, NodeEntry};
use alwayson_nats::store::{StoreAction, StoreEntry};
use alwayson_nats::token::Generation;

use crate::system::{Action, Config, Kind, Message, Outcome, State, Wrong, attempt_of};

impl Config {
    pub(crate) fn act(&self, state: &mut State, action: Action) {
        match action {
            Action::Time => self.time(state, None),
            Action::Suspended(index) => {
                state.budget.suspends -= 1;
                self.time(state, Some(index));
            }
            Action::Lease(index, outcome) => self.lease(state, index, outcome),
            Action::Store(index, outcome) => self.store(state, index, outcome),
            Action::Watch(index) => self.watch(state, index),
            Action::Bind(index) => self.bind(state, index),
            Action::Unbind(index, outcome) => self.unbind(state, index, outcome),
            Action::Step(index, outcome) => self.step(state, index, outcome),
            Action::Confirm(index) => self.confirm(state, index),
            Action::Timeout(index) => {
                state.runs[index].waits = None;
                Self::on(state, index, ClaimEvent::NoAnswer);
            }
            Action::Arrive(index) => self.arrive(state, index),
            Action::Lost(index) => {
                state.net.remove(index);
            }
            Action::Kill(index) => {
                state.budget.kills -= 1;
                let run = state.runs.remove(index);
                if run.held.get("x").is_some() {
                    state.killed = Some(state.now);
                }
            }
            Action::Start => {
                state.budget.starts -= 1;
                state.incarnations += 1;
                let clock = state.now * self.rates[self.started];
                let run = self.run(self.started, state.incarnations, clock);
                state.runs.push(run);
            }
            Action::Lose => {
                state.budget.losses -= 1;
                state.world.lose(self.loss);
            }
        }
    }

    fn time(&self, state: &mut State, suspended: Option<usize>) {
        state.now += 1;
        for (index, run) in state.runs.iter_mut().enumerate() {
            if !(suspended == Some(index) && self.is(Wrong::ClockStopsInSuspend)) {
                run.clock += run.rate;
            }
        }
        state.world.expire(state.now * 1_000, self.expiry());
    }

    fn lease(&self, state: &mut State, index: usize, outcome: Outcome) {
        let run = &mut state.runs[index];
        let now = run.now();
        let action = run.lease.next(now);
        match action {
            LeaseAction::FindStore => {
                run.store.lost();
                self.store(state, index, Outcome::Done);
                let run = &mut state.runs[index];
                if let Some(generation) = run.store.generation() {
                    run.lease.store_found(generation, now);
                }
            }
            LeaseAction::Fenced(fence) => self.fenced(state, index, fence),
            LeaseAction::Wait(_) => {}
            action => {
                let from = state.runs[index].incarnation;
                state.net.push(Message {
                    from,
                    kind: Kind::Lease,
                    lease: Some(action),
                    node: None,
                });
                if outcome != Outcome::Late {
                    self.arrive(state, state.net.len() - 1);
                }
                if outcome == Outcome::Done {
                    self.arrive(state, state.net.len() - 1);
                } else {
                    state.budget.delays -= 1;
                }
            }
        }
    }

    /// A request of a lease arrives at the store.
    pub(crate) fn lease_request(
        &self,
        state: &mut State,
        from: u64,
        name: &Arc<str>,
        action: LeaseAction,
    ) -> LeaseAnswer {
        let now = state.now * 1_000;
        let found = state.world.generation.map(|entry| entry.generation);
        let mut write = |generation: Generation, registered, over, expected| {
            let entry = NodeEntry { incarnation: from, generation, registered, over, revision: 0 };
            if found != Some(generation) && !self.is(Wrong::RefreshWithoutGeneration) {
                return LeaseAnswer::OtherGeneration;
            }
            let applied = state.world.write_node(name, entry, expected, now);
            applied.map_or(LeaseAnswer::Refused, LeaseAnswer::Applied)
        };
        match action {
            LeaseAction::Register { generation, over, .. } => write(generation, None, over, over),
            LeaseAction::Refresh { epoch, over, revision, .. } => {
                write(epoch.generation, Some(epoch.revision), over, Some(revision))
            }
            LeaseAction::Read { generation, .. } => {
                LeaseAnswer::Entry(state.world.node(generation, name))
            }
            other => panic!("no request: {other:?}"),
        }
    }

    pub(crate) fn lease_answer(
        &self,
        state: &mut State,
        index: usize,
        action: &LeaseAction,
        answer: LeaseAnswer,
    ) {
        let Some(mut attempt) = attempt_of(action) else { return };
        let run = &mut state.runs[index];
        let now = run.now();
        if self.is(Wrong::DeadlineFromAnswer) {
            attempt.sent = now;
        }
        run.lease.answer(attempt, answer, now);
        Self::claim_again(state, index);
    }

    /// After a new registration, what is served is claimed again.
    fn claim_again(state: &mut State, index: usize) {
        let run = &mut state.runs[index];
        let (Some(epoch), Some(held)) = (run.lease.epoch(run.now()), run.held.get("x")) else {
            return;
        };
        if held.epoch != epoch && run.bind.is_none() {
            run.claims += 1;
            let policy = Policy::Again(held.epoch);
            run.bind = Some(Bind::new(run.node(epoch), policy, ["x".into()], run.claims));
            state.happened.again = true;
        }
    }

    fn fenced(&self, state: &mut State, index: usize, fence: Fence) {
        let run = &mut state.runs[index];
        state.happened.fenced |= run.held.get("x").is_some();
        if fence == Fence::Replaced {
            state.happened.replaced = true;
            state.runs.remove(index);
            return;
        }
        let held = run.held.get("x").map(|held| held.epoch);
        state.incarnations += 1;
        let mut fresh = self.run(0, state.incarnations, run.clock);
        fresh.name = run.name.clone();
        fresh.rate = run.rate;
        fresh.nodes = run.nodes.clone();
        fresh.store = run.store.clone();
        fresh.claims = run.claims;
        if let Some(epoch) = held {
            fresh.nodes.ended(run.node(epoch));
        }
        *run = fresh;
    }

    fn store(&self, state: &mut State, index: usize, outcome: Outcome) {
        let run = &mut state.runs[index];
        let (now, from) = (run.now(), run.incarnation);
        match run.store.next(now, state.world.losses, 0) {
            StoreAction::Create(generation) => {
                let is_created = state.world.write_generation(generation, None);
                if is_created && self.is(Wrong::ClaimsInEmptyStore) {
                    state.world.settle(generation);
                }
            }
            StoreAction::Raise { generation, revision } => {
                state.world.write_generation(generation, Some(revision));
            }
            StoreAction::Settle(generation) => {
                let expected = state.world.generation.map(|entry| entry.revision);
                let kind = Kind::Settle { generation, expected };
                state.net.push(Message { from, kind, lease: None, node: None });
                if outcome == Outcome::Done {
                    self.arrive(state, state.net.len() - 1);
                } else {
                    state.budget.delays -= 1;
                }
            }
            StoreAction::Read | StoreAction::Wait(_) | StoreAction::Rest => {}
        }
        Self::read_store(state, index);
        if state.world.generation.is_none() {
            self.store(state, index, Outcome::Done);
        }
    }

    /// A node reads the generation, and whether it is settled.
    fn read_store(state: &mut State, index: usize) {
        let run = &mut state.runs[index];
        run.store.found(state.world.generation, run.now());
        if let Some(StoreEntry { generation, .. }) = state.world.generation {
            if state.world.is_settled(generation) {
                run.store.settled(generation);
            }
        }
    }

    /// A request arrives that says that a store is settled.
    pub(crate) fn settle(&self, state: &mut State, generation: Generation, expected: Option<u64>) {
        let is_written = !self.is(Wrong::SettledByRevision)
            || state.world.write_generation(generation, expected);
        if is_written {
            state.world.settle(generation);
        }
    }

    /// The watches of the run bring all that has changed.
    fn watch(&self, state: &mut State, index: usize) {
        let Some(entry) = state.world.generation else { return };
        let owner = state.owner(self).cloned();
        let names: Vec<_> = state.runs.iter().map(|run| run.name.clone()).collect();
        Self::read_store(state, index);
        let run = &mut state.runs[index];
        let now = run.now();
        for name in names {
            if let Some(entry) = state.world.node(entry.generation, &name) {
                run.nodes.saw(&name, &entry, now);
            }
        }
        let token = owner.as_ref().map(|owner| owner.token);
        let Some(epoch) = run.lease.epoch(now) else { return };
        if run.watched == token {
            return;
        }
        run.watched = token;
        let me = run.node(epoch);
        let Some(token) = token else { return };
        match run.held.changed("x", token, owner.as_ref(), &me) {
            Change::None | Change::Kept => {}
            Change::Untie => state.happened.moved = true,
            Change::Release(revision) => {
                state.happened.orphan = true;
                state.world.delete_owner(self.key(token.generation), Some(revision));
            }
        }
    }
}

/// A lease that has nothing to do now.
pub(crate) fn is_idle(lease: &Lease, now: alwayson_nats::time::BootTime) -> bool {
    matches!(lease.clone().next(now), LeaseAction::Wait(_))
}
