//! From the codec's views to values, and from values into messages.

use alwayson_codec::limits::MAX_NESTING;
use alwayson_codec::{
    self as codec, Aspect, CellsWriter, EncodeError, RowsWriter, ShapeWriter, TableWriter, Variant,
};

use super::{Field, Table, Value};

impl From<codec::Value<'_>> for Value {
    fn from(value: codec::Value<'_>) -> Self {
        match value {
            codec::Value::Nothing => Self::Nothing,
            codec::Value::Text(text) => {
                Self::Text(text.base_type(), text.get().as_str().to_owned())
            }
            codec::Value::Number(number) => Self::Number(number),
            codec::Value::Integer(integer) => Self::Integer(integer),
            codec::Value::Long(long) => Self::Long(long),
            codec::Value::Boolean(boolean) => Self::Boolean(boolean),
            codec::Value::DateTime(time) => Self::DateTime(time),
            codec::Value::Location(location) => Self::Location(location),
            codec::Value::Binary(binary) => Self::Binary(binary.base_type(), binary.get().to_vec()),
            // Not deeper than the decoder lets anything be.
            codec::Value::Variant(variant) => Self::Variant(Box::new(variant.get().into())),
            codec::Value::InfoTable(table) => Self::InfoTable(table.into()),
            codec::Value::TimeSpan(span) => Self::TimeSpan(span.into()),
            codec::Value::Vec2(numbers) => Self::Vec2(numbers),
            codec::Value::Vec3(numbers) => Self::Vec3(numbers),
            codec::Value::Vec4(numbers) => Self::Vec4(numbers),
            codec::Value::ThingCode(code) => Self::ThingCode(code),
        }
    }
}

impl From<codec::InfoTable<'_>> for Table {
    fn from(table: codec::InfoTable<'_>) -> Self {
        let field = |field: codec::Field<'_>| Field {
            name: field.name.as_str().to_owned(),
            description: field.description.as_str().to_owned(),
            base_type: field.base_type,
            aspects: field
                .aspects
                .iter()
                .map(|aspect| (aspect.name.as_str().to_owned(), aspect.value.into()))
                .collect(),
        };
        let row = |row: codec::Row<'_>| row.cells().map(Value::from).collect();
        Self { fields: table.fields().map(field).collect(), cells: table.rows().map(row).collect() }
    }
}

impl Value {
    /// Lends the value to the codec. A table, alone or in VARIANTs, is encoded
    /// for it first.
    ///
    /// # Errors
    /// What the codec cannot say: a string that is too long, too many cells, a
    /// nesting too deep.
    pub fn with_view<R>(&self, then: impl FnOnce(codec::Value<'_>) -> R) -> Result<R, EncodeError> {
        let (variants, inner) = self.unwrapped();
        if variants > MAX_NESTING {
            return Err(EncodeError::NestingTooDeep);
        }
        match inner {
            Self::InfoTable(table) => {
                let mut buffer = Vec::new();
                let view = table.encode(&mut buffer)?;
                Ok(enclose(view.into(), variants, then))
            }
            scalar => Ok(enclose(scalar.scalar(), variants, then)),
        }
    }

    /// How many VARIANTs enclose a value, and which one.
    fn unwrapped(&self) -> (usize, &Self) {
        let (mut variants, mut inner) = (0, self);
        while let Self::Variant(enclosed) = inner {
            (variants, inner) = (variants + 1, enclosed);
        }
        (variants, inner)
    }

    /// The view of a value that is no table and no VARIANT.
    fn scalar(&self) -> codec::Value<'_> {
        match self {
            Self::Text(base_type, text) => {
                codec::Value::text(*base_type, text).unwrap_or_else(|| text.as_str().into())
            }
            Self::Number(number) => (*number).into(),
            Self::Integer(integer) => (*integer).into(),
            Self::Long(long) => (*long).into(),
            Self::Boolean(boolean) => (*boolean).into(),
            Self::DateTime(time) => (*time).into(),
            Self::Location(location) => (*location).into(),
            Self::Binary(base_type, bytes) => {
                codec::Value::binary(*base_type, bytes).unwrap_or(codec::Value::blob(bytes))
            }
            Self::TimeSpan(span) => span.view().into(),
            Self::Vec2(numbers) => (*numbers).into(),
            Self::Vec3(numbers) => (*numbers).into(),
            Self::Vec4(numbers) => (*numbers).into(),
            Self::ThingCode(code) => (*code).into(),
            Self::Nothing | Self::Variant(_) | Self::InfoTable(_) => codec::Value::Nothing,
        }
    }

