//! An edge behind an HTTP proxy, as in many factories: it asks the proxy for a tunnel to the
//! platform (CONNECT), and connects through it.
//!
//! ```sh
//! APP_KEY=... cargo run -p alwayson --example proxy -- \
//!     wss://platform.example http://proxy.example:3128
//! ```
//!
//! It prints that the Thing is bound, or the answer of the proxy. If the proxy requires
//! credentials, set the variable `PROXY_AUTH` to `user:password`.

use std::error::Error;

use alwayson::edge::{Credentials, Edge, Thing};
use alwayson::transport::ConnectOptions;

/// Connects through a proxy, waits until a Thing is bound, and leaves.
pub(crate) async fn run(url: &str, proxy: &str, auth: Option<&str>) -> Result<(), Box<dyn Error>> {
    let mut options = ConnectOptions::new(url)?.with_proxy(proxy)?;
    if let Some((user, password)) = auth.and_then(|auth| auth.split_once(':')) {
        options = options.with_proxy_credentials(user, password.into());
    }
    let edge = Edge::builder_with(options)
        .credentials(|| async {
            let key = std::env::var("APP_KEY").unwrap_or_else(|_| "any key".to_owned());
            Ok::<_, std::convert::Infallible>(Credentials::app_key(key))
        })
        .thing(Thing::new("SteamSensor1"))
        .connect()
        .await?;
    edge.try_wait_bound("SteamSensor1").await?;
    println!("SteamSensor1 is bound, through {proxy}");
    edge.leave().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, proxy] = &args[..] else { return Err("proxy URL PROXY".into()) };
    run(url, proxy, std::env::var("PROXY_AUTH").ok().as_deref()).await
}
