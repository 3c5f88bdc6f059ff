//! The platform, with a caller that calls Things that are bound.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use alwayson::message::{Request, Response};
use alwayson::platform::{AcceptAnyClaims, AfterBind, Handle, MemoryThings, Options, Platform};
use alwayson::value::Table;
use hdrhistogram::Histogram;

/// The time between two calls.
const PAUSE: Duration = Duration::from_millis(2);

/// The number of Things that are looked at for one that is bound.
const LOOKED_AT: usize = 16;

/// The service that returns how long calls took since it was called last.
pub(crate) const REPORT: &str = "Report";

type Latency = Arc<Mutex<Histogram<u64>>>;

/// Returns the argument of [`serve`] for a platform with or without admission control.
pub(crate) fn kind(admission: &str, port: u16, edges: usize) -> String {
    format!("{admission} {port} {edges}")
}

/// Returns the name of the Thing of an edge.
pub(crate) fn name(edge: usize) -> String {
    format!("Thing{edge:06}")
}

/// Serves until the process is killed. Prints the address on standard output.
pub(crate) fn serve(kind: &str) {
    let mut words = kind.split(' ');
    let mut word = || words.next().expect("a word");
    let is_admitted = word() == "with";
    let port: u16 = word().parse().expect("a port");
    let edges: usize = word().parse().expect("a number");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let latency: Latency = Arc::new(Mutex::new(histogram()));
        let reported = Arc::clone(&latency);
        let things = MemoryThings::any().with_service(REPORT, move |_| {
            let text = report(&reported);
            async move { Response::of(Table::result(text)) }
        });
        let mut options = Options::default().with_after_bind(AfterBind::NONE);
        if !is_admitted {
            options = options.with_admissions_per_second(1_000_000).expect("in its range");
        }
        let platform = Platform::builder(AcceptAnyClaims, things).options(options);
        let platform = platform.listen(("127.0.0.1", port)).await.expect("the port");
        println!("{}", platform.local_addr());
        call(&platform.handle(), edges, &latency).await;
    });
}

/// Calls Things that are bound, one after another, for ever.
async fn call(handle: &Handle, edges: usize, latency: &Latency) {
    let mut pause = tokio::time::interval(PAUSE);
    let mut edge = 0;
    loop {
        // How late the tick comes counts as well: whoever calls waits for it.
        let due = pause.tick().await;
        // A step that shares no factor with the number of edges visits all of them. Only some are
        // looked at for each call, so that the search itself takes no time.
        let bound = (0..LOOKED_AT).find_map(|_| {
            edge = (edge + 7_919) % edges;
            let name = name(edge);
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
