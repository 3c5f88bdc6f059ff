//! Tests of `demo`.

use crate::process::{Process, alwayson};

#[test]
fn the_demo_shows_every_kind_of_message_and_ends_well() {
    let mut demo = Process::start(alwayson().arg("demo"));
    assert_eq!(demo.end().code(), Some(0), "{}", demo.errors);
    for part in [
        "edge -> platform      60 B  AUTH request=1 {appKey=***}",
        "BIND request=2 session=1 [SteamSensor1]",
        "Services/GetMetadata",
        "Services/SynchronizeModelState",
        "edge -> platform      69 B  PUT request=",
        "edge -> platform      41 B  GET request=",
        "Services/UpdateSubscribedPropertyValues",
        "{result: \"Hello, edge!\"}",
        "Events/Overheated {Temperature: 131.5}",
        "edge <- platform      44 B  GET request=",
        "edge <- platform      75 B  PUT request=",
        "{result: 42}",
        "chunk 4 of 4",
        "= together 1500 rows",
        "NOT_FOUND request=",
        "UNBIND request=",
        "close 1000",
        ": everything as expected.",
    ] {
        assert!(demo.output.contains(part), "{part} is not in\n{}", demo.output);
    }
}
