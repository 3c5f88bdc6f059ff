//! The same edge for programs without a runtime.

use std::fmt;
use std::future::Future;
use std::io;
use std::time::Duration;

use alwayson_codec::Status;
use tokio::runtime::{self, Runtime};

use super::builder::{Builder, StartError};
use super::error::{BindError, RequestError, ThingError};
use super::property::PropertyUpdate;
use super::state::{Counters, EdgeState};
use super::thing::Thing;
use crate::message::{Request, Response};
use crate::value::{Table, Value};

/// An edge whose calls block, with a thread of its own for connection and
/// handlers. It may be used from several threads. Not to be called within a
/// runtime: there, use [`super::Edge`].
///
/// ```no_run
/// use alwayson::edge::blocking::Edge;
/// use alwayson::edge::{Credentials, Thing};
///
/// let builder = alwayson::edge::Edge::builder("wss://platform.example")?
///     .credentials(|| async { std::env::var("APP_KEY").map(Credentials::app_key) })
///     .thing(Thing::new("SteamSensor1").property("Temperature", 21.5));
/// let edge = Edge::connect(builder)?;
/// edge.write_property("SteamSensor1", "Temperature", 22.0)?;
/// edge.leave();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Edge {
    inner: super::Edge,
    handle: runtime::Handle,
    /// None once it is dropped.
    runtime: Option<Runtime>,
}

/// Why a blocking edge is not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockingError {
    /// There is no thread for it.
    #[error("there is no thread for the edge")]
    Thread(#[from] io::Error),
    /// The edge is not started.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl Edge {
    /// Starts the edge. See [`Builder::start`].
    ///
    /// # Errors
    /// As there, and where there is no thread.
    pub fn start(builder: Builder) -> Result<Self, BlockingError> {
        Self::run(async { builder.start() })
    }

    /// Starts the edge, and waits until the platform has accepted its key; fails if the
    /// first try does. See [`Builder::connect`].
    ///
    /// # Errors
    /// As there, and where there is no thread.
    pub fn connect(builder: Builder) -> Result<Self, BlockingError> {
        Self::run(builder.connect())
    }

    /// Starts the edge, and waits until the platform has accepted its key, however
    /// often that takes. See [`Builder::connect_retrying`].
    ///
    /// # Errors
    /// As there, and where there is no thread.
    pub fn connect_retrying(builder: Builder) -> Result<Self, BlockingError> {
        Self::run(builder.connect_retrying())
    }

    fn run(
        started: impl Future<Output = Result<super::Edge, StartError>>,
    ) -> Result<Self, BlockingError> {
        let mut threads = runtime::Builder::new_multi_thread();
        let runtime =
            threads.worker_threads(1).thread_name("alwayson-edge").enable_all().build()?;
        let inner = runtime.block_on(started)?;
        Ok(Self { inner, handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// The edge itself, for handlers.
    pub fn handle(&self) -> &super::Edge {
        &self.inner
    }

    /// Waits for a future of the edge, for whatever has no call here.
    ///
    /// # Panics
    /// Within a runtime.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.handle.block_on(future)
    }

    /// See [`super::Edge::read_property`].
    ///
    /// # Errors
    /// As there.
    pub fn read_property(&self, thing: &str, property: &str) -> Result<Value, RequestError> {
        self.wait(self.inner.read_property(thing, property))
    }

    /// See [`super::Edge::write_property`].
    ///
    /// # Errors
    /// As there.
    pub fn write_property(
        &self,
        thing: &str,
        property: &str,
        value: impl Into<Value>,
    ) -> Result<(), RequestError> {
        self.wait(self.inner.write_property(thing, property, value))
    }

    /// See [`super::Edge::push_properties`].
    ///
    /// # Errors
    /// As there.
    pub fn push_properties(
        &self,
        thing: &str,
        updates: impl IntoIterator<Item = PropertyUpdate>,
    ) -> Result<(), RequestError> {
        self.wait(self.inner.push_properties(thing, updates))
    }

    /// See [`super::Edge::try_push_properties`].
    ///
    /// # Errors
    /// As there.
    pub fn try_push_properties(
        &self,
        thing: &str,
        updates: impl IntoIterator<Item = PropertyUpdate>,
    ) -> Result<(), RequestError> {
        self.wait(self.inner.try_push_properties(thing, updates))
    }

    /// See [`super::Edge::invoke_service`].
    ///
    /// # Errors
    /// As there.
    pub fn invoke_service(
        &self,
        thing: &str,
        service: &str,
        params: Table,
    ) -> Result<Response, RequestError> {
        self.wait(self.inner.invoke_service(thing, service, params))
    }

    /// See [`super::Edge::fire_event`].
    ///
    /// # Errors
    /// As there.
    pub fn fire_event(&self, thing: &str, event: &str, data: Table) -> Result<(), RequestError> {
        self.wait(self.inner.fire_event(thing, event, data))
    }

    /// See [`super::Edge::request`].
    ///
    /// # Errors
    /// As there.
    pub fn request(&self, request: Request) -> Result<Response, RequestError> {
        self.wait(self.inner.request(request))
    }

    /// See [`super::Edge::add`].
    ///
    /// # Errors
    /// As there.
    pub fn add(&self, thing: Thing) -> Result<(), ThingError> {
        self.wait(self.inner.add(thing))
    }

    /// See [`super::Edge::remove`].
    ///
    /// # Errors
    /// As there.
    pub fn remove(&self, thing: &str) -> Result<(), ThingError> {
        self.inner.remove(thing)
    }

    /// Waits until a Thing is bound, for so long at most.
    ///
    /// # Errors
    /// As [`super::Edge::wait_bound`]; `Timeout`.
    pub fn wait_bound(&self, thing: &str, timeout: Duration) -> Result<(), WaitError> {
        self.wait(async {
            let bound = tokio::time::timeout(timeout, self.inner.wait_bound(thing));
            Ok(bound.await.map_err(|_| WaitError::Timeout)??)
        })
    }

    /// Waits until a Thing is bound or refused, for so long at most.
    ///
    /// # Errors
    /// As [`super::Edge::try_wait_bound`]; `Timeout`.
    pub fn try_wait_bound(&self, thing: &str, timeout: Duration) -> Result<(), WaitError> {
        self.wait(async {
            let bound = tokio::time::timeout(timeout, self.inner.try_wait_bound(thing));
            Ok(bound.await.map_err(|_| WaitError::Timeout)??)
        })
    }

    /// Where the edge stands now.
    pub fn state(&self) -> EdgeState {
        self.inner.state().borrow().clone()
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.inner.counters()
    }

    /// See [`super::Edge::leave`].
    pub fn leave(&self) {
        self.wait(self.inner.leave());
    }
}

/// Why a Thing was not waited for to the end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// It took too long.
    #[error("the Thing was not bound in time")]
    Timeout,
    /// It cannot be bound.
    #[error(transparent)]
    Thing(#[from] ThingError),
    /// It is not bound.
    #[error(transparent)]
    Bind(#[from] BindError),
}

impl WaitError {
    /// The status that stands for it.
    pub const fn status(&self) -> Status {
        match self {
            Self::Timeout => Status::GATEWAY_TIMEOUT,
            Self::Bind(BindError::Refused { status, .. }) => *status,
            Self::Thing(_) | Self::Bind(BindError::Thing(_)) => Status::NOT_FOUND,
        }
    }
}

impl Drop for Edge {
    /// Ends the thread at once. To leave in order, call [`leave`](Self::leave)
    /// before.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
