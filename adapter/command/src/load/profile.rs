//! The profile of a load, as it is used.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::operation::{Kind, Operation};
use super::options::{Given, THINGS, THINK_MS};

/// The prefix of the names of Things by default.
const PREFIX: &str = "Load-";

/// A profile.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Profile {
    pub(super) edges: u64,
    pub(super) things_per_edge: u64,
    pub(super) amount: Amount,
    pub(super) pace: Pace,
    pub(super) in_flight: u64,
    pub(super) expected_interval_ms: Option<u64>,
    pub(super) ramp: Option<Ramp>,
    pub(super) prefix: String,
    pub(super) seed: u64,
    /// Not empty.
    pub(super) mix: Vec<Operation>,
}

/// How much is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// This many operations of each edge.
    Requests(u64),
    /// As many as there is time for.
    Seconds(u64),
}

/// When operations are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// This many per second of all edges, whether earlier ones are answered or not.
    Rate(u64),
    /// After the answer to the previous one, and this time.
    Think(Think),
}

/// A time between an answer and the next operation, in milliseconds: random between both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Think {
    pub(super) least: u64,
    pub(super) most: u64,
}

impl Think {
    /// Checks it.
    ///
    /// # Errors
    /// Returns what is wrong.
    pub(super) fn check(self) -> Result<(), String> {
        let Self { least, most } = self;
        if least > most {
            return Err(format!("{least} to {most} is no range"));
        }
        if !THINK_MS.contains(&most) {
            return Err(format!("has to be from 0 to {}, found {most}", THINK_MS.end()));
        }
        Ok(())
    }
}

/// When edges begin to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ramp {
    EdgesPerSecond(u64),
    Seconds(u64),
}

impl Ramp {
    /// Returns the time after the start at which edge `index` of `edges` begins to connect.
    pub(super) fn due(self, index: u64, edges: u64) -> Duration {
        match self {
            Self::EdgesPerSecond(rate) => nth_of_rate(index, rate),
            Self::Seconds(seconds) => {
                let nanos = u128::from(index) * u128::from(seconds) * 1_000_000_000;
                Duration::from_nanos(
                    u64::try_from(nanos / u128::from(edges.max(1))).unwrap_or(u64::MAX),
                )
            }
        }
    }
}

