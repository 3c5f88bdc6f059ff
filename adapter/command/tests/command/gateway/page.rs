//! The status page, as a browser shows it.

use std::process::Command;
use std::time::{Duration, Instant};

use super::programs::CHROMIUM;
use super::{gateway, register};
use crate::process::{PATIENCE, Process};

fn browse(browser: &str, profile: &std::path::Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(args)
        .output()
        .unwrap();
    output.stdout
}

#[test]
fn a_browser_shows_the_page_wide_and_narrow_with_all_that_it_says() {
    let (_platform, address) = Process::platform(&[]);
    let (mut gateway, http) = gateway(&address, &[]);
    register(&http, "Pump <1>");
    gateway.find_text("Pump <1>: bound");
    let url = format!("http://{http}/");
    let browser = CHROMIUM.found();
    let directory = tempfile::tempdir().unwrap();
    let profile = directory.path().join("profile");
    let dom = String::from_utf8(browse(browser, &profile, &["--dump-dom", &url])).unwrap();
    for part in [
        "<h1>alwayson gateway</h1>",
        "Pump &lt;1&gt;",
        "1 bound of 1",
        "connected, session",
        "endpoint",
    ] {
        assert!(dom.contains(part), "{part}: {dom}");
    }
    for (name, size) in [("wide.png", "1280,900"), ("narrow.png", "390,844")] {
        let file = directory.path().join(name);
        let shot = format!("--screenshot={}", file.display());
        browse(browser, &profile, &[&shot, &format!("--window-size={size}"), &url]);
        let until = Instant::now() + PATIENCE;
        while !file.exists() {
            assert!(Instant::now() < until, "there is no picture");
            std::thread::sleep(Duration::from_millis(10));
        }
        let picture = std::fs::read(&file).unwrap();
        assert!(picture.starts_with(b"\x89PNG"));
        // A page with nothing on it is much smaller.
        assert!(picture.len() > 10_000, "{name} has {} bytes", picture.len());
        if let Some(keep) = std::env::var_os("KEEP_PICTURES") {
            std::fs::copy(&file, std::path::Path::new(&keep).join(name)).unwrap();
        }
    }
}
