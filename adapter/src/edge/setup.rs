//! What the task of an edge is made of.

use alwayson_codec::connection::edge::{self as machine, Reconnect};

use super::credentials::Credentials;
use super::error::BoxError;
use super::options::Options;
use crate::drive::Room;
use crate::frame::Observer;
use crate::message::BoxFuture;
use crate::transport::AnyTransport;

/// The codec's machine.
pub(super) type Machine = machine::Connection<Room>;

/// Provides the credentials of a connection.
pub(super) type Provider =
    Box<dyn Fn() -> BoxFuture<'static, Result<Credentials, BoxError>> + Send + Sync>;

/// Opens WebSockets. It gets the credentials, for an upgrade that needs them.
pub(super) type Connector =
    Box<dyn Fn(&Credentials) -> BoxFuture<'static, Result<AnyTransport, BoxError>> + Send + Sync>;

/// The configuration of the task of an edge.
pub(super) struct Setup {
    pub(super) connector: Connector,
    pub(super) credentials: Provider,
    pub(super) options: Options,
    pub(super) reconnect: Reconnect,
    pub(super) observer: Option<Observer>,
    pub(super) pushes_all: bool,
}
