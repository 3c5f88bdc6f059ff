//! Long messages that were refused before all of their chunks had come: what still
//! comes of them is not answered again (section 7).

use super::link::later;
use crate::limits::{REFUSED, REFUSED_MS};

/// A message that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rest {
    request: u32,
    /// How many of its chunks have not come.
    left: u16,
}

/// The latest of them, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// The latest first; with nothing left where there are fewer.
    rests: [Rest; REFUSED],
    until_ms: u64,
}

impl Refused {
    const NONE: Rest = Rest { request: 0, left: 0 };

    pub(crate) const fn new() -> Self {
        Self { rests: [Self::NONE; REFUSED], until_ms: 0 }
    }

    /// Remembers a message of which so many chunks have not come. If it finds no
    /// room, the one that was refused first is forgotten: another chunk of that is
    /// answered once more.
    pub(crate) fn add(&mut self, request: u32, left: u16, now_ms: u64) {
        if left == 0 {
            return;
        }
        self.expire(now_ms);
        let mut moved = Rest { request, left };
        for rest in &mut self.rests {
            core::mem::swap(rest, &mut moved);
            if moved.left == 0 || moved.request == request {
                break;
            }
        }
        self.until_ms = later(now_ms, REFUSED_MS);
    }

    /// Whether a chunk belongs to a message that was refused.
    pub(crate) fn has(&mut self, request: u32, now_ms: u64) -> bool {
        self.expire(now_ms);
        for rest in &mut self.rests {
            if rest.left > 0 && rest.request == request {
                rest.left = rest.left.saturating_sub(1);
                self.until_ms = later(now_ms, REFUSED_MS);
                return true;
            }
        }
        false
    }

    pub(crate) fn clear(&mut self) {
        self.rests = [Self::NONE; REFUSED];
    }

    fn expire(&mut self, now_ms: u64) {
        if self.until_ms <= now_ms {
            self.clear();
        }
    }
}
