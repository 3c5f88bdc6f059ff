//! A message as one line for people: names, sizes, values shortened. Values of
//! AUTH claims and PASSWORDs are masked, here and in every `Debug`.

use core::fmt::{self, Display, Formatter, Write};

use super::auth::Claim;
use super::chunk::{Chunk, ChunkOf};
use super::codes::BaseType;
use super::header::Ids;
use super::list::{Item, List};
use super::message::{Body, Message};
use super::request::{Entity, Request};
use super::response::Response;
use super::table::{Cells, Field, Fields, InfoTable, Row, Rows};
use super::text::Text;
use super::value::{BinaryValue, Location, TextValue, Value, Variant};

/// Characters of a text that are shown.
const TEXT_SHOWN: usize = 48;
/// Names, claims, headers, fields, cells of a list that are shown.
const ITEMS_SHOWN: usize = 8;
/// Rows of a table that are shown.
const ROWS_SHOWN: usize = 3;
/// What stands for a secret.
const MASK: &str = "***";

/// A message as one readable line: [`Message::dump`].
#[derive(Clone, Copy, Debug)]
pub struct Dump<'m, 'a>(&'m Message<'a>);

impl<'a> Message<'a> {
    /// The message as one line for people, to print or to log. It has no line
    /// breaks, no secrets, and a bounded length.
    pub const fn dump(&self) -> Dump<'_, 'a> {
        Dump(self)
    }
}

impl Display for Dump<'_, '_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Message { ids, body } = self.0;
        write!(f, "{}", self.0.code())?;
        write_ids(f, *ids)?;
        match body {
            Body::Auth(auth) => {
                f.write_str(" {")?;
                write_list(f, &auth.claims, |f, claim| fmt::Debug::fmt(&claim, f))?;
                f.write_str("}")
            }
            Body::Bind(bind) | Body::Unbind(bind) => {
                if let Some(gateway) = &bind.gateway {
                    let (name, kind) = (Short(gateway.name), Short(gateway.gateway_type));
                    write!(f, " gateway={name}:{kind}")?;
                }
                f.write_str(" [")?;
                write_list(f, &bind.names, |f, name| Short(name).fmt(f))?;
                f.write_str("]")
            }
            Body::Request(request) => write_request(f, request),
            Body::Response(response) => write_response(f, response),
            Body::Chunk(chunk) => write_chunk(f, chunk),
            Body::KeepAlive => Ok(()),
        }
    }
}

fn write_ids(f: &mut Formatter<'_>, ids: Ids) -> fmt::Result {
    match ids.request {
        Ids::NONE => f.write_str(" request=none")?,
        id => write!(f, " request={id}")?,
    }
    if ids.endpoint != 0 && ids.endpoint != Ids::NONE {
        write!(f, " endpoint={}", ids.endpoint)?;
    }
    if ids.session != Ids::NONE {
        write!(f, " session={}", ids.session)?;
    }
    Ok(())
}

fn write_entity(f: &mut Formatter<'_>, entity: &Entity<'_>) -> fmt::Result {
    write!(f, " {}/{}", entity.entity_type, Short(entity.name))
}

fn write_request(f: &mut Formatter<'_>, request: &Request<'_>) -> fmt::Result {
    write_entity(f, &request.entity)?;
    write!(f, "/{}/{}", request.characteristic, Short(request.characteristic_name))?;
    if !request.headers.is_empty() {
        f.write_str(" headers={")?;
        write_list(f, &request.headers, |f, header| {
            write!(f, "{}: {}", Short(header.name), Quoted(header.value))
        })?;
        f.write_str("}")?;
    }
    match &request.params {
        None => Ok(()),
        Some(table) => {
            f.write_str(" ")?;
            write_table(f, table, write_inner)
        }
    }
}

fn write_response(f: &mut Formatter<'_>, response: &Response<'_>) -> fmt::Result {
    if let Some(reason) = response.reason {
        write!(f, " reason={}", Quoted(reason))?;
    }
    if response.content.is_nothing() {
        return Ok(());
    }
    f.write_str(" ")?;
    write_outer(f, response.content)
}

