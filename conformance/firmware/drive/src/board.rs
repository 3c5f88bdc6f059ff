//! The boards, which are machines of QEMU.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use object::{Object, ObjectSection};

use crate::Failure;

/// The maximum run time of a device.
const LIFETIME: Duration = Duration::from_mins(2);

/// A board.
pub struct Board {
    /// The name of the machine in QEMU.
    pub machine: &'static str,
    emulator: &'static str,
    target: &'static str,
    options: &'static [&'static str],
}

/// All boards.
pub const BOARDS: [Board; 2] = [
    Board {
        machine: "mps2-an386",
        emulator: "qemu-system-arm",
        target: "thumbv7em-none-eabihf",
        options: &[],
    },
    Board {
        machine: "virt",
        emulator: "qemu-system-riscv32",
        target: "riscv32imc-unknown-none-elf",
        options: &["-bios", "none"],
    },
];

/// A running machine. Dropping it stops the machine.
pub struct Machine(Child);

impl Board {
    /// Builds the device for the board, and returns the path of the program.
    pub fn build(&self) -> Result<PathBuf, Failure> {
        let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let arguments = ["build", "--quiet", "--package", "alwayson-device", "--profile", "device"];
        let status = Command::new("cargo")
            .args(arguments)
            .args(["--target", self.target, "--target-dir", "target"])
            .current_dir(workspace)
            .status()?;
        if !status.success() {
            return Err("building the device failed".into());
        }
        let program = workspace.join("target").join(self.target).join("device/alwayson-device");
        Ok(fs::canonicalize(program)?)
    }

    /// Starts the machine. Its UART is connected to `address`, and reconnected whenever
    /// the connection is lost; the log is written to the file `log`.
    pub fn start(&self, program: &Path, at: &Path, address: &str) -> Result<Machine, Failure> {
        let (host, port) = address.rsplit_once(':').ok_or("the address has no port")?;
        let uart = format!("socket,id=uart,host={host},port={port},reconnect=1");
        let child = Command::new(self.emulator)
            .args(["-machine", self.machine, "-display", "none", "-monitor", "none"])
            .args(["-nic", "none", "-chardev", &uart, "-serial", "chardev:uart"])
            .args(["-chardev", "file,id=log,path=log"])
            .args(["-semihosting-config", "enable=on,target=native,chardev=log"])
            .args(self.options)
            .arg("-kernel")
            .arg(program)
            .current_dir(at)
            .spawn()
            .map_err(|error| format!("{}: {error}", self.emulator))?;
        Ok(Machine(child))
    }
}

impl Machine {
    /// Waits until the device has ended, and returns its exit status.
    pub fn wait(&mut self) -> Result<ExitStatus, Failure> {
        let until = Instant::now() + LIFETIME;
        while Instant::now() < until {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("the device did not end within its maximum run time".into())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // If the machine has already ended, there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns the flash size of a program in bytes.
pub fn flash(program: &Path) -> Result<u64, Failure> {
    let bytes = fs::read(program)?;
    let image = object::File::parse(&*bytes)?;
    let names = [".vector_table", ".text", ".rodata", ".data"];
    let is_flash = |name: &str| names.iter().any(|start| name.starts_with(start));
    let sections = image.sections().filter(|section| section.name().is_ok_and(is_flash));
    Ok(sections.map(|section| section.size()).sum())
}
