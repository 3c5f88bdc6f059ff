//! Broken rules of the protocol, counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use alwayson_conformance::capture::Side;
use alwayson_conformance::level::Level;
use alwayson_conformance::watch::Finding;

use crate::failure::Failure;
use crate::show;

/// How often each rule was broken, by whom.
#[derive(Default)]
pub(crate) struct Count(Mutex<BTreeMap<(Level, Side, &'static str), u64>>);

impl Count {
    pub(crate) fn add(&self, finding: &Finding) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *all.entry((finding.level, finding.from, finding.rule.id)).or_default() += 1;
    }

    /// Lists the broken rules, the most binding first. Fails if one of them is a MUST, or with
    /// `is_strict` a SHOULD.
    pub(crate) fn judge(&self, is_strict: bool) -> Result<(), Failure> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.is_empty() {
            return Ok(show::line("no rule was broken")?);
        }
        for ((level, from, id), count) in all.iter().rev() {
            let from = match from {
                Side::Edge => "edge",
                Side::Platform => "platform",
            };
            let level = level.to_string();
            show::line(&format!("{level:<6}  {from:<8}  {id}: {count}"))?;
        }
        let least = if is_strict { Level::Should } else { Level::Must };
        if all.keys().any(|(level, ..)| *level >= least) { Err(Failure::Told) } else { Ok(()) }
    }
}
