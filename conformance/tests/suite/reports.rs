//! Reports: of the schema, readable by others, and the same for known failures.

use std::path::Path;

use alwayson_conformance::suite::select::KnownFailing;
use alwayson_conformance::suite::{Report, Verdict, report};
use assert_cmd::Command;
use pcap_file::pcapng::{Block, PcapNgReader};
use serde_json::{Value, json};

use super::support::{self, PROGRAM, cases_up_to, options};

/// A report with a failure, a pass and a case that is unsupported.
fn failed() -> Report {
    let mut options = options(&["ws-text-is-ignored-to-an-edge", "ws-fragments-to-an-edge"], &[]);
    "an <edge> | with \"signs\"".clone_into(&mut options.name);
    support::edge(cases_up_to(20_000), Some("ends-at-text"), 0.1, &options).report
}

#[test]
fn a_report_is_of_its_schema_and_a_broken_one_is_not() {
    let schema: Value = serde_json::from_str(report::JSON_SCHEMA).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let json: Value = serde_json::from_str(&report::json(&failed())).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|e| e.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let at = json["cases"].as_array().unwrap().iter().position(|c| c["verdict"] == "fail").unwrap();
    for (place, value) in [
        ("/schema".to_owned(), json!("alwayson-report/2")),
        ("/tested".to_owned(), json!("device")),
        (format!("/cases/{at}/verdict"), json!("pass")),
        (format!("/cases/{at}/level"), json!("MAY")),
        (format!("/cases/{at}/failure"), json!({})),
    ] {
        let mut broken = json.clone();
        *broken.pointer_mut(&place).unwrap() = value;
        assert!(!validator.is_valid(&broken), "{place}");
    }
}

#[test]
fn a_failure_shows_the_exchange_without_secrets() {
    let report = failed();
    assert_eq!(report.count(Verdict::Fail), 1);
    let text = report::text(&report);
    assert!(text.contains("FAIL ws-text-is-ignored-to-an-edge (SHOULD)"), "{text}");
    assert!(text.contains("edge     -> AUTH request=1 {appKey=***}"), "{text}");
    assert!(text.contains("platform -> text, 20 bytes"), "{text}");
    let xml = report::junit(&report).unwrap();
    let reports = [report];
    let page = report::html(&reports);
    let json = report::json(&reports[0]);
    for text in [&text, &xml, &page, &json, &report::markdown(&reports)] {
        assert!(!text.contains("4f1c2a9e-demo-key"), "{text}");
    }
    assert!(!xml.contains("an <edge>") && !page.contains("an <edge>"));
}

#[test]
fn junit_counts_failures_and_skipped_cases() {
    let report = failed();
    let xml = report::junit(&report).unwrap();
    let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    assert_eq!((read.tests, read.failures, read.errors), (2, 1, 0));
    let case = &read.test_suites[0].test_cases[1];
    assert_eq!(case.name.as_str(), "ws-text-is-ignored-to-an-edge");
}

