//! From the model to bytes, through the codec's public API.

use std::fmt;

use alwayson_codec as codec;
use bumpalo::Bump;
use codec::EncodeError;

use crate::model::{
    Body, ChunkEntity, Gateway, Message, Pair, Table, ThingCode, Value, Vec2, Vec3, Vec4,
};

/// Why a message of the model is not one of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotEncodable {
    /// Its parts contradict each other.
    Contradiction(String),
    /// The codec refuses it.
    Refused(EncodeError),
}

impl fmt::Display for NotEncodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contradiction(text) => f.write_str(text),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotEncodable {}

impl From<EncodeError> for NotEncodable {
    fn from(error: EncodeError) -> Self {
        Self::Refused(error)
    }
}

/// Encodes a message.
///
/// # Errors
/// Where parts of it contradict each other, or the codec refuses it.
pub fn encode(message: &Message) -> Result<Vec<u8>, NotEncodable> {
    let arena = Bump::new();
    let view = view(message, &arena)?;
    let mut bytes = vec![0; view.encoded_len()?];
    let len = view.encode(&mut bytes)?;
    bytes.truncate(len);
    Ok(bytes)
}

/// Encodes a message and streams its table: the parameters of a request or the
/// content of a response, and the tables in it, are written by closures
/// straight into the message. None for a message without such a table. The
/// bytes have to be those of [`encode`].
///
/// # Errors
/// As [`encode`].
pub fn encode_streamed(message: &Message) -> Result<Option<Vec<u8>>, NotEncodable> {
    let (table, bare) = match &message.body {
        Body::Request { params: Some(table), .. } => {
            let mut bare = message.clone();
            if let Body::Request { params, .. } = &mut bare.body {
                *params = None;
            }
            (table, bare)
        }
        Body::Response { content: Value::InfoTable(table), .. } => {
            let mut bare = message.clone();
            if let Body::Response { content, .. } = &mut bare.body {
                *content = Value::Nothing;
            }
            (table, bare)
        }
        _ => return Ok(None),
    };
    let arena = Bump::new();
    let view = view(&bare, &arena)?;
    let table = Streamed::new(table, &arena)?;
    let write = |buffer: &mut [u8]| {
        view.encode_with_table(buffer, |shape| table.shape(shape), |rows| table.rows(rows))
    };
    let needed = match write(&mut []) {
        Err(EncodeError::BufferTooSmall { needed }) => needed,
        Err(error) => return Err(error.into()),
        Ok(len) => len,
    };
    let mut bytes = vec![0; needed];
    let len = write(&mut bytes)?;
    bytes.truncate(len);
    Ok(Some(bytes))
}

/// The codec's view of a message; what has to stay somewhere stays in the
/// arena.
///
/// # Errors
/// As [`encode`].
pub fn view<'a>(message: &'a Message, arena: &'a Bump) -> Result<codec::Message<'a>, NotEncodable> {
    let contradiction = |text: String| Err(NotEncodable::Contradiction(text));
    if message.version != 1 {
        return contradiction(format!("the version is 1, not {}", message.version));
    }
    let is_chunk = matches!(message.body, Body::Chunk { .. });
    if message.multipart != is_chunk {
        return contradiction(format!(
            "`multipart` is {} with a body of kind `{}`",
            message.multipart,
            message.body.kind()
        ));
    }
    let ids = codec::Ids {
        request: message.request_id,
        endpoint: message.endpoint_id,
        session: message.session_id,
    };
    Ok(codec::Message { ids, body: body(message, arena)? })
}

fn body<'a>(message: &'a Message, arena: &'a Bump) -> Result<codec::Body<'a>, NotEncodable> {
    Ok(match (&message.body, message.code) {
        (Body::Auth { claims }, codec::Code::Auth) => codec::Body::Auth(auth(claims, arena)?),
        (Body::ClearAuth { claims }, codec::Code::ClearAuth) => {
            codec::Body::ClearAuth(auth(claims, arena)?)
        }
        (Body::Bind { gateway, names }, codec::Code::Bind) => {
            codec::Body::Bind(bind(gateway.as_ref(), names, arena)?)
        }
        (Body::Unbind { gateway, names }, codec::Code::Unbind) => {
            codec::Body::Unbind(bind(gateway.as_ref(), names, arena)?)
        }
        (Body::Request { .. }, codec::Code::Request(method)) => {
            codec::Body::Request(request(&message.body, method, arena)?)
        }
        (Body::Response { reason, content }, codec::Code::Response(status)) => {
            codec::Body::Response(codec::Response {
                status,
                reason: reason.as_deref().map(codec::Text::new),
                content: value(content, arena)?,
            })
        }
        (Body::Chunk { chunk_id, chunk_count, chunk_size, entity, data }, code) => {
            codec::Body::Chunk(codec::Chunk {
                of: chunk_of(code, entity.as_ref())?,
                id: *chunk_id,
                count: *chunk_count,
                size: *chunk_size,
                data: &data.0,
            })
        }
        (Body::KeepAlive {}, codec::Code::KeepAlive) => codec::Body::KeepAlive,
        (body, code) => {
            let text =
                format!("a message with the code {code} has no body of kind `{}`", body.kind());
            return Err(NotEncodable::Contradiction(text));
        }
    })
}

