//! Runs a script against a tested program over real sockets.
//!
//! A script is a dialogue of `sessions/`, and how its messages travel. The player has no
//! machine of its own that could forgive a fault: it sends the bytes of the script, and
//! compares what arrives.

mod act;
mod broken;
mod effects;
mod expect;
mod lines;
mod open;
mod place;
mod player;
mod rename;
mod setup;
mod start;
mod take;

pub(crate) use broken::Broken;
pub(crate) use place::Devices;
pub(crate) use player::play;
pub(crate) use rename::{Names, THINGS};
pub(crate) use setup::{Limits, Setup, Way};

use std::collections::BTreeMap;

use serde_json::Value;

use super::net::{Frame, TlsFault};
use crate::sessions::{Act, Dialogue, Effect, Sent, Step};

/// How the messages of a script travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// In one frame each.
    #[default]
    Whole,
    /// In fragments, of which the last may be empty.
    Fragments,
    /// In fragments with a ping between them.
    FragmentsAndPings,
    /// Byte by byte.
    Slowly,
    /// Each behind a text message.
    BehindText,
    /// Each together with a ping, in one write.
    WithPing,
}

/// How the side that runs the script ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// By a close with this code.
    Code(Option<u16>),
    /// By ending the TCP connection.
    Lost,
}

/// A dialogue, and how it travels.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) dialogue: Dialogue,
    /// The dialogue as JSON, for the control channel.
    pub(crate) json: Value,
    /// What the tested program must support.
    pub(crate) features: Vec<&'static str>,
    pub(crate) delivery: Delivery,
    pub(crate) closing: Closing,
    /// A frame that is sent in the same write as the answer to the upgrade.
    pub(crate) with_upgrade: Option<Frame>,
    /// The certificate of our platform, for cases about TLS.
    pub(crate) tls: Option<TlsFault>,
    /// How many connections of an edge are refused before one is accepted.
    pub(crate) refused: usize,
    /// Whether any answer, or the end, is right where the script has an answer; the tested side
    /// must only go on living.
    pub(crate) is_about_life: bool,
    /// What is sent in the last step instead of its message.
    pub(crate) broken: Option<Broken>,
    /// The kinds of answers that are right, by the ids of requests, where any answer of its kind
    /// is as good as that of the script. The application is told to answer as the script does.
    pub(crate) kinds: BTreeMap<u32, String>,
}

impl Script {
    pub(crate) fn new(dialogue: Dialogue, json: Value) -> Self {
        Self {
            dialogue,
            json,
            features: Vec::new(),
            delivery: Delivery::Whole,
            closing: Closing::Code(Some(1000)),
            with_upgrade: None,
            tls: None,
            refused: 0,
            is_about_life: false,
            broken: None,
            kinds: BTreeMap::new(),
        }
    }

    /// Returns the `do` of a step as JSON.
    fn json_of(&self, step: usize) -> Value {
        self.json.pointer(&format!("/steps/{step}/do")).cloned().unwrap_or_default()
    }

    /// Returns whether the script waits for a ping of the tested side, so that pings must not
    /// be answered unasked.
    fn awaits_pings(&self) -> bool {
        let is_ping = |sent: &Sent| matches!(sent, Sent::Ping {});
        self.dialogue.steps.iter().any(|step| step.out.iter().any(|out| is_ping(&out.sent)))
    }

    /// Returns the connection and the id of each request that the application of the tested
    /// program sends, in this order.
    fn requests_sent(&self) -> impl Iterator<Item = (usize, u32)> {
        let outs = self.dialogue.steps.iter().flat_map(|step| &step.out);
        outs.filter_map(|out| match &out.sent {
            Sent::Message { hex, .. } => {
                let is_first = match hex.get(14)? {
                    0 => true,
                    _ => hex.get(15..17)? == [0, 1],
                };
                let id = u32::from_be_bytes(*hex.get(2..)?.first_chunk()?);
                (is_first && (0x01..0x05).contains(hex.get(1)?)).then_some((out.connection, id))
            }
            _ => None,
        })
    }

    /// Returns the number of the request that a step has the application send, from 1.
    fn number_of_request(&self, index: usize) -> u32 {
        let is_refused = |step: &Step| {
            step.effects.iter().any(|told| matches!(told.effect, Effect::NotAllowed {}))
        };
        let is_one = |step: &&Step| matches!(step.act, Some(Act::Request(_))) && !is_refused(step);
        let before = self.dialogue.steps.iter().take(index).filter(is_one).count();
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    /// Returns whether the script binds names of a platform.
    fn sends_bind(&self) -> bool {
        self.dialogue.steps.iter().any(|step| match &step.act {
            Some(Act::Received { hex, .. }) => matches!(hex.get(1), Some(0x0a)),
            _ => false,
        })
    }

    /// Returns whether the script binds more names than fit into one message.
    fn binds_many(&self) -> bool {
        let is_it = |hex: &[u8]| hex.get(1) == Some(&0x0a) && hex.len() > 8_000;
        let acts = self.dialogue.steps.iter().filter_map(|step| step.act.as_ref());
        acts.into_iter().any(|act| matches!(act, Act::Received { hex, .. } if is_it(hex)))
    }

    /// Returns the names that an edge binds before it first connects.
    pub(crate) fn first_names(&self) -> Vec<&str> {
        let acts = self.dialogue.steps.iter().map(|step| step.act.as_ref());
        let first = acts.take_while(|act| !matches!(act, Some(Act::Opened { .. })));
        first
            .filter_map(|act| match act {
                Some(Act::Bind { name }) => Some(name.as_str()),
                _ => None,
            })
            .collect()
    }
}
