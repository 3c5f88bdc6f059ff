use proptest::prelude::*;

use super::*;
use crate::testing::{GENERATION, Registered, at, entry, epoch, times};

fn refresh(lease: &mut Lease, ms: u64) -> Attempt {
    match lease.next(at(ms)) {
        LeaseAction::Refresh { attempt, .. } => attempt,
        other => panic!("{other:?}"),
    }
}

fn read(lease: &mut Lease, ms: u64, found: Option<NodeEntry>) {
    let LeaseAction::Read { attempt, .. } = lease.next(at(ms)) else { panic!() };
    lease.answer(attempt, LeaseAnswer::Entry(found), at(ms));
}

#[test]
fn the_deadline_counts_from_the_sending_of_the_last_acknowledged_refresh() {
    let mut lease = Registered::new("a", 7).lease;
    assert_eq!(lease.next(at(2_999)), LeaseAction::Wait(at(3_000)));
    let attempt = refresh(&mut lease, 3_000);
    lease.answer(attempt, LeaseAnswer::Applied(9), at(3_400));
    assert_eq!(lease.confirmed(), Some(at(3_000)));
    assert_eq!(lease.deadline(), Some(at(17_850)));
    assert!(lease.serves(epoch(7), at(17_849)));
    assert!(!lease.serves(epoch(7), at(17_850)));
    assert!(!lease.serves(epoch(7), at(17_851)));
    assert!(!lease.serves(epoch(8), at(3_000)));
}

#[test]
fn a_refresh_without_an_answer_is_repeated_until_the_deadline() {
    let mut lease = Registered::new("a", 7).lease;
    refresh(&mut lease, 3_000);
    assert_eq!(lease.next(at(3_499)), LeaseAction::Wait(at(3_500)));
    refresh(&mut lease, 3_500);
    refresh(&mut lease, 14_849);
    assert_eq!(lease.next(at(14_850)), LeaseAction::Fenced(Fence::Deadline));
    assert_eq!(lease.epoch(at(14_850)), None);
}

#[test]
fn a_process_that_was_stopped_is_fenced_before_it_sends_anything() {
    let mut lease = Registered::new("a", 7).lease;
    let attempt = refresh(&mut lease, 3_000);
    assert_eq!(lease.next(at(60_000)), LeaseAction::Fenced(Fence::Deadline));
    lease.answer(attempt, LeaseAnswer::Applied(9), at(60_001));
    assert_eq!(lease.next(at(60_001)), LeaseAction::Fenced(Fence::Deadline));
    assert!(!lease.serves(epoch(7), at(3_000)));
}

#[test]
fn an_epoch_that_has_once_not_served_never_serves_again() {
    for (late, serves) in [(14_849, true), (14_850, false), (14_851, false)] {
        let mut lease = Registered::new("a", 7).lease;
        // The store takes it at once, but its answer comes late.
        let attempt = refresh(&mut lease, 14_000);
        assert_eq!(lease.serves(epoch(7), at(late)), serves);
        lease.answer(attempt, LeaseAnswer::Applied(9), at(late));
        assert_eq!(lease.serves(epoch(7), at(late)), serves);
        assert_eq!(lease.epoch(at(late)).is_some(), serves);
        let is_over = lease.next(at(late)) == LeaseAction::Fenced(Fence::Deadline);
        assert_eq!(is_over, !serves);
    }
}

#[test]
fn a_refresh_whose_answer_was_lost_is_found_by_reading() {
    let mut lease = Registered::new("a", 7).lease;
    refresh(&mut lease, 3_000);
    let again = refresh(&mut lease, 3_500);
    lease.answer(again, LeaseAnswer::Refused, at(3_510));
    read(&mut lease, 3_510, Some(NodeEntry { incarnation: 7, ..entry(7, 9) }));
    // The deadline is the one of before: it is not known which attempt was applied.
    assert_eq!(lease.deadline(), Some(at(14_850)));
    let LeaseAction::Refresh { revision, epoch: same, .. } = lease.next(at(3_520)) else {
        panic!()
    };
    assert_eq!((revision, same), (9, epoch(7)));
}

#[test]
fn a_registration_whose_answer_was_lost_is_found_by_reading() {
    let mut lease = Lease::new(times(), 5);
    assert_eq!(lease.next(at(0)), LeaseAction::FindStore);
    lease.store_found(GENERATION, at(10));
    assert!(matches!(lease.next(at(10)), LeaseAction::Register { over: None, .. }));
    let LeaseAction::Register { attempt, .. } = lease.next(at(510)) else { panic!() };
    lease.answer(attempt, LeaseAnswer::Refused, at(520));
    read(&mut lease, 520, Some(NodeEntry { incarnation: 5, ..entry(3, 3) }));
    assert_eq!(lease.epoch(at(520)), Some(epoch(3)));
    // From the first attempt.
    assert_eq!(lease.deadline(), Some(at(10 + 14_850)));
}

