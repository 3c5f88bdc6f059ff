//! Budgets of instructions.

use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};

/// Fails a bench that takes more instructions.
pub(crate) fn budget(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::default();
    callgrind.hard_limits([(EventKind::Ir, instructions)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}
