//! Reads and writes of the two buckets. All reads are answered by the leader.

use std::borrow::Cow;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamError, CreateStreamErrorKind};
use async_nats::jetstream::kv::{self, CreateErrorKind, UpdateErrorKind};
use async_nats::jetstream::stream::{self, DiscardPolicy, LastRawMessageErrorKind, StorageType};
use bytes::Bytes;
use tokio::time::timeout;

/// The replicas of a bucket, if there are as many servers.
const REPLICAS: usize = 3;

/// The error of a server that is alone: "replicas > 1 not supported in non-clustered mode".
const NOT_CLUSTERED: ErrorCode = ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED;

/// Why something cannot be done if NATS does not answer.
pub(crate) const NO_ANSWER: Cow<'static, str> = Cow::Borrowed("NATS does not answer");

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
    /// is alone. Returns why it cannot.
    pub(crate) async fn open(
        context: &Context,
        name: &str,
        max_age: Duration,
        limit: Duration,
    ) -> Result<Self, Cow<'static, str>> {
        let open = async {
            if let Ok(store) = context.get_key_value(name).await {
                return Ok(store);
            }
            // The client asks for more than nats-server 2.9 answers if it creates a bucket, so the
            // stream of one is created.
            let config = |num_replicas| stream::Config {
                name: format!("KV_{name}"),
                subjects: vec![format!("$KV.{name}.>")],
                max_messages_per_subject: 1,
                max_age,
                storage: StorageType::File,
                num_replicas,
                discard: DiscardPolicy::New,
                allow_rollup: true,
                deny_delete: true,
                allow_direct: true,
                ..stream::Config::default()
            };
            let created = match context.create_stream(config(REPLICAS)).await {
                Err(error) if is_one_server(&error) => context.create_stream(config(1)).await,
                created => created,
            };
            created.map_err(|error| format!("the bucket {name} cannot be created: {error}"))?;
            let opened = context.get_key_value(name).await;
            opened.map_err(|error| format!("the bucket {name} cannot be opened: {error}").into())
        };
        // A leader of the bucket has to be elected.
        let store = timeout(10 * limit, open).await.unwrap_or(Err(NO_ANSWER))?;
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
                // The server has lost the bucket, and everything in it.
                LastRawMessageErrorKind::JetStream(error)
                    if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    Ok(None)
                }
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
fn is_one_server(error: &CreateStreamError) -> bool {
    match error.kind() {
        CreateStreamErrorKind::JetStream(error) => error.error_code() == NOT_CLUSTERED,
        _ => false,
    }
}
