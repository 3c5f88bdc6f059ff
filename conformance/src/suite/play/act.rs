//! What a script does to the tested program.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alwayson_codec::Ids;
use alwayson_codec::owned::{Body, Message};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::player::{Player, Stop, otherwise};
use super::{Closing, Delivery, THINGS, Way};
use crate::hex;
use crate::sessions::run::later_request;
use crate::sessions::step::{Answered, Asked};
use crate::sessions::{Act, Out, Sent, SideName, Step};
use crate::suite::FEATURES;
use crate::suite::exchange::Who;
use crate::suite::net::{self, ANEW, Accepted, Arrival, Frame, Target, TlsFault, What};
use crate::suite::select::Selection;
use crate::suite::target::{Program, keys};

/// How long a program may take to start, and to connect or to listen, on a busy machine.
const START: Duration = Duration::from_secs(30);

/// Returns what the application sends as bytes, for a harness without an encoder. It has this
/// request id, no endpoint and no session.
fn encoded(act: &Act, request: u32) -> Option<Vec<u8>> {
    let body = match act {
        Act::Request(Asked(request)) => Body::Request(request.clone()),
        Act::Respond(Answered { response, .. }) => Body::Response(response.clone()),
        _ => return None,
    };
    let ids = Ids { request, endpoint: 0, session: Ids::NONE };
    Message { ids, body }.encode_to_vec().ok()
}

fn local(listener: &TcpListener) -> Result<SocketAddr, Stop> {
    listener.local_addr().map_err(|error| Stop::Harness(error.to_string()))
}

