//! The edge, as the application holds it.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::builder::Builder;
use super::error::{BoxError, RequestError, ThingError};
use super::options::Options;
use super::property::{PropertyUpdate, PushType, updates_table};
use super::shared::Shared;
use super::state::{Counters, EdgeState};
use super::task::{Command, Queued, Reply};
use super::thing::Thing;
use crate::content::VALUES;
use crate::message::{Request, Response, request_len};
use crate::transport::{AnyTransport, ConnectError, ConnectOptions};
use crate::value::{Table, Value};

/// An edge: a connection to a platform that is made again when it ends, and the
/// Things behind it. Clones are handles of the same edge; when the last is
/// dropped, it leaves.
///
/// # Cancellation
/// A request is on its way when its future was polled first; dropped before, it
/// was never made. Dropped later, the request is sent all the same, and its
/// answer is dropped and counted ([`Counters::answers_dropped`]). The futures
/// that wait for a state do nothing else, and can be dropped at any time.
///
/// Handlers that run when their connection ends are not cut off: they run to
/// their end, and their answer is dropped and counted. A handler that holds a
/// clone of the edge keeps it from leaving by itself: call
/// [`leave`](Self::leave).
#[derive(Clone)]
pub struct Edge {
    pub(super) shared: Arc<Shared>,
    pub(super) commands: mpsc::UnboundedSender<Command>,
    requests: Arc<Semaphore>,
    pushes: Arc<Semaphore>,
}

impl Edge {
    /// Returns the builder of an edge that connects to this URL:
    /// `wss://host/Thingworx/WS`, where port and path are optional.
    ///
    /// # Errors
    /// [`ConnectError::Url`] if it is not such a URL.
    pub fn builder(url: &str) -> Result<Builder, ConnectError> {
        Ok(Builder::with(ConnectOptions::new(url)?))
    }

    /// Returns the builder of an edge that connects with these options: with a CA file, a
    /// client certificate, a proxy, limits of the WebSocket.
    pub fn builder_with(options: ConnectOptions) -> Builder {
        Builder::with(options)
    }

    /// Returns the builder of an edge over the transports that the connector opens. Its
    /// future is dropped when the edge leaves.
    pub fn builder_over<F, E>(connector: impl Fn() -> F + Send + Sync + 'static) -> Builder
    where
        F: Future<Output = Result<AnyTransport, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Builder::over(connector)
    }

