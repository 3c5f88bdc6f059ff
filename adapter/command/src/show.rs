//! Formatting that the subcommands share: times, names, widths.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::time::SystemTime;

use alwayson::value::{ToJson as _, Value};
use alwayson_codec::is_unseen;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::failure::Failure;

/// A formatted time up to its seconds and the point after them: `2026-05-01T12:00:00.`.
type Seconds = [u8; 20];

thread_local! {
    /// The last formatted seconds, at their number since 1970 modulo the length: most times that
    /// are shown are close together.
    static LAST: RefCell<[(u64, Seconds); 8]> = const { RefCell::new([(u64::MAX, [0; 20]); 8]) };
}

/// Returns a time in UTC with milliseconds.
pub(crate) fn utc(time: SystemTime) -> String {
    let mut text = String::with_capacity(USUAL.len());
    push_utc(&mut text, time, false);
    text
}

/// Returns the time of day in UTC with milliseconds.
pub(crate) fn time_of_day(time: SystemTime) -> String {
    let mut text = String::with_capacity(USUAL.len());
    push_utc(&mut text, time, true);
    text
}

/// The length of most times.
const USUAL: &str = "2026-05-01T12:00:00.000Z";

/// Appends a time in UTC with milliseconds, or its time of day only.
pub(crate) fn push_utc(text: &mut String, time: SystemTime, is_of_day: bool) {
    let Some((seconds, millis)) = known(time) else {
        let whole = Value::from(time).to_string();
        text.push_str(if is_of_day { clock(&whole) } else { &whole });
        return;
    };
    let seconds = std::str::from_utf8(&seconds).unwrap_or_default();
    let start = if is_of_day { seconds.find('T').map_or(0, |at| at + 1) } else { 0 };
    text.push_str(seconds.get(start..).unwrap_or_default());
    for unit in [100, 10, 1] {
        text.extend(char::from_digit(millis / unit % 10, 10));
    }
    if !is_of_day {
        text.push('Z');
    }
}

/// Returns a time up to its seconds, and its milliseconds, if it has the usual length.
fn known(time: SystemTime) -> Option<(Seconds, u32)> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let number = since.as_secs();
    let seconds = LAST.with_borrow_mut(|last| {
        let count = last.len() as u64;
        let (kept, seconds) = last.get_mut(usize::try_from(number % count).ok()?)?;
        if *kept != number {
            let whole = Value::from(time).to_string();
            *seconds = *whole.as_bytes().first_chunk().filter(|_| whole.len() == USUAL.len())?;
            *kept = number;
        }
        Some(*seconds)
    })?;
    Some((seconds, since.subsec_millis()))
}

/// Returns the time of day of a formatted time in UTC.
pub(crate) fn clock(utc: &str) -> &str {
    match utc.split_once('T') {
        Some((_, time)) => time.trim_end_matches('Z'),
        None => utc,
    }
}

/// Returns the time of day in UTC with milliseconds, preceded by the day if it differs from that of
/// `now`.
pub(crate) fn moment(time: SystemTime, now: SystemTime) -> String {
    if day(time).is_some() && day(time) == day(now) {
        return time_of_day(time);
    }
    let utc = utc(time);
    match utc.split_once('T') {
        Some((day, _)) => format!("{day} {}", clock(&utc)),
        None => utc,
    }
}

/// Returns the number of the day since 1970.
fn day(time: SystemTime) -> Option<u64> {
    const DAY: u64 = 24 * 60 * 60;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.as_secs() / DAY)
}

/// Prints the day before the first line and whenever it changes.
#[derive(Default)]
pub(crate) struct Days {
    /// The number of the day since 1970.
    last: Option<u64>,
}

impl Days {
    /// Returns the line to print before a line with this time, if any.
    pub(crate) fn before(&mut self, time: SystemTime) -> Option<String> {
        let number = day(time);
        if number.is_some() && self.last == number {
            return None;
        }
        self.last = number;
        let utc = utc(time);
        let (day, _) = utc.split_once('T')?;
        Some(format!("{day}, times in UTC"))
    }
}

/// Wraps a text to rows of at most this width; rows after the first are indented.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    const INDENT: &str = "    ";
    let indent = if columns > 2 * INDENT.len() { INDENT } else { "" };
    let options = textwrap::Options::new(columns.max(1))
        .subsequent_indent(indent)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Cow::into_owned).collect()
}

/// Shortens a name to at most this width by leaving out its middle.
pub(crate) fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let half = columns.saturating_sub(1) / 2;
    let mut room = half;
    let mut from = text.len();
    for (at, char) in text.char_indices().rev() {
        let width = char.width().unwrap_or(0);
        if width > room {
            break;
        }
        (room, from) = (room - width, at);
    }
    let end = text.get(from..).unwrap_or_default();
    Cow::Owned(format!("{}{end}", cut(text, columns - half)))
}

/// Returns the width of the terminal, if standard output is one.
pub(crate) fn columns() -> Option<usize> {
    let (columns, _) =
        io::stdout().is_terminal().then(|| crossterm::terminal::size().ok()).flatten()?;
    // A terminal of unknown size reports 0.
    (columns > 0).then_some(usize::from(columns))
}

