//! Pushes of applications, with the times and qualities of their values.

use super::{ask, gateway};
use crate::process::Process;

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
