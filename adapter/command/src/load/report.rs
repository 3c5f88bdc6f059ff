//! The report: lines, a table, or JSON.

use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use hdrhistogram::Histogram;
use serde_json::{Value as Json, json};

use super::meter::{Correction, Measured, Report};
use super::operation::Kind;
use super::profile::Profile;
use crate::show;

/// The name of the format of the JSON object.
const SCHEMA: &str = "alwayson-load/1";

/// The percentiles that are shown.
const PERCENTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

fn percentiles(latency: &Histogram<u64>) -> impl Iterator<Item = (&'static str, f64)> {
    PERCENTILES.into_iter().map(|(name, quantile)| {
        let micros = latency.value_at_quantile(quantile);
        (name, Duration::from_micros(micros).as_secs_f64() * 1000.0)
    })
}

/// Returns a latency in ms with at least three digits, and few enough for a table of 80 columns.
fn short(ms: f64) -> String {
    let decimals = if ms < 100.0 { 2 } else { usize::from(ms < 1_000.0) };
    format!("{ms:.decimals$}")
}

impl Correction {
    /// Returns what the report says about it.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::DueTime => Some("due-time"),
            Self::ExpectedInterval(_) => Some("expected-interval"),
        }
    }
}

impl Measured {
    fn per_second(&self, elapsed: Duration) -> f64 {
        f64::from(u32::try_from(self.latency.len()).unwrap_or(u32::MAX))
            / elapsed.as_secs_f64().max(1e-9)
    }

    /// Returns the latency that is shown: the corrected one, if there is one.
    fn shown(&self) -> &Histogram<u64> {
        self.corrected.as_ref().unwrap_or(&self.latency)
    }

    fn json(&self, elapsed: Duration) -> Json {
        let latencies = |latency| -> Json {
            percentiles(latency).map(|(name, ms)| (name.to_owned(), Json::from(ms))).collect()
        };
        let failures = self.causes().into_iter();
        let failures = failures.map(|(cause, count)| json!({ "cause": cause, "count": count }));
        json!({
            "succeeded": self.latency.len(), "failed": self.failures(),
            "seconds": elapsed.as_secs_f64(), "perSecond": self.per_second(elapsed),
            "latencyMs": latencies(&self.latency), "correctedLatencyMs": latencies(self.shown()),
            "failures": failures.collect::<Vec<_>>(),
        })
    }

    fn row(&self, name: &str, elapsed: Duration) -> Vec<String> {
        let counts = [name.to_owned(), self.latency.len().to_string(), self.failures().to_string()];
        let rate = format!("{:.1}", self.per_second(elapsed));
        let is_empty = self.latency.is_empty();
        let latencies = percentiles(self.shown())
            .map(|(_, ms)| if is_empty { String::new() } else { short(ms) });
        counts.into_iter().chain([rate]).chain(latencies).collect()
    }
}

impl Report {
    /// Returns the measurements as lines, with the latency in a line of its own.
    pub(super) fn lines(&self, what: &str, done: &str, unit: &str) -> String {
        let mut text = self.head(what, done, unit);
        let latencies = percentiles(self.total.shown());
        let latencies: Vec<_> = latencies.map(|(name, ms)| format!("{name} {ms:.2} ms")).collect();
        if !self.total.latency.is_empty() {
            text = format!("{text}\n{:<9} {}", "latency", latencies.join("   "));
            if self.total.corrected.is_some() {
                text.push_str("   since due");
            }
        }
        format!("{text}{}", self.failures())
    }

    /// Returns the measurements as lines and a table with a row for each kind.
    pub(super) fn table(&self, kinds: &[Kind], correction: Correction) -> String {
        let mut table = Table::new();
        table.load_preset(UTF8_FULL_CONDENSED);
        table.set_content_arrangement(ContentArrangement::Disabled);
        let names = PERCENTILES.map(|(name, _)| name);
        table.set_header(["kind", "count", "failed", "per s"].into_iter().chain(names));
        for (kind, measured) in kinds.iter().zip(&self.kinds) {
            table.add_row(measured.row(kind.name(), self.elapsed));
        }
        table.add_row(self.total.row("total", self.elapsed));
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let corrected = match correction {
            Correction::None => "of the answer after the request was sent, in ms",
            Correction::DueTime => "of the answer after the request was due, in ms",
            Correction::ExpectedInterval(_) => "corrected by the expected interval, in ms",
        };
        let head = self.head("requests", "answered", "requests");
        format!("{head}\n{:<9} {corrected}\n{table}{}", "latency", self.failures())
    }

    fn head(&self, what: &str, done: &str, unit: &str) -> String {
        let succeeded = self.total.latency.len();
        let failed = self.total.failures();
        let seconds = self.elapsed.as_secs_f64();
        let per_second = self.total.per_second(self.elapsed);
        format!(
            "{what:<9} {succeeded} {done}, {failed} failed, in {seconds:.2} s: \
             {per_second:.0} {unit}/s"
        )
    }

    fn failures(&self) -> String {
        let line = |(cause, count)| format!("\n{:<9} {count} x {}", "failure", show::plain(cause));
        self.total.causes().into_iter().map(line).collect()
    }
}

/// Returns the report as JSON.
pub(super) fn json(
    profile: &Profile,
    edges: &Report,
    requests: &Report,
    correction: Correction,
    has_series: bool,
) -> Json {
    let elapsed = requests.elapsed;
    let kinds = profile.kinds();
    let kinds = kinds.iter().zip(&requests.kinds);
    let kinds: Json = kinds.map(|(kind, of)| (kind.name().to_owned(), of.json(elapsed))).collect();
    let mut json = json!({
        "schema": SCHEMA, "profile": profile.json(), "correction": correction.name(),
        "edges": edges.total.json(edges.elapsed), "requests": requests.total.json(elapsed),
        "kinds": kinds,
    });
    if has_series {
        let second = |(second, of): (usize, &super::meter::Second)| {
            let max = Duration::from_micros(of.max_us).as_secs_f64() * 1000.0;
            json!({
                "second": second, "succeeded": of.succeeded, "failed": of.failed, "maxMs": max,
            })
        };
        json["series"] = requests.seconds.iter().enumerate().map(second).collect();
    }
    json
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_latency_in_a_table_has_at_most_five_digits() {
        for (ms, text) in [
            (0.001, "0.00"),
            (9.876, "9.88"),
            (99.994, "99.99"),
            (100.0, "100.0"),
            (999.94, "999.9"),
            (1_000.0, "1000"),
            (60_000.4, "60000"),
        ] {
            assert_eq!(short(ms), text);
        }
    }
}
