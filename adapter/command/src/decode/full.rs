//! The complete content of a message, with secrets masked.

use alwayson::value::{Table, ToJson as _, Value};
use alwayson_codec::{Body, ChunkOf, Message, RequestHeader};

use crate::show;

/// Returns the lines to print below a message: names, headers, and rows of tables as JSON.
pub(super) fn lines(message: &Message<'_>) -> Vec<String> {
    match &message.body {
        Body::Bind(bind) | Body::Unbind(bind) => {
            let gateway = bind.gateway.iter().map(|gateway| {
                let name = gateway.name.as_str();
                let kind = gateway.gateway_type.as_str();
                format!("gateway: {} of type {}", show::name(name), show::name(kind))
            });
            let names =
                bind.names.iter().map(|name| format!("name: {}", show::name(name.as_str())));
            gateway.chain(names).collect()
        }
        Body::Request(request) => {
            let names = [
                format!("entity: {}", show::name(request.entity.name.as_str())),
                format!("name: {}", show::name(request.characteristic_name.as_str())),
            ];
            let headers = request.headers.iter().map(|one| header(&one));
            let mut lines: Vec<_> = names.into_iter().chain(headers).collect();
            if let Some(params) = request.params {
                lines.extend(value("params", &Value::from(Table::from(params))));
            }
            lines
        }
        Body::Response(response) => {
            let reason = response.reason.map(|reason| reason.as_str().to_owned());
            let reason = reason.map(|reason| format!("reason: {}", show::plain(&reason)));
            let content = Value::from(response.content);
            let content = match content {
                Value::Nothing => Vec::new(),
                content => value("content", &content),
            };
            reason.into_iter().chain(content).collect()
        }
        Body::Chunk(chunk) => match &chunk.of {
            ChunkOf::Request(_, entity) => {
                vec![format!("entity: {}", show::name(entity.name.as_str()))]
            }
            _ => Vec::new(),
        },
        // Its claims are secrets.
        Body::Auth(_) | Body::ClearAuth(_) | Body::KeepAlive => Vec::new(),
    }
}

fn header(header: &RequestHeader<'_>) -> String {
    let value = if header.is_secret() { "***" } else { header.value.as_str() };
    format!("header: {} = {}", show::name(header.name.as_str()), show::plain(value))
}

/// A value; of a table its fields, and then a line for each row.
fn value(what: &str, value: &Value) -> Vec<String> {
    let Value::InfoTable(table) = value.innermost() else {
        return vec![format!("{what}: {} {}", value.base_type(), json(value))];
    };
    let fields = table.fields.iter();
    let fields = fields.map(|field| format!("{} {}", show::name(&field.name), field.base_type));
    let fields = fields.collect::<Vec<_>>().join(", ");
    let rows = table.rows().map(|row| format!("  {}", plain(&row.to_json())));
    std::iter::once(format!("{what}: INFOTABLE, {} rows of {fields}", table.len()))
        .chain(rows)
        .collect()
}

fn json(value: &Value) -> String {
    plain(&value.to_json())
}

fn plain(json: &serde_json::Value) -> String {
    show::plain(&json.to_string()).into_owned()
}
