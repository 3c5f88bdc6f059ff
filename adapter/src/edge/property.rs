//! Properties: values that are kept here, or read and written by handlers.

use std::fmt;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use alwayson_codec::{BaseType, Status};
use serde_json::{Value as Json, json};

use super::error::ServiceError;
use crate::message::BoxFuture;
use crate::value::{Table, Value};

/// When a property is to be pushed, as its definition says (section 3). It is the
/// platform that decides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PushType {
    /// Never.
    Never,
    /// With each new value.
    #[default]
    Always,
    /// When it has changed, a number by more than this.
    Value(f64),
}

impl PushType {
    /// The name that stands for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "NEVER",
            Self::Always => "ALWAYS",
            Self::Value(_) => "VALUE",
        }
    }

    pub(super) fn from_row(name: &str, threshold: Option<f64>) -> Option<Self> {
        match name {
            "NEVER" => Some(Self::Never),
            "ALWAYS" => Some(Self::Always),
            "VALUE" => Some(Self::Value(threshold.unwrap_or(0.0))),
            _ => None,
        }
    }
}

/// How good a value is (section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quality {
    /// GOOD.
    #[default]
    Good,
    /// BAD.
    Bad,
    /// UNKNOWN.
    Unknown,
    /// `OUT_OF_RANGE`.
    OutOfRange,
    /// `UNVERIFIED_SOURCE`.
    UnverifiedSource,
}

impl Quality {
    /// The name that stands for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "GOOD",
            Self::Bad => "BAD",
            Self::Unknown => "UNKNOWN",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::UnverifiedSource => "UNVERIFIED_SOURCE",
        }
    }
}

/// A value to be pushed, with its time and quality.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyUpdate {
    /// The property.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// When it had that value.
    pub time: SystemTime,
    /// How good it is.
    pub quality: Quality,
}

impl PropertyUpdate {
    /// The value that a property has now, of quality GOOD.
    pub fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        let (time, quality) = (SystemTime::now(), Quality::Good);
        Self { name: name.into(), value: value.into(), time, quality }
    }

    /// The value of another time.
    #[must_use]
    pub fn at(self, time: SystemTime) -> Self {
        Self { time, ..self }
    }

    /// A value of this quality.
    #[must_use]
    pub fn quality(self, quality: Quality) -> Self {
        Self { quality, ..self }
    }
}

type Read = Box<dyn Fn() -> BoxFuture<'static, Result<Value, ServiceError>> + Send + Sync>;
type Write = Box<dyn Fn(Value) -> BoxFuture<'static, Result<(), ServiceError>> + Send + Sync>;

/// A property of a Thing.
pub struct Property {
    pub(super) name: String,
    description: String,
    base_type: BaseType,
    push: PushType,
    is_read_only: bool,
    source: Source,
}

enum Source {
    Stored(Mutex<PropertyUpdate>),
    Handler { read: Read, write: Option<Write> },
}

