//! Key logs are written only if an option asks for one.

use std::collections::BTreeSet;
use std::path::Path;

use crate::process::{Process, alwayson};

struct Files {
    folder: tempfile::TempDir,
    certificate: String,
    key: String,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let path = |name| folder.path().join(name).to_str().unwrap().to_owned();
        let certificate = path("cert.pem");
        let key = path("key.pem");
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        Self { folder, certificate, key }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Starts a part with the environment variable that other programs obey.
    fn start(&self, args: &[&str]) -> Process {
        let variable = self.path("variable.log");
        Process::start(alwayson().args(args).env("SSLKEYLOGFILE", variable))
    }

    /// Lets an edge, a tap and a platform talk with TLS; each has these options, too.
    fn live(&self, of_edge: &[&str], of_tap: &[&str], of_platform: &[&str]) {
        let of_tls = ["--tls-cert", &self.certificate, "--tls-key", &self.key];
        let port = |address: String| address.rsplit(':').next().unwrap().to_owned();
        let listen = ["--listen", "127.0.0.1:0"];
        let args = [&["platform"][..], &listen, &of_tls, of_platform].concat();
        let mut platform = self.start(&args);
        let to = format!("wss://localhost:{}", port(platform.line()));
        let to = ["--to", &to, "--ca", &self.certificate];
        let mut tap = self.start(&[&["tap"][..], &listen, &of_tls, &to, of_tap].concat());
        let url = format!("wss://localhost:{}", port(tap.line()));
        let args = ["edge", "--url", &url, "--ca", &self.certificate, "--thing", "Pump"];
        let args = [&args[..], &["--app-key-file", &self.key], of_edge].concat();
        let mut edge = self.start(&args);
        platform.find_text("bound");
        for process in [&mut edge, &mut tap, &mut platform] {
            process.signal("INT");
            assert_eq!(process.end().code(), Some(0), "{}", process.errors);
        }
    }
}

/// The lines of a key log.
fn secrets(file: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(ToOwned::to_owned).collect()
}

#[test]
fn the_environment_variable_alone_writes_nothing() {
    let files = Files::new();
    files.live(&[], &[], &[]);
    assert!(!Path::new(&files.path("variable.log")).exists());
}

#[test]
fn each_part_writes_the_secrets_of_its_connections_if_it_is_told_to() {
    let files = Files::new();
    let [edge, tap, platform] = ["edge.log", "tap.log", "platform.log"].map(|it| files.path(it));
    files.live(&["--keylog", &edge], &["--keylog", &tap], &["--keylog", &platform]);
    assert!(!Path::new(&files.path("variable.log")).exists());
    let of_tap = secrets(&tap);
    for file in [&edge, &platform] {
        let all = secrets(file);
        assert!(all.iter().any(|line| line.starts_with("CLIENT_TRAFFIC_SECRET_0 ")), "{all:?}");
        // The tap is at the other end of each.
        assert!(all.is_subset(&of_tap), "{file}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&tap).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_key_log_without_tls_or_that_cannot_be_written_is_refused() {
    let files = Files::new();
    let log = files.path("keys.log");
    let nowhere = files.path("none/keys.log");
    let tls = ["--tls-cert", &files.certificate, "--tls-key", &files.key];
    for args in [
        &["edge", "--url", "ws://127.0.0.1:1", "--thing", "Pump", "--keylog", &log][..],
        &["edge", "--url", "wss://127.0.0.1:1", "--thing", "Pump", "--keylog", &nowhere],
        &["platform", "--listen", "127.0.0.1:0", "--keylog", &log],
        &[&["platform", "--listen", "127.0.0.1:0", "--keylog", &nowhere][..], &tls].concat(),
        &["tap", "--to", "ws://127.0.0.1:1", "--keylog", &log],
        &["tap", "--to", "wss://127.0.0.1:1", "--keylog", &nowhere],
    ] {
        let mut process = files.start(args);
        assert_eq!(process.end().code(), Some(2), "{args:?}: {}", process.errors);
    }
}

#[test]
fn decode_decrypts_a_capture_with_a_key_log_and_masks_the_key() {
    let files = Files::new();
    let of_tls = ["--tls-cert", &files.certificate, "--tls-key", &files.key];
    let listen = ["--listen", "127.0.0.1:0"];
    let mut platform = files.start(&[&["platform"][..], &listen, &of_tls].concat());
    let to = format!("ws://{}", platform.line());
    let pcap = files.path("plant.pcapng");
    // For a tap without TLS, what passes is any bytes.
    let args = ["--to", &to, "--pcap", &pcap, "--secrets"];
    let mut tap = files.start(&[&["tap"][..], &listen, &args].concat());
    let url = format!("wss://localhost:{}", tap.line().rsplit(':').next().unwrap());
    let log = files.path("edge.log");
    let key = files.path("app-key.txt");
    std::fs::write(&key, "THE-SECRET-KEY\n").unwrap();
    let args = ["edge", "--url", &url, "--ca", &files.certificate, "--thing", "Pump"];
    let args = [&args[..], &["--app-key-file", &key, "--keylog", &log]].concat();
    let mut edge = files.start(&args);
    platform.find_text("described");
    for process in [&mut edge, &mut platform, &mut tap] {
        process.signal("INT");
        assert_eq!(process.end().code(), Some(0), "{}", process.errors);
    }
    let mut decode = files.start(&["decode", &pcap, "--check", "--full", "--keylog", &log]);
    assert_eq!(decode.end().code(), Some(0), "{}{}", decode.output, decode.errors);
    for text in ["101 Switching Protocols", "AUTH request=1 {appKey=***}", "[Pump]", "UNBIND"] {
        assert!(decode.output.contains(text), "{text}: {}", decode.output);
    }
    assert!(!decode.output.contains("SECRET"), "{}", decode.output);
    let mut decode = files.start(&["decode", &pcap]);
    assert_eq!(decode.end().code(), Some(2));
    assert!(decode.errors.contains("pass --keylog"), "{}", decode.errors);
    let other = files.path("other.log");
    std::fs::write(&other, format!("CLIENT_RANDOM {} 00\n", "00".repeat(32))).unwrap();
    let mut decode = files.start(&["decode", &pcap, "--keylog", &other]);
    assert_eq!(decode.end().code(), Some(2));
    assert!(decode.errors.contains("no secrets of this connection"), "{}", decode.errors);
}
