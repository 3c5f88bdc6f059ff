//! What happens while a script runs: is it what the step expects, is it the tested program's
//! own business, or is it wrong?

use alwayson_codec::{Body, Code, Message};

use super::Script;
use super::expect::{Expected, shown};
use super::player::{Player, Stop, otherwise};
use crate::answers;
use crate::sessions::compare::{self, Packet};
use crate::sessions::{Act, Out, Sent, SideName, Told, dump};
use crate::suite::net::{ANEW, Frame, Happening, What};

/// The codes of section 2 that matter here.
const GET: u8 = 0x01;
const DELETE: u8 = 0x04;
const BIND: u8 = 0x0a;
const KEEP_ALIVE: u8 = 0x1f;
const FIRST_STATUS: u8 = 0x40;
const BAD_REQUEST: u8 = 0x80;

impl Player<'_> {
    /// Takes what happened.
    pub(super) async fn take(
        &mut self,
        happening: Happening,
        outs: &mut [Expected<'_>],
        effects: &mut Vec<Told>,
    ) -> Result<(), Stop> {
        let Happening { connection, what, .. } = happening;
        let opened = connection / ANEW;
        let connection = connection % ANEW;
        if self.lines.get(connection.wrapping_sub(1)).is_some_and(|line| line.opened != opened) {
            return Ok(());
        }
        match what {
            What::Arrived(arrival) => {
                if self.must_stay_away {
                    return otherwise("the next connection", "none", "the edge connects again");
                }
                if let Some(peer) = arrival.peer() {
                    self.exchange.note(0, format!("a connection from port {}", peer.port()));
                }
                self.arrivals.push(arrival);
                return Ok(());
            }
            What::Line(line) => return self.told(&line, effects),
            What::Exited(Some(127)) => return Err(super::effects::exited(Some(127))),
            What::Exited(code) => {
                self.exchange.note(0, format!("the program ended, exit code {code:?}"));
                return Ok(());
            }
            _ => {}
        }
        let mut none = Expected::new();
        let expected = outs.get_mut(connection.wrapping_sub(1)).unwrap_or(&mut none);
        match what {
            What::Message(bytes, _) => self.message(connection, &bytes, expected).await,
            What::Ping => self.ping(connection, expected).await,
            What::Pong => {
                let line = self.line(connection)?;
                line.pongs_due = line.pongs_due.saturating_sub(1);
                Ok(())
            }
            What::Close(code) => self.closed(connection, code, expected).await,
            What::Lost => self.lost(connection, expected),
            What::Text => otherwise("what is sent", "binary messages", "a text message"),
            What::Broken(text) => otherwise("the WebSocket", "RFC 6455", text),
            What::Arrived(_) | What::Line(_) | What::Exited(_) => Ok(()),
        }
    }

    async fn message(
        &mut self,
        connection: usize,
        bytes: &[u8],
        expected: &mut Expected<'_>,
    ) -> Result<(), Stop> {
        if self.is_answer_of_kind(connection, bytes, expected)? {
            return Ok(());
        }
        let is_life = self.script.is_about_life;
        let line = self.line(connection)?;
        let mut difference = None;
        if let Some(out) = expected.front() {
            // A comparison learns ids, and must not from what is something else.
            let mut ids = line.ids.clone();
            match compare::one(out, &Packet::Message(bytes.to_vec()), &mut ids) {
                Ok(()) => {
                    line.ids = ids;
                    expected.pop_front();
                    return Ok(());
                }
                Err(other) if is_life && is_answer_to_the_same(out, bytes) => {
                    drop(other);
                    expected.pop_front();
                    return Ok(());
                }
                Err(other) => difference = Some(other),
            }
        }
        if self.is_own_business(connection, bytes)? {
            return match bytes.get(1) {
                Some(&(GET..=DELETE | BIND)) if bytes.get(14) == Some(&0) => {
                    self.decline(connection, bytes).await
                }
                _ => Ok(()),
            };
        }
        if let Some(difference) = difference {
            return Err(difference.into());
        }
        let actual = format!("{} (connection {connection})", dump(bytes));
        otherwise("what is sent", "nothing", actual)
    }

    /// Takes an answer of which only the kind matters. Returns false if the script is not of
    /// that sort, or the message is no answer.
    fn is_answer_of_kind(
        &mut self,
        connection: usize,
        bytes: &[u8],
        expected: &mut Expected<'_>,
    ) -> Result<bool, Stop> {
        let kinds = &self.script.kinds;
        let Ok((message, _)) = Message::decode(bytes) else { return Ok(false) };
        if kinds.is_empty() || !matches!(message.code(), Code::Response(_)) {
            return Ok(false);
        }
        let line = self.line(connection)?;
        let mut whole = bytes.to_vec();
        if let Body::Chunk(chunk) = &message.body {
            let joined = line.chunks.get_or_insert_default().push(&message, chunk, bytes);
            match joined {
                Ok(Some(joined)) => whole = joined.bytes,
                Ok(None) => return Ok(true),
                Err(text) => return otherwise("the chunks of an answer", "one message", text),
            }
        }
        let Ok((Message { ids, body: Body::Response(response) }, _)) = Message::decode(&whole)
        else {
            return otherwise("an answer", "a response", dump(&whole));
        };
        let is_it = |out: &&Out| match &out.sent {
            Sent::Message { hex, .. } => hex.get(2..6) == Some(&ids.request.to_be_bytes()),
            _ => false,
        };
        let Some(out) = expected.front().copied().filter(is_it) else {
            return otherwise("what is sent", "nothing", dump(&whole));
        };
        if let Sent::Message { hex, .. } = &out.sent {
            line.ids.outgoing(hex, &whole);
        }
        expected.pop_front();
        let (right, actual) = (kinds.get(&ids.request), answers::kind(&response));
        match right {
            Some(right) if *right != actual => otherwise(
                format!("the kind of the answer to request {}", ids.request),
                right,
                actual,
            ),
            _ => Ok(true),
        }
    }

    /// Returns whether the tested program may send this without being asked.
    fn is_own_business(&mut self, connection: usize, bytes: &[u8]) -> Result<bool, Stop> {
        let is_quiet = self.program.as_ref().is_some_and(|program| program.is_quiet);
        let binds = binds_anything(self.script);
        let is_life = self.script.is_about_life;
        let line = self.line(connection)?;
        let Some(code) = bytes.get(1).copied() else { return Ok(false) };
        if code >= FIRST_STATUS {
            let id = bytes.get(2..).and_then(|rest| rest.first_chunk::<4>());
            let id = id.map(|id| u32::from_be_bytes(*id));
            let at = line.handed.iter().position(|(handed, _)| Some(*handed) == id);
            let handed = at.map(|at| line.handed.remove(at));
            // So refuses whoever does not join chunks: section 2.
            if code == BAD_REQUEST && handed.is_some_and(|(_, is_long)| is_long) {
                return otherwise(
                    "the answer to a long request",
                    "that of an application",
                    dump(bytes),
                );
            }
            return Ok(handed.is_some() || is_life);
        }
        Ok(!is_quiet
            && line.may_ask
            && match code {
                GET..=DELETE | KEEP_ALIVE => true,
                BIND => !binds,
                _ => false,
            })
    }

    async fn ping(&mut self, connection: usize, expected: &mut Expected<'_>) -> Result<(), Stop> {
        let is_it = matches!(expected.front(), Some(Out { sent: Sent::Ping {}, .. }));
        if is_it {
            expected.pop_front();
        }
        if !self.script.awaits_pings() {
            self.line(connection)?.send_frame(&Frame::pong(b"")).await;
        } else if !is_it && self.program.as_ref().is_some_and(|program| program.is_quiet) {
            return otherwise("what is sent", "nothing", "ping");
        }
        Ok(())
    }

    async fn closed(
        &mut self,
        connection: usize,
        code: Option<u16>,
        expected: &mut Expected<'_>,
    ) -> Result<(), Stop> {
        let is_life = self.script.is_about_life;
        let line = self.line(connection)?;
        if line.is_over {
            return Ok(());
        }
        line.send_frame(&Frame::close(code)).await;
        line.shut().await;
        if is_life {
            expected.clear();
            return Ok(());
        }
        let Some(out) = expected.pop_front() else {
            return otherwise("what is sent", "nothing", format!("close {}", code.unwrap_or(1005)));
        };
        let mut ids = self.line(connection)?.ids.clone();
        let sent = Packet::Close(code.unwrap_or(1005));
        compare::one(out, &sent, &mut ids).map_err(Stop::from)
    }

    fn lost(&mut self, connection: usize, expected: &mut Expected<'_>) -> Result<(), Stop> {
        let is_life = self.script.is_about_life;
        let line = self.line(connection)?;
        line.socket = None;
        if std::mem::replace(&mut line.is_over, true) {
            return Ok(());
        }
        if is_life {
            expected.clear();
            return Ok(());
        }
        match expected.pop_front() {
            // The end without a close is an end.
            Some(Out { sent: Sent::Close { code: None }, .. }) => Ok(()),
            Some(out) => otherwise("what is sent", shown(out), "the connection ended"),
            None => otherwise("the connection", "goes on", "it ended"),
        }
    }
}

/// Returns whether a message answers the same request as the expected one.
fn is_answer_to_the_same(out: &Out, bytes: &[u8]) -> bool {
    match &out.sent {
        Sent::Message { hex, .. } => {
            hex.get(2..6) == bytes.get(2..6) && bytes.get(1).is_some_and(|code| *code >= 0x40)
        }
        _ => false,
    }
}

fn binds_anything(script: &Script) -> bool {
    let is_bind = |act: &Act| matches!(act, Act::Bind { .. });
    script.dialogue.side == SideName::Platform
        || script.dialogue.steps.iter().filter_map(|step| step.act.as_ref()).any(is_bind)
}
