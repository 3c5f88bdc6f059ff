//! The gateway killed, and its disk full.

use std::collections::HashSet;
use std::process::Command;

use super::{ask, started};
use crate::process::{Process, alwayson};

/// How often the gateway is killed.
const KILLS: usize = 12;

fn storing(platform: &str, store: &str) -> (Process, String) {
    let url = format!("ws://{platform}");
    let mut command = alwayson();
    command.args(["gateway", "--listen", "127.0.0.1:0", "--url", &url, "--store", store]);
    started(&mut command)
}

/// What was stored is delivered however often the gateway is killed: none is lost, in
/// order, and of each life no more than one is delivered again.
#[test]
fn a_gateway_that_is_killed_loses_nothing_that_was_stored() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().to_str().unwrap();
    // Nobody is there yet.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = nobody.to_string();
    let mut stored = Vec::new();
    let mut next = 0;
    for life in 0..KILLS {
        let (gateway, http) = storing(&nobody, store);
        for _ in 0..5 + life % 3 {
            let path = "/Thingworx/Things/Pump/Properties/Count";
            let (status, head, _) = ask(&http, "PUT", path, &format!("{{\"Count\":{next}}}"));
            assert_eq!(status, 202, "{head}");
            assert!(head.contains("x-alwayson-stored: true"), "{head}");
            stored.push(next);
            next += 1;
        }
        gateway.signal("KILL");
    }
    let mut platform = Process::start(alwayson().args(["platform", "--listen", &nobody]));
    platform.line();
    let mut delivered: Vec<i32> = Vec::new();
    let mut lives = 0;
    while delivered.last() != stored.last() {
        // Killed in the midst of delivering.
        lives += 1;
        let (gateway, _) = storing(&nobody, store);
        let many = if lives < KILLS { 3 } else { stored.len() };
        for _ in 0..many {
            let line = platform.find(|line| line.contains("Pump Count = "));
            let (_, value) = line.split_once("Count = ").unwrap();
            delivered.push(value.split(' ').next().unwrap().parse().unwrap());
            if delivered.last() == stored.last() {
                break;
            }
        }
        gateway.signal("KILL");
    }
    let distinct: HashSet<i32> = delivered.iter().copied().collect();
    assert_eq!(distinct, stored.iter().copied().collect());
    let mut in_order = delivered.clone();
    in_order.dedup();
    in_order.sort_unstable();
    in_order.dedup();
    assert_eq!(in_order, stored);
    for pair in delivered.windows(2) {
        // It goes on where it was, or sends the one again that was under way.
        assert!(pair[1] == pair[0] + 1 || pair[1] == pair[0], "{delivered:?}");
    }
    assert!(delivered.len() <= stored.len() + lives, "{delivered:?}");
}

/// A bound of the size of files stands for a full disk.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_and_the_gateway_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().to_str().unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let script = format!(
        "trap '' XFSZ; ulimit -f 4096; exec {} gateway --listen 127.0.0.1:0 --url ws://{nobody} \
         --store {store}",
        env!("CARGO_BIN_EXE_alwayson"),
    );
    let (_gateway, http) = started(Command::new("sh").args(["-c", &script]));
    let text = "x".repeat(200_000);
    let path = "/Thingworx/Things/Pump/Properties/Text";
    let body = format!("{{\"Text\":\"{text}\"}}");
    let mut stored = 0;
    let refused = loop {
        let (status, _, answer) = ask(&http, "PUT", path, &body);
        match status {
            202 => stored += 1,
            503 => break answer,
            status => panic!("{status} {answer}"),
        }
        assert!(stored < 100, "the disk is not full");
    };
    assert!(refused.contains("the store cannot be read or written"), "{refused}");
    let (status, _, page) = ask(&http, "GET", "/status.json", "");
    assert_eq!(status, 200);
    assert!(page.contains(&format!("\"messages\":{stored}")), "{page}");
}
