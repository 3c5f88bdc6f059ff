//! Dumps: a message as one readable line, with names, sizes and shortened values. The values of
//! AUTH claims and PASSWORDs are masked, here and in every `Debug` (`debug.rs`).

use core::fmt::{self, Display, Formatter, Write};

use super::chunk::{Chunk, ChunkOf};
use super::codes::BaseType;
use super::header::Ids;
use super::list::{Item, List};
use super::message::{Body, Message};
use super::request::{Entity, Request};
use super::response::Response;
use super::scalar::{Location, ThingCode, TimeSpan};
use super::shown::{Line, MASK, Number, Quoted, Short};
use super::table::{InfoTable, Row};
use super::text::Text;
use super::value::Value;

/// The number of names, claims, headers, fields or cells of a list that are shown.
const ITEMS_SHOWN: usize = 8;
/// The number of rows of a table that are shown.
const ROWS_SHOWN: usize = 3;

/// A message as one readable line, made by [`Message::dump`].
#[derive(Clone, Copy, Debug)]
pub struct Dump<'m, 'a>(&'m Message<'a>);

impl<'a> Message<'a> {
    /// Returns the message as one readable line, to print or to log. The line has a limited
    /// length, and contains no line breaks and no secrets.
    pub const fn dump(&self) -> Dump<'_, 'a> {
        Dump(self)
    }
}

impl Display for Dump<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let line = &mut Line::new(f);
        let Message { ids, body } = self.0;
        write!(line, "{}", self.0.code())?;
        write_ids(line, *ids)?;
        match body {
            Body::Auth(auth) | Body::ClearAuth(auth) => {
                line.write_str(" {")?;
                write_list(line, &auth.claims, |line, claim| write!(line, "{claim:?}"))?;
                line.write_str("}")
            }
            Body::Bind(bind) | Body::Unbind(bind) => {
                if let Some(gateway) = &bind.gateway {
                    let name = Short(gateway.name);
                    let kind = Short(gateway.gateway_type);
                    write!(line, " gateway={name}:{kind}")?;
                }
                line.write_str(" [")?;
                write_list(line, &bind.names, |line, name| write!(line, "{}", Short(name)))?;
                line.write_str("]")
            }
            Body::Request(request) => write_request(line, request),
            Body::Response(response) => write_response(line, response),
            Body::Chunk(chunk) => write_chunk(line, chunk),
            Body::KeepAlive => Ok(()),
        }
    }
}

fn write_ids(line: &mut Line<'_, '_>, ids: Ids) -> fmt::Result {
    match ids.request {
        Ids::NONE => line.write_str(" request=none")?,
        id => write!(line, " request={id}")?,
    }
    if ids.endpoint != 0 && ids.endpoint != Ids::NONE {
        write!(line, " endpoint={}", ids.endpoint)?;
    }
    if ids.session != Ids::NONE {
        write!(line, " session={}", ids.session)?;
    }
    Ok(())
}

fn write_entity(line: &mut Line<'_, '_>, entity: &Entity<'_>) -> fmt::Result {
    write!(line, " {}/{}", entity.entity_type, Short(entity.name))
}

fn write_request(line: &mut Line<'_, '_>, request: &Request<'_>) -> fmt::Result {
    write_entity(line, &request.entity)?;
    write!(line, "/{}/{}", request.characteristic, Short(request.characteristic_name))?;
    if !request.headers.is_empty() {
        line.write_str(" headers={")?;
        write_list(line, &request.headers, |line, header| write!(line, "{header:?}"))?;
        line.write_str("}")?;
    }
    match &request.params {
        None => Ok(()),
        Some(table) => {
            line.write_str(" ")?;
            write_table(line, table, write_inner)
        }
    }
}

fn write_response(line: &mut Line<'_, '_>, response: &Response<'_>) -> fmt::Result {
    if let Some(reason) = response.reason {
        write!(line, " reason={}", Quoted(reason))?;
    }
    if response.content.is_nothing() {
        return Ok(());
    }
    line.write_str(" ")?;
    write_outer(line, response.content)
}

fn write_chunk(line: &mut Line<'_, '_>, chunk: &Chunk<'_>) -> fmt::Result {
    if let ChunkOf::Request(_, entity) = &chunk.of {
        write_entity(line, entity)?;
    }
    let Chunk { id, count, size, data, .. } = chunk;
    write!(line, " chunk {id} of {count} (size {size}, {} bytes of data)", data.len())
}

/// Writes items separated by commas, and the number of those that are not shown.
pub(super) fn write_list<'a, T: Item<'a>, S: Copy + Into<T>>(
    line: &mut Line<'_, '_>,
    list: &List<'a, T, S>,
    item: impl Fn(&mut Line<'_, '_>, T) -> fmt::Result,
) -> fmt::Result {
    write_items(line, list.iter(), list.len(), ITEMS_SHOWN, item)
}

fn write_items<T>(
    line: &mut Line<'_, '_>,
    items: impl Iterator<Item = T>,
    count: usize,
    shown: usize,
    write: impl Fn(&mut Line<'_, '_>, T) -> fmt::Result,
) -> fmt::Result {
    let mut separator = "";
    for item in items.take(shown) {
        line.write_str(separator)?;
        write(line, item)?;
        separator = ", ";
    }
    match count.checked_sub(shown) {
        None | Some(0) => Ok(()),
        Some(more) => write!(line, "{separator}+{more} more"),
    }
}

