//! A second decoder, written for these tests from `PROTOCOL.md` alone: it
//! allocates, recurs, and shares nothing with the codec. What it reads is in
//! the JSON form of the vectors (`vectors/README.md`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::fault::{Check, Container, Count, Fault, Marker};
use crate::names::{
    AUTH, BASE_TYPES, BIND, CHARACTERISTICS, CLEAR_AUTH, CODES, DELETE, ENTITY_TYPES, GET,
    KEEP_ALIVE, Names, STATUSES, UNBIND, name, name_or_number,
};
use crate::reader::{Read, Reader};

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) header: Header,
    pub(crate) body: Body,
    fault: Option<Fault>,
}

/// What is before every body (section 2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) code: u8,
    pub(crate) request: u32,
    pub(crate) endpoint: u32,
    pub(crate) session: u32,
}

/// What follows the header.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Whole(Json),
    Chunk(Chunk),
}

/// A part of a longer message (section 5).
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) id: u16,
    pub(crate) count: u16,
    pub(crate) size: u16,
    pub(crate) entity: Option<(u8, String)>,
    pub(crate) data: Vec<u8>,
}

/// A decoder that breaks one rule, or none.
pub(crate) fn decode(bytes: &[u8], fault: Option<Fault>) -> Read<Message> {
    let mut reader = Reader { bytes, at: 0, fault, entered: 0 };
    let (header, is_chunk) = reader.header()?;
    let body = if is_chunk {
        Body::Chunk(reader.chunk(header.code)?)
    } else {
        Body::Whole(reader.body(header.code)?)
    };
    let more = reader.left() > 0;
    reader.refuse_if(more && reader.is(Fault::TrailingRefused))?;
    let keep_alive = header.code == KEEP_ALIVE && reader.is(Fault::KeepAliveTrailingRefused);
    reader.refuse_if(more && keep_alive)?;
    Ok(Message { header, body, fault })
}

impl Message {
    pub(crate) fn to_json(&self) -> Json {
        let Header { code, request, endpoint, session } = self.header;
        let (multipart, body) = match &self.body {
            Body::Whole(body) => (false, body.clone()),
            Body::Chunk(chunk) => (true, chunk.to_json(self.fault)),
        };
        let id = |id: u32| {
            let signed = self.fault == Some(Fault::IdsSigned);
            if signed { id.cast_signed().into() } else { Json::from(id) }
        };
        json!({
            "version": 1, "code": shown(CODES, code, self.fault), "requestId": id(request),
            "endpointId": id(endpoint), "sessionId": id(session), "multipart": multipart,
            "body": body,
        })
    }
}

impl Chunk {
    fn to_json(&self, fault: Option<Fault>) -> Json {
        let mut json = json!({
            "kind": "chunk", "chunkId": self.id, "chunkCount": self.count,
            "chunkSize": self.size, "data": STANDARD.encode(&self.data),
        });
        if let Some((entity_type, name)) = &self.entity {
            json["entityType"] = shown(ENTITY_TYPES, *entity_type, fault);
            json["entityName"] = name.as_str().into();
        }
        json
    }
}

/// The name of a number, or the number; a wrong decoder lacks a name.
pub(crate) fn shown(names: Names, number: u8, fault: Option<Fault>) -> Json {
    let lacks = match fault {
        Some(Fault::CodeUnknown(lacks)) if names == CODES => lacks == number,
        Some(Fault::EntityTypeUnknown(lacks)) if names == ENTITY_TYPES => lacks == number,
        Some(Fault::CharacteristicUnknown(lacks)) if names == CHARACTERISTICS => lacks == number,
        Some(Fault::BaseTypeUnknown(lacks)) if names == BASE_TYPES => lacks == number,
        _ => false,
    };
    if lacks { number.into() } else { name_or_number(names, number) }
}

