//! The steps of a dialogue.

use alwayson_codec::owned::{self, Claim, Request, Response};
use alwayson_codec::{Message, Status};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::hex;

/// An event at a time, and the required reaction of the tested side.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The time, in milliseconds since the dialogue began.
    pub at: u64,
    /// The number of the connection; a platform may have several.
    #[serde(default = "first")]
    pub connection: usize,
    /// What happens; if it is missing, only time has passed.
    #[serde(rename = "do")]
    pub act: Option<Act>,
    /// What the side must send, in this order on each connection.
    #[serde(default)]
    pub out: Vec<Out>,
    /// What it must report to its application or host, in any order.
    #[serde(default)]
    pub effects: Vec<Told>,
}

fn first() -> usize {
    1
}

fn once() -> u32 {
    1
}

/// Returns one line for bytes: the message, or the decode error.
pub fn dump(bytes: &[u8]) -> String {
    match Message::decode(bytes) {
        Ok((message, _)) => message.dump().to_string(),
        Err(error) => format!("no message: {} at {}", error.kind().name(), error.offset()),
    }
}

/// What happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum Act {
    /// The WebSocket is open. An edge gets claims for its AUTH.
    Opened {
        /// The claims; none for a platform.
        #[serde(default)]
        claims: Vec<Claim>,
    },
    /// A binary message arrives.
    Received {
        /// Its bytes.
        #[serde(with = "hex::field")]
        hex: Vec<u8>,
        /// The same as a readable line: the result of [`dump`].
        dump: String,
        /// How often it arrives, each time with a request id one higher.
        #[serde(default = "once")]
        times: u32,
    },
    /// A ping arrives.
    Ping {},
    /// A pong arrives.
    Pong {},
    /// The peer closed the WebSocket, or the connection was lost.
    Closed {},
    /// The application of an edge binds a name.
    Bind {
        /// The name.
        name: String,
    },
    /// The application of an edge unbinds a name.
    Unbind {
        /// The name.
        name: String,
    },
    /// The application of an edge leaves.
    Leave {},
    /// The host of a platform decides about the last claims or names.
    Decide {},
    /// The application sends a request to the platform, or the host sends one to a Thing.
    Request(Asked),
    /// The application or the host answers a request.
    Respond(Answered),
}

/// A request, in JSON as the code and the body of a message.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawAsked")]
pub struct Asked(pub Request);

/// An answer, in JSON as the code and the body of a message.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawAnswered")]
pub struct Answered {
    /// The id of the request.
    pub request: u32,
    /// The answer.
    pub response: Response,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAsked {
    code: Json,
    body: Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswered {
    request: u32,
    code: Json,
    body: Json,
}

/// Parses the body of a message; the ids do not matter.
fn body(code: &Json, body: &Json) -> Result<owned::Body, String> {
    let message = json!({
        "version": 1, "code": code, "requestId": 0, "endpointId": 0, "sessionId": 0,
        "multipart": false, "body": body,
    });
    let message = serde_json::from_value::<owned::Message>(message);
    message.map(|message| message.body).map_err(|error| error.to_string())
}

impl TryFrom<RawAsked> for Asked {
    type Error = String;

    fn try_from(raw: RawAsked) -> Result<Self, String> {
        match body(&raw.code, &raw.body)? {
            owned::Body::Request(request) => Ok(Self(request)),
            _ => Err("the step has no request".to_owned()),
        }
    }
}

impl TryFrom<RawAnswered> for Answered {
    type Error = String;

    fn try_from(raw: RawAnswered) -> Result<Self, String> {
        match body(&raw.code, &raw.body)? {
            owned::Body::Response(response) => Ok(Self { request: raw.request, response }),
            _ => Err("the step has no response".to_owned()),
        }
    }
}

/// A sent frame.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(deny_unknown_fields)]
pub enum Sent {
    /// A binary message.
    Message {
        /// Its bytes.
        #[serde(with = "hex::field")]
        hex: Vec<u8>,
        /// The same as a readable line: the result of [`dump`].
        dump: String,
        /// The texts that its reason must contain.
        #[serde(default)]
        reason_names: Vec<String>,
        /// Whether any other status that is not a success matches.
        #[serde(default)]
        any_failure: bool,
    },
    /// A ping.
    Ping {},
    /// A close.
    Close {
        /// Its code; `None` matches any.
        code: Option<u16>,
    },
}

/// A sent frame and its connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Out {
    /// The connection.
    #[serde(default = "first")]
    pub connection: usize,
    /// What is sent.
    #[serde(flatten)]
    pub sent: Sent,
}

/// An effect and its connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Told {
    /// The connection.
    #[serde(default = "first")]
    pub connection: usize,
    /// The effect.
    #[serde(flatten)]
    pub effect: Effect,
}

/// What a side reports to its application or host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(deny_unknown_fields)]
pub enum Effect {
    /// To an edge: AUTH has succeeded.
    Authenticated {
        /// The session id.
        session: u32,
        /// The endpoint id; 0 for none.
        endpoint: u32,
    },
    /// To an edge: a name is bound.
    Bound {
        /// The name.
        name: String,
    },
    /// To an edge: a name is unbound.
    Unbound {
        /// The name.
        name: String,
    },
    /// To an edge: a name was refused.
    Refused {
        /// The name.
        name: String,
        /// The status of the refusal.
        status: String,
    },
    /// A request of the peer is passed to the application or host.
    Request {
        /// Its id.
        request: u32,
        /// The number of requests, each with an id one higher.
        #[serde(default = "once")]
        times: u32,
    },
    /// The answer to a request.
    Response {
        /// Its id.
        request: u32,
        /// The status.
        status: String,
    },
    /// A request has ended without an answer.
    Failed {
        /// Its id.
        request: u32,
        /// The status that stands for it.
        status: String,
    },
    /// A response without a waiting request was counted and dropped.
    Dropped {},
    /// Bytes after a message were counted and not read.
    Followed {
        /// Their number.
        bytes: u32,
    },
    /// A call of the application or host was refused, and nothing was sent.
    NotAllowed {},
    /// What a platform shows of a Thing has changed.
    Thing {
        /// Its name.
        name: String,
        /// Whether an edge has bound it.
        is_connected: bool,
        /// When it was last bound, in ms.
        last_connection: u64,
    },
    /// The connection has ended.
    Ended {
        /// Why.
        reason: String,
    },
    /// An edge will reconnect at a random time within this range.
    Connect {
        /// The earliest time, in ms.
        from: u64,
        /// The latest time, in ms.
        to: u64,
    },
    /// An edge will not reconnect.
    NoConnect {},
}

/// Returns the name of a status.
pub(super) fn status_name(status: Status) -> String {
    status.name().map_or_else(|| status.to_u8().to_string(), str::to_owned)
}
