//! The beginning, and which actions are possible.

use alwayson_nats::bind::{BindAction, Step};
use alwayson_nats::claim::ClaimAction;
use alwayson_nats::store::StoreAction;

use crate::act::is_idle;
use crate::system::{Action, Budget, Config, Happened, Kind, Message, Outcome, Run, State, Wrong};
use crate::world::World;

impl Config {
    /// All nodes are registered for longer than a lease; node 0 may hold the Thing.
    pub(crate) fn begin(&self) -> State {
        let mut state = State {
            now: 0,
            world: World::new(),
            runs: (0..self.nodes).map(|index| self.run(index, index as u64, 0)).collect(),
            net: Vec::new(),
            budget: Budget { binds: 1, ..Budget::default() },
            incarnations: self.nodes as u64,
            highest: None,
            killed: None,
            happened: Happened::default(),
        };
        // The beginning is as it should be, but for what the keys and the times are.
        let kept = [
            Wrong::KeysWithoutGeneration,
            Wrong::NoDrift,
            Wrong::LateDeadline,
            Wrong::DeadlineFromAnswer,
        ];
        let wrong = self.wrong.filter(|wrong| kept.contains(wrong));
        let plain = Self { wrong, ..*self };
        for _ in 0..self.beginning() {
            plain.calm(&mut state);
            plain.act(&mut state, Action::Time);
        }
        plain.calm(&mut state);
        if self.held {
            plain.act(&mut state, Action::Bind(0));
            plain.calm(&mut state);
            assert!(plain.serving(&state.runs[0]).is_some());
        }
        state.happened = Happened::default();
        state.budget = self.budget;
        state
    }

    /// All nodes do what they have to do.
    fn calm(&self, state: &mut State) {
        while let Some(action) = self.due(state) {
            self.act(state, action);
        }
    }

    /// Something that a node has to do now, without delay.
    pub(crate) fn due(&self, state: &State) -> Option<Action> {
        for (index, run) in state.runs.iter().enumerate() {
            if !is_idle(&run.lease, run.now()) {
                return Some(Action::Lease(index, Outcome::Done));
            }
            if run.confirming.is_some() {
                return Some(Action::Confirm(index));
            }
            let settle = run.store.next(run.now(), state.world.losses, 0);
            let is_later = self.unsettled && matches!(settle, StoreAction::Settle(_));
            if !is_later && !matches!(settle, StoreAction::Rest | StoreAction::Wait(_)) {
                return Some(Action::Store(index, Outcome::Done));
            }
            if Self::has_step(run) {
                return Some(Action::Step(index, Outcome::Done));
            }
            if !self.blind && self.changes(state, Action::Watch(index)) {
                return Some(Action::Watch(index));
            }
            // The edge of the killed node tries again in each step.
            let free = run.bind.is_none() && run.held.get("x").is_none();
            if state.killed.is_some() && free && run.tried != Some(state.now) {
                return Some(Action::Bind(index));
            }
        }
        None
    }

    /// What runs other than the first do for their leases and watches is done at once: it is the
    /// first whose requests are late and that is cut off, frozen or replaced.
    fn routine(&self, state: &State) -> Option<Action> {
        let prompt = |(_, run): &(usize, &Run)| run.incarnation > 0 || !self.lazy;
        state.runs.iter().enumerate().filter(prompt).find_map(|(index, run)| {
            let settle = run.store.next(run.now(), state.world.losses, 0);
            if !is_idle(&run.lease, run.now()) {
                Some(Action::Lease(index, Outcome::Done))
            } else if matches!(settle, StoreAction::Settle(_)) {
                Some(Action::Store(index, Outcome::Done))
            } else {
                let watch = Action::Watch(index);
                (!self.blind && self.changes(state, watch)).then_some(watch)
            }
        })
    }

    fn changes(&self, state: &State, action: Action) -> bool {
        let mut next = state.clone();
        self.act(&mut next, action);
        next != *state
    }

