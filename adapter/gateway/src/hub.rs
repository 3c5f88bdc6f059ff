//! The state that all parts of a gateway share.

use std::sync::Arc;

use crate::config::Config;
use crate::journal::Journal;
use crate::things::Registry;

/// The state that all parts of a gateway share.
pub(crate) struct Hub {
    pub(crate) config: Config,
    pub(crate) registry: Arc<Registry>,
    pub(crate) journal: Arc<Journal>,
    /// The name by which the gateway itself is bound, if it has one.
    pub(crate) name: Option<String>,
    /// The URL of the platform.
    pub(crate) platform: String,
}
