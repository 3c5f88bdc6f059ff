//! Determines which registers certainly hold the address of a function.
//!
//! A compiler that optimises for size puts the address of a function that is called
//! several times into a register. The addresses are therefore tracked through each
//! function and along its jumps: a register holds an address at an instruction only
//! if it holds this address on every path to the instruction.

use std::collections::BTreeMap;

use object::{Object, ObjectSection};

/// An instruction of the disassembly.
#[derive(Debug)]
pub struct Instruction {
    pub address: u64,
    pub mnemonic: String,
    /// The operands as in the disassembly, with the comment after an `@`.
    pub operands: String,
}

impl Instruction {
    /// Returns the first operand, which receives the result.
    fn first(&self) -> &str {
        self.operands.split(',').next().unwrap_or_default().trim()
    }

    /// Returns whether execution never continues with the following instruction.
    fn ends(&self) -> bool {
        matches!(&*self.mnemonic, "b" | "b.w" | "bx")
            || self.mnemonic.starts_with("pop") && self.operands.contains("pc")
    }
}

/// Registers by name, with the address of Thumb code in each.
pub type Held = BTreeMap<String, u64>;

/// Returns what the registers hold before each instruction of a function.
pub fn held(
    instructions: &[Instruction],
    image: &object::File<'_>,
    target: impl Fn(&Instruction) -> Option<u64>,
) -> Vec<Held> {
    // The registers at each jump target, according to all jumps seen so far. Each
    // iteration can only remove registers, so the loop ends.
    let mut at_jump = BTreeMap::<u64, Held>::new();
    loop {
        let before = at_jump.clone();
        let mut all = Vec::with_capacity(instructions.len());
        let mut here = Some(Held::new());
        for instruction in instructions {
            let jumped = at_jump.get(&instruction.address).cloned();
            let mut now = join(here, jumped).unwrap_or_default();
            all.push(now.clone());
            apply(&mut now, instruction, image);
            if let Some(address) = target(instruction) {
                let known = at_jump.remove(&address);
                at_jump.extend(join(known, Some(now.clone())).map(|held| (address, held)));
            }
            here = (!instruction.ends()).then_some(now);
        }
        if at_jump == before {
            return all;
        }
    }
}

/// Returns the registers that are the same on both paths, or those of the only path.
fn join(first: Option<Held>, second: Option<Held>) -> Option<Held> {
    match (first, second) {
        (Some(mut first), Some(second)) => {
            first.retain(|register, address| second.get(register) == Some(address));
            Some(first)
        }
        (first, second) => first.or(second),
    }
}

/// Applies an instruction to the registers.
fn apply(held: &mut Held, instruction: &Instruction, image: &object::File<'_>) {
    let Instruction { mnemonic, operands, .. } = instruction;
    if matches!(&**mnemonic, "bl" | "blx") {
        held.retain(|register, _| !["r0", "r1", "r2", "r3", "r12", "lr"].contains(&&**register));
        return;
    }
    if operands.contains('{') || mnemonic.starts_with("ldrd") || mnemonic.contains("mull") {
        // A register list may contain a range, which does not name all of its registers.
        let is_range = operands.contains('-');
        held.retain(|register, _| !is_range && !operands.contains(&**register));
        return;
    }
    let first = instruction.first();
    let from = operands.split_once(", ").map(|(_, from)| from);
    let copied = from.filter(|_| mnemonic == "mov").and_then(|from| held.get(from).copied());
    let literal = operands.split_once("@ 0x").filter(|_| mnemonic.starts_with("ldr"));
    let loaded = literal.and_then(|(_, rest)| {
        let address = u64::from_str_radix(rest.split_whitespace().next()?, 16).ok()?;
        word(image, address).filter(|word| word & 1 == 1).map(|word| word & !1)
    });
    let is_read = ["str", "cmp", "tst", "cb", "b"].iter().any(|read| mnemonic.starts_with(read));
    if !is_read {
        held.remove(first);
    }
    held.extend(copied.or(loaded).map(|address| (first.to_owned(), address)));
}

/// Returns the word at an address of the program.
fn word(image: &object::File<'_>, address: u64) -> Option<u64> {
    let section = image.sections().find_map(|section| section.data_range(address, 4).ok()?)?;
    Some(u64::from(u32::from_le_bytes(section.try_into().ok()?)))
}
