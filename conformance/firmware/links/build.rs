//! Nothing is run: a program is linked from its entry on, and what it does not
//! reach is left out.

fn main() {
    println!("cargo::rustc-link-arg-bins=--gc-sections");
    println!("cargo::rustc-link-arg-bins=--entry=start");
    println!("cargo::rerun-if-changed=build.rs");
}