fn auth<'a>(claims: &'a [Pair], arena: &'a Bump) -> Result<codec::Auth<'a>, NotEncodable> {
    let claims = arena.alloc_slice_fill_iter(
        claims.iter().map(|Pair { name, value }| codec::Claim::new(name, value)),
    );
    Ok(codec::Auth::new(claims)?)
}

fn bind<'a>(
    gateway: Option<&'a Gateway>,
    names: &'a [String],
    arena: &'a Bump,
) -> Result<codec::Bind<'a>, NotEncodable> {
    let names: &[&str] = arena.alloc_slice_fill_iter(names.iter().map(String::as_str));
    let gateway = gateway.map(|gateway| codec::Gateway::new(&gateway.name, &gateway.gateway_type));
    Ok(codec::Bind { gateway, ..codec::Bind::new(names)? })
}

fn request<'a>(
    body: &'a Body,
    method: codec::Method,
    arena: &'a Bump,
) -> Result<codec::Request<'a>, NotEncodable> {
    let Body::Request {
        entity_type,
        entity_name,
        characteristic,
        characteristic_name,
        headers,
        params,
    } = body
    else {
        return Err(NotEncodable::Contradiction("not a request".to_owned()));
    };
    let headers = arena.alloc_slice_fill_iter(
        headers.iter().map(|Pair { name, value }| codec::RequestHeader::new(name, value)),
    );
    Ok(codec::Request {
        method,
        entity: codec::Entity { entity_type: *entity_type, name: codec::Text::new(entity_name) },
        characteristic: *characteristic,
        characteristic_name: codec::Text::new(characteristic_name),
        headers: codec::List::new(headers)?,
        params: params.as_ref().map(|params| table(params, arena)).transpose()?,
    })
}

fn chunk_of(
    code: codec::Code,
    entity: Option<&ChunkEntity>,
) -> Result<codec::ChunkOf<'_>, NotEncodable> {
    let text = match (code, entity) {
        (codec::Code::Response(status), None) => return Ok(codec::ChunkOf::Response(status)),
        (codec::Code::Request(method), Some(entity)) => {
            let name = codec::Text::new(&entity.entity_name);
            let entity = codec::Entity { entity_type: entity.entity_type, name };
            return Ok(codec::ChunkOf::Request(method, entity));
        }
        (codec::Code::Bind, None) => return Ok(codec::ChunkOf::Bind),
        (codec::Code::Unbind, None) => return Ok(codec::ChunkOf::Unbind),
        (code, Some(_)) if code.is_chunkable() => format!("a chunk of {code} has no entity"),
        (codec::Code::Request(_), None) => {
            "a chunk of a request has `entityType` and `entityName`".to_owned()
        }
        (code, _) => format!("a message with the code {code} is never sent in chunks"),
    };
    Err(NotEncodable::Contradiction(text))
}

/// The codec's view of a value.
fn value<'a>(value: &'a Value, arena: &'a Bump) -> Result<codec::Value<'a>, NotEncodable> {
    let wrong_type = || {
        let text = format!("{} is not the type of such a value", value.base_type());
        NotEncodable::Contradiction(text)
    };
    Ok(match value {
        Value::Nothing => codec::Value::Nothing,
        Value::Text(base_type, text) => {
            codec::Value::text(*base_type, text).ok_or_else(wrong_type)?
        }
        Value::Number(number) => codec::Value::Number(number.0),
        Value::Integer(integer) => codec::Value::Integer(*integer),
        Value::Long(long) => codec::Value::Long(*long),
        Value::Boolean(boolean) => codec::Value::Boolean(*boolean),
        Value::DateTime(millis) => codec::Value::DateTime(codec::DateTime::from_millis(*millis)),
        Value::Location(location) => codec::Value::Location(codec::Location {
            longitude: location.longitude.0,
            latitude: location.latitude.0,
            elevation: location.elevation.0,
        }),
        Value::Binary(base_type, bytes) => {
            codec::Value::binary(*base_type, &bytes.0).ok_or_else(wrong_type)?
        }
        Value::Variant(inner) => {
            let inner = arena.alloc(self::value(inner, arena)?);
            codec::Value::Variant(codec::Variant::new(inner))
        }
        Value::InfoTable(inner) => codec::Value::InfoTable(table(inner, arena)?),
        Value::TimeSpan(span) => codec::Value::TimeSpan(codec::TimeSpan {
            start_ms: span.start,
            end_ms: span.end,
            period: codec::Text::new(&span.period),
        }),
        Value::Vec2(Vec2 { x, y }) => codec::Value::Vec2([x.0, y.0]),
        Value::Vec3(Vec3 { x, y, z }) => codec::Value::Vec3([x.0, y.0, z.0]),
        Value::Vec4(Vec4 { x, y, z, w }) => codec::Value::Vec4([x.0, y.0, z.0, w.0]),
        Value::ThingCode(ThingCode { domain, instance }) => {
            codec::Value::ThingCode(codec::ThingCode { domain: *domain, instance: *instance })
        }
    })
}

