//! The edges, as the library makes them.

use std::net::SocketAddr;
use std::ops::Range;

use alwayson::edge::{Credentials, Edge, Thing};
use alwayson::transport::{ClientTls, ConnectOptions};
use alwayson::value::Table;
use futures_util::{StreamExt, stream};

use crate::tls::Tls;

/// The number of edges that are connecting at a time.
const CONNECTING: usize = 64;

/// Edges that are bound and described.
pub(crate) struct Edges(Vec<(String, Edge)>);

impl Edges {
    /// Starts edges, each with one Thing, and waits until each is bound.
    pub(crate) async fn bound(
        address: SocketAddr,
        numbers: Range<usize>,
        tls: Option<&Tls>,
    ) -> Self {
        let edges = stream::iter(numbers).map(|number| async move {
            let name = format!("Thing{number:06}");
            let edge = start(address, &name, tls);
            edge.wait_bound(&name).await.expect("it goes on");
            // Once this is answered, so are the requests of the platform that came before.
            let push =
                edge.invoke_service(&name, "GetPropertySubscriptions", Table::of::<&str>([]));
            push.await.expect("an answer");
            (name, edge)
        });
        Self(edges.buffer_unordered(CONNECTING).collect().await)
    }

    /// Calls a service of the platform.
    pub(crate) async fn ask(&self, service: &str) {
        let (name, edge) = self.0.first().expect("an edge");
        edge.invoke_service(name, service, Table::of::<&str>([])).await.expect("an answer");
    }
}

/// Starts an edge whose Thing has two properties, a service and an event.
fn start(address: SocketAddr, name: &str, tls: Option<&Tls>) -> Edge {
    let thing = Thing::new(name).property("Temperature", 21.5).property("Running", true);
    let thing = thing.service("Restart", |_| async { Ok(true) });
    let thing = thing.event("Overheated");
    let scheme = if tls.is_some() { "wss" } else { "ws" };
    let mut options = ConnectOptions::new(&format!("{scheme}://{address}")).expect("a URL");
    if let Some(tls) = tls {
        let tls = ClientTls::new().ca_file(tls.certificate());
        options = options.with_tls(&tls).expect("a certificate");
    }
    let edge = Edge::builder_with(options).thing(thing);
    edge.credentials(|| async { Ok::<_, std::io::Error>(Credentials::app_key("key")) })
        .start()
        .expect("it starts")
}
