//! Long messages that were refused before all of their chunks had come: what still
//! comes of them is not answered again (section 7).

use super::deadline::later;
use crate::limits::{REFUSED, REFUSED_MS};

/// The latest of them, and for how long.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    /// Their request ids, the latest first, and how many chunks of each have not
    /// come; none where there are fewer.
    requests: [u32; REFUSED],
    left: [u16; REFUSED],
    until_ms: u64,
}

impl Refused {
    /// Remembers a message of which so many chunks have not come. If it finds no
    /// room, the one that was refused first is forgotten: another chunk of that is
    /// answered once more.
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

    /// Whether a chunk belongs to a message that was refused.
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
