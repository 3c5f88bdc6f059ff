//! The simulated network between an edge and the platform: in order, delayed, and with
//! requested faults.

use std::collections::VecDeque;

use alwayson_codec::{Body, Message};

/// A WebSocket frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// A binary message.
    Message(Vec<u8>),
    /// A ping.
    Ping,
    /// A pong, which the WebSocket layer sends.
    Pong,
    /// A close.
    Close,
}

/// A fault of the next packet in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is delayed by this many ms.
    Delay(u32),
    /// It is lost.
    Drop,
    /// It arrives twice.
    Double,
    /// It is truncated to this many bytes.
    Cut(u16),
    /// One of its bits is flipped.
    Flip(u16),
    /// It arrives in one WebSocket message with the previous one, if that is still in transit.
    Join,
}

/// The direction of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From an edge to the platform.
    Up,
    /// From the platform to an edge.
    Down,
}

/// Returns whether a message may be appended: the last one must not be a chunk, whose data
/// extend to the end.
fn can_be_followed(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Ok((message, used)) = Message::decode(rest) {
        if matches!(message.body, Body::Chunk(_)) {
            return false;
        }
        rest = &rest[used..];
    }
    rest.is_empty()
}

/// The latency of each packet, in ms.
const LATENCY_MS: u64 = 10;

/// One direction of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    packets: VecDeque<(u64, Packet)>,
    /// Whether the receiver cannot take the first packet now.
    pub(super) is_blocked: bool,
}

impl Queue {
    /// Sends a packet, with or without a fault.
    pub(super) fn send(&mut self, packet: Packet, fault: Option<Fault>, now_ms: u64) {
        let delay = match fault {
            Some(Fault::Delay(delay)) => u64::from(delay),
            _ => 0,
        };
        let last = self.packets.back().map_or(0, |(at_ms, _)| *at_ms);
        let at_ms = (now_ms + LATENCY_MS + delay).max(last);
        let packet = match (packet, fault) {
            (_, Some(Fault::Drop)) => return,
            (Packet::Message(mut bytes), Some(Fault::Cut(len))) => {
                bytes.truncate(usize::from(len));
                Packet::Message(bytes)
            }
            (Packet::Message(mut bytes), Some(Fault::Flip(bit))) if !bytes.is_empty() => {
                let at = usize::from(bit / 8) % bytes.len();
                bytes[at] ^= 1 << (bit % 8);
                Packet::Message(bytes)
            }
            (packet, _) => packet,
        };
        if let (Some(Fault::Join), Packet::Message(more)) = (fault, &packet) {
            if let Some((_, Packet::Message(before))) = self.packets.back_mut() {
                if can_be_followed(before) {
                    before.extend_from_slice(more);
                    return;
                }
            }
        }
        if fault == Some(Fault::Double) {
            self.packets.push_back((at_ms, packet.clone()));
        }
        self.packets.push_back((at_ms, packet));
    }

    /// Returns when the next packet arrives, if it can be taken.
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.packets.front().filter(|_| !self.is_blocked).map(|(at_ms, _)| *at_ms)
    }

    pub(super) fn receive(&mut self) -> Option<Packet> {
        self.packets.pop_front().map(|(_, packet)| packet)
    }

    /// Returns a packet to the queue that could not be taken.
    pub(super) fn put_back(&mut self, packet: Packet, now_ms: u64) {
        self.packets.push_front((now_ms, packet));
        self.is_blocked = true;
    }

    /// Queues the rest of a WebSocket message.
    pub(super) fn comes_next(&mut self, rest: Vec<u8>, now_ms: u64) {
        if !rest.is_empty() {
            self.packets.push_front((now_ms, Packet::Message(rest)));
        }
    }

    pub(super) fn clear(&mut self) {
        self.packets.clear();
    }
}
