use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::testing::{GENERATION, Registered, entry};

/// Two nodes and the entries of a store that answers at once.
struct Entries {
    entries: BTreeMap<Arc<str>, Owner>,
    revision: u64,
}

impl Entries {
    fn new() -> Self {
        Self { entries: BTreeMap::new(), revision: 0 }
    }

    fn answer(
        &mut self,
        me: &Node,
        thing: &Arc<str>,
        claim: u64,
        action: &ClaimAction,
    ) -> ClaimEvent {
        match action {
            ClaimAction::Read => ClaimEvent::Entry(self.entries.get(thing).cloned()),
            ClaimAction::Create if self.entries.contains_key(thing) => ClaimEvent::Refused,
            ClaimAction::Create => {
                self.revision += 1;
                let token = Token { generation: GENERATION, revision: self.revision };
                let owner = Owner { node: me.clone(), claim, token };
                self.entries.insert(Arc::clone(thing), owner);
                ClaimEvent::Applied(self.revision)
            }
            other => panic!("{other:?}"),
        }
    }
}

struct Side {
    node: Registered,
    held: Held,
    bind: Bind,
    /// The steps that are under way.
    steps: Vec<Step>,
    end: Option<BindAction>,
}

impl Side {
    fn new(name: &str, run: u64, names: &BTreeSet<u8>) -> Self {
        let mut node = Registered::new(name, run);
        node.sees("a", &entry(1, 1), 0);
        node.sees("b", &entry(2, 2), 0);
        let names = names.iter().rev().map(|name| format!("{name}").into());
        let bind = Bind::new(node.me.clone(), Policy::FirstWins, names, 1);
        Self { node, held: Held::new(), bind, steps: Vec::new(), end: None }
    }

    /// Does a step that is under way, or what is to be done if there is none.
    fn step(&mut self, store: &mut Entries) {
        let ground = self.node.ground(1);
        if let Some(Step { thing, claim, action }) = self.steps.pop() {
            let event = store.answer(&self.node.me, &thing, claim, &action);
            self.bind.on(claim, event, &ground);
            return;
        }
        match self.bind.next(&mut self.held, &ground) {
            BindAction::Steps(steps) => self.steps = steps,
            BindAction::Confirm => self.bind.confirmed(Some(GENERATION)),
            BindAction::Release(tokens) => {
                for (thing, token) in tokens {
                    assert_eq!(store.entries.remove(&thing).map(|owner| owner.token), Some(token));
                }
            }
            end => self.end = Some(end),
        }
    }

    fn owns(&self, store: &Entries) -> usize {
        store.entries.values().filter(|owner| owner.node == self.node.me).count()
    }
}

fn race(first: &BTreeSet<u8>, second: &BTreeSet<u8>, order: &[bool]) -> (Entries, Side, Side) {
    let mut store = Entries::new();
    let mut one = Side::new("a", 1, first);
    let mut other = Side::new("b", 2, second);
    for &turn in order.iter().chain(std::iter::repeat_n(&true, 200)) {
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
        first in names(), second in names(), order in proptest::collection::vec(any::<bool>(), 0..100)
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
        names in names(), order in proptest::collection::vec(any::<bool>(), 0..100)
    ) {
        let (_, one, other) = race(&names, &names, &order);
        let done = |side: &Side| matches!(side.end, Some(BindAction::Done(_)));
        prop_assert!(done(&one) != done(&other));
    }
}

/// A BIND of two names that has written both.
fn written() -> (Entries, Side) {
    let mut store = Entries::new();
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
    side.bind.give_up();
    while side.end.is_none() {
        side.step(&mut store);
    }
    assert!(matches!(&side.end, Some(BindAction::Refused { refusal: Refusal::Unavailable, .. })));
    assert_eq!(side.owns(&store), 0);
}

#[test]
fn a_claim_that_is_given_up_is_released_if_the_watch_has_shown_it_already() {
    let (mut store, mut side) = (Entries::new(), Side::new("a", 1, &[1].into()));
    while !matches!(side.steps[..], [Step { action: ClaimAction::Create, .. }]) {
        side.step(&mut store);
    }
    // It creates the entry, and the answer is lost.
    let Some(Step { thing, claim, .. }) = side.steps.pop() else { panic!() };
    let token = Token { generation: GENERATION, revision: 1 };
    let owner = Owner { node: side.node.me.clone(), claim, token };
    store.entries.insert(Arc::clone(&thing), owner.clone());
    let change = side.held.changed(&thing, token, Some(&owner), &side.node.me);
    assert_eq!(change, crate::held::Change::None);
    side.bind.give_up();
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

#[test]
fn the_first_name_is_claimed_alone_and_then_as_many_as_allowed() {
    for others in [AT_A_TIME - 1, AT_A_TIME, AT_A_TIME + 1] {
        let (mut store, mut side) = (Entries::new(), Side::new("a", 1, &BTreeSet::new()));
        let names = (0..=others).map(|name| format!("{name:03}").into());
        side.bind = Bind::new(side.node.me.clone(), Policy::FirstWins, names, 1);
        let mut most = Vec::new();
        while side.end.is_none() {
            side.step(&mut store);
            let first = side.steps.first().map(|step| step.thing.to_string());
            if let Some(first) = first.filter(|_| side.steps[0].action == ClaimAction::Read) {
                match most.last_mut() {
                    Some((before, count)) if *before == first => {
                        *count = side.steps.len().max(*count);
                    }
                    _ => most.push((first, side.steps.len())),
                }
            }
        }
        assert!(matches!(side.end, Some(BindAction::Done(tokens)) if tokens.len() == others + 1));
        let most: Vec<_> = most.into_iter().map(|(_, count)| count).collect();
        let last = others.saturating_sub(AT_A_TIME);
        let wanted = [1, others.min(AT_A_TIME), last];
        assert_eq!(most, wanted.into_iter().filter(|&count| count > 0).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_under_way_when_a_name_is_refused_is_released_too() {
    let (mut store, mut side) = (Entries::new(), Side::new("a", 1, &[1, 2, 3, 4].into()));
    let other = Side::new("b", 2, &BTreeSet::new());
    while store.entries.is_empty() {
        side.step(&mut store);
    }
    let token = Token { generation: GENERATION, revision: 100 };
    let owner = Owner { node: other.node.me, claim: 1, token };
    store.entries.insert("3".into(), owner.clone());
    while side.end.is_none() {
        side.step(&mut store);
    }
    let refused = BindAction::Refused { thing: "3".into(), refusal: Refusal::Holder(owner) };
    assert_eq!(side.end, Some(refused));
    assert_eq!((side.owns(&store), side.held.iter().count()), (0, 0));
    // None is pending either.
    for thing in ["1", "2", "3", "4"] {
        assert!(side.held.begin(&thing.into(), 9, side.node.me.epoch));
    }
}
