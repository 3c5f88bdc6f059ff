//! What a script does to the tested program.

use alwayson_codec::Ids;
use alwayson_codec::owned::{Body, Message};
use serde_json::{Value, json};

use super::player::{Player, Stop};
use super::{Closing, Delivery, Way};
use crate::hex;
use crate::sessions::run::later_request;
use crate::sessions::step::{Answered, Asked};
use crate::sessions::{Act, Out, Sent, SideName, Step};
use crate::suite::exchange::Who;
use crate::suite::net::Frame;
use crate::suite::target::keys;

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

impl Player<'_> {
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
