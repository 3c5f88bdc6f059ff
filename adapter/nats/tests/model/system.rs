//! Nodes, their store, and the requests between them, as a state machine.
//!
//! A node acts whenever it likes, so one that is frozen is one that does not act. A request is
//! done at once, or it stays on its way as long as it likes (`delays` of them): it arrives late,
//! its answer arrives late, or it is lost. A node that is cut off is one whose requests do not arrive.

use std::sync::Arc;
use std::time::Duration;

use alwayson_nats::bind::Bind;
use alwayson_nats::claim::{Ground, Owner, Policy};
use alwayson_nats::held::Held;
use alwayson_nats::lease::{Attempt, Lease, LeaseAction, LeaseAnswer, NodeEntry};
use alwayson_nats::nodes::{Node, Nodes};
use alwayson_nats::settings::{LeaseSettings, Times};
use alwayson_nats::store::Store;
use alwayson_nats::time::BootTime;
use alwayson_nats::token::{Epoch, Generation, Token};
use stateright::{Model, Property};

use crate::world::{Loss, World};

/// When the server removes a node, in milliseconds.
const EXPIRY: u64 = 3_400;

/// The part of the design that a wrong model leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wrong {
    /// Last in wins updates the store before the holder has untied the name.
    UpdateBeforeAsking,
    /// A holder that does not answer is taken for dead.
    NoRespondersIsDead,
    /// Who is asked for a name that it does not serve yet forgets that it was asked.
    ForgetsBeingAsked,
    /// Keys do not contain the generation.
    KeysWithoutGeneration,
    /// New claims are allowed in a store that has just come back empty.
    ClaimsInEmptyStore,
    /// A run that was replaced under its name is taken for dead at once.
    ReplacedIsDead,
    /// A run that was replaced under its name is taken for the new one.
    RunsAreTheSame,
    /// The clock of a machine stands still while it is suspended.
    ClockStopsInSuspend,
    /// The deadline counts from the answer.
    DeadlineFromAnswer,
    /// Clocks are taken for exact.
    NoDrift,
    /// A name is released whoever holds it.
    ReleaseOfAny,
    /// The new registration lengthens the lease of the claims of before.
    LeaseOfAllEpochs,
    /// A node without an entry is taken for dead without looking whether the store has lost it.
    NoRefreshAfterRead,
    /// A refresh does not look at the generation.
    RefreshWithoutGeneration,
    /// A BIND is done when the store has accepted its claims.
    NoConfirmation,
    /// The first node serves longer than the server keeps its entry.
    LateDeadline,
    /// That a store is settled is written into the key of its generation, by compare-and-set.
    SettledByRevision,
}

/// What can happen, and how often.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(crate) struct Config {
    pub(crate) policy: Policy,
    pub(crate) nodes: usize,
    /// The speed of each clock: milliseconds for each 1000 of real time.
    pub(crate) rates: [u64; 3],
    /// The Thing is bound at node 0 in the beginning.
    pub(crate) held: bool,
    /// How long the model lasts after the beginning, in steps of a second.
    pub(crate) steps: u64,
    pub(crate) budget: Budget,
    pub(crate) loss: Loss,
    /// Requests of the lease may be late, too.
    pub(crate) late_leases: bool,
    /// The first run refreshes its lease and reads its watch whenever it likes, as the others do
    /// at once. Otherwise, data are lost and names unbound at the beginning only.
    pub(crate) lazy: bool,
    /// The watches bring nothing.
    pub(crate) blind: bool,
    /// Which node is started during the model: 0 for a second process with that name.
    pub(crate) started: usize,
    /// Nodes act at once: time passes when they have nothing to do.
    pub(crate) prompt: bool,
    /// The first node is about to say that the store is settled.
    pub(crate) unsettled: bool,
    /// The situations that must be reached.
    pub(crate) reach: &'static [&'static str],
    pub(crate) wrong: Option<Wrong>,
}

