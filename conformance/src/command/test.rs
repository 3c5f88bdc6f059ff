//! `test`.

use std::process::ExitCode;
use std::time::Duration;

use alwayson_conformance::suite::select::{self, KnownFailing, Selection};
use alwayson_conformance::suite::{
    self, Commands, Edge, FEATURES, Options, Outcome, Platform, Strictness, Tested, Times,
};

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
    let options = options(common, program.map_or("unnamed", String::as_str))?;
    let known = common.known_failing.as_deref().map(KnownFailing::read).transpose()?;
    if common.list {
        let chosen = cases.iter().filter(|case| case.tested == tested);
        let chosen = chosen.filter(|case| options.selection.takes(case));
        output::print(&select::list(chosen))?;
        return Ok(0);
    }
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
    Ok(outcome.exit_code())
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
    if !outcome.came {
        output::print("the tested program never came\n")?;
    }
    output::file(common.json.as_deref(), || Ok(suite::report::json(report)))?;
    output::file(common.junit.as_deref(), || suite::report::junit(report))?;
    output::file(common.html.as_deref(), || Ok(suite::report::html(reports)))?;
    output::file(common.markdown.as_deref(), || Ok(suite::report::markdown(reports)))
}
