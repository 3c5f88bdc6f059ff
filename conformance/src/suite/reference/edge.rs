//! The edge.

use std::time::Instant;

use alwayson_codec::owned::Claim;
use serde_json::Value;
use tokio::sync::mpsc;

use super::filter::Filter;
use super::{Behaviour, Fault, channel};
use crate::sessions::compare::Packet;
use crate::sessions::edge::EdgeSide;
use crate::sessions::side::{Side, Turn, Variation};
use crate::sessions::{Act, Effect, Settings, Told};
use crate::suite::exchange::Exchange;
use crate::suite::net::{self, Frame, Happening, Inbox, Socket, Target, What};

struct Program {
    behaviour: Behaviour,
    began: Instant,
    inbox: Inbox,
    outbox: mpsc::UnboundedSender<Happening>,
    side: Option<EdgeSide>,
    /// Names that were bound before the first connection.
    names: Vec<String>,
    claims: Vec<Claim>,
    target: Option<(Target, Option<std::sync::Arc<tokio_rustls::rustls::ClientConfig>>)>,
    socket: Option<Socket>,
    /// Counts connections, so that what comes late from an old one is not mistaken.
    number: usize,
    reconnect_ms: Option<u64>,
    filter: Filter,
}

/// Runs the edge until its standard input ends.
pub(super) async fn run(behaviour: Behaviour) -> Result<(), String> {
    channel::hello()?;
    let (outbox, inbox) = mpsc::unbounded_channel();
    channel::lines(outbox.clone());
    let mut program = Program {
        behaviour,
        began: Instant::now(),
        inbox,
        outbox,
        side: None,
        names: Vec::new(),
        claims: Vec::new(),
        target: None,
        socket: None,
        number: 0,
        reconnect_ms: None,
        filter: Filter::default(),
    };
    while program.turn().await? {}
    Ok(())
}

impl Program {
    fn now_ms(&self) -> u64 {
        self.behaviour.now_ms(self.began)
    }

    /// Waits for one thing to happen, and handles it. Returns false at the end of the input.
    async fn turn(&mut self) -> Result<bool, String> {
        let deadline = self.side.as_ref().and_then(Side::deadline);
        let deadline = deadline.into_iter().chain(self.reconnect_ms).min();
        let happening = channel::next(&mut self.inbox, self.behaviour, self.began, deadline).await;
        let now_ms = self.now_ms();
        match happening {
            None => {
                if self.reconnect_ms.is_some_and(|at| at <= now_ms) {
                    self.reconnect_ms = None;
                    self.connect().await?;
                }
                if let Some(side) = &mut self.side {
                    side.pass(now_ms);
                }
            }
            Some(Happening { what: What::Line(line), .. }) if line.is_empty() => return Ok(false),
            Some(Happening { what: What::Line(line), .. }) => self.line(&line).await?,
            Some(Happening { connection, what, .. }) if connection == self.number => {
                self.frame(what, now_ms).await?;
            }
            Some(_) => {}
        }
        self.settle().await?;
        Ok(true)
    }

    async fn line(&mut self, line: &str) -> Result<(), String> {
        let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let member = |name: &str| value.get(name).cloned().unwrap_or_default();
        let kind = member("kind");
        match kind.as_str() {
            Some("claims") if !self.behaviour.has(Fault::KeepsItsKey) => {
                self.claims = serde_json::from_value(member("claims")).unwrap_or_default();
                Ok(())
            }
            Some("claims") => Ok(()),
            Some("opened") => {
                self.claims = serde_json::from_value(member("claims")).unwrap_or_default();
                let settings: Settings = serde_json::from_value(member("settings"))
                    .map_err(|error| format!("settings: {error}"))?;
                let mut target = Target::parse(member("url").as_str().unwrap_or_default())?;
                if self.behaviour.has(Fault::OtherPath) {
                    "/Thingworx/Other".clone_into(&mut target.path);
                }
                let ca = member("ca");
                let ca = ca.as_str().map(std::path::Path::new);
                let is_any = self.behaviour.has(Fault::TrustsAnyCertificate);
                let tls = target.is_tls.then(|| net::tls_client(ca, is_any)).transpose()?;
                self.target = Some((target, tls));
                let mut side = EdgeSide::new(&settings, Variation::default());
                let now_ms = self.now_ms();
                for name in self.names.drain(..) {
                    side.act(1, &Act::Bind { name }, now_ms)?;
                }
                self.side = Some(side);
                self.connect().await
            }
            _ => {
                let act: Act = serde_json::from_value(channel::without_help(value))
                    .map_err(|error| error.to_string())?;
                let now_ms = self.now_ms();
                match (&mut self.side, act) {
                    (None, Act::Bind { name }) => {
                        self.names.push(name);
                        Ok(())
                    }
                    (None, _) => {
                        // Nothing is connected yet.
                        let effect = Effect::NotAllowed {};
                        channel::tell(&Told { connection: 1, effect })
                    }
                    (Some(_), Act::Leave {}) if self.behaviour.has(Fault::LeavesBound) => {
                        channel::send(&mut self.socket, &Packet::Close(1000)).await;
                        Ok(())
                    }
                    (Some(side), act) => side.act(1, &act, now_ms),
                }
            }
        }
    }

