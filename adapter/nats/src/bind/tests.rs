use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::testing::{GENERATION, Registered, entry};

/// Two nodes and the entries of a store that answers at once.
struct Entries {
    entries: BTreeMap<Arc<str>, Owner>,
    revision: u64,
}

struct Side {
    node: Registered,
    held: Held,
    bind: Bind,
    end: Option<BindAction>,
}

impl Side {
    fn new(name: &str, run: u64, names: &BTreeSet<u8>) -> Self {
        let mut node = Registered::new(name, run);
        node.sees("a", &entry(1, 1), 0);
        node.sees("b", &entry(2, 2), 0);
        let names = names.iter().rev().map(|name| format!("{name}").into());
        let bind = Bind::new(node.me.clone(), Policy::FirstWins, names, 1);
        Self { node, held: Held::new(), bind, end: None }
    }

    fn step(&mut self, store: &mut Entries) {
        let ground = self.node.ground(1);
        match self.bind.next(&mut self.held, &ground) {
            BindAction::Step { thing, claim, action } => {
                let event = match action {
                    ClaimAction::Read => ClaimEvent::Entry(store.entries.get(&thing).cloned()),
                    ClaimAction::Create if store.entries.contains_key(&thing) => {
                        ClaimEvent::Refused
                    }
                    ClaimAction::Create => {
                        store.revision += 1;
                        let (node, revision) = (self.node.me.clone(), store.revision);
                        let token = Token { generation: GENERATION, revision };
                        store.entries.insert(thing, Owner { node, claim, token });
                        ClaimEvent::Applied(revision)
                    }
                    other => panic!("{other:?}"),
                };
                self.bind.on(event, &ground);
            }
            BindAction::Confirm => self.bind.confirmed(Some(GENERATION)),
            BindAction::Release { thing, token } => {
                assert_eq!(store.entries.remove(&thing).map(|owner| owner.token), Some(token));
            }
            end => self.end = Some(end),
        }
    }

    fn owns(&self, store: &Entries) -> usize {
        store.entries.values().filter(|owner| owner.node == self.node.me).count()
    }
}

fn race(first: &BTreeSet<u8>, second: &BTreeSet<u8>, order: &[bool]) -> (Entries, Side, Side) {
    let mut store = Entries { entries: BTreeMap::new(), revision: 0 };
    let mut one = Side::new("a", 1, first);
    let mut other = Side::new("b", 2, second);
    for &turn in order.iter().chain(std::iter::repeat_n(&true, 100)) {
        let side =
            if (turn && one.end.is_none()) || other.end.is_some() { &mut one } else { &mut other };
        if side.end.is_none() {
            side.step(&mut store);
        }
    }
    (store, one, other)
}

fn names() -> impl Strategy<Value = BTreeSet<u8>> {
    proptest::collection::btree_set(0_u8..6, 1..5)
}

proptest! {
    #[test]
    fn a_bind_takes_all_names_or_none(
        first in names(), second in names(), order in proptest::collection::vec(any::<bool>(), 0..60)
    ) {
        let (store, one, other) = race(&first, &second, &order);
        let mut done = 0;
        for (side, wanted) in [(&one, &first), (&other, &second)] {
            match side.end.as_ref().unwrap() {
                BindAction::Done(tokens) => {
                    done += 1;
                    prop_assert_eq!(tokens.len(), wanted.len());
                    prop_assert_eq!(side.owns(&store), wanted.len());
                    prop_assert_eq!(side.held.iter().count(), wanted.len());
                }
                BindAction::Refused { refusal, .. } => {
                    prop_assert!(matches!(refusal, Refusal::Holder(_)));
                    prop_assert_eq!(side.owns(&store), 0);
                    prop_assert_eq!(side.held.iter().count(), 0);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
        if first.is_disjoint(&second) {
            prop_assert_eq!(done, 2);
        }
    }

    #[test]
    fn of_two_binds_of_the_same_names_one_succeeds(
        names in names(), order in proptest::collection::vec(any::<bool>(), 0..60)
    ) {
        let (_, one, other) = race(&names, &names, &order);
        let done = |side: &Side| matches!(side.end, Some(BindAction::Done(_)));
        prop_assert!(done(&one) != done(&other));
    }
}

/// A BIND of two names that has written both.
fn written() -> (Entries, Side) {
    let mut store = Entries { entries: BTreeMap::new(), revision: 0 };
    let mut side = Side::new("a", 1, &[1, 2].into());
    while store.entries.len() < 2 {
        side.step(&mut store);
    }
    (store, side)
}

#[test]
fn a_bind_is_refused_if_the_store_has_another_generation_after_its_claims() {
    for found in [None, Some(Generation(2))] {
        let (mut store, mut side) = written();
        assert_eq!(side.bind.next(&mut side.held, &side.node.ground(1)), BindAction::Confirm);
        side.bind.confirmed(found);
        while side.end.is_none() {
            side.step(&mut store);
        }
        let refused = BindAction::Refused { thing: "1".into(), refusal: Refusal::Unavailable };
        assert_eq!(side.end, Some(refused));
        assert_eq!((side.owns(&store), side.held.iter().count()), (0, 0));
    }
}

#[test]
fn a_bind_is_refused_if_another_has_asked_for_one_of_its_names_meanwhile() {
    let (mut store, mut side) = written();
    let token = store.entries["2"].token;
    side.held.asked("2", token);
    while side.end.is_none() {
        side.step(&mut store);
    }
    let refused = BindAction::Refused { thing: "2".into(), refusal: Refusal::GivenAway };
    assert_eq!(side.end, Some(refused));
    assert_eq!((side.owns(&store), side.held.iter().count()), (0, 0));
}

#[test]
fn a_bind_that_is_given_up_releases_what_it_has_taken() {
    let (mut store, mut side) = written();
    side.bind.give_up(&mut side.held);
    while side.end.is_none() {
        side.step(&mut store);
    }
    assert!(matches!(&side.end, Some(BindAction::Refused { refusal: Refusal::Unavailable, .. })));
    assert_eq!(side.owns(&store), 0);
}

#[test]
fn a_claim_that_is_given_up_is_released_if_the_watch_has_shown_it_already() {
    let (mut store, mut side) =
        (Entries { entries: BTreeMap::new(), revision: 0 }, Side::new("a", 1, &[1].into()));
    side.step(&mut store);
    // The answer to the second request, which creates the entry, is lost.
    let ground = side.node.ground(1);
    let BindAction::Step { thing, claim, .. } = side.bind.next(&mut side.held, &ground) else {
        panic!()
    };
    let token = Token { generation: GENERATION, revision: 1 };
    let owner = Owner { node: side.node.me.clone(), claim, token };
    store.entries.insert(Arc::clone(&thing), owner.clone());
    let change = side.held.changed(&thing, token, Some(&owner), &side.node.me);
    assert_eq!(change, crate::held::Change::None);
    side.bind.give_up(&mut side.held);
    while side.end.is_none() {
        side.step(&mut store);
    }
    assert_eq!(side.owns(&store), 0);
}

#[test]
fn two_binds_of_one_node_do_not_claim_a_name_at_the_same_time() {
    let (_, mut side) = written();
    let names = ["2".into()];
    let mut second = Bind::new(side.node.me.clone(), Policy::LastWins, names, 9);
    let action = second.next(&mut side.held, &side.node.ground(1));
    assert_eq!(action, BindAction::Refused { thing: "2".into(), refusal: Refusal::Busy });
}
