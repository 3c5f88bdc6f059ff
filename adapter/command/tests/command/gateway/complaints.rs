//! What users of another one complain of, where it shows in files, ports, logs and memory.

use std::fs;

use super::{ask, bound, gateway, register};
use crate::process::{Process, alwayson};

#[test]
fn a_broken_file_is_not_replaced_by_an_old_copy() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    let broken = "{ \"ws_servers\": [ { \"host\": ";
    fs::write(&file, broken).unwrap();
    // Copies as another one keeps them.
    for name in ["config.json.bak", "config.json.old", "config.json_backup"] {
        let good = r#"{"ws_servers":[{"host":"127.0.0.1"}],"appKey":"k"}"#;
        fs::write(directory.path().join(name), good).unwrap();
    }
    let output = alwayson().args(["gateway", "--config"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&file).unwrap(), broken);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 4);
}

#[test]
fn a_registration_is_not_lost_by_a_restart() {
    let (mut platform, address) = Process::platform(&[]);
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state.json");
    let state = state.to_str().unwrap();
    let (mut first, http) = gateway(&address, &["--state", state]);
    let path = "/Thingworx/Things/LocalEms/Services/AddEdgeThing";
    let body = r#"{"name":"Pump","port":1,"keepalive":0,"persist":true}"#;
    assert_eq!(ask(&http, "POST", path, body).0, 200);
    bound(&mut platform, "Pump");
    first.signal("KILL");
    first.end();
    let (_second, _) = gateway(&address, &["--state", state]);
    bound(&mut platform, "Pump");
}

#[test]
fn keys_are_in_no_log_at_any_level() {
    let (_platform, address) = Process::platform(&[]);
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("key.txt");
    fs::write(&key, "s3cr3t-k3y\n").unwrap();
    let args = ["--app-key-file", key.to_str().unwrap(), "--trace", "--log", "trace"];
    let (mut gateway, http) = gateway(&address, &args);
    gateway.find_text("connected, session");
    let path = "/Thingworx/Things/LocalEms/Services/AddEdgeThing";
    let body = r#"{"name":"Pump","port":1,"user":"u","password":"th1ng-p4ss"}"#;
    assert_eq!(ask(&http, "POST", path, body).0, 200);
    gateway.find_text("Pump: bound");
    gateway.signal("TERM");
    assert!(gateway.end().success());
    for secret in ["s3cr3t-k3y", "th1ng-p4ss"] {
        assert!(!gateway.output.contains(secret), "{secret}");
        assert!(!gateway.errors.contains(secret), "{secret}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_every_write() {
    let (_platform, address) = Process::platform(&[]);
    let (mut gateway, http) = gateway(&address, &[]);
    gateway.find_text("connected, session");
    let writes = |count: usize| {
        for value in 0..count {
            let path = "/Thingworx/Things/Pump/Properties/Speed";
            let (status, ..) = ask(&http, "PUT", path, &format!("{{\"Speed\":{value}}}"));
            assert_eq!(status, 200);
        }
    };
    writes(500);
    let before = gateway.resident_kib();
    writes(3_000);
    let after = gateway.resident_kib();
    assert!(after < before + 2_048, "{before} KiB became {after} KiB");
}

#[test]
#[cfg(target_os = "linux")]
fn a_registered_thing_takes_at_most_four_kibibytes() {
    let (_platform, address) = Process::platform(&[]);
    let (mut gateway, http) = gateway(&address, &[]);
    gateway.find_text("connected, session");
    register(&http, "First");
    let before = gateway.resident_kib();
    for index in 0..1_000 {
        register(&http, &format!("T{index}"));
    }
    gateway.find_text("T999: bound");
    let each = gateway.resident_kib().saturating_sub(before) * 1_024 / 1_000;
    assert!(each <= 4_096, "{each} bytes each");
}

#[test]
fn an_unreadable_state_file_is_an_error_and_not_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state.json");
    fs::write(&state, "{ broken").unwrap();
    let args = ["gateway", "--url", "ws://127.0.0.1:1", "--listen", "127.0.0.1:0", "--state"];
    let output = alwayson().args(args).arg(&state).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("state.json: line 1, column 3"), "{text}");
    assert_eq!(fs::read_to_string(&state).unwrap(), "{ broken");
    // A directory is none, either.
    let output = alwayson().args(args).arg(directory.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
