//! Who calls whom, read from the disassembly of `llvm-objdump`.
//!
//! A call whose target is neither in the instruction nor known from before (see
//! `registers.rs`) is that of a `dyn Trait` or a function pointer. It is noted
//! as such: a function that may come to one has no bound, and whoever asks for
//! it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::image::{Function, Functions};
use crate::registers::{self, Held, Instruction};
use crate::{Failure, build};

/// What the instructions of a function say.
#[derive(Debug, Default)]
pub struct Code {
    /// The functions that it calls, or jumps to.
    pub calls: BTreeSet<u64>,
    /// An instruction that calls or jumps to an address in a register.
    pub indirect: Option<String>,
    /// What its instructions take of the stack, all together.
    pub taken: u64,
}

/// The code of all functions, by their address.
pub fn read(program: &Path, functions: &Functions) -> Result<BTreeMap<u64, Code>, Failure> {
    let bytes = fs::read(program)?;
    let image = object::File::parse(&*bytes)?;
    let mut codes = BTreeMap::new();
    for (start, instructions) in disassemble(program, functions)? {
        let Some(function) = functions.get(&start) else { continue };
        let inside = |instruction: &Instruction| {
            let address = target(&instruction.operands, functions)?;
            let is_inside = (start..function.end).contains(&address);
            (is_inside && !is_call(&instruction.mnemonic)).then_some(address)
        };
        let held = registers::held(&instructions, &image, inside);
        let mut code = Code::default();
        for (instruction, held) in instructions.iter().zip(&held) {
            note(&mut code, instruction, (start, function), (functions, held)).map_err(|what| {
                format!("{what} at {:#x} in {}", instruction.address, function.name)
            })?;
        }
        codes.insert(start, code);
    }
    Ok(codes)
}

