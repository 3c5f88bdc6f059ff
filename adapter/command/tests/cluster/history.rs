//! What callers have seen, and what they must never see.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use alwayson::platform::RequestError;
use tokio::time::Instant;

/// A call and its answer: which connection of which edge has answered.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) who: String,
}

/// The calls of a Thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) answered: Vec<Answered>,
    /// The calls that were sent to no edge.
    pub(crate) failed: u64,
    /// The calls that may have been answered.
    pub(crate) unknown: u64,
}

impl History {
    /// Takes what came of a call.
    pub(crate) fn add(&mut self, began: Instant, called: Result<String, RequestError>) {
        let ended = Instant::now();
        match called {
            Ok(who) => self.answered.push(Answered { began, ended, who }),
            Err(RequestError::NotBound | RequestError::Busy) => self.failed += 1,
            Err(_) => self.unknown += 1,
        }
    }

    /// Returns a connection that has answered after it was replaced: there was an answer of it,
    /// then a call that another one has answered, and then a call that it has answered.
    pub(crate) fn replaced_but_answering(&self) -> Option<String> {
        // The first end and the last begin of each.
        let mut spans: HashMap<&str, (Instant, Instant)> = HashMap::new();
        for Answered { began, ended, who } in &self.answered {
            let span = spans.entry(who).or_insert((*ended, *began));
            *span = (span.0.min(*ended), span.1.max(*began));
        }
        self.answered.iter().find_map(|between| {
            let is_around = |(who, (first, last)): &(&&str, &(Instant, Instant))| {
                **who != between.who && *first < between.began && between.ended < *last
            };
            let (who, _) = spans.iter().find(is_around)?;
            Some(format!("{who} before and after {}", between.who))
        })
    }

    /// Returns the longest time between two answers that began in this span.
    pub(crate) fn longest_silence(&self, from: Instant, until: Instant) -> Duration {
        let silences = self.answered.windows(2).filter_map(|two| {
            let [before, after] = two else { return None };
            let is_meant = (from..until).contains(&before.ended);
            is_meant.then(|| after.ended - before.ended)
        });
        silences.max().unwrap_or_default()
    }
}

/// The times without service that a kind of fault has caused.
#[derive(Debug, Default)]
pub(crate) struct Silences(pub(crate) Vec<Duration>);

impl fmt::Display for Silences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let (Some(median), Some(max)) = (sorted.get(sorted.len() / 2), sorted.last()) else {
            return f.write_str("no Thing was without service");
        };
        let (median, max) = (median.as_secs_f64(), max.as_secs_f64());
        write!(f, "{} times without service, median {median:.1} s, max {max:.1} s", sorted.len())
    }
}

#[test]
fn a_connection_that_answers_after_it_was_replaced_is_found() {
    let start = Instant::now();
    let answered = |began: u64, ended: u64, who: &str| Answered {
        began: start + Duration::from_secs(began),
        ended: start + Duration::from_secs(ended),
        who: who.to_owned(),
    };
    let found = |answered: Vec<Answered>| {
        History { answered, ..History::default() }.replaced_but_answering()
    };
    let (x, y) = (answered(0, 1, "x"), answered(2, 3, "y"));
    assert_eq!(found(vec![x.clone(), y.clone(), answered(4, 5, "y")]), None);
    // At the same time as the other one: it may have been before.
    assert_eq!(found(vec![x.clone(), y.clone(), answered(3, 5, "x")]), None);
    let wrong = found(vec![x, y, answered(4, 5, "x")]);
    assert_eq!(wrong.as_deref(), Some("x before and after y"));
}
