//! `test`.

use std::future::poll_fn;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use alwayson_conformance::suite::select::{self, KnownFailing, Selection};
use alwayson_conformance::suite::{
    self, Case, Commands, Edge, FEATURES, OnCase, Options, Outcome, Platform, Stop, Strictness,
    Tested, Times, Verdict,
};
use indicatif::{ProgressBar, ProgressStyle};

use super::options::{self, Common, Errors, Test, Words};
use super::{output, usage};

/// Runs `test`.
pub(crate) fn test(what: &Test) -> ExitCode {
    match run(what) {
        Ok(code) => ExitCode::from(code),
        Err(text) => usage(&text),
    }
}

fn run(what: &Test) -> Result<u8, String> {
    let cases = suite::catalogue()?;
    let (common, tested, program) = match what {
        Test::Codec(codec) => {
            let words = codec.decoder.iter().chain(&codec.encoder).chain(&codec.joiner);
            (&codec.common, Tested::Codec, words.flat_map(|Words(words)| words).next())
        }
        Test::Edge(edge) => (&edge.common, Tested::Edge, edge.command.first()),
        Test::Platform(platform) => {
            let program = platform.command.first().or(platform.url.as_ref());
            (&platform.common, Tested::Platform, program)
        }
    };
    let mut options = options(common, program.map_or("unnamed", String::as_str))?;
    let known = common.known_failing.as_deref().map(KnownFailing::read).transpose()?;
    let is_chosen = |case: &&Case| case.tested == tested && options.selection.takes(case);
    let chosen: Vec<&Case> = cases.iter().filter(is_chosen).collect();
    if common.list {
        output::print(&select::list(chosen))?;
        return Ok(0);
    }
    let is_long = tested != Tested::Codec;
    options.on_case = is_long.then(|| progress(chosen.len()));
    interrupt(options.stop.clone())?;
    let mut outcome = match what {
        Test::Codec(codec) => suite::test_codec(cases, &commands(codec)?, &options)?,
        Test::Edge(edge) => suite::test_edge(cases, &of_edge(edge)?, times(edge.times)?, &options)?,
        Test::Platform(platform) => {
            let times = times(platform.times)?;
            suite::test_platform(cases, &of_platform(platform)?, times, &options)?
        }
    };
    if let Some(known) = known {
        let is_part = !common.run.is_empty() || !common.skip.is_empty();
        known.apply(&mut outcome.report, is_part);
    }
    write(common, &outcome)?;
    Ok(if options.stop.is_now() { INTERRUPTED } else { outcome.exit_code() })
}

/// The exit code after Ctrl-C, as of a shell.
const INTERRUPTED: u8 = 130;

/// Ends the run at Ctrl-C, so that its report is written. A second one ends the program.
fn interrupt(stop: Stop) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let mut first = pin!(tokio::signal::ctrl_c());
            // The first poll installs the handler.
            let polled = poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await;
            let _ = ready.send(());
            let is_told = match polled {
                Poll::Ready(told) => told.is_ok(),
                Poll::Pending => first.await.is_ok(),
            };
            // Without a handler Ctrl-C ends the program, as ever.
            if is_told {
                stop.now();
                let _ = tokio::signal::ctrl_c().await;
                std::process::exit(INTERRUPTED.into());
            }
        });
    });
    is_ready.recv().map_err(|error| error.to_string())
}

/// Shows how far the run is, on standard error if that is a terminal.
fn progress(all: usize) -> OnCase {
    let bar = ProgressBar::new(all as u64);
    let style = ProgressStyle::with_template("{pos} of {len} cases, {msg}, {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message("0 failed");
    bar.enable_steady_tick(Duration::from_secs(1));
    let failed = AtomicUsize::new(0);
    OnCase::new(move |progress| {
        if progress.case.verdict == Verdict::Fail {
            let failed = failed.fetch_add(1, Ordering::Relaxed) + 1;
            bar.set_message(format!("{failed} failed"));
        }
        bar.set_position(progress.ended as u64);
        if progress.ended == progress.all {
            bar.finish_and_clear();
        }
    })
}

fn options(common: &Common, program: &str) -> Result<Options, String> {
    let globs = |globs: &[String]| -> Result<Vec<_>, String> {
        globs.iter().map(|glob| select::pattern(glob)).collect()
    };
    let features = match &common.features {
        Some(path) => Selection::read_features(path, FEATURES)?,
        None => std::collections::BTreeMap::new(),
    };
    Ok(Options {
        selection: Selection { run: globs(&common.run)?, skip: globs(&common.skip)?, features },
        strictness: Strictness { should: common.strict, ours: common.ours },
        jobs: common.jobs,
        max_time: common.max_time.map(Duration::from_secs),
        pcap: common.pcap.clone(),
        name: common.name.clone().unwrap_or_else(|| program.to_owned()),
        on_case: None,
        stop: Stop::default(),
    })
}

fn times(times: options::Times) -> Result<Times, String> {
    let options::Times { time_scale, tolerance, answer } = times;
    if !(time_scale.is_finite() && time_scale > 0.0) {
        return Err("--time-scale is a number above 0".to_owned());
    }
    Ok(Times {
        scale: time_scale,
        tolerance: Duration::from_millis(tolerance),
        answer: Duration::from_millis(answer),
    })
}

fn commands(codec: &options::Codec) -> Result<Commands, String> {
    let words = |words: &Option<Words>| words.clone().map(|Words(words)| words);
    let commands = Commands {
        decoder: words(&codec.decoder),
        encoder: words(&codec.encoder),
        joiner: words(&codec.joiner),
        is_error_exact: codec.errors == Errors::Strict,
    };
    if commands.decoder.is_none() && commands.encoder.is_none() && commands.joiner.is_none() {
        return Err("test codec needs --decoder, --encoder or --joiner".to_owned());
    }
    Ok(commands)
}

fn of_edge(edge: &options::Edge) -> Result<Edge, String> {
    let command = (!edge.command.is_empty()).then(|| edge.command.clone());
    if command.is_none() && edge.control {
        return Err("--control needs a command".to_owned());
    }
    if command.is_none() && edge.listen.port() == 0 {
        return Err("an edge that connects by itself needs --listen with a port".to_owned());
    }
    if command.is_some() && edge.things.len() > 1 {
        return Err("an edge that is started has one Thing".to_owned());
    }
    let (listen, host, things) = (edge.listen, edge.host.clone(), edge.things.clone());
    Ok(Edge { listen, host, command, things, has_control: edge.control })
}

fn of_platform(platform: &options::Platform) -> Result<Platform, String> {
    let Some(url) = platform.url.clone() else {
        return Ok(Platform::Started { command: platform.command.clone() });
    };
    let key = match &platform.key_env {
        None => None,
        Some(name) => Some(std::env::var(name).map_err(|error| format!("{name}: {error}"))?),
    };
    let (ca, things) = (platform.ca.clone(), platform.things.clone());
    Ok(Platform::Running { url, key, ca, things })
}

fn write(common: &Common, outcome: &Outcome) -> Result<(), String> {
    let report = &outcome.report;
    let reports = std::slice::from_ref(report);
    output::print(&suite::report::text(report))?;
    if outcome.exit_code() == Outcome::NEVER_CAME {
        output::print("the tested program never came\n")?;
    }
    output::file(common.json.as_deref(), || Ok(suite::report::json(report)))?;
    output::file(common.junit.as_deref(), || suite::report::junit(report))?;
    output::file(common.html.as_deref(), || Ok(suite::report::html(reports)))?;
    output::file(common.markdown.as_deref(), || Ok(suite::report::markdown(reports)))
}
