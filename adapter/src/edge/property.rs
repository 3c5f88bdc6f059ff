//! Properties: values that the edge stores, or that handlers read and write.

use std::fmt;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use alwayson_codec::{BaseType, Status};
use serde_json::{Map, Value as Json, json};

use super::error::ServiceError;
use crate::message::BoxFuture;
use crate::value::{ConvertError, Table, Value};

/// When a property is pushed, as its definition states it (PROTOCOL.md §3). The platform
/// makes the decision.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PushType {
    /// Never.
    Never,
    /// With every new value.
    #[default]
    Always,
    /// When the value has changed; a number by more than this threshold.
    Value(f64),
}

impl PushType {
    /// Returns the name of the push type in the protocol.
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

/// The quality of a value (PROTOCOL.md §3).
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
    /// Returns the name of the quality in the protocol.
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

/// A value to push, with its time and quality.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyUpdate {
    /// The name of the property.
    pub name: String,
    /// The value.
    pub value: Value,
    /// When the property had this value.
    pub time: SystemTime,
    /// The quality of the value.
    pub quality: Quality,
}

impl PropertyUpdate {
    /// Creates an update with the current time and the quality GOOD.
    pub fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        let time = SystemTime::now();
        let quality = Quality::Good;
        Self { name: name.into(), value: value.into(), time, quality }
    }

    /// Sets the time.
    #[must_use]
    pub fn at(self, time: SystemTime) -> Self {
        Self { time, ..self }
    }

    /// Sets the quality.
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
    aspects: Map<String, Json>,
    source: Source,
    write: Option<Write>,
}

enum Source {
    /// The edge stores the value.
    Stored(Mutex<PropertyUpdate>),
    /// A handler reads the value.
    Handler(Read),
}

