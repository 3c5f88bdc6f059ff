//! The platform.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::filter::Filter;
use super::{Behaviour, Fault, channel};
use crate::sessions::compare::Packet;
use crate::sessions::platform::PlatformSide;
use crate::sessions::side::{Side, Turn, Variation};
use crate::sessions::{Act, HostScript, Settings};
use crate::suite::exchange::Exchange;
use crate::suite::net::{self, Accepted, Arrival, Frame, Happening, Inbox, Socket, What};

struct Program {
    behaviour: Behaviour,
    began: Instant,
    inbox: Inbox,
    outbox: mpsc::UnboundedSender<Happening>,
    side: Option<PlatformSide>,
    lines: Vec<(Option<Socket>, Filter)>,
}

/// Runs the platform until its standard input ends.
pub(super) async fn run(behaviour: Behaviour) -> Result<(), String> {
    channel::hello()?;
    let (outbox, inbox) = mpsc::unbounded_channel();
    channel::lines(outbox.clone());
    let began = Instant::now();
    let (side, lines) = Default::default();
    let mut program = Program { behaviour, began, inbox, outbox, side, lines };
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
        let happening = channel::next(&mut self.inbox, self.behaviour, self.began, deadline).await;
        let now_ms = self.now_ms();
        match happening {
            None => {
                if let Some(side) = &mut self.side {
                    side.pass(now_ms);
                }
            }
            Some(Happening { what: What::Line(line), .. }) if line.is_empty() => return Ok(false),
            Some(Happening { what: What::Line(line), .. }) => self.line(&line).await?,
            Some(Happening { what: What::Arrived(arrival), .. }) => self.open(arrival).await?,
            Some(Happening { connection, what, .. }) => {
                self.frame(connection, what, now_ms).await?;
            }
        }
        self.settle().await?;
        Ok(true)
    }

    async fn line(&mut self, line: &str) -> Result<(), String> {
        let mut value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if value.get("kind").and_then(Value::as_str) == Some("host") {
            let member = |name: &str| value.get(name).cloned().unwrap_or_default();
            let mut host: HostScript =
                serde_json::from_value(member("host")).map_err(|error| error.to_string())?;
            if self.behaviour.has(Fault::TakesAnyKey) {
                host.claims.clear();
            }
            let settings: Settings =
                serde_json::from_value(member("settings")).map_err(|error| error.to_string())?;
            self.side = Some(PlatformSide::new(&host, &settings, Variation::default()));
            let listener = TcpListener::bind(("127.0.0.1", 0)).await;
            let listener = listener.map_err(|error| error.to_string())?;
            let address = listener.local_addr().map_err(|error| error.to_string())?;
            net::listen(Arc::new(listener), self.outbox.clone());
            let url = format!("ws://{address}/Thingworx/WS");
            return channel::write(&json!({"kind": "listening", "url": url}));
        }
        let connection = value.get("connection").and_then(Value::as_u64).unwrap_or(1);
        if let Some(object) = value.as_object_mut() {
            object.remove("connection");
        }
        let act: Act = serde_json::from_value(channel::without_help(value))
            .map_err(|error| error.to_string())?;
        let connection = usize::try_from(connection).map_err(|error| error.to_string())?;
        let now_ms = self.now_ms();
        let side = self.side.as_mut().ok_or("no host yet")?;
        side.act(connection, &act, now_ms)
    }

    async fn open(&mut self, arrival: Arrival) -> Result<(), String> {
        let connection = self.lines.len() + 1;
        let exchange = Exchange::new();
        let outbox = self.outbox.clone();
        let accepted = net::accept(arrival, None, None, connection, &exchange, outbox).await;
        // Who asks for no WebSocket gets none.
        let Ok(Accepted { socket, .. }) = accepted else { return Ok(()) };
        self.lines.push((Some(socket), Filter::default()));
        let now_ms = self.now_ms();
        let side = self.side.as_mut().ok_or("no host yet")?;
        side.act(connection, &Act::Opened { claims: Vec::new() }, now_ms)
    }

    async fn frame(&mut self, at: usize, what: What, now_ms: u64) -> Result<(), String> {
        let Some((socket, filter)) = self.lines.get_mut(at.wrapping_sub(1)) else { return Ok(()) };
        let Some(side) = &mut self.side else { return Ok(()) };
        match what {
            What::Message(_, 2..) if self.behaviour.has(Fault::NoFragments) => {}
            What::Message(bytes, _) => {
                if let Some(bytes) = filter.received(self.behaviour, bytes) {
                    for bytes in filter.answers(self.behaviour, &bytes) {
                        channel::send(socket, &Packet::Message(bytes)).await;
                    }
                    if filter.ends_at(self.behaviour, &bytes) {
                        channel::send(socket, &Packet::Close(1002)).await;
                        return side.act(at, &Act::Closed {}, now_ms);
                    }
                    if !filter.hides(self.behaviour, &bytes) {
                        side.receive(at, &bytes, now_ms)?;
                    }
                }
            }
            What::Text if self.behaviour.has(Fault::EndsAtText) => {
                channel::send(socket, &Packet::Close(1003)).await;
            }
            What::Ping => {
                side.act(at, &Act::Ping {}, now_ms)?;
                if let Some(socket) = socket {
                    if !self.behaviour.has(Fault::NeverPongs) && !filter.is_deaf {
                        // The connection may have ended.
                        let _ = socket.send(&Frame::pong(b"")).await;
                    }
                }
            }
            What::Pong => side.act(at, &Act::Pong {}, now_ms)?,
            What::Broken(_) if self.behaviour.has(Fault::LetsBrokenFramesBe) => {}
            What::Close(_) | What::Lost | What::Broken(_) => {
                if let Some(mut socket) = socket.take() {
                    // The edge may be gone already.
                    let _ = socket.send(&Frame::close(Some(1000))).await;
                    socket.shut().await;
                }
                side.act(at, &Act::Closed {}, now_ms)?;
            }
            What::Text | What::Arrived(_) | What::Line(_) | What::Exited(_) => {}
        }
        Ok(())
    }

    /// Sends what the machine wants to send, and tells what it has to tell.
    async fn settle(&mut self) -> Result<(), String> {
        let now_ms = self.now_ms();
        let Some(side) = &mut self.side else { return Ok(()) };
        let Turn { sent, told } = side.settle(now_ms)?;
        let is_spared = |at: usize| {
            told.iter().any(|told| told.connection == at && self.behaviour.spares(&told.effect))
        };
        for (at, packet) in sent {
            if matches!(packet, Packet::Close(_)) && is_spared(at) {
                continue;
            }
            let Some((socket, filter)) = self.lines.get_mut(at.wrapping_sub(1)) else { continue };
            let packet = filter.sent_by_platform(self.behaviour, packet);
            channel::send(socket, &packet).await;
        }
        told.iter().try_for_each(channel::tell)
    }
}
