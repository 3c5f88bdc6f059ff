//! The limit of open files, which include sockets.

/// Raises the soft limit to the hard one. Each connection takes a file descriptor, and
/// shells often set a soft limit of 1,024.
pub(crate) fn raise_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "limit of open files"),
        Err(error) => tracing::warn!("cannot raise the limit of open files: {error}"),
    }
}
