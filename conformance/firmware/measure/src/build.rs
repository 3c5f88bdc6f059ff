//! Builds the programs like firmware: for size, with LTO.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Failure, PROGRAMS};

/// Returns the workspace of the programs.
fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Builds the programs, including the empty one, for a target, and returns their
/// directory. `toolchain` is an argument such as `+nightly`, or empty for the default.
pub fn programs(target: &str, toolchain: &str, flags: &str) -> Result<PathBuf, Failure> {
    let directory = workspace().join("target/measured").join(toolchain.trim_start_matches('+'));
    let mut cargo = Command::new("cargo");
    if !toolchain.is_empty() {
        cargo.arg(toolchain);
    }
    // These variables were set for the cargo that runs this tool and must not affect this build.
    for variable in ["RUSTUP_TOOLCHAIN", "RUSTC", "CARGO"] {
        cargo.env_remove(variable);
    }
    cargo.current_dir(workspace()).env("RUSTFLAGS", flags);
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z");
    cargo.args(["build", "--quiet", "--release", "--package", "alwayson-links"]);
    cargo.args(["--target", target, "--target-dir"]).arg(&directory);
    for program in PROGRAMS.iter().chain(&["empty"]) {
        cargo.args(["--bin", program]);
    }
    if !cargo.status()?.success() {
        return Err(format!("building the programs for {target} failed").into());
    }
    Ok(directory.join(target).join("release"))
}

/// Returns the command of a tool of the `llvm-tools` component.
pub fn llvm(tool: &str) -> Result<Command, Failure> {
    let ask = |what: &[&str]| -> Result<String, Failure> {
        Ok(String::from_utf8(Command::new("rustc").args(what).output()?.stdout)?.trim().to_owned())
    };
    let host = ask(&["--print", "host-tuple"])?;
    let root = PathBuf::from(ask(&["--print", "sysroot"])?);
    Ok(Command::new(root.join("lib/rustlib").join(host).join("bin").join(tool)))
}
