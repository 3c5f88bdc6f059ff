//! The functions of a linked program, with the stack frame of each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

use crate::Failure;

/// A function of the program.
#[derive(Debug)]
pub struct Function {
    /// The name, without the hash of the compiler.
    pub name: String,
    /// The mangled name, as in the symbol table.
    pub symbol: String,
    /// The address after its last byte.
    pub end: u64,
    /// The size of its stack frame in bytes as the compiler reports it. `None` if the
    /// function was compiled without `-Z emit-stack-sizes`.
    pub frame: Option<u64>,
}

/// All functions by address.
pub type Functions = BTreeMap<u64, Function>;

/// Reads the functions of a program.
pub fn functions(program: &Path) -> Result<Functions, Failure> {
    let bytes = fs::read(program)?;
    let image = object::File::parse(&*bytes)?;
    let mut functions = Functions::new();
    for symbol in image.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
        // The lowest bit of an address marks Thumb code.
        let start = symbol.address() & !1;
        let symbol_name = symbol.name()?.to_owned();
        let name = format!("{:#}", rustc_demangle::demangle(&symbol_name));
        if symbol.size() > 0 {
            let end = start + symbol.size();
            functions.entry(start).or_insert(Function {
                name,
                symbol: symbol_name,
                end,
                frame: None,
            });
        }
    }
    let section =
        image.section_by_name(".stack_sizes").ok_or("the program has no section .stack_sizes")?;
    let mut rest = section.data()?;
    while let Some((address, after)) = rest.split_first_chunk::<4>() {
        let start = u64::from(u32::from_le_bytes(*address)) & !1;
        let (frame, after) = leb128(after).ok_or("the section .stack_sizes is truncated")?;
        if let Some(function) = functions.get_mut(&start) {
            function.frame = Some(frame);
        }
        rest = after;
    }
    Ok(functions)
}

/// Reads an unsigned LEB128 number, and returns it with the remaining bytes.
fn leb128(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    let mut shift = 0;
    let mut rest = bytes;
    loop {
        let (byte, after) = rest.split_first()?;
        number |= u64::from(byte & 0x7F) << shift;
        (shift, rest) = (shift + 7, after);
        if byte & 0x80 == 0 {
            return Some((number, rest));
        }
    }
}
