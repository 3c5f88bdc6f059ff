//! Runs `tshark` with the dissector, and reads what it shows.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The names of items that Wireshark or the dissector adds beside what is in the message.
const LINKS: [&str; 5] = [
    "alwayson.response_in",
    "alwayson.response_to",
    "alwayson.time",
    "alwayson.joined_in",
    "alwayson.chunk.frame",
];

/// An item of a tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    /// The number of items around it.
    pub(crate) depth: usize,
    pub(crate) name: String,
    /// Its value as text.
    pub(crate) show: String,
    /// Its bytes as hex digits.
    pub(crate) bytes: String,
}

/// A message as it is shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) line: String,
    /// The packet that completes it.
    pub(crate) packet: u32,
    /// The time of that packet since the capture began, in seconds.
    pub(crate) seconds: f64,
    pub(crate) items: Vec<Item>,
    /// Links to other packets, by their names.
    pub(crate) links: Vec<(String, String)>,
    /// The lines of the expert information.
    pub(crate) notes: Vec<String>,
}

impl Shown {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.items.iter().find(|item| item.name == name).map(|item| &*item.show)
    }

    pub(crate) fn link(&self, name: &str) -> Option<&str> {
        self.links.iter().find(|(link, _)| link == name).map(|(_, show)| &**show)
    }
}

pub(crate) fn dissector() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wireshark/alwayson.lua")
}

/// The user who runs `tshark` if root runs the tests: run as root, newer versions load no scripts.
const NOBODY: u32 = 65_534;

/// A folder with a capture, its keys and a dissector, which is the home of a user without
/// settings.
pub(crate) struct Session {
    folder: tempfile::TempDir,
}

impl Session {
    pub(crate) fn new(capture: &[u8], key_log: &str, dissector: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let readable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), readable).unwrap();
        std::fs::write(folder.path().join("capture.pcapng"), capture).unwrap();
        std::fs::write(folder.path().join("keys.log"), key_log).unwrap();
        std::fs::copy(dissector, folder.path().join("alwayson.lua")).unwrap();
        Self { folder }
    }

    /// Runs `tshark` and returns its output.
    ///
    /// # Errors
    /// It fails, or reports a fault of the dissector.
    pub(crate) fn run(&self, options: &[&str]) -> Result<String, String> {
        let path = self.folder.path();
        let mut command = Command::new("tshark");
        if path.metadata().unwrap().uid() == 0 {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command
            .current_dir(path)
            .env("HOME", path)
            .env("WIRESHARK_CONFIG_DIR", path)
            .args(["-X", "lua_script:alwayson.lua", "-o", "tls.keylog_file:keys.log"])
            .args(["-r", "capture.pcapng"])
            .args(options)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let shown = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("{}: {errors}", output.status));
        }
        let is_fault = |line: &&str| {
            let line = line.to_ascii_lowercase();
            line.contains("lua") || line.contains("dissector bug")
        };
        if let Some(fault) = errors.lines().find(is_fault) {
            return Err(fault.to_owned());
        }
        for fault in ["Lua Error", "[Malformed Packet", "Dissector bug"] {
            if let Some(line) = shown.lines().find(|line| line.contains(fault)) {
                return Err(line.trim().to_owned());
            }
        }
        Ok(shown)
    }

    /// Returns the messages of the capture in their order.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) fn messages(&self, options: &[&str]) -> Result<Vec<Shown>, String> {
        // Twice, so that a request knows its response.
        let shown = self.run(&[&["-2", "-T", "pdml"], options].concat())?;
        Ok(read(&shown))
    }
}

/// Returns an attribute as it was written: line ends in it stay.
fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let Some(found) = element.try_get_attribute(name).unwrap() else { return String::new() };
    let text = std::str::from_utf8(&found.value).unwrap();
    quick_xml::escape::unescape(text).unwrap().into_owned()
}

/// Reads PDML, the XML of Wireshark's trees.
fn read(pdml: &str) -> Vec<Shown> {
    let mut reader = Reader::from_str(pdml);
    let mut messages: Vec<Shown> = Vec::new();
    let mut packet = 0;
    let mut seconds = 0.0;
    // The names of the elements around the place, and whether they are in a message.
    let mut path: Vec<String> = Vec::new();
    let mut message_at = None;
    loop {
        let (element, is_empty) = match reader.read_event().unwrap() {
            Event::Start(element) => (element, false),
            Event::Empty(element) => (element, true),
            Event::End(_) => {
                path.pop();
                if message_at == Some(path.len()) {
                    message_at = None;
                }
                continue;
            }
            Event::Eof => return messages,
            _ => continue,
        };
        let name = attribute(&element, "name");
        let show = attribute(&element, "show");
        let line = attribute(&element, "showname");
        match &*name {
            "frame.number" => packet = show.parse().unwrap(),
            "frame.time_relative" => seconds = show.parse().unwrap(),
            _ => {}
        }
        if element.name().as_ref() == b"proto" && name == "alwayson" {
            messages.push(Shown { line, packet, seconds, ..Shown::default() });
            if !is_empty {
                message_at = Some(path.len());
            }
        } else if let Some(at) = message_at {
            let message = messages.last_mut().unwrap();
            let around = &path[at + 1..];
            if name == "_ws.expert.message" {
                message.notes.push(show);
            } else if LINKS.contains(&name.as_str()) {
                message.links.push((name.clone(), show));
            } else if around.iter().all(|name| name.starts_with("alwayson."))
                && !around.iter().any(|name| LINKS.contains(&name.as_str()))
                && name.starts_with("alwayson.")
            {
                let bytes = attribute(&element, "value");
                message.items.push(Item { depth: around.len(), name: name.clone(), show, bytes });
            }
        }
        if !is_empty {
            path.push(name);
        }
    }
}