    fn has_step(run: &Run) -> bool {
        let Some(mut bind) = run.bind.clone() else { return false };
        if run.waits.is_some() || run.confirming.is_some() {
            return false;
        }
        let mut held = run.held.clone();
        let step = bind.next(&mut held, &run.ground());
        !matches!(step, BindAction::Wait(_))
    }

    /// Returns whether the next step of a BIND is a request.
    fn requests(run: &Run) -> (bool, bool) {
        let Some(mut bind) = run.bind.clone() else { return (false, false) };
        let mut held = run.held.clone();
        let BindAction::Steps(steps) = bind.next(&mut held, &run.ground()) else {
            return (false, false);
        };
        let [Step { action, .. }] = &steps[..] else { return (false, false) };
        let write = matches!(action, ClaimAction::Create | ClaimAction::Update { .. });
        (write || matches!(action, ClaimAction::Ask(_)), write)
    }

    pub(crate) fn possible(&self, state: &State, actions: &mut Vec<Action>) {
        let Budget { binds, unbinds, delays, kills, starts, losses, suspends } = state.budget;
        if let Some(action) = self.routine(state) {
            actions.push(action);
            return;
        }
        let at_first = self.lazy || state.now == self.beginning();
        let due = self.prompt.then(|| self.due(state)).flatten();
        if let Some(action) = due {
            actions.push(action);
        } else if state.now < self.beginning() + self.steps {
            actions.push(Action::Time);
        }
        for (index, run) in state.runs.iter().enumerate() {
            if !self.prompt && binds > 0 && run.bind.is_none() && run.held.get("x").is_none() {
                actions.push(Action::Bind(index));
            }
            if kills > 0 && index == 0 {
                actions.push(Action::Kill(index));
            }
            if self.prompt {
                continue;
            }
            if suspends > 0 && state.now < self.beginning() + self.steps {
                actions.push(Action::Suspended(index));
            }
            if !is_idle(&run.lease, run.now()) {
                actions.push(Action::Lease(index, Outcome::Done));
                let sent = |one: &Message| {
                    one.from == run.incarnation && matches!(one.kind, Kind::Lease | Kind::Leased(_))
                };
                if self.late_leases && delays > 0 && !state.net.iter().any(sent) {
                    actions.push(Action::Lease(index, Outcome::Late));
                    actions.push(Action::Lease(index, Outcome::AnswerLate));
                }
            }
            let store = run.store.next(run.now(), state.world.losses, 0);
            if matches!(store, StoreAction::Settle(_)) {
                actions.push(Action::Store(index, Outcome::Done));
                if delays > 0
                    && !state.net.iter().any(|one| matches!(one.kind, Kind::Settle { .. }))
                {
                    actions.push(Action::Store(index, Outcome::Late));
                }
            }
            if !self.blind {
                actions.push(Action::Watch(index));
            }
            if unbinds > 0 && at_first && run.held.get("x").is_some() {
                actions.push(Action::Unbind(index, Outcome::Done));
                if delays > 0 {
                    actions.push(Action::Unbind(index, Outcome::Late));
                }
            }
            if run.confirming.is_some() {
                actions.push(Action::Confirm(index));
            }
            if run.waits.is_some() {
                actions.push(Action::Timeout(index));
            } else if Self::has_step(run) {
                actions.push(Action::Step(index, Outcome::Done));
                let (request, write) = Self::requests(run);
                if delays > 0 && request {
                    actions.push(Action::Step(index, Outcome::Late));
                }
                if delays > 0 && write {
                    actions.push(Action::Step(index, Outcome::AnswerLate));
                }
            }
        }
        for index in 0..state.net.len() {
            actions.push(Action::Arrive(index));
            actions.push(Action::Lost(index));
        }
        if starts > 0 {
            actions.push(Action::Start);
        }
        if losses > 0 && at_first {
            actions.push(Action::Lose);
        }
    }
}
