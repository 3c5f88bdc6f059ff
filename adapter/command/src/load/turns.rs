//! When an edge sends which operation.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::ready;
use futures_util::stream::{self, StreamExt};
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::{Instant, sleep_until};

use super::profile::{Amount, Pace, Profile, Think, nth_of_rate};

/// How long operations of a rate are sent after the duration, if they were due before its end but
/// had to wait for answers: as long as an edge waits for an answer.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// An operation of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The number of the operation among those of the edge, from 0.
    pub(super) number: u64,
    /// When it is due; none if it is sent as soon as others are answered.
    pub(super) due: Option<Instant>,
    /// The entry of the mix.
    pub(super) entry: usize,
    /// The Thing, as a number among those of the edge.
    pub(super) thing: usize,
    /// The time after its answer in which the edge sends nothing in its place.
    pub(super) think: Duration,
}

/// The operations of an edge, in the order in which they are sent.
pub(super) struct Turns {
    profile: Arc<Profile>,
    /// The number of the edge among those that take part.
    index: u64,
    /// The number of edges that take part.
    edges: u64,
    start: Instant,
    next: u64,
    random: StdRng,
    weights: Option<WeightedIndex<u64>>,
}

impl Turns {
    /// Returns the operations of edge `index` of `edges`, which all start at the same time.
    pub(super) fn new(profile: &Arc<Profile>, index: u64, edges: u64, start: Instant) -> Self {
        // Each edge makes its own choices, whatever the others do.
        let random =
            StdRng::seed_from_u64(profile.seed ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let weights = WeightedIndex::new(profile.mix.iter().map(|operation| operation.weight)).ok();
        Self { profile: Arc::clone(profile), index, edges, start, next: 0, random, weights }
    }

    /// Returns the number of all operations of the edge; none if the time decides.
    pub(super) fn total(&self) -> Option<u64> {
        match (self.profile.amount, self.profile.pace) {
            (Amount::Requests(requests), _) => Some(requests),
            (Amount::Seconds(_), Pace::Think(_)) => None,
            (Amount::Seconds(seconds), Pace::Rate(rate)) => {
                let all = rate.saturating_mul(seconds);
                Some(all.saturating_sub(self.index).div_ceil(self.edges.max(1)))
            }
        }
    }

    /// Returns the time from which on nothing more is sent, if there is one.
    fn end(&self) -> Option<Instant> {
        match (self.profile.amount, self.profile.pace) {
            (Amount::Requests(_), _) => None,
            (Amount::Seconds(seconds), Pace::Think(_)) => {
                Some(self.start + Duration::from_secs(seconds))
            }
            (Amount::Seconds(seconds), Pace::Rate(_)) => {
                Some(self.start + Duration::from_secs(seconds) + GRACE)
            }
        }
    }

    fn think(&mut self) -> Duration {
        match self.profile.pace {
            Pace::Rate(_) | Pace::Think(Think { most: 0, .. }) => Duration::ZERO,
            Pace::Think(Think { least, most }) => {
                Duration::from_millis(self.random.random_range(least..=most))
            }
        }
    }
}

impl Iterator for Turns {
    type Item = Turn;

    fn next(&mut self) -> Option<Turn> {
        let number = self.next;
        if self.total().is_some_and(|total| number >= total) {
            return None;
        }
        self.next += 1;
        let due = match self.profile.pace {
            Pace::Rate(rate) => {
                // The operations of all edges take turns.
                let of_all = number.saturating_mul(self.edges).saturating_add(self.index);
                Some(self.start + nth_of_rate(of_all, rate))
            }
            Pace::Think(_) => None,
        };
        let random = &mut self.random;
        let entry = self.weights.as_ref().map_or(0, |weights| weights.sample(random));
        let thing = number % self.profile.things_per_edge.max(1);
        let thing = usize::try_from(thing).unwrap_or_default();
        Some(Turn { number, due, entry, thing, think: self.think() })
    }
}

/// What was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotSent {
    /// Nothing.
    Nothing,
    /// This many, because the connection had ended; one if the number is not known.
    Ended(u64),
    /// This many, because the platform was too slow for the rate.
    TooSlow(u64),
}

