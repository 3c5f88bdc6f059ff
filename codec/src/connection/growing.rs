//! The memory of a connection in vectors, which grow with use, up to limits (feature `alloc`).

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use super::inbound::Inbound;
use super::pending::Pending;
use super::slots::{Listed, Slots};
use super::storage::{Names, Requests, Storage, Unanswered};

/// Memory in vectors, which grow with use: names of type `N`, and the largest numbers of
/// [`Names`], of [`Requests`] to the peer and of [`Unanswered`] requests of the peer.
///
/// Each lookup visits all stored items, so the limits also bound the work that a message can
/// cause. The outbox is the `Vec<u8>` that the machine is created with; its length does not
/// change.
///
/// ```
/// use alwayson_codec::connection::platform::{Connection, Settings};
/// use alwayson_codec::connection::{Growing, Names, Requests, Unanswered};
///
/// // An outbox of 64 KiB.
/// type Room = Growing<String, Names<1000>, Requests<100>, Unanswered<100>>;
/// let connection = Connection::<Room>::new(Settings::default(), vec![0; 65_536], 0);
/// assert_eq!(connection.requests().count(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Growing<N, A, R, U>(PhantomData<(N, A, R, U)>);

impl<N, const NAMES: usize, const REQUESTS: usize, const UNANSWERED: usize> Storage
    for Growing<N, Names<NAMES>, Requests<REQUESTS>, Unanswered<UNANSWERED>>
where
    N: AsRef<str>,
{
    type Name = N;
    type Names<T> = GrowingSlots<T, NAMES>;
    type Requests = GrowingSlots<Pending, REQUESTS>;
    type Inbound = GrowingSlots<Inbound, UNANSWERED>;
    type Outbox = Vec<u8>;
}

/// Slots of which more are added when all are used, up to `MAX`.
#[derive(Clone)]
pub struct GrowingSlots<T, const MAX: usize>(Vec<Option<T>>);

impl<T, const MAX: usize> Slots<T> for GrowingSlots<T, MAX> {
    fn empty() -> Self {
        Self(Vec::new())
    }

    fn slots(&self) -> &[Option<T>] {
        &self.0
    }

    fn slots_mut(&mut self) -> &mut [Option<T>] {
        &mut self.0
    }

    fn grow(&mut self) -> bool {
        let has_room = self.0.len() < MAX && self.0.try_reserve(1).is_ok();
        if has_room {
            self.0.push(None);
        }
        has_room
    }
}

impl<T: fmt::Debug, const MAX: usize> fmt::Debug for GrowingSlots<T, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Listed(&self.0).fmt(f)
    }
}
