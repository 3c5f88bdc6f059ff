//! A case of the suite: what is tested, of whom, and how binding it is.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::play::Script;
pub use crate::level::Level;
use crate::sessions::Citation;
use crate::vectors::{Sequence, Vector};

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tested {
    /// A decoder and an encoder.
    Codec,
    /// The side that opens connections.
    Edge,
    /// The side that accepts connections.
    Platform,
}

impl fmt::Display for Tested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Codec => "codec",
            Self::Edge => "edge",
            Self::Platform => "platform",
        })
    }
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, which stays for ever.
    pub id: String,
    /// What is tested.
    pub tested: Tested,
    /// How binding it is.
    pub level: Level,
    /// One sentence about it.
    pub about: String,
    /// The words of PROTOCOL.md that it tests.
    pub cites: Vec<Citation>,
    /// What the tested program must support.
    pub features: Vec<&'static str>,
    /// Whether the application of the tested program must be told what to do, over the control
    /// channel.
    pub needs_control: bool,
    /// How long it takes on a real clock, in ms.
    pub duration_ms: u64,
    pub(crate) work: Work,
}

/// What a case does.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Vector(Arc<Vector>),
    Sequence(Arc<Sequence>),
    Script(Arc<Script>),
}

impl Case {
    /// Returns the other names of the case: its id behind each section that it cites, such as
    /// `7/auth-then-bind`.
    pub fn aliases(&self) -> Vec<String> {
        let mut sections: Vec<&str> =
            self.cites.iter().map(|citation| citation.section.as_str()).collect();
        sections.sort_unstable();
        sections.dedup();
        sections.iter().map(|section| format!("{section}/{}", self.id)).collect()
    }
}
