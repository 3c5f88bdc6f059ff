//! The tables of the Wireshark dissector are those of the codec. With `WRITE_DOCS=1` in the
//! environment this writes them.

use std::fmt::Write as _;
use std::path::Path;

use alwayson_codec::limits::{CHUNK_FIELDS_LEN, DEFAULT_JOIN_TIMEOUT_MS, HEADER_LEN, MAX_NESTING};
use alwayson_codec::{BaseType, Characteristic, Code, EntityType};

const BEGIN: &str = "-- <tables>\n";
const END: &str = "-- </tables>\n";

fn table(name: &str, names: impl Iterator<Item = (u8, &'static str)>) -> String {
    let mut numbered: Vec<_> = names.collect();
    numbered.sort_unstable();
    let mut table = format!("local {name} = {{\n");
    for (number, name) in numbered {
        writeln!(table, "  [{number}] = \"{name}\",").unwrap();
    }
    table.push_str("}\n");
    table
}

fn tables() -> String {
    let codes = (0..=u8::MAX).filter_map(|number| Some((number, Code::from_u8(number)?.name()?)));
    let entity_types = EntityType::ALL.iter().filter_map(|it| Some((it.to_u8(), it.name()?)));
    let characteristics =
        Characteristic::ALL.iter().filter_map(|it| Some((it.to_u8(), it.name()?)));
    let base_types = BaseType::ALL.iter().filter_map(|it| Some((it.to_u8(), it.name()?)));
    [
        format!("local HEADER_LEN = {HEADER_LEN}\n"),
        format!("local CHUNK_FIELDS_LEN = {CHUNK_FIELDS_LEN}\n"),
        format!("local MAX_NESTING = {MAX_NESTING}\n"),
        format!("local JOIN_TIMEOUT_MS = {DEFAULT_JOIN_TIMEOUT_MS}\n"),
        table("CODES", codes),
        table("ENTITY_TYPES", entity_types),
        table("CHARACTERISTICS", characteristics),
        table("BASE_TYPES", base_types),
    ]
    .concat()
}

#[test]
fn the_tables_of_the_dissector_are_those_of_the_codec() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("wireshark/alwayson.lua");
    let dissector = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = dissector.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    let tables = tables();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, [before, BEGIN, &tables, END, after].concat()).unwrap();
        return;
    }
    assert!(
        found == tables,
        "write them by: WRITE_DOCS=1 cargo test -p alwayson-conformance --test wireshark_tables"
    );
}
