//! A table: a shape and rows.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::Value;
use crate as view;
use crate::wire::codes::BaseType;

/// An INFOTABLE (PROTOCOL.md §4).
///
/// ```
/// use alwayson_codec::BaseType;
/// use alwayson_codec::owned::Table;
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
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The fields of its shape.
    pub fields: Vec<Field>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// A field of a table's shape.
#[derive(Clone, PartialEq, Eq)]
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
    /// Returns a field without description and aspects.
    pub fn new(name: impl Into<String>, base_type: BaseType) -> Self {
        Self { name: name.into(), description: String::new(), base_type, aspects: Vec::new() }
    }

    /// Returns whether a value of this field, or of one of its aspects, is masked in `Debug`
    /// and `Display`: the field is of type PASSWORD, whatever type the value has itself.
    pub fn masks(&self, value: &Value) -> bool {
        self.base_type == BaseType::PASSWORD && !matches!(value, Value::Nothing)
    }
}

impl Table {
    /// Returns a table of these fields, without rows.
    pub fn new<N: Into<String>>(fields: impl IntoIterator<Item = (N, BaseType)>) -> Self {
        let fields = fields.into_iter().map(|(name, base_type)| Field::new(name, base_type));
        Self { fields: fields.collect(), rows: Vec::new() }
    }

    /// Returns a table of one row, with a field for each of these, of the type of the
    /// value.
    pub fn of<N: Into<String>>(named: impl IntoIterator<Item = (N, Value)>) -> Self {
        let named = named.into_iter();
        // Most have one field, for which a vector that grows would take memory for four.
        let count = named.size_hint().0;
        let mut fields = Vec::with_capacity(count);
        let mut row = Vec::with_capacity(count);
        for (name, value) in named {
            fields.push(Field::new(name, value.base_type()));
            row.push(value);
        }
        Self { fields, rows: alloc::vec![row] }
    }

    /// Returns a table of one row and one field `result`: what a service answers
    /// (PROTOCOL.md §3).
    pub fn result(value: impl Into<Value>) -> Self {
        Self::of([("result", value.into())])
    }

    /// Returns a table of these fields and rows, as they are: unlike [`push`](Self::push),
    /// it encloses no cell in a VARIANT.
    pub fn from_rows(fields: Vec<Field>, rows: Vec<Vec<Value>>) -> Self {
        Self { fields, rows }
    }

    /// Adds a row. A cell under a field of type VARIANT is enclosed in a VARIANT, if it is
    /// none; other cells are taken as they are. There may be fewer or more than fields.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Value>) {
        let mut row: Vec<Value> = cells.into_iter().collect();
        for (field, cell) in self.fields.iter().zip(&mut row) {
            if field.base_type == BaseType::VARIANT && !matches!(cell, Value::Variant(_)) {
                *cell = Value::Variant(Box::new(core::mem::take(cell)));
            }
        }
        self.rows.push(row);
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { table: self, cells })
    }

    /// Returns the row at this index, counted from 0.
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        self.rows.get(index).map(|cells| Row { table: self, cells })
    }

    /// Returns the cell of the first row under the field of this name: the one value of
    /// a property read, a service's result, a parameter.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.row(0)?.get(name)
    }

    /// Returns the cell of the first row under the field of this name, to be changed.
    pub fn value_mut(&mut self, name: &str) -> Option<&mut Value> {
        let index = self.field_index(name)?;
        self.rows.first_mut()?.get_mut(index)
    }

    /// Keeps only the rows for which `keep` returns true, in their order.
    pub fn retain(&mut self, keep: impl FnMut(Row<'_>) -> bool) {
        let kept: Vec<bool> = self.rows().map(keep).collect();
        let mut kept = kept.into_iter();
        self.rows.retain(|_| kept.next().unwrap_or(true));
    }

    /// Returns the index of the first field of this name.
    fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// A row of a table.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    table: &'t Table,
    /// Its cells, in the order of the fields.
    pub cells: &'t [Value],
}

impl<'t> Row<'t> {
    /// Returns the cell under the first field of this name.
    pub fn get(&self, name: &str) -> Option<&'t Value> {
        self.cells.get(self.table.field_index(name)?)
    }

    /// Returns the table of the row.
    pub const fn table(&self) -> &'t Table {
        self.table
    }

    /// Returns the cells, each with its field. A row may have more cells than there are
    /// fields.
    pub fn with_fields(&self) -> impl Iterator<Item = (Option<&'t Field>, &'t Value)> {
        let fields = self.table.fields.iter().map(Some).chain(core::iter::repeat(None));
        fields.zip(self.cells)
    }
}

impl From<view::InfoTable<'_>> for Table {
    fn from(table: view::InfoTable<'_>) -> Self {
        let row = |row: view::Row<'_>| row.cells().map(Value::from).collect();
        Self {
            fields: table.fields().map(Field::from).collect(),
            rows: table.rows().map(row).collect(),
        }
    }
}

impl From<view::Field<'_>> for Field {
    fn from(field: view::Field<'_>) -> Self {
        let aspect = |aspect: view::Aspect<'_>| (aspect.name.into(), aspect.value.into());
        Self {
            name: field.name.into(),
            description: field.description.into(),
            base_type: field.base_type,
            aspects: field.aspects.iter().map(aspect).collect(),
        }
    }
}
