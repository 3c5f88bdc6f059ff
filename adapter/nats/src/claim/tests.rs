use super::*;
use crate::store::StoreEntry;
use crate::testing::{GENERATION, Registered, at, entry, epoch, node};
use crate::token::Generation;

fn owner(name: &str, run: u64, claim: u64) -> Owner {
    Owner { node: node(name, run), claim, token: Token { generation: GENERATION, revision: 9 } }
}

/// Node b, which has seen node a alive at 1 ms.
fn ready() -> Registered {
    let mut me = Registered::new("b", 2);
    me.sees("a", &entry(1, 5), 1);
    me
}

/// A claim that has read an entry at 1 ms.
fn claim(me: &Registered, policy: Policy, found: Option<Owner>) -> Claim {
    let mut claim = Claim::new(me.me.clone(), 4, policy);
    assert_eq!(claim.next(&me.ground(1)), ClaimAction::Read);
    claim.on(ClaimEvent::Entry(found), &me.ground(1));
    claim
}

#[test]
fn a_free_name_is_created() {
    let me = ready();
    let mut claim = claim(&me, Policy::FirstWins, None);
    assert_eq!(claim.next(&me.ground(1)), ClaimAction::Create);
    claim.on(ClaimEvent::Applied(12), &me.ground(1));
    let token = Token { generation: GENERATION, revision: 12 };
    assert_eq!(claim.next(&me.ground(1)), ClaimAction::Taken(token));
}

#[test]
fn first_in_wins_refuses_a_name_that_a_live_node_holds() {
    let me = ready();
    for holder in [owner("a", 1, 1), owner("b", 2, 1)] {
        let mut claim = claim(&me, Policy::FirstWins, Some(holder.clone()));
        assert_eq!(claim.next(&me.ground(1)), ClaimAction::Refused(holder));
    }
}

#[test]
fn last_in_wins_asks_before_it_updates() {
    let me = ready();
    for holder in [owner("a", 1, 1), owner("b", 2, 1)] {
        let mut claim = claim(&me, Policy::LastWins, Some(holder.clone()));
        assert_eq!(claim.next(&me.ground(1)), ClaimAction::Ask(holder));
        claim.on(ClaimEvent::Released, &me.ground(1));
        assert_eq!(claim.next(&me.ground(1)), ClaimAction::Update { revision: 9 });
    }
}

#[test]
fn a_holder_that_does_not_answer_is_dead_only_if_its_lease_is_over() {
    let me = ready();
    let mut claim = claim(&me, Policy::LastWins, Some(owner("a", 1, 1)));
    claim.on(ClaimEvent::NoAnswer, &me.ground(1));
    assert_eq!(claim.next(&me.ground(1)), ClaimAction::ConfirmDead(node("a", 1)));
    claim.on(ClaimEvent::Confirmed(Verdict::Alive), &me.ground(1));
    assert_eq!(claim.next(&me.ground(500)), ClaimAction::Wait(at(501)));
    assert_eq!(claim.next(&me.ground(501)), ClaimAction::Read);
    claim.on(ClaimEvent::Entry(Some(owner("a", 1, 1))), &me.ground(501));
    claim.on(ClaimEvent::NoAnswer, &me.ground(501));
    claim.on(ClaimEvent::Confirmed(Verdict::Dead), &me.ground(501));
    assert_eq!(claim.next(&me.ground(501)), ClaimAction::Update { revision: 9 });
}

#[test]
fn a_holder_that_is_not_live_is_confirmed_first() {
    let me = ready();
    // Another run of the same node.
    for policy in [Policy::FirstWins, Policy::LastWins] {
        let mut claim = claim(&me, policy, Some(owner("a", 3, 1)));
        assert_eq!(claim.next(&me.ground(1)), ClaimAction::ConfirmDead(node("a", 3)));
        claim.on(ClaimEvent::Confirmed(Verdict::Until(at(7))), &me.ground(1));
        assert_eq!(claim.next(&me.ground(1)), ClaimAction::Wait(at(7)));
    }
}

#[test]
fn a_claim_whose_answer_was_lost_finds_itself() {
    let me = ready();
    let mut claim = claim(&me, Policy::FirstWins, None);
    claim.on(ClaimEvent::NoAnswer, &me.ground(1));
    assert_eq!(claim.next(&me.ground(1)), ClaimAction::Read);
    let mine = owner("b", 2, 4);
    claim.on(ClaimEvent::Entry(Some(mine.clone())), &me.ground(1));
    assert_eq!(claim.next(&me.ground(1)), ClaimAction::Taken(mine.token));
}

#[test]
fn a_claim_gives_up_after_so_many_rounds_and_not_before() {
    let me = ready();
    let mut claim = claim(&me, Policy::FirstWins, None);
    for round in 1..=MAX_ROUNDS {
        assert_eq!(claim.next(&me.ground(1)), ClaimAction::Create);
        claim.on(ClaimEvent::Refused, &me.ground(1));
        let next = claim.next(&me.ground(1));
        if round < MAX_ROUNDS {
            assert_eq!(next, ClaimAction::Read);
            claim.on(ClaimEvent::Entry(None), &me.ground(1));
        } else {
            assert_eq!(next, ClaimAction::Unavailable);
        }
    }
}

#[test]
fn in_an_empty_store_only_what_is_served_is_claimed_again() {
    let mut me = ready();
    let unsettled = StoreEntry { generation: GENERATION, revision: 2 };
    me.store = Store::new(*me.lease.times());
    me.store.found(Some(unsettled), at(1));
    let next = |policy| Claim::new(me.me.clone(), 4, policy).next(&me.ground(1));
    assert_eq!(next(Policy::FirstWins), ClaimAction::Wait(at(15_151)));
    assert_eq!(next(Policy::LastWins), ClaimAction::Wait(at(15_151)));
    assert_eq!(next(Policy::Again(epoch(2))), ClaimAction::Read);
    assert_eq!(next(Policy::Again(epoch(1))), ClaimAction::Unavailable);
}

#[test]
fn nothing_is_claimed_without_a_lease_or_in_another_store() {
    let mut me = ready();
    let mut claim = Claim::new(me.me.clone(), 4, Policy::FirstWins);
    assert_eq!(claim.next(&me.ground(14_850)), ClaimAction::Unavailable);
    me.store.found(Some(StoreEntry { generation: Generation(2), revision: 2 }), at(1));
    me.store.settled(Generation(2));
    assert_eq!(claim.next(&me.ground(1)), ClaimAction::Unavailable);
}
