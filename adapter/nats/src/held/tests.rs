use super::*;
use crate::testing::{GENERATION, Registered, at, epoch, node};
use crate::token::Generation;

fn token(revision: u64) -> Token {
    Token { generation: GENERATION, revision }
}

fn holding(revision: u64) -> Held {
    let mut held = Held::new();
    assert!(held.begin(&"x".into(), 1, epoch(7)));
    assert_eq!(held.taken(&"x".into(), 1, token(revision)), Taken::Serve);
    held
}

fn owner(name: &str, run: u64, revision: u64) -> Owner {
    Owner { node: node(name, run), claim: 1, token: token(revision) }
}

#[test]
fn who_is_asked_before_it_knows_gives_the_name_away() {
    let claimed = |asked| {
        let mut held = Held::new();
        held.begin(&"x".into(), 1, epoch(7));
        assert_eq!(held.asked("x", token(asked)), Asked::Released);
        held.taken(&"x".into(), 1, token(5))
    };
    // Of a claim of before.
    assert_eq!(claimed(4), Taken::Serve);
    assert_eq!(claimed(5), Taken::GivenAway);
    assert_eq!(claimed(6), Taken::GivenAway);
}

#[test]
fn a_holder_unties_a_name_unless_it_has_a_later_token() {
    let mut held = holding(5);
    assert_eq!(held.asked("x", token(4)), Asked::Newer(token(5)));
    assert_eq!(held.asked("y", token(5)), Asked::Released);
    assert_eq!(held.asked("x", token(5)), Asked::Untie);
    assert_eq!(held.get("x"), None);
    assert_eq!(holding(5).asked("x", token(6)), Asked::Untie);
}

#[test]
fn a_name_is_claimed_once_at_a_time() {
    let mut held = Held::new();
    assert!(held.begin(&"x".into(), 1, epoch(7)));
    assert!(!held.begin(&"x".into(), 2, epoch(7)));
    assert_eq!(held.failed(&"x".into(), 2), None);
    assert_eq!(held.taken(&"x".into(), 2, token(5)), Taken::Unknown);
    assert_eq!(held.failed(&"x".into(), 1), None);
    assert!(held.begin(&"x".into(), 2, epoch(7)));
}

#[test]
fn a_name_is_released_with_the_token_that_is_held() {
    let mut held = holding(5);
    assert_eq!(held.release("x", token(4)), None);
    assert_eq!(held.release("x", token(5)), Some(token(5)));
    assert_eq!(held.release("x", token(5)), None);
}

/// A Thing of the store of before, which is claimed again.
fn claiming_again() -> (Held, Token) {
    let mut held = holding(5);
    assert!(held.begin(&"x".into(), 2, epoch(1)));
    (held, Token { generation: Generation(GENERATION.0 + 1), revision: 3 })
}

#[test]
fn what_was_claimed_again_is_released_with_any_token_that_it_had() {
    for revision in [4, 5, 6] {
        let (mut held, again) = claiming_again();
        assert_eq!(held.taken(&"x".into(), 2, again), Taken::Serve);
        let me = Registered::new("a", 1);
        let answers = held.answers("x", token(revision), &me.lease, at(0));
        assert_eq!(answers, revision >= 5, "{revision}");
        let released = held.release("x", token(revision));
        assert_eq!(released, (revision >= 5).then_some(again), "{revision}");
    }
    let (mut held, again) = claiming_again();
    held.taken(&"x".into(), 2, again);
    assert_eq!(held.release("x", again), Some(again));
    let (mut held, again) = claiming_again();
    held.taken(&"x".into(), 2, again);
    assert_eq!(held.release("x", Token { revision: 4, ..again }), None);
}

#[test]
fn what_is_unbound_while_it_is_claimed_again_is_not_served() {
    let (mut held, again) = claiming_again();
    assert_eq!(held.release("x", token(5)), Some(token(5)));
    assert_eq!(held.taken(&"x".into(), 2, again), Taken::GivenAway);
    assert_eq!(held.get("x"), None);
}

#[test]
fn a_claim_in_a_store_that_came_back_empty_which_is_given_up_changes_nothing() {
    let me = node("a", 7);
    let (mut held, again) = claiming_again();
    assert_eq!(held.failed(&"x".into(), 2), None);
    let mine = Owner { node: me.clone(), claim: 2, token: again };
    assert_eq!(held.changed("x", again, Some(&mine), &me), Change::Release(3));
    let deleted = Token { revision: 4, ..again };
    assert_eq!(held.changed("x", deleted, None, &me), Change::Kept);
    assert_eq!(held.get("x").unwrap().token, token(5));
    let other = Owner { node: node("b", 2), ..mine };
    assert_eq!(held.changed("x", deleted, Some(&other), &me), Change::Untie);
}

#[test]
fn a_later_owner_in_the_store_unties_the_name() {
    let me = node("a", 7);
    let other = owner("b", 2, 6);
    assert_eq!(holding(5).changed("x", token(6), Some(&other), &me), Change::Untie);
    assert_eq!(holding(6).changed("x", token(6), Some(&other), &me), Change::None);
    assert_eq!(holding(7).changed("x", token(6), Some(&other), &me), Change::None);
    assert_eq!(holding(5).changed("x", token(6), None, &me), Change::Untie);
    assert_eq!(holding(5).changed("x", token(5), Some(&owner("a", 7, 5)), &me), Change::None);
}

#[test]
fn a_claim_that_was_applied_after_it_was_given_up_is_released() {
    let me = node("a", 7);
    let mine = owner("a", 7, 5);
    let mut held = Held::new();
    assert_eq!(held.changed("x", token(5), Some(&mine), &me), Change::Release(5));
    // Of another run: it is not ours to release.
    assert_eq!(held.changed("x", token(5), Some(&owner("a", 6, 5)), &me), Change::None);
    held.begin(&"x".into(), 1, epoch(7));
    assert_eq!(held.changed("x", token(5), Some(&mine), &me), Change::None);
    assert_eq!(held.failed(&"x".into(), 1), Some(token(5)));
}

#[test]
fn only_calls_with_the_present_token_are_answered_and_only_while_the_lease_lasts() {
    let me = Registered::new("a", 7);
    let mut held = holding(5);
    assert!(held.answers("x", token(5), &me.lease, at(14_849)));
    assert!(!held.answers("x", token(5), &me.lease, at(14_850)));
    assert!(!held.answers("x", token(4), &me.lease, at(0)));
    assert!(!held.answers("x", token(6), &me.lease, at(0)));
    assert_eq!(held.expired(&me.lease, at(14_849)), []);
    assert_eq!(held.expired(&me.lease, at(14_850)).len(), 1);
    assert_eq!(held.iter().count(), 0);
}
