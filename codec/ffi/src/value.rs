//! Values in C: a base type, and a union of the types of values.

use core::mem::MaybeUninit;

use alwayson_codec as codec;
use codec::{BaseType, BinaryValue, DateTime, Location, TextValue, ThingCode, TimeSpan, Variant};

use crate::codes::AlwaysonBaseType;
use crate::error::{AlwaysonError, Error};
use crate::opaque::{expect, keep, kept};
use crate::slice::{Slice, put, read};
use crate::table::Table;

const VARIANT: u32 = 0x7661_7269;

/// A value with its base type, new or decoded: a cell of a table, an aspect of a field, or the
/// content of a response.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    /// The base type, an `ALWAYSON_BASE_TYPE_`, which determines the member of `as`. All zeros are
    /// an empty STRING; `alwayson_nothing()` returns NOTHING.
    pub base_type: u8,
    /// The value.
    pub r#as: ValueAs,
}

/// A value, by its base type.
#[repr(C)]
#[derive(Clone, Copy)]
pub union ValueAs {
    /// STRING and the types with the same layout.
    pub text: Slice,
    /// BLOB and IMAGE.
    pub bytes: Slice,
    /// NUMBER.
    pub number: f64,
    /// INTEGER.
    pub integer: i32,
    /// LONG.
    pub long_integer: i64,
    /// BOOLEAN: 0 is false, and every other number is true.
    pub boolean: u8,
    /// DATETIME: milliseconds since 1970-01-01 UTC.
    pub datetime_ms: i64,
    /// LOCATION.
    pub location: LocationValue,
    /// VARIANT: `alwayson_value_inner` returns its content.
    pub variant: VariantValue,
    /// INFOTABLE.
    pub table: Table,
    /// TIMESPAN.
    pub timespan: TimeSpanValue,
    /// VEC2, VEC3 and VEC4.
    pub vector: VectorValue,
    /// THINGCODE.
    pub thing_code: ThingCodeValue,
}

/// A location on earth.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct LocationValue {
    /// The longitude in degrees, positive to the east.
    pub longitude: f64,
    /// The latitude in degrees, positive to the north.
    pub latitude: f64,
    /// The elevation in metres.
    pub elevation: f64,
}

/// Means no start or no end of a TIMESPAN.
pub const ALWAYSON_NO_TIME_MS: i64 = -1;

/// A time span.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TimeSpanValue {
    /// The start, in milliseconds since 1970-01-01 UTC, or `ALWAYSON_NO_TIME_MS`.
    pub start_ms: i64,
    /// The end, in the same form.
    pub end_ms: i64,
    /// The period, such as `1h`.
    pub period: Slice,
}

/// The numbers of a VEC2, VEC3 or VEC4. Unused ones, `z` and `w` of a VEC2 and `w` of a VEC3, are 0
/// when decoded, and ignored when encoded.
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(missing_docs, reason = "what a coordinate is, is up to the application")]
pub struct VectorValue {
    pub x: f64,
    pub y: f64,
    pub z: f64,
    pub w: f64,
}

/// The code of a Thing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ThingCodeValue {
    /// The domain of the code.
    pub domain: i32,
    /// The Thing in that domain.
    pub instance: i64,
}

impl VectorValue {
    const fn of(numbers: &[f64]) -> Self {
        let [x, y, z, w] = match *numbers {
            [x, y] => [x, y, 0.0, 0.0],
            [x, y, z] => [x, y, z, 0.0],
            [x, y, z, w] => [x, y, z, w],
            _ => [0.0; 4],
        };
        Self { x, y, z, w }
    }
}

/// A VARIANT: a value of any type. A new one has a `tag` of 0 and a pointer to its content, which
/// must not be a new VARIANT itself.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct VariantValue {
    /// 0 for a new one.
    pub tag: u32,
    /// The content of a new one: an `alwayson_value_t`.
    pub made: *const core::ffi::c_void,
    /// The content of a decoded one.
    pub opaque: [MaybeUninit<usize>; 3],
}

