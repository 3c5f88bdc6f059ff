//! A platform with Things of its own: here from a list; yours are in a database, or in
//! another process.
//!
//! ```sh
//! cargo run -p alwayson --example own_things -- 127.0.0.1:8080 &
//! cargo run -- edge --url ws://127.0.0.1:8080 --thing Pump
//! ```
//!
//! You see when `Pump` is connected, and which requests its edge makes.

use std::error::Error;
use std::time::SystemTime;

use alwayson::codec::connection::registry::ConnectionId;
use alwayson::message::{BoxFuture, Request, Response};
use alwayson::platform::{AcceptAnyClaims, Platform, Thing, Things};
use alwayson::value::Table;
use alwayson::{BaseType, Status, serde_json};

/// The names of the machines that there are.
pub(crate) struct Machines(pub(crate) Vec<String>);

impl Things for Machines {
    fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>> {
        let known = self.0.iter().find(|known| *known == name);
        let thing = known.map(|name| Thing { name: name.clone(), identifier: None });
        Box::pin(async move { thing })
    }

    fn by_identifier<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Option<Thing>> {
        Box::pin(async { None })
    }

    fn is_gateway_type(&self, _: &str) -> bool {
        false
    }

    fn request(&self, request: Request, _: ConnectionId) -> BoxFuture<'_, Response> {
        println!("its edge asks: {request}");
        Box::pin(async move {
            match request.service() {
                Some("UpdateSubscribedPropertyValues") => Response::success(),
                _ => Response::error(Status::NOT_FOUND, "there is no such thing here"),
            }
        })
    }

    fn connected(&self, thing: &str, since: Option<SystemTime>) {
        println!("{thing} is {}", if since.is_some() { "connected" } else { "not connected" });
    }

    fn described(&self, _: &str, _: serde_json::Value) {}

    fn subscriptions(&self, _: &str) -> Table {
        // The edge pushes what its metadata say.
        let fields = ["edgeName", "pushType"].map(|name| (name, BaseType::STRING));
        Table::new(fields.into_iter().chain([("pushThreshold", BaseType::NUMBER)]))
    }

    fn synchronized(&self, _: &str, _: &Table) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let machines = Machines(vec!["Pump".to_owned(), "Boiler".to_owned()]);
    let platform = Platform::builder(AcceptAnyClaims, machines).listen(address).await?;
    tokio::signal::ctrl_c().await?;
    platform.shut_down().await;
    Ok(())
}