    /// Writes the value as a cell.
    fn put(&self, cells: &mut CellsWriter<'_, '_>) {
        match self.unwrapped() {
            (0, Self::InfoTable(table)) => cells.table(|s| table.shape(s), |r| table.rows_to(r)),
            (0, scalar) => cells.cell(scalar.scalar()),
            (1, Self::InfoTable(table)) => {
                cells.variant_table(|s| table.shape(s), |r| table.rows_to(r));
            }
            (1, scalar) => cells.variant(scalar.scalar()),
            // The writer keeps the error; one of a table is not told from it.
            _ => {
                if self.with_view(|view| cells.cell(view)).is_err() {
                    enclose(codec::Value::Nothing, MAX_NESTING + 1, |view| cells.cell(view));
                }
            }
        }
    }
}

/// Encloses a value in so many VARIANTs.
fn enclose<R>(
    value: codec::Value<'_>,
    variants: usize,
    then: impl FnOnce(codec::Value<'_>) -> R,
) -> R {
    match variants {
        0 => then(value),
        _ => enclose(Variant::new(&value).into(), variants - 1, then),
    }
}

impl Table {
    /// Encodes the table into a buffer, which becomes as long as it is.
    ///
    /// # Errors
    /// What the codec cannot say: a string that is too long, too many cells, a
    /// nesting too deep.
    pub fn encode<'b>(&self, buffer: &'b mut Vec<u8>) -> Result<codec::InfoTable<'b>, EncodeError> {
        let len = match TableWriter::write(&mut [], |s| self.shape(s), |r| self.rows_to(r)) {
            Err(EncodeError::BufferTooSmall { needed }) => needed,
            Err(error) => return Err(error),
            Ok(_) => 0,
        };
        buffer.resize(len, 0);
        TableWriter::write(buffer, |s| self.shape(s), |r| self.rows_to(r))
    }

    /// Writes the shape of the table into a message.
    pub fn shape(&self, shape: &mut ShapeWriter<'_, '_>) {
        for field in &self.fields {
            if field.aspects.is_empty() && field.description.is_empty() {
                shape.field(&field.name, field.base_type);
                continue;
            }
            with_aspects(&field.aspects, &mut Vec::new(), &mut |aspects| {
                shape.field_with(&field.name, &field.description, field.base_type, aspects);
            });
        }
    }

    /// Writes the rows of the table into a message.
    pub fn rows_to(&self, rows: &mut RowsWriter<'_, '_>) {
        for cells in &self.cells {
            rows.row(|row| cells.iter().for_each(|cell| cell.put(row)));
        }
    }
}

/// Collects the views of aspects, each of which may lend what is encoded for it.
/// One that cannot be said becomes one that is nested too deep: the writer keeps
/// that error.
fn with_aspects(
    aspects: &[(String, Value)],
    views: &mut Vec<Aspect<'_>>,
    then: &mut dyn FnMut(&[Aspect<'_>]),
) {
    let Some(((name, value), rest)) = aspects.split_first() else { return then(views) };
    let mut push = |view: codec::Value<'_>| {
        let mut views: Vec<Aspect<'_>> = views.clone();
        views.push(Aspect::new(name, view));
        with_aspects(rest, &mut views, then);
    };
    if value.with_view(&mut push).is_err() {
        enclose(codec::Value::Nothing, MAX_NESTING + 1, push);
    }
}
