//! A run: the selected cases, all at once, within a time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Tested;
use super::case::{Case, Work};
use super::codec::{self, Commands};
use super::exchange::Exchange;
use super::follow::{OnCase, Progress, Stop};
use super::play::{self, Setup};
use super::select::Selection;
use super::verdict::{CaseReport, Ended, Report, SCHEMA, Strictness, Verdict};

/// How cases are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which cases.
    pub selection: Selection,
    /// What counts as a failure.
    pub strictness: Strictness,
    /// How many cases run at once.
    pub jobs: usize,
    /// How long the run may take; cases that have not ended then are not run.
    pub max_time: Option<Duration>,
    /// The folder for a capture of each case that does not pass.
    pub pcap: Option<PathBuf>,
    /// The name of the tested program.
    pub name: String,
    /// What is called after each case; nothing by default.
    pub on_case: Option<OnCase>,
    /// Ends the run early.
    pub stop: Stop,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            strictness: Strictness::default(),
            jobs: 64,
            max_time: None,
            pcap: None,
            name: "unnamed".to_owned(),
            on_case: None,
            stop: Stop::default(),
        }
    }
}

/// The result of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The report.
    pub report: Report,
    /// Whether the tested program came to any case.
    pub came: bool,
}

/// Returns the cases that are run, each with its result if that is known already.
fn chosen(
    cases: Vec<Case>,
    tested: Tested,
    options: &Options,
    has_control: bool,
) -> Vec<(Case, Option<Ended>)> {
    let selection = &options.selection;
    let is_chosen = |case: &Case| case.tested == tested && selection.takes(case);
    let decide = |case: Case| {
        let decided = if let Some(feature) = selection.missing(&case) {
            Some(Ended::Unsupported(format!("the feature {feature}")))
        } else if case.needs_control && !has_control {
            Some(Ended::Skipped("needs the control channel".to_owned()))
        } else {
            None
        };
        (case, decided)
    };
    cases.into_iter().filter(is_chosen).map(decide).collect()
}

fn report(tested: Tested, options: &Options, cases: Vec<CaseReport>) -> Report {
    Report {
        schema: SCHEMA.to_owned(),
        suite: env!("CARGO_PKG_VERSION").to_owned(),
        name: options.name.clone(),
        tested,
        strict: options.strictness.should,
        cases,
        stale: Vec::new(),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| error.to_string())
}

/// Tests a decoder, an encoder and a joiner.
///
/// # Errors
/// The run cannot begin; the error says why, in words.
pub fn test_codec(
    cases: Vec<Case>,
    commands: &Commands,
    options: &Options,
) -> Result<Outcome, String> {
    let cases = chosen(cases, Tested::Codec, options, false);
    let deadline = options.max_time.map(|time| Instant::now() + time);
    let run = codec::run(commands, &cases, options.strictness, deadline);
    let (reports, came) = runtime()?.block_on(run);
    Ok(Outcome { report: report(Tested::Codec, options, reports), came })
}

/// Runs scripts against an edge or a platform.
pub(super) fn test_scripts(
    cases: Vec<Case>,
    tested: Tested,
    has_control: bool,
    options: &Options,
    setup: impl AsyncFnOnce() -> Result<Setup, String>,
) -> Result<Outcome, String> {
    let cases = chosen(cases, tested, options, has_control);
    runtime()?.block_on(async {
        let setup = Arc::new(setup().await?);
        let (reports, came) = all(cases, &setup, options).await?;
        Ok(Outcome { report: report(tested, options, reports), came })
    })
}

async fn all(
    cases: Vec<(Case, Option<Ended>)>,
    setup: &Arc<Setup>,
    options: &Options,
) -> Result<(Vec<CaseReport>, bool), String> {
    let jobs = Arc::new(Semaphore::new(options.jobs.max(1)));
    let deadline = options.max_time.map(|time| tokio::time::Instant::now() + time);
    let mut reports: Vec<Option<CaseReport>> = cases.iter().map(|_| None).collect();
    let mut any = false;
    let mut ended_cases = 0;
    // First those that are alone, so that none of them waits for one that takes minutes.
    for is_alone in [true, false] {
        let mut tasks = JoinSet::new();
        for (index, (case, decided)) in cases.iter().cloned().enumerate() {
            if matches!(&case.work, Work::Script(script) if setup.is_alone(script)) != is_alone {
                continue;
            }
            let (setup, jobs) = (Arc::clone(setup), Arc::clone(&jobs));
            let stop = options.stop.clone();
            tasks.spawn(async move {
                let exchange = Exchange::new();
                let began = Instant::now();
                let (ended, came) = tokio::select! {
                    biased;
                    () = over(deadline, &stop), if decided.is_none() => (Ended::NotRun, false),
                    ended = one(&case, decided, (&setup, &jobs), &exchange) => ended,
                };
                (index, ended, came, exchange, began.elapsed())
            });
        }
        while let Some(done) = tasks.join_next().await {
            let (index, ended, has_come, exchange, time) =
                done.map_err(|error| error.to_string())?;
            any |= has_come;
            let (Some((of, _)), Some(place)) = (cases.get(index), reports.get_mut(index)) else {
                continue;
            };
            let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            let judged = options.strictness.judge(of, ended, exchange.lines(), ms);
            if let (Some(folder), Some(_)) = (&options.pcap, &judged.failure) {
                write_pcap(folder, &of.id, &exchange)?;
            }
            ended_cases += 1;
            if let Some(on_case) = &options.on_case {
                on_case.call(Progress { case: &judged, ended: ended_cases, all: cases.len() });
            }
            *place = Some(judged);
        }
    }
    Ok((reports.into_iter().flatten().collect(), any))
}

/// Waits until the run is over: at the deadline, or if it is ended early.
async fn over(deadline: Option<tokio::time::Instant>, stop: &Stop) {
    match deadline {
        None => stop.wait().await,
        Some(deadline) => {
            // Either way it is over.
            let _ = tokio::time::timeout_at(deadline, stop.wait()).await;
        }
    }
}

/// Runs one case. Returns how it ended, and whether the tested program came.
async fn one(
    case: &Case,
    decided: Option<Ended>,
    (setup, jobs): (&Setup, &Semaphore),
    exchange: &Exchange,
) -> (Ended, bool) {
    if let Some(ended) = decided {
        return (ended, false);
    }
    let Work::Script(script) = &case.work else {
        return (Ended::HarnessError("not a script".to_owned()), false);
    };
    let _job = jobs.acquire().await;
    play::play(setup, script, exchange.clone()).await
}

fn write_pcap(folder: &Path, id: &str, exchange: &Exchange) -> Result<(), String> {
    let path = folder.join(format!("{id}.pcapng"));
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut bytes = Vec::new();
    exchange.write_pcap(&mut bytes).map_err(failed)?;
    std::fs::write(&path, bytes).map_err(failed)
}

impl Outcome {
    /// The exit code if the tested program never came.
    pub const NEVER_CAME: u8 = 3;

    /// Returns the exit code of the command: 0, all as expected; 1, failures or stale entries;
    /// 3, the tested program never came.
    pub fn exit_code(&self) -> u8 {
        let is_tried = |case: &CaseReport| {
            matches!(case.verdict, Verdict::Fail | Verdict::NonStrict | Verdict::HarnessError)
        };
        if !self.came && self.report.cases.iter().any(is_tried) {
            return Self::NEVER_CAME;
        }
        u8::from(!self.report.is_good())
    }
}
