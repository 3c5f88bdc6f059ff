//! The screen of a terminal.

use std::collections::VecDeque;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Cell, Paragraph, Row, Table};
use tui_input::Input;

use super::summary::Summary;
use crate::show;

/// The number of lines that are kept.
const KEPT: usize = 2_000;
/// The lines of the table's header and border.
const TABLE_FRAME: u16 = 2;
/// The prompt.
const PROMPT: &str = "> ";

/// The content of the screen.
pub(super) struct View {
    /// The URL for devices.
    pub(super) url: String,
    /// Whether any key is accepted.
    pub(super) takes_any_key: bool,
    pub(super) things: Vec<Summary>,
    pub(super) connections: usize,
    pub(super) is_traced: bool,
    /// The input line.
    pub(super) input: Input,
    /// The first visible row of the table.
    pub(super) top: usize,
    /// The number of visible rows of the table.
    pub(super) page: usize,
    lines: VecDeque<String>,
    /// The lines, wrapped to the width of the screen.
    rows: VecDeque<String>,
    width: usize,
    /// The number of rows below the last visible one.
    below: usize,
    /// The number of visible rows of lines.
    pub(super) lines_page: usize,
}

impl View {
    pub(super) fn new(url: String, takes_any_key: bool) -> Self {
        Self {
            url,
            takes_any_key,
            things: Vec::new(),
            connections: 0,
            is_traced: false,
            input: Input::default(),
            top: 0,
            page: 1,
            lines: VecDeque::new(),
            rows: VecDeque::new(),
            width: 80,
            below: 0,
            lines_page: 1,
        }
    }

    /// Appends lines. If the user has scrolled up, the visible rows stay the same.
    pub(super) fn tell(&mut self, text: &str) {
        for line in text.lines() {
            if self.lines.len() >= KEPT {
                let first = self.lines.pop_front().unwrap_or_default();
                let gone = show::wrap(&first, self.width).len().min(self.rows.len());
                self.rows.drain(..gone);
            }
            let rows = show::wrap(line, self.width);
            if self.below > 0 {
                self.below += rows.len();
            }
            self.rows.extend(rows);
            self.lines.push_back(line.to_owned());
        }
    }