/// Escapes invisible characters, so that a peer cannot send control characters to the
/// terminal or text that looks like other text.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    // Nearly all text is of these, and bytes are looked at several at a time.
    let is_usual = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !is_usual && text.contains(is_unseen) {
        let escaped = text.chars().flat_map(|char| {
            let is_unseen = is_unseen(char);
            let as_it_is = (!is_unseen).then_some(char);
            let escape = is_unseen.then(|| mark(char)).into_iter().flatten();
            as_it_is.into_iter().chain(escape)
        });
        Cow::Owned(escaped.collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Escapes a text like [`plain`], without a copy of one that stays as it is.
pub(crate) fn into_plain(text: String) -> String {
    match plain(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(escaped) => escaped,
    }
}

/// Escapes a name: like [`plain`], but also spaces at its ends and characters that only
/// look like a space.
pub(crate) fn name(name: &str) -> Cow<'_, str> {
    if name.is_empty() {
        return Cow::Borrowed("\"\"");
    }
    let inner = name.trim_matches(' ');
    let is_other_space = |char: char| char != ' ' && char.is_whitespace();
    if inner.len() == name.len() && !name.contains(is_other_space) {
        return plain(name);
    }
    let start = name.len() - name.trim_start_matches(' ').len();
    let within = start..start + inner.len();
    let marked = name.char_indices().flat_map(|(at, char)| {
        let is_marked = is_unseen(char) || is_other_space(char) || !within.contains(&at);
        let as_it_is = (!is_marked).then_some(char);
        as_it_is.into_iter().chain(is_marked.then(|| mark(char)).into_iter().flatten())
    });
    Cow::Owned(marked.collect())
}

/// Returns the escape of a character: `\t`, `\n` or `\r`, otherwise like `\u{200b}`.
fn mark(char: char) -> impl Iterator<Item = char> {
    let short = matches!(char, '\t' | '\n' | '\r').then(|| char.escape_default());
    let long = short.is_none().then(|| char.escape_unicode());
    short.into_iter().flatten().chain(long.into_iter().flatten())
}

/// Cuts a text to at most this width; a cut text ends with `…`.
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

/// Prints a line to standard output and flushes it.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")?;
    output.flush()
}

/// Prints a text with its time of day, cut at the width of the terminal or wrapped. If the day has
/// changed, a line with the new day comes first.
pub(crate) fn dated(
    days: &mut Days,
    time: SystemTime,
    text: &str,
    is_cut: bool,
) -> Result<(), Failure> {
    if let Some(day) = days.before(time) {
        line(&day)?;
    }
    let text = format!("{}  {}", time_of_day(time), plain(text));
    match columns() {
        Some(columns) if is_cut => line(&cut(&text, columns))?,
        Some(columns) => line(&wrap(&text, columns).join("\n"))?,
        None => line(&text)?,
    }
    Ok(())
}

/// Returns a value on one line, with invisible characters escaped; a table as JSON.
pub(crate) fn value(value: &Value) -> String {
    let text = match value.innermost() {
        Value::InfoTable(table) => table.to_json().to_string(),
        value => value.to_string(),
    };
    into_plain(text)
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
    fn the_middle_of_a_long_name_is_left_out() {
        assert_eq!(shorten("Pump", 10), "Pump");
        assert_eq!(shorten("A-long-name-17", 9), "A-lo…e-17");
        assert_eq!(shorten("水位センサー", 7), "水…ー");
    }

    #[test]
    fn a_long_line_goes_on_below_itself() {
        assert_eq!(wrap("one two three four", 12), ["one two", "    three", "    four"]);
        assert_eq!(wrap("abcdefgh", 4), ["abcd", "efgh"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("a  b", 10), ["a  b"]);
    }

    #[test]
    fn a_time_is_formatted_alike_whether_its_second_was_seen_before_or_not() {
        let at = |millis| SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(millis);
        for millis in [0, 5, 999, 1_000, 8_042, 1_790_000_000_123, 253_402_300_799_999] {
            for _ in 0..2 {
                assert_eq!(utc(at(millis)), Value::from(at(millis)).to_string());
            }
        }
        // The year has five digits, or is before 1970.
        let later = at(253_402_300_800_042);
        let before = SystemTime::UNIX_EPOCH - std::time::Duration::from_millis(1);
        for time in [later, later, before] {
            assert_eq!(utc(time), Value::from(time).to_string());
        }
    }

    #[test]
    fn a_day_is_told_where_it_could_be_taken_for_another() {
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        assert_eq!(moment(at(5), at(9)), "00:00:05.000");
        assert_eq!(moment(at(5), at(86_400)), "1970-01-01 00:00:05.000");
        let mut days = Days::default();
        assert_eq!(days.before(at(5)).unwrap(), "1970-01-01, times in UTC");
        assert_eq!(days.before(at(86_399)), None);
        assert_eq!(days.before(at(86_400)).unwrap(), "1970-01-02, times in UTC");
    }

    #[test]
    fn a_peer_cannot_send_control_characters_to_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(plain("Grüße"), "Grüße");
    }

    #[test]
    fn what_cannot_be_seen_in_a_name_is_marked() {
        for (text, shown) in [
            ("Pump", "Pump"),
            ("Steam Sensor 1", "Steam Sensor 1"),
            ("Pump ", "Pump\\u{20}"),
            (" Pump", "\\u{20}Pump"),
            ("Pump\t", "Pump\\t"),
            ("\u{feff}Pump", "\\u{feff}Pump"),
            ("Pu\u{200b}mp", "Pu\\u{200b}mp"),
            ("Pu\u{202e}pm", "Pu\\u{202e}pm"),
            ("Pu\u{2066}mp", "Pu\\u{2066}mp"),
            ("Pump\u{a0}1", "Pump\\u{a0}1"),
            ("a\r\nb", "a\\r\\nb"),
            ("  ", "\\u{20}\\u{20}"),
            ("", "\"\""),
            ("水位\u{3000}1", "水位\\u{3000}1"),
            ("水位", "水位"),
        ] {
            assert_eq!(name(text), shown, "{text:?}");
        }
    }

    #[test]
    fn the_time_of_day_is_in_utc() {
        assert_eq!(time_of_day(SystemTime::UNIX_EPOCH), "00:00:00.000");
    }
}
