//! Captures of packets: pcap and pcapng.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use alwayson_codec::Message;
use alwayson_conformance::capture::Side;
use alwayson_conformance::pcap::tls::{KeyLog, Tls, begins_with_tls};
use alwayson_conformance::pcap::{MAGIC, Piece, Reader, Streams, What};
use alwayson_conformance::watch::{
    Event, Limits, Watch, begins_with_message, may_begin_with_frame, rules,
};

use super::full;
use crate::broken::Count;
use crate::failure::Failure;
use crate::passing::{self, Line};
use crate::show::{self, Days};

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) is_full: bool,
    pub(super) is_checking: bool,
}

/// Shows the connections of the protocol in a capture. Returns the number of faults.
pub(super) fn show(
    name: &str,
    begin: [u8; MAGIC],
    input: &mut impl BufRead,
    asked: Asked,
    count: &Count,
    log: &KeyLog,
) -> Result<usize, Failure> {
    let fault = |error: String| Failure::Usage(format!("{name}: {error}"));
    let mut out = Out { asked, count, log, days: Days::default(), faults: 0 };
    let mut lines: HashMap<usize, Connection> = HashMap::new();
    let mut streams = Streams::default();
    let mut last = Duration::ZERO;
    for segment in Reader::new(begin, input).map_err(fault)? {
        let segment = match segment {
            Ok(segment) => segment,
            Err(error) => {
                writeln!(io::stderr(), "alwayson: {name}: the capture is damaged: {error}")?;
                out.faults += 1;
                break;
            }
        };
        last = segment.at;
        for piece in streams.take(&segment) {
            lines.entry(piece.connection).or_default().take(piece, &mut out)?;
        }
    }
    for piece in streams.finish(last) {
        lines.entry(piece.connection).or_default().take(piece, &mut out)?;
    }
    let unfinished: usize = lines.values().map(Connection::unfinished).sum();
    if unfinished > 0 {
        writeln!(io::stderr(), "alwayson: incomplete long messages: {unfinished}")?;
        out.faults += unfinished;
    }
    if !lines.values().any(|line| line.is_shown) {
        let mut text = "no connection of the protocol was found".to_owned();
        if log.is_empty() && lines.values().any(|line| line.is_encrypted) {
            text = format!("{text}; for those with TLS pass --keylog");
        } else if let Some(problem) = lines.values().find_map(|line| line.problem.as_ref()) {
            text = format!("{text}; of one with TLS: {problem}");
        }
        return Err(fault(text));
    }
    Ok(out.faults)
}

/// Where lines go.
struct Out<'c> {
    asked: Asked,
    count: &'c Count,
    log: &'c KeyLog,
    days: Days,
    faults: usize,
}

/// One TCP connection.
#[derive(Default)]
struct Connection {
    watch: Option<Box<Watch>>,
    /// TLS around it.
    tls: Option<Box<Tls>>,
    /// Why TLS cannot be decrypted.
    problem: Option<String>,
    /// The side that has opened it, once that is known.
    edge: Option<SocketAddr>,
    /// Whether its first segment is in the capture.
    is_whole: bool,
    /// Whether a WebSocket was found.
    is_shown: bool,
    is_encrypted: bool,
    /// The sides of which bytes are missing: what comes next has to begin with a frame.
    lost: Vec<Side>,
}

impl Connection {
    fn unfinished(&self) -> usize {
        self.watch.as_ref().map_or(0, |watch| watch.unfinished())
    }

    fn take(&mut self, piece: Piece, out: &mut Out<'_>) -> Result<(), Failure> {
        let Piece { connection, from, to, at, what } = piece;
        match what {
            What::Open => {
                self.edge = Some(from);
                self.is_whole = true;
                Ok(())
            }
            What::Bytes(bytes) => {
                let bytes = self.decrypted(from, bytes, out.log);
                self.find(from, to, &bytes);
                self.read(connection, from, at, &bytes, out)?;
                match self.problem.take_if(|_| self.is_shown) {
                    Some(problem) => {
                        out.faults += 1;
                        out.line(
                            connection,
                            self.side(from),
                            None,
                            at,
                            format!("!! TLS: {problem}"),
                        )
                    }
                    None => Ok(()),
                }
            }
            What::Missing(len) => {
                if let Some(tls) = &mut self.tls {
                    tls.miss();
                }
                let Some(side) = self.side(from) else { return Ok(()) };
                if let Some(watch) = &mut self.watch {
                    watch.skip(side);
                    self.lost.push(side);
                    out.faults += 1;
                    let text = format!("!! {len} bytes are not in the capture");
                    out.line(connection, Some(side), None, at, text)?;
                }
                Ok(())
            }
            What::End | What::Reset => {
                let text = if what == What::End { "end of this direction" } else { "!! reset" };
                match self.side(from).filter(|_| self.is_shown) {
                    Some(side) => out.line(connection, Some(side), None, at, text.to_owned()),
                    None => Ok(()),
                }
            }
        }
    }

