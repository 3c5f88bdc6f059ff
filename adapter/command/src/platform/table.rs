//! Tables as text.

use std::time::SystemTime;

use alwayson::value::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table as Shown};

use super::summary::Summary;
use crate::show;

/// The maximum number of rows that are shown.
const ROWS: usize = 200;

/// Returns a table as text, at most this wide.
pub(super) fn of(table: &Table, columns: Option<usize>) -> String {
    let mut shown = empty(columns);
    shown.set_header(table.fields.iter().map(|field| {
        let name = show::name(&field.name);
        format!("{name}\n{}", field.base_type)
    }));
    for row in table.rows().take(ROWS) {
        shown.add_row(row.cells.iter().map(show::value));
    }
    match table.len().checked_sub(ROWS) {
        None | Some(0) => shown.to_string(),
        Some(more) => format!("{shown}\n{more} more rows"),
    }
}

/// Returns a table of summaries of Things.
pub(super) fn of_things(things: &[Summary], columns: Option<usize>) -> String {
    let mut shown = empty(columns);
    let mut head = vec!["Thing", "connected", "since", "messages", "last value"];
    let has_nodes = things.iter().any(|thing| thing.node.is_some());
    if has_nodes {
        head.push("node");
    }
    shown.set_header(head);
    for thing in things {
        let mut row = vec![
            show::name(&thing.name).into_owned(),
            if thing.is_connected { "yes" } else { "no" }.to_owned(),
            thing.since.map(to_the_second).unwrap_or_default(),
            thing.messages.to_string(),
            thing.last_value(),
        ];
        if has_nodes {
            row.push(thing.node.as_deref().map(show::name).unwrap_or_default().into_owned());
        }
        shown.add_row(row);
    }
    if let Some(messages) = shown.column_mut(3) {
        messages.set_cell_alignment(CellAlignment::Right);
    }
    shown.to_string()
}

/// Returns a time in UTC without milliseconds, to save width.
fn to_the_second(time: SystemTime) -> String {
    let utc = show::utc(time);
    utc.split_once('.').map_or(utc.clone(), |(seconds, _)| format!("{seconds}Z"))
}

fn empty(columns: Option<usize>) -> Shown {
    let mut shown = Shown::new();
    shown.load_preset(UTF8_FULL_CONDENSED);
    match columns.and_then(|columns| u16::try_from(columns).ok()) {
        Some(columns) => {
            shown.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
        }
        None => {
            shown.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    shown
}
