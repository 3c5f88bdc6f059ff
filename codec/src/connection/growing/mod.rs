//! The memory of a connection in vectors, which grow with use, up to limits (feature `alloc`).

// | file | contents |
// | --- | --- |
// | `slots.rs` | slots of which more are added, with an index once there are many |
// | `index.rs` | the index |

mod index;
mod slots;

use alloc::vec::Vec;
use core::marker::PhantomData;

pub use slots::GrowingSlots;

use super::inbound::Inbound;
use super::pending::Pending;
use super::slots::Keys;
use super::storage::{Names, Requests, Storage, Unanswered};

/// Memory in vectors, which grow with use: names of type `N`, and the largest numbers of
/// [`Names`], of [`Requests`] to the peer and of [`Unanswered`] requests of the peer.
///
/// With `n` stored items, the work for each name of a BIND or UNBIND, for each request and for each
/// answer is O(log n). The end of a connection visits all items once. The outbox is the `Vec<u8>` that the machine is created with; its length does not
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
    type Names<T: Keys> = GrowingSlots<T, NAMES>;
    type Requests = GrowingSlots<Pending, REQUESTS>;
    type Inbound = GrowingSlots<Inbound, UNANSWERED>;
    type Outbox = Vec<u8>;
}