/// Returns when operation `number` is due at this rate per second, after the start.
pub(super) fn nth_of_rate(number: u64, rate: u64) -> Duration {
    let nanos = u128::from(number) * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl Profile {
    /// Returns the profile with these values, and defaults for the rest.
    ///
    /// # Errors
    /// Returns what is missing, or contradicts something else.
    pub(super) fn of(given: Given) -> Result<Self, String> {
        let edges =
            given.edges.ok_or("no number of edges: pass --edges, or edges in the profile")?;
        let amount = match (given.requests, given.duration_seconds) {
            (Some(requests), _) => Amount::Requests(requests),
            (None, Some(seconds)) => Amount::Seconds(seconds),
            (None, None) => {
                return Err("no amount: pass --requests or --duration-seconds, or requests or \
                            durationSeconds in the profile"
                    .to_owned());
            }
        };
        let things_per_edge = given.things_per_edge.unwrap_or(1);
        let things = edges.saturating_mul(things_per_edge);
        if things > THINGS {
            return Err(format!(
                "{edges} edges with {things_per_edge} Things each are {things} Things, and {THINGS} \
                 are the limit"
            ));
        }
        let pace = match given.rate {
            Some(_) if given.expected_interval_ms.is_some() => {
                return Err(
                    "an expected interval cannot be combined with a rate, whose operations \
                            have their times anyway"
                        .to_owned(),
                );
            }
            Some(rate) => Pace::Rate(rate),
            None => Pace::Think(given.think_ms.unwrap_or_default()),
        };
        let per_second = given.ramp_edges_per_second.map(Ramp::EdgesPerSecond);
        Ok(Self {
            edges,
            things_per_edge,
            amount,
            pace,
            in_flight: given.in_flight.unwrap_or(1),
            expected_interval_ms: given.expected_interval_ms,
            ramp: per_second.or(given.ramp_seconds.map(Ramp::Seconds)),
            prefix: given.prefix.unwrap_or_else(|| PREFIX.to_owned()),
            seed: given.seed.unwrap_or(0),
            mix: given.mix.unwrap_or_else(|| vec![Operation::write(None)]),
        })
    }

    /// Returns the names of the Things of an edge.
    pub(super) fn things(&self, index: u64) -> Vec<String> {
        let prefix = &self.prefix;
        match self.things_per_edge {
            1 => vec![format!("{prefix}{index}")],
            things => (0..things).map(|thing| format!("{prefix}{index}-{thing}")).collect(),
        }
    }

    /// Returns the kinds of operations in the mix.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let has = |kind: &Kind| self.mix.iter().any(|operation| operation.kind == *kind);
        Kind::ALL.into_iter().filter(has).collect()
    }

    /// Returns the operations that set different properties, one for each.
    pub(super) fn settings(&self) -> impl Iterator<Item = &Operation> {
        self.mix.iter().enumerate().filter_map(|(index, operation)| {
            let is_same =
                |other: &&Operation| other.kind.is_setting() && other.name == operation.name;
            let is_first = self.mix.iter().take(index).find(is_same).is_none();
            (operation.kind.is_setting() && is_first).then_some(operation)
        })
    }

    /// Returns the operations that set properties which others of the mix read, one for each.
    pub(super) fn read_settings(&self) -> impl Iterator<Item = &Operation> {
        let is_read = |set: &&Operation| {
            self.mix.iter().any(|other| other.kind == Kind::Read && other.name == set.name)
        };
        self.settings().filter(is_read)
    }

    /// Returns the longest time limit of an operation that has one.
    pub(super) fn longest_timeout(&self) -> Option<Duration> {
        let longest = self.mix.iter().filter_map(|operation| operation.timeout_ms).max();
        longest.map(Duration::from_millis)
    }

    /// Returns it in the format of a profile file.
    pub(super) fn json(&self) -> Json {
        let mut json = Map::new();
        let mut put = |name: &str, value: Json| json.insert(name.to_owned(), value);
        put("edges", self.edges.into());
        put("thingsPerEdge", self.things_per_edge.into());
        match self.amount {
            Amount::Requests(requests) => put("requests", requests.into()),
            Amount::Seconds(seconds) => put("durationSeconds", seconds.into()),
        };
        match self.pace {
            Pace::Rate(rate) => put("rate", rate.into()),
            Pace::Think(Think { least, most }) if least == most => put("thinkMs", least.into()),
            Pace::Think(Think { least, most }) => put("thinkMs", json!([least, most])),
        };
        put("inFlight", self.in_flight.into());
        if let Some(ms) = self.expected_interval_ms {
            put("expectedIntervalMs", ms.into());
        }
        match self.ramp {
            Some(Ramp::EdgesPerSecond(rate)) => {
                put("rampEdgesPerSecond", rate.into());
            }
            Some(Ramp::Seconds(seconds)) => {
                put("rampSeconds", seconds.into());
            }
            None => {}
        }
        put("prefix", self.prefix.as_str().into());
        put("seed", self.seed.into());
        put("mix", self.mix.iter().map(entry).collect());
        Json::Object(json)
    }
}

fn entry(operation: &Operation) -> Json {
    let Operation { kind, weight, name, payload_bytes, timeout_ms } = operation;
    let mut json = json!({ "kind": kind.name(), "weight": weight, kind.about(): name });
    if let Some(bytes) = payload_bytes {
        json["payloadBytes"] = (*bytes).into();
    }
    if let Some(ms) = timeout_ms {
        json["timeoutMs"] = (*ms).into();
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_a_number_of_edges_per_second_or_a_time() {
        let ms = |ramp: Ramp, index| ramp.due(index, 200).as_millis();
        let rate = Ramp::EdgesPerSecond(50);
        assert_eq!([0, 1, 50, 199].map(|index| ms(rate, index)), [0, 20, 1_000, 3_980]);
        let time = Ramp::Seconds(10);
        assert_eq!([0, 1, 50, 199].map(|index| ms(time, index)), [0, 50, 2_500, 9_950]);
    }

    #[test]
    fn all_edges_have_at_most_a_million_things() {
        let given = |edges, things| Given {
            edges: Some(edges),
            things_per_edge: Some(things),
            requests: Some(1),
            ..Given::default()
        };
        for (edges, things) in [(999_999 / 27, 27), (10_000, 100)] {
            assert!(Profile::of(given(edges, things)).is_ok(), "{edges} {things}");
        }
        // 101 * 9,901 is 1,000,001.
        let error = Profile::of(given(9_901, 101)).unwrap_err();
        assert!(error.contains("1000001 Things, and 1000000 are the limit"), "{error}");
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named() {
        let whole = Given { edges: Some(1), requests: Some(1), ..Given::default() };
        let error = |given| Profile::of(given).unwrap_err();
        assert!(error(Given { edges: None, ..whole.clone() }).contains("--edges"));
        assert!(error(Given { requests: None, ..whole.clone() }).contains("--duration-seconds"));
        let both = Given { rate: Some(1), expected_interval_ms: Some(1), ..whole };
        assert!(error(both).contains("an expected interval"));
    }
}