impl Value {
    pub(crate) fn of(value: &codec::Value<'_>) -> Self {
        let r#as = match value {
            codec::Value::Nothing => ValueAs { text: Slice::NONE },
            codec::Value::Text(text) => ValueAs { text: Slice::of(text.get().as_bytes()) },
            codec::Value::Number(number) => ValueAs { number: *number },
            codec::Value::Integer(integer) => ValueAs { integer: *integer },
            codec::Value::Long(long) => ValueAs { long_integer: *long },
            codec::Value::Boolean(boolean) => ValueAs { boolean: u8::from(*boolean) },
            codec::Value::DateTime(time) => ValueAs { datetime_ms: time.to_millis() },
            codec::Value::Location(Location { longitude, latitude, elevation }) => {
                let longitude = *longitude;
                let latitude = *latitude;
                let elevation = *elevation;
                ValueAs { location: LocationValue { longitude, latitude, elevation } }
            }
            codec::Value::Binary(binary) => ValueAs { bytes: Slice::of(binary.get()) },
            codec::Value::Variant(variant) => ValueAs {
                variant: VariantValue {
                    tag: VARIANT,
                    made: core::ptr::null(),
                    opaque: keep(*variant),
                },
            },
            codec::Value::InfoTable(table) => ValueAs { table: Table::of(*table) },
            codec::Value::TimeSpan(TimeSpan { start_ms, end_ms, period }) => {
                let start_ms = *start_ms;
                let end_ms = *end_ms;
                let period = Slice::of(period.as_bytes());
                ValueAs { timespan: TimeSpanValue { start_ms, end_ms, period } }
            }
            codec::Value::Vec2(numbers) => ValueAs { vector: VectorValue::of(numbers) },
            codec::Value::Vec3(numbers) => ValueAs { vector: VectorValue::of(numbers) },
            codec::Value::Vec4(numbers) => ValueAs { vector: VectorValue::of(numbers) },
            codec::Value::ThingCode(ThingCode { domain, instance }) => {
                let domain = *domain;
                let instance = *instance;
                ValueAs { thing_code: ThingCodeValue { domain, instance } }
            }
        };
        Self { base_type: value.base_type().to_u8(), r#as }
    }

