//! Connections to a platform without the feature `proxy`: always direct.

use super::target::Host;
use super::{ConnectError, Io, Limits};

/// How a platform is reached.
#[derive(Clone, Debug, Default)]
pub(super) struct Way(());

impl Way {
    /// Returns whether data for a host of this machine never leaves this machine.
    #[expect(clippy::unused_self, reason = "as with the feature `proxy`")]
    pub(super) const fn is_local(&self) -> bool {
        true
    }

    /// Opens a connection to the host.
    pub(super) async fn open(&self, host: &Host, _: &Limits) -> Result<Box<dyn Io>, ConnectError> {
        Ok(Box::new(host.socket().await?))
    }
}
