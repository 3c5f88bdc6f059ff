//! Models of several nodes and their store. They call the functions of the crate, and look at
//! every order in which things can happen, within the bounds of each test. For each rule there is
//! a model without it, in which something goes wrong.

mod act;
mod claiming;
mod news;
mod possible;
mod properties;
mod system;
mod world;

use alwayson_nats::claim::Policy;
use stateright::{Checker, HasDiscoveries, Model};

use news::Owners;
use system::{Budget, Config, Wrong};
use world::Loss;

const SERVES: &str = "at most one node serves the Thing";
const FREE: &str = "the name of a dead node becomes free";

/// Two nodes; the first holds the Thing and has a slow clock, the second a fast one.
fn config(policy: Policy, steps: u64, budget: Budget) -> Config {
    Config {
        policy,
        nodes: 2,
        rates: [900, 1100, 1000],
        held: true,
        steps,
        budget,
        loss: Loss::Both,
        late_leases: false,
        lazy: true,
        blind: false,
        started: 0,
        prompt: false,
        unsettled: false,
        reach: &[],
        wrong: None,
    }
}

/// All states within the bounds are as they should be, and the situations are reached.
fn holds<M>(model: M)
where
    M: Model + Send + Sync + 'static,
    M::State: std::fmt::Debug + std::hash::Hash + Send + Sync + Clone + PartialEq,
    M::Action: std::fmt::Debug + Clone + PartialEq,
{
    model.checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join().assert_properties();
}

/// Without a rule, the model finds a state that breaks the property.
fn fails(config: Config, wrong: Wrong, property: &'static str) {
    let config = Config { wrong: Some(wrong), reach: &[], ..config };
    config
        .checker()
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join()
        .assert_any_discovery(property);
}

/// The holder is asked; requests arrive late.
fn last_wins() -> Config {
    let budget = Budget { binds: 2, delays: 1, ..Budget::default() };
    Config { reach: &["another node serves", "given away"], ..config(Policy::LastWins, 0, budget) }
}

/// A refresh arrives late or not at all, and another node claims.
fn expiry() -> Config {
    let budget = Budget { binds: 1, delays: 1, ..Budget::default() };
    let reach = &["fenced", "taken from the dead", "another node serves"];
    Config { late_leases: true, reach, ..config(Policy::FirstWins, 6, budget) }
}

/// An unbind arrives late, after others have claimed.
fn late_unbind() -> Config {
    let budget = Budget { binds: 2, unbinds: 1, delays: 1, ..Budget::default() };
    let reach = &["late release", "another node serves"];
    Config { reach, ..config(Policy::LastWins, 0, budget) }
}

/// The store comes back empty.
fn empty() -> Config {
    let budget = Budget { binds: 1, losses: 1, ..Budget::default() };
    let reach = &["claimed again", "fenced", "another node serves"];
    Config { reach, ..config(Policy::FirstWins, 4, budget) }
}

/// The store comes back empty, and requests to the store of before arrive late.
fn empty_and_late() -> Config {
    let budget = Budget { binds: 2, unbinds: 1, losses: 1, delays: 1, ..Budget::default() };
    let reach = &["another node serves"];
    Config { lazy: false, reach, ..config(Policy::FirstWins, 4, budget) }
}

/// Only the bucket of nodes is lost, and the watch lags behind.
fn without_nodes() -> Config {
    let budget = Budget { binds: 1, losses: 1, ..Budget::default() };
    let reach = &["another node serves"];
    let config = config(Policy::FirstWins, 5, budget);
    Config { loss: Loss::Nodes, blind: true, reach, ..config }
}

/// Only the bucket of owners is lost, and a node is started.
fn without_owners() -> Config {
    let budget = Budget { binds: 1, losses: 1, starts: 1, ..Budget::default() };
    let reach = &["another node serves"];
    let config = config(Policy::FirstWins, 4, budget);
    Config { loss: Loss::Owners, nodes: 1, started: 2, reach, ..config }
}

/// That a store is settled arrives late at an empty one, and a node is started.
fn settled_late() -> Config {
    let budget = Budget { binds: 1, losses: 1, starts: 1, delays: 1, ..Budget::default() };
    let reach = &["another node serves"];
    let config = config(Policy::FirstWins, 4, budget);
    Config { unsettled: true, nodes: 1, started: 2, reach, ..config }
}

/// Another process runs under the same name.
fn double() -> Config {
    let budget = Budget { binds: 1, starts: 1, ..Budget::default() };
    Config { reach: &["replaced"], ..config(Policy::FirstWins, 4, budget) }
}

/// A node is killed, and an edge tries again at the other.
fn killed() -> Config {
    let budget = Budget { binds: 200, kills: 1, starts: 1, ..Budget::default() };
    let reach = &["taken from the dead", "another node serves"];
    Config { prompt: true, reach, ..config(Policy::FirstWins, 9, budget) }
}