/// Returns the first of the needed features that a program says it does not have.
fn lacking(hello: &Value, needed: &[&'static str]) -> Result<Option<&'static str>, Stop> {
    let Some(features) = hello.get("features") else { return Ok(None) };
    let features = match Selection::features_of(features.clone(), FEATURES) {
        Ok(features) => features,
        Err(text) => return otherwise("the features of the program", "an object of --list", text),
    };
    Ok(needed.iter().copied().find(|needed| features.get(*needed) == Some(&false)))
}

impl Player<'_> {
    /// Starts what must run before the first step.
    pub(super) async fn begin(&mut self) -> Result<(), Stop> {
        let setup = self.setup;
        match &setup.way {
            Way::Started { listen, command } => {
                let bound = TcpListener::bind((*listen, 0)).await;
                let listener = bound.map_err(|error| Stop::Harness(error.to_string()))?;
                self.listen(Arc::new(listener))?;
                if setup.has_control {
                    self.start(command).await?;
                }
            }
            Way::Listener { listener, command, hub, .. } => {
                if self.place.is_shared {
                    let claims = super::place::claims(self.script);
                    self.entry = Some(hub.enter(listener, claims, &self.outbox));
                    self.address = Some(local(listener)?);
                } else {
                    self.listen(Arc::clone(listener))?;
                }
                if let (true, Some(command)) = (setup.has_control, command) {
                    self.start(command).await?;
                }
            }
            Way::Running { target, .. } => self.target = Some(target.clone()),
            Way::Platform { command } => {
                self.start(command).await?;
                let host = self.script.json.get("host").cloned().unwrap_or_default();
                let settings = self.script.json.get("settings").cloned();
                let settings = settings.unwrap_or_else(|| json!({}));
                self.tell(&json!({"kind": "host", "host": host, "settings": settings})).await?;
                let line = self.answer_of_program("listening").await?;
                let url = line.get("url").and_then(Value::as_str).unwrap_or_default();
                self.target = Some(Target::parse(url).map_err(Stop::Harness)?);
                self.came = true;
            }
        }
        Ok(())
    }

    fn listen(&mut self, listener: Arc<TcpListener>) -> Result<(), Stop> {
        self.address = Some(local(&listener)?);
        self.listening = Some(net::listen(listener, self.outbox.clone()));
        Ok(())
    }

    /// Starts the tested program, and reads its first line if it has the control channel.
    async fn start(&mut self, command: &[String]) -> Result<(), Stop> {
        let is_tls = self.script.tls.is_some();
        let url = self.address.map(|address| self.setup.url(address, is_tls)).unwrap_or_default();
        let pump = self.setup.names.of(THINGS[0]);
        let words = [
            ("{url}", url),
            ("{key}", self.place.key.clone()),
            ("{thing}", self.script.first_names().first().copied().unwrap_or(pump).to_owned()),
            ("{ca}", self.setup.ca().unwrap_or_default()),
        ];
        let has_control = self.setup.has_control;
        let exchange = self.exchange.clone();
        let program = Program::start(command, &words, has_control, self.outbox.clone(), exchange);
        self.program = Some(program.map_err(Stop::Harness)?);
        if has_control {
            let hello = self.answer_of_program("hello").await?;
            if let Some(lacking) = lacking(&hello, &self.script.features)? {
                return Err(Stop::Unsupported(format!("the program has no {lacking}")));
            }
            if let Some(program) = &mut self.program {
                let list = hello.get("reports").and_then(Value::as_array).cloned();
                let list = list.unwrap_or_default();
                program.reports =
                    list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                program.is_quiet = hello.get("quiet") == Some(&json!(true));
            }
        }
        Ok(())
    }

    /// Waits for a line of the tested program of this kind.
    async fn answer_of_program(&mut self, kind: &str) -> Result<Value, Stop> {
        let deadline = Instant::now() + self.setup.limits.answer.max(START);
        while let Some(happening) = self.next(deadline).await {
            match happening.what {
                What::Line(line) => {
                    let value: Value = serde_json::from_str(&line).unwrap_or_default();
                    match value.get("kind").and_then(Value::as_str) {
                        Some(known) if known == kind => return Ok(value),
                        Some("unsupported") => return Err(super::effects::unsupported(&value)),
                        _ => return otherwise("the control channel", kind, line),
                    }
                }
                What::Exited(code) => return Err(super::effects::exited(code)),
                _ => {}
            }
        }
        Err(Stop::Harness(format!("the control channel has no line of kind {kind}")))
    }

    /// Sends a line to the tested program.
    async fn tell(&mut self, line: &Value) -> Result<(), Stop> {
        let Some(program) = self.program.as_mut().filter(|_| self.setup.has_control) else {
            let text = "the application must be told what to do: --control".to_owned();
            return Err(Stop::Skipped(text));
        };
        program.tell(line).await.map_err(Stop::Harness)
    }

    /// Does what a step says.
    pub(super) async fn act(&mut self, index: usize, step: &Step) -> Result<(), Stop> {
        let Some(act) = &step.act else { return Ok(()) };
        let connection = step.connection;
        match act {
            Act::Opened { .. } if self.script.dialogue.side == SideName::Edge => {
                self.open_edge(index).await
            }
            Act::Opened { .. } => self.open_platform(connection).await,
            Act::Received { .. } if self.is_broken(index) => {
                let Some(broken) = self.script.broken else { return Ok(()) };
                let is_edge = self.script.dialogue.side == SideName::Platform;
                let bytes =
                    broken.bytes(is_edge).map_err(|error| Stop::Harness(error.to_string()))?;
                self.line(connection)?.send_raw(&bytes, &format!("{broken:?}")).await;
                Ok(())
            }
            Act::Received { hex, times, .. } => {
                for n in 0..*times {
                    let bytes = keys::with_own_key(&later_request(hex, n), self.own_key());
                    let delivery = self.script.delivery;
                    let line = self.line(connection)?;
                    let bytes = line.ids.incoming(&bytes);
                    line.send(&bytes, delivery).await;
                }
                Ok(())
            }
            Act::Ping {} => {
                let line = self.line(connection)?;
                if !line.is_over {
                    line.pongs_due += 1;
                }
                line.send_frame(&Frame::ping(b"alive")).await;
                Ok(())
            }
            Act::Pong {} => {
                self.line(connection)?.send_frame(&Frame::pong(b"")).await;
                Ok(())
            }
            Act::Closed {} => {
                let closing = self.script.closing;
                let line = self.line(connection)?;
                if let (Closing::Code(code), false) = (closing, line.is_over) {
                    line.send_frame(&Frame::close(code)).await;
                }
                line.shut().await;
                Ok(())
            }
            // These names are given when the program starts.
            Act::Bind { .. } if !self.setup.has_control && !self.came => Ok(()),
            Act::Bind { .. }
            | Act::Unbind { .. }
            | Act::Leave {}
            | Act::Decide {}
            | Act::Request(_)
            | Act::Respond(_) => {
                let line = self.order(index, step, act);
                self.tell(&line).await
            }
        }
    }

    /// Returns whether a step sends what breaks a rule of WebSockets.
    fn is_broken(&self, index: usize) -> bool {
        self.script.broken.is_some() && index + 1 == self.script.dialogue.steps.len()
    }

    /// Returns the order to do what a step says.
    fn order(&self, index: usize, step: &Step, act: &Act) -> Value {
        let connection = step.connection;
        let mut members = vec![];
        if connection > 1 {
            members.push(("connection", json!(connection)));
        }
        let id = match act {
            Act::Request(_) => {
                let number = self.script.number_of_request(index);
                members.push(("number", json!(number)));
                number
            }
            Act::Respond(Answered { request, .. }) => {
                let own = self.own.get(&(connection, *request));
                let own = own.and_then(|own| u32::try_from(*own).ok()).unwrap_or(*request);
                members.push(("request", json!(own)));
                own
            }
            _ => 0,
        };
        if let Some(bytes) = encoded(act, id) {
            members.push(("hex", json!(hex::encode(&bytes))));
        }
        let mut line = self.script.json_of(index);
        if let Some(object) = line.as_object_mut() {
            object.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        line
    }

    /// Has the application of a platform give the answer of the script to the request of this
    /// step.
    pub(super) async fn answer_as_recorded(&mut self, step: &Step) -> Result<(), Stop> {
        let Some(Out { sent: Sent::Message { hex: bytes, .. }, .. }) = step.out.first() else {
            return Ok(());
        };
        let Ok(view) = alwayson_codec::Message::decode_exact(bytes) else { return Ok(()) };
        let mut message = Message::from(view);
        let request = (step.connection, message.ids.request);
        let own = self.own.get(&request).and_then(|own| u32::try_from(*own).ok());
        message.ids = Ids { request: own.unwrap_or(request.1), endpoint: 0, session: Ids::NONE };
        let Message { ids, .. } = message;
        let encoded = message.encode_to_vec().unwrap_or_default();
        let json = serde_json::to_value(&message).unwrap_or_default();
        let member = |name: &str| json.get(name).cloned().unwrap_or_default();
        let (code, body) = (member("code"), member("body"));
        let digits = hex::encode(&encoded);
        self.tell(&json!({
            "kind": "respond", "request": ids.request, "code": code, "body": body, "hex": digits,
        }))
        .await
    }

    fn own_key(&self) -> Option<&str> {
        match &self.setup.way {
            Way::Running { key, .. } => key.as_deref(),
            _ => None,
        }
    }

    /// Tells an edge which claims to use for its next connection.
    pub(super) async fn announce_claims(&mut self, step: &Step) -> Result<(), Stop> {
        let steps = &self.script.dialogue.steps;
        let at = steps.iter().position(|other| std::ptr::eq(other, step)).unwrap_or_default();
        let is_opened = |step: &&Step| matches!(step.act, Some(Act::Opened { .. }));
        let next = steps.iter().skip(at + 1).position(|step| is_opened(&step));
        let Some(next) = next.filter(|_| self.setup.has_control) else { return Ok(()) };
        let claims = self.script.json_of(at + 1 + next).get("claims").cloned();
        self.tell(&json!({"kind": "claims", "claims": claims})).await
    }

    async fn open_platform(&mut self, connection: usize) -> Result<(), Stop> {
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

    async fn open_edge(&mut self, index: usize) -> Result<(), Stop> {
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

    /// Answers a request that the tested program sends by itself, so that it need not wait.
    pub(super) async fn decline(&mut self, connection: usize, bytes: &[u8]) -> Result<(), Stop> {
        let Some(header) = bytes.first_chunk::<15>() else { return Ok(()) };
        let mut answer = header.to_vec();
        // NOT_FOUND to a request, SUCCESS to a BIND.
        let code = if bytes.get(1) == Some(&0x0a) { 0x40 } else { 0x84 };
        if let Some(place) = answer.get_mut(1) {
            *place = code;
        }
        answer.extend([0, 0xff]);
        let who =
            if self.script.dialogue.side == SideName::Edge { Who::Edge } else { Who::Platform };
        self.exchange.note(connection, format!("a message of the {who:?}'s own, answered"));
        self.line(connection)?.send(&answer, Delivery::Whole).await;
        Ok(())
    }
}
