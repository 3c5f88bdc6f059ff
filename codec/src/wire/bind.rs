//! BIND and UNBIND: the Things of a connection.
//!
//! | size | field (PROTOCOL.md §3) |
//! | --- | --- |
//! | 1 | gateway marker: 0, or 1 and a gateway |
//! | | the gateway's name string and type string |
//! | 2 | name count |
//! | | that many strings |

use super::list::{self, List, sealed};
use super::reader::{self, Parsed};
use super::text::Text;
use super::writer::{Sink, nowhere};
use crate::error::{Counted, EncodeError};

/// The body of a BIND: names of Things, with or without a gateway. A name that starts with `*` is
/// an identifier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bind<'a> {
    /// The gateway of the Things, if there is one.
    pub gateway: Option<Gateway<'a>>,
    /// The Things.
    pub names: List<'a, Text<'a>, &'a str>,
}

/// The body of an UNBIND, which is the same as that of a BIND.
pub type Unbind<'a> = Bind<'a>;

/// A gateway and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gateway<'a> {
    /// The name of the gateway's Thing.
    pub name: Text<'a>,
    /// The type of the gateway, as the platform knows it.
    pub gateway_type: Text<'a>,
}

impl<'a> Gateway<'a> {
    /// Creates a gateway with this name and type.
    pub const fn new(name: &'a str, gateway_type: &'a str) -> Self {
        Self { name: Text::new(name), gateway_type: Text::new(gateway_type) }
    }
}

impl<'a> sealed::Item<'a> for Text<'a> {
    const COUNTED: Counted = Counted::Names;

    #[inline]
    fn copy<S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, Self> {
        let (rest, text) = reader::text(input)?;
        text.put(sink);
        Ok((rest, text))
    }

    #[inline]
    fn put<S: Sink>(self, sink: &mut S) {
        sink.text(self.as_bytes());
    }
}

impl<'a> Bind<'a> {
    /// Creates a BIND or UNBIND of these names, without a gateway.
    ///
    /// # Errors
    /// - [`TooMany`](EncodeError::TooMany) if there are more than 65,535
    pub fn new(names: &'a [&'a str]) -> Result<Self, EncodeError> {
        Ok(Self { gateway: None, names: List::new(names)? })
    }

    #[inline]
    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, has_gateway) = reader::marker(input)?;
        let (rest, gateway) =
            nom::Parser::parse(&mut nom::combinator::cond(has_gateway, Gateway::parse), rest)?;
        let (rest, count) = reader::u16(rest)?;
        let (rest, names) = List::parse(rest, count)?;
        Ok((rest, Self { gateway, names }))
    }

    #[inline]
    pub(crate) fn put<S: Sink>(&self, sink: &mut S) {
        put_head(self.gateway.as_ref(), self.names.count_u16(), sink);
        self.names.put(sink);
    }
}

/// Writes everything before the names.
#[inline]
pub(crate) fn put_head<S: Sink>(gateway: Option<&Gateway<'_>>, count: u16, sink: &mut S) {
    sink.u8(u8::from(gateway.is_some()));
    if let Some(gateway) = gateway {
        gateway.put(sink);
    }
    sink.array(count.to_be_bytes());
}

impl<'a> Gateway<'a> {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (name, gateway_type)) = list::copy_pair(input, &mut nowhere())?;
        Ok((rest, Self { name, gateway_type }))
    }

    fn put<S: Sink>(&self, sink: &mut S) {
        list::put_pair(self.name, self.gateway_type, sink);
    }
}
