//! Chooses the linker scripts: for the board's memory, for its start-up code, and
//! for the section of defmt's log texts.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=memory");
    let target = env::var("TARGET").unwrap_or_default();
    let (memory, scripts) = if target.starts_with("riscv") {
        ("memory/virt.x", &["memory.x", "link.x", "defmt.x"][..])
    } else {
        ("memory/mps2_an386.x", &["link.x", "defmt.x"][..])
    };
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default());
    fs::copy(memory, out.join("memory.x")).expect("cannot copy the memory layout of the board");
    println!("cargo::rustc-link-search={}", out.display());
    for script in scripts {
        println!("cargo::rustc-link-arg-bins=-T{script}");
    }
    println!("cargo::rustc-link-arg-bins=--nmagic");
}
