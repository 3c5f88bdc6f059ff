//! The programs are linked and not run. The linker starts at the entry of a program
//! and removes code that the entry does not reach.

fn main() {
    println!("cargo::rustc-link-arg-bins=--gc-sections");
    println!("cargo::rustc-link-arg-bins=--entry=start");
    println!("cargo::rerun-if-changed=build.rs");
}
