//! Memory in which commands put long messages together that they look at.

use alwayson_codec::limits::DEFAULT_MESSAGE_LIMIT;
use alwayson_codec::{Joiner, memory_for};

/// Unfinished long messages that a side may have at a time.
const PLACES: usize = 4;
/// The smallest chunks that messages of the full length are joined of.
const SMALLEST_CHUNKS: u16 = 512;
/// The longest name of a Thing.
const LONGEST_NAME: usize = 255;

/// Joins the chunks of one side.
pub(crate) type LongMessages = Joiner<Vec<u8>, PLACES>;

/// Nothing is joined yet. The system gives the memory as it is written to.
pub(crate) fn none() -> LongMessages {
    let memory = memory_for(DEFAULT_MESSAGE_LIMIT, SMALLEST_CHUNKS, LONGEST_NAME);
    Joiner::new(std::array::from_fn(|_| vec![0; memory]))
}
