//! Tests of edges and platforms: what the command's options become.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::net::{self, Certificates, Hub, Target};
use super::play::{Devices, Limits, Names, Setup, THINGS, Way};
use super::run::{Options, Outcome, test_scripts};
use super::{Case, Tested};

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// The length of a second of the scripts, in seconds. For programs whose timers can be
    /// set.
    pub scale: f64,
    /// How much earlier or later than in the script something may happen.
    pub tolerance: Duration,
    /// How long the tested program may take to start, or to answer.
    pub answer: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self { scale: 1.0, tolerance: Duration::from_millis(1500), answer: Duration::from_secs(10) }
    }
}

impl Times {
    fn limits(self) -> Limits {
        let Self { scale, tolerance, answer } = self;
        // A moment of the script, and no less than what a loaded machine takes.
        let settle = Duration::from_millis(200).mul_f64(scale).max(Duration::from_millis(50));
        Limits { scale, tolerance, answer, settle }
    }
}

/// The Things of the cases.
pub fn default_things() -> Vec<String> {
    THINGS.map(str::to_owned).to_vec()
}

/// The edge that is tested.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Where we listen. With port 0 each case has a port of its own; otherwise all edges connect
    /// to this one, and are told apart by their AUTH.
    pub listen: SocketAddr,
    /// The host that the edge is told, if not the address.
    pub host: Option<String>,
    /// The command that starts the edge, with `{url}`, `{key}`, `{thing}` and `{ca}`. Without it
    /// edges connect by themselves.
    pub command: Option<Vec<String>>,
    /// The Thing of the edge, if it is not `Pump`. Without a command, those of all edges: each
    /// plays one case at a time. If there are several, the key of the first ends with `-1`, and
    /// so on.
    pub things: Vec<String>,
    /// Whether it has the control channel.
    pub has_control: bool,
}

/// The platform that is tested.
#[derive(Clone, Debug)]
pub enum Platform {
    /// It runs already.
    Running {
        /// Its address.
        url: String,
        /// An application key that it accepts.
        key: Option<String>,
        /// A file with the certificates of those who may have issued its own, if not the
        /// system's.
        ca: Option<PathBuf>,
        /// Things that it has, instead of `Pump`, `Valve` and `Motor`, which it needs not have
        /// then. Cases that need more of them are skipped.
        things: Vec<String>,
    },
    /// It is started for each case, and has the control channel; it is told which Things it has.
    Started {
        /// The command.
        command: Vec<String>,
    },
}

/// Tests an edge.
///
/// # Errors
/// The run cannot begin; the error says why, in words.
pub fn test_edge(
    cases: Vec<Case>,
    edge: &Edge,
    times: Times,
    options: &Options,
) -> Result<Outcome, String> {
    let mut options = options.clone();
    let Edge { listen, host, command, things, has_control } = edge.clone();
    let is_tls_possible = has_control || command.iter().flatten().any(|word| word.contains("{ca}"));
    if !is_tls_possible {
        options.selection.features.entry("tls".to_owned()).or_insert(false);
    }
    test_scripts(cases, Tested::Edge, has_control, &options, async || {
        let host = host.unwrap_or_else(|| {
            let ip = listen.ip();
            let is_any = ip.is_unspecified();
            if is_any { "localhost".to_owned() } else { ip.to_string() }
        });
        // Several edges have Things of their own.
        let mut names = Names::default();
        if let [thing] = &things[..] {
            names.insert(THINGS[0], thing);
        }
        let way = match (listen.port(), command) {
            (0, Some(command)) => Way::Started { command, listen: listen.ip() },
            (_, command) => {
                let bound = TcpListener::bind(listen).await;
                let listener = Arc::new(bound.map_err(|error| format!("{listen}: {error}"))?);
                let things = if command.is_some() { Vec::new() } else { things };
                let devices = Devices::new(&things);
                let (hub, turn) = (Hub::default(), Mutex::default());
                Way::Listener { command, listener, hub, things, devices, turn }
            }
        };
        let certificates = Certificates::new()?;
        let file = tempfile::NamedTempFile::new().and_then(|mut file| {
            file.write_all(certificates.ca().as_bytes())?;
            Ok(file)
        });
        let file = file.map_err(|error| error.to_string())?;
        let certificates = Some((certificates, file));
        let limits = times.limits();
        Ok(Setup { way, has_control, limits, names, things: THINGS.len(), host, certificates })
    })
}

/// Tests a platform.
///
/// # Errors
/// The run cannot begin; the error says why, in words.
pub fn test_platform(
    cases: Vec<Case>,
    platform: &Platform,
    times: Times,
    options: &Options,
) -> Result<Outcome, String> {
    let mut options = options.clone();
    let has_control = matches!(platform, Platform::Started { .. });
    if !has_control {
        // What a platform that runs already must have been set up for.
        for feature in [
            "captures",
            "decides-later",
            "gateways",
            "identifiers",
            "last-in-wins",
            "several-messages",
        ] {
            options.selection.features.entry(feature.to_owned()).or_insert(false);
        }
    }
    test_scripts(cases, Tested::Platform, has_control, &options, async || {
        let mut names = Names::default();
        let mut number = THINGS.len();
        let way = match platform.clone() {
            Platform::Started { command } => Way::Platform { command },
            Platform::Running { url, key, ca, things } => {
                for (name, other) in THINGS.iter().zip(&things) {
                    names.insert(name, other);
                }
                number = things.len();
                let target = Target::parse(&url)?;
                let tls =
                    target.is_tls.then(|| net::tls_client(ca.as_deref(), false)).transpose()?;
                Way::Running { target, tls, key, turn: Mutex::default() }
            }
        };
        let host = IpAddr::from([127, 0, 0, 1]).to_string();
        let limits = times.limits();
        let certificates = None;
        Ok(Setup { way, has_control, limits, names, things: number, host, certificates })
    })
}
