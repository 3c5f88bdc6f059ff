//! Messages in chunks (PROTOCOL.md §5).

use alwayson_codec::connection::{edge, platform};
use alwayson_codec::limits::DEFAULT_JOIN_TIMEOUT_MS;
use alwayson_codec::{Body, Chunk, ChunkOf, Ids, JoinError, Joined, Joiner, Message, memory_for};

use super::{Judge, Session, of};
use crate::capture::Side;
use crate::level::Level;
use crate::watch::Event;
use crate::watch::pending::Kind;
use crate::watch::rules;

/// The most unfinished messages of one side.
const UNFINISHED: usize = 4;
/// The smallest chunk size for which messages of the full length can be joined, in bytes.
const SMALLEST_CHUNKS: u16 = 512;
/// The longest name of a Thing in chunks, in bytes.
const LONGEST_NAME: usize = 255;

/// Joins the chunks of one side.
pub(super) type LongMessages = Joiner<Vec<u8>, UNFINISHED>;

impl Session {
    pub(super) fn chunk(
        &mut self,
        ids: Ids,
        chunk: &Chunk<'_>,
        now_ms: u64,
        judge: &mut Judge<'_, '_>,
    ) {
        let from = judge.from;
        let of_response = matches!(chunk.of, ChunkOf::Response(_));
        match from {
            Side::Edge if !of_response => {
                let is_wrong = self.is_wrong_session(ids);
                let input = if is_wrong {
                    platform::Input::WrongSession
                } else {
                    platform::Input::RequestChunk
                };
                self.of_edge(input, &of(ids), judge);
            }
            Side::Platform if matches!(chunk.of, ChunkOf::Request(..)) => {
                self.of_platform(edge::Input::RequestChunk, &of(ids), judge);
            }
            _ => {}
        }
        if !of_response {
            // A refusal may come before the last chunk.
            self.side(from).pending.begin(ids);
        }
        let limit = self.limits.message;
        let side = self.side(from);
        let mut joiner = side.joiner.take().unwrap_or_else(|| Box::new(new_joiner(limit)));
        match joiner.push(ids, chunk, now_ms) {
            Ok(Joined::Incomplete) => {}
            Ok(Joined::Complete(whole)) => {
                (judge.sink)(Event::Joined { from, bytes: whole });
                self.joined(whole, judge);
            }
            Err(error) => Self::not_joined(ids, error, judge),
        }
        self.side(from).joiner = Some(joiner);
    }

    fn joined(&mut self, whole: &[u8], judge: &mut Judge<'_, '_>) {
        let message = match Message::decode_exact(whole) {
            Ok(message) => message,
            Err(error) => {
                let kind = error.kind().name();
                let detail = format!("{kind} at byte {} of the joined message", error.offset());
                return judge.at_level(rules::UNREADABLE, Level::of_decode_error(kind), detail);
            }
        };
        if message.encoded_len().is_ok_and(|shortest| shortest < whole.len()) {
            judge.broken(rules::FORM, of(message.ids));
        }
        if !matches!(message.body, Body::Response(_)) {
            self.side(judge.from).pending.end(message.ids);
        }
        match (&message.body, judge.from) {
            (Body::Response(response), _) => self.response(message.ids, response, judge),
            // The table was asked about each chunk.
            (body, Side::Edge) => {
                let kind = Kind::of(body);
                if !self.of_edge.pending.open(message.ids, kind) {
                    judge.broken(rules::ID_REUSE, of(message.ids));
                }
            }
            (body, Side::Platform) => self.platform_sends(message.ids, body, judge),
        }
    }

    fn not_joined(ids: Ids, error: JoinError, judge: &mut Judge<'_, '_>) {
        let detail = format!("{}: {error}", of(ids));
        match error {
            JoinError::ChunkMismatch => judge.broken(rules::CHUNKS, detail),
            JoinError::TooLarge { .. } => judge.broken(rules::TOO_LONG, detail),
            _ => {
                let text = format!("chunks are not joined: {detail}");
                (judge.sink)(Event::Limit { from: judge.from, text });
            }
        }
    }
}

/// Creates the memory for chunks. The system commits it only when it is written.
fn new_joiner(limit: usize) -> LongMessages {
    let memory = memory_for(limit, SMALLEST_CHUNKS, LONGEST_NAME);
    Joiner::with_limits(std::array::from_fn(|_| vec![0; memory]), limit, DEFAULT_JOIN_TIMEOUT_MS)
}
