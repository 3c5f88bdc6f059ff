//! Edges and a platform connected in memory keep their invariants under any sequence of
//! commands.

mod pair_model;

use alwayson_codec::connection::registry::BindPolicy;
use alwayson_conformance::pair::{Direction, Fault, Pair};
use alwayson_conformance::{laws, lives};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::default() })]
    #[test]
    fn any_commands_leave_both_sides_as_they_must_be(commands in vec(any::<u8>(), 0..120)) {
        laws::connection(&commands).map_err(TestCaseError::fail)?;
    }
}

fn pair(devices: usize) -> Pair {
    Pair::new(devices, BindPolicy::FirstInWins, 1)
}

#[test]
fn with_a_working_network_both_sides_are_authenticated_and_bound() {
    let mut pair = pair(1);
    pair.bind(0, "a").unwrap();
    pair.bind(0, "b").unwrap();
    pair.advance(1_000).unwrap();
    assert_eq!(pair.bound(0), ["a", "b"].map(str::to_owned).into());
    assert!(pair.shown("a").is_connected);
    // Connected at 0, AUTH and its answer 10 ms each way, and BIND one more.
    assert_eq!(pair.shown("a").last_connection_ms, 30);
}

#[test]
fn s07_a_silent_platform_is_found_out_by_its_missing_pong_and_left() {
    let mut pair = pair(1);
    pair.bind(0, "a").unwrap();
    pair.advance(1_000).unwrap();
    // Nothing arrives any more, without notice to either side.
    pair.lose(0, false, true).unwrap();
    pair.advance(54_000).unwrap();
    assert_eq!(pair.connections(), 1);
    assert!(pair.device(0).unwrap().is_online());
    // The ping after 55 s, the pong's 10 s, then 5 s and at most 10 s more.
    pair.advance(30_000).unwrap();
    assert_eq!(pair.connections(), 2);
    pair.advance(1_000).unwrap();
    assert!(pair.shown("a").is_connected);
}

#[test]
fn s12_the_ghost_of_a_dead_connection_holds_its_name_for_60_s_and_no_longer() {
    let mut pair = pair(1);
    pair.bind(0, "a").unwrap();
    pair.advance(1_000).unwrap();
    pair.lose(0, true, false).unwrap();
    pair.advance(20_000).unwrap();
    // It is back, and the platform refuses the name.
    assert_eq!(pair.connections(), 2);
    assert!(pair.device(0).unwrap().is_online());
    assert!(pair.bound(0).is_empty());
    assert!(pair.shown("a").is_connected);
    pair.advance(60_000).unwrap();
    assert_eq!(pair.bound(0), ["a".to_owned()].into());
}

#[test]
fn under_last_in_wins_a_name_moves_to_the_device_that_came_last() {
    let mut pair = Pair::new(2, BindPolicy::LastInWins, 1);
    pair.bind(0, "a").unwrap();
    pair.advance(1_000).unwrap();
    pair.bind(1, "a").unwrap();
    pair.advance(1_000).unwrap();
    assert_eq!(pair.bound(1), ["a".to_owned()].into());
    assert!(pair.shown("a").is_connected);
    // The loser is not notified; its UNBIND no longer concerns it.
    pair.unbind(0, "a", true).unwrap();
    pair.advance(1_000).unwrap();
    assert!(pair.shown("a").is_connected);
}

#[test]
fn a_device_with_a_wrong_key_does_not_come_back() {
    let mut pair = pair(1);
    pair.key(0, false).unwrap();
    pair.advance(1_000_000).unwrap();
    assert_eq!(pair.connections(), 1);
    pair.key(0, true).unwrap();
    pair.advance(1_000).unwrap();
    assert!(pair.device(0).unwrap().is_online());
}

#[test]
fn s03_ids_wrap_while_one_request_is_pending() {
    let mut pair = Pair::new(1, BindPolicy::FirstInWins, 0xFFFF_FFFD);
    pair.advance(1_000).unwrap();
    pair.slow_host(true);
    pair.ask_platform(0, 0).unwrap();
    pair.advance(100).unwrap();
    pair.slow_host(false);
    // The first waits while ids go over the end; the checks see that none is 0.
    for _ in 0..8 {
        pair.ask_platform(0, 0).unwrap();
        pair.advance(100).unwrap();
    }
    pair.answer_all(0).unwrap();
    pair.heal().unwrap();
}

#[test]
fn s06_chunks_of_a_message_that_is_never_complete_are_gone_with_their_connection() {
    let mut pair = pair(1);
    pair.advance(1_000).unwrap();
    pair.spoil(Direction::Up, Fault::Drop);
    pair.ask_platform(0, 200).unwrap();
    pair.advance(1_000).unwrap();
    pair.lose(0, true, true).unwrap();
    pair.advance(30_000).unwrap();
    // The place is free for the next long message.
    pair.ask_platform(0, 200).unwrap();
    pair.heal().unwrap();
}

#[test]
fn the_lives_that_fuzzing_begins_with_hold() {
    // Under Miri, which is slow, some.
    let step = if cfg!(miri) { 6 } else { 1 };
    for (name, commands) in lives::all().unwrap().into_iter().step_by(step) {
        laws::connection(&commands).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_gateway_is_connected_while_a_name_stands_behind_it() {
    let mut pair = Pair::with_gateways(&[Some("g")], BindPolicy::FirstInWins, 1);
    pair.bind(0, "a").unwrap();
    pair.bind(0, "b").unwrap();
    pair.advance(1_000).unwrap();
    assert!(pair.shown("g").is_connected && pair.shown("a").is_connected);
    pair.unbind(0, "a", false).unwrap();
    pair.advance(1_000).unwrap();
    assert!(pair.shown("g").is_connected && !pair.shown("a").is_connected);
    pair.unbind(0, "b", false).unwrap();
    pair.advance(1_000).unwrap();
    assert!(!pair.shown("g").is_connected);
}

#[test]
fn a_thing_that_an_edge_has_by_both_names_is_freed_by_either() {
    let mut pair = pair(1);
    pair.bind(0, "a").unwrap();
    pair.advance(1_000).unwrap();
    pair.bind(0, "*a").unwrap();
    pair.advance(1_000).unwrap();
    pair.ask_thing("a", 0).unwrap();
    pair.advance(1_000).unwrap();
    assert!(pair.shown("a").is_connected);
    pair.unbind(0, "a", false).unwrap();
    pair.advance(1_000).unwrap();
    assert!(!pair.shown("a").is_connected);
}

#[test]
fn every_command_of_the_byte_language_does_something() {
    // Under Miri, which is slow, some.
    let step = if cfg!(miri) { 6 } else { 1 };
    for (number, (name, _)) in laws::COMMANDS.iter().enumerate().step_by(step) {
        let number = u8::try_from(number).unwrap();
        let connected = [3, 0, 2, 0, 1, 1];
        laws::connection(&[&connected[..], &[number, 1, 1, 1], &[0, 1, 9]].concat())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
