//! How many files, and with them sockets, may be open.

/// Raises the soft limit to the hard one: a connection takes a file descriptor, and a
/// shell gives 1,024 of them, where the system allows many more.
pub(crate) fn raise_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "files that may be open"),
        Err(error) => tracing::warn!("the limit of open files cannot be raised: {error}"),
    }
}