impl Reader<'_> {
    /// The header, and whether it is that of a chunk.
    fn header(&mut self) -> Read<(Header, bool)> {
        use Check::{Allowed, Code, Length, Marker, Version};
        let order = match self.fault {
            Some(Fault::ChecksInOrder(order)) => order,
            _ => [Version, Length, Marker, Code, Allowed],
        };
        for check in order {
            if !self.is(Fault::CheckLeftOut(check)) {
                self.check(check)?;
            }
        }
        self.at = 1;
        let code = self.u8()?;
        let request = self.u32()?;
        let mut endpoint = self.u32()?;
        let mut session = self.u32()?;
        if self.is(Fault::EndpointAndSessionSwapped) {
            (endpoint, session) = (session, endpoint);
        }
        let is_chunk = self.u8()? != 0;
        Ok((Header { code, request, endpoint, session }, is_chunk))
    }

    /// One check of the header, of the bytes that it needs.
    fn check(&mut self, check: Check) -> Read<()> {
        self.at = 0;
        match check {
            Check::Version if self.u8()? != 1 => Err(self.error("UnsupportedVersion", 0)),
            Check::Length => self.take(15).map(|_| ()),
            Check::Marker => {
                let marker = self.take(15)?[14];
                let flag = marker & 0x80 != 0 && self.is(Fault::HeaderMarkerAsFlag);
                if marker > 1 && !flag { Err(self.error("InvalidMarker", 14)) } else { Ok(()) }
            }
            Check::Code => {
                let code = self.take(2)?[1];
                if self.is_known(code) { Ok(()) } else { Err(self.error("UnknownCode", 1)) }
            }
            Check::Allowed => {
                let header = self.take(15)?;
                let code = header[1];
                let is_chunk = header[14] != 0;
                let may_be = matches!(code, GET..=DELETE | BIND | UNBIND | STATUSES..)
                    && !self.is(Fault::ChunkRefused(code))
                    || self.is(Fault::ChunkAccepted(code));
                if is_chunk && !may_be { Err(self.error("InvalidMarker", 14)) } else { Ok(()) }
            }
            Check::Version => Ok(()),
        }
    }

    fn is_known(&self, code: u8) -> bool {
        let named = name(CODES, code).is_some();
        match self.fault {
            Some(Fault::CodeUnknown(unknown)) if code < STATUSES && code == unknown => false,
            Some(Fault::UnnamedStatusRefused) => named,
            _ => named || code >= STATUSES,
        }
    }

    /// The body of a whole message (section 3).
    fn body(&mut self, code: u8) -> Read<Json> {
        match code {
            AUTH => Ok(json!({"kind": "auth", "claims": self.pairs(Count::Claims)?})),
            CLEAR_AUTH if self.is(Fault::ClearAuthWithoutClaims) => {
                Ok(json!({"kind": "clearAuth", "claims": []}))
            }
            CLEAR_AUTH => Ok(json!({"kind": "clearAuth", "claims": self.pairs(Count::Claims)?})),
            BIND => self.bind("bind", true),
            UNBIND => self.bind("unbind", !self.is(Fault::UnbindWithoutGateway)),
            KEEP_ALIVE if self.is(Fault::KeepAliveHasClaims) => {
                self.pairs(Count::Claims).map(|_| json!({"kind": "keepAlive"}))
            }
            KEEP_ALIVE => Ok(json!({"kind": "keepAlive"})),
            STATUSES.. => self.response(),
            _ => self.request(),
        }
    }

    fn pairs(&mut self, what: Count) -> Read<Json> {
        let count = self.count(what, 2)?;
        let pairs = (0..count).map(|_| {
            let name = self.string()?;
            Ok(json!({"name": name, "value": self.string()?}))
        });
        pairs.collect::<Read<Vec<_>>>().map(Json::from)
    }

    fn bind(&mut self, kind: &str, with_gateway: bool) -> Read<Json> {
        let mut gateway = Json::Null;
        if with_gateway && self.marker(Marker::Gateway)? {
            let name = self.string()?;
            let without = self.is(Fault::GatewayWithoutType);
            let kind = if without { String::new() } else { self.string()? };
            gateway = json!({"name": name, "type": kind});
        }
        let count = self.count(Count::Names, 1)?;
        let names = (0..count).map(|_| self.string()).collect::<Read<Vec<_>>>()?;
        Ok(json!({"kind": kind, "gateway": gateway, "names": names}))
    }

    fn entity(&mut self) -> Read<(u8, String)> {
        let entity_type = self.u8()?;
        let unnamed = name(ENTITY_TYPES, entity_type).is_none();
        self.refuse_if(unnamed && self.is(Fault::UnnamedEntityTypeRefused))?;
        Ok((entity_type, self.string()?))
    }

    fn request(&mut self) -> Read<Json> {
        let (entity_type, entity_name) = self.entity()?;
        let characteristic = self.u8()?;
        let unnamed = name(CHARACTERISTICS, characteristic).is_none();
        self.refuse_if(unnamed && self.is(Fault::UnnamedCharacteristicRefused))?;
        let characteristic_name = self.string()?;
        let mut headers = self.pairs(Count::Headers)?;
        if self.is(Fault::HeadersDropped) {
            headers = json!([]);
        }
        Ok(json!({
            "kind": "request", "entityType": shown(ENTITY_TYPES, entity_type, self.fault),
            "entityName": entity_name,
            "characteristic": shown(CHARACTERISTICS, characteristic, self.fault),
            "characteristicName": characteristic_name, "headers": headers,
            "params": self.params()?,
        }))
    }

    fn params(&mut self) -> Read<Json> {
        let at = self.at;
        match self.u8()? {
            0xFF => Ok(Json::Null),
            5 if self.is(Fault::NestingNotCounted(Container::Params)) => self.table(0),
            5 => self.table(1),
            0 if self.is(Fault::ParamsStringAccepted) => self.string().map(Json::from),
            18 if self.is(Fault::ParamsVariantAccepted) => self.value(1),
            other => {
                self.at = at;
                if self.is(Fault::ParamsReadBeforeJudged) {
                    self.value(0)?;
                }
                let unknown = name(BASE_TYPES, other).is_none();
                let unknown = unknown && self.is(Fault::ParamsOfUnknownType);
                Err(self.error(if unknown { "UnknownBaseType" } else { "UnexpectedParams" }, at))
            }
        }
    }

    fn response(&mut self) -> Read<Json> {
        let reason = if self.marker(Marker::Reason)? { self.string()?.into() } else { Json::Null };
        let none = reason == "" && self.is(Fault::EmptyReasonIsNone);
        let reason = if none { Json::Null } else { reason };
        let other = !matches!(self.bytes.get(self.at), None | Some(5 | 0xFF));
        self.refuse_if(other && self.is(Fault::ContentOfTableOrNothing))?;
        Ok(json!({"kind": "response", "reason": reason, "content": self.value(0)?}))
    }

    /// The body of a chunk.
    fn chunk(&mut self, code: u8) -> Read<Chunk> {
        let id = self.u16()?;
        if self.is(Fault::ChunkIdJudgedFirst) && id == 0 {
            return Err(self.error("InvalidChunk", 15));
        }
        let count = self.u16()?;
        let size = self.u16()?;
        if !self.is(Fault::ChunkIdJudgedLast) {
            self.judge_chunk_id(id, count)?;
        }
        let is_request = matches!(code, GET..=DELETE) && !self.is(Fault::ChunkWithoutEntity);
        let has_entity = is_request || self.is(Fault::ChunkWithEntity(code));
        let entity = if has_entity { Some(self.entity()?) } else { None };
        self.judge_chunk_id(id, count)?;
        let longest = self.is(Fault::DataOfChunkSize).then_some(usize::from(size));
        let length = longest.unwrap_or(self.left());
        let data = self.take(length)?.to_vec();
        self.refuse_if(data.is_empty() && self.is(Fault::EmptyChunkRefused))?;
        Ok(Chunk { id, count, size, entity, data })
    }

    fn judge_chunk_id(&self, id: u16, count: u16) -> Read<()> {
        let zero = id == 0 && !self.is(Fault::ChunkIdZeroAccepted);
        let above = id > count && !self.is(Fault::ChunkIdAboveCountAccepted);
        let last = id == count && self.is(Fault::ChunkIdFromZero);
        let no_count = count == 0 && self.is(Fault::ChunkCountZeroAccepted);
        if (zero || above || last) && !no_count {
            return Err(self.error("InvalidChunk", 15));
        }
        Ok(())
    }
}
