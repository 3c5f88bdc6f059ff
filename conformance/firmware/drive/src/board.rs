//! The boards: machines of QEMU.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use object::{Object, ObjectSection};

use crate::Failure;

/// How long a device may live.
const LIFETIME: Duration = Duration::from_secs(120);

/// A board.
pub struct Board {
    /// What QEMU calls it.
    pub machine: &'static str,
    emulator: &'static str,
    target: &'static str,
    options: &'static [&'static str],
}

/// All of them.
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

/// A machine that runs. It is stopped when it is dropped.
pub struct Machine(Child);

impl Board {
    /// Builds the device for the board, and says where it is.
    pub fn build(&self) -> Result<PathBuf, Failure> {
        let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let arguments = ["build", "--quiet", "--package", "alwayson-device", "--profile", "device"];
        let status = Command::new("cargo")
            .args(arguments)
            .args(["--target", self.target, "--target-dir", "target"])
            .current_dir(workspace)
            .status()?;
        if !status.success() {
            return Err("the device does not build".into());
        }
        let program = workspace.join("target").join(self.target).join("device/alwayson-device");
        Ok(fs::canonicalize(program)?)
    }

    /// Starts it: its UART is connected to the address, again whenever that is
    /// lost; the log goes to the file `log`.
    pub fn start(&self, program: &Path, at: &Path, address: &str) -> Result<Machine, Failure> {
        let (host, port) = address.rsplit_once(':').ok_or("an address without a port")?;
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
    /// Waits until the device has ended.
    pub fn wait(&mut self) -> Result<ExitStatus, Failure> {
        let until = Instant::now() + LIFETIME;
        while Instant::now() < until {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("the device does not end".into())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Where it has ended already there is nothing to be done.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a program takes of flash, in bytes.
pub fn flash(program: &Path) -> Result<u64, Failure> {
    let bytes = fs::read(program)?;
    let image = object::File::parse(&*bytes)?;
    let names = [".vector_table", ".text", ".rodata", ".data"];
    let is_flash = |name: &str| names.iter().any(|start| name.starts_with(start));
    let sections = image.sections().filter(|section| section.name().is_ok_and(is_flash));
    Ok(sections.map(|section| section.size()).sum())
}