#[test]
fn a_restarted_node_replaces_the_entry_of_the_run_before_and_has_another_epoch() {
    let mut lease = Lease::new(times(), 5);
    lease.store_found(GENERATION, at(0));
    let LeaseAction::Register { attempt, .. } = lease.next(at(0)) else { panic!() };
    lease.answer(attempt, LeaseAnswer::Refused, at(1));
    read(&mut lease, 1, Some(entry(3, 8)));
    let LeaseAction::Register { attempt, over, .. } = lease.next(at(2)) else { panic!() };
    assert_eq!(over, Some(8));
    lease.answer(attempt, LeaseAnswer::Applied(9), at(3));
    assert_eq!(lease.epoch(at(3)), Some(epoch(9)));
    let LeaseAction::Refresh { over, .. } = lease.next(at(3_002)) else { panic!() };
    assert_eq!(over, Some(8));
    // While the run before may serve, the entry stays.
    assert_eq!(lease.clone().leave(at(15_152)), None);
}

#[test]
fn a_node_that_leaves_deletes_its_entry() {
    let mut lease = Registered::new("a", 7).lease;
    assert_eq!(lease.leave(at(5)), Some(7));
    assert_eq!(lease.epoch(at(5)), None);
}

#[test]
fn a_run_that_was_replaced_is_fenced() {
    let mut lease = Registered::new("a", 7).lease;
    let attempt = refresh(&mut lease, 3_000);
    lease.answer(attempt, LeaseAnswer::Refused, at(3_001));
    read(&mut lease, 3_001, Some(entry(9, 9)));
    assert_eq!(lease.next(at(3_002)), LeaseAction::Fenced(Fence::Replaced));
}

#[test]
fn after_the_store_lost_the_entry_older_claims_keep_their_deadline() {
    let mut lease = Registered::new("a", 7).lease;
    let attempt = refresh(&mut lease, 3_000);
    lease.answer(attempt, LeaseAnswer::OtherGeneration, at(3_001));
    assert_eq!(lease.epoch(at(3_001)), None);
    assert!(lease.serves(epoch(7), at(3_001)));
    assert_eq!(lease.next(at(3_001)), LeaseAction::FindStore);
    lease.store_found(Generation(2), at(3_002));
    let LeaseAction::Register { attempt, .. } = lease.next(at(3_002)) else { panic!() };
    lease.answer(attempt, LeaseAnswer::Applied(1), at(3_003));
    let fresh = Epoch { generation: Generation(2), revision: 1 };
    assert_eq!(lease.epoch(at(3_003)), Some(fresh));
    assert!(lease.serves(epoch(7), at(14_849)));
    assert!(!lease.serves(epoch(7), at(14_850)));
    assert!(lease.serves(fresh, at(14_850)));
}

proptest! {
    #[test]
    fn a_node_never_serves_longer_than_a_lease_after_a_refresh_that_was_applied(
        steps in proptest::collection::vec((0_u64..4_000, 0_u8..5), 1..40)
    ) {
        let mut lease = Registered::new("a", 7).lease;
        let (mut now, mut revision, mut applied) = (0, 7, 0);
        let mut sent = Vec::new();
        for (pass, what) in steps {
            now += pass;
            match lease.next(at(now)) {
                LeaseAction::Refresh { attempt, revision: expected, .. } => {
                    // The store applies it, or the answer is lost, or all of it.
                    if what > 0 && expected == revision {
                        revision += 1;
                        applied = now;
                        sent.push((attempt, LeaseAnswer::Applied(revision)));
                    } else if what > 0 {
                        sent.push((attempt, LeaseAnswer::Refused));
                    }
                }
                LeaseAction::Read { attempt, .. } => {
                    let found = NodeEntry { incarnation: 7, ..entry(7, revision) };
                    sent.push((attempt, LeaseAnswer::Entry(Some(found))));
                }
                _ => {}
            }
            if what > 1 && !sent.is_empty() {
                let (attempt, answer) = sent.remove(usize::from(what) % sent.len());
                lease.answer(attempt, answer, at(now));
            }
            prop_assert!(!lease.serves(epoch(7), at(applied + 14_850)));
        }
    }
}
