//! The wrong decoders and joiners: which rule each of them breaks, what it does
//! instead, and vectors that it fails.

mod bodies;
mod chunks;
mod headers;
mod strings;
mod values;

use crate::fault::Fault;

/// A fault, in words, and the ids of vectors that detect it.
pub(crate) type Wrong = (Fault, &'static str, &'static [&'static str]);

pub(crate) fn all() -> impl Iterator<Item = &'static Wrong> {
    [headers::LIST, strings::LIST, bodies::LIST, values::LIST, chunks::LIST].into_iter().flatten()
}
