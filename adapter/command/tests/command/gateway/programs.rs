//! The programs that tests run: languages of applications, a browser, a checker.

use std::process::Command;

/// A program, and how it is installed.
pub(super) struct Program {
    name: &'static str,
    /// Arguments with which it ends at once, if all that it needs is there.
    check: &'static [&'static str],
    packages: &'static str,
}

pub(super) const PYTHON: Program =
    Program { name: "python3", check: &["--version"], packages: "python3" };
pub(super) const NODE: Program =
    Program { name: "node", check: &["-e", "fetch"], packages: "nodejs" };
pub(super) const LUA: Program = Program {
    name: "lua5.4",
    check: &["-e", "require('socket.http') require('dkjson')"],
    packages: "lua5.4 lua-socket lua-dkjson",
};
pub(super) const SH: Program = Program { name: "sh", check: &["-c", ":"], packages: "dash" };
pub(super) const CURL: Program = Program { name: "curl", check: &["--version"], packages: "curl" };
pub(super) const CHROMIUM: Program =
    Program { name: "chromium", check: &["--version"], packages: "chromium" };
pub(super) const SYSTEMD_ANALYZE: Program =
    Program { name: "systemd-analyze", check: &["--version"], packages: "systemd" };

impl Program {
    /// Its name, once it was found.
    pub(super) fn found(&self) -> &'static str {
        let Self { name, check, packages } = self;
        let output = Command::new(name).args(*check).output();
        let problem = match output {
            Ok(output) if output.status.success() => return name,
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        panic!(
            "this test needs {name}: {problem}; on Debian, install: {packages}. Tests that need \
             such programs are those of the feature test-programs"
        );
    }
}