fn write_chunk(f: &mut Formatter<'_>, chunk: &Chunk<'_>) -> fmt::Result {
    if let ChunkOf::Request(_, entity) = &chunk.of {
        write_entity(f, entity)?;
    }
    let Chunk { id, count, size, data, .. } = chunk;
    write!(f, " chunk {id} of {count} (size {size}, {} bytes of data)", data.len())
}

/// Items with commas between them, and how many more there are.
fn write_list<'a, T: Item<'a>>(
    f: &mut Formatter<'_>,
    list: &List<'a, T>,
    item: impl Fn(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    write_items(f, list.iter(), list.len(), ITEMS_SHOWN, item)
}

fn write_items<T>(
    f: &mut Formatter<'_>,
    items: impl Iterator<Item = T>,
    count: usize,
    shown: usize,
    write: impl Fn(&mut Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    let mut separator = "";
    for item in items.take(shown) {
        f.write_str(separator)?;
        write(f, item)?;
        separator = ", ";
    }
    match count.checked_sub(shown) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, "{separator}+{more} more"),
    }
}

/// One row as `{field: value}`, several as a list of them with their number,
/// none as the fields alone.
fn write_table<'a>(
    f: &mut Formatter<'_>,
    table: &InfoTable<'a>,
    cell: impl Fn(&mut Formatter<'_>, Value<'a>) -> fmt::Result + Copy,
) -> fmt::Result {
    let rows = table.rows();
    match rows.len() {
        0 => write_summary(f, table),
        1 => rows.into_iter().try_for_each(|row| write_row(f, table, &row, cell)),
        count => {
            write!(f, "{count} rows [")?;
            write_items(f, rows, count, ROWS_SHOWN, |f, row| write_row(f, table, &row, cell))?;
            f.write_str("]")
        }
    }
}

/// How many rows there are of which fields.
fn write_summary(f: &mut Formatter<'_>, table: &InfoTable<'_>) -> fmt::Result {
    write!(f, "{} rows (", table.rows().len())?;
    let fields = table.fields();
    let count = fields.len();
    write_items(f, fields, count, ITEMS_SHOWN, |f, field| Short(field.name).fmt(f))?;
    f.write_str(")")
}

fn write_row<'a>(
    f: &mut Formatter<'_>,
    table: &InfoTable<'a>,
    row: &Row<'a>,
    cell: impl Fn(&mut Formatter<'_>, Value<'a>) -> fmt::Result,
) -> fmt::Result {
    let cells = row.cells();
    let count = cells.len();
    // A row may have more cells than the table has fields.
    let fields = table.fields().map(Some).chain(core::iter::repeat(None));
    f.write_str("{")?;
    write_items(f, fields.zip(cells), count, ITEMS_SHOWN, |f, (field, value)| {
        let name = field.map_or(Text::new("?"), |field| field.name);
        write!(f, "{}: ", Short(name))?;
        match field {
            Some(field) if field.base_type == BaseType::Password => f.write_str(MASK),
            _ => cell(f, value),
        }
    })?;
    f.write_str("}")
}

// Three levels of functions instead of one that calls itself: the stack that a
// dump needs does not depend on the message.

/// A value with the rows of its table, and of the tables in it.
fn write_outer(f: &mut Formatter<'_>, value: Value<'_>) -> fmt::Result {
    match value.innermost() {
        Value::InfoTable(table) => write_table(f, &table, write_inner),
        scalar => write_scalar(f, &scalar),
    }
}

/// A value with the rows of its table.
fn write_inner(f: &mut Formatter<'_>, value: Value<'_>) -> fmt::Result {
    match value.innermost() {
        Value::InfoTable(table) => write_table(f, &table, write_flat),
        scalar => write_scalar(f, &scalar),
    }
}

/// A value, or how large its table is.
fn write_flat(f: &mut Formatter<'_>, value: Value<'_>) -> fmt::Result {
    write_scalar(f, &value.innermost())
}

