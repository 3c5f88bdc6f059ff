//! The status page: one HTML document without scripts, which also works on phones and with screen
//! readers.

use std::fmt::Write as _;

use alwayson::edge::ConnectionState;

use super::{Status, ThingStatus, time, time_ms};
use crate::event::connection;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem}\
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}\
dl{display:grid;gap:.25rem 1rem;grid-template-columns:max-content 1fr;margin:0}\
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\
time{white-space:nowrap}\
table{border-collapse:collapse;width:100%}\
caption{text-align:left}\
th,td{border-bottom:1px solid #8888;padding:.4rem .6rem;text-align:left;\
vertical-align:top;overflow-wrap:anywhere}\
th[scope=row]{min-width:8rem}\
.good{font-weight:600}.good::before{content:'\\2713  '}\
.bad{font-weight:600}.bad::before{content:'\\26A0  '}\
@media (max-width:40rem){\
dl{display:block}dd{margin-bottom:.5rem}\
thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}\
table,tbody,tr,td,th[scope=row]{display:block;border:0;padding:.1rem 0}\
tr{border-bottom:1px solid #8888;padding:.6rem 0}\
td::before{content:attr(data-label) ': ';font-weight:600}}";

/// Returns the page.
pub(super) fn page(status: &Status) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}alwayson gateway</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>alwayson gateway</h1>\n",
        if status.is_connected() { "" } else { "Not connected – " },
    );
    // Writing to a string cannot fail.
    let _ = summary(&mut page, status);
    let _ = things(&mut page, &status.things);
    let _ = problems(&mut page, status);
    page.push_str(
        "</main>\n<footer><p>Times are in UTC. The same in other formats: <a href=\"/status.json\">status.json</a>, \
         <a href=\"/metrics\">metrics</a>.</p></footer>\n</body>\n</html>\n",
    );
    page
}

fn summary(page: &mut String, status: &Status) -> std::fmt::Result {
    let kind = if status.is_connected() { "good" } else { "bad" };
    writeln!(page, "<dl>")?;
    let mut row = |name: &str, value: &str| writeln!(page, "<dt>{name}</dt><dd>{value}</dd>");
    row("Platform", &text(&status.platform))?;
    let state = text(&connection(&status.connection));
    row("Connection", &format!("<span class=\"{kind}\">{state}</span>"))?;
    row("Since", &moment(&time(status.since)))?;
    if let ConnectionState::Authenticated { session, endpoint } = status.connection {
        row("Session, endpoint", &format!("{session}, {endpoint}"))?;
    }
    row("Things", &format!("{} bound of {}", status.bound(), status.things.len()))?;
    row("Requests in the last minute", &status.last_minute.to_string())?;
    let store = match status.store {
        None => "off".to_owned(),
        Some(store) => {
            let oldest = store.oldest.map(|at| format!(", the oldest from {}", moment(&time(at))));
            let oldest = oldest.unwrap_or_default();
            format!("{} messages, {} bytes{oldest}", store.requests, store.bytes)
        }
    };
    row("Store", &store)?;
    row("Started", &moment(&time(status.started)))?;
    row("Version", status.version)?;
    writeln!(page, "</dl>")
}

fn things(page: &mut String, things: &[ThingStatus]) -> std::fmt::Result {
    writeln!(page, "<h2 id=\"things\">Things</h2>")?;
    if things.is_empty() {
        return writeln!(page, "<p>No application has registered a Thing yet.</p>");
    }
    writeln!(
        page,
        "<table aria-labelledby=\"things\">\n<thead><tr><th scope=\"col\">Thing</th>\
         <th scope=\"col\">State</th><th scope=\"col\">Since</th>\
         <th scope=\"col\">Application</th><th scope=\"col\">Last request</th>\
         <th scope=\"col\">Last push</th></tr></thead>\n<tbody>"
    )?;
    for thing in things {
        let kind = if thing.state.is_bound() { "good" } else { "bad" };
        let at = |ms: Option<i64>| ms.map_or_else(|| "never".to_owned(), |ms| moment(&time_ms(ms)));
        writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td data-label=\"State\"><span class=\"{kind}\">{}</span>\
             </td><td data-label=\"Since\">{}</td><td data-label=\"Application\">{}</td>\
             <td data-label=\"Last request\">{}</td><td data-label=\"Last push\">{}</td></tr>",
            text(&thing.name),
            text(&thing.in_words()),
            at(Some(thing.since_ms)),
            text(&thing.application),
            at(thing.last_request_ms),
            at(thing.last_push_ms),
        )?;
    }
    writeln!(page, "</tbody>\n</table>")
}

fn problems(page: &mut String, status: &Status) -> std::fmt::Result {
    writeln!(page, "<h2>Last errors</h2>")?;
    if status.problems.is_empty() {
        return writeln!(page, "<p>None.</p>");
    }
    writeln!(page, "<ol>")?;
    for (at, problem) in &status.problems {
        writeln!(page, "<li>{}: {}</li>", moment(&time(*at)), text(problem))?;
    }
    writeln!(page, "</ol>")
}

/// Returns the HTML of a time: `2026-11-26T11:34:53.345Z` is shown to the second.
fn moment(utc: &str) -> String {
    let shown = utc.get(..19).unwrap_or(utc).replace('T', " ");
    format!("<time datetime=\"{}\">{}</time>", text(utc), text(&shown))
}

/// Escapes a text for HTML.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            char if char.is_control() => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_a_part_of_the_page() {
        assert_eq!(text("<script>\"'&\n"), "&lt;script&gt;&quot;&#39;&amp; ");
    }
}
