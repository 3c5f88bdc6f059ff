//! Ids that the tested side chooses. The dialogues have those of one implementation; others
//! may choose different ones.

use std::collections::BTreeMap;

use alwayson_codec::{Code, Header, Ids};

/// The offsets of the ids in a header (section 2).
const REQUEST: usize = 2;
const ENDPOINT: usize = 6;
const SESSION: usize = 10;
const END: usize = 15;

/// Ids of one kind: those of the dialogue, and those that the side chose.
#[derive(Clone, Debug, Default)]
struct Chosen(BTreeMap<u32, u32>);

impl Chosen {
    /// Returns the side's id for an id of the dialogue.
    fn theirs(&self, id: u32) -> u32 {
        self.0.get(&id).copied().unwrap_or(id)
    }

    /// Returns the dialogue's id for an id of the side.
    fn ours(&self, id: u32) -> u32 {
        let known = self.0.iter().find(|(_, theirs)| **theirs == id);
        known.map_or(id, |(ours, _)| *ours)
    }

    /// Learns an id when the side first uses it, unless it is known already.
    fn learn(&mut self, ours: u32, theirs: u32) {
        if !self.0.values().any(|known| *known == theirs) {
            self.0.entry(ours).or_insert(theirs);
        }
    }
}

/// The ids of one connection.
#[derive(Clone, Debug)]
pub(crate) struct KnownIds {
    requests: Chosen,
    sessions: Chosen,
    endpoints: Chosen,
    /// Whether the side grants sessions and endpoints.
    grants: bool,
}

impl KnownIds {
    pub(crate) fn new(grants: bool) -> Self {
        let (requests, sessions, endpoints) = Default::default();
        Self { requests, sessions, endpoints, grants }
    }

    /// Returns a message to the side, with the side's ids.
    pub(crate) fn incoming(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if bytes.len() < END {
            return bytes;
        }
        // The code tells whose request id it is, even if the body is invalid.
        if bytes[1] >= 0x40 {
            map(&mut bytes, REQUEST, |id| self.requests.theirs(id));
        }
        map(&mut bytes, SESSION, |id| self.sessions.theirs(id));
        map(&mut bytes, ENDPOINT, |id| self.endpoints.theirs(id));
        bytes
    }

    /// Returns the expected message with the side's ids, which are learned from the actual
    /// message.
    pub(crate) fn outgoing(&mut self, expected: &[u8], actual: &[u8]) -> Vec<u8> {
        let headers = (Header::decode(expected), Header::decode(actual));
        let (Ok(expected_header), Ok(actual_header)) = headers else { return expected.to_vec() };
        let ours = expected_header.ids;
        let theirs = actual_header.ids;
        let is_request = !matches!(expected_header.code, Code::Response(_));
        if is_request && is_id(ours.request) && is_id(theirs.request) {
            self.requests.learn(ours.request, theirs.request);
        }
        // A platform may grant no endpoint id, with its first session id.
        let is_first = self.grants && self.sessions.0.is_empty();
        if is_first && is_id(ours.endpoint) && is_id(theirs.session) && !is_id(theirs.endpoint) {
            self.endpoints.0.entry(ours.endpoint).or_insert(theirs.endpoint);
        }
        if self.grants && is_id(ours.session) && is_id(theirs.session) {
            self.sessions.learn(ours.session, theirs.session);
        }
        if self.grants && is_id(ours.endpoint) && is_id(theirs.endpoint) {
            self.endpoints.learn(ours.endpoint, theirs.endpoint);
        }
        let mut bytes = expected.to_vec();
        if is_request {
            map(&mut bytes, REQUEST, |id| self.requests.theirs(id));
        }
        map(&mut bytes, SESSION, |id| self.sessions.theirs(id));
        map(&mut bytes, ENDPOINT, |id| self.endpoints.theirs(id));
        bytes
    }

    /// Returns the dialogue's id of a request that the side reports.
    pub(crate) fn request(&self, theirs: u32) -> u32 {
        self.requests.ours(theirs)
    }
}

fn is_id(id: u32) -> bool {
    id != 0 && id != Ids::NONE
}

fn map(bytes: &mut [u8], at: usize, id: impl Fn(u32) -> u32) {
    if let Some(place) = bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *place = id(u32::from_be_bytes(*place)).to_be_bytes();
    }
}
