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
/// `&mut [u8]`), and places for [`Names`], for [`Requests`] to the peer and for
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

/// How many names a [`Fixed`] has room for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<const COUNT: usize>;

/// How many requests to the peer a [`Fixed`] has room for, until they are answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requests<const COUNT: usize>;

/// How many requests of the peer a [`Fixed`] has room for, until they are answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unanswered<const COUNT: usize>;

impl<N, O, const NAMES: usize, const REQUESTS: usize, const UNANSWERED: usize> Storage
    for Fixed<N, O, Names<NAMES>, Requests<REQUESTS>, Unanswered<UNANSWERED>>
where
    N: AsRef<str>,
    O: AsRef<[u8]> + AsMut<[u8]>,
{
    type Name = N;
    type Names<T> = [Option<T>; NAMES];
    type Requests = [Option<Pending>; REQUESTS];
    type Inbound = [Option<Inbound>; UNANSWERED];
    type Outbox = O;
}
