//! An edge with the control channel (../README.md), around the crate `alwayson`.
use std::error::Error;
use std::sync::{Arc, Mutex};

use alwayson::codec::{Message, owned};
use alwayson::edge::{Builder, Credentials, Edge, Options, RequestError, Thing};
use alwayson::message::{Request, Response};
use alwayson::transport::{ClientTls, ConnectOptions};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use tokio::sync::oneshot;

const HELLO: &str = r#"{"kind": "hello", "reports": ["request", "response", "failed"],
"features": {"gateways": false, "rebind-delay": false, "several-messages": false}}"#;

/// Requests of the platform that wait for answers, by numbers of our own.
type Waiting = Shared<Vec<Option<oneshot::Sender<Response>>>>;
type Shared<T> = Arc<Mutex<T>>;

fn thing(name: &str, waiting: &Waiting) -> Thing {
    let waiting = Arc::clone(waiting);
    Thing::relayed(name, move |_| {
        let (to, answer) = oneshot::channel();
        let mut waiting = waiting.lock().unwrap();
        println!("{}", json!({"kind": "request", "own": waiting.len()}));
        waiting.push(Some(to));
        async { answer.await.unwrap() }
    })
}

fn open(order: &Value, claims: &Shared<Value>) -> Result<Builder, Box<dyn Error>> {
    let tls = ClientTls::new().ca_file(order["ca"].as_str().unwrap());
    let url = ConnectOptions::new(order["url"].as_str().unwrap())?.with_tls(&tls)?;
    let size = order["settings"]["chunkSize"].as_u64().unwrap_or(8192);
    let claims = Arc::clone(claims);
    let credentials = move || {
        let claims = claims.lock().unwrap();
        let value = |at: usize| claims[at]["value"].as_str().unwrap_or_default().to_owned();
        std::future::ready(Ok::<_, std::io::Error>(match claims[0]["name"].as_str() {
            Some("appKey") => Credentials::app_key(value(0)),
            _ => Credentials::UserPassword { user: value(0), password: value(1).into() },
        }))
    };
    let options = Options::default().with_chunk_size(u16::try_from(size)?)?;
    Ok(Edge::builder_with(url).options(options).credentials(credentials))
}

async fn ask(edge: Edge, request: Request, number: Value) {
    let (kind, status) = match edge.request(request).await {
        Ok(response) => ("response", response.status),
        Err(RequestError::Refused { status, .. }) => ("response", status),
        Err(error @ (RequestError::Timeout | RequestError::ConnectionEnded)) => {
            ("failed", error.status())
        }
        // Nothing was sent.
        Err(_) => return,
    };
    println!("{}", json!({"kind": kind, "of": number, "status": status.name()}));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", HELLO.replace('\n', " "));
    let (waiting, claims) = <(Waiting, Shared<Value>)>::default();
    let (mut names, mut edge) = (Vec::new(), None);
    for line in std::io::stdin().lines() {
        let order: Value = serde_json::from_str(&line?)?;
        let text = |member: &str| order[member].as_str().unwrap_or_default().to_owned();
        let bytes = HEXLOWER.decode(text("hex").as_bytes())?;
        let body = Message::decode(&bytes).map(|(message, _)| owned::Message::from(message).body);
        if order["claims"].is_array() {
            claims.lock().unwrap().clone_from(&order["claims"]);
        }
        match (text("kind").as_str(), edge.clone(), body) {
            ("bind", None, _) => names.push(thing(&text("name"), &waiting)),
            ("opened", ..) => {
                let builder = open(&order, &claims)?;
                edge = Some(names.drain(..).fold(builder, Builder::thing).start()?);
            }
            ("bind", Some(edge), _) if edge.bind(&text("name")).is_ok() => {}
            ("bind", Some(edge), _) => edge.add(thing(&text("name"), &waiting)).await?,
            ("unbind", Some(edge), _) => edge.unbind(&text("name"))?,
            ("leave", Some(edge), _) => edge.leave().await,
            ("request", Some(edge), Ok(owned::Body::Request(request))) => {
                tokio::spawn(ask(edge, request, order["number"].clone()));
            }
            ("respond", _, Ok(owned::Body::Response(response))) => {
                let own = usize::try_from(order["request"].as_u64().unwrap())?;
                let to = waiting.lock().unwrap()[own].take();
                drop(to.map(|to| to.send(response)));
            }
            _ => {}
        }
    }
    Ok(())
}
