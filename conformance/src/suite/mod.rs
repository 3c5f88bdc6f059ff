//! The suite: cases that any decoder, edge or platform can be held against, in any language.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `catalogue` | all cases, made of vectors, dialogues and ways in which messages travel |
//! | `play` | runs a dialogue over real sockets |
//! | `net` | WebSockets that can be wrong, upgrades, TLS |
//! | `target` | the tested program: started, told what to do, ended |
//! | `codec` | tests programs that decode and encode lines |
//! | `select` | which cases run, and which failures are expected |
//! | `verdict`, `report` | what came out, for people and programs |
//! | `protocol` | the sentences of PROTOCOL.md and how binding they are |
//! | `reference` | our machines behind real sockets, right or with one rule broken |

mod case;
mod catalogue;
mod codec;
mod exchange;
mod follow;
mod net;
mod peers;
mod play;
pub mod protocol;
pub mod reference;
pub mod report;
mod run;
pub mod select;
mod target;
mod verdict;

pub use case::{Case, Level, Tested};
pub use catalogue::{FEATURES, all as catalogue};
pub use codec::Commands;
pub use follow::{OnCase, Progress, Stop};
pub use peers::{Edge, Platform, Times, default_things, test_edge, test_platform};
pub use run::{Options, Outcome, test_codec};
pub use verdict::{CaseReport, Failure, Report, SCHEMA, Strictness, Verdict};
