//! News of a Thing, which arrive at another node in any order.

use alwayson_nats::token::{Generation, News, Presence, Token};
use stateright::{Model, Property};

/// Owners that follow one another, in a store that comes back empty once.
#[derive(Clone, Debug)]
pub(crate) struct Owners {
    /// How often the Thing is bound.
    pub(crate) binds: u64,
    /// Tokens are compared by their revision alone.
    pub(crate) revision_alone: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct State {
    generation: u64,
    revision: u64,
    binds: u64,
    owner: Option<Token>,
    on_the_way: Vec<(Token, bool)>,
    presence: Presence,
    /// What was told last, and with which token.
    told: Option<(Token, bool)>,
    out_of_order: bool,
    late: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Bind,
    Unbind,
    Lose,
    Arrive(usize),
}

impl Owners {
    fn seen(&self, token: Token) -> Token {
        let generation = if self.revision_alone { Generation::default() } else { token.generation };
        Token { generation, ..token }
    }
}

impl Model for Owners {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State { generation: 1, ..State::default() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.binds < self.binds {
            actions.push(Action::Bind);
        }
        if state.owner.is_some() {
            actions.push(Action::Unbind);
        }
        if state.generation == 1 {
            actions.push(Action::Lose);
        }
        actions.extend((0..state.on_the_way.len()).map(Action::Arrive));
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Bind => {
                next.binds += 1;
                next.revision += 1;
                let generation = Generation(next.generation);
                let token = Token { generation, revision: next.revision };
                if let Some(before) = next.owner.replace(token) {
                    next.on_the_way.push((before, false));
                }
                next.on_the_way.push((token, true));
            }
            Action::Unbind => {
                let before = next.owner.take()?;
                next.on_the_way.push((before, false));
            }
            Action::Lose => {
                next.generation += 1;
                next.revision = 0;
            }
            Action::Arrive(index) => {
                let (token, connected) = next.on_the_way.remove(index);
                match next.presence.hear(self.seen(token), connected) {
                    News::Connected | News::Disconnected => {
                        let told = Some((token, connected));
                        next.out_of_order |= next
                            .told
                            .is_some_and(|before| before.0 > token || before.1 == connected);
                        next.told = told;
                    }
                    News::Unchanged => {}
                    News::Late => next.late = true,
                }
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("connected is told in order", |_, state: &State| !state.out_of_order),
            Property::always("in the end, what is told is true", |_, state: &State| {
                !state.on_the_way.is_empty()
                    || state.presence.is_connected() == state.owner.is_some()
            }),
            Property::sometimes("news are late", |_, state: &State| state.late),
            Property::sometimes("the store came back empty", |_, state: &State| {
                state.generation > 1 && state.owner.is_some() && state.on_the_way.is_empty()
            }),
        ]
    }
}