impl Property {
    /// A property whose value is kept here. The platform may read and write it.
    pub fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        let update = PropertyUpdate::new(name, value);
        let (name, base_type) = (update.name.clone(), update.value.base_type());
        Self::from_source(name, base_type, Source::Stored(Mutex::new(update)))
    }

    /// A property that is read by a handler, and cannot be written without
    /// [`on_write`](Self::on_write).
    pub fn with<F>(
        name: impl Into<String>,
        base_type: BaseType,
        read: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Value, ServiceError>> + Send + 'static,
    {
        let read: Read = Box::new(move || Box::pin(read()));
        Self::from_source(name.into(), base_type, Source::Handler { read, write: None })
    }

    fn from_source(name: String, base_type: BaseType, source: Source) -> Self {
        let (description, push) = (String::new(), PushType::default());
        Self { name, description, base_type, push, is_read_only: false, source }
    }

    /// Has the platform's writes go to this handler, where reads go to one
    /// ([`with`](Self::with)). A value that is kept here is kept here.
    #[must_use]
    pub fn on_write<F>(mut self, write: impl Fn(Value) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), ServiceError>> + Send + 'static,
    {
        if let Source::Handler { write: handler, .. } = &mut self.source {
            *handler = Some(Box::new(move |value| Box::pin(write(value))));
        }
        self
    }

    /// What it is for.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// The base type of its definition; that of its first value by default.
    #[must_use]
    pub fn base_type(self, base_type: BaseType) -> Self {
        Self { base_type, ..self }
    }

    /// When it is to be pushed; ALWAYS by default.
    #[must_use]
    pub fn push(self, push: PushType) -> Self {
        Self { push, ..self }
    }

    /// Refuses writes of the platform: `METHOD_NOT_ALLOWED`.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { is_read_only: true, ..self }
    }

    /// Its entry in the answer to `GetMetadata`.
    pub(super) fn definition(&self) -> Json {
        let mut aspects = json!({ "pushType": self.push.name(), "isReadOnly": self.is_read_only });
        if let (PushType::Value(threshold), Some(aspects)) = (self.push, aspects.as_object_mut()) {
            aspects.insert("pushThreshold".to_owned(), threshold.into());
        }
        json!({
            "name": self.name,
            "description": self.description,
            "baseType": self.base_type.to_string(),
            "aspects": aspects,
        })
    }

    /// The value that is kept here, if it is.
    pub(super) fn stored(&self) -> Option<PropertyUpdate> {
        match &self.source {
            Source::Stored(update) => {
                Some(update.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
            Source::Handler { .. } => None,
        }
    }

    /// Keeps a value, where it is one that is kept here.
    pub(super) fn store(&self, update: &PropertyUpdate) -> bool {
        let Source::Stored(kept) = &self.source else { return false };
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = update.clone();
        true
    }

    /// Its value now, with time and quality.
    pub(super) async fn read(&self) -> Result<PropertyUpdate, ServiceError> {
        match (&self.source, self.stored()) {
            (Source::Handler { read, .. }, _) => Ok(PropertyUpdate::new(&self.name, read().await?)),
            (Source::Stored(_), stored) => {
                stored.ok_or_else(|| ServiceError::failed("the property has no value"))
            }
        }
    }

    /// Whether its value is kept here.
    pub(super) fn is_stored(&self) -> bool {
        matches!(self.source, Source::Stored(_))
    }

    /// The base type of its definition.
    pub(super) fn defined_type(&self) -> BaseType {
        self.base_type
    }

    /// Refuses to be written, where it cannot be.
    pub(super) fn check_writable(&self) -> Result<(), ServiceError> {
        match &self.source {
            Source::Handler { write: Some(_), .. } | Source::Stored(_) if !self.is_read_only => {
                Ok(())
            }
            _ => {
                let reason = format!("{} cannot be written", self.name);
                Err(ServiceError::new(Status::METHOD_NOT_ALLOWED, reason))
            }
        }
    }

    /// What a platform writes.
    pub(super) async fn write(&self, value: Value) -> Result<(), ServiceError> {
        self.check_writable()?;
        match &self.source {
            Source::Handler { write, .. } => match write {
                Some(write) => write(value).await,
                // Cannot be: that was checked.
                None => Ok(()),
            },
            Source::Stored(_) => {
                self.store(&PropertyUpdate::new(&self.name, value));
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Property {
    /// What it is, not its value: that may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Property")
            .field("name", &self.name)
            .field("base_type", &self.base_type)
            .field("push", &self.push)
            .finish_non_exhaustive()
    }
}

/// The table of a push: the parameter `values` of `UpdateSubscribedPropertyValues`,
/// the answer to `SynchronizeModelState` (section 3).
pub(super) fn updates_table(updates: impl IntoIterator<Item = PropertyUpdate>) -> Table {
    let mut table = Table::new([
        ("name", BaseType::STRING),
        ("value", BaseType::VARIANT),
        ("time", BaseType::DATETIME),
        ("quality", BaseType::STRING),
    ]);
    for PropertyUpdate { name, value, time, quality } in updates {
        table.push([name.into(), value, time.into(), quality.name().into()]);
    }
    table
}
