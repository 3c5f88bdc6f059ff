//! The macro for the tables of the protocol.

/// Defines a type for a table of names and numbers: an enum for a `closed` table, and a number
/// with constants for an `open` one.
macro_rules! table {
    (
        $(#[$doc:meta])* closed $Type:ident { $($Name:ident = $number:literal, $text:literal;)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $Type { $(#[doc = concat!("`", $text, "`, ", stringify!($number))] $Name = $number,)+ }

        impl $Type {
            /// All values, in the order of PROTOCOL.md.
            pub const ALL: &'static [Self] = &[$(Self::$Name,)+];

            /// Returns the value with this number, if there is one.
            #[cfg_attr(wide, inline(always))]
            pub const fn from_u8(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$Name),)+ _ => None }
            }

            /// Returns the number on the wire.
            #[cfg_attr(wide, inline(always))]
            pub const fn to_u8(self) -> u8 {
                self as u8
            }

            /// Returns its name in the protocol.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Name => $text,)+ }
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        table!(@debug $Type);
    };
    (
        $(#[$doc:meta])* open $Type:ident { $($NAME:ident = $number:literal, $text:literal;)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Type(u8);

        impl $Type {
            $(#[doc = concat!("`", $text, "`, ", stringify!($number))] pub const $NAME: Self = Self($number);)+

            /// All values with a name, in the order of PROTOCOL.md.
            pub const ALL: &'static [Self] = &[$(Self::$NAME,)+];

            /// Returns the number on the wire.
            #[cfg_attr(wide, inline(always))]
            pub const fn to_u8(self) -> u8 {
                self.0
            }

            /// Returns its name in the protocol, if it has one.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($number => Some($text),)+ _ => None }
            }
        }

        impl fmt::Display for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => write!(f, "{:#04x}", self.0),
                }
            }
        }

        table!(@debug $Type);
    };
    (@debug $Type:ident) => {
        impl fmt::Debug for $Type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}
