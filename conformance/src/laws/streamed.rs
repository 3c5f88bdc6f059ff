//! A message whose table is written cell by cell, through the codec's public writers.

use alwayson_codec::owned::{Body, Message, Table, Value};
use alwayson_codec::{self as codec, Aspect, EncodeError, RowsWriter, ShapeWriter};

/// Encodes a message and streams its table: the parameters of a request or the content of
/// a response, and the tables in its cells, are written by closures straight into the
/// message. Returns `None` for a message without such a table.
pub(super) fn encode(message: &Message) -> Option<Result<Vec<u8>, EncodeError>> {
    let encode = |body: codec::Body<'_>, table: &Table| {
        let message = codec::Message { ids: message.ids, body };
        let write = |buffer: &mut [u8]| {
            message.encode_with_table(buffer, |s| shape(table, s), |r| rows(table, r))
        };
        let mut bytes = match write(&mut []) {
            Err(EncodeError::BufferTooSmall { needed }) => vec![0; needed],
            other => return other.map(|_| Vec::new()),
        };
        let len = write(&mut bytes)?;
        bytes.truncate(len);
        Ok(bytes)
    };
    match &message.body {
        Body::Request(request) => {
            let params = request.params.as_ref()?;
            let encoded = request.with_head(|head| encode(codec::Body::Request(head), params));
            Some(encoded.and_then(|encoded| encoded))
        }
        Body::Response(response) => match &response.content {
            Value::InfoTable(table) => Some(encode(codec::Body::Response(response.head()), table)),
            _ => None,
        },
        _ => None,
    }
}

fn shape(table: &Table, shape: &mut ShapeWriter<'_, '_>) {
    for field in &table.fields {
        if field.description.is_empty() && field.aspects.is_empty() {
            shape.field(&field.name, field.base_type);
            continue;
        }
        with_aspects(&field.aspects, &mut Vec::new(), &mut |aspects| {
            shape.field_with(&field.name, &field.description, field.base_type, aspects);
        });
    }
}

/// Collects the views of aspects, each of which is lent what is encoded for it.
fn with_aspects(
    aspects: &[(String, Value)],
    views: &mut Vec<Aspect<'_>>,
    then: &mut dyn FnMut(&[Aspect<'_>]),
) {
    let Some(((name, value), rest)) = aspects.split_first() else { return then(views) };
    // What was decoded can be encoded.
    let _ = value.with_view(|view| {
        let mut views: Vec<Aspect<'_>> = views.clone();
        views.push(Aspect::new(name, view));
        with_aspects(rest, &mut views, then);
    });
}

fn rows(table: &Table, rows: &mut RowsWriter<'_, '_>) {
    for row in table.rows() {
        rows.row(|writer| {
            for cell in row.cells {
                match cell {
                    Value::InfoTable(table) => {
                        writer.table(|s| shape(table, s), |r| self::rows(table, r));
                    }
                    Value::Variant(inner) => match &**inner {
                        Value::InfoTable(table) => {
                            writer.variant_table(|s| shape(table, s), |r| self::rows(table, r));
                        }
                        // What was decoded can be encoded.
                        inner => drop(inner.with_view(|inner| writer.variant(inner))),
                    },
                    scalar => drop(scalar.with_view(|scalar| writer.cell(scalar))),
                }
            }
        });
    }
}
