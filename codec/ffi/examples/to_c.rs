//! Writes captures and vectors as C arrays, for the C programs:
//! `to_c capture FILE...`, `to_c vectors FILE...` and `to_c sequences FILE...`, to
//! standard output.

use std::error::Error;
use std::fmt::Write;

use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let files = args.map(|path| Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?));
    let files = files.collect::<Result<Vec<Value>, Box<dyn Error>>>()?;
    let text = match command.as_str() {
        "capture" => capture(&files)?,
        "vectors" => vectors(&files)?,
        "sequences" => sequences(&files)?,
        _ => return Err("to_c capture|vectors|sequences FILE...".into()),
    };
    print!("{text}");
    Ok(())
}

/// The frames of captures: who sent them, the opcode, and the bytes.
fn capture(files: &[Value]) -> Result<String, Box<dyn Error>> {
    let mut bytes = String::new();
    let mut entries = String::new();
    for (at, frame) in items(files, "frames").enumerate() {
        let is_edge = u8::from(text(frame, "from") == "edge");
        let opcode = text(frame, "opcode");
        let len = array(&mut bytes, "frame", at, text(frame, "hex"))?;
        writeln!(entries, "  {{{is_edge}, \"{opcode}\", {{frame_{at}, {len}}}}},")?;
    }
    Ok(format!("{bytes}static const struct frame frames[] = {{\n{entries}}};\n"))
}

/// Vectors of single messages: name, result, bytes, and what an invalid one
/// fails with.
fn vectors(files: &[Value]) -> Result<String, Box<dyn Error>> {
    let mut bytes = String::new();
    let mut entries = String::new();
    for (at, vector) in items(files, "vectors").enumerate() {
        let id = text(vector, "id");
        let result = text(vector, "result").to_uppercase();
        let len = array(&mut bytes, "vector", at, text(vector, "hex"))?;
        let (kind, offset) = error(vector);
        writeln!(
            entries,
            "  {{\"{id}\", {result}, {{vector_{at}, {len}}}, {{{kind}, {offset}}}}},"
        )?;
    }
    Ok(format!("{bytes}static const struct vector vectors[] = {{\n{entries}}};\n"))
}

/// Chunks, each with the name of its sequence, whether it is the last, and what the
/// sequence fails with.
fn sequences(files: &[Value]) -> Result<String, Box<dyn Error>> {
    let mut bytes = String::new();
    let mut entries = String::new();
    let mut at = 0;
    for sequence in items(files, "sequences") {
        let id = text(sequence, "id");
        let (kind, _) = error(sequence);
        let chunks = sequence["hex"].as_array().ok_or("a sequence without chunks")?;
        for (index, chunk) in chunks.iter().enumerate() {
            let len = array(&mut bytes, "chunk", at, chunk.as_str().unwrap_or_default())?;
            let is_last = u8::from(index + 1 == chunks.len());
            writeln!(entries, "  {{\"{id}\", {is_last}, {{chunk_{at}, {len}}}, {kind}}},")?;
            at += 1;
        }
    }
    Ok(format!("{bytes}static const struct chunk chunks[] = {{\n{entries}}};\n"))
}

/// What a vector fails with, and where.
fn error(vector: &Value) -> (String, u64) {
    let error = &vector["error"];
    let kind = match error["kind"].as_str() {
        Some(kind) => format!("ALWAYSON_ERROR_{}", screaming(kind)),
        None => "ALWAYSON_ERROR_OK".into(),
    };
    (kind, error["at"].as_u64().unwrap_or_default())
}

fn items<'f>(files: &'f [Value], list: &'f str) -> impl Iterator<Item = &'f Value> {
    files.iter().filter_map(move |file| file[list].as_array()).flatten()
}

fn text<'v>(object: &'v Value, key: &str) -> &'v str {
    object[key].as_str().unwrap_or_default()
}

/// Writes an array of the bytes, which has at least one element, since C knows no
/// empty ones; says how many bytes there are.
fn array(to: &mut String, name: &str, at: usize, hex: &str) -> Result<usize, Box<dyn Error>> {
    write!(to, "static const uint8_t {name}_{at}[] = {{")?;
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes())?;
    for byte in &bytes {
        write!(to, "{byte},")?;
    }
    writeln!(to, "{}}};", if bytes.is_empty() { "0" } else { "" })?;
    Ok(bytes.len())
}

/// `UnexpectedEnd` as `UNEXPECTED_END`.
fn screaming(name: &str) -> String {
    let mut screaming = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !screaming.is_empty() {
            screaming.push('_');
        }
        screaming.extend(letter.to_uppercase());
    }
    screaming
}
