//! Values and tables (section 4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::decoder::shown;
use crate::fault::{Container, Count, Fault, Marker};
use crate::names::{BASE_TYPES, name};
use crate::reader::{Read, Reader};

const STRING: u8 = 0;
const NUMBER: u8 = 1;
const DATETIME: u8 = 3;
const INFOTABLE: u8 = 5;
const IMAGE: u8 = 10;
const VARIANT: u8 = 18;
const INTEGER: u8 = 22;
const LONG: u8 = 23;
const THINGCODE: u8 = 127;
const NOTHING: u8 = 255;

impl Reader<'_> {
    /// A value inside this number of containers.
    pub(crate) fn value(&mut self, depth: usize) -> Read<Json> {
        let at = self.at;
        if depth > 16 && self.is(Fault::NestingJudgedInside) {
            return Err(self.error("NestingTooDeep", at));
        }
        let base_type = self.u8()?;
        let unknown = self.is(Fault::BaseTypeUnknown(base_type));
        if name(BASE_TYPES, base_type).is_none() || unknown {
            return match self.fault {
                Some(Fault::UnnamedTypeAsString) => {
                    Ok(json!({"type": base_type, "value": self.string()?}))
                }
                Some(Fault::UnnamedTypeAsNothing) => Ok(json!({"type": base_type})),
                _ => Err(self.error("UnknownBaseType", at)),
            };
        }
        self.typed(base_type, at, depth)
    }

    /// A value of a type whose byte is at an offset.
    fn typed(&mut self, base_type: u8, at: usize, depth: usize) -> Read<Json> {
        let named = shown(BASE_TYPES, base_type, self.fault);
        let content = match base_type {
            NOTHING => Json::Null,
            VARIANT => {
                let inside = self.enter(Container::Variant, at, depth)?;
                self.value(inside)?
            }
            INFOTABLE => {
                let inside = self.enter(Container::Table, at, depth)?;
                self.table(inside)?
            }
            _ => self.content(base_type)?,
        };
        if self.is(Fault::ByteMore(base_type)) {
            self.take(1)?;
        }
        if self.is(Fault::ByteLess(base_type)) {
            self.at -= 1;
        }
        if base_type == VARIANT && self.is(Fault::VariantTakenOff) {
            return Ok(content);
        }
        if base_type == NOTHING {
            return Ok(json!({"type": named}));
        }
        Ok(json!({"type": named, "value": content}))
    }

    /// Enters a container whose type byte is at an offset; returns how many
    /// enclose what is inside.
    fn enter(&mut self, container: Container, at: usize, depth: usize) -> Read<usize> {
        self.entered += 1;
        // A decoder that does not count must still not overflow the stack.
        if self.is(Fault::NestingNotCounted(container)) && self.entered < 64 {
            return Ok(depth);
        }
        let limit = match self.fault {
            Some(Fault::NestingLimit(limit)) => limit,
            Some(Fault::NestingJudgedInside) => usize::MAX,
            _ => 16,
        };
        let siblings = self.is(Fault::NestingCountsSiblings) && self.entered > 16;
        let empty = container == Container::Table && self.bytes[self.at..].starts_with(&[0, 0]);
        let let_in = empty && self.is(Fault::EmptyTableTooDeepAccepted);
        if (depth >= limit || siblings) && !let_in {
            return Err(self.error("NestingTooDeep", at));
        }
        Ok(depth + 1)
    }

    /// The content of a value that encloses no other.
    fn content(&mut self, base_type: u8) -> Read<Json> {
        let unsigned = self.is(Fault::Unsigned(base_type));
        match base_type {
            NUMBER => self.double(),
            2 => {
                let byte = self.u8()?;
                self.refuse_if(byte > 1 && self.is(Fault::BooleanOtherRefused))?;
                let other_is_true = !self.is(Fault::BooleanOtherFalse);
                Ok((byte == 1 || byte > 1 && other_is_true).into())
            }
            DATETIME if self.is(Fault::DateTimeIsNumber) => self.double(),
            DATETIME | LONG => self.long(unsigned),
            4 => self.time_span(unsigned),
            6 if self.is(Fault::LatitudeFirst) => {
                self.doubles(&["latitude", "longitude", "elevation"])
            }
            6 => self.doubles(&["longitude", "latitude", "elevation"]),
            IMAGE if self.is(Fault::ImageIsText) => self.string().map(Json::from),
            IMAGE | 21 => Ok(STANDARD.encode(self.blob()?).into()),
            INTEGER => self.int(unsigned),
            124 => self.doubles(&["x", "y"]),
            125 => self.doubles(&["x", "y", "z"]),
            126 => self.doubles(&["x", "y", "z", "w"]),
            THINGCODE => {
                let first = self.is(Fault::ThingCodeInstanceFirst).then(|| self.long(false));
                let domain = if self.is(Fault::ThingCodeOfLongs) {
                    self.long(false)?
                } else {
                    self.int(unsigned)?
                };
                let ints = self.is(Fault::ThingCodeOfInts);
                let instance = match first {
                    Some(instance) => instance?,
                    None if ints => self.int(false)?,
                    None => self.long(unsigned)?,
                };
                Ok(json!({"domain": domain, "instance": instance}))
            }
            _ => self.string().map(Json::from),
        }
    }

    fn int(&mut self, unsigned: bool) -> Read<Json> {
        let bytes = self.number()?;
        Ok(if unsigned {
            u32::from_be_bytes(bytes).into()
        } else {
            i32::from_be_bytes(bytes).into()
        })
    }

    fn long(&mut self, unsigned: bool) -> Read<Json> {
        let bytes = self.number()?;
        Ok(if unsigned {
            u64::from_be_bytes(bytes).into()
        } else {
            i64::from_be_bytes(bytes).into()
        })
    }

    fn double(&mut self) -> Read<Json> {
        let mut number = self.number().map(f64::from_be_bytes)?;
        self.refuse_if(!number.is_finite() && self.is(Fault::NotFiniteRefused))?;
        match self.fault {
            Some(Fault::FractionLost) => number = number.trunc(),
            Some(Fault::MinusZeroLost) if number == 0.0 => number = 0.0,
            Some(Fault::NanMadeCanonical) if number.is_nan() => number = f64::NAN,
            _ => {}
        }
        let digits = || format!("{:#018x}", number.to_bits()).into();
        Ok(if number.is_finite() { number.into() } else { digits() })
    }

    fn doubles(&mut self, names: &[&str]) -> Read<Json> {
        let floats = self.is(Fault::FloatsInVectors) && names[0] == "x";
        let mut json = json!({});
        for name in names {
            json[*name] = if floats {
                f64::from(self.number().map(f32::from_be_bytes)?).into()
            } else {
                self.double()?
            };
        }
        Ok(json)
    }

    fn time_span(&mut self, unsigned: bool) -> Read<Json> {
        let period_first = self.is(Fault::TimeSpanPeriodFirst).then(|| self.string());
        let mut start = self.long(unsigned)?;
        let mut end = self.long(unsigned)?;
        if self.is(Fault::TimeSpanEndFirst) {
            (start, end) = (end, start);
        }
        self.refuse_if(start == -1 && self.is(Fault::TimeSpanNoneRefused))?;
        let backwards = start.as_i64() > end.as_i64();
        self.refuse_if(backwards && self.is(Fault::TimeSpanBackwardsRefused))?;
        let period = match period_first {
            Some(period) => period?,
            None if self.is(Fault::TimeSpanWithoutPeriod) => String::new(),
            None => self.string()?,
        };
        Ok(json!({"start": start, "end": end, "period": period}))
    }

    /// A table; so many containers enclose its values, itself included.
    pub(crate) fn table(&mut self, depth: usize) -> Read<Json> {
        let mut fields = Vec::new();
        let mut types = Vec::new();
        let mut rows = Vec::new();
        while self.marker(Marker::Field)? {
            let (field, base_type) = self.field(depth)?;
            let repeated = fields.iter().any(|before: &Json| before["name"] == field["name"]);
            self.refuse_if(repeated && self.is(Fault::RepeatedFieldRefused))?;
            fields.push(field);
            types.push(base_type);
        }
        while self.marker(Marker::Row)? {
            let depth = depth + usize::from(self.is(Fault::NestingCountsRows));
            rows.push(self.row(&types, depth)?);
        }
        Ok(json!({"fields": fields, "rows": rows}))
    }

    fn field(&mut self, depth: usize) -> Read<(Json, u8)> {
        let name = self.string()?;
        let without = self.is(Fault::FieldWithoutDescription);
        let description = if without { String::new() } else { self.string()? };
        let at = self.at;
        let base_type = self.u8()?;
        let unnamed = crate::names::name(BASE_TYPES, base_type).is_none();
        if unnamed && self.is(Fault::UnnamedTypeInShapeRefused) {
            return Err(self.error("UnknownBaseType", at));
        }
        let not_counted = self.is(Fault::NestingNotCounted(Container::Aspects));
        let depth = depth - usize::from(not_counted && depth > 0);
        let mut aspects = Vec::new();
        for _ in 0..self.count(Count::Aspects, 2)? {
            let name = self.string()?;
            let value = if self.is(Fault::AspectsAreStrings) {
                json!({"type": "STRING", "value": self.string()?})
            } else {
                self.value(depth)?
            };
            aspects.push(json!({"name": name, "value": value}));
        }
        let field = json!({
            "name": name, "description": description,
            "baseType": shown(BASE_TYPES, base_type, self.fault), "aspects": aspects,
        });
        Ok((field, base_type))
    }

    fn row(&mut self, types: &[u8], depth: usize) -> Read<Vec<Json>> {
        let count = self.count(Count::Cells, 1)?;
        self.refuse_if(count != types.len() && self.is(Fault::RowOfOtherLengthRefused))?;
        let cells = (0..count).map(|column| {
            let field = types.get(column).copied();
            if self.is(Fault::CellTypeFromField) {
                return self.typed(field.unwrap_or(STRING), self.at, depth);
            }
            let cell = self.bytes.get(self.at).copied().filter(|cell| *cell != NOTHING);
            self.refuse_if(cell.is_none() && self.is(Fault::NothingInCellRefused))?;
            let other = cell.is_some() && cell != field;
            self.refuse_if(other && self.is(Fault::CellOfOtherTypeRefused))?;
            self.value(depth)
        });
        cells.collect()
    }
}
