//! The tested program: started, and told and asked over the control channel.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::player::{Player, Stop, otherwise};
use super::{THINGS, Way};
use crate::suite::FEATURES;
use crate::suite::net::{self, Target, What};
use crate::suite::select::Selection;
use crate::suite::target::Program;

/// How long a program may take to start, and to connect or to listen, on a busy machine.
pub(super) const START: Duration = Duration::from_secs(30);

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
    pub(super) async fn start(&mut self, command: &[String]) -> Result<(), Stop> {
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
    pub(super) async fn tell(&mut self, line: &Value) -> Result<(), Stop> {
        let Some(program) = self.program.as_mut().filter(|_| self.setup.has_control) else {
            let text = "the application must be told what to do: --control".to_owned();
            return Err(Stop::Skipped(text));
        };
        program.tell(line).await.map_err(Stop::Harness)
    }
}
