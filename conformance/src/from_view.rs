//! From the codec's views to the model.

use alwayson_codec as codec;

use crate::model::{
    Aspect, Body, Bytes, ChunkEntity, Field, Gateway, Location, Message, Number, Pair, Table,
    ThingCode, TimeSpan, Value, Vec2, Vec3, Vec4,
};

/// The model of a message.
pub fn message(view: &codec::Message<'_>) -> Message {
    let codec::Ids { request, endpoint, session } = view.ids;
    Message {
        version: 1,
        code: view.code(),
        request_id: request,
        endpoint_id: endpoint,
        session_id: session,
        multipart: view.header().multipart,
        body: body(&view.body),
    }
}

fn body(view: &codec::Body<'_>) -> Body {
    match view {
        codec::Body::Auth(auth) => Body::Auth { claims: claims(auth) },
        codec::Body::ClearAuth(auth) => Body::ClearAuth { claims: claims(auth) },
        codec::Body::Bind(bind) => Body::Bind { gateway: gateway(bind), names: names(bind) },
        codec::Body::Unbind(bind) => Body::Unbind { gateway: gateway(bind), names: names(bind) },
        codec::Body::Request(request) => Body::Request {
            entity_type: request.entity.entity_type,
            entity_name: text(request.entity.name),
            characteristic: request.characteristic,
            characteristic_name: text(request.characteristic_name),
            headers: request.headers.iter().map(|h| pair(h.name, h.value)).collect(),
            params: request.params.map(|params| table(&params)),
        },
        codec::Body::Response(response) => {
            Body::Response { reason: response.reason.map(text), content: value(response.content) }
        }
        codec::Body::Chunk(chunk) => Body::Chunk {
            chunk_id: chunk.id,
            chunk_count: chunk.count,
            chunk_size: chunk.size,
            entity: match &chunk.of {
                codec::ChunkOf::Response(_) | codec::ChunkOf::Bind | codec::ChunkOf::Unbind => None,
                codec::ChunkOf::Request(_, entity) => Some(ChunkEntity {
                    entity_type: entity.entity_type,
                    entity_name: text(entity.name),
                }),
            },
            data: Bytes(chunk.data.to_vec()),
        },
        codec::Body::KeepAlive => Body::KeepAlive {},
    }
}

fn text(text: codec::Text<'_>) -> String {
    text.as_str().to_owned()
}

fn pair(name: codec::Text<'_>, value: codec::Text<'_>) -> Pair {
    Pair { name: text(name), value: text(value) }
}

fn claims(auth: &codec::Auth<'_>) -> Vec<Pair> {
    auth.claims.iter().map(|claim| pair(claim.name, claim.value.expose())).collect()
}

fn gateway(bind: &codec::Bind<'_>) -> Option<Gateway> {
    let gateway = bind.gateway?;
    Some(Gateway { name: text(gateway.name), gateway_type: text(gateway.gateway_type) })
}

fn names(bind: &codec::Bind<'_>) -> Vec<String> {
    bind.names.iter().map(text).collect()
}

/// The model of a table.
pub fn table(view: &codec::InfoTable<'_>) -> Table {
    let fields = view.fields().map(|field| Field {
        name: text(field.name),
        description: text(field.description),
        base_type: field.base_type,
        aspects: field.aspects.iter().map(|aspect| self::aspect(&aspect)).collect(),
    });
    let rows = view.rows().map(|row| row.cells().map(value).collect());
    Table { fields: fields.collect(), rows: rows.collect() }
}

fn aspect(view: &codec::Aspect<'_>) -> Aspect {
    Aspect { name: text(view.name), value: value(view.value) }
}

/// The model of a value.
pub fn value(view: codec::Value<'_>) -> Value {
    match view {
        codec::Value::Nothing => Value::Nothing,
        codec::Value::Text(value) => Value::Text(value.base_type(), text(value.get())),
        codec::Value::Number(number) => Value::Number(Number(number)),
        codec::Value::Integer(integer) => Value::Integer(integer),
        codec::Value::Long(long) => Value::Long(long),
        codec::Value::Boolean(boolean) => Value::Boolean(boolean),
        codec::Value::DateTime(datetime) => Value::DateTime(datetime.to_millis()),
        codec::Value::Location(location) => Value::Location(Location {
            longitude: Number(location.longitude),
            latitude: Number(location.latitude),
            elevation: Number(location.elevation),
        }),
        codec::Value::Binary(binary) => {
            Value::Binary(binary.base_type(), Bytes(binary.get().to_vec()))
        }
        codec::Value::Variant(variant) => Value::Variant(Box::new(value(variant.get()))),
        codec::Value::InfoTable(view) => Value::InfoTable(table(&view)),
        codec::Value::TimeSpan(span) => Value::TimeSpan(TimeSpan {
            start: span.start_ms,
            end: span.end_ms,
            period: text(span.period),
        }),
        codec::Value::Vec2(numbers) => {
            let [x, y] = numbers.map(Number);
            Value::Vec2(Vec2 { x, y })
        }
        codec::Value::Vec3(numbers) => {
            let [x, y, z] = numbers.map(Number);
            Value::Vec3(Vec3 { x, y, z })
        }
        codec::Value::Vec4(numbers) => {
            let [x, y, z, w] = numbers.map(Number);
            Value::Vec4(Vec4 { x, y, z, w })
        }
        codec::Value::ThingCode(codec::ThingCode { domain, instance }) => {
            Value::ThingCode(ThingCode { domain, instance })
        }
    }
}
