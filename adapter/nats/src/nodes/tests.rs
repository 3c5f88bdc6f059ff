use super::*;
use crate::testing::{Registered, at, entry, node};

/// Confirmed at a time, with what was read.
fn verdict(me: &mut Registered, of: &Node, found: Option<&NodeEntry>, ms: u64) -> Verdict {
    me.nodes.verdict(of, found, &me.lease, at(ms))
}

#[test]
fn a_run_is_live_until_it_was_not_seen_refreshed_for_the_expiry() {
    let mut me = Registered::new("b", 2);
    assert!(!me.nodes.is_live(&node("a", 1), at(0)));
    me.sees("a", &entry(1, 5), 1_000);
    assert_eq!(me.nodes.look_at(at(1_000)), Some(at(21_000)));
    assert!(me.nodes.is_live(&node("a", 1), at(20_999)));
    assert!(!me.nodes.is_live(&node("a", 1), at(21_000)));
    assert!(!me.nodes.is_live(&node("a", 1), at(21_001)));
    me.sees("a", &entry(1, 4), 20_000);
    assert!(!me.nodes.is_live(&node("a", 1), at(21_000)), "an older entry");
    me.sees("a", &entry(1, 6), 20_000);
    assert!(me.nodes.is_live(&node("a", 1), at(21_000)));
}

#[test]
fn a_run_that_has_missed_a_refresh_is_silent_until_it_is_taken_for_dead() {
    let mut me = Registered::new("b", 2);
    me.sees("a", &entry(1, 5), 1_000);
    // Twice 3 s, and 0.5 s.
    for (ms, is_silent) in
        [(7_499, false), (7_500, true), (7_501, true), (20_999, true), (21_000, false)]
    {
        let silent: Vec<_> = me.nodes.silent(at(ms)).collect();
        assert_eq!(silent == [node("a", 1)], is_silent, "{ms}");
    }
}

#[test]
fn a_run_without_an_entry_is_dead_once_this_node_is_registered_for_a_lease() {
    let mut me = Registered::new("b", 2);
    let a = node("a", 1);
    assert_eq!(verdict(&mut me, &a, None, 15_149), Verdict::Until(at(15_150)));
    assert_eq!(verdict(&mut me, &a, None, 15_150), Verdict::Dead);
    assert_eq!(verdict(&mut me, &a, None, 15_151), Verdict::Dead);
    assert_eq!(verdict(&mut me, &a, Some(&entry(1, 9)), 15_151), Verdict::Alive);
}

#[test]
fn a_replaced_run_is_dead_one_lease_after_the_replacement_was_seen() {
    let mut me = Registered::new("b", 2);
    let a = node("a", 1);
    me.sees("a", &entry(1, 5), 20_000);
    // It replaced a refresh that was not seen.
    let replacement = NodeEntry { over: Some(6), ..entry(7, 7) };
    assert_eq!(verdict(&mut me, &a, Some(&replacement), 21_000), Verdict::Until(at(36_150)));
    // Also if the replacement has gone meanwhile.
    assert_eq!(verdict(&mut me, &a, None, 36_149), Verdict::Until(at(36_150)));
    assert_eq!(verdict(&mut me, &a, None, 36_150), Verdict::Dead);
}

#[test]
fn a_replaced_run_whose_last_refresh_was_seen_is_dead_one_lease_after_that() {
    let mut me = Registered::new("b", 2);
    let a = node("a", 1);
    me.sees("a", &entry(1, 5), 20_000);
    let replacement = NodeEntry { over: Some(5), ..entry(7, 7) };
    assert_eq!(verdict(&mut me, &a, Some(&replacement), 39_000), Verdict::Dead);
    assert_eq!(verdict(&mut me, &a, Some(&replacement), 35_149), Verdict::Until(at(35_150)));
    assert_eq!(verdict(&mut me, &a, Some(&replacement), 35_150), Verdict::Dead);
}

#[test]
fn a_run_that_is_over_in_this_process_needs_no_waiting() {
    let mut me = Registered::new("b", 2);
    assert_eq!(verdict(&mut me, &node("b", 1), None, 0), Verdict::Until(at(15_150)));
    me.nodes.ended(node("b", 1));
    assert_eq!(verdict(&mut me, &node("b", 1), None, 0), Verdict::Dead);
}
