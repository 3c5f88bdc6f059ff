//! GET, PUT, POST and DELETE.
//!
//! | size | field (PROTOCOL.md §3) |
//! | --- | --- |
//! | 1 | entity type |
//! | | entity name string |
//! | 1 | characteristic |
//! | | characteristic name string |
//! | 1 | header count |
//! | | per header: name string, value string |
//! | 1 | 0xFF for no parameters, or 0x05 and a table |

use super::codes::{BaseType, Characteristic, EntityType, Method};
use super::list::{self, List, sealed};
use super::reader::{self, Parsed, fault};
use super::table::InfoTable;
use super::text::Text;
use super::writer::Sink;
use crate::error::{Counted, DecodeErrorKind};

const NOTHING: u8 = BaseType::NOTHING.to_u8();
const INFOTABLE: u8 = BaseType::INFOTABLE.to_u8();

/// The body of a request: read or write a property, call a service, fire an
/// event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request<'a> {
    /// What to do.
    pub method: Method,
    /// With which entity.
    pub entity: Entity<'a>,
    /// With which part of it.
    pub characteristic: Characteristic,
    /// The property, service or event. `*` with GET: all properties.
    pub characteristic_name: Text<'a>,
    /// Rarely used.
    pub headers: List<'a, RequestHeader<'a>>,
    /// A table of one row: the parameters of a service, or the value of a
    /// property.
    pub params: Option<InfoTable<'a>>,
}

/// An entity: its type and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entity<'a> {
    /// Nearly always [`EntityType::THINGS`].
    pub entity_type: EntityType,
    /// The entity's name, or a Thing's identifier with `*` before it.
    pub name: Text<'a>,
}

impl<'a> Entity<'a> {
    /// The Thing of this name.
    pub const fn thing(name: &'a str) -> Self {
        Self { entity_type: EntityType::THINGS, name: Text::new(name) }
    }

    #[cfg_attr(wide, inline(always))]
    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, entity_type) = reader::u8(input)?;
        let (rest, name) = reader::text(rest)?;
        Ok((rest, Self { entity_type: EntityType::from_u8(entity_type), name }))
    }

    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put<S: Sink>(&self, sink: &mut S) {
        sink.tagged_text(self.entity_type.to_u8(), self.name.as_bytes());
    }
}

/// A header of a request: a name and a value. Values of headers that carry keys
/// are not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestHeader<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its value.
    pub value: Text<'a>,
}

impl<'a> RequestHeader<'a> {
    /// A header of this name and value.
    pub const fn new(name: &'a str, value: &'a str) -> Self {
        Self { name: Text::new(name), value: Text::new(value) }
    }
}

impl<'a> sealed::Item<'a> for RequestHeader<'a> {
    const COUNTED: Counted = Counted::Headers;

    #[cfg_attr(wide, inline(always))]
    fn copy<S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, Self> {
        let (rest, (name, value)) = list::copy_pair(input, sink)?;
        Ok((rest, Self { name, value }))
    }

    #[cfg_attr(wide, inline(always))]
    fn put<S: Sink>(self, sink: &mut S) {
        list::put_pair(self.name, self.value, sink);
    }
}

impl<'a> Request<'a> {
    /// A request for a Thing without headers and parameters.
    pub const fn new(
        method: Method,
        thing: &'a str,
        characteristic: Characteristic,
        name: &'a str,
    ) -> Self {
        Self {
            method,
            entity: Entity::thing(thing),
            characteristic,
            characteristic_name: Text::new(name),
            headers: List::empty(),
            params: None,
        }
    }

    /// A request to read a property: GET Properties (PROTOCOL.md §3). `*`: all of
    /// them.
    pub const fn read_property(thing: &'a str, property: &'a str) -> Self {
        Self::new(Method::Get, thing, Characteristic::PROPERTIES, property)
    }

    /// A request to write a property: PUT Properties (PROTOCOL.md §3). Its
    /// parameters are a table of one field, named as the property, and one row.
    pub const fn write_property(thing: &'a str, property: &'a str) -> Self {
        Self::new(Method::Put, thing, Characteristic::PROPERTIES, property)
    }

    /// A request to call a service: POST Services (PROTOCOL.md §3). Its parameters
    /// are a table of a field for each, and one row.
    pub const fn invoke_service(thing: &'a str, service: &'a str) -> Self {
        Self::new(Method::Post, thing, Characteristic::SERVICES, service)
    }

    /// A request to fire an event: POST Events (PROTOCOL.md §3). Its parameters are
    /// the event's data.
    pub const fn fire_event(thing: &'a str, event: &'a str) -> Self {
        Self::new(Method::Post, thing, Characteristic::EVENTS, event)
    }

    #[cfg_attr(wide, inline(always))]
    pub(crate) fn parse(input: &'a [u8], method: Method) -> Parsed<'a, Self> {
        let (rest, entity) = Entity::parse(input)?;
        let (rest, characteristic) = reader::u8(rest)?;
        let (rest, characteristic_name) = reader::text(rest)?;
        let (rest, header_count) = reader::u8(rest)?;
        let (rest, headers) = match header_count {
            0 => (rest, List::empty()),
            count => headers(rest, count)?,
        };
        let (table, base_type) = reader::u8(rest)?;
        let (rest, params) = match base_type {
            NOTHING => (table, None),
            INFOTABLE => {
                let (rest, table) = InfoTable::parse(table)?;
                (rest, Some(table))
            }
            _ => return fault(DecodeErrorKind::UnexpectedParams, rest),
        };
        let characteristic = Characteristic::from_u8(characteristic);
        let request = Self { method, entity, characteristic, characteristic_name, headers, params };
        Ok((rest, request))
    }

    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put<S: Sink>(&self, sink: &mut S) {
        self.put_head(sink);
        match &self.params {
            None => sink.u8(NOTHING),
            Some(table) => {
                sink.u8(INFOTABLE);
                sink.apart(|sink| table.put(1, sink));
            }
        }
    }

    /// Everything before the parameters.
    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put_head<S: Sink>(&self, sink: &mut S) {
        self.entity.put(sink);
        sink.tagged_text(self.characteristic.to_u8(), self.characteristic_name.as_bytes());
        sink.u8(self.headers.count_u8());
        if !self.headers.is_empty() {
            sink.apart(|sink| self.headers.put(sink));
        }
    }
}

/// Headers are rare: apart, they do not slow down what is frequent.
#[inline(never)]
fn headers(input: &[u8], count: u8) -> Parsed<'_, List<'_, RequestHeader<'_>>> {
    List::parse(input, u16::from(count))
}
