//! The names of an edge, bound and to be bound.

use core::fmt;

use super::{NameInput, NameState, name_transition};
use crate::connection::deadline::{NEVER, later};
use crate::connection::slots::{self, Listed, Slots};
use crate::error::EncodeError;
use crate::limits::HEADER_LEN;
use crate::wire::bind::{self, Gateway};
use crate::wire::codes::{Code, Status};
use crate::wire::header::{Header, Ids};
use crate::wire::writer::{Sink, Writer, text_len};

/// A name with its state, as [`Storage`](crate::connection::Storage) stores it.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not by itself")]
pub struct Entry<N> {
    name: N,
    state: NameState,
    /// Why it was refused.
    status: Status,
    /// The caller wants it bound.
    wanted: bool,
    /// The caller wants it removed when it is unbound.
    forget: bool,
    /// The caller has not seen the state.
    untold: bool,
    /// The caller has not seen that it was refused, whatever has happened since.
    refusal_untold: bool,
    /// The number of names that may share a message with it, including itself; at most what
    /// a message can count.
    share: u16,
    /// The request id of the BIND or UNBIND that is not answered yet.
    request: u32,
    /// When that times out, or when a refused name is tried again.
    due_ms: u64,
}

impl<N> Entry<N> {
    fn apply(&mut self, input: NameInput) {
        let state = name_transition(self.state, input);
        if input == NameInput::Failure && self.state == NameState::Binding {
            self.refusal_untold = true;
        } else {
            self.untold |= matches!(input, NameInput::Success | NameInput::Failure);
        }
        self.state = state;
    }

    fn may_go(&self) -> bool {
        let is_told = !self.untold && !self.refusal_untold;
        self.forget && self.state == NameState::Unbound && is_told
    }

    /// Returns what is to be sent for it, if anything.
    fn wants(&self) -> Option<Code> {
        match self.state {
            NameState::Unbound if self.wanted => Some(Code::Bind),
            NameState::Bound if !self.wanted => Some(Code::Unbind),
            _ => None,
        }
    }

    fn waits(&self) -> bool {
        matches!(self.state, NameState::Binding | NameState::Unbinding)
    }

    /// Returns whether something becomes of it at its `due_ms`.
    fn is_due(&self) -> bool {
        match self.state {
            NameState::Binding | NameState::Unbinding => true,
            NameState::Refused => self.wanted,
            NameState::Unbound | NameState::Bound => false,
        }
    }
}

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
    /// Whether any name may have something to send, an event, or a time at which it is due.
    /// Usually none has, and most calls need not visit them.
    unsent: bool,
    untold: bool,
    timed: bool,
}

impl<N: Clone, S: Clone> Clone for Names<N, S> {
    fn clone(&self) -> Self {
        let Self { slots, gateway, unsent, untold, timed } = self;
        let unsent = *unsent;
        let untold = *untold;
        let timed = *timed;
        Self { slots: slots.clone(), gateway: gateway.clone(), unsent, untold, timed }
    }
}

