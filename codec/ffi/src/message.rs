//! Messages in C: the same structs for decoding and encoding.

use alwayson_codec as codec;
use codec::wire::bind::Gateway;
use codec::{
    Auth, Bind, Body, Characteristic, Chunk, ChunkOf, Entity, EntityType, Ids, Method, Request,
    Response, Status, Text,
};

use crate::codes::AlwaysonKind;
use crate::error::{AlwaysonError, Error};
use crate::list::{CLAIMS, HEADERS, ItemList, NAMES};
use crate::slice::Slice;
use crate::table::Table;
use crate::value::Value;

const KEEP_ALIVE: u8 = AlwaysonKind::KeepAlive as u8;
const AUTH: u8 = AlwaysonKind::Auth as u8;
const CLEAR_AUTH: u8 = AlwaysonKind::ClearAuth as u8;
const BIND: u8 = AlwaysonKind::Bind as u8;
const UNBIND: u8 = AlwaysonKind::Unbind as u8;
const REQUEST: u8 = AlwaysonKind::Request as u8;
const RESPONSE: u8 = AlwaysonKind::Response as u8;
const REQUEST_CHUNK: u8 = AlwaysonKind::RequestChunk as u8;
const RESPONSE_CHUNK: u8 = AlwaysonKind::ResponseChunk as u8;
const BIND_CHUNK: u8 = AlwaysonKind::BindChunk as u8;
const UNBIND_CHUNK: u8 = AlwaysonKind::UnbindChunk as u8;

/// The id that means none.
pub const ALWAYSON_NO_ID: u32 = 0xFFFF_FFFF;

/// The three ids of a header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MessageIds {
    /// The request id. A response has that of its request.
    pub request: u32,
    /// The endpoint id, which identifies a client over all its connections; 0 or
    /// `ALWAYSON_NO_ID` means none.
    pub endpoint: u32,
    /// The session id, which identifies one connection; `ALWAYSON_NO_ID` means none yet.
    pub session: u32,
}

/// The body of an AUTH or CLEARAUTH.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct AuthBody {
    /// The claims: usually one, the application key.
    pub claims: ItemList,
}

/// The body of a BIND or UNBIND.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct BindBody {
    /// The gateway of the Things; its `ptr` is NULL if there is none.
    pub gateway_name: Slice,
    /// The type of the gateway.
    pub gateway_type: Slice,
    /// The names of the Things.
    pub names: ItemList,
}

/// The body of a GET, PUT, POST or DELETE.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RequestBody {
    /// The method, an `ALWAYSON_METHOD_`.
    pub method: u8,
    /// The type of the entity, an `ALWAYSON_ENTITY_` or another number.
    pub entity_type: u8,
    /// The kind of characteristic, an `ALWAYSON_CHARACTERISTIC_` or another number.
    pub characteristic: u8,
    /// The name of the entity.
    pub entity_name: Slice,
    /// The name of the property, service or event. `*` with GET means all properties.
    pub characteristic_name: Slice,
    /// The headers, which are rarely used.
    pub headers: ItemList,
    /// The parameters; their `tag` is 0 if there are none.
    pub params: Table,
}

/// The body of a response.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ResponseBody {
    /// The status, an `ALWAYSON_STATUS_` or another number of 0x40 or more.
    pub status: u8,
    /// The reason in words; its `ptr` is NULL if there is none.
    pub reason: Slice,
    /// The result: nearly always NOTHING or a table.
    pub content: Value,
}

/// The body of a chunk, a part of a long request, response, BIND or UNBIND.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChunkBody {
    /// The method or status of the whole message.
    pub code: u8,
    /// For a request, the type of the entity.
    pub entity_type: u8,
    /// For a request, the name of the entity.
    pub entity_name: Slice,
    /// Its place among the chunks, counted from 1.
    pub id: u16,
    /// The number of chunks of the message.
    pub count: u16,
    /// The chunk size of the sender, in bytes, header included.
    pub size: u16,
    /// Its part of the body of the message.
    pub data: Slice,
}

/// The body of a message, by its kind.
#[repr(C)]
#[derive(Clone, Copy)]
pub union MessageBody {
    /// AUTH and CLEARAUTH.
    pub auth: AuthBody,
    /// BIND and UNBIND.
    pub bind: BindBody,
    /// GET, PUT, POST and DELETE.
    pub request: RequestBody,
    /// The answer to any of these messages.
    pub response: ResponseBody,
    /// A part of a long request, response, BIND or UNBIND.
    pub chunk: ChunkBody,
}

