//! `LocalEms`: requests to the gateway itself, by applications and, if the gateway is bound, by
//! the platform.

use std::sync::Arc;
use std::time::Duration;

use alwayson::codec::{Characteristic, Method};
use alwayson::edge::{ConnectionState, ServiceError};
use alwayson::message::{Request, Response};
use alwayson::serde_json::{Map, Value as Json, json};
use alwayson::value::json as mapping;
use alwayson::value::{Table, Value};
use alwayson::{BaseType, DateTime, Status};

use crate::application;
use crate::config::Config;
use crate::hub::Hub;
use crate::registration::{Parameters, Registration};

/// The name of the gateway itself in requests of applications.
pub(crate) const NAME: &str = "LocalEms";

/// Services of an EMS that are not supported, and why.
const NOT_DONE: [(&str, &str); 6] = [
    ("Restart", "the gateway is restarted by the program that started it"),
    ("UpdateConfiguration", "the configuration is the file alone, which is never written"),
    ("ReplaceConfiguration", "the configuration is the file alone, which is never written"),
    ("GetLogData", "the log goes to the standard error stream"),
    ("StartFileLogging", "the log goes to the standard error stream"),
    ("StopFileLogging", "the log goes to the standard error stream"),
];

/// The supported services, and the types of their results.
const SERVICES: [(&str, BaseType); 9] = [
    ("AddEdgeThing", BaseType::NOTHING),
    ("RemoveEdgeThing", BaseType::NOTHING),
    ("HasEdgeThing", BaseType::BOOLEAN),
    ("GetEdgeThings", BaseType::INFOTABLE),
    ("GetConfiguration", BaseType::JSON),
    ("GetMicroserverVersion", BaseType::STRING),
    ("GetMicroServerVersion", BaseType::STRING),
    ("TestPort", BaseType::BOOLEAN),
    ("GetMetadata", BaseType::JSON),
];

/// The timeout of `TestPort`.
const TEST_PORT: Duration = Duration::from_secs(5);

/// Reads a property; `*` reads all.
///
/// # Errors
/// Returns `NOT_FOUND` if there is no such property.
pub(crate) fn read(hub: &Hub, name: &str) -> Result<Value, ServiceError> {
    match name {
        "isConnected" | "*" => {
            Ok(Table::of([("isConnected", Value::from(is_connected(hub)))]).into())
        }
        _ => Err(ServiceError::not_found(format!("LocalEms has no property {name}"))),
    }
}

/// Returns whether the platform has accepted the key on the current connection.
fn is_connected(hub: &Hub) -> bool {
    let state = hub.registry.edge.state();
    let state = state.borrow();
    matches!(state.connection, ConnectionState::Authenticated { .. })
}

/// Calls a service.
///
/// # Errors
/// - `NOT_IMPLEMENTED` if the service is one of an EMS that is not supported
/// - `NOT_FOUND` if there is no such service
/// - the error of the service, for example `BAD_REQUEST` for invalid parameters
pub(crate) async fn call(
    hub: &Arc<Hub>,
    service: &str,
    params: &Map<String, Json>,
) -> Result<Value, ServiceError> {
    let result = |value: Value| Ok(Table::result(value).into());
    let named = || {
        let name = Parameters(params).text("name")?.filter(|name| !name.is_empty());
        name.ok_or_else(|| ServiceError::bad_request("name: missing"))
    };
    match service {
        "AddEdgeThing" => {
            hub.registry.add(Registration::from_parameters(params)?).await?;
            Ok(Value::Nothing)
        }
        "RemoveEdgeThing" => {
            hub.registry.remove(named()?).await;
            Ok(Value::Nothing)
        }
        "HasEdgeThing" => result(hub.registry.list.get(named()?).is_some().into()),
        "GetEdgeThings" => Ok(edge_things(hub).into()),
        "GetConfiguration" => result(Value::json(&configuration(&hub.config))),
        "GetMicroserverVersion" | "GetMicroServerVersion" => {
            result(env!("CARGO_PKG_VERSION").into())
        }
        "TestPort" => result(test_port(hub, params).await?.into()),
        "GetMetadata" => result(Value::json(&metadata(NAME))),
        _ => match NOT_DONE.iter().find(|(name, _)| *name == service) {
            Some((_, why)) => Err(ServiceError::new(Status::NOT_IMPLEMENTED, *why)),
            None => Err(ServiceError::not_found(format!("LocalEms has no service {service}"))),
        },
    }
}

