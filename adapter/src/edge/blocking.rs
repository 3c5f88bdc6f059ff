//! An edge for programs without an async runtime.

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

/// An edge whose calls block. Its connection and its handlers run on a thread of its own.
/// It may be used from several threads.
///
/// # Panics
/// Calls that block panic within an async runtime. Use [`super::Edge`] there.
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
    /// `None` once it is dropped.
    runtime: Option<Runtime>,
}

/// Why a blocking edge was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockingError {
    /// The thread of the edge cannot be created.
    #[error("there is no thread for the edge")]
    Thread(#[from] io::Error),
    /// The edge was not started.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl Edge {
    /// Starts the edge. See [`Builder::start`].
    ///
    /// # Errors
    /// [`BlockingError::Start`] as [`Builder::start`]; [`BlockingError::Thread`] if the
    /// thread cannot be created.
    ///
    /// # Panics
    /// Within an async runtime.
    pub fn start(builder: Builder) -> Result<Self, BlockingError> {
        Self::run(async { builder.start() })
    }

    /// Starts the edge, and waits until the platform has accepted its key. Fails if the
    /// first attempt fails. See [`Builder::connect`].
    ///
    /// # Errors
    /// [`BlockingError::Start`] as [`Builder::connect`]; [`BlockingError::Thread`] if the
    /// thread cannot be created.
    ///
    /// # Panics
    /// Within an async runtime.
    pub fn connect(builder: Builder) -> Result<Self, BlockingError> {
        Self::run(builder.connect())
    }

    /// Starts the edge, and waits until the platform has accepted its key, with as many
    /// attempts as that takes. See [`Builder::connect_retrying`].
    ///
    /// # Errors
    /// [`BlockingError::Start`] as [`Builder::connect_retrying`]; [`BlockingError::Thread`]
    /// if the thread cannot be created.
    ///
    /// # Panics
    /// Within an async runtime.
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

    /// Returns the async handle of the edge, for handlers.
    pub fn handle(&self) -> &super::Edge {
        &self.inner
    }

    /// Blocks until a future of the edge is ready, for calls that this type does not have.
    ///
    /// # Panics
    /// Within an async runtime.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.handle.block_on(future)
    }

    /// Calls [`super::Edge::read_property`], and blocks until it has returned.
    ///
    /// # Errors
    /// As [`super::Edge::read_property`].
    pub fn read_property(&self, thing: &str, property: &str) -> Result<Value, RequestError> {
        self.wait(self.inner.read_property(thing, property))
    }

    /// Calls [`super::Edge::write_property`], and blocks until it has returned.
    ///
    /// # Errors
    /// As [`super::Edge::write_property`].
    pub fn write_property(
        &self,
        thing: &str,
        property: &str,
        value: impl Into<Value>,
    ) -> Result<(), RequestError> {
        self.wait(self.inner.write_property(thing, property, value))
    }

    /// Calls [`super::Edge::push_properties`], and blocks until it has returned.
    ///
    /// # Errors
    /// As [`super::Edge::push_properties`].
    pub fn push_properties(
        &self,
        thing: &str,
        updates: impl IntoIterator<Item = PropertyUpdate>,
    ) -> Result<(), RequestError> {
        self.wait(self.inner.push_properties(thing, updates))
    }

    /// Calls [`super::Edge::try_push_properties`], and blocks until it has returned.
    ///
    /// # Errors
    /// As [`super::Edge::try_push_properties`].
    pub fn try_push_properties(
        &self,
        thing: &str,
        updates: impl IntoIterator<Item = PropertyUpdate>,
    ) -> Result<(), RequestError> {
        self.wait(self.inner.try_push_properties(thing, updates))
    }

    /// Calls [`super::Edge::invoke_service`], and blocks until it has returned.
    ///
    /// # Errors
    /// As [`super::Edge::invoke_service`].
    pub fn invoke_service(
        &self,
        thing: &str,
        service: &str,
        params: Table,
    ) -> Result<Response, RequestError> {
        self.wait(self.inner.invoke_service(thing, service, params))
    }

    /// Calls [`super::Edge::fire_event`], and blocks until it has returned.
    ///
    /// # Errors
    /// As [`super::Edge::fire_event`].
    pub fn fire_event(&self, thing: &str, event: &str, data: Table) -> Result<(), RequestError> {
        self.wait(self.inner.fire_event(thing, event, data))
    }

    /// Calls [`super::Edge::request`], and blocks until it has returned.
    ///
    /// # Errors
    /// As [`super::Edge::request`].
    pub fn request(&self, request: Request) -> Result<Response, RequestError> {
        self.wait(self.inner.request(request))
    }

    /// Calls [`super::Edge::add`], and blocks until it has returned.
    ///
    /// # Errors
    /// As [`super::Edge::add`].
    pub fn add(&self, thing: Thing) -> Result<(), ThingError> {
        self.wait(self.inner.add(thing))
    }

    /// Calls [`super::Edge::remove`].
    ///
    /// # Errors
    /// As [`super::Edge::remove`].
    pub fn remove(&self, thing: &str) -> Result<(), ThingError> {
        self.inner.remove(thing)
    }

    /// Waits until a Thing is bound, for at most the timeout.
    ///
    /// # Errors
    /// [`WaitError::Thing`] as [`super::Edge::wait_bound`]; [`WaitError::Timeout`] if the
    /// timeout is over.
    pub fn wait_bound(&self, thing: &str, timeout: Duration) -> Result<(), WaitError> {
        self.wait(async {
            let bound = tokio::time::timeout(timeout, self.inner.wait_bound(thing));
            Ok(bound.await.map_err(|_| WaitError::Timeout)??)
        })
    }

    /// Waits until a Thing is bound, or the platform refuses to bind it, for at most the
    /// timeout.
    ///
    /// # Errors
    /// [`WaitError::Bind`] as [`super::Edge::try_wait_bound`]; [`WaitError::Timeout`] if
    /// the timeout is over.
    pub fn try_wait_bound(&self, thing: &str, timeout: Duration) -> Result<(), WaitError> {
        self.wait(async {
            let bound = tokio::time::timeout(timeout, self.inner.try_wait_bound(thing));
            Ok(bound.await.map_err(|_| WaitError::Timeout)??)
        })
    }

    /// Returns the current state of the edge.
    pub fn state(&self) -> EdgeState {
        self.inner.state().borrow().clone()
    }

    /// Returns the counters.
    pub fn counters(&self) -> Counters {
        self.inner.counters()
    }

    /// Calls [`super::Edge::leave`], and blocks until the edge has ended.
    pub fn leave(&self) {
        self.wait(self.inner.leave());
    }
}

/// Why waiting for a Thing to be bound failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The timeout is over.
    #[error("the Thing was not bound in time")]
    Timeout,
    /// The Thing is unknown, or the edge has left.
    #[error(transparent)]
    Thing(#[from] ThingError),
    /// The platform refuses to bind the Thing, the Thing is unknown, or the edge has left.
    #[error(transparent)]
    Bind(#[from] BindError),
}

impl WaitError {
    /// Returns the status that corresponds to the error.
    pub const fn status(&self) -> Status {
        match self {
            Self::Timeout => Status::GATEWAY_TIMEOUT,
            Self::Bind(BindError::Refused { status, .. }) => *status,
            Self::Thing(ThingError::Left) | Self::Bind(BindError::Thing(ThingError::Left)) => {
                Status::SERVICE_UNAVAILABLE
            }
            Self::Thing(_) | Self::Bind(BindError::Thing(_)) => Status::NOT_FOUND,
        }
    }
}

impl Drop for Edge {
    /// Stops the thread at once. To leave in order, call [`leave`](Self::leave) before.
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
