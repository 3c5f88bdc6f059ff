//! A recorded client: it sends the messages of its capture, and answers as it did then.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use alwayson::message::{Request, Response};
use alwayson::platform::{Handle, RequestError};
use alwayson_codec::{Body, Code, Ids, Joined, Joiner, Message, Status, limits};
use alwayson_conformance::answers::kind;
use alwayson_conformance::capture::{Capture, Opcode, Side};
use tokio::task::JoinHandle;

use super::super::peer::{Peer, encode};

/// The requests that the platform sends by itself after a BIND.
const AFTER_BIND: [&str; 2] = ["GetMetadata", "NotifyPropertyUpdate"];

/// The session id that a capture grants.
pub(super) fn session(capture: &Capture) -> u32 {
    let mut frames = capture.frames.iter().filter(|frame| frame.from == Side::Platform);
    Message::decode(&frames.next().unwrap().bytes).unwrap().0.ids.session
}

/// A recorded client.
pub(super) struct Client<'a> {
    capture: &'a Capture,
    peer: Peer,
    joiner: Joiner<Vec<u8>, 1>,
    /// The frames of each answer of the client, by request id.
    recorded: BTreeMap<u32, Vec<&'a [u8]>>,
    /// The recorded ids of what the platform asks by itself.
    after_bind: BTreeMap<String, u32>,
    /// What the platform has asked, and the ids that it used now.
    asked: BTreeMap<String, u32>,
    /// The kinds of the answers that the platform gave, by request id.
    pub(super) answers: BTreeMap<u32, String>,
}

/// A request that the host of the recorded platform made.
struct Call {
    /// The request id now.
    id: u32,
    task: JoinHandle<Result<Response, RequestError>>,
}

impl<'a> Client<'a> {
    pub(super) async fn open(capture: &'a Capture, address: SocketAddr) -> Self {
        let mut recorded: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut after_bind = BTreeMap::new();
        for (from, bytes, message) in messages(capture) {
            let id = message.ids.request;
            match (from, message.body) {
                (Side::Edge, _) if matches!(message.code(), Code::Response(_)) => {
                    recorded.entry(id).or_default().push(bytes);
                }
                (Side::Platform, Body::Request(request)) => {
                    let request = Request::from(request);
                    if is_after_bind(&request) {
                        after_bind.insert(request.to_string(), id);
                    }
                }
                _ => {}
            }
        }
        let peer = Peer::open(address).await;
        let asked = BTreeMap::new();
        let answers = BTreeMap::new();
        let joiner = Joiner::new([vec![0; limits::DEFAULT_MESSAGE_LIMIT]]);
        Self { capture, peer, joiner, recorded, after_bind, asked, answers }
    }

    /// Goes through the capture: sends each message of the client and awaits its answer,
    /// and has the platform ask what it asked then, and get the answer that it got.
    pub(super) async fn replay(&mut self, platform: &Handle) {
        let mut calls: BTreeMap<u32, Call> = BTreeMap::new();
        for (from, bytes, message) in messages(self.capture) {
            let id = message.ids.request;
            let is_last = match &message.body {
                Body::Chunk(chunk) => chunk.id == chunk.count,
                _ => true,
            };
            match (from, message.code()) {
                (Side::Edge, Code::Response(_)) => {
                    // What the platform asked by itself was answered at once.
                    let Some(call) = calls.get(&id) else { continue };
                    self.peer.send(&with_id(bytes, call.id)).await;
                    if is_last {
                        let answer = calls.remove(&id).unwrap().task.await.unwrap().unwrap();
                        assert_eq!(answer, self.recorded_answer(id));
                    }
                }
                (Side::Edge, _) => {
                    self.peer.send(bytes).await;
                    while is_last && !self.answers.contains_key(&id) {
                        self.receive().await;
                    }
                }
                (Side::Platform, Code::Response(_)) => {}
                (Side::Platform, _) => {
                    let Body::Request(request) = message.body else { panic!("{message:?}") };
                    if let Some(call) = self.ask(platform, request.into()).await {
                        calls.insert(id, call);
                    }
                }
            }
        }
    }