impl Property {
    /// Creates a property whose value the edge stores. The platform may read and write it.
    pub fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        let update = PropertyUpdate::new(name, value);
        let name = update.name.clone();
        let base_type = update.value.base_type();
        Self::from_source(name, base_type, Source::Stored(Mutex::new(update)))
    }

    /// Creates a property that a handler reads. It is not writable without
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
        Self::from_source(name.into(), base_type, Source::Handler(read))
    }

    fn from_source(name: String, base_type: BaseType, source: Source) -> Self {
        Self {
            name,
            description: String::new(),
            base_type,
            push: PushType::default(),
            is_read_only: false,
            aspects: Map::new(),
            source,
            write: None,
        }
    }

    /// Calls this handler with each value that the platform writes. If the handler
    /// succeeds, the value is stored, if the edge stores the property ([`new`](Self::new)).
    /// If it fails, nothing changes, and the platform receives its error.
    ///
    /// The value has the base type of the definition. A value that cannot be converted to
    /// it ([`Value::try_into_type`]) is refused without a call of the handler.
    ///
    /// ```
    /// use alwayson::edge::{Property, ServiceError};
    ///
    /// let setpoint = Property::new("Setpoint", 80.0).on_write(|value| async move {
    ///     match value.as_f64() {
    ///         Some(degrees) if degrees <= 120.0 => Ok(()),
    ///         _ => Err(ServiceError::bad_request("Setpoint is at most 120")),
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn on_write<F>(self, write: impl Fn(Value) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), ServiceError>> + Send + 'static,
    {
        Self { write: Some(Box::new(move |value| Box::pin(write(value)))), ..self }
    }

    /// Sets the description in the definition.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Sets the base type of the definition; the type of the first value by default. A
    /// stored value is converted to it if nothing is lost ([`Value::try_into_type`]);
    /// otherwise reading the property fails.
    #[must_use]
    pub fn base_type(self, base_type: BaseType) -> Self {
        let property = Self { base_type, ..self };
        if let Some(update) = property.stored() {
            property.store(&update);
        }
        property
    }

    /// Sets when the property is pushed; [`PushType::Always`] by default.
    #[must_use]
    pub fn push(self, push: PushType) -> Self {
        Self { push, ..self }
    }

    /// Refuses writes of the platform with `METHOD_NOT_ALLOWED`.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { is_read_only: true, ..self }
    }

    /// Adds an aspect to the definition, such as a unit or bounds; the platform decides
    /// what it means. `pushType`, `pushThreshold` and `isReadOnly` always come from
    /// [`push`](Self::push) and [`read_only`](Self::read_only): values that are given here
    /// are ignored.
    ///
    /// ```
    /// use alwayson::edge::Property;
    ///
    /// let level = Property::new("Level", 7.5).aspect("units", "m").aspect("maximumValue", 12);
    /// ```
    #[must_use]
    pub fn aspect(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.aspects.insert(name.into(), value.into());
        self
    }

    /// Sets the name of the data shape of an INFOTABLE: the aspect `dataShape`
    /// (PROTOCOL.md §3).
    #[must_use]
    pub fn data_shape(self, name: impl Into<String>) -> Self {
        self.aspect("dataShape", name.into())
    }

    /// Returns the entry of the property in the answer to `GetMetadata`.
    pub(super) fn definition(&self) -> Json {
        let mut aspects = self.aspects.clone();
        aspects.insert("pushType".to_owned(), self.push.name().into());
        aspects.insert("isReadOnly".to_owned(), self.is_read_only.into());
        aspects.remove("pushThreshold");
        if let PushType::Value(threshold) = self.push {
            aspects.insert("pushThreshold".to_owned(), threshold.into());
        }
        json!({
            "name": self.name,
            "description": self.description,
            "baseType": self.base_type.to_string(),
            "aspects": aspects,
        })
    }

    /// Returns the stored value; `None` if a handler reads the property.
    pub(super) fn stored(&self) -> Option<PropertyUpdate> {
        match &self.source {
            Source::Stored(update) => {
                Some(update.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
            Source::Handler(_) => None,
        }
    }

    /// Stores a value, converted to the base type. Returns false if a handler reads the
    /// property, or the value cannot be converted.
    pub(super) fn store(&self, update: &PropertyUpdate) -> bool {
        let Source::Stored(kept) = &self.source else { return false };
        let Ok(value) = self.typed(update.value.clone()) else { return false };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = PropertyUpdate { value, ..update.clone() };
        true
    }

    /// Converts a value to the base type, before it is written, stored or pushed.
    pub(super) fn typed(&self, value: Value) -> Result<Value, ConvertError> {
        value.try_into_type(self.base_type)
    }

    /// Returns the current value in the base type, with its time and quality.
    pub(super) async fn read(&self) -> Result<PropertyUpdate, ServiceError> {
        let update = match &self.source {
            Source::Handler(read) => PropertyUpdate::new(&self.name, read().await?),
            Source::Stored(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        let value = self
            .typed(update.value)
            .map_err(|error| ServiceError::failed(format!("{}: {error}", self.name)))?;
        Ok(PropertyUpdate { value, ..update })
    }

    /// Returns whether a handler is called before a write, and may refuse it.
    pub(super) fn has_write_handler(&self) -> bool {
        self.write.is_some()
    }

    /// Returns the base type of the definition.
    pub(super) fn defined_type(&self) -> BaseType {
        self.base_type
    }

    /// Converts a value that the platform writes to the base type.
    ///
    /// # Errors
    /// `METHOD_NOT_ALLOWED` if the property is not writable; `BAD_REQUEST` if the value
    /// cannot be converted.
    pub(super) fn check_write(&self, value: Value) -> Result<Value, ServiceError> {
        let is_stored = matches!(self.source, Source::Stored(_));
        if self.is_read_only || !(is_stored || self.has_write_handler()) {
            let reason = format!("{} cannot be written", self.name);
            return Err(ServiceError::new(Status::METHOD_NOT_ALLOWED, reason));
        }
        self.typed(value)
            .map_err(|error| ServiceError::bad_request(format!("{}: {error}", self.name)))
    }

    /// Writes a value that [`check_write`](Self::check_write) has returned: calls the
    /// handler, then stores the value.
    pub(super) async fn write(&self, value: Value) -> Result<(), ServiceError> {
        if let Some(write) = &self.write {
            write(value.clone()).await?;
        }
        self.store(&PropertyUpdate::new(&self.name, value));
        Ok(())
    }
}

impl fmt::Debug for Property {
    /// Omits the value, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Property")
            .field("name", &self.name)
            .field("base_type", &self.base_type)
            .field("push", &self.push)
            .finish_non_exhaustive()
    }
}

/// Returns the table of a push: the parameter `values` of `UpdateSubscribedPropertyValues`,
/// or the answer to `SynchronizeModelState` (PROTOCOL.md §3).
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
