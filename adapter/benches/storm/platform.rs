//! The platform, with two callers of Things that are bound.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::message::{Request, Response};
use alwayson::platform::{AcceptAnyClaims, AfterBind, Handle, MemoryThings, Options, Platform};
use alwayson::value::Table;
use hdrhistogram::Histogram;

/// The number of edges that are no part of the crowd.
pub(crate) const APART: usize = 100;

/// The time between two calls of a caller.
const PAUSE: Duration = Duration::from_millis(4);

/// The number of Things that are looked at for one that is bound.
const LOOKED_AT: usize = 16;

/// The service that returns how long calls to edges apart took since it was called last.
pub(crate) const CALLS_APART: &str = "CallsApart";
/// The same for calls to edges of the crowd.
pub(crate) const CALLS_CROWD: &str = "CallsCrowd";

type Latency = Arc<Mutex<Histogram<u64>>>;

/// Returns the argument of [`serve`] for a platform with or without admission control.
pub(crate) fn kind(admission: &str, port: u16, edges: usize) -> String {
    format!("platform {admission} {port} {edges}")
}

/// Returns the name of the Thing of an edge.
pub(crate) fn name(edge: usize) -> String {
    format!("Thing{edge:06}")
}

/// Serves until the process is killed. Prints the address on standard output.
pub(crate) fn serve<'a>(mut words: impl Iterator<Item = &'a str>) {
    let mut word = || words.next().expect("a word");
    let is_admitted = word() == "with";
    let port: u16 = word().parse().expect("a port");
    let edges: usize = word().parse().expect("a number");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let latencies: [Latency; 2] = [(); 2].map(|()| Arc::new(Mutex::new(histogram())));
        let mut things = MemoryThings::any();
        for (service, latency) in [CALLS_APART, CALLS_CROWD].into_iter().zip(&latencies) {
            let latency = Arc::clone(latency);
            things = things.with_service(service, move |_| {
                let text = report(&latency);
                async move { Response::of(Table::result(text)) }
            });
        }
        let mut options = Options::default().with_after_bind(AfterBind::NONE);
        if !is_admitted {
            options = options.with_admissions_per_second(1_000_000).expect("in its range");
        }
        let platform = Platform::builder(AcceptAnyClaims, things).options(options);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let platform = platform.listen(address).await.expect("the port");
        println!("{}", platform.local_addr());
        let handle = platform.handle();
        let [apart, crowd] = &latencies;
        tokio::join!(call(&handle, 0, APART, apart), call(&handle, APART, edges, crowd));
    });
}

/// Calls Things that are bound, one after another, for ever.
async fn call(handle: &Handle, first: usize, end: usize, latency: &Latency) {
    let mut pause = tokio::time::interval(PAUSE);
    let mut step = 0;
    loop {
        // How late the tick comes counts as well: whoever calls waits for it.
        let due = pause.tick().await;
        // A step that shares no factor with the number of edges visits all of them. Only some are
        // looked at for each call, so that the search itself takes no time.
        let bound = (0..LOOKED_AT).find_map(|_| {
            step = (step + 7_919) % (end - first);
            let name = name(first + step);
            handle.holder(&name).is_some().then_some(name)
        });
        let Some(name) = bound else { continue };
        let handle = handle.clone();
        let latency = Arc::clone(latency);
        tokio::spawn(async move {
            if handle.call(Request::read_property(&name, "Temperature")).await.is_ok() {
                let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
                latency.lock().expect("no panic").saturating_record(micros);
            }
        });
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("bounds")
}

fn report(latency: &Latency) -> String {
    let latency = std::mem::replace(&mut *latency.lock().expect("no panic"), histogram());
    let ms =
        |quantile| Duration::from_micros(latency.value_at_quantile(quantile)).as_secs_f64() * 1e3;
    format!(
        "{} calls, p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        latency.len(),
        ms(0.5),
        ms(0.99),
        ms(1.0)
    )
}
