//! The bytes of TCP connections, put together from their segments in any order.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use super::Segment;

/// The most bytes of a direction that wait for those before them; then these count as missing.
pub const HELD: usize = 1 << 20;

/// Something of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The number of the connection in the capture, from 1.
    pub connection: usize,
    /// Its sender.
    pub from: SocketAddr,
    /// Its receiver.
    pub to: SocketAddr,
    /// When its last segment came.
    pub at: Duration,
    /// What it is.
    pub what: What,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The sender opens the connection. Without it, the capture begins in the middle of one.
    Open,
    /// The next bytes of the sender.
    Bytes(Vec<u8>),
    /// Bytes of the sender are not in the capture: this many.
    Missing(u32),
    /// The sender sends nothing more.
    End,
    /// The sender has reset the connection.
    Reset,
}

/// All connections of a capture.
#[derive(Debug, Default)]
pub struct Streams {
    open: HashMap<(SocketAddr, SocketAddr), Line>,
    connections: usize,
}

#[derive(Debug)]
struct Line {
    number: usize,
    /// The smaller address of both, and the other one.
    directions: [Direction; 2],
}

#[derive(Debug, Default)]
struct Direction {
    /// The number of the next byte.
    next: Option<u32>,
    /// Segments beyond it, by how far they are beyond what was the next byte then.
    held: BTreeMap<u64, Vec<u8>>,
    held_bytes: usize,
    /// How many bytes were passed on: what keeps the order when numbers begin anew.
    passed: u64,
    /// Where it ends, if that was seen.
    end: Option<u64>,
    has_ended: bool,
}

impl Streams {
    /// Takes the next segment. Returns what it completes, in order.
    pub fn take(&mut self, segment: &Segment) -> Vec<Piece> {
        let Segment { at, from, to, .. } = *segment;
        let key = if from <= to { (from, to) } else { (to, from) };
        let is_first = segment.syn && !segment.ack;
        let is_anew = |line: &Line| {
            let direction = line.direction(from, to);
            let is_same = direction.next == Some(segment.number.wrapping_add(1));
            is_first && (!is_same || direction.passed > 0)
        };
        let mut all = Vec::new();
        if self.open.get(&key).is_some_and(is_anew) {
            if let Some(mut old) = self.open.remove(&key) {
                all.extend(old.give_up(key, at));
            }
        }
        let connections = &mut self.connections;
        let mut is_unknown = false;
        let line = self.open.entry(key).or_insert_with(|| {
            *connections += 1;
            is_unknown = true;
            Line { number: *connections, directions: Default::default() }
        });
        let number = line.number;
        let piece = |what| Piece { connection: number, from, to, at, what };
        if is_first && is_unknown {
            all.push(piece(What::Open));
        }
        let is_reset = segment.rst;
        let pieces = line.direction_mut(from, to).take(segment);
        all.extend(pieces.into_iter().map(piece));
        if is_reset {
            if let Some(mut old) = self.open.remove(&key) {
                all.extend(old.give_up(key, at));
            }
            all.push(piece(What::Reset));
        }
        all
    }

    /// Returns what waits for bytes that are not in the capture, in the order of the connections.
    pub fn finish(self, at: Duration) -> Vec<Piece> {
        let mut open: Vec<_> = self.open.into_iter().collect();
        open.sort_by_key(|(_, line)| line.number);
        open.into_iter().flat_map(|(key, mut line)| line.give_up(key, at)).collect()
    }
}

impl Line {
    fn direction(&self, from: SocketAddr, to: SocketAddr) -> &Direction {
        let [smaller, greater] = &self.directions;
        if from <= to { smaller } else { greater }
    }

    fn direction_mut(&mut self, from: SocketAddr, to: SocketAddr) -> &mut Direction {
        let [smaller, greater] = &mut self.directions;
        if from <= to { smaller } else { greater }
    }

    fn give_up(&mut self, (first, second): (SocketAddr, SocketAddr), at: Duration) -> Vec<Piece> {
        let mut all = Vec::new();
        let connection = self.number;
        for (direction, (from, to)) in
            self.directions.iter_mut().zip([(first, second), (second, first)])
        {
            let pieces = direction.give_up();
            all.extend(pieces.into_iter().map(|what| Piece { connection, from, to, at, what }));
        }
        all
    }
}

impl Direction {
    fn take(&mut self, segment: &Segment) -> Vec<What> {
        let first = if segment.syn { segment.number.wrapping_add(1) } else { segment.number };
        let next = *self.next.get_or_insert(first);
        // Numbers go round after 4 GiB: what is less than half of that behind is old.
        let ahead = i64::from(first.wrapping_sub(next).cast_signed());
        let place = self.passed.checked_add_signed(ahead);
        let end = ahead + i64::try_from(segment.bytes.len()).unwrap_or(i64::MAX);
        if segment.fin {
            self.end = self.end.or_else(|| self.passed.checked_add_signed(end));
        }
        match place {
            Some(place) if !segment.bytes.is_empty() => self.hold(place, &segment.bytes),
            // It begins before what was seen first, or has nothing.
            _ => {}
        }
        let mut all = self.ready();
        while self.held_bytes > HELD {
            all.extend(self.skip());
            all.extend(self.ready());
        }
        all
    }

    fn hold(&mut self, place: u64, bytes: &[u8]) {
        let old = self.held.get(&place).map_or(0, Vec::len);
        // Of two that begin at the same byte the longer one has more.
        if bytes.len() > old {
            self.held.insert(place, bytes.to_vec());
            self.held_bytes += bytes.len() - old;
        }
    }

    /// Returns what can be passed on.
    fn ready(&mut self) -> Vec<What> {
        let mut all = Vec::new();
        while let Some(entry) = self.held.first_entry() {
            if *entry.key() > self.passed {
                break;
            }
            let (place, mut bytes) = entry.remove_entry();
            self.held_bytes -= bytes.len();
            // What was passed on already came again.
            let old = usize::try_from(self.passed - place).unwrap_or(usize::MAX);
            if old < bytes.len() {
                bytes.drain(..old);
                self.advance(bytes.len() as u64);
                all.push(What::Bytes(bytes));
            }
        }
        if self.end.is_some_and(|end| end <= self.passed) && !self.has_ended {
            self.has_ended = true;
            all.push(What::End);
        }
        all
    }

    /// Takes the bytes before the first segment that waits as missing.
    fn skip(&mut self) -> Option<What> {
        let (place, _) = self.held.first_key_value()?;
        let missing = place.saturating_sub(self.passed);
        self.advance(missing);
        (missing > 0).then(|| What::Missing(u32::try_from(missing).unwrap_or(u32::MAX)))
    }

    fn give_up(&mut self) -> Vec<What> {
        let mut all = Vec::new();
        while !self.held.is_empty() {
            all.extend(self.skip());
            all.extend(self.ready());
        }
        all
    }

    fn advance(&mut self, len: u64) {
        self.passed += len;
        let [.., a, b, c, d] = len.to_be_bytes();
        let low = u32::from_be_bytes([a, b, c, d]);
        self.next = self.next.map(|next| next.wrapping_add(low));
    }
}
