//! Events as lines or as JSON objects.

use std::time::SystemTime;

use alwayson::frame::Direction;
use alwayson::platform::{Event, Update};
use alwayson::transport::{Cause, Ending, Party};
use alwayson_codec::connection::platform::End;
use alwayson_codec::connection::registry::ConnectionId;
use data_encoding::HEXLOWER;
use serde_json::{Value as Json, json};
use unicode_width::UnicodeWidthStr;

use super::frames::Seen;
use super::update;
use crate::show;

/// An event.
pub(super) struct Report {
    time: SystemTime,
    connection: Option<ConnectionId>,
    kind: &'static str,
    details: Details,
}

enum Details {
    Told {
        /// The names it concerns; shortened if the terminal is narrow.
        names: Vec<String>,
        text: String,
        members: Json,
    },
    /// There are many of these, so only what is shown is written.
    Update(Update),
}

/// The length of most lines.
const LINE: usize = 128;

/// The maximum width of a name on a narrow terminal.
const SHORT_NAME: usize = 24;

impl Report {
    fn now(kind: &'static str, text: impl AsRef<str>, members: Json) -> Self {
        Self::named(kind, &[], text, members)
    }

    /// Creates a report with names before its text.
    fn named(kind: &'static str, names: &[&str], text: impl AsRef<str>, members: Json) -> Self {
        let names = names.iter().map(|name| show::name(name).into_owned()).collect();
        let text = show::plain(text.as_ref()).into_owned();
        let details = Details::Told { names, text, members };
        Self { time: SystemTime::now(), connection: None, kind, details }
    }

    /// Adds the node on which it happened.
    fn on(mut self, node: &str) -> Self {
        if let Details::Told { text, members, .. } = &mut self.details {
            let space = if text.is_empty() { "" } else { " " };
            *text = format!("{text}{space}on {}", show::plain(node));
            members["node"] = node.into();
        }
        self
    }

    fn of(self, connection: ConnectionId) -> Self {
        Self { connection: Some(connection), ..self }
    }

    /// Creates a report of a log line.
    pub(super) fn log(line: &str) -> Self {
        Self::now("log", line, json!({}))
    }

    /// Creates a report of what was reloaded.
    pub(super) fn reloaded(what: &[&str]) -> Self {
        let text =
            if what.is_empty() { "nothing: no files were given".into() } else { what.join(", ") };
        Self::now("reloaded", text, json!({"what": what}))
    }

    /// Creates a report that nothing was reloaded, and why.
    pub(super) fn not_reloaded(reason: &str) -> Self {
        let text = format!("{reason}; nothing was changed");
        Self::now("not reloaded", text, json!({"reason": reason}))
    }

    /// Creates a report of lost events or frames.
    pub(super) fn lost(what: &str, count: u64) -> Self {
        let text = format!("{count} {what} were not shown: there were too many");
        Self::now("lost", text, json!({"what": what, "count": count}))
    }

    pub(super) fn frame(seen: &Seen) -> Self {
        let (kind, arrow, direction) = match seen.direction {
            Direction::Received => ("frame", "<-", "received"),
            Direction::Sent => ("frame", "->", "sent"),
        };
        let text = format!("{arrow} {}", seen.text);
        let hex = seen.bytes.as_deref().map(|bytes| HEXLOWER.encode(bytes));
        let members = json!({"direction": direction, "frame": seen.text, "hex": hex});
        Self { time: seen.time, ..Self::now(kind, text, members).of(seen.connection) }
    }

