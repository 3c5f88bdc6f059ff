//! One name of an edge, and what it is found by.

use core::fmt;

use super::{NameInput, NameState, name_transition};
use crate::connection::deadline::NEVER;
use crate::connection::slots::{By, Keys};
use crate::wire::codes::Status;

/// A name with its state, as [`Storage`](crate::connection::Storage) stores it.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is true or not by itself")]
pub struct Entry<N> {
    pub(super) name: N,
    pub(super) state: NameState,
    /// Why it was refused.
    pub(super) status: Status,
    /// The caller wants it bound.
    pub(super) wanted: bool,
    /// The caller wants it removed when it is unbound.
    pub(super) forget: bool,
    /// The caller has not seen the state.
    pub(super) untold: bool,
    /// The caller has not seen that it was refused, whatever has happened since.
    pub(super) refusal_untold: bool,
    /// The number of names that may share a message with it, including itself; at most what
    /// a message can count.
    pub(super) share: u16,
    /// The request id of the BIND or UNBIND that is not answered yet.
    pub(super) request: u32,
    /// When that times out, or when a refused name is tried again.
    pub(super) due_ms: u64,
}

impl<N> Entry<N> {
    pub(super) fn apply(&mut self, input: NameInput) {
        let state = name_transition(self.state, input);
        if input == NameInput::Failure && self.state == NameState::Binding {
            self.refusal_untold = true;
        } else {
            self.untold |= matches!(input, NameInput::Success | NameInput::Failure);
        }
        self.state = state;
    }

    pub(super) fn is_bound(&self) -> bool {
        self.state == NameState::Bound
    }

    /// Returns whether a BIND or UNBIND is to be sent for it.
    pub(super) fn is_wanted(&self) -> bool {
        match self.state {
            NameState::Unbound => self.wanted,
            NameState::Bound => !self.wanted,
            _ => false,
        }
    }

    /// Returns what is the same for the names that may share a BIND or UNBIND.
    pub(super) fn together(&self) -> u32 {
        u32::from(self.share) << 1 | u32::from(self.is_bound())
    }

    pub(super) fn waits(&self) -> bool {
        matches!(self.state, NameState::Binding | NameState::Unbinding)
    }

    /// Returns whether something becomes of it at its `due_ms`.
    pub(super) fn is_due(&self) -> bool {
        match self.state {
            NameState::Binding | NameState::Unbinding => true,
            NameState::Refused => self.wanted,
            NameState::Unbound | NameState::Bound => false,
        }
    }
}

impl<N: AsRef<str>> Keys for Entry<N> {
    const BY: &'static [By] =
        &[By::Request, By::Untold, By::Wanted, By::Bound, By::Held, By::Together, By::Leaving];

    #[inline(always)]
    fn key(&self, by: By) -> Option<u32> {
        match by {
            By::Request => self.waits().then_some(self.request),
            By::Untold => (self.refusal_untold || self.untold && !self.waits()).then_some(0),
            By::Wanted => self.is_wanted().then_some(0),
            By::Bound => self.is_bound().then_some(0),
            By::Held => (self.is_bound() || self.waits()).then_some(0),
            By::Together => self.is_wanted().then_some(self.together()),
            By::Leaving => self.is_bound().then_some(self.together()),
            _ => None,
        }
    }

    #[inline(always)]
    fn due_ms(&self) -> u64 {
        if self.is_due() { self.due_ms } else { NEVER }
    }

    #[inline(always)]
    fn name(&self) -> &[u8] {
        self.name.as_ref().as_bytes()
    }

    #[inline(always)]
    fn is_named(&self) -> bool {
        true
    }

    #[inline(always)]
    fn may_go(&self) -> bool {
        let is_told = !self.untold && !self.refusal_untold;
        self.forget && self.state == NameState::Unbound && is_told
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