    /// Has the platform ask what it asked then, or waits until it does so by itself.
    async fn ask(&mut self, platform: &Handle, request: Request) -> Option<Call> {
        let asked = request.to_string();
        if is_after_bind(&request) {
            self.await_request(&asked).await;
            return None;
        }
        if platform.holder(&request.entity).is_none() {
            assert_eq!(platform.call(request).await, Err(RequestError::NotBound));
            return None;
        }
        self.asked.remove(&asked);
        let platform = platform.clone();
        let task = tokio::spawn(async move { platform.call(request).await });
        Some(Call { id: self.await_request(&asked).await, task })
    }

    async fn await_request(&mut self, asked: &str) -> u32 {
        loop {
            match self.asked.get(asked) {
                Some(id) => return *id,
                None => self.receive().await,
            }
        }
    }

    /// Takes the next message of the platform: notes an answer, and answers what it
    /// asks by itself.
    async fn receive(&mut self) {
        let mut bytes = self.peer.bytes().await;
        let message = Message::decode_exact(&bytes).unwrap();
        if let Body::Chunk(chunk) = &message.body {
            match self.joiner.push(message.ids, chunk, 0).unwrap() {
                Joined::Incomplete => return,
                Joined::Complete(whole) => bytes = whole.to_vec(),
            }
        }
        let message = Message::decode_exact(&bytes).unwrap();
        let ids = message.ids;
        match message.body {
            Body::Response(response) => {
                let earlier = self.answers.insert(ids.request, kind(&response));
                assert_eq!(earlier, None, "a second answer to {}", ids.request);
            }
            Body::Request(request) => {
                let request = Request::from(request);
                if is_after_bind(&request) {
                    self.answer(ids, &request).await;
                }
                self.asked.insert(request.to_string(), ids.request);
            }
            body => panic!("{body:?}"),
        }
    }

    /// Answers as the client did then; if it was not asked then, that it has no such
    /// service.
    async fn answer(&mut self, ids: Ids, request: &Request) {
        if let Some(recorded) = self.after_bind.get(&request.to_string()) {
            for bytes in &self.recorded[recorded] {
                self.peer.send(&with_id(bytes, ids.request)).await;
            }
        } else {
            let response = alwayson_codec::Response::new(Status::NOT_FOUND);
            self.peer.send(&encode(ids, Body::Response(response))).await;
        }
    }

    /// The answer of the client to a request of the recorded platform.
    fn recorded_answer(&self, id: u32) -> Response {
        let mut joiner = Joiner::<Vec<u8>, 1>::new([vec![0; limits::DEFAULT_MESSAGE_LIMIT]]);
        for bytes in &self.recorded[&id] {
            let message = Message::decode(bytes).unwrap().0;
            match message.body {
                Body::Response(response) => return response.into(),
                Body::Chunk(chunk) => {
                    if let Joined::Complete(whole) = joiner.push(message.ids, &chunk, 0).unwrap() {
                        let message = Message::decode_exact(whole).unwrap();
                        let Body::Response(response) = message.body else { panic!("{message:?}") };
                        return response.into();
                    }
                }
                body => panic!("{body:?}"),
            }
        }
        panic!("no answer to {id}")
    }
}

/// The messages and chunks of a capture: who sent them, their bytes, and decoded.
fn messages(capture: &Capture) -> impl Iterator<Item = (Side, &[u8], Message<'_>)> {
    let frames = capture.frames.iter().filter(|frame| frame.opcode == Opcode::Binary);
    frames.map(|frame| (frame.from, &frame.bytes[..], Message::decode(&frame.bytes).unwrap().0))
}

fn is_after_bind(request: &Request) -> bool {
    request.service().is_some_and(|service| AFTER_BIND.contains(&service))
}

/// A message with this request id.
fn with_id(bytes: &[u8], id: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[2..6].copy_from_slice(&id.to_be_bytes());
    bytes
}
