//! AUTH, the first message of a connection, and CLEARAUTH, which has the same body.
//!
//! | size | field (PROTOCOL.md §3) |
//! | --- | --- |
//! | 1 | claim count |
//! | | per claim: name string, value string |

use super::list::{self, List, sealed};
use super::reader::{self, Parsed};
use super::text::Text;
use super::writer::Sink;
use crate::error::{Counted, EncodeError};

/// The body of an AUTH or CLEARAUTH: the credentials of the edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auth<'a> {
    /// An AUTH usually has one claim, the application key. A CLEARAUTH was never observed.
    pub claims: List<'a, Claim<'a>>,
}

/// A secret text. `Debug` and defmt mask it, and it has no `Display`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<'a>(Text<'a>);

impl<'a> Secret<'a> {
    /// Creates a secret.
    pub const fn new(secret: &'a str) -> Self {
        Self(Text::new(secret))
    }

    /// Returns the secret itself. Keep it out of logs.
    pub const fn expose(self) -> Text<'a> {
        self.0
    }
}

/// One claim of an AUTH.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// `appKey`, or `userid` and `password` in two claims.
    pub name: Text<'a>,
    /// The key, the name or the password.
    pub value: Secret<'a>,
}

impl<'a> Claim<'a> {
    /// The name of the claim that holds an application key.
    pub const APP_KEY: &'static str = "appKey";
    /// The name of the claim that holds a user's name.
    pub const USER_ID: &'static str = "userid";
    /// The name of the claim that holds a user's password.
    pub const PASSWORD: &'static str = "password";

    /// Creates a claim.
    pub const fn new(name: &'a str, value: &'a str) -> Self {
        Self { name: Text::new(name), value: Secret::new(value) }
    }
}

impl<'a> sealed::Item<'a> for Claim<'a> {
    const COUNTED: Counted = Counted::Claims;

    #[cfg_attr(wide, inline(always))]
    fn copy<S: Sink>(input: &'a [u8], sink: &mut S) -> Parsed<'a, Self> {
        let (rest, (name, value)) = list::copy_pair(input, sink)?;
        Ok((rest, Self { name, value: Secret(value) }))
    }

    #[cfg_attr(wide, inline(always))]
    fn put<S: Sink>(self, sink: &mut S) {
        list::put_pair(self.name, self.value.expose(), sink);
    }
}

impl<'a> Auth<'a> {
    /// Creates an AUTH with these claims.
    ///
    /// # Errors
    /// - [`TooMany`](EncodeError::TooMany) if there are more than 255
    pub fn new(claims: &'a [Claim<'a>]) -> Result<Self, EncodeError> {
        Ok(Self { claims: List::new(claims)? })
    }

    #[cfg_attr(wide, inline(always))]
    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, count) = reader::u8(input)?;
        let (rest, claims) = List::parse(rest, u16::from(count))?;
        Ok((rest, Self { claims }))
    }

    #[cfg_attr(wide, inline(always))]
    pub(crate) fn put<S: Sink>(&self, sink: &mut S) {
        sink.u8(self.claims.count_u8());
        self.claims.put(sink);
    }
}
