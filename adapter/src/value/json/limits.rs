//! Limits of what is read from JSON.

/// The number of cells that the rows of one JSON may leave out before their last cells. Each one
/// takes memory without a byte of the JSON, so a short JSON could otherwise take much memory.
pub(super) const MAX_ABSENT_CELLS: usize = 1 << 20;
