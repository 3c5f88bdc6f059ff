//! What must be shown of a message, from our own decoder.

use alwayson_codec::owned::{Bind, Body, Chunk, ChunkOf, Message, Request, Table, Value};
use alwayson_codec::{BaseType, EntityType, RequestHeader};

use crate::tshark::Item;

const MASK: &str = "***";

/// What an item must show.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// This text.
    Text(String),
    /// This string of a message.
    Wire(String),
    /// This double: its bytes, and its text as far as that goes.
    Double(f64),
    /// These bytes.
    Bytes(Vec<u8>),
    /// This time in ms since 1970.
    Time(i64),
    Boolean(bool),
    /// It is only the head of others.
    Head,
}

/// An item that must be shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expected {
    pub(crate) depth: usize,
    pub(crate) name: &'static str,
    pub(crate) content: Content,
}

impl Expected {
    /// Returns whether an item shows this.
    pub(crate) fn is_shown_by(&self, item: &Item) -> bool {
        self.depth == item.depth && self.name == item.name && self.content.is_shown_by(item)
    }
}

impl Content {
    fn is_shown_by(&self, item: &Item) -> bool {
        match self {
            Self::Text(text) => item.show == *text,
            Self::Wire(text) => {
                // Control characters are shown as escapes, which differ from version to version.
                let is_plain = !text.chars().any(alwayson_codec::is_unseen);
                let bytes = alwayson_conformance::hex::encode(text.as_bytes());
                item.bytes == bytes && (!is_plain || item.show == *text)
            }
            Self::Double(number) => {
                let bytes = alwayson_conformance::hex::encode(&number.to_be_bytes());
                let shown = item.show.parse::<f64>().unwrap_or(f64::NAN);
                let difference = (shown - number).abs();
                // The greatest numbers are rounded up, beyond what a double can hold.
                let is_near = difference <= number.abs() * 1e-5
                    || shown.is_infinite() && number.abs() > f64::MAX / 2.0;
                item.bytes == bytes && (is_near || !number.is_finite())
            }
            Self::Bytes(bytes) => item.bytes == alwayson_conformance::hex::encode(bytes),
            Self::Time(millis) => {
                let day = millis.rem_euclid(86_400_000);
                let (h, min, s) = (day / 3_600_000, day / 60_000 % 60, day / 1000 % 60);
                let clock = format!("{h:02}:{min:02}:{s:02}.{:03}", day % 1000);
                let bytes = alwayson_conformance::hex::encode(&millis.to_be_bytes());
                item.bytes == bytes && item.show.contains(&clock)
            }
            // Newer versions use words.
            Self::Boolean(true) => matches!(&*item.show, "1" | "True"),
            Self::Boolean(false) => matches!(&*item.show, "0" | "False"),
            Self::Head => true,
        }
    }
}

/// Collects the items of a message.
pub(crate) struct Tree {
    pub(crate) items: Vec<Expected>,
    depth: usize,
    shows_secrets: bool,
}

impl Tree {
    pub(crate) fn new(shows_secrets: bool) -> Self {
        Self { items: Vec::new(), depth: 0, shows_secrets }
    }

    fn add(&mut self, name: &'static str, content: Content) {
        self.items.push(Expected { depth: self.depth, name, content });
    }

    fn shown(&mut self, name: &'static str, shown: impl std::fmt::Display) {
        self.add(name, Content::Text(shown.to_string()));
    }

    fn text(&mut self, name: &'static str, text: &str) {
        self.add(name, Content::Wire(text.to_owned()));
    }

    fn secret(&mut self, name: &'static str, text: &str) {
        if self.shows_secrets { self.text(name, text) } else { self.shown(name, MASK) }
    }

    fn inside(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inner(self);
        self.depth -= 1;
    }

    fn head(&mut self, name: &'static str, inner: impl FnOnce(&mut Self)) {
        self.add(name, Content::Head);
        self.inside(inner);
    }

