//! The applications of the gateway's examples, as processes.

use std::process::Command;

use super::programs::{CURL, LUA, NODE, PYTHON, Program, SH};
use super::{bound, gateway, gateway_crate, unbound};
use crate::process::Process;

fn example(program: &Program, file: &str, args: &[&str]) -> Process {
    let program = program.found();
    let file = gateway_crate().join("examples").join(file);
    Process::start(Command::new(program).arg(file).args(args).env("PYTHONUNBUFFERED", "1"))
}

/// The platform's side of an application: it is read, written and called.
fn drive(platform: &mut Process, thing: &str) {
    bound(platform, thing);
    platform.say(&format!("read {thing} Pressure"));
    platform.find_text(&format!("SUCCESS  read {thing} Pressure = 2.5"));
    platform.say(&format!("write {thing} Pressure 3.75"));
    platform.find_text(&format!("SUCCESS  write {thing} Pressure"));
    platform.say(&format!("read {thing} Pressure"));
    platform.find_text(&format!("SUCCESS  read {thing} Pressure = 3.75"));
    platform.say(&format!("call {thing} Add a=1.5 b=2"));
    platform.find(|line| line.contains("SUCCESS  call") && line.contains("3.5"));
    // It pushes or writes what it has now.
    platform.find(|line| line.contains("Pressure") && line.contains("3.75"));
}

#[test]
fn an_application_in_python_is_read_written_called_pushes_and_goes() {
    let (mut platform, address) = Process::platform(&[]);
    let (mut gateway, http) = gateway(&address, &[]);
    let mut application = example(&PYTHON, "application.py", &[&format!("http://{http}"), "Pump"]);
    application.find_text("registered");
    gateway.find_text("Pump: bound");
    drive(&mut platform, "Pump");
    application.find_text("pushed");
    application.signal("TERM");
    application.find_text("unregistered");
    assert!(application.end().success());
    unbound(&mut platform, "Pump");
    gateway.find_text("unregistered Pump");
}

#[test]
fn an_application_in_node_is_read_written_called_writes_and_goes() {
    let (mut platform, address) = Process::platform(&[]);
    let (_gateway, http) = gateway(&address, &[]);
    let mut application = example(&NODE, "application.mjs", &[&format!("http://{http}"), "Lathe"]);
    application.find_text("registered");
    drive(&mut platform, "Lathe");
    application.find_text("written");
    application.signal("TERM");
    application.find_text("unregistered");
    unbound(&mut platform, "Lathe");
}

#[test]
fn an_application_in_curl_registers_writes_reads_fires_and_goes() {
    let (mut platform, address) = Process::platform(&[]);
    let (mut gateway, http) = gateway(&address, &[]);
    gateway.find_text("connected, session");
    CURL.found();
    let mut application = example(&SH, "application.sh", &[&format!("http://{http}"), "Mill"]);
    let line = application.find_text("Pressure");
    assert!(line.contains("\"rows\":[{\"Pressure\":2.6}]"), "{line}");
    application.find_text("unregistered");
    assert!(application.end().success(), "{}", application.errors);
    platform.find_text("Overheated");
}

#[test]
fn an_application_in_lua_is_read_written_called_writes_and_goes() {
    let (mut platform, address) = Process::platform(&[]);
    let (_gateway, http) = gateway(&address, &[]);
    let mut application = example(&LUA, "application.lua", &[&format!("http://{http}"), "Säge"]);
    application.find_text("registered");
    drive(&mut platform, "Säge");
    application.find_text("written");
    application.signal("INT");
    application.find_text("unregistered");
    assert!(application.end().success(), "{}", application.errors);
    unbound(&mut platform, "Säge");
}
