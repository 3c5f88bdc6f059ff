//! What must always hold, and what must be reachable.

use stateright::Property;

use crate::system::{Config, State};

/// Seconds after which the name of a dead node is free: the expiry, rounded up to a step, and the
/// step in which an edge tries again.
const FREE_AFTER: u64 = 5;

pub(crate) fn all() -> Vec<Property<Config>> {
    vec![
        Property::always("at most one node serves the Thing", |config: &Config, state: &State| {
            state.runs.iter().filter(|run| config.serving(run).is_some()).count() <= 1
        }),
        Property::always(
            "calls are answered by the owner with the highest token",
            |config: &Config, state: &State| {
                let owner = state.highest.map(|(_, incarnation)| incarnation);
                state
                    .runs
                    .iter()
                    .all(|run| config.serving(run).is_none() || owner == Some(run.incarnation))
            },
        ),
        Property::always(
            "the name of a dead node becomes free",
            |config: &Config, state: &State| {
                let late = state.killed.is_some_and(|killed| state.now > killed + FREE_AFTER);
                !(config.prompt && late)
                    || state.runs.iter().any(|run| config.serving(run).is_some())
            },
        ),
    ]
}

/// Situations that a model must reach, so that it says something about them.
pub(crate) fn situations() -> Vec<Property<Config>> {
    vec![
        Property::sometimes("fenced", |_, state: &State| state.happened.fenced),
        Property::sometimes("replaced", |_, state: &State| state.happened.replaced),
        Property::sometimes("given away", |_, state: &State| state.happened.given_away),
        Property::sometimes("late release", |_, state: &State| state.happened.late_release),
        Property::sometimes("claimed again", |_, state: &State| state.happened.again),
        Property::sometimes("orphan", |_, state: &State| state.happened.orphan),
        Property::sometimes("moved", |_, state: &State| state.happened.moved),
        Property::sometimes("taken from the dead", |_, state: &State| state.happened.dead_taken),
        Property::sometimes("another node serves", |config: &Config, state: &State| {
            state.runs.iter().any(|run| {
                config.serving(run).is_some() && (run.name.as_ref() != "a" || !config.held)
            })
        }),
    ]
}
