//! The way to a platform without the feature `proxy`: directly.

use super::target::Host;
use super::{ConnectError, Io, Limits};

/// The way to a platform.
#[derive(Clone, Debug, Default)]
pub(super) struct Way(());

impl Way {
    /// Whether what is sent does not leave this machine on its way to a host of this machine.
    #[expect(clippy::unused_self, reason = "as with the feature `proxy`")]
    pub(super) const fn is_local(&self) -> bool {
        true
    }

    /// Opens a connection to the host.
    pub(super) async fn open(&self, host: &Host, _: &Limits) -> Result<Box<dyn Io>, ConnectError> {
        Ok(Box::new(host.socket().await?))
    }
}
