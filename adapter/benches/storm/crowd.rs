//! The crowd: most of the edges, in a process of its own with the lowest priority. In the field
//! they run on other machines, and do not take the CPU from the platform.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::ops::Range;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::edges::Edges;
use super::process::SERVE;

/// The lowest priority.
const NICENESS: &str = "19";

/// The process of the crowd. It is killed when this is dropped.
pub(crate) struct Crowd {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Crowd {
    /// Starts the process and its edges.
    pub(crate) fn start(address: SocketAddr, numbers: &Range<usize>) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new("nice");
        command.args(["-n", NICENESS]).arg(program);
        command.env(SERVE, format!("crowd {address} {} {}", numbers.start, numbers.end));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("nice");
        let input = child.stdin.take().expect("its input");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, input, output }
    }

    /// Returns the next line that the process prints.
    fn line(&mut self) -> String {
        tokio::task::block_in_place(|| {
            let mut line = String::new();
            self.output.read_line(&mut line).expect("its output");
            assert!(line.ends_with('\n'), "the crowd ended");
            line.trim_end().to_owned()
        })
    }

    /// Waits until each edge is bound for the first time.
    pub(crate) fn bound(&mut self) {
        self.line();
    }

    /// Tells the crowd that the platform is killed now.
    pub(crate) fn killed(&mut self) {
        writeln!(self.input).expect("its input");
    }

    /// Waits until each edge is bound again. Returns why attempts failed.
    pub(crate) fn bound_again(&mut self) -> String {
        self.line()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // The process may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the edges of a crowd: prints a line when all are bound, reads a line when the platform is
/// killed, and prints a line when all are bound again.
pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) {
    let mut word = || words.next().expect("a word");
    let address: SocketAddr = word().parse().expect("an address");
    let first: usize = word().parse().expect("a number");
    let end: usize = word().parse().expect("a number");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let edges = Edges::start(address, first..end).await;
        edges.all_bound().await;
        println!();
        let mut line = String::new();
        io::stdin().read_line(&mut line).expect("the bench");
        edges.take_faults();
        edges.all_bound_again().await;
        println!("{}", edges.take_faults());
        std::future::pending::<()>().await;
    });
}