    pub(super) fn event(event: &Event) -> Self {
        match event {
            Event::Connected { connection, peer } => {
                let peer = peer.map(|peer| peer.to_string());
                let from = peer.as_ref().map(|peer| format!("from {peer}")).unwrap_or_default();
                Self::now("connected", from, json!({"peer": peer})).of(*connection)
            }
            Event::NotUpgraded { peer, refusal, untold } => {
                let more = if *untold > 0 {
                    format!("; and {untold} more since the last one")
                } else {
                    String::new()
                };
                let (method, path) = refusal.request.clone().unzip();
                let members = json!({
                    "peer": peer.to_string(), "kind": refusal.kind.name(), "status": refusal.status,
                    "method": method, "path": path, "reason": refusal.to_string(),
                    "untold": untold,
                });
                Self::now("not upgraded", format!("from {peer}: {refusal}{more}"), members)
            }
            Event::Authenticated { connection, session } => {
                let text = format!("session {session}");
                Self::now("authenticated", text, json!({"session": session})).of(*connection)
            }
            Event::Unauthorized { connection } => {
                let text = "its AUTH was refused";
                Self::now("unauthorized", text, json!({})).of(*connection)
            }
            Event::Bound { connection, thing, last_connection } => {
                let last = show::utc(*last_connection);
                let members = json!({"thing": thing, "isConnected": true, "lastConnection": last});
                Self::named("bound", &[thing], "", members).of(*connection)
            }
            Event::Unreadable { connection, fault } => {
                let members = json!({
                    "kind": fault.kind, "offset": fault.offset, "length": fault.len,
                    "bytesFrom": fault.excerpt_at, "bytes": fault.excerpt,
                });
                Self::now("unreadable", fault.to_string(), members).of(*connection)
            }
            Event::BytesFollowed { connection, bytes } => {
                let text = format!("{bytes} bytes after a message were not read");
                Self::now("followed", text, json!({"bytes": bytes})).of(*connection)
            }
            Event::BindRefused { connection, reason } => {
                Self::now("bind refused", reason, json!({"reason": reason})).of(*connection)
            }
            Event::Moved { from, to, thing, last_connection } => {
                let last = show::utc(*last_connection);
                let members = json!({
                    "thing": thing, "from": from.0, "isConnected": true, "lastConnection": last,
                });
                let text = format!("from #{}", from.0);
                Self::named("moved", &[thing], text, members).of(*to)
            }
            Event::Unbound { connection, thing } => {
                let members = json!({"thing": thing, "isConnected": false});
                Self::named("unbound", &[thing], "", members).of(*connection)
            }
            Event::MovedAway { connection, thing, to } => {
                let members = json!({"thing": thing, "isConnected": true, "to": &*to.name});
                Self::named("moved away", &[thing], format!("to {to}"), members).of(*connection)
            }
            Event::Joined { node } => {
                Self::now("joined", format!("as {node}"), json!({"node": &*node.name}))
            }
            Event::Fenced => {
                let text = "the cluster is not reached; all connections end";
                Self::now("fenced", text, json!({}))
            }
            Event::Elsewhere { node, event } => Self::event(event).on(&node.name),
            Event::NotDescribed { thing, reason } => {
                let members = json!({"thing": thing, "reason": reason});
                Self::now("not described", format!("{thing}: {reason}"), members)
            }
            Event::Described { thing } => {
                Self::named("described", &[thing], "", json!({"thing": thing}))
            }
            Event::Disconnected { connection, end, ending } => {
                Self::disconnected(*end, ending).of(*connection)
            }
            _ => Self::now("event", "of an unknown kind", json!({})),
        }
    }

    fn disconnected(end: End, ending: &Ending) -> Self {
        let how = ending.told_of("the edge");
        let (text, reason) = match reason(end) {
            Some(reason) => (format!("{reason}; {how}"), reason.to_owned()),
            None if ending.by == Party::Peer && ending.is_orderly() => {
                (format!("it left: {how}"), how)
            }
            None => (how.clone(), how),
        };
        let mut members = json!({
            "reason": reason, "by": by(ending.by), "how": ending.cause.name(),
            "orderly": ending.is_orderly(),
        });
        if let Some(close) = &ending.close {
            members["code"] = close.code().into();
            members["closeReason"] = close.reason().into();
        }
        match &ending.cause {
            Cause::Protocol(rule) => members["rule"] = rule.as_str().into(),
            Cause::Limit { name, value } | Cause::Silence { name, ms: value } => {
                members["limit"] = (*name).into();
                members["value"] = (*value).into();
            }
            Cause::Broken(kind) => members["error"] = kind.to_string().into(),
            _ => {}
        }
        Self::now("disconnected", text, members)
    }

