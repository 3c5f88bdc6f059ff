//! The servers: a platform, a gateway, an application, and an edge without a gateway.

use std::convert::Infallible;
use std::time::Duration;

use alwayson::edge::{Credentials, Edge, Thing};
use alwayson::message::{Request as Asked, Response as Answer};
use alwayson::platform::{AcceptAnyClaims, MemoryThings, Platform};
use alwayson::serde_json::json;
use alwayson_gateway::{Config, Gateway, Options};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

/// The Thing whose property is read, on the platform and on the edge.
pub(crate) const THING: &str = "Pump";
pub(crate) const PROPERTY: &str = "Speed";

/// Serves until the process is killed. Prints the address on standard output.
pub(crate) fn serve(kind: &str) {
    let mut words = kind.split(' ');
    let kind = words.next().unwrap_or_default();
    let platform = words.next().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        match kind {
            "platform" => run_platform().await,
            "application" => run_application().await,
            "gateway" => run_gateway(platform).await,
            _ => run_edge(platform).await,
        }
    });
}

async fn run_platform() {
    let things = MemoryThings::any().with_thing(THING);
    things.set_property(THING, PROPERTY, 21.5);
    let platform = Platform::builder(AcceptAnyClaims, things).listen("127.0.0.1:0").await;
    let platform = platform.expect("a port");
    println!("{}", platform.local_addr());
    std::future::pending::<()>().await;
}

/// Starts a gateway to the platform at this address.
async fn run_gateway(platform: &str) {
    let (host, port) = platform.rsplit_once(':').expect("an address");
    let port: u16 = port.parse().expect("a port");
    let text = json!({
        "ws_servers": [{ "host": host, "port": port }],
        "appKey": "key",
        "ws_connection": { "encryption": "none" },
        "http_server": { "host": "127.0.0.1", "port": 0 },
    });
    let config = Config::parse(&text.to_string()).expect("a configuration").config;
    let gateway = Gateway::start(config, Options::new()).await.expect("a gateway");
    gateway.edge().wait_authenticated().await.expect("a connection");
    println!("{}", gateway.addresses()[0]);
    std::future::pending::<()>().await;
}

/// Starts an edge that answers by itself what an application answers.
async fn run_edge(platform: &str) {
    let thing = Thing::relayed(THING, |_: Asked| async { Answer::named(PROPERTY, 21.5) });
    let _edge = edge(platform, Some(thing)).await;
    println!("{platform}");
    std::future::pending::<()>().await;
}

/// Connects an edge to the platform at this address.
pub(crate) async fn edge(platform: &str, thing: Option<Thing>) -> Edge {
    let builder = Edge::builder(&format!("ws://{platform}")).expect("a URL");
    let builder =
        builder.credentials(|| async { Ok::<_, Infallible>(Credentials::app_key("key")) });
    let builder = match thing {
        Some(thing) => builder.thing(thing),
        None => builder,
    };
    builder.connect().await.expect("a connection")
}

/// Starts an application with the settings of the gateway's own HTTP server. It listens at all
/// addresses of this machine, and thus is many applications.
async fn run_application() {
    let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(answer_all(socket));
    }
}

async fn answer_all(socket: TcpStream) {
    socket.set_nodelay(true).expect("TCP_NODELAY");
    let body = json!({
        "rows": [{ PROPERTY: 21.5 }],
        "dataShape": { "fieldDefinitions": {
            PROPERTY: { "name": PROPERTY, "description": "", "baseType": "NUMBER", "aspects": {} },
        } },
    });
    let body = Bytes::from(body.to_string());
    let service = service_fn(|request: Request<Incoming>| {
        let body = body.clone();
        async move {
            // An error is one of the connection, which ends.
            let _ = request.into_body().collect().await;
            let mut response = Response::new(Full::new(body));
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, json);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(20))
        .max_headers(64)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(socket), service);
    // Its client has ended.
    let _ = connection.await;
}