/// Answers a request of the platform to the Thing of the gateway.
pub(crate) async fn answer(hub: Arc<Hub>, request: Request) -> Response {
    let result = match (request.method, request.characteristic) {
        (Method::Get, Characteristic::PROPERTIES) => read(&hub, &request.name),
        (Method::Post, Characteristic::SERVICES) => match request.name.as_str() {
            "GetMetadata" => Ok(Table::result(Value::json(&metadata(&request.entity))).into()),
            // The gateway has no properties to push.
            "NotifyPropertyUpdate" => Ok(Value::Nothing),
            "SynchronizeModelState" => Ok(application::no_values().into()),
            name => {
                let params = request.params.as_ref().map(row).unwrap_or_default();
                call(&hub, name, &params).await
            }
        },
        _ => Err(ServiceError::new(
            Status::METHOD_NOT_ALLOWED,
            "the gateway accepts GET of properties and POST of services",
        )),
    };
    match result {
        Ok(content) => Response { content, ..Response::success() },
        Err(error) => Response::error(error.status, error.reason),
    }
}

/// Returns the first row of a table as JSON.
fn row(table: &Table) -> Map<String, Json> {
    let json = mapping::encode_table(table, mapping::ShapeKey::DataShape);
    json["rows"][0].as_object().cloned().unwrap_or_default()
}

/// Returns the table of registered Things, without passwords.
fn edge_things(hub: &Hub) -> Table {
    let mut table = Table::new([
        ("name", BaseType::STRING),
        ("host", BaseType::STRING),
        ("port", BaseType::NUMBER),
        ("path", BaseType::STRING),
        ("keepalive", BaseType::NUMBER),
        ("timeout", BaseType::NUMBER),
        ("proto", BaseType::STRING),
        ("user", BaseType::STRING),
        ("accept", BaseType::STRING),
        ("isBound", BaseType::BOOLEAN),
        ("reason", BaseType::STRING),
        ("since", BaseType::DATETIME),
    ]);
    for entry in hub.registry.list.all() {
        let registration = entry.registration();
        let target = &registration.target;
        let (state, reason) = hub.registry.state(&entry);
        table.push([
            Value::from(entry.name.as_str()),
            target.host.as_str().into(),
            f64::from(target.port).into(),
            target.path.as_str().into(),
            number(registration.keepalive),
            number(target.timeout),
            target.scheme.name().into(),
            target.user.as_deref().unwrap_or_default().into(),
            "application/json".into(),
            state.is_bound().into(),
            reason.unwrap_or_default().into(),
            DateTime::from_millis(entry.since_ms()).into(),
        ]);
    }
    table
}

/// Returns a time in milliseconds.
fn number(time: Duration) -> Value {
    Value::Number((time.as_secs_f64() * 1_000.0).round())
}

/// Returns the current configuration, in the structure of the file. Secrets are masked.
pub(crate) fn configuration(config: &Config) -> Json {
    let mut all = Map::new();
    for setting in config.settings() {
        let value = setting.value.map_or(Json::Null, Json::from);
        match setting.key.split_once('.') {
            Some((section, name)) if !section.contains('[') => {
                let section = all.entry(section).or_insert_with(|| json!({}));
                if let Some(section) = section.as_object_mut() {
                    section.insert(name.to_owned(), value);
                }
            }
            _ => _ = all.insert(setting.key, value),
        }
    }
    all.into()
}

/// Returns whether a program listens at a port.
///
/// # Errors
/// - `BAD_REQUEST` if the parameters are invalid
/// - `FORBIDDEN` if the host is neither this machine nor that of a registered application: the
///   gateway must not be usable as a port scanner
async fn test_port(hub: &Hub, params: &Map<String, Json>) -> Result<bool, ServiceError> {
    let params = Parameters(params);
    let host = params.text("host")?.unwrap_or("localhost");
    let port = params.whole("port", 1, u16::MAX.into())?;
    let port = port.and_then(|port| u16::try_from(port).ok());
    let port = port.ok_or_else(|| ServiceError::bad_request("port: missing"))?;
    let is_local = host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback());
    let is_known = || {
        let mut all = hub.registry.list.all().into_iter();
        all.any(|entry| entry.registration().target.host == host)
    };
    if !is_local && !is_known() {
        let reason = "host: only this machine and hosts of registered applications can be tested";
        return Err(ServiceError::new(Status::FORBIDDEN, reason));
    }
    let probe = tokio::time::timeout(TEST_PORT, application::probe(host, port)).await;
    Ok(matches!(probe, Ok(Ok(()))))
}

/// Returns the metadata of the Thing of the gateway.
fn metadata(name: &str) -> Json {
    let service = |(name, output): &(&str, BaseType)| {
        let definition = json!({
            "name": name,
            "description": "",
            "aspects": {},
            "Inputs": {},
            "Outputs": {
                "name": "result", "baseType": output.to_string(), "fieldDefinitions": {},
            },
        });
        ((*name).to_owned(), definition)
    };
    let services: Map<String, Json> = SERVICES.iter().map(service).collect();
    json!({
        "isSystemObject": false,
        "type": "Thing",
        "name": name,
        "description": "",
        "implementedShapes": [],
        "propertyDefinitions": { "isConnected": {
            "name": "isConnected", "description": "", "baseType": "BOOLEAN",
            "aspects": { "isReadOnly": true },
        } },
        "serviceDefinitions": services,
        "eventDefinitions": {},
    })
}
