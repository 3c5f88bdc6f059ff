//! Flash: the sizes of `.text` and `.rodata` of a program, minus those of the empty
//! program.

use std::fs;
use std::path::Path;

use object::{Object, ObjectSection};

use crate::{Failure, PROGRAMS, TARGETS, build};

/// The budgets in bytes by program. They apply to the target `BUDGETED`. 282 bytes of the
/// budget of `device` are for pushing rows with all four fields.
const BUDGETS: [(&str, u64); 2] = [("messages", 12 * 1024), ("device", 21 * 1024 + 256)];
const BUDGETED: &str = "thumbv7em-none-eabihf";

/// Prints the table, and returns a text for each exceeded budget.
pub fn measure() -> Result<Vec<String>, Failure> {
    let mut exceeded = vec![];
    println!("| flash, in bytes | {} | budgets |", PROGRAMS.join(" | "));
    println!("| --- | {}--- |", "--- | ".repeat(PROGRAMS.len()));
    for target in TARGETS {
        let is_budgeted = target == BUDGETED;
        let programs = build::programs(target, "", "")?;
        let empty = size(&programs.join("empty"))?;
        let mut columns = vec![target.to_owned()];
        for program in PROGRAMS {
            let bytes = size(&programs.join(program))? - empty;
            if bytes == 0 {
                return Err(format!(
                    "{program} is no larger than the empty program, so nothing was measured"
                )
                .into());
            }
            columns.push(bytes.to_string());
            let budget = BUDGETS.iter().find(|(budgeted, _)| *budgeted == program);
            if let Some((_, budget)) = budget.filter(|(_, budget)| bytes > *budget && is_budgeted) {
                exceeded.push(format!("flash of {program}: {bytes} of {budget} bytes"));
            }
        }
        let budgets = BUDGETS.map(|(_, bytes)| bytes.to_string()).join(", ");
        columns.push(if is_budgeted { budgets } else { String::new() });
        println!("| {} |", columns.join(" | "));
    }
    Ok(exceeded)
}

/// Returns the flash size of a program in bytes.
fn size(program: &Path) -> Result<u64, Failure> {
    let bytes = fs::read(program)?;
    let image = object::File::parse(&*bytes)?;
    let is_flash = |name: &str| name.starts_with(".text") || name.starts_with(".rodata");
    let sections = image.sections().filter(|section| section.name().is_ok_and(is_flash));
    Ok(sections.map(|section| section.size()).sum())
}
