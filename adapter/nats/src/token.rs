//! Which of two owners of a Thing is the later one.
//!
//! The revision of a key only grows while the store lives. A store that comes back empty starts
//! again at 1, so **a revision alone is no fencing token**: the owner of before, with revision 900,
//! would be taken for later than the owner of now, with revision 3; or both would have the same.
//! Therefore a token is the pair of the store's generation and the revision, in this order. A
//! generation is written into each store that is found empty ([`crate::store`]).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The generation of the store: greater for each store that came back empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl Generation {
    /// Returns the generation for a store that was found empty.
    ///
    /// It is greater than `last`, the greatest that this node knows of. A node that was just
    /// started knows none, so the time is the upper part: `unix_ms` is the wall clock in
    /// milliseconds. The lower 16 bits are `random`, so that two stores that were found empty
    /// within one millisecond differ.
    pub fn next(last: Option<Self>, unix_ms: u64, random: u16) -> Self {
        let by_clock = (unix_ms << 16) | u64::from(random);
        Self(by_clock.max(last.map_or(0, |last| last.0.saturating_add(1))))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// A fencing token: the later of two owners of a Thing has the greater one.
///
/// As text, it is `GENERATION-REVISION`, both hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    // The order of the fields is the order of tokens.
    /// The generation of the store.
    pub generation: Generation,
    /// The revision of the key in that store.
    pub revision: u64,
}

/// Which run of a node it is: the generation of the store, and the revision at which the run was
/// registered. A node that is restarted under the same name has another epoch.
///
/// As text, it is `GENERATION-REVISION`, both hexadecimal; it can be part of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch {
    /// The generation of the store.
    pub generation: Generation,
    /// The revision of the node's key when it was registered.
    pub revision: u64,
}

/// A text that is no token or epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected GENERATION-REVISION, both hexadecimal")]
pub struct PairError;

fn pair(text: &str) -> Result<(Generation, u64), PairError> {
    let number = |text: &str| {
        // `from_str_radix` also accepts a sign.
        let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits.then(|| u64::from_str_radix(text, 16).ok()).flatten().ok_or(PairError)
    };
    let (generation, revision) = text.split_once('-').ok_or(PairError)?;
    Ok((Generation(number(generation)?), number(revision)?))
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:x}", self.generation, self.revision)
    }
}

impl FromStr for Token {
    type Err = PairError;

    fn from_str(text: &str) -> Result<Self, PairError> {
        pair(text).map(|(generation, revision)| Self { generation, revision })
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:x}", self.generation, self.revision)
    }
}

impl FromStr for Epoch {
    type Err = PairError;

    fn from_str(text: &str) -> Result<Self, PairError> {
        pair(text).map(|(generation, revision)| Self { generation, revision })
    }
}

/// What all nodes know of a Thing: whether it is connected, in the order of tokens.
///
/// News of several nodes arrive in any order. What belongs to a lower token is late and ignored;
/// of one token, the end comes after the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Presence {
    // `true` is greater than `false`, so the end comes last.
    last: Option<(Token, Ended)>,
    connected: bool,
}

type Ended = bool;

/// What news of a Thing mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum News {
    /// It is connected now, and was not.
    Connected,
    /// It is not connected now, and was.
    Disconnected,
    /// Nothing that users see has changed: it is connected with a later token, or was not
    /// connected before either.
    Unchanged,
    /// Later news were already heard. To be ignored.
    Late,
}

impl Presence {
    /// Returns whether the Thing is connected.
    pub const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Returns the greatest token heard of.
    pub fn token(&self) -> Option<Token> {
        self.last.map(|(token, _)| token)
    }

    /// Takes news: with this token, the Thing is connected or not.
    pub fn hear(&mut self, token: Token, connected: bool) -> News {
        let news = Some((token, !connected));
        if news <= self.last {
            return News::Late;
        }
        self.last = news;
        let before = std::mem::replace(&mut self.connected, connected);
        match (before, connected) {
            (false, true) => News::Connected,
            (true, false) => News::Disconnected,
            _ => News::Unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(generation: u64, revision: u64) -> Token {
        Token { generation: Generation(generation), revision }
    }

    #[test]
    fn a_store_that_came_back_empty_has_greater_tokens_whatever_its_revisions() {
        assert!(token(2, 1) > token(1, 900));
        assert!(token(1, 2) > token(1, 1));
    }

    #[test]
    fn a_generation_is_greater_than_the_last_even_if_the_clock_was_set_back() {
        let last = Generation::next(None, 1_000, 7);
        assert!(Generation::next(Some(last), 999, 0) > last);
        assert!(Generation::next(Some(last), 1_001, 0) > last);
        assert!(Generation::next(None, 1_001, 0) > last);
        assert_ne!(Generation::next(None, 1_000, 8), last);
    }

    #[test]
    fn what_is_no_pair_of_numbers_is_no_token() {
        for text in ["", "-", "1", "1-", "-1", "1-2-3", "+1-2", "g-1", "1-10000000000000000"] {
            assert_eq!(text.parse::<Token>(), Err(PairError), "{text}");
            assert_eq!(text.parse::<Epoch>(), Err(PairError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn tokens_and_epochs_are_read_as_they_are_written(g: u64, revision: u64) {
            let generation = Generation(g);
            let token = Token { generation, revision };
            let epoch = Epoch { generation, revision };
            prop_assert_eq!(token.to_string().parse(), Ok(token));
            prop_assert_eq!(epoch.to_string().parse(), Ok(epoch));
        }

        #[test]
        fn in_whatever_order_news_come_the_last_one_counts(
            news in proptest::collection::vec((0..3_u64, 0..3_u64, any::<bool>()), 1..12)
        ) {
            let mut presence = Presence::default();
            let mut told = false;
            for &(generation, revision, connected) in &news {
                match presence.hear(token(generation, revision), connected) {
                    // What is told alternates.
                    News::Connected => { prop_assert!(!told); told = true; }
                    News::Disconnected => { prop_assert!(told); told = false; }
                    News::Unchanged | News::Late => {}
                }
            }
            let last = news.iter().map(|&(g, r, connected)| (g, r, !connected)).max().unwrap();
            prop_assert_eq!(told, !last.2);
            prop_assert_eq!(presence.is_connected(), told);
        }
    }
}
