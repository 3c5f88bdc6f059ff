//! Memory for joining the chunks of long messages that the command inspects.

use alwayson_codec::limits::DEFAULT_MESSAGE_LIMIT;
use alwayson_codec::{Joiner, memory_for};

/// The maximum number of unfinished messages of one side.
const PLACES: usize = 4;
/// The smallest chunk size for which messages of the full length can be joined.
const SMALLEST_CHUNKS: u16 = 512;
/// The longest supported name of a Thing.
const LONGEST_NAME: usize = 255;

/// Joins the chunks of one side.
pub(crate) type LongMessages = Joiner<Vec<u8>, PLACES>;

/// Returns an empty joiner. The system commits its memory only when it is written.
pub(crate) fn none() -> LongMessages {
    let memory = memory_for(DEFAULT_MESSAGE_LIMIT, SMALLEST_CHUNKS, LONGEST_NAME);
    Joiner::new(std::array::from_fn(|_| vec![0; memory]))
}
