//! One platform and two edges that want the same Thing, by one name or by two, and
//! as a gateway or not, checked over every order of events up to a depth: messages
//! arrive, arrive twice, are lost; connections break on one side before the other
//! learns of it.
//!
//! The states are those of the real machines and the real registry; nothing is
//! simplified but time, which stands still: what a timeout would tell, an event
//! tells.

// Thousands of states take Miri too long; it runs the laws of the connection.
#![cfg(not(miri))]

mod events;
mod properties;
mod system;

use alwayson_codec::connection::registry::BindPolicy;
use events::{Event, Lossy};
use stateright::{Checker, HasDiscoveries, Model, Property};
use system::{Kind, System};

/// Each path has at most so many events: an edge is bound after 5, so both can
/// be bound and lost, and bound again.
const DEPTH: usize = 14;

/// Edges that have one name for the Thing.
const PLAIN: [Kind; 2] = [Kind { name: "t", is_gateway: false }; 2];

/// A gateway, and an edge that has the identifier.
const MIXED: [Kind; 2] =
    [Kind { name: "t", is_gateway: true }, Kind { name: "*t", is_gateway: false }];

/// The same gateway, for either name.
const GATEWAYS: [Kind; 2] =
    [Kind { name: "*t", is_gateway: true }, Kind { name: "t", is_gateway: true }];

/// What the network may do wrong on a path, each once; and how often each edge
/// may connect.
const FAULTS: Lossy = Lossy { double: 1, lose: 1, breaks: 1, connects: 2, calls: 1 };

struct Platform(BindPolicy, [Kind; 2]);

impl Model for Platform {
    type State = System;
    type Action = Event;

    fn init_states(&self) -> Vec<System> {
        vec![System::new(self.0, self.1, FAULTS)]
    }

    fn actions(&self, system: &System, events: &mut Vec<Event>) {
        events.extend(system.possible());
    }

    fn next_state(&self, system: &System, event: Event) -> Option<System> {
        let mut system = system.clone();
        system.happen(event);
        Some(system)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nothing the machines did was wrong", |_, system: &System| {
                system.wrong.is_none()
            }),
            Property::always("no two connections hold one Thing", |_, system: &System| {
                system.nothing_is_held_twice()
            }),
            Property::always("the registry knows who holds what", |_, system: &System| {
                system.registry_agrees()
            }),
            Property::always("isConnected is true while it is held", |_, system: &System| {
                system.is_connected_agrees()
            }),
            Property::always("requests that have not ended are in flight", |_, system: &System| {
                system.requests_agree()
            }),
            // Were these not found, the model would show nothing.
            Property::sometimes("edge 0 holds the name", |_, system: &System| system.is_bound(0)),
            Property::sometimes("edge 1 holds the name", |_, system: &System| system.is_bound(1)),
            Property::sometimes("one holds it, the other is refused", |_, system: &System| {
                system.is_bound(0) && system.is_refused(1)
            }),
            Property::sometimes("a request was answered", |_, system: &System| system.answered > 0),
            Property::sometimes("a ghost held the name", |_, system: &System| {
                system.is_ghost_holding()
            }),
            Property::sometimes("a name moved", |_, system: &System| system.moved > 0),
            Property::sometimes("a gateway is held", |_, system: &System| system.is_gateway_held()),
        ]
    }
}

fn check(policy: BindPolicy, kinds: [Kind; 2], cannot_be: &[&str]) {
    let platform = || Platform(policy, kinds);
    let checker = platform().checker().target_max_depth(DEPTH).threads(2);
    let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!("{policy:?}: {} states, depth {}", checker.unique_state_count(), checker.max_depth());
    for property in platform().properties() {
        let discovery = checker.discovery(property.name);
        if matches!(property.expectation, stateright::Expectation::Sometimes) {
            let is_expected = !cannot_be.contains(&property.name);
            assert_eq!(discovery.is_some(), is_expected, "{}", property.name);
        } else if let Some(path) = discovery {
            let wrong = path.last_state().wrong.clone();
            panic!("not so: {}\nafter {:?}\n{wrong:?}", property.name, path.into_actions());
        }
    }
    assert!(checker.unique_state_count() > 10_000, "too few states to mean anything");
}

const NO_MOVE: &str = "a name moved";
const NO_REFUSAL: &str = "one holds it, the other is refused";
const NO_GATEWAY: &str = "a gateway is held";

#[test]
fn first_in_wins_holds_over_every_order_of_events() {
    check(BindPolicy::FirstInWins, PLAIN, &[NO_MOVE, NO_GATEWAY]);
}

#[test]
fn last_in_wins_holds_over_every_order_of_events() {
    check(BindPolicy::LastInWins, PLAIN, &[NO_REFUSAL, NO_GATEWAY]);
}

#[test]
fn first_in_wins_holds_for_a_gateway_and_an_identifier() {
    check(BindPolicy::FirstInWins, MIXED, &[NO_MOVE]);
}

#[test]
fn last_in_wins_holds_for_a_gateway_that_moves_with_a_thing() {
    check(BindPolicy::LastInWins, GATEWAYS, &[NO_REFUSAL]);
}
