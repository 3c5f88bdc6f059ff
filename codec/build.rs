//! Sets `cfg(wide)` for machines with 64-bit pointers.
//!
//! Such machines have memory for code, and instructions per message are bounded there
//! (`benches/instructions.rs`): what is called for every field is inlined with
//! `#[cfg_attr(wide, inline(always))]`, and each kind of message has functions of its
//! own. Smaller machines run firmware, where flash and stack are bounded
//! (`conformance/firmware/measure`): they share functions, and call them.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(wide)");
    if std::env::var("CARGO_CFG_TARGET_POINTER_WIDTH").is_ok_and(|width| width == "64") {
        println!("cargo::rustc-cfg=wide");
    }
}
