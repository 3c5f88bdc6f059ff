//! What an implementation of the `ThingWorx` `AlwaysOn` protocol must do, as data and as
//! code: test vectors, scripted dialogues, recorded sessions, and laws. The command
//! `alwayson-conformance` runs them; see `README.md`.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`vectors`] | reading and running test vectors |
//! | [`json`] | messages as the JSON of the vectors has them |
//! | [`laws`] | properties that hold for all bytes; used by vectors, property tests and fuzzing |
//! | [`capture`], [`replay`] | recorded sessions, shown and checked |
//! | [`answers`], [`expectations`] | the answers of a recorded platform, and which of them are wrong |
//! | [`pair`] | edges and a platform connected in memory, and their invariants |
//! | [`sessions`] | reading and running scripted dialogues |
//! | [`lines`] | converts hex lines to JSON lines and back |
//! | `suite` | cases for any decoder, edge or platform, and their reports (feature `suite`) |
//! | `pcap` | captures in the format pcapng, for Wireshark (feature `pcap`) |
//! | `watch` | a connection between others: its messages, and the rules that they break (feature `watch`) |
//! | [`level`] | how binding a rule is |
//! | [`seeds`], [`lives`] | seeds for fuzzing |
//! | [`data`] | messages and scripts of this crate as text, for tests of other crates |
//! | [`diff`], [`hex`] | readable differences, and bytes as hex digits |

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod answers;
mod asked;
pub mod capture;
mod chunks;
pub mod data;
pub mod diff;
pub mod expectations;
mod files;
pub mod hex;
pub mod json;
pub mod laws;
pub mod level;
pub mod lines;
pub mod lives;
pub mod pair;
#[cfg(feature = "pcap")]
pub mod pcap;
pub mod replay;
pub mod seeds;
pub mod sessions;
#[cfg(feature = "suite")]
pub mod suite;
pub mod vectors;
mod verdict;
#[cfg(feature = "watch")]
pub mod watch;