/// The instructions of all functions, by the function's address.
fn disassemble(
    program: &Path,
    functions: &Functions,
) -> Result<BTreeMap<u64, Vec<Instruction>>, Failure> {
    let mut objdump = build::llvm("llvm-objdump")?;
    let output = objdump.args(["-d", "--no-show-raw-insn"]).arg(program).output()?;
    if !output.status.success() {
        return Err(format!("no disassembly: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let mut all = BTreeMap::<u64, Vec<Instruction>>::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let Some((address, instruction)) = line.split_once(':') else { continue };
        let Ok(address) = u64::from_str_radix(address.trim(), 16) else { continue };
        let Some((start, function)) = functions.range(..=address).next_back() else { continue };
        if address < function.end {
            let instruction = instruction.trim();
            let (mnemonic, operands) = instruction.split_once('\t').unwrap_or((instruction, ""));
            let mnemonic = mnemonic.to_owned();
            let operands = operands.to_owned();
            all.entry(*start).or_default().push(Instruction { address, mnemonic, operands });
        }
    }
    Ok(all)
}

/// Notes what one instruction does.
fn note(
    code: &mut Code,
    instruction: &Instruction,
    (start, function): (u64, &Function),
    (functions, held): (&Functions, &Held),
) -> Result<(), &'static str> {
    let mnemonic = &*instruction.mnemonic;
    let operands = instruction.operands.split('@').next().unwrap_or_default().trim();
    code.taken += taken(mnemonic, operands);
    let known = held.get(operands).filter(|address| functions.contains_key(*address));
    if let ("blx" | "bx", Some(address)) = (mnemonic, known) {
        code.calls.insert(*address);
        return Ok(());
    }
    if is_indirect(mnemonic, operands) {
        code.indirect = Some(format!("{mnemonic} {operands}"));
        return Ok(());
    }
    if !is_jump(mnemonic) {
        return Ok(());
    }
    let Some(address) = target(operands, functions) else {
        return if operands.contains('<') { Err("a jump to a place unknown") } else { Ok(()) };
    };
    if !(start..function.end).contains(&address) {
        if !functions.contains_key(&address) {
            return Err("a jump into the middle of a function");
        }
        code.calls.insert(address);
    } else if address == start && is_call(mnemonic) {
        code.calls.insert(address);
    }
    Ok(())
}

/// The address in the operands of a call or jump: before `<function+0x1a>`, or,
/// where it is that of a register and a distance, that of the function.
fn target(operands: &str, functions: &Functions) -> Option<u64> {
    let (before, name) = operands.split_once('<')?;
    let mut words = before.split([',', ' ', '\t']);
    let digits = words.rfind(|word| !word.is_empty())?.strip_prefix("0x");
    if let Some(Ok(address)) = digits.map(|digits| u64::from_str_radix(digits, 16)) {
        return Some(address);
    }
    let name = name.split('>').next()?;
    functions.iter().find(|(_, function)| function.symbol == name).map(|(address, _)| *address)
}

fn is_call(mnemonic: &str) -> bool {
    matches!(mnemonic, "bl" | "blx" | "jal" | "jalr" | "call")
}

/// Whether an instruction may go on elsewhere: calls, and jumps of all kinds.
fn is_jump(mnemonic: &str) -> bool {
    let is_bits = ["bfi", "bfc", "bic"].iter().any(|bits| mnemonic.starts_with(bits));
    is_call(mnemonic)
        || (mnemonic.starts_with(['b', 'j']) && !is_bits)
        || mnemonic.starts_with("cb")
}

/// Whether it goes on at an address in a register, and that is not where it was
/// called from. (`t0`: where outlined functions were called from.)
fn is_indirect(mnemonic: &str, operands: &str) -> bool {
    match mnemonic {
        "bx" => operands != "lr",
        "blx" | "jalr" => !operands.contains('<'),
        "jr" => operands != "t0" && operands != "ra" && !operands.contains('<'),
        "mov" | "add" | "ldr" | "ldr.w" | "ldm" => operands.starts_with("pc,"),
        _ => false,
    }
}

/// What an instruction takes of the stack.
fn taken(mnemonic: &str, operands: &str) -> u64 {
    let last = || {
        let number = operands.rsplit(", ").next().unwrap_or_default().trim_start_matches('#');
        let (sign, digits) = number.strip_prefix('-').map_or((1, number), |digits| (-1, digits));
        let number = match digits.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16),
            None => digits.parse(),
        };
        number.map_or(0, |number| sign * number)
    };
    match mnemonic {
        "push" | "push.w" => 4 * u64::try_from(operands.split(',').count()).unwrap_or_default(),
        "sub" | "sub.w" | "subw" if operands.starts_with("sp") => last().unsigned_abs(),
        "str" | "strd" if operands.contains("]!") && operands.contains("[sp,") => 8,
        "addi" if operands.starts_with("sp, sp,") && last() < 0 => last().unsigned_abs(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_are_not_calls_and_addresses_in_registers_are() {
        for (mnemonic, operands) in [("bx", "lr"), ("jr", "t0"), ("pop", "{r4, pc}"), ("ret", "")] {
            assert!(!is_indirect(mnemonic, operands), "{mnemonic} {operands}");
        }
        for (mnemonic, operands) in
            [("bx", "r3"), ("blx", "r6"), ("jr", "a5"), ("jalr", "a1"), ("mov", "pc, r0")]
        {
            assert!(is_indirect(mnemonic, operands), "{mnemonic} {operands}");
        }
    }

    #[test]
    fn what_an_instruction_takes_of_the_stack_is_seen() {
        assert_eq!(taken("push", "{r4, r5, r7, lr}"), 16);
        assert_eq!(taken("sub", "sp, #0x1c"), 28);
        assert_eq!(taken("sub.w", "sp, sp, #0x200"), 512);
        assert_eq!(taken("addi", "sp, sp, -0x20"), 32);
        assert_eq!(taken("addi", "sp, sp, 0x20") + taken("add", "sp, #0x1c"), 0);
    }
}
