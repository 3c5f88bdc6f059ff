//! What an implementation of the `ThingWorx` `AlwaysOn` protocol has to keep, as
//! data and as code: test vectors, recorded sessions, and laws. The command of
//! the same name runs them; `README.md` says how.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`vectors`] | reading and running test vectors |
//! | [`json`] | messages as the JSON of the vectors has them |
//! | [`laws`] | what holds for all bytes: used by vectors, property tests and fuzzing |
//! | [`capture`], [`replay`] | recorded sessions, shown and checked |
//! | [`answers`], [`expectations`] | what a recorded platform answered, and what of it is wrong |
//! | [`pair`] | edges and a platform joined in memory, and what must hold of them |
//! | [`sessions`] | reading and running scripted dialogues |
//! | [`lines`] | a codec of hex lines and JSON lines |
//! | [`seeds`], [`lives`] | seeds for fuzzing |
//! | [`data`] | messages and scripts of this crate as text, for tests of other crates |
//! | [`diff`], [`hex`] | help for people: differences, and bytes as digits |

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
pub mod lines;
pub mod lives;
pub mod pair;
pub mod replay;
pub mod seeds;
pub mod sessions;
pub mod vectors;
mod verdict;