/// How often each thing can still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) binds: u8,
    pub(crate) unbinds: u8,
    pub(crate) delays: u8,
    pub(crate) kills: u8,
    pub(crate) starts: u8,
    pub(crate) losses: u8,
    pub(crate) suspends: u8,
}

/// One run of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    pub(crate) name: Arc<str>,
    pub(crate) incarnation: u64,
    pub(crate) clock: u64,
    pub(crate) rate: u64,
    pub(crate) lease: Lease,
    pub(crate) nodes: Nodes,
    pub(crate) store: Store,
    pub(crate) held: Held,
    pub(crate) bind: Option<Bind>,
    /// The number of the request that the BIND waits for.
    pub(crate) waits: Option<u64>,
    /// What was read for `ConfirmDead`, before the own refresh.
    pub(crate) confirming: Option<(Node, Option<NodeEntry>)>,
    pub(crate) claims: u64,
    /// When an edge tried to bind the last time, if nodes act at once.
    pub(crate) tried: Option<u64>,
    /// Where the watch is.
    pub(crate) watched: Option<Token>,
}

/// A request or an answer on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Lease,
    Leased(LeaseAnswer),
    Write { claim: u64, expected: Option<u64>, number: u64 },
    Written { applied: Option<u64>, number: u64 },
    Ask { token: Token, of: Node },
    Release { generation: Generation, revision: u64 },
    Settle { generation: Generation, expected: Option<u64> },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Message {
    /// The run that has sent it.
    pub(crate) from: u64,
    pub(crate) kind: Kind,
    /// For leases.
    pub(crate) lease: Option<LeaseAction>,
    /// For claims.
    pub(crate) node: Option<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// Real time in seconds.
    pub(crate) now: u64,
    pub(crate) world: World,
    /// The runs, alive; the last may be a second process with the name of node 0.
    pub(crate) runs: Vec<Run>,
    pub(crate) net: Vec<Message>,
    pub(crate) budget: Budget,
    pub(crate) incarnations: u64,
    /// The greatest token ever given, and the incarnation of its run.
    pub(crate) highest: Option<(Token, u64)>,
    /// When a node was killed that held the Thing.
    pub(crate) killed: Option<u64>,
    pub(crate) happened: Happened,
}

/// Interesting situations that were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a situation of its own")]
pub(crate) struct Happened {
    pub(crate) fenced: bool,
    pub(crate) replaced: bool,
    pub(crate) given_away: bool,
    pub(crate) late_release: bool,
    pub(crate) again: bool,
    pub(crate) orphan: bool,
    pub(crate) moved: bool,
    pub(crate) dead_taken: bool,
}

impl Happened {
    fn forget(&mut self, reach: &[&str]) {
        self.fenced &= reach.contains(&"fenced");
        self.replaced &= reach.contains(&"replaced");
        self.given_away &= reach.contains(&"given away");
        self.late_release &= reach.contains(&"late release");
        self.again &= reach.contains(&"claimed again");
        self.orphan &= reach.contains(&"orphan");
        self.moved &= reach.contains(&"moved");
        self.dead_taken &= reach.contains(&"taken from the dead");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    Done,
    Late,
    AnswerLate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Time,
    /// Time passes, and the machine of this run was suspended meanwhile.
    Suspended(usize),
    Lease(usize, Outcome),
    Store(usize, Outcome),
    Watch(usize),
    Bind(usize),
    Unbind(usize, Outcome),
    Step(usize, Outcome),
    Confirm(usize),
    Timeout(usize),
    Arrive(usize),
    Lost(usize),
    Kill(usize),
    Start,
    Lose,
}

impl Config {
    fn long_times(&self) -> Times {
        let settings = *self.times().settings();
        let (lease, expiry) = (Duration::from_secs(5), Duration::from_secs(6));
        LeaseSettings { lease, expiry, ..settings }.check().unwrap()
    }

    /// The lease in seconds, and its expiry in milliseconds: no longer than a model needs to find
    /// what is wrong. An answer that comes before the deadline must be able to come late enough.
    fn lengths(&self) -> (u64, u64) {
        if self.is(Wrong::DeadlineFromAnswer) { (5, 5_600) } else { (3, EXPIRY) }
    }

