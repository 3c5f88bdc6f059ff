//! Laws of iterators and accessors of decoded messages.

use alwayson_codec::wire::list::Item;
use alwayson_codec::{Body, InfoTable, List, Message, Row, Text, Value};

use super::Verdict;

/// The maximum number of rows and field names to look up; each lookup walks over all before
/// it.
const LOOKED_UP: usize = 24;

/// All counts are right: of lists, fields, rows and cells. A cell is the same by iteration, by
/// index and by the name of its field, and there is none beyond the last.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn iteration(bytes: &[u8]) -> Verdict {
    let Ok((message, used)) = Message::decode(bytes) else { return Ok(()) };
    match &message.body {
        Body::Auth(auth) | Body::ClearAuth(auth) => {
            auth.claims.iter().try_for_each(|claim| {
                text(claim.name)?;
                text(claim.value.expose())
            })?;
            list("claims", &auth.claims)
        }
        Body::Bind(bind) | Body::Unbind(bind) => {
            bind.names.iter().try_for_each(text)?;
            list("names", &bind.names)
        }
        Body::Request(request) => {
            text(request.entity.name)?;
            text(request.characteristic_name)?;
            list("headers", &request.headers)?;
            request.params.map_or(Ok(()), |params| table(&params, used))
        }
        Body::Response(response) => {
            response.reason.map_or(Ok(()), text)?;
            value(response.content, used)
        }
        Body::Chunk(_) | Body::KeepAlive => Ok(()),
    }
}

fn count(what: &str, promised: usize, counted: usize) -> Verdict {
    if promised == counted {
        return Ok(());
    }
    Err(format!("{promised} {what} are {counted}"))
}

fn text(text: Text<'_>) -> Verdict {
    if text.as_str().as_bytes() == text.as_bytes() && text.len() == text.as_bytes().len() {
        return Ok(());
    }
    Err(format!("a text of {} bytes reads {:?}", text.len(), text.as_str()))
}

fn list<'a, T: Item<'a>, S: Copy + Into<T>>(what: &str, list: &List<'a, T, S>) -> Verdict {
    count(what, list.len(), list.iter().count())?;
    count(what, list.len(), list.iter().len())?;
    count(what, list.len(), list.into_iter().fold(0, |count, _| count + 1))?;
    if list.is_empty() != list.iter().next().is_none() {
        return Err(format!("{what} are empty and are not"));
    }
    Ok(())
}

/// Recursion is safe here: decoding limits nesting to 16 levels.
fn table(table: &InfoTable<'_>, enclosing_len: usize) -> Verdict {
    if table.byte_len() >= enclosing_len {
        return Err(format!("a table of {} bytes in {enclosing_len}", table.byte_len()));
    }
    count("fields", table.fields().len(), table.fields().count())?;
    count("rows", table.rows().len(), table.rows().count())?;
    for field in table.fields() {
        text(field.name)?;
        text(field.description)?;
        list("aspects", &field.aspects)?;
        field.aspects.iter().try_for_each(|aspect| value(aspect.value, table.byte_len()))?;
    }
    for row in table.rows() {
        count("cells", row.cells().len(), row.cells().count())?;
        row.cells().try_for_each(|cell| value(cell, table.byte_len()))?;
    }
    by_index(table)?;
    by_name(table)
}

fn cells_equal(row: &Row<'_>, other: &Row<'_>) -> bool {
    row.cells().eq(other.cells())
}

fn by_index(table: &InfoTable<'_>) -> Verdict {
    let rows = table.rows().len();
    if table.row(rows).is_some() {
        return Err(format!("there is a row after the last of {rows}"));
    }
    let step = rows.div_ceil(LOOKED_UP).max(1);
    for (index, row) in table.rows().enumerate().step_by(step) {
        if !table.row(index).is_some_and(|same| cells_equal(&same, &row)) {
            return Err(format!("row {index} of {rows} is another by its index"));
        }
        let cells = row.cells().len();
        if row.cell(cells).is_some() {
            return Err(format!("there is a cell after the last of {cells}"));
        }
        let step = cells.div_ceil(LOOKED_UP).max(1);
        for (at, cell) in row.cells().enumerate().step_by(step) {
            if row.cell(at) != Some(cell) {
                return Err(format!("cell {at} of row {index} is another by its index"));
            }
        }
    }
    Ok(())
}

fn by_name(table: &InfoTable<'_>) -> Verdict {
    let step = table.fields().len().div_ceil(LOOKED_UP).max(1);
    for (index, field) in table.fields().enumerate().step_by(step) {
        let name = field.name.as_str();
        // Names may repeat: the first one is returned.
        let first = table.field_index(name);
        if first.is_none_or(|first| first > index) {
            return Err(format!("field {index} has the index {first:?} by its name {name:?}"));
        }
        for row in table.rows().take(LOOKED_UP) {
            if row.get(name) != first.and_then(|first| row.cell(first)) {
                return Err(format!("the cell under {name:?} is another by its name"));
            }
        }
        if table.value(name) != table.row(0).and_then(|row| row.get(name)) {
            return Err(format!("the value of {name:?} is not in the first row"));
        }
    }
    Ok(())
}

/// Only the accessor of a value's type returns something, and `innermost` is never a VARIANT.
fn value(value: Value<'_>, enclosing_len: usize) -> Verdict {
    let accessors = [
        value.is_nothing(),
        value.as_str().is_some(),
        value.as_f64().is_some() && value.as_i64().is_none(),
        value.as_i32().is_some(),
        value.as_i64().is_some() && value.as_i32().is_none(),
        value.as_bool().is_some(),
        value.as_datetime().is_some(),
        value.as_location().is_some(),
        value.as_bytes().is_some(),
        value.as_table().is_some(),
        value.as_timespan().is_some(),
        value.as_vec2().is_some(),
        value.as_vec3().is_some(),
        value.as_vec4().is_some(),
        value.as_thing_code().is_some(),
        matches!(value, Value::Variant(_)),
    ];
    let answers = accessors.iter().filter(|has| **has).count();
    if answers != 1 {
        return Err(format!("{answers} accessors know a {}", value.base_type()));
    }
    match value {
        Value::Text(string) => text(string.get()),
        Value::Variant(variant) => {
            if matches!(value.innermost(), Value::Variant(_)) {
                return Err("the innermost value of a VARIANT is a VARIANT".to_owned());
            }
            self::value(variant.get(), enclosing_len)
        }
        Value::InfoTable(inner) => table(&inner, enclosing_len),
        _ => Ok(()),
    }
}