    /// The value as the codec has it. What is in a VARIANT that was made by hand
    /// is put in a place of the caller's.
    ///
    /// # Safety
    /// The member for the base type is there, and what it borrows from is
    /// unchanged for `'a`.
    pub(crate) unsafe fn get<'a>(
        &self,
        inner: &'a mut codec::Value<'a>,
    ) -> Result<codec::Value<'a>, Error> {
        if self.base_type == AlwaysonBaseType::Variant as u8 {
            // SAFETY: the member for the base type is there.
            let variant = unsafe { self.r#as.variant };
            if variant.tag == 0 {
                // SAFETY: what it borrows from is there.
                *inner = unsafe { read(variant.made.cast::<Self>())?.plain() }?;
                return Ok(codec::Value::Variant(Variant::new(inner)));
            }
        }
        // SAFETY: as promised.
        unsafe { self.plain() }
    }

    /// As [`get`](Self::get), of anything but a VARIANT that was made by hand.
    ///
    /// # Safety
    /// As there.
    pub(crate) unsafe fn plain<'a>(&self) -> Result<codec::Value<'a>, Error> {
        let base_type = BaseType::from_u8(self.base_type);
        // SAFETY: the member for the base type is there, as promised, and so is
        // what it borrows from.
        unsafe {
            Ok(match base_type {
                BaseType::NOTHING => codec::Value::Nothing,
                BaseType::NUMBER => codec::Value::Number(self.r#as.number),
                BaseType::INTEGER => codec::Value::Integer(self.r#as.integer),
                BaseType::LONG => codec::Value::Long(self.r#as.long_integer),
                BaseType::BOOLEAN => codec::Value::Boolean(self.r#as.boolean != 0),
                BaseType::DATETIME => {
                    codec::Value::DateTime(DateTime::from_millis(self.r#as.datetime_ms))
                }
                BaseType::LOCATION => {
                    let LocationValue { longitude, latitude, elevation } = self.r#as.location;
                    codec::Value::Location(Location { longitude, latitude, elevation })
                }
                BaseType::VARIANT => {
                    let variant = self.r#as.variant;
                    expect(variant.tag, VARIANT)?;
                    codec::Value::Variant(kept(&variant.opaque))
                }
                BaseType::INFOTABLE => codec::Value::InfoTable(self.r#as.table.get()?),
                BaseType::TIMESPAN => {
                    let TimeSpanValue { start_ms, end_ms, period } = self.r#as.timespan;
                    let period = codec::Text::new(period.text()?);
                    codec::Value::TimeSpan(TimeSpan { start_ms, end_ms, period })
                }
                BaseType::VEC2 => {
                    let VectorValue { x, y, .. } = self.r#as.vector;
                    codec::Value::Vec2([x, y])
                }
                BaseType::VEC3 => {
                    let VectorValue { x, y, z, .. } = self.r#as.vector;
                    codec::Value::Vec3([x, y, z])
                }
                BaseType::VEC4 => {
                    let VectorValue { x, y, z, w } = self.r#as.vector;
                    codec::Value::Vec4([x, y, z, w])
                }
                BaseType::THINGCODE => {
                    let ThingCodeValue { domain, instance } = self.r#as.thing_code;
                    codec::Value::ThingCode(ThingCode { domain, instance })
                }
                _ if base_type.is_binary() => {
                    let bytes = self.r#as.bytes.bytes()?;
                    let binary = BinaryValue::new(base_type, bytes);
                    codec::Value::Binary(binary.ok_or(AlwaysonError::Other)?)
                }
                _ => {
                    let text = TextValue::new(base_type, self.r#as.text.text()?);
                    codec::Value::Text(text.ok_or(AlwaysonError::UnknownBaseType)?)
                }
            })
        }
    }
}

/// Returns NOTHING: an absent cell, or no content.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_nothing() -> Value {
    Value::of(&codec::Value::Nothing)
}

/// Returns a STRING.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_string(text: Slice) -> Value {
    Value { base_type: AlwaysonBaseType::String as u8, r#as: ValueAs { text } }
}

/// Returns a NUMBER.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_number(number: f64) -> Value {
    Value::of(&codec::Value::Number(number))
}

/// Returns an INTEGER.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_integer(integer: i32) -> Value {
    Value::of(&codec::Value::Integer(integer))
}

/// Returns a BOOLEAN.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_boolean(boolean: u8) -> Value {
    Value::of(&codec::Value::Boolean(boolean != 0))
}

/// Returns a DATETIME of milliseconds since 1970-01-01 UTC.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_datetime(datetime_ms: i64) -> Value {
    Value::of(&codec::Value::DateTime(DateTime::from_millis(datetime_ms)))
}

/// Returns a TIMESPAN with a period. Start and end are in milliseconds since 1970-01-01 UTC, or
/// `ALWAYSON_NO_TIME_MS`.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_timespan(start_ms: i64, end_ms: i64, period: Slice) -> Value {
    let timespan = TimeSpanValue { start_ms, end_ms, period };
    Value { base_type: AlwaysonBaseType::Timespan as u8, r#as: ValueAs { timespan } }
}

/// Returns a THINGCODE.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_thing_code(domain: i32, instance: i64) -> Value {
    Value::of(&codec::Value::ThingCode(ThingCode { domain, instance }))
}

/// Returns a VARIANT of a value, which must not be moved while the VARIANT is used.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_variant(made: *const Value) -> Value {
    let opaque = [MaybeUninit::uninit(); 3];
    let variant = VariantValue { tag: 0, made: made.cast(), opaque };
    Value { base_type: AlwaysonBaseType::Variant as u8, r#as: ValueAs { variant } }
}

/// Returns an INFOTABLE.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_infotable(table: Table) -> Value {
    Value { base_type: AlwaysonBaseType::Infotable as u8, r#as: ValueAs { table } }
}

/// Sets `inner` to the content of a VARIANT.
///
/// # Safety
/// `value` is NULL or points to a value with the member for its base type, and
/// what that borrows from is unchanged; `inner` is NULL, or can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alwayson_value_inner(value: *const Value, inner: *mut Value) -> Error {
    let get = || {
        let mut place = codec::Value::Nothing;
        // SAFETY: as promised.
        match unsafe { read(value)?.get(&mut place) }? {
            // SAFETY: as promised.
            codec::Value::Variant(variant) => unsafe { put(inner, Value::of(&variant.get())) },
            _ => Err(AlwaysonError::Misuse.into()),
        }
    };
    get().into()
}