    /// Adds a decoded message.
    pub(crate) fn message(&mut self, message: &Message) {
        let Message { ids, body } = message;
        let is_chunk = matches!(body, Body::Chunk(_));
        self.shown("alwayson.version", 1);
        self.shown("alwayson.code", format!("{:#04x}", message.code().to_u8()));
        self.shown("alwayson.request_id", ids.request);
        self.shown("alwayson.endpoint_id", ids.endpoint);
        self.shown("alwayson.session_id", ids.session);
        self.add("alwayson.is_chunk", Content::Boolean(is_chunk));
        match body {
            Body::Auth(claims) | Body::ClearAuth(claims) => {
                self.shown("alwayson.claims", claims.len());
                for claim in claims {
                    self.head("alwayson.claim", |tree| {
                        tree.text("alwayson.claim.name", &claim.name);
                        tree.secret("alwayson.claim.value", &claim.value);
                    });
                }
            }
            Body::Bind(bind) | Body::Unbind(bind) => self.bind(bind),
            Body::Request(request) => self.request(request),
            Body::Response(response) => {
                if let Some(reason) = &response.reason {
                    self.text("alwayson.reason", reason);
                }
                self.value(&response.content, false);
            }
            Body::Chunk(chunk) => self.chunk(chunk),
            Body::KeepAlive => {}
        }
    }

    fn bind(&mut self, bind: &Bind) {
        if let Some(gateway) = &bind.gateway {
            self.text("alwayson.gateway", &gateway.name);
            self.text("alwayson.gateway.type", &gateway.gateway_type);
        }
        self.shown("alwayson.names", bind.names.len());
        for name in &bind.names {
            self.text("alwayson.thing", name);
        }
    }

    fn entity(&mut self, entity_type: EntityType, name: &str) {
        self.shown("alwayson.entity_type", format!("{:#04x}", entity_type.to_u8()));
        let is_thing = entity_type == EntityType::THINGS;
        self.text(if is_thing { "alwayson.thing" } else { "alwayson.entity" }, name);
    }

    fn request(&mut self, request: &Request) {
        self.entity(request.entity_type, &request.entity);
        let characteristic = request.characteristic.to_u8();
        self.shown("alwayson.characteristic", format!("{characteristic:#04x}"));
        self.text("alwayson.name", &request.name);
        self.shown("alwayson.headers", request.headers.len());
        for header in &request.headers {
            self.head("alwayson.header", |tree| {
                tree.text("alwayson.header.name", &header.name);
                if RequestHeader::new(&header.name, "").is_secret() {
                    tree.secret("alwayson.header.value", &header.value);
                } else {
                    tree.text("alwayson.header.value", &header.value);
                }
            });
        }
        match &request.params {
            Some(params) => self.table(params),
            None => self.value(&Value::Nothing, false),
        }
    }

    fn chunk(&mut self, chunk: &Chunk) {
        self.shown("alwayson.chunk.id", chunk.id);
        self.shown("alwayson.chunk.count", chunk.count);
        self.shown("alwayson.chunk.size", chunk.size);
        if let ChunkOf::Request(_, entity_type, entity) = &chunk.of {
            self.entity(*entity_type, entity);
        }
        self.add("alwayson.chunk.data", Content::Head);
    }

    fn value(&mut self, value: &Value, is_secret: bool) {
        let base_type = value.base_type();
        let (name, content) = match value {
            Value::Nothing => ("alwayson.value.nothing", Content::Head),
            Value::Text(_, text) => {
                let is_secret = is_secret || base_type == BaseType::PASSWORD;
                if is_secret {
                    self.secret("alwayson.value.string", text);
                } else {
                    self.text("alwayson.value.string", text);
                }
                return self.base_type(base_type);
            }
            Value::Number(number) => ("alwayson.value.number", Content::Double(*number)),
            Value::Integer(it) => ("alwayson.value.integer", Content::Text(it.to_string())),
            Value::Long(it) => ("alwayson.value.long", Content::Text(it.to_string())),
            Value::Boolean(it) => ("alwayson.value.boolean", Content::Boolean(*it)),
            Value::DateTime(time) => match time.to_millis() {
                millis @ -62_135_596_800_000..=253_402_300_799_999 => {
                    ("alwayson.value.datetime", Content::Time(millis))
                }
                millis => ("alwayson.value.datetime_ms", Content::Text(millis.to_string())),
            },
            Value::Binary(..) if is_secret && !self.shows_secrets => {
                ("alwayson.value.masked", Content::Bytes(Vec::new()))
            }
            Value::Binary(_, bytes) => ("alwayson.value.bytes", Content::Bytes(bytes.clone())),
            Value::Variant(inner) => {
                self.add("alwayson.value.variant", Content::Head);
                self.base_type(base_type);
                return self.inside(|tree| tree.value(inner, is_secret));
            }
            Value::InfoTable(table) => return self.table(table),
            parts => return self.parts(parts),
        };
        self.add(name, content);
        self.base_type(base_type);
    }

