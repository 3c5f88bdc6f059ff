//! The data of this crate, compiled in, so that the command and the tests of other crates need
//! no path to its files.

/// A message with two pushed properties, one line of hex: `bench/push.hex`.
pub const PUSH: &str = include_str!("../bench/push.hex");

/// Scripts of frames that a peer should not send (`faults/README.md`), as JSON:
/// `faults/frames.json`.
pub const FAULTY_FRAMES: &str = include_str!("../faults/frames.json");

/// The dialogues (`sessions/README.md`): names and contents of the files.
pub const SESSIONS: &[(&str, &str)] = &[
    ("edge.json", include_str!("../sessions/edge.json")),
    ("multipart.json", include_str!("../sessions/multipart.json")),
    ("platform.json", include_str!("../sessions/platform.json")),
    ("transport.json", include_str!("../sessions/transport.json")),
];

/// The test vectors (`vectors/README.md`): names and contents of the files.
pub const VECTORS: &[(&str, &str)] = &[
    ("auth.json", include_str!("../vectors/auth.json")),
    ("bind-chunk.json", include_str!("../vectors/bind-chunk.json")),
    ("bind.json", include_str!("../vectors/bind.json")),
    ("checks.json", include_str!("../vectors/checks.json")),
    ("chunk-methods.json", include_str!("../vectors/chunk-methods.json")),
    ("chunk.json", include_str!("../vectors/chunk.json")),
    ("clear-auth.json", include_str!("../vectors/clear-auth.json")),
    ("counts.json", include_str!("../vectors/counts.json")),
    ("invalid.json", include_str!("../vectors/invalid.json")),
    ("joining-methods.json", include_str!("../vectors/joining-methods.json")),
    ("joining.json", include_str!("../vectors/joining.json")),
    ("lenient.json", include_str!("../vectors/lenient.json")),
    ("mutated.json", include_str!("../vectors/mutated.json")),
    ("primitive.json", include_str!("../vectors/primitive.json")),
    ("random.json", include_str!("../vectors/random.json")),
    ("request.json", include_str!("../vectors/request.json")),
    ("response.json", include_str!("../vectors/response.json")),
    ("sequence.json", include_str!("../vectors/sequence.json")),
    ("table.json", include_str!("../vectors/table.json")),
    ("text.json", include_str!("../vectors/text.json")),
    ("types.json", include_str!("../vectors/types.json")),
];

/// The captures and what is known of them (`README.md`): names and contents of the files.
pub const CAPTURES: &[(&str, &str)] = &[
    ("c-chunked-bind.json", include_str!("../captures/c-chunked-bind.json")),
    ("edge-session.json", include_str!("../captures/edge-session.json")),
    ("ems-chunked-bind.json", include_str!("../captures/ems-chunked-bind.json")),
    ("ems-session.json", include_str!("../captures/ems-session.json")),
    ("expectations.json", include_str!("../captures/expectations.json")),
    ("gateway-session.json", include_str!("../captures/gateway-session.json")),
    ("java-bind-without-session.json", include_str!("../captures/java-bind-without-session.json")),
    ("java-session.json", include_str!("../captures/java-session.json")),
    ("java-types.json", include_str!("../captures/java-types.json")),
    ("java-vec-and-timespan.json", include_str!("../captures/java-vec-and-timespan.json")),
];

/// Pages and schemas, by the path that `export` writes them to.
const PAGES: &[(&str, &str)] = &[
    ("PROTOCOL.md", include_str!("../PROTOCOL.md")),
    ("README.md", include_str!("../README.md")),
    ("report.schema.json", include_str!("suite/report/schema.json")),
    ("sessions/README.md", include_str!("../sessions/README.md")),
    ("sessions/schema.json", include_str!("../sessions/schema.json")),
    ("vectors/README.md", include_str!("../vectors/README.md")),
];

/// Writes vectors, dialogues, captures and pages into a folder, which is created if it does not
/// exist. Returns the number of files.
///
/// # Errors
/// A file cannot be written.
pub fn export(folder: &std::path::Path) -> std::io::Result<usize> {
    let groups = [("vectors", VECTORS), ("sessions", SESSIONS), ("captures", CAPTURES)];
    let mut count = 0;
    let mut write = |path: std::path::PathBuf, text: &str| -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        count += 1;
        std::fs::write(path, text)
    };
    for (group, files) in groups {
        for (name, text) in files {
            write(folder.join(group).join(name), text)?;
        }
    }
    for (path, text) in PAGES {
        write(folder.join(path), text)?;
    }
    Ok(count)
}
