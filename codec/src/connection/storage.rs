//! The memory of a connection. The machines use it through [`Storage`]; [`Fixed`]
//! implements it with arrays, and `Growing` (feature `alloc`) with slots that grow.

use core::marker::PhantomData;

use super::inbound::Inbound;
use super::pending::Pending;
use super::slots::{Keys, Slots};

/// The memory of a connection, and so its capacities.
///
/// Firmware uses [`Fixed`], a host with an allocator `Growing` (feature `alloc`).
pub trait Storage {
    /// The name of a Thing. For an edge `&'static str`, [`FixedName`](super::FixedName),
    /// `String` or `Arc<str>`; for a platform one of the last three, because it takes names
    /// from messages.
    type Name: AsRef<str>;
    /// Names with their state: as many as can be bound.
    type Names<T: Keys>: Slots<T>;
    /// Requests to the peer that are not answered yet.
    type Requests: Slots<Pending>;
    /// Requests of the peer that are not answered yet.
    type Inbound: Slots<Inbound>;
    /// Bytes for encoded messages of the application that are not sent yet.
    type Outbox: AsRef<[u8]> + AsMut<[u8]>;
}

/// Memory in arrays: names of type `N`, an outbox of type `O` (an array, or a
/// `&mut [u8]`), and the numbers of [`Names`], of [`Requests`] to the peer and of
/// [`Unanswered`] requests of the peer.
///
/// ```
/// use alwayson_codec::connection::edge::Connection;
/// use alwayson_codec::connection::{Fixed, Names, Requests, Unanswered};
///
/// // 4 names, 8 requests out, 4 requests in; 2 KiB to be sent.
/// type Room = Fixed<&'static str, [u8; 2048], Names<4>, Requests<8>, Unanswered<4>>;
/// type SmallEdge = Connection<Room>;
/// ```
///
/// Another order does not compile:
///
/// ```compile_fail,E0277
/// use alwayson_codec::connection::edge::Connection;
/// use alwayson_codec::connection::{Fixed, Names, Requests, Unanswered};
///
/// type Room = Fixed<&'static str, [u8; 2048], Requests<8>, Names<4>, Unanswered<4>>;
/// fn take(edge: Connection<Room>) {}
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Fixed<N, O, A, R, U>(PhantomData<(N, O, A, R, U)>);

/// The number of names in a [`Fixed`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<const COUNT: usize>;

/// The number of requests to the peer in a [`Fixed`] that can be unanswered at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requests<const COUNT: usize>;

/// The number of requests of the peer in a [`Fixed`] that can be unanswered at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unanswered<const COUNT: usize>;

impl<N, O, const NAMES: usize, const REQUESTS: usize, const UNANSWERED: usize> Storage
    for Fixed<N, O, Names<NAMES>, Requests<REQUESTS>, Unanswered<UNANSWERED>>
where
    N: AsRef<str>,
    O: AsRef<[u8]> + AsMut<[u8]>,
{
    type Name = N;
    type Names<T: Keys> = [Option<T>; NAMES];
    type Requests = [Option<Pending>; REQUESTS];
    type Inbound = [Option<Inbound>; UNANSWERED];
    type Outbox = O;
}
