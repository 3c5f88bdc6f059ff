//! Room for what a connection must remember. The machines ask for it through
//! [`Storage`]; [`Fixed`] is room in arrays, and a host with an allocator can
//! bring its own.

use core::marker::PhantomData;

use super::inbound::Inbound;
use super::pending::Pending;
use super::slots::Slots;

/// The kinds of room that a connection needs, and so its capacities.
///
/// Firmware uses [`Fixed`]. A host with an allocator may write down slots that
/// grow.
pub trait Storage {
    /// Keeps the name of a Thing: for an edge `&'static str` or [`FixedName`](super::FixedName),
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

/// Room in arrays: names of type `N`, an outbox of type `O` (an array, or a
/// `&mut [u8]`), and so many names, requests to the peer and requests of the
/// peer.
///
/// ```
/// use alwayson_codec::connection::Fixed;
/// use alwayson_codec::connection::edge::Connection;
///
/// // 4 names, 8 requests out, 4 requests in; 2 KiB to be sent.
/// type Room = Fixed<&'static str, [u8; 2048], 4, 8, 4>;
/// type SmallEdge = Connection<Room>;
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
