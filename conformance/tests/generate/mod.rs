//! Strategies for whole messages of the model.

use alwayson_codec::owned::{
    Bind, Body, Chunk, ChunkOf, Claim, Field, Gateway, Message, Request, RequestHeader, Response,
    Table, TimeSpan, Value,
};
use alwayson_codec::{
    BaseType, Characteristic, DateTime, EntityType, Ids, Location, Method, Status, ThingCode,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, size_range};

/// Texts of all sorts: lengths on both sides of the long form among them.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => "[a-zA-Z0-9_. -]{0,12}",
        2 => any::<String>().prop_map(|text| text.chars().take(20).collect()),
        1 => (126_usize..130).prop_map(|len| "x".repeat(len)),
        1 => vec("[äß漢🦀\u{2028}\u{0}\r\n\"]", 0..40).prop_map(|parts| parts.concat()),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        any::<u64>().prop_map(f64::from_bits),
        (-1000..1000_i32).prop_map(f64::from),
        select(&[0.0, -0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 5e-324][..]),
    ]
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..max)
}

/// An instant or none; -1 stands for none.
fn instant() -> impl Strategy<Value = Option<DateTime>> {
    any::<i64>().prop_map(|millis| Some(DateTime::from_millis(millis)).filter(|_| millis != -1))
}

fn base_type(which: fn(&BaseType) -> bool) -> impl Strategy<Value = BaseType> {
    let types: Vec<BaseType> = BaseType::ALL.iter().copied().filter(which).collect();
    select(types)
}

/// A value that holds no other.
pub(crate) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nothing),
        (base_type(|kind| kind.is_text()), text()).prop_map(|(kind, text)| Value::Text(kind, text)),
        text().prop_map(|text| Value::Text(BaseType::PASSWORD, text)),
        number().prop_map(Value::Number),
        any::<i32>().prop_map(Value::Integer),
        any::<i64>().prop_map(Value::Long),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(|millis| DateTime::from_millis(millis).into()),
        (number(), number(), number()).prop_map(|(longitude, latitude, elevation)| {
            Value::Location(Location { longitude, latitude, elevation })
        }),
        (prop_oneof![9 => instant(), 1 => Just(None)], instant(), text())
            .prop_map(|(start, end, period)| Value::TimeSpan(TimeSpan { start, end, period })),
        [number(), number()].prop_map(Value::Vec2),
        [number(), number(), number()].prop_map(Value::Vec3),
        [number(), number(), number(), number()].prop_map(Value::Vec4),
        (any::<i32>(), any::<i64>())
            .prop_map(|(domain, instance)| Value::ThingCode(ThingCode { domain, instance })),
        (base_type(|kind| kind.is_binary()), bytes(40))
            .prop_map(|(kind, bytes)| Value::Binary(kind, bytes)),
    ]
}

/// A table with such values in its cells and aspects. Rows need not have as
/// many cells as there are fields.
fn table_of(value: impl Strategy<Value = Value> + Clone) -> impl Strategy<Value = Table> {
    let aspect = (text(), value.clone());
    let any_type = base_type(|_| true);
    let unnamed = any::<u8>().prop_map(BaseType::from_u8);
    let base_type = prop_oneof![9 => any_type, 1 => Just(BaseType::PASSWORD), 1 => unnamed];
    let field = (text(), text(), base_type, vec(aspect, 0..3)).prop_map(
        |(name, description, base_type, aspects)| Field { name, description, base_type, aspects },
    );
    (vec(field, 0..4), vec(vec(value, 0..5), 0..4))
        .prop_map(|(fields, rows)| Table::from_rows(fields, rows))
}

/// A value of any type, tables in tables among them: at most four containers
/// deep.
pub(crate) fn value() -> impl Strategy<Value = Value> + Clone {
    let leaf = scalar().boxed();
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            inner.clone().prop_map(|value| Value::Variant(Box::new(value))),
            table_of(inner).prop_map(Value::InfoTable),
        ]
    })
}

/// How a value is enclosed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Container {
    Variant,
    Cell,
    Aspect,
}

/// A scalar inside this number of containers.
pub(crate) fn enclosed(
    depth: impl Into<proptest::collection::SizeRange>,
) -> impl Strategy<Value = Value> {
    let container = select(&[Container::Variant, Container::Cell, Container::Aspect][..]);
    (scalar(), vec(container, size_range(depth))).prop_map(|(value, containers)| {
        containers.into_iter().fold(value, |value, container| match container {
            Container::Variant => Value::Variant(Box::new(value)),
            Container::Cell => Table::from_rows(vec![], vec![vec![value, Value::Nothing]]).into(),
            Container::Aspect => {
                let (name, description) = ("f".to_owned(), String::new());
                let aspects = vec![("a".to_owned(), value)];
                let field = Field { name, description, base_type: BaseType::STRING, aspects };
                Table::from_rows(vec![field], vec![]).into()
            }
        })
    })
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    vec((text(), text()).prop_map(|(name, value)| Claim { name, value }), 0..5)
}

