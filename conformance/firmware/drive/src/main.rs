//! Runs the device on QEMU's boards against a real platform, and checks the log of
//! the device and the events of the platform:
//! `cargo run -p alwayson-drive -- PLATFORM`, where `PLATFORM` is the path of the
//! command `alwayson`.
//!
//! On each board, the device connects and pushes a property, and the platform reads
//! and writes its properties and calls its services. Then the platform is killed.
//! The device connects to a second platform at the same address, and leaves when
//! the platform calls its service `Stop`. Finally, its log is decoded and checked.

mod board;
mod log;
mod platform;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use board::{BOARDS, Board};
use platform::Platform;

type Failure = Box<dyn Error>;

const THING: &str = "SteamSensor1";
/// Longer than the time after which the device considers a connection lost.
const SILENCE: Duration = Duration::from_secs(7);
const KEY: &str = "2f1c6a52-7d9e-4b11-8f5e-0c7a9be0d3a4";

fn main() -> ExitCode {
    // `Debug` would show the line breaks of a log as escapes.
    all().map_or_else(
        |failure| {
            eprintln!("{failure}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn all() -> Result<(), Failure> {
    let command =
        std::env::args_os().nth(1).ok_or("missing argument: the path of the command `alwayson`")?;
    let command = fs::canonicalize(PathBuf::from(command))?;
    println!("| board | flash, log included | edge | buffers | deepest stack |");
    println!("| --- | --- | --- | --- | --- |");
    for board in &BOARDS {
        run(board, &command).map_err(|failure| format!("{}: {failure}", board.machine))?;
    }
    Ok(())
}

fn run(board: &Board, command: &Path) -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let at = directory.path();
    fs::write(at.join("app.key"), KEY)?;
    let program = board.build()?;
    let first = Platform::start(command, at, "127.0.0.1:0", "metadata,notify")?;
    let address = first.address.clone();
    let mut machine = board.start(&program, at, &address)?;

    first.wait_for(&["bound", THING])?;
    first.wait_for(&["described", THING])?;
    first.wait_for(&["property", "Temperature", "GOOD"])?;
    serve(&first)?;
    // A killed platform sends no close. No platform listens at its address for longer
    // than a ping interval and a pong timeout, so the device detects the loss.
    first.kill()?;
    thread::sleep(SILENCE);

    let second = Platform::start(command, at, &address, "metadata,synchronize")?;
    second.wait_for(&["bound", THING])?;
    second.wait_for(&["property", "Temperature", "GOOD"])?;
    second.ask(&["read", THING, "Setpoint"], &["SUCCESS", "33.5"])?;
    second.ask(&["call", THING, "Stop"], &["SUCCESS"])?;
    second.wait_for(&["unbound", THING])?;
    let status = machine.wait()?;
    if !status.success() {
        return Err(format!("the device ended with {status}").into());
    }
    second.quit()?;

    let log = log::decode(&program, &at.join("log"))?;
    log::check(&log, KEY)?;
    let [edge, buffers, stack] = log::measured(&log)?;
    let flash = board::flash(&program)?;
    println!("| {} | {flash} | {edge} | {buffers} | {stack} |", board.machine);
    Ok(())
}

/// Reads, writes and calls the device.
fn serve(platform: &Platform) -> Result<(), Failure> {
    platform.ask(&["read", THING, "Setpoint"], &["SUCCESS", "21.5"])?;
    platform.ask(&["write", THING, "Setpoint", "33.5"], &["SUCCESS"])?;
    platform.ask(&["read", THING, "Setpoint"], &["SUCCESS", "33.5"])?;
    platform.ask(&["write", THING, "Temperature", "1"], &["FORBIDDEN"])?;
    platform.ask(&["call", THING, "Calibrate", "offset=1000"], &["SUCCESS", "10"])?;
    platform.ask(&["read", THING, "Temperature"], &["SUCCESS", "10"])?;
    platform.ask(&["call", THING, "Reboot"], &["NOT_FOUND"])?;
    platform.ask(&["read", THING, "Pressure"], &["NOT_FOUND"])
}
