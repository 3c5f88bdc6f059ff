//! How the tables of the protocol are written down.

/// Turns a table of names and numbers into a type: `closed` ones into an enum,
/// `open` ones into a number with constants.
macro_rules! table {
    (
        $(#[$doc:meta])* closed $Type:ident { $($Name:ident = $number:literal, $text:literal;)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $Type { $(#[doc = concat!("`", $text, "`, ", stringify!($number))] $Name = $number,)+ }

        impl $Type {
            /// All of them, in the order of the protocol page.
            pub const ALL: &'static [Self] = &[$(Self::$Name,)+];

            /// The one with this number, if there is one.
            #[cfg_attr(wide, inline(always))]
            pub const fn from_u8(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$Name),)+ _ => None }
            }

            /// The number on the wire.
            #[cfg_attr(wide, inline(always))]
            pub const fn to_u8(self) -> u8 {
                self as u8
            }

            /// Its name in the protocol.
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

            /// All that have a name, in the order of the protocol page.
            pub const ALL: &'static [Self] = &[$(Self::$NAME,)+];

            /// The number on the wire.
            #[cfg_attr(wide, inline(always))]
            pub const fn to_u8(self) -> u8 {
                self.0
            }

            /// Its name in the protocol, if it has one.
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