fn write_scalar(f: &mut Formatter<'_>, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Nothing => f.write_str("NOTHING"),
        Value::Text(text) => fmt::Debug::fmt(text, f),
        Value::Number(number) => Number(*number).fmt(f),
        Value::Integer(integer) => integer.fmt(f),
        Value::Long(long) => long.fmt(f),
        Value::Boolean(boolean) => f.write_str(if *boolean { "true" } else { "false" }),
        Value::DateTime(datetime) => write!(f, "DATETIME {} ms", datetime.to_millis()),
        Value::Location(Location { longitude, latitude, elevation }) => {
            let (x, y, z) = (Number(*longitude), Number(*latitude), Number(*elevation));
            write!(f, "LOCATION ({x}, {y}, {z})")
        }
        Value::Binary(binary) => fmt::Debug::fmt(binary, f),
        Value::InfoTable(table) => write_summary(f, table),
        Value::Variant(_) => f.write_str("VARIANT"),
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_outer(f, *self)
    }
}

impl fmt::Debug for Variant<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_outer(f, self.get())
    }
}

impl fmt::Debug for InfoTable<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_table(f, self, write_inner)
    }
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={MASK}", Short(self.name))
    }
}

impl fmt::Debug for TextValue<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.base_type() {
            BaseType::Password => f.write_str(MASK),
            BaseType::String => Quoted(self.get()).fmt(f),
            other => write!(f, "{other} {}", Quoted(self.get())),
        }
    }
}

impl fmt::Debug for BinaryValue<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} bytes", self.base_type(), self.get().len())
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Short(self.name), self.base_type)?;
        if !self.description.is_empty() {
            write!(f, " {}", Quoted(self.description))?;
        }
        if self.aspects.is_empty() {
            return Ok(());
        }
        f.write_str(" {")?;
        write_list(f, &self.aspects, |f, aspect| {
            write!(f, "{}: ", Short(aspect.name))?;
            match self.base_type {
                BaseType::Password => f.write_str(MASK),
                _ => write_flat(f, aspect.value),
            }
        })?;
        f.write_str("}")
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} fields", self.len())
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.len())
    }
}

impl fmt::Debug for Cells<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} cells", self.len())
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_row(f, &self.table(), self, write_inner)
    }
}

/// The start of a text, on one line.
struct Short<'a>(Text<'a>);

impl Display for Short<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut shown = 0_usize;
        for c in self.0.as_str().chars().take(TEXT_SHOWN) {
            shown = shown.saturating_add(c.len_utf8());
            // Separators of lines and paragraphs break lines as well.
            if c.is_ascii_control() || matches!(c, '\u{80}'..='\u{9F}' | '\u{2028}' | '\u{2029}') {
                write!(f, "\\u{{{:x}}}", u32::from(c))?;
            } else {
                f.write_char(c)?;
            }
        }
        match self.0.len().checked_sub(shown) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "... +{more} bytes"),
        }
    }
}

/// The start of a text between quotation marks.
struct Quoted<'a>(Text<'a>);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Short(self.0))
    }
}

/// A number to six digits after the point. The formatting of floats in the
/// core library has panics in it, and is larger than this crate.
struct Number(f64);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const MILLIONTHS: u64 = 1_000_000;
        let Self(number) = *self;
        if number.is_nan() {
            return f.write_str("NaN");
        }
        if number.is_sign_negative() {
            f.write_str("-")?;
        }
        let mut size = number.abs();
        if size.is_infinite() {
            return f.write_str("infinity");
        }
        // Very large and very small numbers are scaled to one digit.
        let mut exponent = 0_i32;
        if size != 0.0 && !(1e-3..1e15).contains(&size) {
            while size >= 10.0 {
                size /= 10.0;
                exponent = exponent.saturating_add(1);
            }
            while size < 1.0 {
                size *= 10.0;
                exponent = exponent.saturating_sub(1);
            }
        }
        // Both are below 2^53 and not negative: the casts cut off the fraction.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let mut whole = size as u64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let mut millionths = ((size - whole as f64) * MILLIONTHS as f64 + 0.5) as u64;
        if millionths >= MILLIONTHS {
            (whole, millionths) = (whole.saturating_add(1), 0);
            if exponent != 0 && whole == 10 {
                (whole, exponent) = (1, exponent.saturating_add(1));
            }
        }
        whole.fmt(f)?;
        if millionths != 0 {
            f.write_str(".")?;
            while millionths != 0 {
                millionths = millionths.wrapping_mul(10);
                (millionths / MILLIONTHS).fmt(f)?;
                millionths %= MILLIONTHS;
            }
        }
        if exponent == 0 { Ok(()) } else { write!(f, "e{exponent}") }
    }
}
