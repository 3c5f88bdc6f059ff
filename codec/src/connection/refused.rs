//! Long messages that were refused before all of their chunks were received. Their other
//! chunks are not answered again (PROTOCOL.md §7).

use super::deadline::later;
use crate::limits::{REFUSED, REFUSED_MS};

/// The latest refused messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    /// Their request ids, the latest first, and the number of chunks of each that are still to
    /// come; 0 marks a free place.
    requests: [u32; REFUSED],
    left: [u16; REFUSED],
    until_ms: u64,
}

impl Refused {
    /// Stores a message of which `left` chunks are still to come. If there is no room, the
    /// oldest one is dropped: another chunk of that would be answered once more.
    pub(crate) fn add(&mut self, request: u32, left: u16, now_ms: u64) {
        self.expire(now_ms);
        if left > 0 {
            let mut request = request;
            let mut left = left;
            for place in self.requests.iter_mut().zip(&mut self.left) {
                core::mem::swap(place.0, &mut request);
                core::mem::swap(place.1, &mut left);
            }
            self.until_ms = later(now_ms, REFUSED_MS);
        }
    }

    /// Returns whether a chunk belongs to a refused message.
    pub(crate) fn has(&mut self, request: u32, now_ms: u64) -> bool {
        self.expire(now_ms);
        for (known, left) in self.requests.iter().zip(&mut self.left) {
            if *left > 0 && *known == request {
                *left = left.saturating_sub(1);
                self.until_ms = later(now_ms, REFUSED_MS);
                return true;
            }
        }
        false
    }

    pub(crate) fn clear(&mut self) {
        self.left = [0; REFUSED];
    }

    fn expire(&mut self, now_ms: u64) {
        if self.until_ms <= now_ms {
            self.clear();
        }
    }
}