    pub(super) fn new(
        shared: Arc<Shared>,
        commands: mpsc::UnboundedSender<Command>,
        options: &Options,
    ) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits));
        let (requests, pushes) = (semaphore(options.requests), semaphore(options.pushes));
        Self { shared, commands, requests, pushes }
    }

    /// Reads a property of a Thing on the platform.
    ///
    /// # Errors
    /// As [`request`](Self::request); `Unexpected` where the answer has no such
    /// property.
    pub async fn read_property(&self, thing: &str, property: &str) -> Result<Value, RequestError> {
        let response = self.request(Request::read_property(thing, property)).await?;
        let value = match &response.content {
            Value::InfoTable(table) => table.value(property),
            _ => response.value(),
        };
        value.cloned().ok_or(RequestError::Unexpected)
    }

    /// Writes a property of a Thing on the platform.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub async fn write_property(
        &self,
        thing: &str,
        property: &str,
        value: impl Into<Value>,
    ) -> Result<(), RequestError> {
        self.request(Request::write_property(thing, property, value)).await.map(drop)
    }

    /// Pushes values of a Thing's properties: `UpdateSubscribedPropertyValues`
    /// (section 3). Those that are kept here are kept as well. Until the platform
    /// has synchronised the Thing the push is held back, also while there is no
    /// connection; the future waits for as long, up to
    /// [`Options::push_timeout`], and need not be waited for. A loop that has
    /// other things to do calls [`try_push_properties`](Self::try_push_properties).
    ///
    /// Values that the platform has not asked for are left out, which is a success:
    /// those of properties that it has not named or wants never, and of those that it
    /// wants when they have changed ([`PushType::Value`]) what has not since the last
    /// push. They are counted ([`Counters::values_left_out`]). A platform that has
    /// named no property at all gets all values, and so does any with
    /// [`Builder::push_all`].
    ///
    /// # Errors
    /// As [`request`](Self::request); `NotConnected`, `NotAuthenticated` and
    /// `NotSynchronized` if the push was held back for too long; `TooManyPushes`,
    /// `UnknownThing`; `WrongType` if a value is not of its property's type.
    pub async fn push_properties(
        &self,
        thing: &str,
        updates: impl IntoIterator<Item = PropertyUpdate>,
    ) -> Result<(), RequestError> {
        self.push(thing, updates, Command::Push).await
    }

    /// Pushes values of a Thing's properties as
    /// [`push_properties`](Self::push_properties) does, but never holds them back: it
    /// fails at once if they cannot go out now. Those that are kept here are kept all
    /// the same, so that a platform has the newest when it synchronises the Thing.
    ///
    /// # Errors
    /// As there. `NotConnected`, `NotAuthenticated` and `NotSynchronized` come at
    /// once.
    pub async fn try_push_properties(
        &self,
        thing: &str,
        updates: impl IntoIterator<Item = PropertyUpdate>,
    ) -> Result<(), RequestError> {
        self.push(thing, updates, Command::PushNow).await
    }

    async fn push(
        &self,
        thing: &str,
        updates: impl IntoIterator<Item = PropertyUpdate>,
        command: fn(Queued) -> Command,
    ) -> Result<(), RequestError> {
        let of = self.shared.meant(thing).ok_or(RequestError::UnknownThing)?;
        let mut updates: Vec<PropertyUpdate> = updates.into_iter().collect();
        for PropertyUpdate { name, value, .. } in &mut updates {
            if let Some(property) = of.properties.get(name) {
                let typed = property.typed(std::mem::take(value));
                *value = typed.map_err(|error| {
                    let property = name.clone();
                    RequestError::WrongType { property, error }
                })?;
            }
        }
        for update in &updates {
            if let Some(property) = of.properties.get(&update.name) {
                property.store(update);
            }
        }
        let values = Table::of([(VALUES, updates_table(updates).into())]);
        let service = "UpdateSubscribedPropertyValues";
        let request = Request::invoke_service(of.bound_as(), service, Some(values));
        let too_many = RequestError::TooManyPushes;
        self.queue(request, &self.pushes, too_many, command, true).await.map(drop)
    }

    /// Calls a service of a Thing on the platform, with a table of one row; an
    /// empty one stands for none.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub async fn invoke_service(
        &self,
        thing: &str,
        service: &str,
        params: Table,
    ) -> Result<Response, RequestError> {
        self.request(Request::invoke_service(thing, service, some(params))).await
    }

    /// Fires an event of a Thing, with a table of its data; an empty one stands
    /// for none.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub async fn fire_event(
        &self,
        thing: &str,
        event: &str,
        data: Table,
    ) -> Result<(), RequestError> {
        self.request(Request::fire_event(thing, event, some(data))).await.map(drop)
    }

    /// Sends any request. A Thing of this edge that has an identifier is named by
    /// that.
    ///
    /// # Errors
    /// See [`RequestError`]: each says whether anything was sent.
    pub async fn request(&self, mut request: Request) -> Result<Response, RequestError> {
        if let Some(thing) = self.shared.meant(&request.entity) {
            thing.bound_as().clone_into(&mut request.entity);
        }
        let too_many = RequestError::TooManyRequests;
        self.queue(request, &self.requests, too_many, Command::Request, false).await
    }

    async fn queue(
        &self,
        request: Request,
        places: &Arc<Semaphore>,
        too_many: RequestError,
        command: fn(Queued) -> Command,
        is_push: bool,
    ) -> Result<Response, RequestError> {
        let len = request_len(&request, &request.entity).map_err(RequestError::Encode)?;
        let limit = self.shared.message_limit.bytes();
        if len > limit {
            return Err(RequestError::TooLong { len, limit });
        }
        let place = Arc::clone(places).try_acquire_owned().map_err(|_| too_many)?;
        let (to, answer) = oneshot::channel();
        let queued = Queued { request, reply: Reply { to, _place: place }, is_push };
        self.commands.send(command(queued)).map_err(|_| RequestError::Left)?;
        answer.await.unwrap_or(Err(RequestError::Left))
    }

    /// The value of a property that is kept here.
    pub fn stored(&self, thing: &str, property: &str) -> Option<PropertyUpdate> {
        self.shared.meant(thing)?.properties.get(property)?.stored()
    }

    /// Keeps another value of a property, without a push. Returns false if none is
    /// kept here, or the value is not of its type ([`Value::try_into_type`]).
    pub fn store(&self, thing: &str, update: &PropertyUpdate) -> bool {
        let thing = self.shared.meant(thing);
        thing.is_some_and(|thing| {
            thing.properties.get(&update.name).is_some_and(|property| property.store(update))
        })
    }

    /// The properties of a Thing that the platform wants pushed, and how, as it
    /// has said when it synchronised.
    pub fn subscriptions(&self, thing: &str) -> Option<BTreeMap<String, PushType>> {
        self.shared.subscriptions(self.shared.meant(thing)?.bound_as())
    }

    /// Adds a Thing, and has it bound. Dropping the future once it was polled does
    /// not take it back.
    ///
    /// # Errors
    /// See [`ThingError`].
    pub async fn add(&self, thing: Thing) -> Result<(), ThingError> {
        let (reply, added) = oneshot::channel();
        let sent = self.commands.send(Command::Add(Box::new(thing), reply));
        sent.map_err(|_| ThingError::Left)?;
        added.await.unwrap_or(Err(ThingError::Left))
    }

    /// Has a Thing unbound, and forgets it.
    ///
    /// # Errors
    /// `Unknown`; `Left`.
    pub fn remove(&self, thing: &str) -> Result<(), ThingError> {
        self.command(thing, Command::Remove)
    }

    /// Has a Thing bound that was unbound; one that is refused is tried again at
    /// once.
    ///
    /// # Errors
    /// `Unknown`; `Left`.
    pub fn bind(&self, thing: &str) -> Result<(), ThingError> {
        self.command(thing, Command::Bind)
    }

    /// Has a Thing unbound, which stays known.
    ///
    /// # Errors
    /// `Unknown`; `Left`.
    pub fn unbind(&self, thing: &str) -> Result<(), ThingError> {
        self.command(thing, Command::Unbind)
    }

    fn command(&self, thing: &str, command: fn(String) -> Command) -> Result<(), ThingError> {
        let thing = self.shared.meant(thing).ok_or(ThingError::Unknown)?;
        let sent = self.commands.send(command(thing.bound_as().to_owned()));
        sent.map_err(|_| ThingError::Left)
    }

    /// Where the edge stands, and how that changes. Whoever looks late sees the newest
    /// state alone; [`Builder::on_change`] tells each.
    pub fn state(&self) -> watch::Receiver<EdgeState> {
        self.shared.state()
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.shared.counters()
    }
}

fn some(table: Table) -> Option<Table> {
    (!table.fields.is_empty() || !table.is_empty()).then_some(table)
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge")
            .field("state", &*self.shared.state().borrow())
            .finish_non_exhaustive()
    }
}