impl<N: AsRef<str>, S: Slots<Entry<N>>> Names<N, S> {
    pub(super) fn new(gateway: Option<(N, N)>) -> Self {
        Self { slots: S::empty(), gateway, unsent: false, untold: false, timed: false }
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

    fn find(&mut self, name: &str) -> Option<&mut Entry<N>> {
        slots::items_mut(&mut self.slots).find(|entry| entry.name.as_ref() == name)
    }

    /// Adds a name to be bound. Returns `false` if there is no room for it.
    pub(super) fn add(&mut self, name: N) -> bool {
        self.unsent = true;
        if let Some(entry) = self.find(name.as_ref()) {
            (entry.wanted, entry.forget) = (true, false);
            entry.apply(NameInput::Again);
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
        slots::insert(&mut self.slots, Entry::may_go, entry).is_ok()
    }

    /// Unbinds a name, and with `forget` removes it then. Returns `false` if it is unknown.
    pub(super) fn remove(&mut self, name: &str, forget: bool) -> bool {
        self.unsent = true;
        let Some(entry) = self.find(name).filter(|entry| !entry.forget) else { return false };
        (entry.wanted, entry.forget) = (false, forget);
        entry.apply(NameInput::Again);
        true
    }

    /// Returns whether no name is bound on the platform.
    pub(super) fn is_unbound(&self) -> bool {
        !slots::items(&self.slots).any(|entry| entry.state == NameState::Bound || entry.waits())
    }

    /// Returns whether the platform may send requests for a name. The gateway is bound
    /// together with the names behind it.
    pub(super) fn is_bound(&self, name: &[u8]) -> bool {
        let is_gateway =
            self.gateway.as_ref().is_some_and(|(gateway, _)| gateway.as_ref().as_bytes() == name);
        slots::items(&self.slots).any(|entry| {
            entry.state == NameState::Bound
                && (is_gateway || entry.name.as_ref().as_bytes() == name)
        })
    }

    /// Returns whether this is the id of a BIND or UNBIND that is not answered yet.
    pub(super) fn awaits(&self, request: u32) -> bool {
        self.timed
            && slots::items(&self.slots).any(|entry| entry.waits() && entry.request == request)
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
        let theirs = |entry: &Entry<N>| entry.waits() && entry.request == request;
        let mut count = 0_u16;
        for _ in slots::items(&self.slots).filter(|entry| theirs(entry)) {
            count = count.saturating_add(1);
        }
        let input = match (status.is_success(), count) {
            (true, _) => NameInput::Success,
            (false, 1) => NameInput::Failure,
            (false, _) => NameInput::Doubt,
        };
        (self.unsent, self.untold) = (true, true);
        let mut is_refused = false;
        for entry in slots::items_mut(&mut self.slots).filter(|entry| theirs(entry)) {
            entry.apply(input);
            // A refusal that the caller has not seen keeps its status.
            if !(entry.refusal_untold && status.is_success()) {
                entry.status = status;
            }
            entry.due_ms = again_ms;
            entry.share = if input == NameInput::Doubt { count / 2 } else { u16::MAX };
            is_refused |= entry.state == NameState::Refused;
        }
        is_refused
    }

    /// Handles timeouts, and tries refused names again.
    pub(super) fn expire(&mut self, now_ms: u64, rebind_delay_ms: u32) {
        self.timed = false;
        for entry in slots::items_mut(&mut self.slots).filter(|entry| entry.is_due()) {
            self.timed = true;
            if entry.due_ms <= now_ms {
                self.unsent = true;
                if entry.waits() {
                    entry.apply(NameInput::Failure);
                    entry.status = Status::GATEWAY_TIMEOUT;
                    entry.due_ms = later(now_ms, rebind_delay_ms);
                    self.untold = true;
                } else {
                    entry.apply(NameInput::Again);
                }
            }
        }
    }

    /// Returns when the next of these is due.
    pub(super) fn next_deadline(&self) -> u64 {
        let mut next = NEVER;
        if self.timed {
            for entry in slots::items(&self.slots).filter(|entry| entry.is_due()) {
                next = next.min(entry.due_ms);
            }
        }
        next
    }

    /// Returns the next event.
    pub(super) fn poll_event(&mut self) -> Option<NameEvent<'_>> {
        if !self.untold {
            return None;
        }
        let entry = slots::items_mut(&mut self.slots)
            .find(|entry| entry.refusal_untold || entry.untold && !entry.waits());
        let Some(entry) = entry else {
            self.untold = false;
            return None;
        };
        let name = entry.name.as_ref();
        if core::mem::take(&mut entry.refusal_untold) {
            return Some(NameEvent::Refused(name, entry.status));
        }
        entry.untold = false;
        Some(match entry.state {
            NameState::Bound => NameEvent::Bound(name),
            _ => NameEvent::Unbound(name),
        })
    }

    /// Returns whether a BIND or UNBIND is to be sent.
    pub(super) fn wants(&mut self, leaving: bool) -> bool {
        // An edge that leaves unbinds names to which nothing else has happened.
        if self.unsent || leaving {
            self.unsent = self.next_code(leaving).is_some();
        }
        self.unsent
    }

    /// Returns what is to be sent next. An edge that leaves unbinds everything.
    fn next_code(&self, leaving: bool) -> Option<Code> {
        slots::items(&self.slots).find_map(|entry| {
            if !leaving {
                return entry.wants();
            }
            (entry.state == NameState::Bound).then_some(Code::Unbind)
        })
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
        let Some(code) = self.next_code(leaving) else { return Ok(None) };
        let meant = |entry: &Entry<N>| match (leaving, code) {
            (true, _) => entry.state == NameState::Bound,
            (false, code) => entry.wants() == Some(code),
        };
        let (share, count, len) = self.batch(&meant, limit);
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
        let input = if code == Code::Bind { NameInput::BindSent } else { NameInput::UnbindSent };
        let mut left = limit.saturating_sub(self.head_len());
        let mut to_come = count;
        self.timed = true;
        for entry in slots::items_mut(&mut self.slots) {
            let len = text_len(entry.name.as_ref().len());
            if to_come == 0 || entry.share != share || len > left || !meant(entry) {
                continue;
            }
            (left, to_come) = (left.saturating_sub(len), to_come.saturating_sub(1));
            writer.text(entry.name.as_ref().as_bytes());
            entry.apply(input);
            (entry.request, entry.due_ms) = (ids.request, deadline_ms);
        }
        writer.finish().map(Some)
    }

    /// Returns the share, the number of names and the length in bytes of the next message: as
    /// many of the names that may share one as fit.
    fn batch(&self, meant: &impl Fn(&Entry<N>) -> bool, limit: usize) -> (u16, u16, usize) {
        let mut entries = slots::items(&self.slots).filter(|entry| meant(entry));
        let share = entries.next().map_or(0, |entry| entry.share);
        let mut count = 0_u16;
        let mut sum = self.head_len();
        for entry in slots::items(&self.slots).filter(|entry| meant(entry)) {
            let longer = sum.saturating_add(text_len(entry.name.as_ref().len()));
            if count < share && entry.share == share && longer <= limit {
                (count, sum) = (count.saturating_add(1), longer);
            }
        }
        (share, count, sum)
    }
}

impl<N: AsRef<str>> fmt::Debug for Entry<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, state, status, wanted, forget, untold, .. } = self;
        let Self { refusal_untold, share, request, due_ms, .. } = self;
        f.debug_struct("Entry")
            .field("name", &name.as_ref())
            .field("state", state)
            .field("status", status)
            .field("wanted", wanted)
            .field("forget", forget)
            .field("untold", untold)
            .field("refusal_untold", refusal_untold)
            .field("share", share)
            .field("request", request)
            .field("due_ms", due_ms)
            .finish()
    }
}

impl<N: AsRef<str>, S: Slots<Entry<N>>> fmt::Debug for Names<N, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Listed(self.slots.slots()).fmt(f)
    }
}
