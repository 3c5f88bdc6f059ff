//! The handle of an edge, which the application holds.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::command::{Command, Queued, Reply};
use super::error::{RequestError, ThingError};
use super::options::Options;
use super::property::{PropertyUpdate, PushType, updates_table};
use super::shared::Shared;
use super::state::{Counters, EdgeState};
use super::thing::Thing;
use crate::content::VALUES;
use crate::message::{Request, Response, request_len};
use crate::value::{Table, Value};

/// An edge: a connection to a platform, which is established again when it ends, and the
/// Things behind it. Clones are handles of the same edge; when the last one is dropped, the
/// edge leaves.
///
/// # Cancel safety
/// A request is made when its future is first polled: if the future is dropped before that,
/// there is no request. If it is dropped later, the request is sent nevertheless, and its
/// answer is dropped and counted ([`Counters::answers_dropped`]). The futures that wait for
/// a state do nothing else, and can be dropped at any time.
///
/// Handlers that run when their connection ends are not aborted: they run to completion,
/// and their answer is dropped and counted ([`Counters::handler_answers_dropped`]). While a
/// handler holds a clone of the edge, dropping the other handles does not make the edge
/// leave: call [`leave`](Self::leave).
#[derive(Clone)]
pub struct Edge {
    pub(super) shared: Arc<Shared>,
    pub(super) commands: mpsc::UnboundedSender<Command>,
    requests: Arc<Semaphore>,
    pushes: Arc<Semaphore>,
}

impl Edge {
    pub(super) fn new(
        shared: Arc<Shared>,
        commands: mpsc::UnboundedSender<Command>,
        options: &Options,
    ) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits));
        let requests = semaphore(options.requests);
        let pushes = semaphore(options.pushes);
        Self { shared, commands, requests, pushes }
    }

    /// Reads a property of a Thing on the platform.
    ///
    /// # Errors
    /// As [`request`](Self::request); [`RequestError::Unexpected`] if the answer does not
    /// contain the property.
    ///
    /// # Cancel safety
    /// As [`request`](Self::request).
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
    ///
    /// # Cancel safety
    /// As [`request`](Self::request).
    pub async fn write_property(
        &self,
        thing: &str,
        property: &str,
        value: impl Into<Value>,
    ) -> Result<(), RequestError> {
        self.request(Request::write_property(thing, property, value)).await.map(drop)
    }

    /// Pushes values of properties of a Thing with `UpdateSubscribedPropertyValues`
    /// (PROTOCOL.md §3). If the edge stores a property, it also stores the pushed value.
    /// Until the platform has synchronised the Thing, the push is queued, even while there
    /// is no connection. The future waits that long, up to [`Options::push_timeout`], but
    /// it need not be awaited to the end. A loop that also has to react to other events
    /// calls [`try_push_properties`](Self::try_push_properties).
    ///
    /// Values that the platform has not asked for are left out, which counts as success:
    /// those of properties that it has not named or never wants, and, of properties that it
    /// wants on change ([`PushType::Value`]), those that have not changed since the last
    /// push. They are counted ([`Counters::values_left_out`]). All values are sent if the
    /// platform has named no property at all, or with [`Builder::push_all`](super::Builder::push_all).
    ///
    /// # Errors
    /// As [`request`](Self::request); [`RequestError::NotConnected`],
    /// [`RequestError::NotAuthenticated`] or [`RequestError::NotSynchronized`] if the push
    /// was queued for too long; [`RequestError::TooManyPushes`] if too many pushes are
    /// queued or wait for their answers; [`RequestError::UnknownThing`] if the edge has no
    /// such Thing; [`RequestError::WrongType`] if a value cannot be converted to the type
    /// of its property.
    ///
    /// # Cancel safety
    /// As [`request`](Self::request).
    pub async fn push_properties(
        &self,
        thing: &str,
        updates: impl IntoIterator<Item = PropertyUpdate>,
    ) -> Result<(), RequestError> {
        self.push(thing, updates, Command::Push).await
    }

    /// Pushes values of properties of a Thing as [`push_properties`](Self::push_properties)
    /// does, but never queues them: it fails at once if they cannot be sent now. The edge
    /// stores the values nevertheless, so that the platform gets the newest ones when it
    /// synchronises the Thing.
    ///
    /// # Errors
    /// As [`push_properties`](Self::push_properties), but [`RequestError::NotConnected`],
    /// [`RequestError::NotAuthenticated`] and [`RequestError::NotSynchronized`] are
    /// returned at once.
    ///
    /// # Cancel safety
    /// As [`request`](Self::request).
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

    /// Calls a service of a Thing on the platform. The parameters are a table of one row;
    /// an empty table means no parameters.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    ///
    /// # Cancel safety
    /// As [`request`](Self::request).
    pub async fn invoke_service(
        &self,
        thing: &str,
        service: &str,
        params: Table,
    ) -> Result<Response, RequestError> {
        self.request(Request::invoke_service(thing, service, some(params))).await
    }

    /// Fires an event of a Thing, with a table of its data; an empty table means no data.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    ///
    /// # Cancel safety
    /// As [`request`](Self::request).
    pub async fn fire_event(
        &self,
        thing: &str,
        event: &str,
        data: Table,
    ) -> Result<(), RequestError> {
        self.request(Request::fire_event(thing, event, some(data))).await.map(drop)
    }

    /// Sends any request. If it names a Thing of this edge that has an identifier, the
    /// identifier is sent instead.
    ///
    /// # Errors
    /// See [`RequestError`]: each variant states whether anything was sent.
    ///
    /// # Cancel safety
    /// Once the future was polled, dropping it does not take the request back: the request
    /// is sent, and its answer is dropped and counted ([`Counters::answers_dropped`]).
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

    /// Returns the stored value of a property; `None` if the edge does not store one.
    pub fn stored(&self, thing: &str, property: &str) -> Option<PropertyUpdate> {
        self.shared.meant(thing)?.properties.get(property)?.stored()
    }

    /// Replaces the stored value of a property, without a push. Returns false if the edge
    /// does not store the property, or the value cannot be converted to its type
    /// ([`Value::try_into_type`]).
    pub fn store(&self, thing: &str, update: &PropertyUpdate) -> bool {
        let thing = self.shared.meant(thing);
        thing.is_some_and(|thing| {
            thing.properties.get(&update.name).is_some_and(|property| property.store(update))
        })
    }

    /// Returns the properties of a Thing that the platform wants pushed, with their push
    /// types, as it named them when it synchronised the Thing; `None` if the Thing is
    /// unknown, or the platform named none.
    pub fn subscriptions(&self, thing: &str) -> Option<BTreeMap<String, PushType>> {
        self.shared.subscriptions(self.shared.meant(thing)?.bound_as())
    }

    /// Adds a Thing, and has it bound.
    ///
    /// # Errors
    /// [`ThingError::Double`] if a Thing is bound by the same name or identifier;
    /// [`ThingError::NameTooLong`] if the name is too long for a BIND;
    /// [`ThingError::TooMany`] if the edge has as many Things as it can have;
    /// [`ThingError::Left`] if the edge has ended.
    ///
    /// # Cancel safety
    /// Once the future was polled, dropping it does not take the Thing back.
    pub async fn add(&self, thing: Thing) -> Result<(), ThingError> {
        let (reply, added) = oneshot::channel();
        let sent = self.commands.send(Command::Add(Box::new(thing), reply));
        sent.map_err(|_| ThingError::Left)?;
        added.await.unwrap_or(Err(ThingError::Left))
    }

    /// Has a Thing unbound, and removes it from the edge.
    ///
    /// # Errors
    /// [`ThingError::Unknown`] if the edge has no such Thing; [`ThingError::Left`] if the
    /// edge has ended.
    pub fn remove(&self, thing: &str) -> Result<(), ThingError> {
        self.command(thing, Command::Remove)
    }

    /// Has a Thing bound that was unbound. A refused Thing is retried at once.
    ///
    /// # Errors
    /// [`ThingError::Unknown`] if the edge has no such Thing; [`ThingError::Left`] if the
    /// edge has ended.
    pub fn bind(&self, thing: &str) -> Result<(), ThingError> {
        self.command(thing, Command::Bind)
    }

    /// Has a Thing unbound, but keeps it as a Thing of the edge.
    ///
    /// # Errors
    /// [`ThingError::Unknown`] if the edge has no such Thing; [`ThingError::Left`] if the
    /// edge has ended.
    pub fn unbind(&self, thing: &str) -> Result<(), ThingError> {
        self.command(thing, Command::Unbind)
    }

    fn command(&self, thing: &str, command: fn(String) -> Command) -> Result<(), ThingError> {
        let thing = self.shared.meant(thing).ok_or(ThingError::Unknown)?;
        let sent = self.commands.send(command(thing.bound_as().to_owned()));
        sent.map_err(|_| ThingError::Left)
    }

    /// Returns a receiver of the state of the edge. It sees the newest state only;
    /// [`Builder::on_change`](super::Builder::on_change) is called with each change.
    pub fn state(&self) -> watch::Receiver<EdgeState> {
        self.shared.state()
    }

    /// Returns the counters.
    pub fn counters(&self) -> Counters {
        self.shared.counters()
    }
}

