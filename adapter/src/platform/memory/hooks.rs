//! Hooks with which tests delay, refuse or ignore requests and BINDs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alwayson_codec::Status;

use super::super::things::{BindAttempt, BindRefused};
use super::MemoryThings;
use crate::message::{Request, Response};

/// What happens to a request or a BIND before it is handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reaction {
    /// It is handled.
    #[default]
    Proceed,
    /// It is handled after this time.
    After(Duration),
    /// It is refused with this status and reason. The reason for a BIND is preceded by its first
    /// name.
    Refuse(Status, &'static str),
    /// It is not answered. A request gets GATEWAY_TIMEOUT when the
    /// [timeout of answers](crate::platform::Options::answer_timeout) expires; an edge that gives
    /// up earlier gets no answer. While a BIND is not answered, the next BIND or UNBIND of the
    /// connection waits, and with it all later messages.
    Never,
}

type RequestHook = Arc<dyn Fn(&Request) -> Reaction + Send + Sync>;
type BindHook = Arc<dyn Fn(&BindAttempt<'_>) -> Reaction + Send + Sync>;

/// The hooks that are set. All clones of the Things share them.
#[derive(Default)]
pub(super) struct Hooks {
    request: Mutex<Option<RequestHook>>,
    bind: Mutex<Option<BindHook>>,
}

/// Sets a hook. It is a pointer, so a poisoned mutex still has a complete one.
fn set<T: ?Sized>(hook: &Mutex<Option<Arc<T>>>, new: Arc<T>) {
    *hook.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
}

fn get<T: ?Sized>(hook: &Mutex<Option<Arc<T>>>) -> Option<Arc<T>> {
    hook.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl MemoryThings {
    /// Sets the hook that is called before each request of an edge, even if there is no such Thing.
    /// It replaces the hook that was set before, and can be set while the platform runs.
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

    /// Sets the hook that is called before each BIND of an edge. It replaces the hook that was set
    /// before, and can be set while the platform runs.
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

    /// Applies the hook to a request. Returns the answer if the request is refused.
    pub(super) async fn before_this_request(&self, request: &Request) -> Option<Response> {
        let reaction = get(&self.hooks.request).map(|hook| hook(request)).unwrap_or_default();
        let refused = obey(reaction).await;
        refused.map(|(status, reason)| Response::error(status, reason))
    }

    pub(super) fn has_request_hook(&self) -> bool {
        get(&self.hooks.request).is_some()
    }

    /// Applies the hook to a BIND.
    ///
    /// # Errors
    /// [`BindRefused`] if the BIND is refused.
    pub(super) async fn before_this_bind(&self, bind: BindAttempt<'_>) -> Result<(), BindRefused> {
        let reaction = get(&self.hooks.bind).map(|hook| hook(&bind)).unwrap_or_default();
        match obey(reaction).await {
            Some((status, reason)) => Err(BindRefused { status, reason }),
            None => Ok(()),
        }
    }
}

/// Applies a reaction. Returns the refusal, if it is one.
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
