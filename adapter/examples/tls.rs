//! An edge over TLS. It trusts only the certificates in a file, and presents its own one if the
//! platform requests it.
//!
//! ```sh
//! openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
//!     -keyout key.pem -out cert.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost
//! echo a-key > keys.txt
//! cargo run -- platform --listen 127.0.0.1:8443 --tls-cert cert.pem --tls-key key.pem \
//!     --app-key-file keys.txt &
//! APP_KEY=a-key cargo run -p alwayson --example tls -- wss://localhost:8443 cert.pem
//! ```
//!
//! It prints that the Thing is bound. With another file, it prints why it does not trust the
//! platform.

use std::error::Error;
use std::path::Path;

use alwayson::edge::{Credentials, Edge, Thing};
use alwayson::transport::{ClientTls, ConnectOptions};

/// Connects, waits until a Thing is bound, and leaves.
pub(crate) async fn run(
    url: &str,
    ca: &Path,
    own: Option<[&Path; 2]>,
) -> Result<(), Box<dyn Error>> {
    let mut tls = ClientTls::new().ca_file(ca);
    if let Some([certificate, key]) = own {
        tls = tls.client_certificate(certificate, key);
    }
    // The files are read here, so their errors are returned before a connection is opened.
    let options = ConnectOptions::new(url)?.with_tls(&tls)?;
    let edge = Edge::builder_with(options)
        .credentials(|| async {
            let key = std::env::var("APP_KEY").unwrap_or_else(|_| "any key".to_owned());
            Ok::<_, std::convert::Infallible>(Credentials::app_key(key))
        })
        .thing(Thing::new("SteamSensor1"))
        .connect()
        .await?;
    edge.try_wait_bound("SteamSensor1").await?;
    println!("SteamSensor1 is bound");
    edge.leave().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [url, ca] => run(url, ca.as_ref(), None).await,
        [url, ca, certificate, key] => {
            run(url, ca.as_ref(), Some([certificate.as_ref(), key.as_ref()])).await
        }
        _ => Err("tls URL CA [CERTIFICATE KEY]".into()),
    }
}
