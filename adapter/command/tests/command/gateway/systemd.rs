//! The gateway as a service of systemd.

use std::os::unix::net::UnixDatagram;

use super::gateway;
use crate::process::{PATIENCE, Process, alwayson};

#[test]
fn systemd_is_told_when_the_gateway_listens_and_when_it_ends() {
    let (_platform, address) = Process::platform(&[]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = || {
        let mut message = [0; 256];
        let len = socket.recv(&mut message).expect("systemd was told nothing");
        String::from_utf8(message[..len].to_vec()).unwrap()
    };
    let mut command = alwayson();
    let url = format!("ws://{address}");
    command.args(["gateway", "--listen", "127.0.0.1:0", "--url", &url]);
    let (mut gateway, http) = super::started(command.env("NOTIFY_SOCKET", &path));
    assert_eq!(told().trim(), "READY=1");
    // It listens by then.
    assert_eq!(super::ask(&http, "GET", "/status.json", "").0, 200);
    gateway.signal("TERM");
    assert_eq!(told().trim(), "STOPPING=1");
    assert!(gateway.end().success(), "{}", gateway.errors);
}

#[test]
fn without_systemd_and_with_a_socket_that_is_gone_it_runs() {
    let (_platform, address) = Process::platform(&[]);
    let (_gateway, http) = gateway(&address, &[]);
    assert_eq!(super::ask(&http, "GET", "/status.json", "").0, 200);
    let mut command = alwayson();
    let url = format!("ws://{address}");
    command.args(["gateway", "--listen", "127.0.0.1:0", "--url", &url]);
    let (mut gateway, http) = super::started(command.env("NOTIFY_SOCKET", "/nowhere/notify"));
    assert_eq!(super::ask(&http, "GET", "/status.json", "").0, 200);
    gateway.signal("TERM");
    assert!(gateway.end().success());
    assert!(gateway.errors.contains("systemd cannot be notified"), "{}", gateway.errors);
}

#[test]
#[cfg(feature = "test-programs")]
fn the_unit_is_one_that_systemd_takes() {
    use super::programs::SYSTEMD_ANALYZE;
    let unit = super::gateway_crate().join("examples/alwayson-gateway.service");
    let text = std::fs::read_to_string(unit).unwrap();
    // The command is looked for where it was built.
    let installed = "/usr/bin/alwayson";
    assert!(text.contains(installed));
    let text = text.replace(installed, env!("CARGO_BIN_EXE_alwayson"));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("alwayson-gateway.service");
    let verify = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let mut command = std::process::Command::new(SYSTEMD_ANALYZE.found());
        let output = command.args(["verify", "--man=no"]).arg(&file).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        // Of other units of this machine it tells, too.
        let own: Vec<_> = told.lines().filter(|line| line.contains("alwayson")).collect();
        own.join("\n")
    };
    assert_eq!(verify(&text), "");
    // It does find what is wrong.
    assert!(!verify(&text.replace("Type=notify", "Type=notified")).is_empty());
    assert!(!verify(&text.replace("ProtectHome", "ProtectHomes")).is_empty());
}
