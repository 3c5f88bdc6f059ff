//! The names of an edge, bound and to be bound.

use core::fmt;

use super::entry::Entry;
use super::{NameInput, NameState};
use crate::connection::deadline::later;
use crate::connection::slots::{self, By, Keys, Listed, Slots};
use crate::error::EncodeError;
use crate::limits::HEADER_LEN;
use crate::wire::bind::{self, Gateway};
use crate::wire::codes::{Code, Status};
use crate::wire::header::{Header, Ids};
use crate::wire::writer::{Sink, Writer, text_len};

/// An event of a name.
pub(super) enum NameEvent<'a> {
    Refused(&'a str, Status),
    Bound(&'a str),
    Unbound(&'a str),
}

/// All names of an edge, and its gateway.
pub(super) struct Names<N, S> {
    slots: S,
    gateway: Option<(N, N)>,
    /// Whether any name may have something to send, or an event. Usually none has, and most calls
    /// need not visit them.
    unsent: bool,
    untold: bool,
}

impl<N: Clone, S: Clone> Clone for Names<N, S> {
    fn clone(&self) -> Self {
        let Self { slots, gateway, unsent, untold } = self;
        let unsent = *unsent;
        let untold = *untold;
        Self { slots: slots.clone(), gateway: gateway.clone(), unsent, untold }
    }
}

impl<N: AsRef<str>, S: Slots<Entry<N>>> Names<N, S> {
    pub(super) fn new(gateway: Option<(N, N)>) -> Self {
        Self { slots: S::empty(), gateway, unsent: false, untold: false }
    }

    /// Returns the length of a BIND without its names, in bytes.
    fn head_len(&self) -> usize {
        let gateway = self.gateway.as_ref().map_or(0, |(name, gateway_type)| {
            let name = text_len(name.as_ref().len());
            name.saturating_add(text_len(gateway_type.as_ref().len()))
        });
        HEADER_LEN.saturating_add(3).saturating_add(gateway)
    }

    /// Returns whether a BIND of this name alone has at most `limit` bytes.
    pub(super) fn fits(&self, name: &str, limit: usize) -> bool {
        self.head_len().saturating_add(text_len(name.len())) <= limit
    }

    /// Adds a name to be bound. Returns `false` if there is no room for it.
    pub(super) fn add(&mut self, name: N) -> bool {
        self.unsent = true;
        if self.want(name.as_ref(), true, false) {
            return true;
        }
        let entry = Entry {
            name,
            state: NameState::Unbound,
            status: Status::SUCCESS,
            wanted: true,
            forget: false,
            untold: false,
            refusal_untold: false,
            share: u16::MAX,
            request: 0,
            due_ms: 0,
        };
        self.slots.insert(entry).is_ok()
    }

    /// Unbinds a name, and with `forget` removes it then. Returns `false` if it is unknown.
    pub(super) fn remove(&mut self, name: &str, forget: bool) -> bool {
        self.unsent = true;
        self.want(name, false, forget)
    }

    /// Notes what the caller wants of a known name. Returns `false` if it is unknown, or to be
    /// removed and not wanted again.
    fn want(&mut self, name: &str, wanted: bool, forget: bool) -> bool {
        let change = |entry: &mut Entry<N>| {
            let is_known = wanted || !entry.forget;
            if is_known {
                (entry.wanted, entry.forget) = (wanted, forget);
                entry.apply(NameInput::Again);
            }
            is_known
        };
        self.slots.change_named(name.as_bytes(), change) == Some(true)
    }

    /// Returns whether no name is bound on the platform.
    pub(super) fn is_unbound(&self) -> bool {
        !self.slots.any(By::Held)
    }

    /// Returns whether the platform may send requests for a name. The gateway is bound
    /// together with the names behind it.
    pub(super) fn is_bound(&self, name: &[u8]) -> bool {
        let is_gateway =
            self.gateway.as_ref().is_some_and(|(gateway, _)| gateway.as_ref().as_bytes() == name);
        (is_gateway && self.slots.any(By::Bound))
            || self.slots.named(name).is_some_and(Entry::is_bound)
    }

    /// Returns whether this is the id of a BIND or UNBIND that is not answered yet.
    pub(super) fn awaits(&self, request: u32) -> bool {
        self.slots.get(By::Request, request).is_some()
    }

    /// Returns the names with their states.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, NameState, Status)> {
        let known = slots::items(&self.slots).filter(|entry| !entry.may_go());
        known.map(|entry| (entry.name.as_ref(), entry.state, entry.status))
    }

    /// Handles the end of the connection.
    pub(super) fn end(&mut self) {
        for entry in slots::items_mut(&mut self.slots) {
            entry.apply(NameInput::End);
            entry.share = u16::MAX;
            entry.untold = false;
        }
        self.unsent = true;
    }

    /// Handles the answer to a BIND or UNBIND. Returns whether a name is refused.
    ///
    /// If several names are refused together, each half is tried on its own, down to the
    /// name that is at fault.
    pub(super) fn answer(&mut self, request: u32, status: Status, again_ms: u64) -> bool {
        let mut count = 0_u16;
        self.slots.each(By::Request, request, |_| {
            count = count.saturating_add(1);
            true
        });
        let input = match (status.is_success(), count) {
            (true, _) => NameInput::Success,
            (false, 1) => NameInput::Failure,
            (false, _) => NameInput::Doubt,
        };
        (self.unsent, self.untold) = (true, true);
        let mut is_refused = false;
        self.slots.change_each(By::Request, request, |entry| {
            entry.apply(input);
            // A refusal that the caller has not seen keeps its status.
            if !(entry.refusal_untold && status.is_success()) {
                entry.status = status;
            }
            entry.due_ms = again_ms;
            entry.share = if input == NameInput::Doubt { count / 2 } else { u16::MAX };
            is_refused |= entry.state == NameState::Refused;
            true
        });
        is_refused
    }

    /// Handles timeouts, and tries refused names again.
    pub(super) fn expire(&mut self, now_ms: u64, rebind_delay_ms: u32) {
        let Self { unsent, untold, .. } = self;
        self.slots.change_due(now_ms, |entry| {
            *unsent = true;
            if entry.waits() {
                entry.apply(NameInput::Failure);
                entry.status = Status::GATEWAY_TIMEOUT;
                entry.due_ms = later(now_ms, rebind_delay_ms);
                *untold = true;
            } else {
                entry.apply(NameInput::Again);
            }
        });
    }

    /// Returns when the next of these is due.
    pub(super) fn next_deadline(&self) -> u64 {
        self.slots.earliest_ms()
    }

    /// Returns the next event.
    pub(super) fn poll_event(&mut self) -> Option<NameEvent<'_>> {
        if !self.untold {
            return None;
        }
        let told = self.slots.change(By::Untold, 0, |entry| {
            let is_refusal = core::mem::take(&mut entry.refusal_untold);
            entry.untold &= is_refusal;
            is_refusal
        });
        let Some((is_refusal, entry)) = told else {
            self.untold = false;
            return None;
        };
        let name = entry.name.as_ref();
        Some(match entry.state {
            _ if is_refusal => NameEvent::Refused(name, entry.status),
            NameState::Bound => NameEvent::Bound(name),
            _ => NameEvent::Unbound(name),
        })
    }

    /// Returns whether a BIND or UNBIND is to be sent.
    pub(super) fn wants(&mut self, leaving: bool) -> bool {
        // An edge that leaves unbinds names to which nothing else has happened.
        if self.unsent || leaving {
            self.unsent = self.next(leaving).is_some();
        }
        self.unsent
    }

    /// Returns the name for which the next BIND or UNBIND is sent. An edge that leaves unbinds
    /// everything.
    fn next(&self, leaving: bool) -> Option<&Entry<N>> {
        if leaving { self.slots.get(By::Bound, 0) } else { self.slots.get(By::Wanted, 0) }
    }

    /// Writes the next BIND or UNBIND, with as many names as possible, into the buffer.
    pub(super) fn poll(
        &mut self,
        ids: Ids,
        leaving: bool,
        limit: usize,
        deadline_ms: u64,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, EncodeError> {
        let Some(first) = self.next(leaving) else { return Ok(None) };
        let (share, key) = (first.share, first.together());
        let (code, input) = match first.state {
            NameState::Unbound => (Code::Bind, NameInput::BindSent),
            _ => (Code::Unbind, NameInput::UnbindSent),
        };
        let by = if leaving { By::Leaving } else { By::Together };
        let head_len = self.head_len();
        let mut len = head_len;
        let mut room = Room { names: share, len: limit.saturating_sub(head_len) };
        self.slots.each(by, key, |entry| {
            len = len.saturating_add(room.take(entry.name()));
            !room.is_full()
        });
        let count = share.saturating_sub(room.names);
        if count == 0 {
            return Ok(None);
        }
        if len > buffer.len() {
            return Err(EncodeError::BufferTooSmall { needed: len });
        }
        let mut writer = Writer::new(buffer);
        Header { code, ids, multipart: false }.put(&mut writer);
        let gateway = self.gateway.as_ref();
        let gateway = gateway.map(|(name, of_type)| Gateway::new(name.as_ref(), of_type.as_ref()));
        bind::put_head(gateway.as_ref(), count, &mut writer);
        let mut room = Room { names: count, len: limit.saturating_sub(head_len) };
        self.slots.change_each(by, key, |entry| {
            if room.take(entry.name()) > 0 {
                writer.text(entry.name());
                entry.apply(input);
                (entry.request, entry.due_ms) = (ids.request, deadline_ms);
            }
            !room.is_full()
        });
        writer.finish().map(Some)
    }
}

/// The room that is left in a BIND or UNBIND.
struct Room {
    /// The number of names.
    names: u16,
    /// The length in bytes.
    len: usize,
}

impl Room {
    /// Takes the room for a name, and returns its length in bytes; 0 if it does not fit. Each
    /// that does not fit costs a byte, so that not all names are visited for the shortest one.
    fn take(&mut self, name: &[u8]) -> usize {
        let len = text_len(name.len());
        if len > self.len {
            self.len = self.len.saturating_sub(1);
            return 0;
        }
        self.len = self.len.saturating_sub(len);
        self.names = self.names.saturating_sub(1);
        len
    }

    fn is_full(&self) -> bool {
        self.names == 0 || self.len == 0
    }
}

impl<N: AsRef<str>, S: Slots<Entry<N>>> fmt::Debug for Names<N, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Listed(self.slots.slots()).fmt(f)
    }
}
