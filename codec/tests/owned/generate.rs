//! Strategies for owned values and messages, anything that can be encoded.

use alwayson_codec::owned::{
    Bind, Body, Chunk, ChunkOf, Claim, Field, Gateway, Message, Request, RequestHeader, Response,
    Table, TimeSpan, Value,
};
use alwayson_codec::{
    BaseType, Characteristic, DateTime, EntityType, Ids, Location, Method, Status, ThingCode,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9_. -]{0,12}",
        (126_usize..130).prop_map(|len| "x".repeat(len)),
        vec("[äß漢🦀\u{0}\r\n\"]", 0..20).prop_map(|parts| parts.concat()),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits)
}

fn base_type(which: fn(&BaseType) -> bool) -> impl Strategy<Value = BaseType> {
    select(BaseType::ALL.iter().copied().filter(which).collect::<Vec<_>>())
}

fn scalar() -> impl Strategy<Value = Value> {
    // -1 stands for no instant.
    let instant = || option::of(any::<i64>().prop_map(|ms| DateTime::from_millis(ms & !1)));
    prop_oneof![
        Just(Value::Nothing),
        (base_type(|kind| kind.is_text()), text()).prop_map(|(kind, text)| Value::Text(kind, text)),
        number().prop_map(Value::Number),
        any::<i32>().prop_map(Value::Integer),
        any::<i64>().prop_map(Value::Long),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(|ms| DateTime::from_millis(ms).into()),
        [number(), number(), number()].prop_map(|[longitude, latitude, elevation]| {
            Location { longitude, latitude, elevation }.into()
        }),
        (base_type(|kind| kind.is_binary()), vec(any::<u8>(), 0..200))
            .prop_map(|(kind, bytes)| Value::Binary(kind, bytes)),
        (instant(), instant(), text()).prop_map(|(start, end, period)| TimeSpan {
            start,
            end,
            period
        }
        .into()),
        [number(), number()].prop_map(Value::Vec2),
        [number(), number(), number()].prop_map(Value::Vec3),
        [number(), number(), number(), number()].prop_map(Value::Vec4),
        (any::<i32>(), any::<i64>())
            .prop_map(|(domain, instance)| ThingCode { domain, instance }.into()),
    ]
}

fn table_of(value: impl Strategy<Value = Value> + Clone) -> impl Strategy<Value = Table> {
    let aspect = (text(), value.clone());
    let base_type = any::<u8>().prop_map(BaseType::from_u8);
    let field = (text(), text(), base_type, vec(aspect, 0..3)).prop_map(
        |(name, description, base_type, aspects)| Field { name, description, base_type, aspects },
    );
    (vec(field, 0..4), vec(vec(value, 0..5), 0..4))
        .prop_map(|(fields, rows)| Table::from_rows(fields, rows))
}

/// A value of any type: at most four containers deep.
pub(crate) fn value() -> impl Strategy<Value = Value> + Clone {
    scalar().boxed().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            inner.clone().prop_map(|value| Value::Variant(Box::new(value))),
            table_of(inner).prop_map(Value::InfoTable),
        ]
    })
}

fn body() -> impl Strategy<Value = Body> {
    let method = || select(Method::ALL);
    let status = || (0x40..=0xFF_u8).prop_filter_map("a status", Status::from_u8);
    let entity_type = || any::<u8>().prop_map(EntityType::from_u8);
    let claims = || vec((text(), text()).prop_map(|(name, value)| Claim { name, value }), 0..3);
    let gateway = (text(), text()).prop_map(|(name, gateway_type)| Gateway { name, gateway_type });
    let bind = (option::of(gateway), vec(text(), 0..5))
        .prop_map(|(gateway, names)| Bind { gateway, names });
    let header = (text(), text()).prop_map(|(name, value)| RequestHeader { name, value });
    let request =
        (
            (method(), entity_type(), any::<u8>().prop_map(Characteristic::from_u8)),
            (text(), text()),
            vec(header, 0..3),
            option::of(table_of(value())),
        )
            .prop_map(
                |((method, entity_type, characteristic), (entity, name), headers, params)| {
                    Request { method, entity_type, entity, characteristic, name, headers, params }
                },
            );
    let response = (status(), option::of(text()), value())
        .prop_map(|(status, reason, content)| Response { status, reason, content });
    let of = prop_oneof![
        (method(), entity_type(), text()).prop_map(|(m, of, name)| ChunkOf::Request(m, of, name)),
        status().prop_map(ChunkOf::Response),
        Just(ChunkOf::Bind),
        Just(ChunkOf::Unbind),
    ];
    let place = (1..=u16::MAX).prop_flat_map(|count| (1..=count, Just(count)));
    let chunk = (of, place, any::<u16>(), vec(any::<u8>(), 0..40))
        .prop_map(|(of, (id, count), size, data)| Chunk { of, id, count, size, data });
    let bind = bind.boxed();
    prop_oneof![
        1 => claims().prop_map(Body::Auth),
        1 => claims().prop_map(Body::ClearAuth),
        1 => bind.clone().prop_map(Body::Bind),
        1 => bind.prop_map(Body::Unbind),
        4 => request.prop_map(Body::Request),
        4 => response.prop_map(Body::Response),
        1 => chunk.prop_map(Body::Chunk),
        1 => Just(Body::KeepAlive),
    ]
}

pub(crate) fn message() -> impl Strategy<Value = Message> {
    let ids = [any::<u32>(), any::<u32>(), any::<u32>()];
    let ids = ids.prop_map(|[request, endpoint, session]| Ids { request, endpoint, session });
    (ids, body()).prop_map(|(ids, body)| Message { ids, body })
}
