//! The steps of a dialogue.

use alwayson_codec::owned::{self, Claim, Request, Response};
use alwayson_codec::{Message, Status};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::hex;

/// What happens at a time, and what the tested side has to do about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The time, in milliseconds since the dialogue began.
    pub at: u64,
    /// The connection that it happens on; of a platform there may be several.
    #[serde(default = "first")]
    pub connection: usize,
    /// What happens; if nothing does, time has passed.
    #[serde(rename = "do")]
    pub act: Option<Act>,
    /// What the side sends, in this order on each connection.
    #[serde(default)]
    pub out: Vec<Out>,
    /// What it tells its application or host, in any order.
    #[serde(default)]
    pub effects: Vec<Told>,
}

fn first() -> usize {
    1
}

fn once() -> u32 {
    1
}

/// One line for bytes: the message, or the error of the decoder.
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
    /// The WebSocket is open; of an edge, which gets claims for its AUTH.
    Opened {
        /// The claims; none for a platform.
        #[serde(default)]
        claims: Vec<Claim>,
    },
    /// A binary message comes.
    Received {
        /// Its bytes.
        #[serde(with = "hex::field")]
        hex: Vec<u8>,
        /// The same for people: the line that [`dump`] gives.
        dump: String,
        /// So often, each with a request id one higher than the one before.
        #[serde(default = "once")]
        times: u32,
    },
    /// A ping comes.
    Ping {},
    /// A pong comes.
    Pong {},
    /// The peer has closed the WebSocket, or it broke.
    Closed {},
    /// The application of an edge wants a name bound.
    Bind {
        /// The name.
        name: String,
    },
    /// The application of an edge wants a name unbound.
    Unbind {
        /// The name.
        name: String,
    },
    /// The application of an edge wants to leave.
    Leave {},
    /// The host of a platform decides about the claims or the names that came
    /// last.
    Decide {},
    /// The application asks the platform, or the host a Thing.
    Request(Asked),
    /// The application, or the host, answers a request that was handed out.
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

/// The body of a message, whatever its ids are.
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

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(deny_unknown_fields)]
pub enum Sent {
    /// A binary message.
    Message {
        /// Its bytes.
        #[serde(with = "hex::field")]
        hex: Vec<u8>,
        /// The same for people: the line that [`dump`] gives.
        dump: String,
        /// What its reason has to contain.
        #[serde(default)]
        reason_names: Vec<String>,
        /// Whether any other status that is no success will do.
        #[serde(default)]
        any_failure: bool,
    },
    /// A ping.
    Ping {},
    /// A close.
    Close {
        /// Its code; none where any will do.
        code: Option<u16>,
    },
}

/// What is sent, and over which connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Out {
    /// The connection.
    #[serde(default = "first")]
    pub connection: usize,
    /// What is sent.
    #[serde(flatten)]
    pub sent: Sent,
}

/// What is told, and of which connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Told {
    /// The connection.
    #[serde(default = "first")]
    pub connection: usize,
    /// What is told.
    #[serde(flatten)]
    pub effect: Effect,
}

/// What a side tells its application or its host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(deny_unknown_fields)]
pub enum Effect {
    /// To an edge: AUTH has succeeded.
    Authenticated {
        /// The id of the connection.
        session: u32,
        /// The id of the client; 0: none.
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
        /// Why.
        status: String,
    },
    /// A request of the peer is handed out.
    Request {
        /// Its id.
        request: u32,
        /// So many, each with an id one higher than the one before.
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
    /// A response that nobody waits for was counted and dropped.
    Dropped {},
    /// Bytes followed a message, and were counted and not read.
    Followed {
        /// How many.
        bytes: u32,
    },
    /// A call of the application or the host was refused, and nothing sent.
    NotAllowed {},
    /// What a platform shows of a Thing has changed.
    Thing {
        /// Its name.
        name: String,
        /// Whether an edge stands for it.
        is_connected: bool,
        /// When one last came to do so.
        last_connection: u64,
    },
    /// The connection has ended.
    Ended {
        /// Why.
        reason: String,
    },
    /// An edge will connect again, not before and not after these times.
    Connect {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
    /// An edge will not connect again.
    NoConnect {},
}

/// What a status is called.
pub(super) fn status_name(status: Status) -> String {
    status.name().map_or_else(|| status.to_u8().to_string(), str::to_owned)
}