/// Sends the operations of an edge, at most `in_flight` at a time. Ends early when `send` returns
/// [`ControlFlow::Break`]: the connection has ended.
pub(super) async fn drive<F>(turns: Turns, send: impl Fn(Turn) -> F) -> NotSent
where
    F: Future<Output = ControlFlow<()>>,
{
    let total = turns.total();
    let end = turns.end();
    let in_flight = usize::try_from(turns.profile.in_flight).unwrap_or(1);
    let begun = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    let send = async |turn: Turn| {
        begun.fetch_add(1, Ordering::Relaxed);
        if send(turn).await.is_break() {
            is_over.store(true, Ordering::Relaxed);
            return;
        }
        let is_last = total.is_some_and(|total| turn.number + 1 >= total);
        if !turn.think.is_zero() && !is_last {
            let until = Instant::now() + turn.think;
            sleep_until(end.map_or(until, |end| until.min(end))).await;
        }
    };
    stream::iter(turns)
        .then(|turn| async move {
            if let Some(due) = turn.due {
                sleep_until(due).await;
            }
            turn
        })
        .take_while(|_| {
            let is_time = end.is_none_or(|end| Instant::now() < end);
            ready(is_time && !is_over.load(Ordering::Relaxed))
        })
        .for_each_concurrent(in_flight, send)
        .await;
    let left = total.map_or(1, |total| total.saturating_sub(begun.into_inner()));
    match (is_over.into_inner(), total) {
        (_, Some(_)) if left == 0 => NotSent::Nothing,
        (true, _) => NotSent::Ended(left),
        (false, Some(_)) => NotSent::TooSlow(left),
        (false, None) => NotSent::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::Given;
    use super::super::read::read;
    use super::*;

    fn turns(profile: &str, index: u64, edges: u64, start: Instant) -> Turns {
        let given: Given = read(profile).unwrap();
        Turns::new(&Arc::new(Profile::of(given).unwrap()), index, edges, start)
    }

    #[test]
    fn a_rate_is_that_of_all_edges_together() {
        let profile = r#"{ "edges": 3, "rate": 10, "durationSeconds": 2 }"#;
        let start = Instant::now();
        let due = |index| {
            let turns = turns(profile, index, 3, start);
            assert_eq!(turns.total(), Some(if index == 2 { 6 } else { 7 }));
            turns.map(|turn| turn.due.unwrap().duration_since(start).as_millis())
        };
        let mut all: Vec<u128> = (0..3).flat_map(due).collect();
        all.sort_unstable();
        assert_eq!(all, (0..20).map(|number| number * 100).collect::<Vec<_>>());
    }

    #[test]
    fn the_seed_decides_the_choices_and_the_weights_their_frequency() {
        let choices = |seed: u64, index| {
            let profile = format!(
                r#"{{ "edges": 2, "requests": 4000, "seed": {seed}, "thingsPerEdge": 4, "mix": [
                    {{ "kind": "push", "weight": 3 }}, {{ "kind": "event" }}] }}"#
            );
            let turns = turns(&profile, index, 2, Instant::now());
            turns.map(|turn| (turn.entry, turn.thing)).collect::<Vec<_>>()
        };
        assert_eq!(choices(1, 0), choices(1, 0));
        assert_ne!(choices(1, 0), choices(2, 0));
        assert_ne!(choices(1, 0), choices(1, 1));
        let pushes = choices(1, 0).iter().filter(|(entry, _)| *entry == 0).count();
        assert!((2_800..3_200).contains(&pushes), "{pushes}");
        assert_eq!(choices(1, 0).iter().filter(|(_, thing)| *thing == 3).count(), 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn an_edge_thinks_between_answer_and_next_operation() {
        let profile = r#"{ "edges": 1, "durationSeconds": 10, "thinkMs": 900 }"#;
        let start = Instant::now();
        let sent = AtomicU64::new(0);
        let left = drive(turns(profile, 0, 1, start), async |_| {
            sent.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
            ControlFlow::Continue(())
        });
        assert_eq!(left.await, NotSent::Nothing);
        assert_eq!((sent.into_inner(), start.elapsed().as_secs()), (10, 10));
        let profile = r#"{ "edges": 1, "requests": 200, "thinkMs": [5, 50] }"#;
        let thought: Vec<u64> = turns(profile, 0, 1, start)
            .map(|turn| u64::try_from(turn.think.as_millis()).unwrap())
            .collect();
        let seen = (thought.iter().min(), thought.iter().max());
        assert!(seen.0 >= Some(&5) && seen.1 <= Some(&50) && seen.0 < seen.1, "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_slow_platform_leaves_of_a_rate_is_counted() {
        // 20 are due in 2 s, and then there are 10 s more; each answer takes 1 s.
        let profile = r#"{ "edges": 1, "durationSeconds": 2, "rate": 10 }"#;
        let start = Instant::now();
        let left = drive(turns(profile, 0, 1, start), async |_| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            ControlFlow::Continue(())
        });
        assert_eq!((left.await, start.elapsed().as_secs()), (NotSent::TooSlow(8), 12));
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_lost_connection_leaves_is_counted() {
        for (profile, left) in [
            (r#"{ "edges": 1, "requests": 10 }"#, NotSent::Ended(7)),
            (r#"{ "edges": 1, "durationSeconds": 10, "rate": 1 }"#, NotSent::Ended(7)),
            (r#"{ "edges": 1, "durationSeconds": 10 }"#, NotSent::Ended(1)),
        ] {
            let drive = drive(turns(profile, 0, 1, Instant::now()), async |turn: Turn| {
                if turn.number == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert_eq!(drive.await, left, "{profile}");
        }
    }
}
