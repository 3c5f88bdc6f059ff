//! What the device is: a Thing with two properties, of which the platform may
//! write one and is pushed the other, and the services that a platform calls.

use alwayson_codec::connection::edge::{Connection, Pushed};
use alwayson_codec::connection::{CallError, InboundId, RequestId, Storage};
use alwayson_codec::{
    BaseType, Characteristic, DateTime, Method, Request, Response, Status, Value,
};

use crate::host;

/// How often the temperature is measured, and pushed.
const PUSH_INTERVAL_MS: u64 = 1_000;

/// How long after the bind properties are held back for a platform that does
/// not ask for them: a newer one says by a service what it wants, an older one
/// wants to be asked.
const HOLD_BACK_MS: u64 = 1_500;

/// What the Thing has, for whoever models it on the platform.
const METADATA: &str = r#"{"isSystemObject":false,"type":"Thing","name":"SteamSensor1",
"description":"A steam sensor","implementedShapes":[],"propertyDefinitions":{
"Temperature":{"name":"Temperature","description":"","baseType":"NUMBER","ordinal":0,
"aspects":{"isReadOnly":true,"pushType":"ALWAYS"}},
"Setpoint":{"name":"Setpoint","description":"","baseType":"NUMBER","ordinal":1,
"aspects":{"isReadOnly":false,"pushType":"NEVER"}}},
"serviceDefinitions":{"Calibrate":{"name":"Calibrate","description":""},
"Stop":{"name":"Stop","description":""}},"eventDefinitions":{}}"#;

/// The Thing.
pub struct Thing {
    temperature: f64,
    setpoint: f64,
    /// When the temperature is pushed next; not before a platform wants it.
    push_ms: Option<u64>,
    /// What asks the platform for its subscriptions.
    subscriptions: Option<RequestId>,
    must_ask: bool,
    must_stop: bool,
}

impl Thing {
    /// Its name.
    pub const NAME: &str = "SteamSensor1";

    pub const fn new() -> Self {
        Self {
            temperature: 20.0,
            setpoint: 21.5,
            push_ms: None,
            subscriptions: None,
            must_ask: false,
            must_stop: false,
        }
    }

    /// It was bound.
    pub const fn bound(&mut self, now_ms: u64) {
        self.push_ms = Some(now_ms + HOLD_BACK_MS);
    }

    /// Answers what the platform asks.
    pub fn answer<S: Storage>(
        &mut self,
        edge: &mut Connection<S>,
        inbound: InboundId,
        request: &Request<'_>,
        now_ms: u64,
    ) -> Result<(), CallError> {
        let name = request.characteristic_name.as_str();
        let number = |name| request.params.and_then(|params| params.value(name)?.as_f64());
        let mut status = Status::SUCCESS;
        match (request.method, request.characteristic, name) {
            (Method::Get, Characteristic::PROPERTIES, "Temperature") => {
                return edge.respond_value(inbound, name, &self.temperature.into());
            }
            (Method::Get, Characteristic::PROPERTIES, "Setpoint") => {
                return edge.respond_value(inbound, name, &self.setpoint.into());
            }
            (Method::Put, Characteristic::PROPERTIES, "Setpoint") => match number(name) {
                Some(setpoint) => self.setpoint = setpoint,
                None => status = Status::BAD_REQUEST,
            },
            (Method::Put, Characteristic::PROPERTIES, "Temperature") => status = Status::FORBIDDEN,
            (Method::Post, Characteristic::SERVICES, "GetMetadata") => {
                return edge.respond_value(inbound, "result", &Value::json(METADATA));
            }
            (Method::Post, Characteristic::SERVICES, "SynchronizeModelState") => {
                self.push_ms = Some(now_ms);
                return no_changes(edge, inbound);
            }
            (Method::Post, Characteristic::SERVICES, "NotifyPropertyUpdate") => {
                self.must_ask = true;
            }
            (Method::Post, Characteristic::SERVICES, "Calibrate") => match number("offset") {
                Some(offset) => {
                    self.temperature += offset;
                    return edge.respond_value(inbound, "result", &self.temperature.into());
                }
                None => status = Status::BAD_REQUEST,
            },
            (Method::Post, Characteristic::SERVICES, "Stop") => self.must_stop = true,
            _ => status = Status::NOT_FOUND,
        }
        edge.respond(inbound, &Response::new(status))
    }

    /// The platform has answered.
    pub fn answered(&mut self, request: RequestId, response: &Response<'_>) {
        if self.subscriptions == Some(request) {
            self.subscriptions = None;
            // It can fail while the platform restarts the Thing: ask again.
            self.must_ask = !response.status.is_success();
        } else if !response.status.is_success() {
            defmt::warn!("a push was refused: {}", response.status);
        }
    }

    /// Does what is due.
    pub fn work<S: Storage>(
        &mut self,
        edge: &mut Connection<S>,
        now_ms: u64,
    ) -> Result<(), CallError> {
        if self.must_stop {
            self.must_stop = false;
            edge.leave(now_ms);
        }
        if core::mem::take(&mut self.must_ask) {
            let service = Request::invoke_service(Self::NAME, "GetPropertySubscriptions");
            self.subscriptions = Some(edge.request(&service, now_ms)?);
        }
        if self.push_ms.is_some_and(|push_ms| push_ms <= now_ms) && self.subscriptions.is_none() {
            self.push_ms = Some(now_ms + PUSH_INTERVAL_MS);
            self.temperature += 0.25;
            return self.push(edge, now_ms);
        }
        Ok(())
    }

    /// Pushes the temperature.
    fn push<S: Storage>(&self, edge: &mut Connection<S>, now_ms: u64) -> Result<(), CallError> {
        let now = DateTime::from_millis(host::utc_ms());
        let temperature = Pushed::good("Temperature", self.temperature, now);
        let pushed = edge.push_properties(Self::NAME, [temperature], now_ms);
        pushed.map(drop)
    }
}

/// Answers with a table of property values that has none.
fn no_changes<S: Storage>(edge: &mut Connection<S>, inbound: InboundId) -> Result<(), CallError> {
    edge.respond_with_table(
        inbound,
        &Response::new(Status::SUCCESS),
        |shape| {
            shape.field("name", BaseType::STRING);
            shape.field("time", BaseType::DATETIME);
            shape.field("value", BaseType::VARIANT);
            shape.field("quality", BaseType::STRING);
        },
        |_| {},
    )
}
