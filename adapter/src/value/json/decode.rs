//! Converts JSON to values, by their type or by the form of the JSON.

use alwayson_codec::BaseType;
use alwayson_codec::limits::MAX_NESTING;
use serde_json::{Map, Value as Json};

use super::super::Value;
use super::error::{JsonError, JsonErrorKind, Segment, found};
use super::scalar;

/// 2^53: a double can represent every integer from minus to plus this.
const MAX_EXACT: u64 = 1 << 53;

/// Reads JSON, and tracks its position for errors.
#[derive(Default)]
pub(super) struct Decoder<'j> {
    path: Vec<Segment<'j>>,
    /// The number of INFOTABLEs and VARIANTs around the position.
    depth: usize,
    /// The number of cells that the rows read so far leave out.
    pub(super) absent_cells: usize,
}

impl<'j> Decoder<'j> {
    /// Reads a value of this type.
    pub(super) fn value(
        &mut self,
        json: &'j Json,
        base_type: BaseType,
    ) -> Result<Value, JsonError> {
        match (json, base_type) {
            (Json::Null, _) => Ok(Value::Nothing),
            (_, BaseType::NOTHING) => self.untyped(json),
            (_, BaseType::VARIANT) => self.variant(json),
            (_, BaseType::INFOTABLE) => self.table(json).map(Value::InfoTable),
            (Json::Object(object), _) => self.composed(json, object, base_type),
            _ => scalar::value(json, base_type).ok_or_else(|| self.expected(base_type, json)),
        }
    }

    /// Reads a value whose type is that of the form of its JSON.
    pub(super) fn untyped(&mut self, json: &'j Json) -> Result<Value, JsonError> {
        Ok(match json {
            Json::Null => Value::Nothing,
            Json::Bool(boolean) => (*boolean).into(),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(long), _) if long.unsigned_abs() > MAX_EXACT => long.into(),
                (_, Some(number)) => number.into(),
                // Unreachable: without `arbitrary_precision`, every number is also an f64.
                (_, None) => Value::json(json),
            },
            Json::String(text) => text.as_str().into(),
            Json::Object(object) if is_table(object) => self.table(json)?.into(),
            Json::Object(object) if inside_variant(object).is_some() => self.variant(json)?,
            Json::Object(_) | Json::Array(_) => Value::json(json),
        })
    }

    /// Reads an object: a type with members, such as LOCATION, or JSON.
    fn composed(
        &mut self,
        json: &'j Json,
        object: &'j Map<String, Json>,
        base_type: BaseType,
    ) -> Result<Value, JsonError> {
        match scalar::composed(object, base_type) {
            Ok(value) => Ok(value),
            Err(Some(member)) => {
                let found = object.get(member.name).map_or("nothing", found);
                let kind = JsonErrorKind::Expected { base_type: member.base_type, found };
                self.within(Segment::Name(member.name), |decoder| Err(decoder.error(kind)))
            }
            Err(None) => {
                scalar::value(json, base_type).ok_or_else(|| self.expected(base_type, json))
            }
        }
    }

    /// Reads a VARIANT: of the type that it names, otherwise of the type of its form.
    fn variant(&mut self, json: &'j Json) -> Result<Value, JsonError> {
        self.enclosed(|decoder| {
            let named = json.as_object().and_then(inside_variant);
            let inner = match named {
                Some((base_type, inner)) => decoder
                    .within(Segment::Name("value"), |decoder| decoder.value(inner, base_type))?,
                None => decoder.untyped(json)?,
            };
            Ok(Value::Variant(Box::new(inner)))
        })
    }

    /// Calls `read` for the contents of a table or VARIANT, within the limit of nesting.
    pub(super) fn enclosed<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, JsonError>,
    ) -> Result<T, JsonError> {
        if self.depth == MAX_NESTING {
            return Err(self.error(JsonErrorKind::TooDeep));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Calls `read` with this segment added to the path.
    pub(super) fn within<T>(
        &mut self,
        segment: Segment<'j>,
        read: impl FnOnce(&mut Self) -> Result<T, JsonError>,
    ) -> Result<T, JsonError> {
        self.path.push(segment);
        let read = read(self);
        self.path.pop();
        read
    }

    pub(super) fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError::new(&self.path, kind)
    }

    pub(super) fn expected(&self, base_type: BaseType, json: &Json) -> JsonError {
        self.error(JsonErrorKind::Expected { base_type, found: found(json) })
    }
}

/// Returns whether an object has the form of a table: rows and a shape.
fn is_table(object: &Map<String, Json>) -> bool {
    let is_object = |name: &str| object.get(name).is_some_and(Json::is_object);
    object.get("rows").is_some_and(Json::is_array)
        && (is_object("dataShape") || is_object("datashape"))
}

/// Returns the type and the value of an object, if it has the form of a VARIANT.
pub(super) fn inside_variant(object: &Map<String, Json>) -> Option<(BaseType, &Json)> {
    let base_type = super::base_type(object.get("baseType")?.as_str()?)?;
    let inner = object.get("value")?;
    (object.len() == 2).then_some((base_type, inner))
}
