//! A message as one line for people: names, sizes, values shortened. Values of
//! AUTH claims and PASSWORDs are masked, here and in every `Debug`.

use core::fmt::{self, Display, Formatter, Write};

use super::auth::Claim;
use super::chunk::{Chunk, ChunkOf};
use super::codes::BaseType;
use super::header::Ids;
use super::list::{Item, List};
use super::message::{Body, Message};
use super::request::{Entity, Request, RequestHeader};
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
/// Bytes of a line that are shown, whatever else is bounded: names may be long
/// and tables wide, all at once.
const LINE_SHOWN: usize = 2000;
/// What stands for a secret.
const MASK: &str = "***";
/// Headers of a request that carry secrets, in any case.
const SECRET_HEADERS: [&str; 3] = [Claim::APP_KEY, Claim::PASSWORD, "authorization"];

/// A line that ends where enough of it was written.
struct Line<'f, 'b> {
    to: &'f mut Formatter<'b>,
    left: usize,
}

impl<'f, 'b> Line<'f, 'b> {
    fn new(to: &'f mut Formatter<'b>) -> Self {
        Self { to, left: LINE_SHOWN }
    }
}

impl Write for Line<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.left == 0 {
            return Ok(());
        }
        if let Some(left) = self.left.checked_sub(text.len()) {
            self.left = left;
            return self.to.write_str(text);
        }
        self.left = 0;
        self.to.write_str(" ...")
    }
}

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
        let line = &mut Line::new(f);
        let Message { ids, body } = self.0;
        write!(line, "{}", self.0.code())?;
        write_ids(line, *ids)?;
        match body {
            Body::Auth(auth) => {
                line.write_str(" {")?;
                write_list(line, &auth.claims, |line, claim| write!(line, "{claim:?}"))?;
                line.write_str("}")
            }
            Body::Bind(bind) | Body::Unbind(bind) => {
                if let Some(gateway) = &bind.gateway {
                    let (name, kind) = (Short(gateway.name), Short(gateway.gateway_type));
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

/// Items with commas between them, and how many more there are.
fn write_list<'a, T: Item<'a>, S: Copy + Into<T>>(
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

/// One row as `{field: value}`, several as a list of them with their number,
/// none as the fields alone.
fn write_table<'a>(
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

/// How many rows there are of which fields.
fn write_summary(line: &mut Line<'_, '_>, table: &InfoTable<'_>) -> fmt::Result {
    write!(line, "{} rows (", table.rows().len())?;
    let fields = table.fields();
    let count = fields.len();
    write_items(line, fields, count, ITEMS_SHOWN, |line, field| {
        write!(line, "{}", Short(field.name))
    })?;
    line.write_str(")")
}

fn write_row<'a>(
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
            Some(field) if field.base_type == BaseType::Password => line.write_str(MASK),
            _ => cell(line, value),
        }
    })?;
    line.write_str("}")
}

// Three levels of functions instead of one that calls itself: the stack that a
// dump needs does not depend on the message.

/// A value with the rows of its table, and of the tables in it.
fn write_outer(line: &mut Line<'_, '_>, value: Value<'_>) -> fmt::Result {
    match value.innermost() {
        Value::InfoTable(table) => write_table(line, &table, write_inner),
        scalar => write_scalar(line, &scalar),
    }
}

/// A value with the rows of its table.
fn write_inner(line: &mut Line<'_, '_>, value: Value<'_>) -> fmt::Result {
    match value.innermost() {
        Value::InfoTable(table) => write_table(line, &table, write_flat),
        scalar => write_scalar(line, &scalar),
    }
}

/// A value, or how large its table is.
fn write_flat(line: &mut Line<'_, '_>, value: Value<'_>) -> fmt::Result {
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
            let (x, y, z) = (Number(*longitude), Number(*latitude), Number(*elevation));
            write!(line, "LOCATION ({x}, {y}, {z})")
        }
        Value::Binary(binary) => write!(line, "{binary:?}"),
        Value::InfoTable(table) => write_summary(line, table),
        Value::Variant(_) => line.write_str("VARIANT"),
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_outer(&mut Line::new(f), *self)
    }
}

impl fmt::Debug for Variant<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_outer(&mut Line::new(f), self.get())
    }
}

impl fmt::Debug for InfoTable<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_table(&mut Line::new(f), self, write_inner)
    }
}

impl fmt::Debug for RequestHeader<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", Short(self.name))?;
        let name = self.name.as_bytes();
        if SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes())) {
            return f.write_str(MASK);
        }
        Quoted(self.value).fmt(f)
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
        let f = &mut Line::new(f);
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
        write_row(&mut Line::new(f), &self.table(), self, write_inner)
    }
}

/// The start of a text, on one line.
struct Short<'a>(Text<'a>);

impl Display for Short<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut shown = 0_usize;
        for c in self.0.as_str().chars().take(TEXT_SHOWN) {
            shown = shown.saturating_add(c.len_utf8());
            // Separators of lines and paragraphs break lines as well, and the
            // controls of writing direction show other text than there is.
            if c.is_ascii_control()
                || matches!(c, '\u{80}'..='\u{9F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
            {
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
