//! The Thing. It has two properties, one that the platform may write and one that
//! the device pushes, and the services that a platform calls.

use alwayson_codec::connection::edge::{Connection, Pushed};
use alwayson_codec::connection::{CallError, InboundId, RequestId, Storage};
use alwayson_codec::{
    BaseType, Characteristic, DateTime, Method, Request, Response, Status, Value,
};

use crate::host;

/// The interval at which the temperature is measured and pushed.
const PUSH_INTERVAL_MS: u64 = 1_000;

/// The time after the bind during which pushes are delayed, so that the platform can
/// synchronise its subscriptions first: a newer platform calls a service with the
/// properties that it wants, and an older platform expects the device to ask.
const HOLD_BACK_MS: u64 = 1_500;

/// The metadata of the Thing, for users who model it on the platform.
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
    /// The time of the next push of the temperature; `None` before the Thing is bound.
    push_ms: Option<u64>,
    /// The request that asks the platform for its subscriptions, while it is pending.
    subscriptions: Option<RequestId>,
    must_ask: bool,
    must_stop: bool,
}

impl Thing {
    /// The name of the Thing.
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

    /// Handles that the Thing was bound.
    pub const fn bound(&mut self, now_ms: u64) {
        self.push_ms = Some(now_ms + HOLD_BACK_MS);
    }

    /// Answers a request of the platform.
    ///
    /// # Errors
    /// The [`CallError`] of the response.
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

    /// Handles a response of the platform.
    pub fn answered(&mut self, request: RequestId, response: &Response<'_>) {
        if self.subscriptions == Some(request) {
            self.subscriptions = None;
            // The request can fail while the platform restarts the Thing: repeat it.
            self.must_ask = !response.status.is_success();
        } else if !response.status.is_success() {
            defmt::warn!("a push was refused: {}", response.status);
        }
    }

    /// Leaves, asks for subscriptions or pushes, whichever is due.
    ///
    /// # Errors
    /// The [`CallError`] of the request.
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

/// Answers with a table of property values without rows.
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