    /// The steps of the beginning, until the store is settled and the first lease is over.
    pub(crate) fn beginning(&self) -> u64 {
        self.lengths().0 + 1
    }

    pub(crate) fn expiry(&self) -> u64 {
        self.lengths().1
    }

    pub(crate) fn times(&self) -> Times {
        let (lease, expiry) = self.lengths();
        LeaseSettings {
            refresh: Duration::from_secs(1),
            retry: Duration::from_secs(1),
            lease: Duration::from_secs(lease),
            expiry: Duration::from_millis(expiry),
            election: Duration::ZERO,
            drift_permille: if self.is(Wrong::NoDrift) { 0 } else { 100 },
        }
        .check()
        .unwrap()
    }

    pub(crate) fn is(&self, wrong: Wrong) -> bool {
        self.wrong == Some(wrong)
    }

    pub(crate) fn key(&self, generation: Generation) -> Generation {
        if self.is(Wrong::KeysWithoutGeneration) { Generation(0) } else { generation }
    }

    pub(crate) fn run(&self, index: usize, incarnation: u64, clock: u64) -> Run {
        let long = index == 0 && self.is(Wrong::LateDeadline);
        let times = if long { self.long_times() } else { self.times() };
        Run {
            name: ["a", "b", "c"][index].into(),
            incarnation,
            clock,
            rate: self.rates[index],
            lease: Lease::new(times, incarnation),
            nodes: Nodes::new(times),
            store: Store::new(times),
            held: Held::new(),
            bind: None,
            waits: None,
            confirming: None,
            claims: 0,
            tried: None,
            watched: None,
        }
    }

    /// Returns whether a run answers calls for the Thing now.
    pub(crate) fn serving(&self, run: &Run) -> Option<Token> {
        let token = run.held.get("x")?.token;
        let serves = if self.is(Wrong::LeaseOfAllEpochs) {
            run.lease.deadline().is_some_and(|deadline| run.now() < deadline)
        } else {
            run.held.answers("x", token, &run.lease, run.now())
        };
        serves.then_some(token)
    }
}

impl Run {
    pub(crate) fn now(&self) -> BootTime {
        BootTime::since_boot(Duration::from_millis(self.clock))
    }

    pub(crate) fn node(&self, epoch: Epoch) -> Node {
        Node { name: Arc::clone(&self.name), epoch }
    }

    pub(crate) fn ground(&self) -> Ground<'_> {
        Ground { now: self.now(), lease: &self.lease, nodes: &self.nodes, store: &self.store }
    }
}

impl State {
    pub(crate) fn owner(&self, config: &Config) -> Option<&Owner> {
        let generation = self.world.generation?.generation;
        self.world.owner(config.key(generation))
    }

    /// Returns a number that no request on its way has.
    pub(crate) fn number(&self) -> u64 {
        let used = self.net.iter().map(|message| match message.kind {
            Kind::Write { number, .. } | Kind::Written { number, .. } => number,
            _ => 0,
        });
        used.max().unwrap_or(0) + 1
    }

    pub(crate) fn granted(&mut self, token: Token, incarnation: u64) {
        if self.highest.is_none_or(|(highest, _)| highest < token) {
            self.highest = Some((token, incarnation));
        }
    }
}

/// The attempt of an action of the lease.
pub(crate) fn attempt_of(action: &LeaseAction) -> Option<Attempt> {
    match *action {
        LeaseAction::Register { attempt, .. }
        | LeaseAction::Refresh { attempt, .. }
        | LeaseAction::Read { attempt, .. } => Some(attempt),
        _ => None,
    }
}

impl Model for Config {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.begin()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.possible(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        self.act(&mut next, action);
        // Fewer states: what is not looked at is forgotten.
        next.happened.forget(self.reach);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = crate::properties::all();
        let reached = |property: &Property<Self>| self.reach.contains(&property.name);
        properties.extend(crate::properties::situations().into_iter().filter(reached));
        properties
    }
}
