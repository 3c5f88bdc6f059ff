//! Services of a Thing, and their answers.

use std::fmt;
use std::future::Future;

use alwayson_codec::{BaseType, DateTime, Location};
use serde_json::{Map, Value as Json, json};

use super::error::ServiceError;
use crate::message::{BoxFuture, Response};
use crate::value::{Table, Value};

/// The answer of a service. It is made from a table, which is sent unchanged, from any
/// other value, which becomes a table with the single field `result` (PROTOCOL.md §3), or
/// from `()`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer(Value);

impl From<()> for Answer {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        match value {
            Value::Nothing | Value::InfoTable(_) => Self(value),
            value => Self(Table::result(value).into()),
        }
    }
}

macro_rules! answers {
    ($($from:ty)*) => {
        $(impl From<$from> for Answer {
            fn from(value: $from) -> Self {
                Self::from(Value::from(value))
            }
        })*
    };
}

answers!(Table &str String f64 i32 i64 bool DateTime Location);

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        Self { content: answer.0, ..Self::success() }
    }
}

type Handler = Box<dyn Fn(Table) -> BoxFuture<'static, Result<Answer, ServiceError>> + Send + Sync>;

/// A service of a Thing, which a platform may call.
pub struct Service {
    pub(super) name: String,
    description: String,
    inputs: Vec<Input>,
    output: BaseType,
    handler: Handler,
}

/// A parameter of a service.
#[derive(Debug)]
struct Input {
    name: String,
    base_type: BaseType,
    data_shape: Option<String>,
}

impl Service {
    /// Creates a service with this handler. The handler gets the parameters as a table of
    /// one row, or an empty table if there are none.
    pub fn new<F, A>(
        name: impl Into<String>,
        handler: impl Fn(Table) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<A, ServiceError>> + Send + 'static,
        A: Into<Answer>,
    {
        let handler: Handler = Box::new(move |params| {
            let answer = handler(params);
            Box::pin(async move { answer.await.map(Into::into) })
        });
        Self {
            name: name.into(),
            description: String::new(),
            inputs: Vec::new(),
            output: BaseType::NOTHING,
            handler,
        }
    }

    /// Sets the description in the definition.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Adds a parameter to the definition. If its value arrives as JSON, it is read as this
    /// type.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, base_type: BaseType) -> Self {
        self.inputs.push(Input { name: name.into(), base_type, data_shape: None });
        self
    }

    /// Adds a parameter of type INFOTABLE to the definition, with the name of the data
    /// shape of its tables.
    #[must_use]
    pub fn table_input(mut self, name: impl Into<String>, data_shape: impl Into<String>) -> Self {
        let name = name.into();
        let data_shape = Some(data_shape.into());
        self.inputs.push(Input { name, base_type: BaseType::INFOTABLE, data_shape });
        self
    }

    /// Sets the type of the result in the definition; NOTHING by default.
    #[must_use]
    pub fn output(self, output: BaseType) -> Self {
        Self { output, ..self }
    }

    pub(super) async fn call(&self, params: Table) -> Result<Answer, ServiceError> {
        (self.handler)(params).await
    }

    /// Returns the type of a parameter in the definition.
    pub(super) fn input_type(&self, name: &str) -> Option<BaseType> {
        let input = self.inputs.iter().find(|input| input.name == name);
        input.map(|input| input.base_type)
    }

    /// Returns the entry of the service in the answer to `GetMetadata`.
    pub(super) fn definition(&self) -> Json {
        definition(&self.name, &self.description, &self.inputs, self.output)
    }
}

/// Returns the entry in the answer to `GetMetadata` of a service that every Thing has.
pub(super) fn built_in(name: &str, output: BaseType) -> Json {
    definition(name, "", &[], output)
}

type AnyHandler =
    Box<dyn Fn(String, Table) -> BoxFuture<'static, Result<Answer, ServiceError>> + Send + Sync>;

/// Answers calls of services that a Thing does not have.
pub(super) struct Fallback(AnyHandler);

impl Fallback {
    pub(super) fn new<F, A>(handler: impl Fn(String, Table) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<A, ServiceError>> + Send + 'static,
        A: Into<Answer>,
    {
        Self(Box::new(move |name, params| {
            let answer = handler(name, params);
            Box::pin(async move { answer.await.map(Into::into) })
        }))
    }

    pub(super) async fn call(&self, name: &str, params: Table) -> Result<Answer, ServiceError> {
        (self.0)(name.to_owned(), params).await
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fallback")
    }
}

/// Returns the entry of a service in the answer to `GetMetadata`.
fn definition(name: &str, description: &str, inputs: &[Input], output: BaseType) -> Json {
    let field = |Input { name, base_type, data_shape }: &Input| {
        let base_type = base_type.to_string();
        let aspects = match data_shape {
            Some(shape) => json!({ "dataShape": shape }),
            None => json!({}),
        };
        let field = json!({
            "name": name, "description": "", "baseType": base_type, "aspects": aspects,
        });
        (name.clone(), field)
    };
    let fields: Map<String, Json> = inputs.iter().map(field).collect();
    let inputs = if fields.is_empty() { json!({}) } else { json!({ "fieldDefinitions": fields }) };
    json!({
        "name": name,
        "description": description,
        "aspects": {},
        "Inputs": inputs,
        "Outputs": { "name": "result", "baseType": output.to_string(), "fieldDefinitions": {} },
    })
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("name", &self.name)
            .field("inputs", &self.inputs)
            .field("output", &self.output)
            .finish_non_exhaustive()
    }
}
