//! The messages in frames, as our decoder and our checks of chunks find them: what the dissector
//! must show, and which request a response answers.

use std::collections::BTreeMap;

use alwayson_codec::{Assembly, Body, Chunk, ChunkOf, Code, Header, Ids, JoinError, Message};
use alwayson_conformance::capture::{Frame, Opcode, Side};

use crate::expected::{Expected, Tree};
use crate::tshark::Shown;

/// The limit of the dissector.
const MESSAGE_LIMIT: usize = 64 << 20;

/// What must be shown of one message.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Its items, if it can be decoded.
    pub(crate) items: Option<Vec<Expected>>,
    /// The kind of an error, and its offset if it is in the bytes.
    pub(crate) error: Option<(String, Option<u32>)>,
    /// The bytes after it.
    pub(crate) padding: usize,
    /// The request that it answers, by its place in the list.
    pub(crate) answers: Option<usize>,
    /// Whether it was joined from chunks.
    pub(crate) is_joined: bool,
}

impl Wanted {
    /// Compares with what is shown.
    ///
    /// # Errors
    /// The first difference, in words.
    pub(crate) fn compare(&self, shown: &Shown) -> Result<(), String> {
        let error = shown.get("alwayson.error").map(|kind| {
            let offset = shown.get("alwayson.error.offset");
            (kind.to_owned(), offset.map(|offset| offset.parse().unwrap()))
        });
        if error != self.error {
            return Err(format!("error {:?}, shown {error:?}", self.error));
        }
        let Some(items) = &self.items else { return Ok(()) };
        let mut found = shown.items.iter().filter(|item| {
            !matches!(&*item.name, "alwayson.error" | "alwayson.error.offset" | "alwayson.padding")
        });
        for item in items {
            let found = found.next();
            if !found.is_some_and(|found| item.is_shown_by(found)) {
                return Err(format!("{item:?}, shown {found:?}"));
            }
        }
        if let Some(found) = found.next() {
            return Err(format!("no more items, shown {found:?}"));
        }
        let padding = shown.items.iter().find(|item| item.name == "alwayson.padding");
        let padding = padding.map_or(0, |item| item.bytes.len() / 2);
        if padding != self.padding {
            return Err(format!("{} bytes of padding, shown {padding}", self.padding));
        }
        Ok(())
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Edge => Side::Platform,
        Side::Platform => Side::Edge,
    }
}

/// An unfinished message.
struct Unfinished {
    assembly: Assembly,
    head: Vec<u8>,
    parts: BTreeMap<u16, Vec<u8>>,
}

/// The messages of one connection.
pub(crate) struct Messages {
    pub(crate) list: Vec<Wanted>,
    shows_secrets: bool,
    unfinished: BTreeMap<(Side, bool, u32), Unfinished>,
    asked: BTreeMap<(Side, u32), usize>,
}

impl Messages {
    pub(crate) fn of(frames: &[Frame], shows_secrets: bool) -> Self {
        let mut messages = Self {
            list: Vec::new(),
            shows_secrets,
            unfinished: BTreeMap::new(),
            asked: BTreeMap::new(),
        };
        for frame in frames.iter().filter(|frame| frame.opcode == Opcode::Binary) {
            messages.frame(frame.from, &frame.bytes);
        }
        messages
    }

    fn frame(&mut self, from: Side, bytes: &[u8]) {
        let mut rest = bytes;
        loop {
            let used = self.bytes(from, rest, false);
            rest = &rest[used..];
            if rest.is_empty() {
                return;
            }
            if Header::decode(rest).is_err() {
                self.list.last_mut().unwrap().padding = rest.len();
                return;
            }
        }
    }

    /// Adds the message at the start of bytes, and returns its length.
    fn bytes(&mut self, from: Side, bytes: &[u8], is_joined: bool) -> usize {
        let (message, used) = match Message::decode(bytes) {
            Ok(decoded) => decoded,
            Err(error) => {
                let error = Some((error.kind().name().to_owned(), Some(error.offset())));
                self.list.push(Wanted { error, is_joined, ..Wanted::default() });
                return bytes.len();
            }
        };
        let mut tree = Tree::new(self.shows_secrets);
        tree.message(&message.into());
        let items = Some(tree.items);
        self.list.push(Wanted { items, is_joined, ..Wanted::default() });
        match &message.body {
            Body::Chunk(chunk) => match self.join(from, message.ids, chunk) {
                Ok(Some(whole)) => {
                    let used = self.bytes(from, &whole, true);
                    self.list.last_mut().unwrap().padding = whole.len() - used;
                }
                Err(JoinError::ChunkMismatch) => {
                    let wanted = self.list.last_mut().unwrap();
                    wanted.error = Some(("ChunkMismatch".to_owned(), None));
                }
                Ok(None) | Err(_) => {}
            },
            _ => self.link(from, &message),
        }
        used
    }

    fn link(&mut self, from: Side, message: &Message<'_>) {
        let this = self.list.len() - 1;
        let id = message.ids.request;
        match message.code() {
            Code::Response(_) => {
                self.list[this].answers = self.asked.remove(&(other(from), id));
            }
            Code::KeepAlive => {}
            _ => {
                self.asked.insert((from, id), this);
            }
        }
    }

    fn join(
        &mut self,
        from: Side,
        ids: Ids,
        chunk: &Chunk<'_>,
    ) -> Result<Option<Vec<u8>>, JoinError> {
        let is_response = matches!(chunk.of, ChunkOf::Response(_));
        let key = (from, is_response, ids.request);
        let mut known = if let Some(known) = self.unfinished.remove(&key) {
            known
        } else {
            let assembly = Assembly::begin(ids, chunk, MESSAGE_LIMIT)?;
            let mut head = vec![0; Assembly::head_len(&chunk.of)];
            Assembly::put_head(ids, &chunk.of, &mut head);
            Unfinished { assembly, head, parts: BTreeMap::new() }
        };
        known.assembly.check(ids, chunk, &known.head)?;
        let is_new = !known.parts.contains_key(&chunk.id);
        if is_new {
            let is_complete = known.assembly.count(chunk, MESSAGE_LIMIT)?;
            known.parts.insert(chunk.id, chunk.data.to_vec());
            if is_complete {
                let data = known.parts.into_values().flatten();
                return Ok(Some(known.head.into_iter().chain(data).collect()));
            }
        }
        self.unfinished.insert(key, known);
        Ok(None)
    }
}
