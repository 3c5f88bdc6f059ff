//! The times of a lease, and whether they fit each other.

use std::time::Duration;

use thiserror::Error;

/// The times of a lease. [`check`](LeaseSettings::check) tells whether they fit each other.
///
/// All nodes of a cluster must have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeaseSettings {
    /// Time between two refreshes of the node's registration. 3 s.
    pub refresh: Duration,
    /// Time after which an attempt that had no answer is repeated. 500 ms.
    pub retry: Duration,
    /// How long a node serves after it has sent a refresh that was acknowledged. 15 s.
    pub lease: Duration,
    /// When the server removes a registration that is not refreshed. 20 s.
    pub expiry: Duration,
    /// How long the servers may need to elect a leader. 9 s; 4.1 to 6.5 s were measured.
    pub election: Duration,
    /// How far a clock may be from real time, in parts per thousand. 10 (1 %), which is a hundred
    /// times what the crystals of machines have.
    pub drift_permille: u32,
}

impl Default for LeaseSettings {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(3),
            retry: Duration::from_millis(500),
            lease: Duration::from_secs(15),
            expiry: Duration::from_secs(20),
            election: Duration::from_secs(9),
            drift_permille: 10,
        }
    }
}

/// Settings that do not fit each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LeaseError {
    /// A time is zero.
    #[error("refresh, retry, lease and expiry must not be zero")]
    Zero,
    /// The drift is more than 100 ‰.
    #[error("the drift of clocks must be at most 100 per thousand")]
    Drift,
    /// An attempt would be repeated more rarely than refreshes are sent.
    #[error("retry must be at most refresh")]
    Retry,
    /// An election would fence nodes.
    #[error("refresh + election + retry must be less than the lease, shortened by the drift")]
    Election,
    /// The server could remove a node that still serves.
    #[error("the lease, lengthened by the drift, must be less than the expiry")]
    Expiry,
}

/// Times that fit each other, with the drift of clocks included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Times {
    settings: LeaseSettings,
    own: Duration,
    of_others: Duration,
}

impl LeaseSettings {
    /// Checks that the times fit each other.
    ///
    /// # Errors
    ///
    /// - [`LeaseError::Zero`] if `refresh`, `retry`, `lease` or `expiry` is zero
    /// - [`LeaseError::Drift`] if the drift is more than 100 ‰
    /// - [`LeaseError::Retry`] if `retry` is longer than `refresh`
    /// - [`LeaseError::Election`] if a refresh that waits for an election could come too late:
    ///   `refresh + election + retry` must be less than the lease on the slowest clock
    /// - [`LeaseError::Expiry`] if the server's clock could end a lease before the node's own
    ///   clock: the lease on the fastest clock must be less than `expiry`
    pub fn check(self) -> Result<Times, LeaseError> {
        let Self { refresh, retry, lease, expiry, election, drift_permille } = self;
        if [refresh, retry, lease, expiry].iter().any(Duration::is_zero) {
            return Err(LeaseError::Zero);
        }
        if drift_permille > 100 {
            return Err(LeaseError::Drift);
        }
        if retry > refresh {
            return Err(LeaseError::Retry);
        }
        // A duration of at most 100 % of itself, so nothing is lost by dividing first.
        let drift = (lease / 1000).saturating_mul(drift_permille).max(
            // Less than 1 µs would be rounded to none.
            if drift_permille == 0 { Duration::ZERO } else { Duration::from_nanos(1) },
        );
        let own = lease.saturating_sub(drift);
        let of_others = lease.saturating_add(drift);
        if refresh.saturating_add(election).saturating_add(retry) >= own {
            return Err(LeaseError::Election);
        }
        if of_others >= expiry {
            return Err(LeaseError::Expiry);
        }
        Ok(Times { settings: self, own, of_others })
    }
}

impl Times {
    /// Returns the settings.
    pub const fn settings(&self) -> &LeaseSettings {
        &self.settings
    }

    /// Returns how long a node serves after sending a refresh, on its own clock: the lease less
    /// the drift, as its clock may be slow. 14.85 s with the defaults.
    pub const fn own_lease(&self) -> Duration {
        self.own
    }

    /// Returns how long to wait on the own clock until a lease of another node is over for sure:
    /// the lease and the drift, as the own clock may be fast. 15.15 s with the defaults.
    pub const fn lease_of_others(&self) -> Duration {
        self.of_others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_defaults_fit_each_other() {
        let times = LeaseSettings::default().check().unwrap();
        assert_eq!(times.own_lease(), Duration::from_millis(14_850));
        assert_eq!(times.lease_of_others(), Duration::from_millis(15_150));
    }

    #[test]
    fn an_election_must_end_before_the_lease_on_a_slow_clock() {
        // 3 s + 0.5 s + election against 14.85 s.
        let limit = Duration::from_millis(11_350);
        let with = |election| LeaseSettings { election, ..LeaseSettings::default() }.check();
        assert!(with(limit.saturating_sub(MS)).is_ok());
        assert_eq!(with(limit), Err(LeaseError::Election));
        assert_eq!(with(limit + MS), Err(LeaseError::Election));
    }

    #[test]
    fn the_server_must_not_remove_a_node_before_its_lease_is_over_on_a_fast_clock() {
        let limit = Duration::from_millis(15_150);
        let with = |expiry| LeaseSettings { expiry, ..LeaseSettings::default() }.check();
        assert_eq!(with(limit.saturating_sub(MS)), Err(LeaseError::Expiry));
        assert_eq!(with(limit), Err(LeaseError::Expiry));
        assert!(with(limit + MS).is_ok());
    }

    #[test]
    fn an_attempt_is_repeated_at_least_as_often_as_refreshes_are_sent() {
        let with = |retry| LeaseSettings { retry, ..LeaseSettings::default() }.check();
        assert!(with(Duration::from_secs(2)).is_ok());
        assert_eq!(with(Duration::from_secs(3) + MS), Err(LeaseError::Retry));
        let equal = LeaseSettings {
            refresh: Duration::from_secs(2),
            retry: Duration::from_secs(2),
            ..LeaseSettings::default()
        };
        assert!(equal.check().is_ok());
    }

    #[test]
    fn a_drift_of_more_than_a_tenth_is_refused() {
        let with = |drift_permille| {
            let expiry = Duration::from_secs(60);
            LeaseSettings { expiry, drift_permille, ..LeaseSettings::default() }.check()
        };
        assert!(with(0).is_ok());
        assert!(with(99).is_ok());
        assert!(with(100).is_ok());
        assert_eq!(with(101), Err(LeaseError::Drift));
    }

    #[test]
    fn no_time_is_zero() {
        let base = LeaseSettings::default();
        let zero = Duration::ZERO;
        for wrong in [
            LeaseSettings { refresh: zero, ..base },
            LeaseSettings { retry: zero, ..base },
            LeaseSettings { lease: zero, ..base },
            LeaseSettings { expiry: zero, ..base },
        ] {
            assert_eq!(wrong.check(), Err(LeaseError::Zero));
        }
        assert!(LeaseSettings { election: zero, ..base }.check().is_ok());
    }
}
