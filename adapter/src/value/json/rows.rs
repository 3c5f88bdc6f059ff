//! Converts JSON to tables.

use std::collections::HashMap;

use alwayson_codec::BaseType;
use serde_json::{Map, Value as Json};

use super::super::{Field, Table, Value};
use super::decode::Decoder;
use super::error::{JsonError, JsonErrorKind, Segment, found};
use super::limits::MAX_ABSENT_CELLS;

/// The fields of a table that is being read.
#[derive(Default)]
struct Fields<'j> {
    shape: Vec<Field>,
    /// For each field: `None` if its definition has a type; otherwise whether its cells, which are
    /// read by their form, have the same type.
    untyped: Vec<Option<Cells>>,
    by_name: HashMap<&'j str, usize>,
    /// The first field of each name in lower case.
    by_lowercase: HashMap<String, usize>,
}

/// The cells of a field without a definition.
#[derive(Clone, Copy, PartialEq)]
enum Cells {
    Alike,
    Mixed,
}

impl<'j> Decoder<'j> {
    pub(super) fn table(&mut self, json: &'j Json) -> Result<Table, JsonError> {
        let object = json.as_object().ok_or_else(|| self.expected(BaseType::INFOTABLE, json))?;
        let shape = ["dataShape", "datashape"]
            .into_iter()
            .find_map(|key| Some((key, object.get(key).filter(|shape| !shape.is_null())?)));
        if shape.is_none() && !object.contains_key("rows") {
            return Err(self.expected(BaseType::INFOTABLE, json));
        }
        self.enclosed(|decoder| {
            let mut fields = Fields::default();
            if let Some((key, shape)) = shape {
                decoder.within(Segment::Name(key), |decoder| decoder.shape(shape, &mut fields))?;
            }
            let cells = match object.get("rows") {
                None => Vec::new(),
                Some(rows) => decoder
                    .within(Segment::Name("rows"), |decoder| decoder.rows(rows, &mut fields))?,
            };
            Ok(fields.into_table(cells))
        })
    }

    fn shape(&mut self, json: &'j Json, fields: &mut Fields<'j>) -> Result<(), JsonError> {
        let key = "fieldDefinitions";
        let Some(definitions) = self.object(json)?.get(key) else { return Ok(()) };
        self.within(Segment::Name(key), |decoder| {
            for (name, definition) in decoder.object(definitions)? {
                decoder.within(Segment::Name(name), |decoder| {
                    let (field, is_untyped) = decoder.definition(name, definition)?;
                    fields.add(name, field, is_untyped.then_some(Cells::Alike));
                    Ok(())
                })?;
            }
            Ok(())
        })
    }

    /// Reads the definition of a field. Returns the field, and whether its type is not defined.
    fn definition(&mut self, name: &str, json: &'j Json) -> Result<(Field, bool), JsonError> {
        let definition = self.object(json)?;
        let base_type = match definition.get("baseType") {
            None | Some(Json::Null) => None,
            Some(json) => Some(self.within(Segment::Name("baseType"), |decoder| {
                base_type(json).ok_or_else(|| decoder.error(JsonErrorKind::NotABaseType))
            })?),
        };
        let mut field = Field::new(name, base_type.unwrap_or(BaseType::NOTHING));
        if let Some(description) = definition.get("description").and_then(Json::as_str) {
            field.description.push_str(description);
        }
        if let Some(aspects) = definition.get("aspects").filter(|aspects| !aspects.is_null()) {
            self.within(Segment::Name("aspects"), |decoder| {
                for (name, json) in decoder.object(aspects)? {
                    let value =
                        decoder.within(Segment::Name(name), |decoder| decoder.untyped(json))?;
                    field.aspects.push((name.clone(), value));
                }
                Ok(())
            })?;
        }
        Ok((field, base_type.is_none()))
    }

    fn rows(
        &mut self,
        json: &'j Json,
        fields: &mut Fields<'j>,
    ) -> Result<Vec<Vec<Value>>, JsonError> {
        let kind = JsonErrorKind::NotAList { found: found(json) };
        let rows = json.as_array().ok_or_else(|| self.error(kind))?.iter().enumerate();
        let read = |(index, row)| {
            self.within(Segment::Index(index), |decoder| {
                let row = decoder.object(row)?;
                decoder.row(row, fields)
            })
        };
        rows.map(read).collect()
    }

