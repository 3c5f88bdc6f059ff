//! Stack: the deepest path through the calls of each entry.
//!
//! The compiler reports the frame sizes (`-Z emit-stack-sizes`). A few functions, such
//! as `memcpy`, were compiled without this report; their frames are computed from
//! their instructions. Jump tables are disabled, because on some targets they look
//! like calls of an address in a register.

use std::collections::BTreeMap;

use crate::calls::{self, Code};
use crate::image::{self, Functions};
use crate::{Failure, PROGRAMS, TARGETS, build};

/// A module whose functions are all entries, and the budgets of these entries.
struct Entries {
    program: &'static str,
    module: &'static str,
    budget: fn(&str) -> Option<u64>,
}

const ENTRIES: [Entries; 2] = [
    Entries {
        program: "messages",
        module: "messages::",
        budget: |entry| (entry == "decode").then_some(512),
    },
    Entries {
        program: "long_messages",
        module: "alwayson_links::device::",
        budget: |entry| (entry.starts_with("handle") || entry.starts_with("poll")).then_some(1024),
    },
];

/// Prints the table, and returns a text for each exceeded budget.
pub fn measure() -> Result<Vec<String>, Failure> {
    let mut table = BTreeMap::<(usize, String), Vec<Depth>>::new();
    for target in TARGETS {
        let flags = "-Zemit-stack-sizes -Cjump-tables=off";
        let built = build::programs(target, "+nightly", flags)?;
        for program in PROGRAMS {
            let program_image = built.join(program);
            let functions = image::functions(&program_image)?;
            let codes = calls::read(&program_image, &functions)?;
            let graph = Graph { functions, codes };
            graph.check_recursion().map_err(|cycle| format!("{program}, {target}: {cycle}"))?;
            for (index, entries) in ENTRIES.iter().enumerate() {
                if entries.program != program {
                    continue;
                }
                for (entry, address) in graph.entries(entries.module) {
                    let depth = graph.depth(address).map_err(|e| format!("{target}: {e}"))?;
                    table.entry((index, entry)).or_default().push(depth);
                }
            }
        }
    }
    print(&table)
}

fn print(table: &BTreeMap<(usize, String), Vec<Depth>>) -> Result<Vec<String>, Failure> {
    let mut exceeded = vec![];
    println!("\n| stack, in bytes | {} | budget |", TARGETS.join(" | "));
    println!("| --- | {}--- |", "--- | ".repeat(TARGETS.len()));
    for ((index, entry), depths) in table {
        let budget = (ENTRIES[*index].budget)(entry);
        let columns: Vec<_> = depths.iter().map(|depth| depth.bytes.to_string()).collect();
        let columns = columns.join(" | ");
        let shown = budget.map_or(String::new(), |budget| budget.to_string());
        println!("| {entry} | {columns} | {shown} |");
        let deepest = depths.iter().max().cloned().unwrap_or_default();
        if let Some(budget) = budget.filter(|budget| deepest.bytes > *budget) {
            let Depth { bytes, path } = deepest;
            exceeded.push(format!("stack of {entry}: {bytes} of {budget} bytes{path}"));
        }
    }
    let has = |entry: &str| table.keys().any(|(_, name)| name == entry);
    for entry in ["decode", "handle_received", "handle_timeout", "poll_transmit", "poll_event"] {
        if !has(entry) {
            return Err(format!("entry {entry} not found").into());
        }
    }
    Ok(exceeded)
}

/// The depth of the stack in bytes, and the calls on the path to it.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Depth {
    bytes: u64,
    path: String,
}

struct Graph {
    functions: Functions,
    codes: BTreeMap<u64, Code>,
}

impl Graph {
    /// Returns the functions of a module with their names in the module.
    fn entries(&self, module: &str) -> Vec<(String, u64)> {
        let entry = |name: &str| {
            let name = name.strip_prefix(module)?.split("::<").next()?;
            (!name.contains("::") && name != "run").then(|| name.to_owned())
        };
        self.functions.iter().filter_map(|(at, f)| Some((entry(&f.name)?, *at))).collect()
    }

    fn frame(&self, address: u64) -> u64 {
        let taken = self.codes.get(&address).map_or(0, |code| code.taken);
        self.functions.get(&address).and_then(|function| function.frame).unwrap_or(taken)
    }

    fn name(&self, address: u64) -> &str {
        self.functions.get(&address).map_or("?", |function| &function.name)
    }

    /// Returns the stack of a function, including everything that it calls, and the deepest
    /// path.
    ///
    /// # Errors
    /// The function can reach an indirect call, so it has no bound.
    fn depth(&self, address: u64) -> Result<Depth, String> {
        let mut deepest = Depth::default();
        if let Some(code) = self.codes.get(&address) {
            if let Some(instruction) = &code.indirect {
                let name = self.name(address);
                return Err(format!(
                    "{name} has no stack bound: the target of `{instruction}` is unknown"
                ));
            }
            for callee in &code.calls {
                deepest = deepest.max(self.depth(*callee)?);
            }
        }
        let frame = self.frame(address);
        let path = format!("\n  {frame:4} {}{}", self.name(address), deepest.path);
        Ok(Depth { bytes: frame + deepest.bytes, path })
    }

    /// Checks that no function calls itself, directly or through other functions.
    ///
    /// # Errors
    /// A text with the first function that calls itself.
    fn check_recursion(&self) -> Result<(), String> {
        let mut done = BTreeMap::new();
        self.codes.keys().try_for_each(|address| self.visit(*address, &mut done))
    }

    fn visit(&self, address: u64, done: &mut BTreeMap<u64, bool>) -> Result<(), String> {
        match done.insert(address, false) {
            Some(false) => return Err(format!("{} calls itself", self.name(address))),
            Some(true) => {}
            None => {
                for callee in self.codes.get(&address).iter().flat_map(|code| &code.calls) {
                    self.visit(*callee, done)?;
                }
            }
        }
        done.insert(address, true);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Function;

    /// Functions at 0, 16, 32, ..., each with a frame of 8 bytes and these calls.
    fn graph(calls: &[&[u64]]) -> Graph {
        let mut graph = Graph { functions: Functions::new(), codes: BTreeMap::new() };
        for (index, calls) in (0_u64..).zip(calls) {
            let start = index * 16;
            let name = format!("f{index}");
            let function = Function { symbol: name.clone(), name, end: start + 16, frame: Some(8) };
            graph.functions.insert(start, function);
            let calls = calls.iter().map(|callee| callee * 16).collect();
            graph.codes.insert(start, Code { calls, ..Code::default() });
        }
        graph
    }

    #[test]
    fn the_deepest_path_counts() {
        let graph = graph(&[&[1, 2], &[], &[3], &[]]);
        let Depth { bytes, path } = graph.depth(0).unwrap();
        assert_eq!((bytes, &*path), (24, "\n     8 f0\n     8 f2\n     8 f3"));
        assert_eq!(graph.check_recursion(), Ok(()));
    }

    #[test]
    fn a_function_that_calls_itself_is_found_however_many_are_between() {
        assert_eq!(graph(&[&[0]]).check_recursion(), Err("f0 calls itself".into()));
        let cycle = graph(&[&[1], &[2], &[3], &[1]]).check_recursion();
        assert_eq!(cycle, Err("f1 calls itself".into()));
    }

    #[test]
    fn what_may_call_anything_has_no_bound() {
        let mut graph = graph(&[&[1], &[]]);
        graph.codes.insert(16, Code { indirect: Some("blx r3".into()), ..Code::default() });
        assert!(graph.depth(0).is_err_and(|error| error.starts_with("f1 has no stack bound")));
    }
}