#[test]
fn known_failures_do_not_count_and_stale_entries_do() {
    let known = |entries: &str| KnownFailing::from_json(entries.as_bytes()).unwrap();
    let mut report = failed();
    known(r#"[{"cases": "ws-text-*", "reason": "never heard of", "link": "https://x.example/1"}]"#)
        .apply(&mut report, true);
    assert!(report.is_good());
    assert_eq!(report.known(), 1);
    let text = report::text(&report);
    assert!(text.contains("never heard of (https://x.example/1)"), "{text}");
    let xml = report::junit(&report).unwrap();
    assert_eq!(quick_junit::Report::deserialize_from_str(&xml).unwrap().failures, 0);
    // An entry whose case passes, and one of a section, by its alias.
    let mut report = failed();
    known(r#"[{"cases": "*", "reason": "all"}]"#).apply(&mut report, false);
    assert!(!report.is_good());
    assert!(report.stale[0].contains("ws-fragments-to-an-edge passes"), "{:?}", report.stale);
    let mut report = failed();
    known(r#"[{"cases": "1/ws-text-*", "reason": "by section"}]"#).apply(&mut report, false);
    assert!(report.is_good());
    // An entry without a case is stale, unless only a part was run.
    for (left_out, is_good) in [(false, false), (true, true)] {
        let mut report = failed();
        known(r#"[{"cases": "ws-text-*", "reason": "r"}, {"cases": "gone", "reason": "r"}]"#)
            .apply(&mut report, left_out);
        assert_eq!(report.is_good(), is_good);
    }
    assert!(KnownFailing::from_json(br#"[{"cases": "*", "reason": " "}]"#).is_err());
}

#[test]
fn the_page_is_one_file_that_a_browser_shows() {
    let other = Report { name: "another".to_owned(), ..failed() };
    let page = report::html(&[failed(), other]);
    assert!(!page.contains("src=") && !page.contains("<link"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    std::fs::write(&path, page).unwrap();
    let Some(text) = shown_by_chromium(&path, folder.path()) else {
        eprintln!("chromium is not installed: the page is not looked at");
        return;
    };
    let document = text.split_once("<table class=\"matrix\">").unwrap().1;
    let heads = document.split("</thead>").next().unwrap();
    assert_eq!(heads.matches("<th>").count(), 4, "{heads}");
    let table = document.split("</table>").next().unwrap();
    assert_eq!(table.matches("<td class=\"fail\">").count(), 2, "{table}");
    assert_eq!(table.matches("<td class=\"pass\">").count(), 2, "{table}");
    // Each link leads somewhere.
    for link in table.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(text.contains(&format!("id=\"{link}\"")), "{link}");
    }
}

/// The document as a browser has built it, `None` without one.
fn shown_by_chromium(page: &Path, folder: &Path) -> Option<String> {
    let name = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        let run = std::process::Command::new(name).arg("--version").output();
        run.is_ok_and(|output| output.status.success())
    })?;
    let output = std::process::Command::new(name)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_capture_of_each_failure_is_written_without_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&["ws-text-is-ignored-to-an-edge", "ws-fragments-to-an-edge"], &[]);
    options.pcap = Some(folder.path().to_owned());
    support::edge(cases_up_to(20_000), Some("ends-at-text"), 0.1, &options);
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
    let bytes = std::fs::read(folder.path().join("ws-text-is-ignored-to-an-edge.pcapng")).unwrap();
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(has(b"GET /Thingworx/WS HTTP/1.1") && has(b"appKey\x11*****"));
    assert!(!has(b"4f1c2a9e"));
    let mut reader = PcapNgReader::new(bytes.as_slice()).unwrap();
    let mut packets = 0;
    while let Some(block) = reader.next_block() {
        packets += usize::from(matches!(block.unwrap(), Block::EnhancedPacket(_)));
    }
    assert!(packets > 10, "{packets}");
}

#[test]
fn the_command_writes_reports_and_merges_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let run = |name: &str, fault: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(["test", "edge", "--control", "--time-scale", "0.1", "--strict"]);
        command.args(["--run", "ws-text-*", "--name", name, "--json", &file(name)]);
        command.args(["--junit", &file("junit.xml"), "--html", &file("one.html")]);
        command.args(["--markdown", &file("one.md")]);
        command.args(["--", PROGRAM, "reference", "edge", "--time-scale", "0.1"]).args(fault);
        command.output().unwrap().status.code().unwrap()
    };
    assert_eq!(run("right", &[]), 0);
    assert_eq!(run("wrong", &["--fault", "ends-at-text"]), 1);
    let markdown = std::fs::read_to_string(file("one.md")).unwrap();
    assert!(markdown.contains("| `ws-text-is-ignored-to-an-edge` | SHOULD | fail |"), "{markdown}");
    let mut command = Command::new(PROGRAM);
    command.args(["report", &file("right"), &file("wrong"), "--html", &file("all.html")]);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let page = std::fs::read_to_string(file("all.html")).unwrap();
    assert!(page.contains("<th>right</th><th>wrong</th>"), "{page}");
    let mut command = Command::new(PROGRAM);
    let output = command.args(["report", &file("right"), &file("wrong")]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("## wrong: edge"));
}

#[test]
fn features_and_globs_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("features.json");
    let list = |features: &str, more: &[&str]| {
        std::fs::write(&path, features).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["test", "platform", "--list", "--features"]).arg(&path).args(more);
        command.output().unwrap()
    };
    assert_eq!(list("{\"colour\": true}", &[]).status.code(), Some(2));
    assert_eq!(list("{}", &["--run", "[a"]).status.code(), Some(2));
    let listed = list("{\"gateways\": false}", &["--run", "7/a-gateway-*"]);
    assert_eq!(listed.status.code(), Some(0));
    let text = String::from_utf8(listed.stdout).unwrap();
    assert!(text.lines().count() > 2 && text.contains("[gateways, control]"), "{text}");
}

#[test]
fn the_data_are_compiled_in_and_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(PROGRAM);
    assert!(command.arg("export").arg(folder.path()).output().unwrap().status.success());
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    for group in ["vectors", "sessions", "captures"] {
        let names = |folder: &Path| -> Vec<String> {
            let entries = std::fs::read_dir(folder.join(group)).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(names(own), names(folder.path()));
        for name in names(own) {
            let place = Path::new(group).join(name);
            let [ours, written] = [own, folder.path()].map(|of| std::fs::read(of.join(&place)));
            assert_eq!(ours.unwrap(), written.unwrap(), "{}", place.display());
        }
    }
}

#[cfg(unix)]
#[test]
fn at_ctrl_c_the_report_is_written_with_the_cases_that_were_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let report = folder.path().join("report.json");
    let mut command = std::process::Command::new(PROGRAM);
    command.args(["test", "edge", "--run", "ws-text-*", "--json"]).arg(&report);
    let script = format!("touch {}; exec sleep 600", started.display());
    let mut running = command.args(["--", "sh", "-c", &script]).spawn().unwrap();
    while !started.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let kill = format!("kill -INT {}", running.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    let json: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(json["cases"][0]["verdict"], "not-run");
}
