//! What `help` answers.

use std::fmt::Write;

use serde_json::{Value as Json, json};

/// The commands, each with what it does and an example.
const HELP: [[&str; 3]; 7] = [
    ["things", "the Things, and which are connected", "things"],
    ["read THING PROPERTY", "read a property from its edge; * for all", "read Pump Level"],
    [
        "write THING PROPERTY VALUE",
        "write a property on its edge",
        "write 'Steam Sensor 1' Limit 80.5",
    ],
    [
        "call THING SERVICE [NAME=VALUE...]",
        "call a service of its edge",
        "call Pump Start speed=3 note='full load'",
    ],
    ["trace on|off", "show each frame, or not", "trace on"],
    ["help, or ?", "this", "help"],
    ["quit", "shut down", "quit"],
];

/// The commands as lines.
pub(super) fn text() -> String {
    let mut text = "A name or value with spaces in it needs quotes. Tab completes.".to_owned();
    for [command, what, example] in HELP {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {command:<36}{what}");
        if !command.starts_with(example) {
            let _ = write!(text, "\n      {example}");
        }
    }
    text
}

/// The commands as a JSON array.
pub(super) fn json() -> Json {
    let one = |[command, what, example]: &[&str; 3]| json!({"command": command, "what": what, "example": example});
    HELP.iter().map(one).collect()
}