/// Writes a table: one row as `{field: value}`, several rows as a list with their number, and no
/// rows as the fields alone.
pub(super) fn write_table<'a>(
    line: &mut Line<'_, '_>,
    table: &InfoTable<'a>,
    cell: impl Fn(&mut Line<'_, '_>, Value<'a>) -> fmt::Result + Copy,
) -> fmt::Result {
    let rows = table.rows();
    match rows.len() {
        0 => write_summary(line, table),
        1 => rows.into_iter().try_for_each(|row| write_row(line, table, &row, cell)),
        count => {
            write!(line, "{count} rows [")?;
            write_items(line, rows, count, ROWS_SHOWN, |line, row| {
                write_row(line, table, &row, cell)
            })?;
            line.write_str("]")
        }
    }
}

/// Writes the number of rows and the fields.
fn write_summary(line: &mut Line<'_, '_>, table: &InfoTable<'_>) -> fmt::Result {
    write!(line, "{} rows (", table.rows().len())?;
    let fields = table.fields();
    let count = fields.len();
    write_items(line, fields, count, ITEMS_SHOWN, |line, field| {
        write!(line, "{}", Short(field.name))
    })?;
    line.write_str(")")
}

pub(super) fn write_row<'a>(
    line: &mut Line<'_, '_>,
    table: &InfoTable<'a>,
    row: &Row<'a>,
    cell: impl Fn(&mut Line<'_, '_>, Value<'a>) -> fmt::Result,
) -> fmt::Result {
    let cells = row.cells();
    let count = cells.len();
    // A row may have more cells than the table has fields.
    let fields = table.fields().map(Some).chain(core::iter::repeat(None));
    line.write_str("{")?;
    write_items(line, fields.zip(cells), count, ITEMS_SHOWN, |line, (field, value)| {
        let name = field.map_or(Text::new("?"), |field| field.name);
        write!(line, "{}: ", Short(name))?;
        match field {
            Some(field) if field.base_type == BaseType::PASSWORD => line.write_str(MASK),
            _ => cell(line, value),
        }
    })?;
    line.write_str("}")
}

// Three levels of functions instead of a recursive one, so that the stack of a dump does not
// depend on the message.

/// Writes a value with the rows of its table, and of the tables in that.
pub(super) fn write_outer(line: &mut Line<'_, '_>, value: Value<'_>) -> fmt::Result {
    match value.innermost() {
        Value::InfoTable(table) => write_table(line, &table, write_inner),
        scalar => write_scalar(line, &scalar),
    }
}

/// Writes a value with the rows of its table.
pub(super) fn write_inner(line: &mut Line<'_, '_>, value: Value<'_>) -> fmt::Result {
    match value.innermost() {
        Value::InfoTable(table) => write_table(line, &table, write_flat),
        scalar => write_scalar(line, &scalar),
    }
}

/// Writes a value, and only the size of a table.
pub(super) fn write_flat(line: &mut Line<'_, '_>, value: Value<'_>) -> fmt::Result {
    write_scalar(line, &value.innermost())
}

fn write_scalar(line: &mut Line<'_, '_>, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Nothing => line.write_str("NOTHING"),
        Value::Text(text) => write!(line, "{text:?}"),
        Value::Number(number) => write!(line, "{}", Number(*number)),
        Value::Integer(integer) => write!(line, "{integer}"),
        Value::Long(long) => write!(line, "{long}"),
        Value::Boolean(boolean) => line.write_str(if *boolean { "true" } else { "false" }),
        Value::DateTime(datetime) => write!(line, "DATETIME {} ms", datetime.to_millis()),
        Value::Location(Location { longitude, latitude, elevation }) => {
            let x = Number(*longitude);
            let y = Number(*latitude);
            let z = Number(*elevation);
            write!(line, "LOCATION ({x}, {y}, {z})")
        }
        Value::Binary(binary) => write!(line, "{binary:?}"),
        Value::InfoTable(table) => write_summary(line, table),
        Value::Variant(_) => line.write_str("VARIANT"),
        Value::TimeSpan(span) => {
            line.write_str("TIMESPAN ")?;
            write_instant(line, span.start_ms)?;
            line.write_str(" to ")?;
            write_instant(line, span.end_ms)?;
            write!(line, " period {}", Quoted(span.period))
        }
        Value::Vec2(numbers) => write_vector(line, "VEC2", numbers),
        Value::Vec3(numbers) => write_vector(line, "VEC3", numbers),
        Value::Vec4(numbers) => write_vector(line, "VEC4", numbers),
        Value::ThingCode(ThingCode { domain, instance }) => {
            write!(line, "THINGCODE {domain}:{instance}")
        }
    }
}

/// Writes the start or the end of a TIMESPAN.
fn write_instant(line: &mut Line<'_, '_>, millis: i64) -> fmt::Result {
    match millis {
        TimeSpan::NONE_MS => line.write_str("none"),
        millis => write!(line, "{millis} ms"),
    }
}

fn write_vector(line: &mut Line<'_, '_>, name: &str, numbers: &[f64]) -> fmt::Result {
    write!(line, "{name} (")?;
    let mut separator = "";
    for number in numbers {
        write!(line, "{separator}{}", Number(*number))?;
        separator = ", ";
    }
    line.write_str(")")
}