    /// Adds a value of several numbers.
    fn parts(&mut self, value: &Value) {
        const NAMES: [&str; 4] =
            ["alwayson.value.x", "alwayson.value.y", "alwayson.value.z", "alwayson.value.w"];
        const PLACE: [&str; 3] =
            ["alwayson.value.longitude", "alwayson.value.latitude", "alwayson.value.elevation"];
        let mut doubles = |head, names: &[&'static str], numbers: &[f64]| {
            self.head(head, |tree| {
                for (name, number) in names.iter().zip(numbers) {
                    tree.add(name, Content::Double(*number));
                }
            });
        };
        match value {
            Value::Location(at) => {
                let numbers = [at.longitude, at.latitude, at.elevation];
                doubles("alwayson.value.location", &PLACE, &numbers);
            }
            Value::Vec2(numbers) => doubles("alwayson.value.vector", &NAMES, numbers),
            Value::Vec3(numbers) => doubles("alwayson.value.vector", &NAMES, numbers),
            Value::Vec4(numbers) => doubles("alwayson.value.vector", &NAMES, numbers),
            Value::TimeSpan(span) => self.head("alwayson.value.timespan", |tree| {
                let millis = |time: Option<alwayson_codec::DateTime>| {
                    time.map_or(-1, alwayson_codec::DateTime::to_millis)
                };
                tree.shown("alwayson.value.start_ms", millis(span.start));
                tree.shown("alwayson.value.end_ms", millis(span.end));
                tree.text("alwayson.value.period", &span.period);
            }),
            Value::ThingCode(code) => self.head("alwayson.value.thingcode", |tree| {
                tree.shown("alwayson.value.domain", code.domain);
                tree.shown("alwayson.value.instance", code.instance);
            }),
            other => panic!("{other:?} has no parts"),
        }
        self.base_type(value.base_type());
    }

    fn base_type(&mut self, base_type: BaseType) {
        self.inside(|tree| tree.shown("alwayson.base_type", base_type.to_u8()));
    }

    fn table(&mut self, table: &Table) {
        self.add("alwayson.table", Content::Head);
        self.base_type(BaseType::INFOTABLE);
        self.inside(|tree| {
            tree.head("alwayson.shape", |tree| {
                for field in &table.fields {
                    tree.field(field);
                }
            });
            for row in table.rows() {
                tree.head("alwayson.row", |tree| {
                    tree.shown("alwayson.cells", row.cells.len());
                    for (index, cell) in row.cells.iter().enumerate() {
                        let field = table.fields.get(index);
                        let is_secret =
                            field.is_some_and(|field| field.base_type == BaseType::PASSWORD);
                        tree.value(cell, is_secret);
                    }
                });
            }
        });
    }

    fn field(&mut self, field: &alwayson_codec::owned::Field) {
        self.head("alwayson.field", |tree| {
            tree.text("alwayson.field.name", &field.name);
            tree.text("alwayson.field.description", &field.description);
            tree.shown("alwayson.field.type", field.base_type.to_u8());
            tree.shown("alwayson.aspects", field.aspects.len());
            for (name, value) in &field.aspects {
                tree.head("alwayson.aspect", |tree| {
                    tree.text("alwayson.aspect.name", name);
                    tree.value(value, false);
                });
            }
        });
    }
}
