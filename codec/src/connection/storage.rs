//! Room for what a connection must remember. The machines ask for it through
//! [`Storage`]; [`Fixed`] is room in arrays, and a host with an allocator can
//! bring its own.

use core::fmt;
use core::marker::PhantomData;

use super::error::CallError;
use super::inbound::Inbound;
use super::pending::Pending;
use crate::error::JoinError;
use crate::multipart::{Joined, Joiner};
use crate::wire::chunk::Chunk;
use crate::wire::header::Ids;

/// The kinds of room that a connection needs, and so its capacities.
///
/// Firmware uses [`Fixed`]. A host with an allocator may write down slots that
/// grow.
pub trait Storage {
    /// Keeps the name of a Thing: for an edge `&'static str` or [`FixedName`],
    /// `String` or `Arc<str>`; for a platform, which takes names from messages,
    /// not the first.
    type Name: AsRef<str>;
    /// Keeps names with their state: as many as can be bound.
    type Names<T>: Slots<T>;
    /// Keeps requests to the peer that were not answered yet.
    type Requests: Slots<Pending>;
    /// Keeps requests of the peer that were not answered yet.
    type Inbound: Slots<Inbound>;
    /// Bytes for encoded messages of the application that were not sent yet.
    type Outbox: AsRef<[u8]> + AsMut<[u8]>;
}

/// Places of which each is free or taken.
pub trait Slots<T> {
    /// All places, free.
    fn empty() -> Self;

    /// The places.
    fn slots(&self) -> &[Option<T>];

    /// The places, to be taken and freed.
    fn slots_mut(&mut self) -> &mut [Option<T>];

    /// Adds places, where that can be done, after all were found taken; says
    /// whether it was.
    fn grow(&mut self) -> bool {
        false
    }
}

impl<T, const N: usize> Slots<T> for [Option<T>; N] {
    fn empty() -> Self {
        [const { None }; N]
    }

    fn slots(&self) -> &[Option<T>] {
        self
    }

    fn slots_mut(&mut self) -> &mut [Option<T>] {
        self
    }
}

/// Puts an item into a free place, or one whose item may go.
pub(crate) fn insert<T, S: Slots<T>>(
    slots: &mut S,
    may_go: impl Fn(&T) -> bool,
    item: T,
) -> Result<(), T> {
    let is_free = |slot: &Option<T>| slot.as_ref().is_none_or(&may_go);
    if !slots.slots().iter().any(is_free) && !slots.grow() {
        return Err(item);
    }
    match slots.slots_mut().iter_mut().find(|slot| is_free(slot)) {
        Some(slot) => {
            *slot = Some(item);
            Ok(())
        }
        None => Err(item),
    }
}

/// Shows the items of all places that are taken.
pub(crate) struct Listed<'s, T>(pub(crate) &'s [Option<T>]);

impl<T: fmt::Debug> fmt::Debug for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().flatten()).finish()
    }
}

/// The items of all places that are taken.
pub(crate) fn items<'s, T: 's, S: Slots<T>>(slots: &'s S) -> impl Iterator<Item = &'s T> {
    slots.slots().iter().flatten()
}

/// The items of all places that are taken, to be changed.
pub(crate) fn items_mut<'s, T: 's, S: Slots<T>>(
    slots: &'s mut S,
) -> impl Iterator<Item = &'s mut T> {
    slots.slots_mut().iter_mut().flatten()
}

/// A name of up to so many bytes, kept in place.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FixedName<const LEN: usize>(heapless::Vec<u8, LEN, u8>);

impl<const LEN: usize> FixedName<LEN> {
    /// The name.
    pub fn as_str(&self) -> &str {
        // Whole strings are taken, so the error cannot occur.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl<const LEN: usize> TryFrom<&str> for FixedName<LEN> {
    type Error = CallError;

    /// Keeps a name.
    ///
    /// # Errors
    /// `NameTooLong`.
    fn try_from(name: &str) -> Result<Self, CallError> {
        let mut bytes = heapless::Vec::new();
        for byte in name.as_bytes() {
            bytes.push(*byte).map_err(|_| CallError::NameTooLong)?;
        }
        Ok(Self(bytes))
    }
}

impl<const LEN: usize> AsRef<str> for FixedName<LEN> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<const LEN: usize> fmt::Debug for FixedName<LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Puts chunks together: a [`Joiner`] of any memory. Bytes of a message that
/// was joined are lent by it, so it stands beside the machine.
pub trait Join {
    /// See [`Joiner::push`].
    ///
    /// # Errors
    /// As there.
    fn push(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<Joined<'_>, JoinError>;

    /// See [`Joiner::missing`].
    fn missing(&self, request: u32) -> Option<u16>;

    /// See [`Joiner::expire`].
    fn expire(&mut self, now_ms: u64) -> usize;

    /// See [`Joiner::clear`].
    fn clear(&mut self);
}

impl<M: AsMut<[u8]>, const N: usize> Join for Joiner<M, N> {
    fn push(&mut self, ids: Ids, chunk: &Chunk<'_>, now_ms: u64) -> Result<Joined<'_>, JoinError> {
        Self::push(self, ids, chunk, now_ms)
    }

    fn missing(&self, request: u32) -> Option<u16> {
        Self::missing(self, request)
    }

    fn expire(&mut self, now_ms: u64) -> usize {
        Self::expire(self, now_ms)
    }

    fn clear(&mut self) {
        Self::clear(self);
    }
}

/// Room in arrays: names of type `N`, an outbox of type `O` (an array, or a
/// `&mut [u8]`), and so many names, requests to the peer and requests of the
/// peer.
///
/// ```
/// use alwayson_codec::connection::Fixed;
/// use alwayson_codec::connection::edge::Edge;
///
/// // 4 names, 8 requests out, 4 requests in; 2 KiB to be sent.
/// type Room = Fixed<&'static str, [u8; 2048], 4, 8, 4>;
/// type SmallEdge = Edge<Room>;
/// ```
pub struct Fixed<N, O, const NAMES: usize, const REQUESTS: usize, const INBOUND: usize>(
    PhantomData<(N, O)>,
);

impl<N, O, const NAMES: usize, const REQUESTS: usize, const INBOUND: usize> Storage
    for Fixed<N, O, NAMES, REQUESTS, INBOUND>
where
    N: AsRef<str>,
    O: AsRef<[u8]> + AsMut<[u8]>,
{
    type Name = N;
    type Names<T> = [Option<T>; NAMES];
    type Requests = [Option<Pending>; REQUESTS];
    type Inbound = [Option<Inbound>; INBOUND];
    type Outbox = O;
}
