//! A second joiner, written for these tests from section 5 of `PROTOCOL.md`
//! alone, with unlimited memory.

use std::collections::BTreeMap;

use crate::decoder::{Chunk, Header};
use crate::fault::{Fault, Part};
use crate::names::{DELETE, GET, STATUSES};
use crate::reader::REFUSED;

/// A joiner that breaks one rule, or none.
pub(crate) struct Joiner {
    fault: Option<Fault>,
    unfinished: Vec<Unfinished>,
}

/// An unfinished message.
struct Unfinished {
    header: Header,
    first: Chunk,
    parts: BTreeMap<u16, Vec<u8>>,
    /// The chunks in the order in which they came.
    arrived: Vec<u16>,
}

const MISMATCH: &str = "ChunkMismatch";

impl Joiner {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { fault, unfinished: Vec::new() }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Takes a chunk. Returns the message that it completes, or the kind of the error.
    pub(crate) fn push(
        &mut self,
        header: Header,
        chunk: &Chunk,
    ) -> Result<Option<Vec<u8>>, &'static str> {
        let too_long = chunk.data.len() > usize::from(chunk.size);
        if too_long && !self.is(Fault::DataLongerThanSizeAccepted) {
            return Err(MISMATCH);
        }
        let room = usize::from(chunk.count.wrapping_mul(chunk.size));
        if chunk.data.len() > room && self.is(Fault::CountTimesSizeOf16Bits) {
            return Err(REFUSED);
        }
        if chunk.data.is_empty() && self.is(Fault::EmptyChunkNotCounted) {
            return Ok(None);
        }
        let place = self.unfinished.iter().position(|of| self.is_of(of, header, chunk));
        let place = match place {
            Some(place) => place,
            None => self.begin(header, chunk),
        };
        self.add(place, header, chunk)?;
        if !self.is_complete(&self.unfinished[place]) {
            return Ok(None);
        }
        let complete = self.unfinished.remove(place);
        Ok(Some(self.whole(&complete)))
    }

    /// Whether a chunk is one of a message: the request id says so, and whether
    /// it is a response, since each side counts its own requests.
    fn is_of(&self, message: &Unfinished, header: Header, chunk: &Chunk) -> bool {
        let response = |header: Header| header.code >= STATUSES;
        let same_side = response(message.header) == response(header)
            || self.is(Fault::RequestAndResponseAreOne);
        let is_request = |header: Header| matches!(header.code, GET..=DELETE);
        let same_side = same_side
            && (is_request(message.header) == is_request(header)
                || !self.is(Fault::BindAndRequestAreTwo));
        let same = message.header.request == header.request && same_side;
        let another = PARTS.into_iter().any(|part| {
            self.is(Fault::ChangeBeginsAnother(part)) && message.differs(part, header, chunk)
        });
        same && !another || self.is(Fault::AllIdsAreOne)
    }

    fn begin(&mut self, header: Header, chunk: &Chunk) -> usize {
        if self.is(Fault::OneMessageAtATime) {
            self.unfinished.clear();
        }
        let parts = BTreeMap::new();
        let arrived = Vec::new();
        self.unfinished.push(Unfinished { header, first: chunk.clone(), parts, arrived });
        self.unfinished.len() - 1
    }

    fn add(&mut self, place: usize, header: Header, chunk: &Chunk) -> Result<(), &'static str> {
        let fault = self.fault;
        let is = |other| fault == Some(other);
        let message = &mut self.unfinished[place];
        for part in PARTS {
            let any_session = part == Part::Session
                && is(Fault::NoSessionIsAny)
                && [header.session, message.header.session].contains(&u32::MAX);
            let any_endpoint = part == Part::Endpoint
                && is(Fault::NoEndpointIsAny)
                && [header.endpoint, message.header.endpoint].contains(&0);
            let accepted = is(Fault::ChangeAccepted(part)) || any_session || any_endpoint;
            if message.differs(part, header, chunk) && !accepted {
                return Err(MISMATCH);
            }
        }
        message.arrived.push(chunk.id);
        if let Some(before) = message.parts.get(&chunk.id) {
            if *before != chunk.data && is(Fault::RepeatOfOtherDataRefused) {
                return Err(MISMATCH);
            }
            if !is(Fault::RepeatOverwrites) {
                return Ok(());
            }
        } else if is(Fault::ChunksInOrderOnly) && usize::from(chunk.id) != message.parts.len() + 1 {
            return Err(REFUSED);
        }
        message.parts.insert(chunk.id, chunk.data.clone());
        Ok(())
    }

    fn is_complete(&self, message: &Unfinished) -> bool {
        let count = usize::from(message.first.count);
        match self.fault {
            Some(Fault::RepeatCounted) => message.arrived.len() == count,
            Some(Fault::CompleteWithLastId) => message.parts.contains_key(&message.first.count),
            Some(Fault::SingleChunkNotComplete) if count == 1 => false,
            _ => message.parts.len() == count,
        }
    }

    /// The message as if it had come in one.
    fn whole(&self, message: &Unfinished) -> Vec<u8> {
        let Header { code, request, endpoint, session } = message.header;
        let mut whole = vec![1, code];
        for id in [request, endpoint, session] {
            whole.extend(id.to_be_bytes());
        }
        whole.push(0);
        if let Some((entity_type, name)) = &message.first.entity {
            if !self.is(Fault::JoinedWithoutEntity) {
                whole.push(*entity_type);
                let length = u32::try_from(name.len()).unwrap();
                whole.extend((length | 0x8000_0000).to_be_bytes());
                whole.extend(name.as_bytes());
            }
        }
        let start = whole.len();
        let mut order: Vec<u16> = message.parts.keys().copied().collect();
        if self.is(Fault::JoinedAsTheyCame) {
            order.sort_by_key(|id| message.arrived.iter().position(|arrived| arrived == id));
        }
        for id in order {
            if self.is(Fault::JoinedBySize) {
                let before = usize::from(id.saturating_sub(1)) * usize::from(message.first.size);
                whole.resize(start + before, 0);
            }
            whole.extend(&message.parts[&id]);
        }
        whole
    }
}

const PARTS: [Part; 7] = [
    Part::Code,
    Part::Endpoint,
    Part::Session,
    Part::Count,
    Part::Size,
    Part::EntityType,
    Part::EntityName,
];

impl Unfinished {
    /// Whether a chunk says another thing than the first one.
    fn differs(&self, part: Part, header: Header, chunk: &Chunk) -> bool {
        let entity = |chunk: &Chunk| chunk.entity.clone().unzip();
        let ((kind, name), (first_kind, first_name)) = (entity(chunk), entity(&self.first));
        match part {
            Part::Code => header.code != self.header.code,
            Part::Endpoint => header.endpoint != self.header.endpoint,
            Part::Session => header.session != self.header.session,
            Part::Count => chunk.count != self.first.count,
            Part::Size => chunk.size != self.first.size,
            Part::EntityType => kind != first_kind,
            Part::EntityName => name != first_name,
        }
    }
}
