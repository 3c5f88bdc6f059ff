//! A gateway for the machines of a hall, which do not speak AlwaysOn: it binds each of them as a
//! Thing behind itself.
//!
//! ```sh
//! cargo run -- platform &
//! cargo run -p alwayson --example gateway_of_things -- ws://127.0.0.1:8080
//! ```
//!
//! It prints when the machines are bound, and one more that is added later.

use std::error::Error;

use alwayson::edge::{Credentials, Edge, PropertyUpdate, Thing};

/// A machine, as the platform sees it.
fn machine(name: &str) -> Thing {
    Thing::new(name).property("Speed", 0.0)
}

/// Binds two machines, and then a third one.
pub(crate) async fn run(url: &str, key: &'static str) -> Result<(), Box<dyn Error>> {
    let edge = Edge::builder(url)?
        .credentials(move || async move { Ok::<_, std::io::Error>(Credentials::app_key(key)) })
        // A platform creates the gateway if it knows its type.
        .gateway("Hall1", "EMSGateway")
        .thing(machine("Lathe"))
        .thing(machine("Mill"))
        .connect()
        .await?;
    for name in ["Lathe", "Mill"] {
        edge.try_wait_bound(name).await?;
        println!("{name} is bound");
    }
    edge.add(machine("Press")).await?;
    edge.try_wait_bound("Press").await?;
    println!("Press is bound, too");
    edge.push_properties("Press", [PropertyUpdate::new("Speed", 12.5)]).await?;
    edge.remove("Lathe")?;
    edge.leave().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:8080".to_owned());
    run(&url, "any key").await
}
