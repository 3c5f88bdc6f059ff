//! What an application asks of the store.

use std::sync::Arc;

use super::{StoreError, StoreStatus};
use crate::edge::Edge;
use crate::message::Request;

impl Edge {
    /// Stores a request, and sends it when it can be sent: in order by Thing, at least once.
    /// Returns when the request is on disk.
    ///
    /// # Cancel safety
    /// If the future is dropped after it was polled, the request is stored and sent nevertheless.
    ///
    /// # Errors
    /// [`StoreError::None`] without a store; [`StoreError::Full`], [`StoreError::Disk`],
    /// [`StoreError::Encode`], [`StoreError::TooLong`].
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

    /// Returns how many requests to this entity are in the store. While there are any, the next
    /// one has to be stored, too, if the order matters.
    pub fn stored_requests(&self, entity: &str) -> usize {
        self.shared.store.as_ref().map_or(0, |store| store.index().count(entity))
    }

    /// Returns what the store contains and has counted; `None` without a store.
    pub fn store_status(&self) -> Option<StoreStatus> {
        self.shared.store.as_ref().map(|store| store.index().status())
    }
}
