//! The applications of the gateway's examples, as processes.

use std::process::Command;

use super::{ask, bound, gateway, gateway_crate, unbound};
use crate::process::Process;

fn example(program: &str, file: &str, args: &[&str]) -> Process {
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
    let mut application =
        example("python3", "application.py", &[&format!("http://{http}"), "Pump"]);
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
    let mut application = example("node", "application.mjs", &[&format!("http://{http}"), "Lathe"]);
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
    let mut application = example("sh", "application.sh", &[&format!("http://{http}"), "Mill"]);
    let line = application.find_text("Pressure");
    assert!(line.contains("\"rows\":[{\"Pressure\":2.6}]"), "{line}");
    application.find_text("unregistered");
    assert!(application.end().success(), "{}", application.errors);
    platform.find_text("Overheated");
}

#[test]
fn both_bodies_of_a_push_reach_the_platform_with_times_and_qualities() {
    let (mut platform, address) = Process::platform(&[]);
    let (mut gateway, http) = gateway(&address, &[]);
    gateway.find_text("connected, session");
    let shape = r#"{"fieldDefinitions":{"name":{"name":"name","baseType":"STRING"},
        "value":{"name":"value","baseType":"VARIANT"},"time":{"name":"time","baseType":"DATETIME"},
        "quality":{"name":"quality","baseType":"STRING"}}}"#;
    let row = |name: &str| {
        format!(
            r#"{{"name":"{name}","value":{{"baseType":"NUMBER","value":7.25}},
            "time":1700000000000,"quality":"BAD"}}"#
        )
    };
    // A table of one row, whose field `values` is a table.
    let values = r#""values":{"name":"values","baseType":"INFOTABLE"}"#;
    let table = format!(
        r#"{{"rows":[{{"values":{{"rows":[{}],"dataShape":{shape}}}}}],
        "dataShape":{{"fieldDefinitions":{{{values}}}}}}}"#,
        row("Subscribed")
    );
    let path = "/Thingworx/Things/Pump/Services/UpdateSubscribedPropertyValues";
    assert_eq!(ask(&http, "POST", path, &table).0, 200);
    let object = format!(r#"{{"values":{{"rows":[{}],"dataShape":{shape}}}}}"#, row("Updated"));
    let path = "/Thingworx/Things/Pump/Services/UpdatePropertyValues";
    assert_eq!(ask(&http, "POST", path, &object).0, 200);
    for name in ["Subscribed", "Updated"] {
        let line = platform.find(|line| line.contains(name) && line.contains("7.25"));
        assert!(line.contains("BAD"), "{line}");
        assert!(line.contains("2023-11-14"), "{line}");
    }
}
