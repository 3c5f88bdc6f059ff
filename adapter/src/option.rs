//! How options are declared, and the error of a value that an option cannot have.
//!
//! Every group of options is a struct with private fields, `Default`, a setter `with_*` for
//! each option and a getter of its name. A setter of an option that has a range returns an
//! [`OptionError`]. Conditions on two options are checked when the options are used.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::sync::Semaphore;

/// The largest number of permits of a semaphore, which limits every option that is counted by one.
pub(crate) const MOST_AT_A_TIME: usize = Semaphore::MAX_PERMITS;

/// The smallest chunk size, in bytes: the header, the numbers of a chunk, the name of a Thing and
/// some data fit (PROTOCOL.md §5).
pub(crate) const MIN_CHUNK_SIZE: u16 = 64;

/// The shortest time: a timeout of 0 ms would always have expired.
const MIN_TIME: Duration = Duration::from_millis(1);

/// The range of a time.
pub(crate) const TIME: RangeInclusive<Duration> = MIN_TIME..=Duration::MAX;

/// The range of a time of the codec's machines, which count milliseconds in 32 bits.
pub(crate) const MACHINE_TIME: RangeInclusive<Duration> =
    MIN_TIME..=Duration::from_millis(u32::MAX as u64);

/// A value that an option cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the option {name} cannot be {value}: it is {allowed}")]
#[non_exhaustive]
pub struct OptionError {
    /// The name of the option, which is that of its getter.
    pub name: &'static str,
    /// The value that was refused.
    pub value: String,
    /// The allowed values, such as `from 1 to 256`.
    pub allowed: String,
}

/// A value that can be out of range.
pub(crate) trait Ranged: PartialOrd {
    /// Returns the value as text for an error.
    fn text(&self) -> String;
}

macro_rules! ranged {
    ($($number:ty),*) => {
        $(impl Ranged for $number {
            fn text(&self) -> String {
                self.to_string()
            }
        })*
    };
}

ranged!(u16, u32, u64, usize);

impl Ranged for Duration {
    fn text(&self) -> String {
        format!("{self:?}")
    }
}

/// Returns the value if it is in its range.
///
/// # Errors
/// [`OptionError`] if it is not.
pub(crate) fn check<T: Ranged>(
    name: &'static str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<T, OptionError> {
    if range.contains(&value) {
        return Ok(value);
    }
    let allowed = format!("from {} to {}", range.start().text(), range.end().text());
    Err(OptionError { name, value: value.text(), allowed })
}

/// Returns the path of a URL if it begins with `/`.
///
/// # Errors
/// [`OptionError`] if it does not.
pub(crate) fn check_path(name: &'static str, path: String) -> Result<String, OptionError> {
    if path.starts_with('/') {
        return Ok(path);
    }
    let allowed = "a path that begins with /".to_owned();
    Err(OptionError { name, value: quoted(&path), allowed })
}

fn quoted(text: &dyn Display) -> String {
    format!("\"{text}\"")
}

/// Returns a time in milliseconds, as the codec's machines count it. Its range is
/// [`MACHINE_TIME`].
pub(crate) fn ms(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// Returns a time of the codec's machines.
pub(crate) fn from_ms(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// Declares a group of options: for each option its documentation, its getter, its setter, its
/// type, its default and, if it has one, its range.
///
/// Mark an option `ref` if its type is not `Copy`: its getter returns a reference. An option
/// that is marked `own` gets neither a getter nor a setter, and one without the name of a setter
/// gets no setter; they are written next to the group.
macro_rules! options {
    (
        $(#[$meta:meta])*
        pub struct $group:ident {
            $(
                $(#[$doc:meta])*
                $([$kind:ident])? $get:ident $(/ $set:ident)?: $type:ty = $default:expr
                $(, in $range:expr)?;
            )*
        }
    ) => {
        $(#[$meta])*
        pub struct $group {
            $(pub(crate) $get: $type,)*
        }

        impl Default for $group {
            fn default() -> Self {
                Self { $($get: $default,)* }
            }
        }

        impl $group {
            $(
                $crate::option::options!(@get [$($kind)?] [$(#[$doc])*] $get: $type);
                $crate::option::options!(@set [$($set)?] [$($range)?] $get: $type);
            )*
        }
    };
    (@get [] [$($doc:tt)*] $get:ident: $type:ty) => {
        $($doc)*
        pub const fn $get(&self) -> $type {
            self.$get
        }
    };
    (@get [ref] [$($doc:tt)*] $get:ident: $type:ty) => {
        $($doc)*
        pub const fn $get(&self) -> &$type {
            &self.$get
        }
    };
    (@get [own] [$($doc:tt)*] $get:ident: $type:ty) => {};
    (@set [] [] $get:ident: $type:ty) => {};
    (@set [$set:ident] [] $get:ident: $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($get), "`](Self::", stringify!($get), ").")]
        #[must_use]
        pub fn $set(mut self, $get: $type) -> Self {
            self.$get = $get;
            self
        }
    };
    (@set [$set:ident] [$range:expr] $get:ident: $type:ty) => {
        #[doc = concat!("Sets [`", stringify!($get), "`](Self::", stringify!($get), ").")]
        ///
        /// # Errors
        /// [`OptionError`](crate::OptionError) if the value is out of its range.
        pub fn $set(mut self, $get: $type) -> Result<Self, $crate::option::OptionError> {
            self.$get = $crate::option::check(stringify!($get), $get, $range)?;
            Ok(self)
        }
    };
}
pub(crate) use options;
