//! How texts and numbers are shown: shortened, and in one line of limited length.

use core::fmt::{self, Display, Formatter, Write};

use super::text::Text;

/// The number of characters of a text that are shown.
const TEXT_SHOWN: usize = 48;
/// The largest length of a line, in bytes. The other limits alone do not bound it, because long
/// names and wide tables may come together.
const LINE_SHOWN: usize = 2000;
/// Replaces a secret.
pub(crate) const MASK: &str = "***";
/// Replaces a byte of a secret among hex digits.
pub(super) const MASK_BYTE: &str = "**";

/// A line of limited length.
pub(super) struct Line<'f, 'b> {
    to: &'f mut Formatter<'b>,
    left: usize,
}

impl<'f, 'b> Line<'f, 'b> {
    pub(super) fn new(to: &'f mut Formatter<'b>) -> Self {
        Self { to, left: LINE_SHOWN }
    }
}

impl Write for Line<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.left == 0 {
            return Ok(());
        }
        if let Some(left) = self.left.checked_sub(text.len()) {
            self.left = left;
            return self.to.write_str(text);
        }
        self.left = 0;
        self.to.write_str(" ...")
    }
}

/// Shows the start of a text in one line.
pub(super) struct Short<'a>(pub(super) Text<'a>);

impl Display for Short<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_start(f, self.0, false)
    }
}

/// Shows the start of a text in quotation marks, and escapes those inside.
pub(super) struct Quoted<'a>(pub(super) Text<'a>);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        write_start(f, self.0, true)?;
        f.write_str("\"")
    }
}

fn write_start(f: &mut Formatter<'_>, text: Text<'_>, quoted: bool) -> fmt::Result {
    let mut shown = 0_usize;
    for c in text.as_str().chars().take(TEXT_SHOWN) {
        shown = shown.saturating_add(c.len_utf8());
        if is_unseen(c) {
            write!(f, "\\u{{{:x}}}", u32::from(c))?;
            continue;
        }
        if quoted && matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        f.write_char(c)?;
    }
    match text.len().checked_sub(shown) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, "... +{more} bytes"),
    }
}

/// Returns whether a character breaks a line, is invisible, or changes how other text is shown:
/// control characters, line and paragraph separators, direction controls, zero-width characters
/// and byte order marks. Dumps escape these characters.
pub const fn is_unseen(c: char) -> bool {
    c.is_ascii_control()
        || matches!(
            c,
            '\u{80}'..='\u{9F}'
                | '\u{AD}'
                | '\u{61C}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
        )
}

/// Shows a number with at most six decimals. The formatting of floats in the core library can
/// panic, and is larger than this crate.
pub(super) struct Number(pub(super) f64);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const MILLIONTHS: u64 = 1_000_000;
        let Self(number) = *self;
        if number.is_nan() {
            return f.write_str("NaN");
        }
        if number.is_sign_negative() {
            f.write_str("-")?;
        }
        let mut size = number.abs();
        if size.is_infinite() {
            return f.write_str("infinity");
        }
        // Very large and very small numbers are scaled to one digit.
        let mut exponent = 0_i32;
        if size != 0.0 && !(1e-3..1e15).contains(&size) {
            while size >= 10.0 {
                size /= 10.0;
                exponent = exponent.saturating_add(1);
            }
            while size < 1.0 {
                size *= 10.0;
                exponent = exponent.saturating_sub(1);
            }
        }
        // Both are not negative and below 2^53, so the casts only drop the fraction.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let mut whole = size as u64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let mut millionths = ((size - whole as f64) * MILLIONTHS as f64 + 0.5) as u64;
        if millionths >= MILLIONTHS {
            (whole, millionths) = (whole.saturating_add(1), 0);
            if exponent != 0 && whole == 10 {
                (whole, exponent) = (1, exponent.saturating_add(1));
            }
        }
        whole.fmt(f)?;
        if millionths != 0 {
            f.write_str(".")?;
            while millionths != 0 {
                millionths = millionths.wrapping_mul(10);
                (millionths / MILLIONTHS).fmt(f)?;
                millionths %= MILLIONTHS;
            }
        }
        if exponent == 0 { Ok(()) } else { write!(f, "e{exponent}") }
    }
}
