//! Properties: values that are kept here, or read and written by handlers.

use std::fmt;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use alwayson_codec::{BaseType, Status};
use serde_json::{Map, Value as Json, json};

use super::error::ServiceError;
use crate::message::BoxFuture;
use crate::value::{ConvertError, Table, Value};

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
    aspects: Map<String, Json>,
    source: Source,
    write: Option<Write>,
}

enum Source {
    /// The value is kept here.
    Stored(Mutex<PropertyUpdate>),
    /// A handler reads it.
    Handler(Read),
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
        Self::from_source(name.into(), base_type, Source::Handler(read))
    }

    fn from_source(name: String, base_type: BaseType, source: Source) -> Self {
        let (description, push) = (String::new(), PushType::default());
        let (is_read_only, aspects, write) = (false, Map::new(), None);
        Self { name, description, base_type, push, is_read_only, aspects, source, write }
    }

    /// Calls this handler with each value that the platform writes. If it succeeds, a
    /// value that is kept here ([`new`](Self::new)) is kept then; if it fails, nothing
    /// changes, and the platform gets its error.
    ///
    /// The value has the base type of the definition: one of another type is refused
    /// before ([`Value::try_into_type`]).
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

    /// What it is for.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// The base type of its definition; that of its first value by default. A value that
    /// is kept here is converted to it, if nothing is lost
    /// ([`Value::try_into_type`]); otherwise reading the property fails.
    #[must_use]
    pub fn base_type(self, base_type: BaseType) -> Self {
        let property = Self { base_type, ..self };
        if let Some(update) = property.stored() {
            property.store(&update);
        }
        property
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

    /// An aspect of its definition: a unit, bounds, whatever the platform makes of it.
    /// `pushType`, `pushThreshold` and `isReadOnly` are those of [`push`](Self::push) and
    /// [`read_only`](Self::read_only), whatever is given here.
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

    /// The name of the data shape of its tables, for an INFOTABLE: the aspect
    /// `dataShape` (section 3).
    #[must_use]
    pub fn data_shape(self, name: impl Into<String>) -> Self {
        self.aspect("dataShape", name.into())
    }

    /// Its entry in the answer to `GetMetadata`.
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

    /// The value that is kept here, if it is.
    pub(super) fn stored(&self) -> Option<PropertyUpdate> {
        match &self.source {
            Source::Stored(update) => {
                Some(update.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
            Source::Handler(_) => None,
        }
    }

    /// Keeps a value that has its base type, if one is kept here.
    pub(super) fn store(&self, update: &PropertyUpdate) -> bool {
        let Source::Stored(kept) = &self.source else { return false };
        let Ok(value) = self.typed(update.value.clone()) else { return false };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = PropertyUpdate { value, ..update.clone() };
        true
    }

    /// The value as one of its base type: what is written, kept and pushed.
    pub(super) fn typed(&self, value: Value) -> Result<Value, ConvertError> {
        value.try_into_type(self.base_type)
    }

    /// Its value now, of its base type, with time and quality.
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

    /// Whether a handler is asked before it is written, which may refuse.
    pub(super) fn has_write_handler(&self) -> bool {
        self.write.is_some()
    }

    /// The base type of its definition.
    pub(super) fn defined_type(&self) -> BaseType {
        self.base_type
    }

    /// The value that a platform may write, of its base type.
    ///
    /// # Errors
    /// `METHOD_NOT_ALLOWED` if it cannot be written; BAD_REQUEST if the value has
    /// another type.
    pub(super) fn check_write(&self, value: Value) -> Result<Value, ServiceError> {
        let is_stored = matches!(self.source, Source::Stored(_));
        if self.is_read_only || !(is_stored || self.has_write_handler()) {
            let reason = format!("{} cannot be written", self.name);
            return Err(ServiceError::new(Status::METHOD_NOT_ALLOWED, reason));
        }
        self.typed(value)
            .map_err(|error| ServiceError::bad_request(format!("{}: {error}", self.name)))
    }

    /// What a platform writes, once it is checked: the handler is asked, then the
    /// value is kept.
    pub(super) async fn write(&self, value: Value) -> Result<(), ServiceError> {
        if let Some(write) = &self.write {
            write(value.clone()).await?;
        }
        self.store(&PropertyUpdate::new(&self.name, value));
        Ok(())
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
