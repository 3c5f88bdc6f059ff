//! What all parts of a gateway share.

use std::sync::Arc;

use crate::config::Config;
use crate::journal::Journal;
use crate::things::Registry;

/// What all parts of a gateway share.
pub(crate) struct Hub {
    pub(crate) config: Config,
    pub(crate) registry: Arc<Registry>,
    pub(crate) journal: Arc<Journal>,
    /// The name by which the platform asks the gateway itself, if it has one.
    pub(crate) name: Option<String>,
    pub(crate) platform: String,
}
