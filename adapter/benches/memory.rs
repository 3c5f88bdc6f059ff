//! Where the memory of a platform goes: what each edge keeps allocated, by what it is for.
//!
//! `./ci.sh memory` prints the table. The edges are those of the library, each with one Thing, and
//! the platform asks them what it asks by default, so that it keeps their metadata. It runs in a
//! process of its own: once without a profiler, for its resident memory, and once with one.

#[path = "memory/edges.rs"]
mod edges;
#[path = "memory/part.rs"]
mod part;
#[path = "memory/platform.rs"]
mod platform;
#[expect(dead_code, reason = "the bench of load also measures CPU time")]
#[path = "load/process.rs"]
mod process;
#[expect(dead_code, reason = "the client comes from the bench of load")]
#[path = "load/tls.rs"]
mod tls;

use std::collections::BTreeMap;
use std::path::Path;

use edges::Edges;
use part::Part;
use process::Server;
use tls::Tls;

/// Counts nothing as long as there is no profiler.
#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The number of edges that are measured.
const EDGES: usize = 2_000;
/// The number of edges that connect before, which also allocate what all connections share.
const FIRST: usize = 100;

fn main() {
    if let Some(kind) = std::env::var_os(process::SERVE) {
        platform::serve(&kind.into_string().expect("words"));
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        measure("plain", None).await;
        measure("TLS", Some(&Tls::create())).await;
    });
}

/// Prints the table of a platform with this certificate.
async fn measure(name: &str, tls: Option<&Tls>) {
    let folder = tempfile::tempdir().expect("a folder");
    let resident = {
        let server = Server::start(&platform::kind(None, tls));
        let first = Edges::bound(server.address, 0..FIRST, tls).await;
        let before = server.resident_bytes();
        let edges = Edges::bound(server.address, FIRST..FIRST + EDGES, tls).await;
        let bytes = server.resident_bytes() - before;
        drop((first, edges));
        bytes
    };
    let profile = folder.path().join("profile.json");
    let server = Server::start(&platform::kind(Some(&profile), tls));
    let first = Edges::bound(server.address, 0..FIRST, tls).await;
    first.ask(platform::BEGIN).await;
    let edges = Edges::bound(server.address, FIRST..FIRST + EDGES, tls).await;
    first.ask(platform::END).await;
    let parts = parts(&profile);
    drop((first, edges, server));
    print(name, &parts, resident);
}

/// Reads how many bytes and blocks are allocated for each part.
fn parts(profile: &Path) -> BTreeMap<Part, (f64, f64)> {
    let text = std::fs::read_to_string(profile).expect("a profile");
    let profile: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let number = |json: &serde_json::Value| json.as_f64().expect("a number");
    let list = |json: &serde_json::Value| json.as_array().expect("a list").clone();
    let frames = list(&profile["ftbl"]);
    let mut parts = BTreeMap::new();
    for point in list(&profile["pps"]) {
        let frames: Vec<&str> = list(&point["fs"])
            .iter()
            .filter_map(|index| frames.get(usize::try_from(index.as_u64()?).ok()?)?.as_str())
            .collect();
        let part = Part::of(&frames);
        let (bytes, blocks) = (number(&point["eb"]), number(&point["ebk"]));
        if std::env::var_os(SHOW).is_some_and(|shown| shown == format!("{part:?}").as_str()) {
            println!("{bytes} bytes in {blocks} blocks\n  {}", frames.join("\n  "));
        }
        let sum: &mut (f64, f64) = parts.entry(part).or_default();
        sum.0 += bytes;
        sum.1 += blocks;
    }
    parts
}

/// The environment variable with the name of a part whose allocations are printed one by one.
const SHOW: &str = "ALWAYSON_MEMORY_SHOW";

fn print(name: &str, parts: &BTreeMap<Part, (f64, f64)>, resident: f64) {
    let count = f64::from(u32::try_from(EDGES).expect("fewer than files"));
    let mut allocated = 0.0;
    println!("{name}: for each of {EDGES} bound edges");
    println!("| part | bytes | blocks |\n| --- | --- | --- |");
    for (part, (bytes, blocks)) in parts {
        println!("| {part} | {:.0} | {:.1} |", bytes / count, blocks / count);
        allocated += bytes;
    }
    println!("| together | {:.0} | |", allocated / count);
    println!("| the allocator | {:.0} | |", (resident - allocated) / count);
    println!("| resident | {:.0} | |", resident / count);
}