fn bind(names: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Bind> {
    let gateway = (text(), text()).prop_map(|(name, gateway_type)| Gateway { name, gateway_type });
    (proptest::option::of(gateway), vec(text(), names))
        .prop_map(|(gateway, names)| Bind { gateway, names })
}

pub(crate) fn method() -> impl Strategy<Value = Method> {
    select(Method::ALL)
}

pub(crate) fn status() -> impl Strategy<Value = Status> {
    prop_oneof![select(Status::ALL), (0x40..=0xFF_u8).prop_filter_map("a status", Status::from_u8),]
}

fn entity_type() -> impl Strategy<Value = EntityType> {
    prop_oneof![Just(EntityType::THINGS), any::<u8>().prop_map(EntityType::from_u8)]
}

fn request(params: impl Strategy<Value = Option<Table>>) -> impl Strategy<Value = Body> {
    let characteristic = any::<u8>().prop_map(Characteristic::from_u8);
    let header = (text(), text()).prop_map(|(name, value)| RequestHeader { name, value });
    (method(), entity_type(), text(), characteristic, text(), vec(header, 0..4), params).prop_map(
        |(method, entity_type, entity, characteristic, name, headers, params)| {
            Body::Request(Request {
                method,
                entity_type,
                entity,
                characteristic,
                name,
                headers,
                params,
            })
        },
    )
}

fn chunk() -> impl Strategy<Value = Body> {
    let of = prop_oneof![
        (method(), entity_type(), text()).prop_map(|(method, entity_type, name)| {
            ChunkOf::Request(method, entity_type, name)
        }),
        status().prop_map(ChunkOf::Response),
        select(&[ChunkOf::Bind, ChunkOf::Unbind][..]),
    ];
    let place = (1..=u16::MAX).prop_flat_map(|count| (1..=count, Just(count)));
    (of, place, any::<u16>(), bytes(60))
        .prop_map(|(of, (id, count), size, data)| Body::Chunk(Chunk { of, id, count, size, data }))
}

/// A message with this body.
fn whole(body: impl Strategy<Value = Body> + 'static) -> BoxedStrategy<Message> {
    let id = || prop_oneof![Just(0), Just(u32::MAX), 1..2000_u32, any::<u32>()];
    ([id(), id(), id()], body)
        .prop_map(|([request, endpoint, session], body)| Message {
            ids: Ids { request, endpoint, session },
            body,
        })
        .boxed()
}

/// A message of any kind.
pub(crate) fn message() -> impl Strategy<Value = Message> {
    let params = proptest::option::of(table_of(value()));
    prop_oneof![
        1 => whole(claims().prop_map(Body::Auth)),
        1 => whole(claims().prop_map(Body::ClearAuth)),
        1 => whole(bind(0..12).prop_map(Body::Bind)),
        1 => whole(bind(0..12).prop_map(Body::Unbind)),
        4 => whole(request(params)),
        4 => response(value()),
        3 => whole(chunk()),
        1 => whole(Just(Body::KeepAlive)),
    ]
}

/// A response with this content.
pub(crate) fn response(content: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Message> {
    let body = (status(), proptest::option::of(text()), content)
        .prop_map(|(status, reason, content)| Body::Response(Response { status, reason, content }));
    whole(body)
}

/// A request, response, BIND or UNBIND of hundreds or thousands of bytes.
pub(crate) fn long_message() -> impl Strategy<Value = Message> {
    let blob = || bytes(6000).prop_map(|bytes| Value::Binary(BaseType::BLOB, bytes));
    let params = table_of(prop_oneof![blob(), scalar()].boxed()).prop_map(Some);
    prop_oneof![
        3 => response(blob()),
        3 => whole(request(params)),
        1 => whole(bind(100..400).prop_map(Body::Bind)),
        1 => whole(bind(100..400).prop_map(Body::Unbind)),
    ]
}

/// A chunk of one of a few messages. Some differ from the others in code, session, entity,
/// count or size, or are longer than their declared size.
pub(crate) fn chunk_frame() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![
        4 => Just(0x03),
        4 => Just(0x40),
        4 => Just(0x0A),
        1 => Just(0x0B),
        1 => Just(0x84),
        1 => Just(0x02),
    ];
    let session = prop_oneof![9 => Just(9), 1 => Just(8)];
    let entity = prop_oneof![9 => Just(b'P'), 1 => Just(b'Q')];
    let count = prop_oneof![8 => Just(2), 4 => Just(4), 1 => 1..6_u16, 1 => Just(u16::MAX)];
    let size = prop_oneof![8 => Just(60), 1 => Just(0), 1 => Just(30), 1 => Just(u16::MAX)];
    let len = prop_oneof![8 => 0..36_usize, 1 => 36..80_usize, 1 => 9_000..16_000_usize];
    let id = any::<prop::sample::Index>();
    (code, 0..3_u32, session, entity, count, size, len, id).prop_map(
        |(code, request, session, entity, count, size, len, id)| {
            let mut frame = vec![1, code];
            frame.extend(request.to_be_bytes());
            frame.extend([0, 0, 0, 0, 0, 0, 0, session, 1]);
            let id = u16::try_from(id.index(usize::from(count)) + 1).unwrap_or(count);
            for number in [id, count, size] {
                frame.extend(number.to_be_bytes());
            }
            if code < 0x0A {
                frame.extend([0x0A, 1, entity]);
            }
            frame.extend((0..=u8::MAX).cycle().take(len));
            frame
        },
    )
}
