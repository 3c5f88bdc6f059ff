//! What commands have in common when they show something: times, widths, JSON.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::time::SystemTime;

use alwayson::value::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A time in UTC, to the millisecond.
pub(crate) fn utc(time: SystemTime) -> String {
    Value::from(time).to_string()
}

/// The time of day in UTC, to the millisecond.
pub(crate) fn time_of_day(time: SystemTime) -> String {
    clock(&utc(time)).to_owned()
}

/// The time of day of a time in UTC.
pub(crate) fn clock(utc: &str) -> &str {
    match utc.split_once('T') {
        Some((_, time)) => time.trim_end_matches('Z'),
        None => utc,
    }
}

/// How wide the terminal is that the standard output stream goes to, if it does.
pub(crate) fn columns() -> Option<usize> {
    let (columns, _) =
        io::stdout().is_terminal().then(|| crossterm::terminal::size().ok()).flatten()?;
    // A terminal that does not know says 0.
    (columns > 0).then_some(usize::from(columns))
}

/// A text without control characters, so that a peer cannot send any to the
/// terminal.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        let escaped = text.chars().flat_map(|char| {
            let is_control = char.is_control();
            let as_it_is = (!is_control).then_some(char);
            let escape = is_control.then(|| char.escape_default()).into_iter().flatten();
            as_it_is.into_iter().chain(escape)
        });
        Cow::Owned(escaped.collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A text that is no wider than so many columns: what is too long ends with `…`.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut room = columns.saturating_sub(1);
    let fits = |char: &char| {
        let width = char.width().unwrap_or(0);
        let fits = width <= room;
        room = if fits { room - width } else { 0 };
        fits
    };
    let mut start: String = text.chars().take_while(fits).collect();
    start.push('…');
    Cow::Owned(start)
}

/// A line to the standard output stream, there at once.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")?;
    output.flush()
}

/// A value on one line: a text as it is, without control characters.
pub(crate) fn value(value: &Value) -> String {
    plain(&value.to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_columns_not_at_bytes() {
        assert_eq!(cut("Pumpe", 5), "Pumpe");
        assert_eq!(cut("Kläranlage", 5), "Klär…");
        assert_eq!(cut("水位センサー", 5), "水位…");
        assert_eq!(cut("水位センサー", 4), "水…");
    }

    #[test]
    fn a_peer_cannot_send_control_characters_to_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(plain("Grüße"), "Grüße");
    }

    #[test]
    fn the_time_of_day_is_in_utc() {
        assert_eq!(time_of_day(SystemTime::UNIX_EPOCH), "00:00:00.000");
    }
}