    pub(super) fn update(update: Update) -> Self {
        let kind = match update {
            Update::Property { .. } => "property",
            Update::Event { .. } => "fired",
            _ => "update",
        };
        let details = Details::Update(update);
        Self { time: SystemTime::now(), connection: None, kind, details }
    }

    pub(super) fn time(&self) -> SystemTime {
        self.time
    }

    /// Returns the event as a line: see [`write_line`](Self::write_line).
    pub(super) fn line(&self, columns: Option<usize>) -> String {
        let mut line = String::with_capacity(LINE);
        self.write_line(&mut line, columns);
        line
    }

    /// Appends the event as a line: time, connection, kind, details. Names are shortened if
    /// the line is wider than `columns`.
    pub(super) fn write_line(&self, line: &mut String, columns: Option<usize>) {
        match &self.details {
            Details::Told { names, text, .. } => {
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                self.write_line_of(line, &names, text, columns);
            }
            Details::Update(update) => {
                let (names, text) = update::shown(update, self.time);
                let names = names.each_ref().map(AsRef::as_ref);
                self.write_line_of(line, &names, &text, columns);
            }
        }
    }

    fn write_line_of(&self, line: &mut String, names: &[&str], text: &str, columns: Option<usize>) {
        let start = line.len();
        self.join(line, names.iter().copied(), text);
        let is_wide = |columns| line.get(start..).is_some_and(|line| line.width() > columns);
        if columns.is_some_and(is_wide) {
            line.truncate(start);
            let short: Vec<_> = names.iter().map(|name| show::shorten(name, SHORT_NAME)).collect();
            self.join(line, short.iter().map(AsRef::as_ref), text);
        }
    }

    fn join<'n>(&self, line: &mut String, names: impl Iterator<Item = &'n str>, text: &'n str) {
        let first = line.len();
        show::push_utc(line, self.time, true);
        line.push_str("  ");
        let start = line.len();
        if let Some(id) = self.connection {
            line.push('#');
            line.push_str(&id.0.to_string());
        }
        pad(line, start + 5);
        line.push(' ');
        let start = line.len();
        line.push_str(self.kind);
        pad(line, start + 13);
        line.push(' ');
        for word in names.chain([text]).filter(|word| !word.is_empty()) {
            line.push(' ');
            line.push_str(word);
        }
        let end = line.get(first..).unwrap_or_default().trim_end().len();
        line.truncate(first + end);
    }

    /// Returns the event as a JSON object.
    pub(super) fn json(&self) -> String {
        let time = show::utc(self.time);
        let members = match &self.details {
            Details::Told { members, .. } => members,
            Details::Update(update) => return update::json(update, self.kind, &time),
        };
        let mut json = json!({"event": self.kind.replace(' ', "-"), "time": time});
        if let Json::Object(json) = &mut json {
            if let Some(connection) = self.connection {
                json.insert("connection".to_owned(), connection.0.into());
            }
            json.extend(
                members
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
        }
        json.to_string()
    }
}

/// Appends spaces up to a length.
fn pad(line: &mut String, len: usize) {
    while line.len() < len {
        line.push(' ');
    }
}

/// Returns who ended a connection, as a platform names it.
const fn by(party: Party) -> &'static str {
    match party {
        Party::Local => "platform",
        Party::Peer => "edge",
        Party::Network => "network",
    }
}

/// Returns why a connection ended, if the protocol was the reason.
const fn reason(end: End) -> Option<&'static str> {
    Some(match end {
        End::TooEarly => "it sent another message before its AUTH was accepted",
        End::AuthTimeout => "it did not send AUTH in time",
        End::Refused => "its AUTH was refused",
        End::Protocol => "it sent a message without a complete header",
        End::Idle => "nothing was received for too long",
        _ => return None,
    })
}
