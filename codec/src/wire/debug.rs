//! `Debug` for types that can contain secrets. It shows the same as a dump, with secrets masked.

use core::fmt::{self, Display, Formatter, Write};

use super::auth::{Claim, Secret};
use super::codes::BaseType;
use super::dump::{write_flat, write_inner, write_list, write_outer, write_row, write_table};
use super::request::RequestHeader;
use super::scalar::{BinaryValue, TextValue};
use super::shown::{Line, MASK, Quoted, Short};
use super::table::{Cells, Field, Fields, InfoTable, Row, Rows};
use super::value::Value;
use super::variant::Variant;

/// The headers of a request that carry secrets, in any letter case.
pub(super) const SECRET_HEADERS: [&str; 3] = [Claim::APP_KEY, Claim::PASSWORD, "authorization"];

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_outer(&mut Line::new(f), *self)
    }
}

impl fmt::Debug for Variant<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_outer(&mut Line::new(f), self.get())
    }
}

impl fmt::Debug for InfoTable<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_table(&mut Line::new(f), self, write_inner)
    }
}

impl RequestHeader<'_> {
    /// Returns whether its value is a secret, which is never shown. That is so if its name is
    /// `appKey`, `password` or `authorization`, in any letter case.
    pub fn is_secret(&self) -> bool {
        let name = self.name.as_bytes();
        SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
    }
}

impl fmt::Debug for RequestHeader<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", Short(self.name))?;
        if self.is_secret() {
            return f.write_str(MASK);
        }
        Quoted(self.value).fmt(f)
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?}", Short(self.name), self.value)
    }
}

impl fmt::Debug for TextValue<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.base_type() {
            BaseType::PASSWORD => f.write_str(MASK),
            BaseType::STRING => Quoted(self.get()).fmt(f),
            other => write!(f, "{other} {}", Quoted(self.get())),
        }
    }
}

impl fmt::Debug for BinaryValue<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} bytes", self.base_type(), self.get().len())
    }
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let f = &mut Line::new(f);
        write!(f, "{} {}", Short(self.name), self.base_type)?;
        if !self.description.is_empty() {
            write!(f, " {}", Quoted(self.description))?;
        }
        if self.aspects.is_empty() {
            return Ok(());
        }
        f.write_str(" {")?;
        write_list(f, &self.aspects, |f, aspect| {
            write!(f, "{}: ", Short(aspect.name))?;
            match self.base_type {
                BaseType::PASSWORD => f.write_str(MASK),
                _ => write_flat(f, aspect.value),
            }
        })?;
        f.write_str("}")
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} fields", self.len())
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.len())
    }
}

impl fmt::Debug for Cells<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} cells", self.len())
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_row(&mut Line::new(f), &self.table(), self, write_inner)
    }
}
