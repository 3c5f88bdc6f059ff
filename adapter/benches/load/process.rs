//! A server as a process of its own: its memory, and the time that it takes.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// The variable that makes this program a server, and which.
pub(crate) const SERVE: &str = "ALWAYSON_LOAD_SERVE";

/// How many ticks of a processor's time make a second: what Linux has for all
/// programs.
const TICKS: f64 = 100.0;

/// A server process. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(kind: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .env(SERVE, kind)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("its address");
        Self { child, address: line.trim().parse().expect("an address") }
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).expect("Linux's /proc")
    }

    /// The memory that it has, in bytes.
    pub(crate) fn resident_bytes(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        kib.expect("VmRSS in kB") * 1024.0
    }

    /// The processor's time that it has taken, in seconds.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = self.proc("stat");
        // What comes after the name in parentheses, which may hold anything.
        let (_, rest) = stat.rsplit_once(')').expect("a name");
        let mut fields = rest.split_whitespace().skip(11);
        let mut ticks = || fields.next().and_then(|ticks| ticks.parse::<f64>().ok());
        let user = ticks().expect("utime");
        let system = ticks().expect("stime");
        (user + system) / TICKS
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
