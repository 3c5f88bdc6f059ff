//! The call graph, read from the disassembly of `llvm-objdump`.
//!
//! If the target of a call is neither in the instruction nor known from earlier
//! instructions (see `registers.rs`), the call is that of a `dyn Trait` or of a
//! function pointer. It is recorded as indirect: a function that can reach an
//! indirect call has no stack bound, and computing its stack is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::image::{Function, Functions};
use crate::registers::{self, Held, Instruction};
use crate::{Failure, build};

/// The properties of a function's instructions.
#[derive(Debug, Default)]
pub struct Code {
    /// The addresses of the functions that it calls or jumps to.
    pub calls: BTreeSet<u64>,
    /// An instruction that calls or jumps to an unknown address in a register, if any.
    pub indirect: Option<String>,
    /// The number of bytes of stack that all its instructions allocate together.
    pub taken: u64,
}

/// Returns the code of all functions by address.
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

/// Returns the instructions of all functions by the function's address.
fn disassemble(
    program: &Path,
    functions: &Functions,
) -> Result<BTreeMap<u64, Vec<Instruction>>, Failure> {
    let mut objdump = build::llvm("llvm-objdump")?;
    let output = objdump.args(["-d", "--no-show-raw-insn"]).arg(program).output()?;
    if !output.status.success() {
        return Err(
            format!("llvm-objdump failed: {}", String::from_utf8_lossy(&output.stderr)).into()
        );
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

/// Records the effect of one instruction.
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
        return if operands.contains('<') { Err("jump to an unknown address") } else { Ok(()) };
    };
    if !(start..function.end).contains(&address) {
        if !functions.contains_key(&address) {
            return Err("jump into the middle of a function");
        }
        code.calls.insert(address);
    } else if address == start && is_call(mnemonic) {
        code.calls.insert(address);
    }
    Ok(())
}

/// Returns the target address in the operands of a call or jump. It stands before
/// `<function+0x1a>`. If a register and an offset stand there instead, it is the
/// address of the function.
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

/// Returns whether an instruction is a call or any kind of jump.
fn is_jump(mnemonic: &str) -> bool {
    let is_bits = ["bfi", "bfc", "bic"].iter().any(|bits| mnemonic.starts_with(bits));
    is_call(mnemonic)
        || (mnemonic.starts_with(['b', 'j']) && !is_bits)
        || mnemonic.starts_with("cb")
}

/// Returns whether an instruction calls or jumps to an address in a register that is
/// not the return address. (`t0` holds the return address of outlined functions.)
fn is_indirect(mnemonic: &str, operands: &str) -> bool {
    match mnemonic {
        "bx" => operands != "lr",
        "blx" | "jalr" => !operands.contains('<'),
        "jr" => operands != "t0" && operands != "ra" && !operands.contains('<'),
        "mov" | "add" | "ldr" | "ldr.w" | "ldm" => operands.starts_with("pc,"),
        _ => false,
    }
}

/// Returns the number of bytes of stack that an instruction allocates.
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
