//! What tests have Things do to requests and BINDs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alwayson_codec::Status;

use super::super::things::{BindAttempt, BindRefused};
use super::MemoryThings;
use crate::message::{Request, Response};

/// What is done about a request or a BIND before it is handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reaction {
    /// It is handled.
    #[default]
    Proceed,
    /// It is handled after this time.
    After(Duration),
    /// It is refused with this status and reason; what a BIND is told begins with its
    /// first name.
    Refuse(Status, &'static str),
    /// It is not answered. A request has its GATEWAY_TIMEOUT when the time for answers
    /// is over ([`Settings::answer_timeout_ms`]); an edge that gives up earlier sees
    /// none. While a BIND is not answered, the next BIND or UNBIND of the connection
    /// waits, and all that comes after that.
    ///
    /// [`Settings::answer_timeout_ms`]: alwayson_codec::connection::platform::Settings
    Never,
}

type RequestHook = Arc<dyn Fn(&Request) -> Reaction + Send + Sync>;
type BindHook = Arc<dyn Fn(&BindAttempt<'_>) -> Reaction + Send + Sync>;

/// The hooks that are set. All clones of Things share them.
#[derive(Default)]
pub(super) struct Hooks {
    request: Mutex<Option<RequestHook>>,
    bind: Mutex<Option<BindHook>>,
}

/// A hook is a pointer: a host that panics in one leaves nothing half done.
fn set<T: ?Sized>(hook: &Mutex<Option<Arc<T>>>, new: Arc<T>) {
    *hook.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
}

fn get<T: ?Sized>(hook: &Mutex<Option<Arc<T>>>) -> Option<Arc<T>> {
    hook.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl MemoryThings {
    /// Asks this before each request of an edge, also of a Thing that there is not. It
    /// replaces the one before it, and can be set while the platform runs.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use alwayson::platform::{MemoryThings, Reaction};
    ///
    /// let things = MemoryThings::any();
    /// things.before_request(|request| match request.name.as_str() {
    ///     "Slow" => Reaction::After(Duration::from_secs(3)),
    ///     "Lost" => Reaction::Never,
    ///     _ => Reaction::Proceed,
    /// });
    /// ```
    pub fn before_request(&self, hook: impl Fn(&Request) -> Reaction + Send + Sync + 'static) {
        set(&self.hooks.request, Arc::new(hook));
    }

    /// Asks this before each BIND of an edge. It replaces the one before it, and can be
    /// set while the platform runs.
    ///
    /// ```
    /// use alwayson_codec::Status;
    /// use alwayson::platform::{MemoryThings, Reaction};
    ///
    /// let things = MemoryThings::any();
    /// things.before_bind(|bind| match bind.names {
    ///     [name] if name == "Pump" => Reaction::Refuse(Status::CONFLICT, "is bound elsewhere"),
    ///     _ => Reaction::Proceed,
    /// });
    /// ```
    pub fn before_bind(&self, hook: impl Fn(&BindAttempt<'_>) -> Reaction + Send + Sync + 'static) {
        set(&self.hooks.bind, Arc::new(hook));
    }

    /// Does what the hook says; the answer, where it has one.
    pub(super) async fn before_this_request(&self, request: &Request) -> Option<Response> {
        let reaction = get(&self.hooks.request).map(|hook| hook(request)).unwrap_or_default();
        let refused = obey(reaction).await;
        refused.map(|(status, reason)| Response::error(status, reason))
    }

    pub(super) fn has_request_hook(&self) -> bool {
        get(&self.hooks.request).is_some()
    }

    /// Does what the hook says.
    pub(super) async fn before_this_bind(&self, bind: BindAttempt<'_>) -> Result<(), BindRefused> {
        let reaction = get(&self.hooks.bind).map(|hook| hook(&bind)).unwrap_or_default();
        match obey(reaction).await {
            Some((status, reason)) => Err(BindRefused { status, reason }),
            None => Ok(()),
        }
    }
}

/// Does what a reaction says; the refusal, if it is one.
async fn obey(reaction: Reaction) -> Option<(Status, &'static str)> {
    match reaction {
        Reaction::Proceed => None,
        Reaction::After(time) => {
            tokio::time::sleep(time).await;
            None
        }
        Reaction::Refuse(status, reason) => Some((status, reason)),
        Reaction::Never => std::future::pending().await,
    }
}
