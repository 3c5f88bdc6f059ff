//! A platform with its own implementation of `Things`: here a list; yours may be a database or
//! another process.
//!
//! ```sh
//! cargo run -p alwayson --example own_things -- 127.0.0.1:8080 &
//! cargo run -- edge --url ws://127.0.0.1:8080 --thing Pump
//! ```
//!
//! It prints when `Pump` is connected, and the requests of its edge.

use std::error::Error;
use std::time::SystemTime;

use alwayson::Status;
use alwayson::codec::connection::registry::ConnectionId;
use alwayson::message::{BoxFuture, Request, Response};
use alwayson::platform::{AcceptAnyClaims, Platform, Thing, Things};

/// The names of the machines that exist.
pub(crate) struct Machines(pub(crate) Vec<String>);

impl Things for Machines {
    fn by_name<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Thing>> {
        let known = self.0.iter().find(|known| *known == name);
        let thing = known.map(Thing::new);
        Box::pin(async move { thing })
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
