//! Runs the README's commands that create a certificate.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{Process, alwayson};

/// The commands of the recipe, without what is before them.
fn recipe() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let commands = readme.lines().filter_map(|line| line.strip_prefix("$ "));
    let mut commands = commands.skip_while(|line| !line.starts_with("openssl"));
    (&mut commands).take(3).map(str::to_owned).collect()
}

fn run_openssl(command: &str, folder: &Path) {
    let mut words = shlex::split(command).unwrap().into_iter();
    let mut openssl = Command::new(words.next().unwrap());
    let status = openssl.args(words).current_dir(folder).stderr(Stdio::null()).status();
    let status = status.expect("openssl is needed for this test: install it");
    assert!(status.success(), "{command}");
}

/// The words of a command of ours, with files of this folder, and a port for another.
fn args(command: &str, folder: &Path, port: [&str; 2]) -> Vec<String> {
    let words = shlex::split(command).unwrap().into_iter().skip(1);
    let is_file = |word: &str| [".pem", ".txt"].iter().any(|end| word.ends_with(end));
    let word = |word: String| {
        if is_file(&word) {
            folder.join(word).display().to_string()
        } else {
            word.replace(port[0], port[1])
        }
    };
    words.map(word).collect()
}

#[test]
fn the_certificate_of_the_readme_is_one_that_edges_trust() {
    let [openssl, platform, edge] = recipe().try_into().unwrap();
    // Also with CA:FALSE, for devices that reject CA:TRUE.
    for extension in ["", " -addext basicConstraints=critical,CA:FALSE"] {
        let folder = tempfile::tempdir().unwrap();
        run_openssl(&format!("{openssl}{extension}"), folder.path());
        std::fs::write(folder.path().join("key.txt"), "a key\n").unwrap();
        let args_of = |command: &str, port: &str| args(command, folder.path(), ["8443", port]);
        let mut platform = Process::start(alwayson().args(args_of(&platform, "0")));
        let address = platform.line();
        let port = address.rsplit(':').next().unwrap();
        let mut edge = Process::start(alwayson().args(args_of(&edge, port)));
        platform.find_text("bound          Pump");
        edge.find_text("thing    Pump: bound");
        let by_number = args(
            &format!(
                "x edge --url wss://127.0.0.1:{port} --ca cert.pem \
             --app-key-file key.txt --thing Boiler"
            ),
            folder.path(),
            ["", ""],
        );
        let _by_number = Process::start(alwayson().args(by_number));
        platform.find_text("bound          Boiler");
    }
}
