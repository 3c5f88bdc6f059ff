//! The memory of a gateway for each registered Thing.

use std::time::Duration;

use alwayson::serde_json::{Value as Json, json};

use crate::clients::Http;
use crate::process::Server;
use crate::servers::THING;

/// The numbers of registered Things between which the memory is measured.
const FEW: u32 = 1_000;
const MANY: u32 = 4_000;

/// The budget of memory for each registered Thing, in bytes.
const BYTES_PER_THING: f64 = 4.0 * 1024.0;

/// The time after which what a gateway has done for its Things is over: connections to
/// applications are closed.
const SETTLED: Duration = Duration::from_secs(5);

/// Returns the name of the Thing of this number.
pub(crate) fn name(number: u32) -> String {
    format!("{THING}{number:04}")
}

/// Returns the Thing of this number, of an application of its own.
pub(crate) fn thing(number: u32, port: u16) -> Json {
    let [_, _, high, low] = (number + 1).to_be_bytes();
    json!({ "name": name(number), "host": format!("127.0.{high}.{low}"), "port": port })
}

/// Registers many Things. Returns whether the memory of each is within the budget.
pub(crate) async fn measure() -> bool {
    let platform = Server::start("platform");
    let application = Server::start("application");
    let gateway = Server::start(&format!("gateway {}", platform.address));
    let port = application.address.port();
    let register = async |numbers: std::ops::Range<u32>| {
        Http::register(gateway.address, numbers.map(|number| thing(number, port))).await;
        tokio::time::sleep(SETTLED).await;
        gateway.resident_bytes()
    };
    let before = register(0..FEW).await;
    let after = register(FEW..MANY).await;
    let each = (after - before) / f64::from(MANY - FEW);
    println!("{MANY} Things registered: {:.2} KiB of memory each", each / 1024.0);
    let is_within = each <= BYTES_PER_THING;
    if !is_within {
        println!("  that is more than {:.0} KiB", BYTES_PER_THING / 1024.0);
    }
    is_within
}