    async fn connect(&mut self) -> Result<(), String> {
        let Some((target, tls)) = &self.target else { return Ok(()) };
        self.number += 1;
        let exchange = Exchange::new();
        let loses = self.behaviour.has(Fault::LosesWhatFollowsTheUpgrade);
        let connected = net::connect_losing(
            target,
            tls.as_ref(),
            (self.number, loses),
            &exchange,
            self.outbox.clone(),
        )
        .await;
        self.filter = Filter::default();
        let now_ms = self.now_ms();
        let Ok(socket) = connected else {
            // 5 s and a random time, as after a lost connection.
            self.reconnect_ms = Some(between(now_ms + 5_000, now_ms + 15_000));
            return Ok(());
        };
        self.socket = Some(socket);
        let claims = self.claims.clone();
        match &mut self.side {
            Some(side) => side.act(1, &Act::Opened { claims }, now_ms),
            None => Ok(()),
        }
    }

    async fn frame(&mut self, what: What, now_ms: u64) -> Result<(), String> {
        let Some(side) = &mut self.side else { return Ok(()) };
        match what {
            What::Message(_, 2..) if self.behaviour.has(Fault::NoFragments) => {}
            What::Message(bytes, _) => {
                if let Some(bytes) = self.filter.received(self.behaviour, bytes) {
                    for bytes in self.filter.answers(self.behaviour, &bytes) {
                        channel::send(&mut self.socket, &Packet::Message(bytes)).await;
                    }
                    side.receive(1, &bytes, now_ms)?;
                }
            }
            What::Text if self.behaviour.has(Fault::EndsAtText) => {
                channel::send(&mut self.socket, &Packet::Close(1003)).await;
            }
            What::Ping => {
                side.act(1, &Act::Ping {}, now_ms)?;
                if let Some(socket) = &mut self.socket {
                    if !self.behaviour.has(Fault::NeverPongs) && !self.filter.is_deaf {
                        // The connection may have ended.
                        let _ = socket.send(&Frame::pong(b"")).await;
                    }
                }
            }
            What::Pong => side.act(1, &Act::Pong {}, now_ms)?,
            What::Close(code) => {
                let answer = Packet::Close(code.unwrap_or(1000));
                channel::send(&mut self.socket, &answer).await;
                self.lost(now_ms).await?;
            }
            What::Broken(_) if self.behaviour.has(Fault::LetsBrokenFramesBe) => {}
            What::Lost | What::Broken(_) => self.lost(now_ms).await?,
            What::Text | What::Arrived(_) | What::Line(_) | What::Exited(_) => {}
        }
        Ok(())
    }

    async fn lost(&mut self, now_ms: u64) -> Result<(), String> {
        if let Some(mut socket) = self.socket.take() {
            socket.shut().await;
        }
        match &mut self.side {
            Some(side) => side.act(1, &Act::Closed {}, now_ms),
            None => Ok(()),
        }
    }

    /// Sends what the machine wants to send, and tells what it has to tell.
    async fn settle(&mut self) -> Result<(), String> {
        let now_ms = self.now_ms();
        let Some(side) = &mut self.side else { return Ok(()) };
        let Turn { sent, told } = side.settle(now_ms)?;
        for (_, packet) in sent {
            for packet in super::filter::sent_by_edge(self.behaviour, packet) {
                channel::send(&mut self.socket, &packet).await;
            }
        }
        for told in told {
            self.told(&told, now_ms)?;
        }
        Ok(())
    }

    fn told(&mut self, told: &Told, now_ms: u64) -> Result<(), String> {
        match &told.effect {
            Effect::Connect { .. } if self.behaviour.has(Fault::StaysAway) => {}
            Effect::Connect { .. } if self.behaviour.has(Fault::ConnectsAtOnce) => {
                self.reconnect_ms = Some(now_ms);
            }
            Effect::Connect { from, to } => self.reconnect_ms = Some(between(*from, *to)),
            Effect::NoConnect {} if self.behaviour.has(Fault::TriesARefusedKey) => {
                self.reconnect_ms = Some(now_ms + 5_000);
            }
            Effect::Failed { .. } if self.behaviour.has(Fault::ForgetsRequests) => return Ok(()),
            _ => {}
        }
        channel::tell(told)
    }
}

/// Returns a time within a range that varies from call to call.
fn between(from: u64, to: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = now.map_or(0, |now| u64::from(now.subsec_nanos()));
    from + (nanos / 1000) % to.saturating_sub(from).max(1)
}
