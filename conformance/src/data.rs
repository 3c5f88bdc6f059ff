//! Messages and scripts of this crate as text, so that the tests of other crates need no
//! path to its files.

/// A message with two pushed properties, one line of hex: `bench/push.hex`.
pub const PUSH: &str = include_str!("../bench/push.hex");

/// Scripts of frames that a peer should not send (`faults/README.md`), as JSON:
/// `faults/frames.json`.
pub const FAULTY_FRAMES: &str = include_str!("../faults/frames.json");
