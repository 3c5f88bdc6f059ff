//! A platform, a gateway, and the events of the gateway.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use alwayson::message::{Request, Response};
use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform};
use alwayson::serde_json::{Value as Json, json};
use alwayson_gateway::{Config, Event, Gateway, Options, StartError};
use tokio::sync::mpsc;

use crate::application::Application;
use crate::http::{self, Answer};

/// The timeout of everything that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The application key. Tests search for it where it must not appear.
pub(crate) const KEY: &str = "k3y-0f-th3-t3st";

/// A platform and a gateway.
pub(crate) struct Site {
    pub(crate) things: MemoryThings,
    pub(crate) platform: Option<Platform>,
    pub(crate) gateway: Gateway,
    pub(crate) address: SocketAddr,
    events: Mutex<mpsc::UnboundedReceiver<Event>>,
    /// All events up to now.
    told: Mutex<Vec<Event>>,
}

/// Returns the configuration of a gateway to a platform at this address.
pub(crate) fn config(platform: SocketAddr) -> Config {
    let text = json!({
        "ws_servers": [{ "host": "127.0.0.1", "port": platform.port() }],
        "appKey": KEY,
        "ws_connection": { "encryption": "none", "connect_retry_interval": 50 },
        "http_server": { "host": "127.0.0.1", "port": 0 },
    });
    Config::parse(&text.to_string()).unwrap().config
}

/// Returns the configuration with these settings, and the rest as the tests need it.
pub(crate) fn with(mut config: Config, text: &Json) -> Config {
    let parsed = Config::parse(&text.to_string()).unwrap().config;
    config.auto_bind = parsed.auto_bind;
    config.http = parsed.http;
    config.http.port = 0;
    "127.0.0.1".clone_into(&mut config.http.host);
    config
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(MemoryThings::any(), |config, options| (config, options)).await
    }

    pub(crate) async fn with(
        things: MemoryThings,
        set: impl FnOnce(Config, Options) -> (Config, Options),
    ) -> Self {
        Self::with_platform(things, alwayson::platform::Options::default(), set).await
    }

    pub(crate) async fn with_platform(
        things: MemoryThings,
        options: alwayson::platform::Options,
        set: impl FnOnce(Config, Options) -> (Config, Options),
    ) -> Self {
        let platform = Platform::builder(AcceptAnyClaims, things.clone()).options(options);
        let platform = platform.listen("127.0.0.1:0").await.unwrap();
        let address = platform.local_addr();
        let mut site = Self::to(address, set).await.unwrap();
        site.things = things;
        site.platform = Some(platform);
        site.until(|event| event.to_string().contains("connected, session")).await;
        site
    }

    /// Starts a gateway to a platform that may or may not be at this address.
    pub(crate) async fn to(
        address: SocketAddr,
        set: impl FnOnce(Config, Options) -> (Config, Options),
    ) -> Result<Self, StartError> {
        let (sender, events) = mpsc::unbounded_channel();
        let options = Options::new().on_event(move |event| {
            let _ = sender.send(event.clone());
        });
        let (config, options) = set(config(address), options);
        let gateway = Gateway::start(config, options).await?;
        let address = gateway.addresses()[0];
        let events = Mutex::new(events);
        let told = Mutex::default();
        Ok(Self { things: MemoryThings::any(), platform: None, gateway, address, events, told })
    }

    /// Waits for the next event with this condition.
    #[expect(clippy::await_holding_lock, reason = "a test has one task that waits for events")]
    pub(crate) async fn until(&self, is_meant: impl Fn(&Event) -> bool) -> Event {
        let mut events = self.events.lock().unwrap();
        loop {
            let next = tokio::time::timeout(PATIENCE, events.recv()).await;
            let Ok(next) = next else { panic!("waited too long; {:#?}", self.told.lock()) };
            let event = next.expect("the gateway is gone");
            self.told.lock().unwrap().push(event.clone());
            if is_meant(&event) {
                return event;
            }
        }
    }

    /// Waits for the next event whose line contains this text.
    pub(crate) async fn told(&self, text: &str) -> Event {
        self.until(|event| event.to_string().contains(text)).await
    }

    /// Waits until a Thing is bound.
    pub(crate) async fn bound(&self, name: &str) {
        let handle = self.platform.as_ref().unwrap().handle();
        let bound = handle.wait_bound(name);
        tokio::time::timeout(PATIENCE, bound).await.expect("it was not bound");
    }

    /// Waits until a Thing is not bound.
    pub(crate) async fn unbound(&self, name: &str) {
        let handle = self.platform.as_ref().unwrap().handle();
        let mut events = handle.events();
        while handle.holder(name).is_some() {
            let _ = tokio::time::timeout(PATIENCE, events.recv()).await.expect("it is bound");
        }
    }

    /// Registers a Thing of an application, and waits until it is bound.
    pub(crate) async fn register(&self, name: &str, application: &Application) {
        self.register_with(name, application, &json!({})).await;
    }

    pub(crate) async fn register_with(&self, name: &str, of: &Application, more: &Json) {
        let mut params = json!({
            "name": name, "host": "127.0.0.1", "port": of.address.port(), "keepalive": 0,
        });
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        let answer = self.ems("AddEdgeThing", &params).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{answer:?}");
        self.bound(name.trim_start_matches('*')).await;
    }

    /// Calls a service of `LocalEms`.
    pub(crate) async fn ems(&self, service: &str, params: &Json) -> Answer {
        let path = format!("/Thingworx/Things/LocalEms/Services/{service}");
        http::json(self.address, "POST", &path, params).await
    }

    /// Sends a request of the platform.
    pub(crate) async fn call(&self, request: Request) -> Response {
        self.platform.as_ref().unwrap().call(request).await.unwrap()
    }
}