    /// Returns bytes without TLS.
    fn decrypted(&mut self, from: SocketAddr, bytes: Vec<u8>, log: &KeyLog) -> Vec<u8> {
        if self.tls.is_none() {
            if self.watch.is_some() || !begins_with_tls(&bytes) {
                return bytes;
            }
            self.is_encrypted = true;
            self.edge = Some(from);
        }
        let is_client = self.edge == Some(from);
        let decrypted = self.tls.get_or_insert_default().bytes(is_client, &bytes, log);
        decrypted.unwrap_or_else(|problem| {
            self.problem = Some(problem);
            Vec::new()
        })
    }

    fn side(&self, from: SocketAddr) -> Option<Side> {
        let edge = self.edge?;
        Some(if from == edge { Side::Edge } else { Side::Platform })
    }

    /// Looks for the beginning of what can be read.
    fn find(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        if self.watch.is_some() || bytes.is_empty() {
            return;
        }
        let is_request = bytes.starts_with(b"GET ");
        let is_answer = bytes.starts_with(b"HTTP/1.1 101");
        if is_request || is_answer {
            self.edge = Some(if is_request { from } else { to });
            self.watch = Some(Box::new(Watch::new(Limits::default())));
        } else if let Some(side) = begins_with_message(bytes).filter(|_| !self.is_whole) {
            self.edge = Some(if side == Side::Edge { from } else { to });
            self.watch = Some(Box::new(Watch::in_the_middle(Limits::default())));
            self.is_shown = true;
            self.lost = vec![Side::Edge, Side::Platform];
        } else if let [0x14..=0x17, 0x03, ..] = bytes {
            self.is_encrypted = true;
        }
    }

    fn read(
        &mut self,
        connection: usize,
        from: SocketAddr,
        at: Duration,
        bytes: &[u8],
        out: &mut Out<'_>,
    ) -> Result<(), Failure> {
        let Some(side) = self.side(from) else { return Ok(()) };
        let Some(watch) = &mut self.watch else { return Ok(()) };
        if self.lost.contains(&side) {
            if !may_begin_with_frame(side, bytes) {
                return Ok(());
            }
            self.lost.retain(|lost| *lost != side);
        }
        let now_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        let is_shown = &mut self.is_shown;
        let mut done = Ok(());
        watch.bytes(side, bytes, now_ms, &mut |event| {
            // Other HTTP in the capture is of nobody's interest.
            *is_shown |= matches!(&event, Event::Head { head, .. } if head.is_upgrade);
            if *is_shown && done.is_ok() {
                done = out.event(connection, at, &event);
            }
        });
        done
    }
}

impl Out<'_> {
    fn event(&mut self, connection: usize, at: Duration, event: &Event<'_>) -> Result<(), Failure> {
        let is_fault = match event {
            Event::Broken(finding) => {
                self.count.add(finding);
                [rules::UNREADABLE, rules::CHUNKS, rules::OPCODE, rules::DEFLATE]
                    .contains(&finding.rule)
            }
            Event::Limit { .. } => true,
            _ => false,
        };
        self.faults += usize::from(is_fault);
        let Some((from, len, text)) = passing::of_event(event, self.asked.is_checking) else {
            return Ok(());
        };
        self.line(connection, Some(from), len, at, text)?;
        let message = match event {
            Event::Message { is_text: false, payload, .. } => payload,
            Event::Joined { bytes, .. } => bytes,
            _ => return Ok(()),
        };
        if let (true, Ok((message, _))) = (self.asked.is_full, Message::decode(message)) {
            for line in full::lines(&message) {
                show::line(&format!("{:15}{line}", ""))?;
            }
        }
        Ok(())
    }

    fn line(
        &mut self,
        connection: usize,
        from: Option<Side>,
        len: Option<usize>,
        at: Duration,
        text: String,
    ) -> Result<(), Failure> {
        let time = SystemTime::UNIX_EPOCH.checked_add(at).unwrap_or(SystemTime::UNIX_EPOCH);
        let connection = u64::try_from(connection).unwrap_or(u64::MAX);
        Line { time, connection, from, len, text }.show(&mut self.days, self.asked.is_full)
    }
}