fn aspects<'a>(
    aspects: &'a [crate::model::Aspect],
    arena: &'a Bump,
) -> Result<&'a [codec::Aspect<'a>], NotEncodable> {
    let views = aspects.iter().map(|aspect| {
        let value = value(&aspect.value, arena)?;
        Ok(codec::Aspect::new(&aspect.name, value))
    });
    Ok(arena.alloc_slice_copy(&views.collect::<Result<Vec<_>, NotEncodable>>()?))
}

/// Writes a table into the arena.
fn table<'a>(table: &'a Table, arena: &'a Bump) -> Result<codec::InfoTable<'a>, NotEncodable> {
    let field_aspects = table.fields.iter().map(|field| aspects(&field.aspects, arena));
    let field_aspects = field_aspects.collect::<Result<Vec<_>, _>>()?;
    let rows = table.rows.iter().map(|row| row.iter().map(|cell| value(cell, arena)).collect());
    let rows = rows.collect::<Result<Vec<Vec<_>>, _>>()?;
    let shape = |shape: &mut codec::ShapeWriter<'_, '_>| {
        for (field, aspects) in table.fields.iter().zip(&field_aspects) {
            shape.field_with(&field.name, &field.description, field.base_type, *aspects);
        }
    };
    let cells = |writer: &mut codec::RowsWriter<'_, '_>| {
        for row in &rows {
            writer.row(|writer| row.iter().for_each(|cell| writer.cell(*cell)));
        }
    };
    match codec::TableWriter::write(&mut [], shape, cells) {
        Err(EncodeError::BufferTooSmall { needed }) => {
            let buffer = arena.alloc_slice_fill_copy(needed, 0);
            Ok(codec::TableWriter::write(buffer, shape, cells)?)
        }
        Err(error) => Err(error.into()),
        // Cannot be: the smallest table has two bytes.
        Ok(_) => Err(NotEncodable::Contradiction("a table of no bytes".to_owned())),
    }
}

/// A table to be written by closures, the tables in it as well.
struct Streamed<'a> {
    table: &'a Table,
    aspects: Vec<&'a [codec::Aspect<'a>]>,
    rows: Vec<Vec<Cell<'a>>>,
}

enum Cell<'a> {
    Value(codec::Value<'a>),
    Variant(codec::Value<'a>),
    Table(Streamed<'a>),
}

impl<'a> Streamed<'a> {
    fn new(table: &'a Table, arena: &'a Bump) -> Result<Self, NotEncodable> {
        let aspects = table.fields.iter().map(|field| aspects(&field.aspects, arena));
        let cell = |cell: &'a Value| {
            Ok(match cell {
                Value::InfoTable(table) => Cell::Table(Self::new(table, arena)?),
                Value::Variant(inner) => Cell::Variant(value(inner, arena)?),
                other => Cell::Value(value(other, arena)?),
            })
        };
        let rows = table.rows.iter().map(|row| row.iter().map(cell).collect());
        Ok(Self {
            table,
            aspects: aspects.collect::<Result<_, NotEncodable>>()?,
            rows: rows.collect::<Result<_, NotEncodable>>()?,
        })
    }

    fn shape(&self, writer: &mut codec::ShapeWriter<'_, '_>) {
        for (field, aspects) in self.table.fields.iter().zip(&self.aspects) {
            if field.description.is_empty() && aspects.is_empty() {
                writer.field(&field.name, field.base_type);
            } else {
                writer.field_with(&field.name, &field.description, field.base_type, *aspects);
            }
        }
    }

    fn rows(&self, writer: &mut codec::RowsWriter<'_, '_>) {
        for row in &self.rows {
            writer.row(|writer| {
                for cell in row {
                    match cell {
                        Cell::Value(value) => writer.cell(*value),
                        Cell::Variant(inner) => writer.variant(*inner),
                        Cell::Table(table) => {
                            writer.table(|shape| table.shape(shape), |rows| table.rows(rows));
                        }
                    }
                }
            });
        }
    }
}