/// One AlwaysOn message, the content of one binary WebSocket message.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WholeMessage {
    /// The kind, an `ALWAYSON_KIND_`, which determines the member of `body`.
    pub kind: u8,
    /// The ids.
    pub ids: MessageIds,
    /// The body.
    pub body: MessageBody,
}

impl MessageIds {
    pub(crate) fn of(ids: Ids) -> Self {
        Self { request: ids.request, endpoint: ids.endpoint, session: ids.session }
    }

    pub(crate) fn get(self) -> Ids {
        Ids { request: self.request, endpoint: self.endpoint, session: self.session }
    }
}

impl RequestBody {
    pub(crate) fn of(request: &Request<'_>) -> Self {
        Self {
            method: request.method.to_u8(),
            entity_type: request.entity.entity_type.to_u8(),
            characteristic: request.characteristic.to_u8(),
            entity_name: Slice::of(request.entity.name.as_bytes()),
            characteristic_name: Slice::of(request.characteristic_name.as_bytes()),
            headers: ItemList::of(HEADERS, request.headers),
            params: request.params.map_or(Table::NONE, Table::of),
        }
    }

    /// # Safety
    /// What it borrows from is unchanged for `'a`.
    pub(crate) unsafe fn get<'a>(&self) -> Result<Request<'a>, Error> {
        let method = Method::from_u8(self.method).ok_or(AlwaysonError::InvalidNumber)?;
        // SAFETY: as promised.
        unsafe {
            let params = if self.params.is_none() { None } else { Some(self.params.get()?) };
            Ok(Request {
                method,
                entity: entity(self.entity_type, self.entity_name)?,
                characteristic: Characteristic::from_u8(self.characteristic),
                characteristic_name: Text::new(self.characteristic_name.text()?),
                headers: self.headers.get(HEADERS)?,
                params,
            })
        }
    }
}

impl ResponseBody {
    pub(crate) fn of(response: &Response<'_>) -> Self {
        Self {
            status: response.status.to_u8(),
            reason: Slice::of_option(response.reason.map(Text::as_bytes)),
            content: Value::of(&response.content),
        }
    }

    /// # Safety
    /// What it borrows from is unchanged for `'a`.
    pub(crate) unsafe fn get<'a>(
        &self,
        inner: &'a mut codec::Value<'a>,
    ) -> Result<Response<'a>, Error> {
        let status = Status::from_u8(self.status).ok_or(AlwaysonError::InvalidNumber)?;
        // SAFETY: as promised.
        unsafe {
            let is_none = self.reason.is_none();
            let reason = if is_none { None } else { Some(Text::new(self.reason.text()?)) };
            Ok(Response { status, reason, content: self.content.get(inner)? })
        }
    }
}

impl AuthBody {
    fn of(auth: &Auth<'_>) -> Self {
        Self { claims: ItemList::of(CLAIMS, auth.claims) }
    }

    /// # Safety
    /// What it borrows from is unchanged for `'a`.
    unsafe fn get<'a>(&self) -> Result<Auth<'a>, Error> {
        // SAFETY: as promised.
        Ok(Auth { claims: unsafe { self.claims.get(CLAIMS) }? })
    }
}

impl BindBody {
    fn of(bind: &Bind<'_>) -> Self {
        let gateway = bind.gateway.as_ref();
        Self {
            gateway_name: Slice::of_option(gateway.map(|gateway| gateway.name.as_bytes())),
            gateway_type: Slice::of_option(gateway.map(|gateway| gateway.gateway_type.as_bytes())),
            names: ItemList::of(NAMES, bind.names),
        }
    }

    /// # Safety
    /// What it borrows from is unchanged for `'a`.
    unsafe fn get<'a>(&self) -> Result<Bind<'a>, Error> {
        // SAFETY: as promised.
        unsafe {
            let gateway = if self.gateway_name.is_none() {
                None
            } else {
                Some(Gateway::new(self.gateway_name.text()?, self.gateway_type.text()?))
            };
            Ok(Bind { gateway, names: self.names.get(NAMES)? })
        }
    }
}

impl ChunkBody {
    fn of(chunk: &Chunk<'_>) -> Self {
        let (entity_type, entity_name) = match &chunk.of {
            ChunkOf::Request(_, entity) => {
                (entity.entity_type.to_u8(), Slice::of(entity.name.as_bytes()))
            }
            ChunkOf::Response(_) | ChunkOf::Bind | ChunkOf::Unbind => (0, Slice::NONE),
        };
        let id = chunk.id;
        let count = chunk.count;
        let size = chunk.size;
        let code = chunk.of.code().to_u8();
        let data = Slice::of(chunk.data);
        Self { code, entity_type, entity_name, id, count, size, data }
    }