#[test]
fn the_last_of_two_claims_wins_and_only_one_node_serves() {
    holds(last_wins());
}

#[test]
fn a_node_is_fenced_before_its_name_is_taken() {
    holds(expiry());
}

#[test]
fn a_late_unbind_does_not_release_what_another_has_taken() {
    holds(late_unbind());
}

#[test]
fn after_the_store_came_back_empty_only_one_node_serves() {
    holds(empty());
}

#[test]
fn what_arrives_late_at_an_empty_store_changes_nothing() {
    holds(empty_and_late());
}

#[test]
fn after_only_the_bucket_of_nodes_was_lost_only_one_node_serves() {
    holds(without_nodes());
}

#[test]
fn after_only_the_bucket_of_owners_was_lost_only_one_node_serves() {
    holds(without_owners());
}

#[test]
fn that_a_store_is_settled_arrives_late_at_an_empty_one_and_only_one_node_serves() {
    holds(settled_late());
}

#[test]
fn a_second_process_with_the_same_name_does_not_serve_the_things_of_the_first() {
    holds(double());
}

#[test]
fn the_names_of_a_killed_node_become_free() {
    holds(killed());
}

#[test]
fn fails_if_the_store_is_updated_before_the_holder_is_asked() {
    fails(last_wins(), Wrong::UpdateBeforeAsking, SERVES);
}

#[test]
fn fails_if_a_holder_that_does_not_answer_is_taken_for_dead() {
    fails(last_wins(), Wrong::NoRespondersIsDead, SERVES);
}

#[test]
fn fails_if_a_holder_forgets_that_it_was_asked_before_it_knew() {
    fails(last_wins(), Wrong::ForgetsBeingAsked, SERVES);
}

#[test]
fn fails_if_a_release_does_not_expect_its_revision() {
    fails(late_unbind(), Wrong::ReleaseOfAny, SERVES);
}

#[test]
fn fails_if_the_deadline_counts_from_the_answer() {
    fails(Config { steps: 9, ..expiry() }, Wrong::DeadlineFromAnswer, SERVES);
}

#[test]
fn fails_if_a_node_serves_longer_than_the_server_keeps_its_entry() {
    fails(expiry(), Wrong::LateDeadline, SERVES);
}

#[test]
fn fails_if_a_bind_is_done_without_looking_at_the_generation_again() {
    fails(empty(), Wrong::NoConfirmation, SERVES);
}

#[test]
fn fails_if_keys_do_not_contain_the_generation() {
    fails(empty_and_late(), Wrong::KeysWithoutGeneration, SERVES);
}

#[test]
fn fails_if_a_node_without_an_entry_is_dead_whatever_the_store_has_lost() {
    fails(without_nodes(), Wrong::NoRefreshAfterRead, SERVES);
}

#[test]
fn fails_if_a_refresh_does_not_look_at_the_generation() {
    fails(without_owners(), Wrong::RefreshWithoutGeneration, SERVES);
}

#[test]
fn fails_if_new_claims_are_allowed_in_an_empty_store() {
    fails(empty(), Wrong::ClaimsInEmptyStore, SERVES);
}

#[test]
fn fails_if_the_key_of_the_generation_says_whether_it_is_settled() {
    fails(settled_late(), Wrong::SettledByRevision, SERVES);
}

#[test]
fn fails_if_a_new_registration_lengthens_the_lease_of_older_claims() {
    fails(empty(), Wrong::LeaseOfAllEpochs, SERVES);
}

#[test]
fn fails_if_the_drift_of_clocks_is_not_allowed_for() {
    fails(double(), Wrong::NoDrift, SERVES);
}

#[test]
fn fails_if_a_replaced_run_is_taken_for_dead() {
    fails(double(), Wrong::ReplacedIsDead, SERVES);
}

#[test]
fn fails_if_a_restarted_node_is_taken_for_the_run_before() {
    fails(killed(), Wrong::RunsAreTheSame, FREE);
}

#[test]
fn fails_if_the_clock_stands_still_in_suspend() {
    let config = expiry();
    let budget = Budget { suspends: 4, delays: 0, ..config.budget };
    fails(Config { budget, ..config }, Wrong::ClockStopsInSuspend, SERVES);
}

#[test]
fn connected_is_told_in_order_whatever_the_order_of_news() {
    holds(Owners { binds: 3, revision_alone: false });
}

#[test]
fn fails_if_tokens_are_revisions_alone() {
    let property = "in the end, what is told is true";
    let model = Owners { binds: 3, revision_alone: true };
    model
        .checker()
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join()
        .assert_any_discovery(property);
}
