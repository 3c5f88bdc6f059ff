//! Values of one base type as values of another.

use core::error::Error;
use core::fmt;

use super::Value;
use crate::wire::codes::BaseType;

/// Why a value is not converted. It holds nothing of the value itself, which may be a
/// secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvertError {
    expected: BaseType,
    found: BaseType,
    is_lossy: bool,
}

impl ConvertError {
    /// Returns the base type that is expected.
    pub const fn expected(&self) -> BaseType {
        self.expected
    }

    /// Returns the base type of the value.
    pub const fn found(&self) -> BaseType {
        self.found
    }

    /// Returns whether values of both types convert, but this one would lose something: a
    /// NUMBER of 2.5 as INTEGER.
    pub const fn is_lossy(&self) -> bool {
        self.is_lossy
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found, is_lossy } = self;
        write!(f, "expected {expected}, found {}{found}", if *is_lossy { "another " } else { "" })
    }
}

impl Error for ConvertError {}

impl Value {
    /// Returns the value as one of this base type, if nothing of it is lost.
    ///
    /// - The value of a VARIANT is taken out of it.
    /// - NUMBER, INTEGER and LONG convert if the number is the same after it.
    /// - Types whose layout is a string convert, and so do BLOB and IMAGE: the layout
    ///   is the same (PROTOCOL.md §4). A PASSWORD stays one: it would be shown.
    /// - NOTHING stays as it is: it is the absence of a value of any type.
    /// - For VARIANT, and for NOTHING, which stands for a type that is not known, every
    ///   value stays as it is.
    ///
    /// ```
    /// use alwayson_codec::BaseType;
    /// use alwayson_codec::owned::Value;
    ///
    /// assert_eq!(Value::from(2).try_into_type(BaseType::NUMBER)?, Value::from(2.0));
    /// let error = Value::from("2").try_into_type(BaseType::NUMBER).unwrap_err();
    /// assert_eq!(error.to_string(), "expected NUMBER, found STRING");
    /// # Ok::<(), alwayson_codec::owned::ConvertError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConvertError`] if the value is of another type, or would lose something.
    pub fn try_into_type(self, base_type: BaseType) -> Result<Self, ConvertError> {
        if matches!(base_type, BaseType::VARIANT | BaseType::NOTHING) {
            return Ok(self);
        }
        let value = self.into_innermost();
        let found = value.base_type();
        if found == base_type || found == BaseType::NOTHING {
            return Ok(value);
        }
        let is_number =
            |of: BaseType| matches!(of, BaseType::NUMBER | BaseType::INTEGER | BaseType::LONG);
        let is_lossy = is_number(found) && is_number(base_type);
        let error = ConvertError { expected: base_type, found, is_lossy };
        match value {
            Self::Number(number) => from_number(number, base_type),
            Self::Integer(integer) => from_long(integer.into(), base_type),
            Self::Long(long) => from_long(long, base_type),
            Self::Text(of, text) if base_type.is_text() && of != BaseType::PASSWORD => {
                Some(Self::Text(base_type, text))
            }
            Self::Binary(_, bytes) if base_type.is_binary() => Some(Self::Binary(base_type, bytes)),
            _ => None,
        }
        .ok_or(error)
    }
}

/// A double as an integer of this type.
fn from_number(number: f64, base_type: BaseType) -> Option<Value> {
    if base_type == BaseType::NUMBER { None } else { from_long(whole(number)?, base_type) }
}

/// The LONG that a double is, if it has no fraction and is in the range.
fn whole(number: f64) -> Option<i64> {
    /// 2^63, the first double above all LONGs.
    const END: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "compared below")]
    let long = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "a double without a fraction stays the same")]
    #[expect(clippy::float_cmp, reason = "exactly the same is what is asked for")]
    let is_whole = (-END..END).contains(&number) && long as f64 == number;
    is_whole.then_some(long)
}

/// A whole number as another type of number.
fn from_long(long: i64, base_type: BaseType) -> Option<Value> {
    match base_type {
        BaseType::INTEGER => i32::try_from(long).ok().map(Value::Integer),
        BaseType::LONG => Some(Value::Long(long)),
        BaseType::NUMBER => {
            #[expect(clippy::cast_precision_loss, reason = "compared below")]
            let number = long as f64;
            #[expect(clippy::cast_possible_truncation, reason = "an i128 holds every i64 rounded")]
            let is_exact = number as i128 == i128::from(long);
            is_exact.then_some(Value::Number(number))
        }
        _ => None,
    }
}
