//! The answer of `help`.

use std::fmt::Write;

use serde_json::{Value as Json, json};

/// Each command with its description and an example.
const HELP: [[&str; 3]; 8] = [
    ["things", "list the Things and whether they are connected", "things"],
    ["read THING PROPERTY", "read a property from the edge; * reads all", "read Pump Level"],
    [
        "write THING PROPERTY VALUE",
        "write a property on the edge",
        "write 'Steam Sensor 1' Limit 80.5",
    ],
    [
        "call THING SERVICE [NAME=VALUE...]",
        "call a service of the edge",
        "call Pump Start speed=3 note='full load'",
    ],
    ["holder THING", "say which node and connection hold a Thing", "holder Pump"],
    ["trace on|off", "show each frame, or stop that", "trace on"],
    ["help, or ?", "list the commands", "help"],
    ["quit", "shut down", "quit"],
];

/// Returns the commands as lines.
pub(super) fn text() -> String {
    let mut text = "Quote names and values that contain spaces. Tab completes.".to_owned();
    for [command, what, example] in HELP {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {command:<36}{what}");
        if !command.starts_with(example) {
            let _ = write!(text, "\n      {example}");
        }
    }
    text
}

/// Returns the commands as a JSON array.
pub(super) fn json() -> Json {
    let one = |[command, what, example]: &[&str; 3]| json!({"command": command, "what": what, "example": example});
    HELP.iter().map(one).collect()
}
