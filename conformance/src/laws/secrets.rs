//! The law that no textual form of a message depends on a secret.

use alwayson_codec::owned::{self, Body, Table, Value};
use alwayson_codec::{BaseType, Message};

use super::Verdict;

/// A dump is one line. The dump and the `Debug` output of a message stay the same if its
/// secrets are replaced by others of other lengths, so they reveal neither content nor
/// length. Secrets are the values of claims, values of type PASSWORD, cells of a field of
/// that type, and the data of a chunk.
///
/// # Errors
/// The bytes break the law; the error says how, in words.
pub fn secrets(bytes: &[u8]) -> Verdict {
    let Ok((message, _)) = Message::decode(bytes) else { return Ok(()) };
    let dump = message.dump().to_string();
    if dump.chars().any(breaks_line) {
        return Err(format!("the dump is not one line: {dump:?}"));
    }
    let mut other = owned::Message::from(message);
    let replaced = match &mut other.body {
        Body::Auth(claims) | Body::ClearAuth(claims) => {
            for claim in claims.iter_mut() {
                replace(&mut claim.value);
            }
            !claims.is_empty()
        }
        Body::Request(owned::Request { params: Some(params), .. }) => in_table(params),
        Body::Response(response) => in_value(&mut response.content),
        Body::Chunk(chunk) => {
            chunk.data.fill(b'?');
            !chunk.data.is_empty()
        }
        _ => false,
    };
    if !replaced {
        return Ok(());
    }
    let other = other.encode_to_vec().map_err(|error| format!("with other secrets: {error}"))?;
    let other = Message::decode_exact(&other)
        .map_err(|error| format!("with other secrets it cannot be decoded: {error}"))?;
    let other_dump = other.dump().to_string();
    if dump != other_dump {
        return Err(format!("the dump shows a secret: {dump} and {other_dump}"));
    }
    let debug = format!("{message:?}");
    let other_debug = format!("{other:?}");
    if debug != other_debug {
        return Err(format!("Debug shows a secret: {debug} and {other_debug}"));
    }
    Ok(())
}

fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns another secret of another length.
fn replace(secret: &mut String) {
    *secret = if secret == "other" { "another".to_owned() } else { "other".to_owned() };
}

/// Replaces the secrets in a value; returns whether there was one.
fn in_value(value: &mut Value) -> bool {
    match value {
        Value::Text(BaseType::PASSWORD, secret) => {
            replace(secret);
            true
        }
        Value::Variant(inner) => in_value(inner),
        Value::InfoTable(table) => in_table(table),
        _ => false,
    }
}

fn in_table(table: &mut Table) -> bool {
    let mut replaced = false;
    for (_, aspect) in table.fields.iter_mut().flat_map(|field| &mut field.aspects) {
        replaced |= in_value(aspect);
    }
    let mut rows: Vec<Vec<Value>> = table.rows().map(|row| row.cells.to_vec()).collect();
    for row in &mut rows {
        for (index, cell) in row.iter_mut().enumerate() {
            let field = table.fields.get(index);
            if field.is_some_and(|field| field.base_type == BaseType::PASSWORD) {
                *cell = Value::Text(BaseType::STRING, "other".to_owned());
                replaced = true;
            } else {
                replaced |= in_value(cell);
            }
        }
    }
    *table = Table::from_rows(std::mem::take(&mut table.fields), rows);
    replaced
}
