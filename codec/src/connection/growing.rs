//! Room for what a connection must remember that grows with use, up to limits (feature
//! `alloc`).

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use super::inbound::Inbound;
use super::pending::Pending;
use super::slots::{Listed, Slots};
use super::storage::{Names, Requests, Storage, Unanswered};

/// Room in vectors, which grow with use: names of type `N`, and places for up to
/// [`Names`], for [`Requests`] to the peer and for [`Unanswered`] requests of the peer. Each
/// look-up visits all that are kept, so the limits also bound the work that a message can
/// make. The outbox is a `Vec<u8>`, as long as the one that the machine is given.
///
/// ```
/// use alwayson_codec::connection::platform::{Connection, Settings};
/// use alwayson_codec::connection::{Growing, Names, Requests, Unanswered};
///
/// // At most 1000 names, 100 requests out and 100 in; 64 KiB to be sent.
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

/// Places that are added when all are taken, up to `MAX`.
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
