//! Reads and writes of the two buckets. All reads are answered by the leader.

use std::time::Duration;

use async_nats::jetstream::kv::{self, CreateErrorKind, UpdateErrorKind};
use async_nats::jetstream::stream::{LastRawMessageErrorKind, StorageType};
use async_nats::jetstream::{self, Context};
use bytes::Bytes;
use tokio::time::timeout;

/// The replicas of a bucket, if there are as many servers.
const REPLICAS: usize = 3;

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Written, with this revision.
    Applied(u64),
    /// There is another revision.
    Refused,
    /// Not known.
    NoAnswer,
}

/// No answer, or none that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoAnswer;

/// A bucket, whose requests have a timeout.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(crate) store: kv::Store,
    limit: Duration,
}

impl Bucket {
    /// Opens a bucket, or creates it if there is none: with three replicas, or one if the server
    /// is alone.
    pub(crate) async fn open(
        context: &Context,
        name: &str,
        max_age: Duration,
        limit: Duration,
    ) -> Result<Self, NoAnswer> {
        let open = async {
            if let Ok(store) = context.get_key_value(name).await {
                return Ok(store);
            }
            let config = |num_replicas| kv::Config {
                bucket: name.to_owned(),
                history: 1,
                max_age,
                storage: StorageType::File,
                num_replicas,
                ..kv::Config::default()
            };
            let created = match context.create_key_value(config(REPLICAS)).await {
                Err(error) if is_one_server(&error) => context.create_key_value(config(1)).await,
                created => created,
            };
            created.map_err(|error| {
                tracing::debug!(name, %error, "no bucket");
                NoAnswer
            })
        };
        // A leader of the bucket has to be elected.
        let store = timeout(10 * limit, open).await.unwrap_or(Err(NoAnswer))?;
        Ok(Self { store, limit })
    }

    /// Reads a key at the leader: its value and revision, or `None` if there is none.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<(Bytes, u64)>, NoAnswer> {
        let subject = format!("{}{key}", self.store.prefix);
        let read = self.store.stream.get_last_raw_message_by_subject(&subject);
        match timeout(self.limit, read).await {
            Ok(Ok(message)) => {
                let is_deleted = message.headers.get("KV-Operation").is_some();
                Ok((!is_deleted).then_some((message.payload, message.sequence)))
            }
            Ok(Err(error)) => match error.kind() {
                LastRawMessageErrorKind::NoMessageFound => Ok(None),
                kind => {
                    tracing::debug!(key, ?kind, "not read");
                    Err(NoAnswer)
                }
            },
            Err(_) => Err(NoAnswer),
        }
    }

    /// Writes a key that must not be there.
    pub(crate) async fn create(&self, key: &str, value: Bytes) -> Written {
        match timeout(self.limit, self.store.create(key, value)).await {
            Ok(Ok(revision)) => Written::Applied(revision),
            Ok(Err(error)) if error.kind() == CreateErrorKind::AlreadyExists => Written::Refused,
            _ => Written::NoAnswer,
        }
    }

    /// Writes a key that must have this revision.
    pub(crate) async fn update(&self, key: &str, value: Bytes, revision: u64) -> Written {
        match timeout(self.limit, self.store.update(key, value, revision)).await {
            Ok(Ok(revision)) => Written::Applied(revision),
            Ok(Err(error)) if error.kind() == UpdateErrorKind::WrongLastRevision => {
                Written::Refused
            }
            _ => Written::NoAnswer,
        }
    }

    /// Deletes a key that must have this revision.
    pub(crate) async fn delete(&self, key: &str, revision: u64) -> Written {
        let delete = self.store.delete_expect_revision(key, Some(revision));
        match timeout(self.limit, delete).await {
            Ok(Ok(())) => Written::Applied(revision),
            Ok(Err(error)) if error.kind() == UpdateErrorKind::WrongLastRevision => {
                Written::Refused
            }
            _ => Written::NoAnswer,
        }
    }
}

/// Returns whether replicas were refused since the server is not one of several.
fn is_one_server(error: &jetstream::context::CreateKeyValueError) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.to_string().contains("non-clustered") {
            return true;
        }
        source = error.source();
    }
    false
}
