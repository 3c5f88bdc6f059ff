//! An edge in a program without an async runtime: each call blocks until it is answered.
//!
//! ```sh
//! cargo run -- platform &
//! cargo run -p alwayson --example blocking -- ws://127.0.0.1:8080
//! ```
//!
//! It prints the pressure that it wrote, as it reads it back from the platform.

use std::error::Error;

use alwayson::edge::blocking::Edge;
use alwayson::edge::{Builder, Credentials, Thing};
use alwayson::value::Value;

fn builder(url: &str, key: &'static str) -> Result<Builder, Box<dyn Error>> {
    // Handlers run on the edge's own thread.
    let pump = Thing::new("Pump").service("Double", |params| async move {
        let number = params.value("number").and_then(Value::as_f64);
        Ok(2.0 * number.unwrap_or_default())
    });
    Ok(alwayson::edge::Edge::builder(url)?
        .credentials(move || async move { Ok::<_, std::io::Error>(Credentials::app_key(key)) })
        .thing(pump))
}

/// Writes a property on the platform, and reads it back.
pub(crate) fn run(url: &str, key: &'static str) -> Result<f64, Box<dyn Error>> {
    let edge = Edge::connect(builder(url, key)?)?;
    edge.write_property("Pump", "Pressure", 2.5)?;
    let pressure = edge.read_property("Pump", "Pressure")?;
    edge.leave();
    pressure.as_f64().ok_or_else(|| "the pressure is no number".into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:8080".to_owned());
    println!("Pressure = {}", run(&url, "any key")?);
    Ok(())
}