fn some(table: Table) -> Option<Table> {
    (!table.fields.is_empty() || !table.is_empty()).then_some(table)
}

/// A handle that does not keep the edge from leaving.
#[cfg(feature = "store")]
#[derive(Clone)]
pub(super) struct WeakEdge {
    shared: Arc<Shared>,
    commands: mpsc::WeakUnboundedSender<Command>,
    requests: Arc<Semaphore>,
    pushes: Arc<Semaphore>,
}

#[cfg(feature = "store")]
impl Edge {
    /// Returns a handle that does not keep the edge from leaving.
    pub(super) fn downgrade(&self) -> WeakEdge {
        WeakEdge {
            shared: Arc::clone(&self.shared),
            commands: self.commands.downgrade(),
            requests: Arc::clone(&self.requests),
            pushes: Arc::clone(&self.pushes),
        }
    }
}

#[cfg(feature = "store")]
impl WeakEdge {
    /// Returns a handle of the edge; `None` if all other handles are dropped.
    pub(super) fn upgrade(&self) -> Option<Edge> {
        Some(Edge {
            shared: Arc::clone(&self.shared),
            commands: self.commands.upgrade()?,
            requests: Arc::clone(&self.requests),
            pushes: Arc::clone(&self.pushes),
        })
    }

    pub(super) fn state(&self) -> watch::Receiver<EdgeState> {
        self.shared.state()
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge")
            .field("state", &*self.shared.state().borrow())
            .finish_non_exhaustive()
    }
}
