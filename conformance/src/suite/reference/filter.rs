//! What faults do to the messages of a connection.

use alwayson_codec::owned::{Bind, Body, Message as Owned};
use alwayson_codec::{Code, Header, Ids, Message};

use super::{Behaviour, Fault};
use crate::sessions::compare::Packet;

/// The places of section 2.
const CODE: usize = 1;
const REQUEST: usize = 2;
const SESSION: usize = 10;
const MARKER: usize = 14;

/// What is remembered of one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Whether it hears nothing any more.
    pub(super) is_deaf: bool,
    /// The number of the chunk that may come next, if chunks must come in order.
    next_chunk: u16,
    has_auth: bool,
    session: Option<[u8; 4]>,
}

impl Filter {
    /// Returns what the machine hears of a received message.
    pub(super) fn received(&mut self, behaviour: Behaviour, bytes: Vec<u8>) -> Option<Vec<u8>> {
        if self.is_deaf {
            return None;
        }
        if behaviour.has(Fault::HangsAfterBadBytes) && Message::decode(&bytes).is_err() {
            self.is_deaf = true;
            return None;
        }
        if behaviour.has(Fault::ChunksInOrderOnly) && bytes.get(MARKER) == Some(&1) {
            let id = bytes.get(15..).and_then(|rest| rest.first_chunk::<2>())?;
            let id = u16::from_be_bytes(*id);
            if id != 1 && id != self.next_chunk {
                return None;
            }
            self.next_chunk = id + 1;
        }
        let mut bytes = bytes;
        if behaviour.has(Fault::TakesAnySession) {
            if let (Some(granted), Some(place)) = (self.session, four(&mut bytes, SESSION)) {
                *place = granted;
            }
        }
        Some(bytes)
    }

    /// Returns answers that nobody asked for.
    pub(super) fn answers(&mut self, behaviour: Behaviour, bytes: &[u8]) -> Vec<Vec<u8>> {
        let code = bytes.get(CODE).copied();
        let is_auth = code == Some(0x14);
        let had_auth = self.has_auth;
        self.has_auth |= is_auth;
        let is_answered = match code {
            Some(0x1f) => behaviour.has(Fault::AnswersKeepAlive),
            Some(0x14) => behaviour.has(Fault::TakesASecondAuth) && had_auth,
            Some(_) => behaviour.has(Fault::HearsBeforeAuth) && !self.has_auth,
            None => false,
        };
        let header = bytes.first_chunk::<15>().filter(|_| is_answered);
        header.map(|header| success(*header)).into_iter().collect()
    }

    /// Returns whether the machine must not see a message that was answered here.
    pub(super) fn hides(&self, behaviour: Behaviour, bytes: &[u8]) -> bool {
        let is_auth = bytes.get(CODE) == Some(&0x14);
        (behaviour.has(Fault::HearsBeforeAuth) && !self.has_auth)
            || (behaviour.has(Fault::TakesASecondAuth) && is_auth && self.session.is_some())
    }

    /// Returns whether the connection ends at a message.
    pub(super) fn ends_at(&self, behaviour: Behaviour, bytes: &[u8]) -> bool {
        behaviour.has(Fault::ClosesOnBadBodies)
            && self.session.is_some()
            && Message::decode(bytes).is_err()
    }

    /// Returns what a platform sends instead of a frame.
    pub(super) fn sent_by_platform(&mut self, behaviour: Behaviour, packet: Packet) -> Packet {
        let Packet::Message(mut bytes) = packet else { return packet };
        let is_response =
            Header::decode(&bytes).is_ok_and(|header| matches!(header.code, Code::Response(_)));
        if is_response && self.session.is_none() {
            let granted = four(&mut bytes, SESSION).map(|session| *session);
            self.session = granted.filter(|session| *session != [0xff; 4]);
        }
        if is_response && behaviour.has(Fault::AnswersAnotherRequest) {
            if let Some(request) = four(&mut bytes, REQUEST) {
                *request = u32::from_be_bytes(*request).wrapping_add(1).to_be_bytes();
            }
        }
        if is_response && behaviour.has(Fault::RefusesWithoutAReason) {
            if let Ok(view) = Message::decode_exact(&bytes) {
                let mut message = Owned::from(view);
                if let Body::Response(response) = &mut message.body {
                    response.reason = None;
                }
                bytes = message.encode_to_vec().unwrap_or(bytes);
            }
        }
        Packet::Message(bytes)
    }
}

/// Returns what an edge sends instead of a frame.
pub(super) fn sent_by_edge(behaviour: Behaviour, packet: Packet) -> Vec<Packet> {
    let Packet::Message(mut bytes) = packet else {
        let is_left_out = packet == Packet::Ping && behaviour.has(Fault::NeverPings);
        return if is_left_out { Vec::new() } else { vec![packet] };
    };
    let is_auth = bytes.get(CODE) == Some(&0x14);
    let session = match is_auth {
        true if behaviour.has(Fault::AuthHasASession) => Some([0; 4]),
        false if behaviour.has(Fault::ForgetsItsSession) => Some([0xff; 4]),
        _ => None,
    };
    if let (Some(session), Some(place)) = (session, four(&mut bytes, SESSION)) {
        *place = session;
    }
    if behaviour.has(Fault::KnowsEveryThing) {
        if let Some(code) = bytes.get_mut(CODE).filter(|code| **code == 0x84) {
            *code = 0x40;
        }
    }
    let early = early_bind().filter(|_| is_auth && behaviour.has(Fault::BindsAtOnce));
    [Some(bytes), early].into_iter().flatten().map(Packet::Message).collect()
}

/// Returns four bytes at a place.
fn four(bytes: &mut [u8], at: usize) -> Option<&mut [u8; 4]> {
    bytes.get_mut(at..)?.first_chunk_mut()
}

/// Returns SUCCESS to a message.
fn success(header: [u8; 15]) -> Vec<u8> {
    let mut bytes = header.to_vec();
    for (place, value) in [(CODE, 0x40), (MARKER, 0)] {
        if let Some(byte) = bytes.get_mut(place) {
            *byte = value;
        }
    }
    bytes.extend([0, 0xff]);
    bytes
}

/// Returns a BIND without a session.
fn early_bind() -> Option<Vec<u8>> {
    let bind = Bind { gateway: None, names: vec!["Pump".to_owned()] };
    let ids = Ids { request: 90, endpoint: 0, session: Ids::NONE };
    Owned { ids, body: Body::Bind(bind) }.encode_to_vec().ok()
}
