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

/// The body of a request: to read or write a property, call a service or fire an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The entity.
    pub entity: Entity<'a>,
    /// The kind of characteristic: property, service or event.
    pub characteristic: Characteristic,
    /// The name of the property, service or event. `*` with GET means all properties.
    pub characteristic_name: Text<'a>,
    /// The headers, which are rarely used.
    pub headers: List<'a, RequestHeader<'a>>,
    /// A table with one row: the parameters of a service, or the value of a property.
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
    /// Returns the Thing with this name.
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

/// A header of a request: a name and a value. The values of headers that carry keys are masked
/// when they are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestHeader<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its value.
    pub value: Text<'a>,
}

impl<'a> RequestHeader<'a> {
    /// Creates a header.
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
    /// Creates a request for a Thing, without headers and parameters.
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

    /// Creates a request to read a property: GET Properties (PROTOCOL.md §3). `*` means all
    /// properties.
    pub const fn read_property(thing: &'a str, property: &'a str) -> Self {
        Self::new(Method::Get, thing, Characteristic::PROPERTIES, property)
    }

    /// Creates a request to write a property: PUT Properties (PROTOCOL.md §3). Its parameters are a
    /// table with one field, named like the property, and one row.
    pub const fn write_property(thing: &'a str, property: &'a str) -> Self {
        Self::new(Method::Put, thing, Characteristic::PROPERTIES, property)
    }

    /// Creates a request to call a service: POST Services (PROTOCOL.md §3). Its parameters are a
    /// table with a field for each parameter, and one row.
    pub const fn invoke_service(thing: &'a str, service: &'a str) -> Self {
        Self::new(Method::Post, thing, Characteristic::SERVICES, service)
    }

    /// Creates a request to fire an event: POST Events (PROTOCOL.md §3). Its parameters are the
    /// data of the event.
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

    /// Writes everything before the parameters.
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

/// Parses headers. They are rare, and a function of their own keeps the frequent case fast.
#[inline(never)]
fn headers(input: &[u8], count: u8) -> Parsed<'_, List<'_, RequestHeader<'_>>> {
    List::parse(input, u16::from(count))
}
