//! Flash: `.text` and `.rodata` of a program, less those of the empty one.

use std::fs;
use std::path::Path;

use object::{Object, ObjectSection};

use crate::{Failure, PROGRAMS, TARGETS, build};

/// Budgets in bytes, by program. They hold for `BUDGETED`. A device pushes rows of all
/// four fields, which is 282 bytes of it.
const BUDGETS: [(&str, u64); 2] = [("messages", 12 * 1024), ("device", 21 * 1024 + 256)];
const BUDGETED: &str = "thumbv7em-none-eabihf";

/// Prints the table, and says what is over budget.
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
                return Err(format!("nothing is in {program}, so nothing is measured").into());
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

/// How much flash a program takes.
fn size(program: &Path) -> Result<u64, Failure> {
    let bytes = fs::read(program)?;
    let image = object::File::parse(&*bytes)?;
    let is_flash = |name: &str| name.starts_with(".text") || name.starts_with(".rodata");
    let sections = image.sections().filter(|section| section.name().is_ok_and(is_flash));
    Ok(sections.map(|section| section.size()).sum())
}
