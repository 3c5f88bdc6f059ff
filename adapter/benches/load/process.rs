//! Runs a server in its own process, and measures its memory and CPU time.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// The environment variable that makes this program a server, of the kind that it names.
pub(crate) const SERVE: &str = "ALWAYSON_LOAD_SERVE";

/// The ticks of CPU time in a second, as Linux reports them to all programs (`USER_HZ`).
const TICKS: f64 = 100.0;

/// A server process. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(kind: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.env(SERVE, kind).stdout(Stdio::piped());
        Self::started(command, |child| {
            let mut line = String::new();
            let output = child.stdout.take().expect("its output");
            BufReader::new(output).read_line(&mut line).expect("its address");
            line
        })
    }

    /// Starts a program. `address` waits for its address.
    pub(crate) fn started(
        mut command: Command,
        address: impl FnOnce(&mut Child) -> String,
    ) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let address = address(&mut child).trim().parse().expect("an address");
        Self { child, address }
    }

    /// Returns the resident memory of the process, in bytes.
    pub(crate) fn resident_bytes(&self) -> f64 {
        resident_bytes(self.child.id())
    }

    /// Returns the CPU time that the process has used, in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu_seconds(self.child.id())
    }
}

fn proc(id: u32, file: &str) -> String {
    std::fs::read_to_string(format!("/proc/{id}/{file}")).expect("Linux's /proc")
}

/// Returns the resident memory of a process, in bytes.
pub(crate) fn resident_bytes(id: u32) -> f64 {
    let status = proc(id, "status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    kib.expect("VmRSS in kB") * 1024.0
}

/// Returns the CPU time that a process has used, in seconds.
pub(crate) fn cpu_seconds(id: u32) -> f64 {
    let stat = proc(id, "stat");
    // The name in parentheses may contain anything, so start after the last parenthesis.
    let (_, rest) = stat.rsplit_once(')').expect("a name");
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|ticks| ticks.parse::<f64>().ok());
    let user = ticks().expect("utime");
    let system = ticks().expect("stime");
    (user + system) / TICKS
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