    /// # Safety
    /// What it borrows from is unchanged for `'a`.
    pub(crate) unsafe fn get<'a>(&self, kind: u8) -> Result<Chunk<'a>, Error> {
        let of = match kind {
            REQUEST_CHUNK => {
                let method = Method::from_u8(self.code).ok_or(AlwaysonError::InvalidNumber)?;
                // SAFETY: as promised.
                ChunkOf::Request(method, unsafe { entity(self.entity_type, self.entity_name) }?)
            }
            BIND_CHUNK => ChunkOf::Bind,
            UNBIND_CHUNK => ChunkOf::Unbind,
            _ => ChunkOf::Response(Status::from_u8(self.code).ok_or(AlwaysonError::InvalidNumber)?),
        };
        // SAFETY: as promised.
        let data = unsafe { self.data.bytes() }?;
        Ok(Chunk { of, id: self.id, count: self.count, size: self.size, data })
    }
}

/// # Safety
/// The name is unchanged for `'a`.
unsafe fn entity<'a>(entity_type: u8, name: Slice) -> Result<Entity<'a>, Error> {
    // SAFETY: as promised.
    let name = Text::new(unsafe { name.text() }?);
    Ok(Entity { entity_type: EntityType::from_u8(entity_type), name })
}

impl WholeMessage {
    pub(crate) fn of(message: &codec::Message<'_>) -> Self {
        let (kind, body) = match &message.body {
            Body::Auth(auth) => (AlwaysonKind::Auth, MessageBody { auth: AuthBody::of(auth) }),
            Body::ClearAuth(auth) => {
                (AlwaysonKind::ClearAuth, MessageBody { auth: AuthBody::of(auth) })
            }
            Body::Bind(bind) => (AlwaysonKind::Bind, MessageBody { bind: BindBody::of(bind) }),
            Body::Unbind(bind) => (AlwaysonKind::Unbind, MessageBody { bind: BindBody::of(bind) }),
            Body::Request(request) => {
                (AlwaysonKind::Request, MessageBody { request: RequestBody::of(request) })
            }
            Body::Response(response) => {
                (AlwaysonKind::Response, MessageBody { response: ResponseBody::of(response) })
            }
            Body::Chunk(chunk) => {
                let kind = match chunk.of {
                    ChunkOf::Request(..) => AlwaysonKind::RequestChunk,
                    ChunkOf::Response(_) => AlwaysonKind::ResponseChunk,
                    ChunkOf::Bind => AlwaysonKind::BindChunk,
                    ChunkOf::Unbind => AlwaysonKind::UnbindChunk,
                };
                (kind, MessageBody { chunk: ChunkBody::of(chunk) })
            }
            Body::KeepAlive => {
                let claims = ItemList::of::<Text<'_>, &str>(0, codec::List::empty());
                (AlwaysonKind::KeepAlive, MessageBody { auth: AuthBody { claims } })
            }
        };
        Self { kind: kind as u8, ids: MessageIds::of(message.ids), body }
    }

    /// The message as the codec has it. What is in a VARIANT that was made by
    /// hand is put in a place of the caller's.
    ///
    /// # Safety
    /// The member of `body` for the kind is there, and what it borrows from is
    /// unchanged for `'a`.
    pub(crate) unsafe fn get<'a>(
        &self,
        inner: &'a mut codec::Value<'a>,
    ) -> Result<codec::Message<'a>, Error> {
        // SAFETY: the member for the kind is there.
        let body = unsafe {
            match self.kind {
                KEEP_ALIVE => Body::KeepAlive,
                AUTH => Body::Auth(self.body.auth.get()?),
                CLEAR_AUTH => Body::ClearAuth(self.body.auth.get()?),
                BIND => Body::Bind(self.body.bind.get()?),
                UNBIND => Body::Unbind(self.body.bind.get()?),
                REQUEST => Body::Request(self.body.request.get()?),
                RESPONSE => Body::Response(self.body.response.get(inner)?),
                REQUEST_CHUNK | RESPONSE_CHUNK | BIND_CHUNK | UNBIND_CHUNK => {
                    Body::Chunk(self.body.chunk.get(self.kind)?)
                }
                _ => return Err(AlwaysonError::InvalidNumber.into()),
            }
        };
        Ok(codec::Message { ids: self.ids.get(), body })
    }
}