    /// Returns all lines.
    pub(super) fn told(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Returns the width of the screen.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    fn set_width(&mut self, width: usize) {
        if self.width != width.max(1) {
            self.width = width.max(1);
            self.below = 0;
            self.rows = self.lines.iter().flat_map(|line| show::wrap(line, self.width)).collect();
        }
    }

    /// Scrolls the lines by this many rows, within their bounds.
    pub(super) fn scroll_lines(&mut self, rows: isize) {
        let most = self.rows.len().saturating_sub(self.lines_page);
        self.below = self.below.saturating_add_signed(rows.saturating_neg()).min(most);
    }

    /// Scrolls the table by this many rows, within its bounds.
    pub(super) fn scroll(&mut self, rows: isize) {
        let last = self.things.len().saturating_sub(self.page);
        self.top = self.top.saturating_add_signed(rows).min(last);
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        // The table takes the height it needs, up to half of the screen.
        let wanted = u16::try_from(self.things.len()).unwrap_or(u16::MAX);
        let wanted = wanted.max(1).saturating_add(TABLE_FRAME).min(area.height / 2);
        let parts = [
            Constraint::Length(1),
            Constraint::Length(wanted),
            Constraint::Min(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ];
        let [head, things, lines, prompt, help] = Layout::vertical(parts).areas(area);
        self.draw_head(frame, head);
        self.draw_things(frame, things);
        self.draw_lines(frame, lines);
        self.draw_prompt(frame, prompt);
        let text = match self.below {
            0 => "help  Tab completes  ↑↓ history  PgUp PgDn scroll  Ctrl-↑↓ Things".to_owned(),
            below => format!("{below} more rows below: PgDn; Esc to the end"),
        };
        frame.render_widget(Line::from(text).dim(), help);
    }

    fn draw_head(&self, frame: &mut Frame<'_>, area: Rect) {
        let bound = self.things.iter().filter(|thing| thing.is_connected).count();
        let trace = if self.is_traced { "  trace on" } else { "" };
        let any = if self.takes_any_key { "  any key is accepted" } else { "" };
        let text = format!(
            "{}  connections {}  Things {bound} of {}{trace}{any}",
            self.url,
            self.connections,
            self.things.len()
        );
        frame.render_widget(Line::from(text).bold().reversed(), area);
    }

    fn draw_things(&mut self, frame: &mut Frame<'_>, area: Rect) {
        self.page = usize::from(area.height.saturating_sub(TABLE_FRAME)).max(1);
        self.scroll(0);
        let seen = self.things.iter().skip(self.top).take(self.page);
        // The name takes 2/5 of the width that the fixed columns leave.
        let name_width = usize::from(area.width.saturating_sub(29)) * 2 / 5;
        let rows = seen.map(|thing| {
            let since = thing.since.map(show::utc).unwrap_or_default();
            let (state, style) = if thing.is_connected {
                ("● yes", Style::new().green())
            } else {
                ("○ no", Style::new().dim())
            };
            Row::new([
                Cell::from(show::shorten(&show::name(&thing.name), name_width.max(1)).into_owned()),
                Cell::from(state).style(style),
                Cell::from(show::clock(&since).chars().take(8).collect::<String>()),
                Cell::from(Line::from(thing.messages.to_string()).right_aligned()),
                Cell::from(thing.last_value()),
            ])
        });
        let widths = [
            Constraint::Fill(2),
            Constraint::Length(9),
            Constraint::Length(8),
            Constraint::Length(8),
            Constraint::Fill(3),
        ];
        let head = ["Thing", "connected", "since", "messages", "last value"];
        let head = Row::new(head).style(Style::new().bold());
        let first = self.top + 1;
        let last = self.top + self.page.min(self.things.len() - self.top);
        let below = match self.things.len() {
            0 => "no Things yet: they appear when edges bind them ".to_owned(),
            all if all <= self.page => String::new(),
            all => format!("{first} to {last} of {all} "),
        };
        let block = Block::new().borders(Borders::BOTTOM).title_bottom(below);
        frame.render_widget(Table::new(rows, widths).header(head).block(block), area);
    }

    fn draw_lines(&mut self, frame: &mut Frame<'_>, area: Rect) {
        self.set_width(usize::from(area.width));
        self.lines_page = usize::from(area.height).max(1);
        self.scroll_lines(0);
        let end = self.rows.len() - self.below;
        let first = end.saturating_sub(self.lines_page);
        let seen = self.rows.range(first..end);
        let lines: Vec<Line<'_>> = seen.map(|row| Line::from(row.as_str())).collect();
        frame.render_widget(Paragraph::new(lines), area);
    }

    fn draw_prompt(&self, frame: &mut Frame<'_>, area: Rect) {
        let prompt = u16::try_from(PROMPT.len()).unwrap_or_default();
        let room = area.width.saturating_sub(prompt);
        let scroll = self.input.visual_scroll(usize::from(room.saturating_sub(1)));
        frame.render_widget(Line::from(PROMPT).bold(), area);
        let typed = Rect { x: area.x + prompt, width: room, ..area };
        let shown = Paragraph::new(self.input.value());
        frame.render_widget(shown.scroll((0, u16::try_from(scroll).unwrap_or(0))), typed);
        let cursor = self.input.visual_cursor().saturating_sub(scroll);
        let cursor = u16::try_from(cursor).unwrap_or(0).min(room.saturating_sub(1));
        frame.set_cursor_position((typed.x + cursor, typed.y));
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    fn with_things(count: usize) -> View {
        let mut view = View::new("ws://127.0.0.1:8080/Thingworx/WS".to_owned(), true);
        let thing = |index| Summary {
            name: format!("Machine-{index:03}"),
            node: None,
            is_connected: index < 150,
            since: Some(SystemTime::UNIX_EPOCH),
            messages: 7,
            last: None,
        };
        view.things = (0..count).map(thing).collect();
        view
    }

    fn drawn(view: &mut View, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn many_things_are_scrolled_and_what_happens_stays_in_sight() {
        let mut view = with_things(200);
        view.tell("12:00:00.000  #1    bound          Machine-000");
        let first = drawn(&mut view, 80, 24);
        assert!(first.contains("Things 150 of 200"), "{first}");
        assert!(first.contains("Machine-000") && first.contains("1 to 10 of 200"), "{first}");
        assert!(first.contains("12:00:00.000  #1    bound"), "{first}");
        view.scroll(isize::MAX);
        let last = drawn(&mut view, 80, 24);
        assert!(last.contains("Machine-199") && last.contains("191 to 200 of 200"), "{last}");
        assert!(last.contains("○ no"), "{last}");
        view.scroll(isize::MIN);
        assert_eq!(drawn(&mut view, 80, 24), first);
    }

    #[test]
    fn things_that_have_gone_leave_no_empty_table() {
        let mut view = with_things(200);
        drawn(&mut view, 80, 24);
        view.scroll(isize::MAX);
        view.things.truncate(3);
        assert!(drawn(&mut view, 80, 24).contains("Machine-000"));
    }

    #[test]
    fn what_has_happened_can_be_scrolled_and_stays_where_it_is_looked_at() {
        let mut view = with_things(1);
        for number in 0..100 {
            view.tell(&format!("line {number} of them"));
        }
        let last = drawn(&mut view, 80, 24);
        assert!(last.contains("line 99 of") && !last.contains("line 50 of"), "{last}");
        view.scroll_lines(-40);
        let before = drawn(&mut view, 80, 24);
        assert!(before.contains("line 59 of") && !before.contains("line 60 of"), "{before}");
        assert!(before.contains("40 more rows below"), "{before}");
        view.tell("one more");
        assert!(drawn(&mut view, 80, 24).contains("line 59 of"));
        view.scroll_lines(isize::MAX);
        assert!(drawn(&mut view, 80, 24).contains("one more"));
        view.scroll_lines(isize::MIN);
        assert!(drawn(&mut view, 80, 24).contains("line 0 of"));
    }

    #[test]
    fn a_long_line_is_seen_whole() {
        let mut view = with_things(1);
        view.tell(&format!("not understood  reboot: {} the end", "a word ".repeat(30)));
        assert!(drawn(&mut view, 80, 24).contains("the end"));
        assert!(drawn(&mut view, 30, 40).contains("the end"));
    }

    #[test]
    fn the_head_says_where_devices_connect_and_that_any_key_is_accepted() {
        let seen = drawn(&mut with_things(1), 100, 24);
        assert!(seen.contains("ws://127.0.0.1:8080/Thingworx/WS"), "{seen}");
        assert!(seen.contains("any key is accepted"), "{seen}");
    }

    #[test]
    fn a_terminal_may_be_of_any_size() {
        for (width, height) in [(1, 1), (3, 2), (10, 5), (20, 3), (300, 100)] {
            let mut view = with_things(20);
            view.input = Input::new("read 水位 ".repeat(20));
            view.tell("a line");
            drawn(&mut view, width, height);
        }
    }
}
