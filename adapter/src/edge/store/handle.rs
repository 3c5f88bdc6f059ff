//! The calls of [`Edge`] that use its store.

use std::sync::Arc;

use super::{StoreError, StoreStatus};
use crate::edge::Edge;
use crate::message::Request;

impl Edge {
    /// Stores a request. Returns when the request is on disk. It is sent as soon as there is a
    /// connection: the requests to each Thing in order, each at least once.
    ///
    /// # Errors
    /// - [`StoreError::None`] if the edge has no store
    /// - [`StoreError::TooLong`] if the request is longer than a message of this edge may be
    /// - [`StoreError::Encode`] if the request is not a valid message
    /// - [`StoreError::Full`] if the store has no room for the request
    /// - [`StoreError::Disk`] or [`StoreError::Damaged`] if the file cannot be written
    ///
    /// # Cancel safety
    /// If the future is dropped before it is first polled, nothing is stored. If it is dropped
    /// later, the request is stored and sent nevertheless.
    pub async fn request_stored(&self, request: Request) -> Result<(), StoreError> {
        let store = self.shared.store.as_ref().ok_or(StoreError::None)?;
        let len = crate::message::request_len(&request, &request.entity);
        let len = len.map_err(StoreError::Encode)?;
        let limit = self.shared.message_limit.bytes();
        if len > limit {
            return Err(StoreError::TooLong { len, limit });
        }
        let store = Arc::clone(store);
        // In a task of its own: a request that is on disk has to be in the index as well.
        let stored = tokio::spawn(async move { store.keep(&request).await }).await;
        stored.unwrap_or_else(|error| Err(StoreError::Disk(std::io::Error::other(error))))
    }

    /// Returns the number of requests to this entity in the store; 0 if the edge has no store.
    /// If the order of requests matters, store the next one while this is not 0: a request that
    /// is not stored is sent before those in the store.
    pub fn stored_requests(&self, entity: &str) -> usize {
        self.shared.store.as_ref().map_or(0, |store| store.index().count(entity))
    }

    /// Returns the content and the counters of the store; `None` if the edge has no store.
    pub fn store_status(&self) -> Option<StoreStatus> {
        self.shared.store.as_ref().map(|store| store.index().status())
    }
}