    fn row(
        &mut self,
        row: &'j Map<String, Json>,
        fields: &mut Fields<'j>,
    ) -> Result<Vec<Value>, JsonError> {
        let mut cells = Vec::with_capacity(row.len());
        for (name, json) in row {
            let place = fields.place(name, row, &cells);
            let cell =
                self.within(Segment::Name(name), |decoder| match fields.base_type(place) {
                    Some(base_type) => decoder.value(json, base_type),
                    None => decoder.untyped(json),
                })?;
            fields.seen(place, &cell);
            if cells.len() <= place {
                cells.resize_with(place + 1, Value::default);
            }
            cells[place] = cell;
        }
        self.absent_cells += cells.len().saturating_sub(row.len());
        if self.absent_cells > MAX_ABSENT_CELLS {
            return Err(self.error(JsonErrorKind::TooSparse));
        }
        Ok(cells)
    }

    fn object(&self, json: &'j Json) -> Result<&'j Map<String, Json>, JsonError> {
        let kind = JsonErrorKind::NotAnObject { found: found(json) };
        json.as_object().ok_or_else(|| self.error(kind))
    }
}

impl<'j> Fields<'j> {
    fn add(&mut self, name: &'j str, field: Field, untyped: Option<Cells>) -> usize {
        let place = self.shape.len();
        self.shape.push(field);
        self.untyped.push(untyped);
        self.by_name.insert(name, place);
        self.by_lowercase.entry(name.to_lowercase()).or_insert(place);
        place
    }

    /// Returns the index of the field of a member of a row: that of its name; otherwise one of the
    /// same name in another case that no other member of the row is for; otherwise a new one.
    /// `cells` are the cells of the row that were read before.
    fn place(&mut self, name: &'j str, row: &Map<String, Json>, cells: &[Value]) -> usize {
        if let Some(place) = self.by_name.get(name) {
            return *place;
        }
        let similar = self.by_lowercase.get(&name.to_lowercase()).copied();
        let is_free = |place: usize| {
            let is_read = cells.get(place).is_some_and(|cell| *cell != Value::Nothing);
            !is_read && !row.contains_key(&self.shape[place].name)
        };
        match similar.filter(|place| is_free(*place)) {
            Some(place) => place,
            None => self.add(name, Field::new(name, BaseType::NOTHING), Some(Cells::Alike)),
        }
    }

    /// Returns the type in a field's definition, if it has one.
    fn base_type(&self, place: usize) -> Option<BaseType> {
        self.untyped[place].is_none().then(|| self.shape[place].base_type)
    }

    /// Gives a field without a type in its definition the type of its cells.
    fn seen(&mut self, place: usize, cell: &Value) {
        let field = &mut self.shape[place];
        let base_type = cell.base_type();
        if let (Some(cells), false) = (&mut self.untyped[place], *cell == Value::Nothing) {
            match field.base_type {
                BaseType::NOTHING => field.base_type = base_type,
                known if known != base_type => *cells = Cells::Mixed,
                _ => {}
            }
        }
    }

    /// Returns the table of these rows. In a field whose cells have several types, they become
    /// VARIANTs.
    fn into_table(mut self, mut cells: Vec<Vec<Value>>) -> Table {
        for (place, untyped) in self.untyped.iter().enumerate() {
            if *untyped == Some(Cells::Mixed) {
                self.shape[place].base_type = BaseType::VARIANT;
                for cell in cells.iter_mut().filter_map(|row| row.get_mut(place)) {
                    if !matches!(cell, Value::Nothing | Value::Variant(_)) {
                        *cell = Value::Variant(Box::new(std::mem::take(cell)));
                    }
                }
            }
        }
        Table::from_rows(self.shape, cells)
    }
}

/// Returns the base type of a name or number in JSON.
fn base_type(json: &Json) -> Option<BaseType> {
    match json {
        Json::String(name) => super::base_type(name),
        json => u8::try_from(json.as_u64()?).ok().map(BaseType::from_u8),
    }
}
