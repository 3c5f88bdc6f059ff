//! Connections of an edge, and to a platform.

use std::time::Instant;

use serde_json::json;

use super::Way;
use super::player::{Player, Stop, otherwise};
use super::start::START;
use crate::suite::net::{self, ANEW, Accepted, Arrival, Frame, TlsFault, What};

impl Player<'_> {
    pub(super) async fn open_platform(&mut self, connection: usize) -> Result<(), Stop> {
        let Some(target) = self.target.clone() else {
            return Err(Stop::Harness("no platform".to_owned()));
        };
        let tls = match &self.setup.way {
            Way::Running { tls, .. } => tls.as_ref(),
            _ => None,
        };
        let outbox = self.outbox.clone();
        match net::connect(&target, tls, connection, &self.exchange, outbox).await {
            Ok(socket) => {
                self.came = true;
                self.line(connection)?.socket = Some(socket);
                Ok(())
            }
            Err(text) => otherwise("the upgrade", "101", text),
        }
    }

    pub(super) async fn open_edge(&mut self, index: usize) -> Result<(), Stop> {
        let is_first = !self.came;
        if is_first {
            match &self.setup.way {
                _ if self.setup.has_control => self.tell_opened(index).await?,
                Way::Started { command, .. } | Way::Listener { command: Some(command), .. } => {
                    self.start(command).await?;
                }
                _ => {}
            }
        }
        let mut refused = if is_first { 0 } else { self.script.refused };
        loop {
            let arrival = self.arrival().await?;
            if refused == 0 {
                self.came = true;
                return self.answer_edge(arrival).await;
            }
            refused -= 1;
            self.exchange.note(0, "a connection is refused");
            drop(arrival);
            let limits = self.setup.limits;
            let tolerance = limits.tolerance;
            let now = Instant::now();
            let first = now + limits.real(5_000);
            let first = first.checked_sub(tolerance).unwrap_or(first);
            self.reconnect = Some((first, now + limits.real(15_000) + tolerance));
        }
    }

    async fn tell_opened(&mut self, index: usize) -> Result<(), Stop> {
        let is_tls = self.script.tls.is_some();
        let url = self.address.map(|address| self.setup.url(address, is_tls));
        let mut line = self.script.json_of(index);
        if let Some(object) = line.as_object_mut() {
            object.insert("url".to_owned(), json!(url));
            object.insert("ca".to_owned(), json!(self.setup.ca()));
            let settings = self.script.json.get("settings").cloned();
            object.insert("settings".to_owned(), settings.unwrap_or_else(|| json!({})));
        }
        self.tell(&line).await
    }

    /// Waits for the edge to connect: as soon as it has been started, or within the range in
    /// which it tries again.
    async fn arrival(&mut self) -> Result<Arrival, Stop> {
        let range = self.reconnect.take();
        let answer = self.setup.limits.answer;
        let latest = Instant::now() + if self.came { answer } else { answer.max(START) };
        let deadline = range.map_or(latest, |(_, last)| last);
        loop {
            if let Some(arrival) = self.arrivals.pop() {
                match range {
                    Some((first, _)) if arrival.at < first => {
                        let early = first - arrival.at;
                        let actual = format!("{:.3} s earlier", early.as_secs_f64());
                        return otherwise("the next connection", "5 s later or more", actual);
                    }
                    _ => return Ok(arrival),
                }
            }
            match self.next(deadline).await {
                Some(happening) => match happening.what {
                    What::Arrived(arrival) => self.arrivals.push(arrival),
                    What::Exited(code) => return Err(super::effects::exited(code)),
                    what => {
                        let happening = net::Happening { what, ..happening };
                        self.take(happening, &mut [], &mut Vec::new()).await?;
                    }
                },
                None => return otherwise("a connection", "comes", "none came"),
            }
        }
    }

    async fn answer_edge(&mut self, arrival: Arrival) -> Result<(), Stop> {
        let tls = match (self.script.tls, &self.setup.certificates) {
            (None, _) => None,
            (Some(fault), Some((certificates, _))) => {
                let host = &self.setup.host;
                Some(certificates.server(host, fault).map_err(Stop::Harness)?)
            }
            (Some(_), None) => return Err(Stop::Skipped("needs {ca} in the command".to_owned())),
        };
        let must_fail = self.script.tls.is_some_and(|fault| fault != TlsFault::None);
        let with = self.script.with_upgrade.as_ref();
        let outbox = self.outbox.clone();
        let line = self.line(1)?;
        line.opened += 1;
        let number = 1 + line.opened * ANEW;
        let accepting = net::accept(arrival, tls, with, number, &self.exchange, outbox);
        let accepted = tokio::time::timeout(self.setup.limits.answer, accepting).await;
        match accepted {
            Err(_) | Ok(Err(_)) if must_fail => {
                self.exchange.note(1, "the edge refuses the certificate");
                let line = self.line(1)?;
                line.is_over = true;
                Ok(())
            }
            Ok(Ok(Accepted { request, .. })) if must_fail => {
                let path = request.path;
                otherwise("TLS", "the certificate is refused", format!("a request for {path}"))
            }
            Err(_) => otherwise("the upgrade", "a request", "nothing"),
            Ok(Err(text)) => otherwise("the upgrade", "a request", text),
            Ok(Ok(Accepted { socket, request })) => {
                let path = request.path.split('?').next().unwrap_or_default();
                if path != "/Thingworx/WS" {
                    return otherwise("the path of the upgrade", "/Thingworx/WS", path);
                }
                let due = usize::from(with.is_some_and(|frame| *frame == Frame::ping(b"at once")));
                let line = self.line(1)?;
                line.socket = Some(socket);
                line.is_over = false;
                line.may_ask = false;
                line.pongs_due = due;
                line.handed.clear();
                Ok(())
            }
        }
    }
}
