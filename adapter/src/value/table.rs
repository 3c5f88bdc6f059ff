//! A table: a shape and rows.

use std::fmt;

use alwayson_codec::BaseType;

use super::Value;
use super::shown::MASK;

/// An INFOTABLE (section 4).
///
/// ```
/// use alwayson::value::Table;
/// use alwayson_codec::BaseType;
///
/// // The parameters of a service, the value of a property: one row.
/// let params = Table::of([("a", 1.5.into()), ("b", 2.0.into())]);
/// assert_eq!(params.value("b").and_then(|b| b.as_f64()), Some(2.0));
///
/// // Any table.
/// let mut table = Table::new([("name", BaseType::STRING), ("value", BaseType::VARIANT)]);
/// table.push(["Temperature".into(), 21.5.into()]);
/// let temperature = table.rows().find(|row| row.get("name") == Some(&"Temperature".into()));
/// assert_eq!(temperature.and_then(|row| row.get("value")?.as_f64()), Some(21.5));
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Table {
    /// The fields of its shape.
    pub fields: Vec<Field>,
    pub(super) cells: Vec<Vec<Value>>,
}

/// A field of a table's shape.
#[derive(Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is for, often empty.
    pub description: String,
    /// The type that its cells should have. Each carries its own.
    pub base_type: BaseType,
    /// Named values that say more of the field.
    pub aspects: Vec<(String, Value)>,
}

impl Field {
    /// A field without description and aspects.
    pub fn new(name: impl Into<String>, base_type: BaseType) -> Self {
        Self { name: name.into(), description: String::new(), base_type, aspects: Vec::new() }
    }
}

impl Table {
    /// A table of these fields, without rows.
    pub fn new<N: Into<String>>(fields: impl IntoIterator<Item = (N, BaseType)>) -> Self {
        let fields = fields.into_iter().map(|(name, base_type)| Field::new(name, base_type));
        Self { fields: fields.collect(), cells: Vec::new() }
    }

    /// A table of one row: a field for each of these, of the type that the value
    /// has.
    pub fn of<N: Into<String>>(named: impl IntoIterator<Item = (N, Value)>) -> Self {
        let mut table = Self::default();
        let mut row = Vec::new();
        for (name, value) in named {
            table.fields.push(Field::new(name, value.base_type()));
            row.push(value);
        }
        table.cells.push(row);
        table
    }

    /// A table of one row and one field `result`: what a service answers
    /// (section 3).
    pub fn result(value: impl Into<Value>) -> Self {
        Self::of([("result", value.into())])
    }

    /// Adds a row. A VARIANT is made of a value where the field says VARIANT;
    /// else cells are taken as they are, and may be fewer or more than the
    /// fields.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Value>) {
        let mut row: Vec<Value> = cells.into_iter().collect();
        for (field, cell) in self.fields.iter().zip(&mut row) {
            if field.base_type == BaseType::VARIANT && !matches!(cell, Value::Variant(_)) {
                *cell = Value::Variant(Box::new(std::mem::take(cell)));
            }
        }
        self.cells.push(row);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.cells.iter().map(|cells| Row { table: self, cells })
    }

    /// The row at this index, counted from 0.
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        self.cells.get(index).map(|cells| Row { table: self, cells })
    }

    /// The cell of the first row under the field of this name: the one value of
    /// a property read, a service's result, a parameter.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.row(0)?.get(name)
    }
}

impl Table {
    /// The cell of the first row under the field of this name, to be changed.
    pub fn value_mut(&mut self, name: &str) -> Option<&mut Value> {
        let index = self.fields.iter().position(|field| field.name == name)?;
        self.cells.first_mut()?.get_mut(index)
    }

    /// Keeps only the rows for which `keep` returns true, in their order.
    pub fn retain(&mut self, keep: impl FnMut(Row<'_>) -> bool) {
        let kept: Vec<bool> = self.rows().map(keep).collect();
        let mut kept = kept.into_iter();
        self.cells.retain(|_| kept.next().unwrap_or(true));
    }
}

/// A row of a table.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    pub(super) table: &'t Table,
    /// Its cells, in the order of the fields.
    pub cells: &'t [Value],
}

impl<'t> Row<'t> {
    /// The cell under the first field of this name.
    pub fn get(&self, name: &str) -> Option<&'t Value> {
        let index = self.table.fields.iter().position(|field| field.name == name)?;
        self.cells.get(index)
    }
}

/// A value that stands in or under a field. Whatever type it has itself, it is
/// masked where the field is of type PASSWORD.
struct Shown<'t> {
    field: Option<&'t Field>,
    value: &'t Value,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) if field.masks(self.value) => f.write_str(MASK),
            _ => self.value.fmt(f),
        }
    }
}

impl Field {
    /// Whether a value of this field is not to be shown.
    pub(super) fn masks(&self, value: &Value) -> bool {
        self.base_type == BaseType::PASSWORD && *value != Value::Nothing
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value)| (name, Shown { field: Some(self), value });
        let aspects: Vec<_> =
            self.aspects.iter().map(|(name, value)| shown((name, value))).collect();
        f.debug_struct("Field")
            .field("name", &self.name)
            .field("description", &self.description)
            .field("base_type", &self.base_type)
            .field("aspects", &aspects)
            .finish()
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.table.fields.iter().map(Some).chain(std::iter::repeat(None));
        let shown = fields.zip(self.cells).map(|(field, value)| Shown { field, value });
        f.debug_list().entries(shown).finish()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.rows().collect();
        f.debug_struct("Table")
            .field("fields", &self.fields)
            .field("rows", &rows)
            .finish_non_exhaustive()
    }
}
