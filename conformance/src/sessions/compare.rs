//! Comparison of what a side did with the dialogue.

use alwayson_codec::Message;
use alwayson_codec::owned::{self, Body};

use super::ids::KnownIds;
use super::step::{self, Out, Sent, Told};
use crate::diff::{self, Difference};

/// A frame that a side sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    Message(Vec<u8>),
    Ping,
    Close(u16),
}

/// Returns a frame as a readable line.
fn packet(connection: usize, packet: &Packet) -> String {
    let what = match packet {
        Packet::Message(bytes) => step::dump(bytes),
        Packet::Ping => "ping".to_owned(),
        Packet::Close(code) => format!("close {code}"),
    };
    format!("{what} (connection {connection})")
}

fn out(out: &Out) -> String {
    let packet = match &out.sent {
        Sent::Message { dump, .. } => dump.clone(),
        Sent::Ping {} => "ping".to_owned(),
        Sent::Close { code: Some(code) } => format!("close {code}"),
        Sent::Close { code: None } => "close".to_owned(),
    };
    format!("{packet} (connection {})", out.connection)
}

/// Compares the sent frames of all connections, in order for each.
pub(super) fn sent(
    expected: &[Out],
    actual: &[(usize, Packet)],
    ids: &mut [KnownIds],
) -> Result<(), Difference> {
    for (index, ids) in ids.iter_mut().enumerate() {
        let connection = index + 1;
        let mut expected = expected.iter().filter(|out| out.connection == connection);
        let mut actual = actual.iter().filter(|(sender, _)| *sender == connection);
        loop {
            match (expected.next(), actual.next()) {
                (None, None) => break,
                (Some(expected), Some((_, actual))) => one(expected, actual, ids)?,
                (expected, actual) => {
                    let nothing = || "nothing".to_owned();
                    let actual = actual.map_or_else(nothing, |(_, sent)| packet(connection, sent));
                    let expected = expected.map_or_else(nothing, out);
                    return Err(Difference::new("what is sent", expected, actual));
                }
            }
        }
    }
    Ok(())
}

pub(crate) fn one(expected: &Out, actual: &Packet, ids: &mut KnownIds) -> Result<(), Difference> {
    match (&expected.sent, actual) {
        (Sent::Message { hex, reason_names, any_failure, .. }, Packet::Message(bytes)) => {
            message(hex, bytes, (reason_names, *any_failure), ids)
        }
        (Sent::Ping {}, Packet::Ping) => Ok(()),
        (Sent::Close { code }, Packet::Close(actual))
            if code.is_none_or(|code| code == *actual) =>
        {
            Ok(())
        }
        _ => {
            let actual = packet(expected.connection, actual);
            Err(Difference::new("what is sent", out(expected), actual))
        }
    }
}

/// Compares two messages byte for byte, except for ids that the side chose, the wording of
/// reasons, and the order of names.
fn message(
    expected: &[u8],
    actual: &[u8],
    (reason_names, any_failure): (&[String], bool),
    ids: &mut KnownIds,
) -> Result<(), Difference> {
    let expected = ids.outgoing(expected, actual);
    let views = (Message::decode_exact(&expected), Message::decode_exact(actual));
    let (Ok(expected_view), Ok(actual_view)) = views else {
        return diff::bytes("the message", &expected, actual).map_or(Ok(()), Err);
    };
    let [expected_model, actual_model] = [expected_view, actual_view].map(owned::Message::from);
    if let Body::Response(response) = &actual_model.body {
        let reason = response.reason.clone().unwrap_or_default();
        if let Some(name) = reason_names.iter().find(|name| !reason.contains(name.as_str())) {
            return Err(Difference::new("the reason", format!("something with {name}"), reason));
        }
    }
    let [expected_model, mut actual_model] = [expected_model, actual_model].map(without_freedom);
    if let (Body::Response(expected), Body::Response(actual)) =
        (&expected_model.body, &mut actual_model.body)
    {
        if any_failure && !expected.status.is_success() && !actual.status.is_success() {
            actual.status = expected.status;
        }
    }
    let Some(at) = diff::messages("the message", &expected_model, &actual_model) else {
        return Ok(());
    };
    let [expected, actual] = [&expected, actual].map(|bytes: &[u8]| step::dump(bytes));
    Err(Difference::new(
        at.what,
        format!("{}: {expected}", at.expected),
        format!("{}: {actual}", at.actual),
    ))
}

/// Returns a message without the parts that an implementation may choose.
fn without_freedom(mut message: owned::Message) -> owned::Message {
    match &mut message.body {
        Body::Response(response) => response.reason = None,
        Body::Bind(bind) | Body::Unbind(bind) => bind.names.sort(),
        _ => {}
    }
    message
}

/// Compares the reported effects, in any order.
pub(super) fn told(expected: &[Told], mut actual: Vec<Told>) -> Result<(), Difference> {
    let mut missing = Vec::new();
    for told in expected.iter().flat_map(each) {
        match actual.iter().position(|other| *other == told) {
            Some(at) => drop(actual.remove(at)),
            None => missing.push(told),
        }
    }
    if missing.is_empty() && actual.is_empty() {
        return Ok(());
    }
    Err(Difference::new("what is told", lines(&missing), lines(&actual)))
}

/// Expands an effect with `times`.
pub(crate) fn each(told: &Told) -> Vec<Told> {
    let step::Effect::Request { request, times } = told.effect else { return vec![told.clone()] };
    let one = |n| Told {
        connection: told.connection,
        effect: step::Effect::Request { request: request.wrapping_add(n), times: 1 },
    };
    (0..times).map(one).collect()
}

fn lines(told: &[Told]) -> String {
    if told.is_empty() {
        return "nothing else".to_owned();
    }
    // Cannot fail: all keys are strings, and writing to memory succeeds.
    let line = |told| serde_json::to_string(told).unwrap_or_default();
    told.iter().map(line).collect::<Vec<_>>().join(", ")
}
