//! The code in the README is quoted from the examples.

use std::path::{Path, PathBuf};

/// The marker of omitted lines.
const LEFT_OUT: &str = "// ...";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the Rust blocks, each with its file.
fn quotes(readme: &str) -> Vec<(String, Vec<String>)> {
    let mut quotes: Vec<(String, Vec<String>)> = Vec::new();
    let mut is_in = false;
    for line in readme.lines() {
        if let Some(info) = line.strip_prefix("```") {
            let file = info.strip_prefix("rust");
            is_in = !is_in && file.is_some();
            if let Some(file) = file.filter(|_| is_in) {
                quotes.push((file.trim().to_owned(), Vec::new()));
            }
        } else if is_in {
            quotes.last_mut().unwrap().1.push(line.trim().to_owned());
        }
    }
    quotes
}

/// Returns whether the file contains these lines in order, except for omissions.
fn stands_in(file: &[&str], quote: &[String]) -> bool {
    let mut at = 0;
    for part in quote.split(|line| line == LEFT_OUT) {
        let found = file
            .get(at..)
            .and_then(|rest| rest.windows(part.len()).position(|lines| lines == part));
        let Some(found) = found else { return false };
        at += found + part.len();
    }
    true
}

#[test]
fn each_line_of_rust_in_the_readme_is_one_of_an_example_that_runs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let quotes = quotes(&readme);
    assert_eq!(quotes.len(), 4, "for edge, platform, codec and firmware");
    for (file, quote) in quotes {
        let example = std::fs::read_to_string(root().join(&file)).unwrap();
        let lines: Vec<&str> = example.lines().map(str::trim).collect();
        assert!(file.contains("/examples/"), "{file}");
        assert!(stands_in(&lines, &quote), "{file} has not\n{}", quote.join("\n"));
        let mut other = quote.clone();
        other[0].push(';');
        assert!(!stands_in(&lines, &other), "{file}");
    }
}

#[test]
fn links_of_the_readme_lead_to_files() {
    for name in ["README.md", "PROOFS.md", "CONTRIBUTING.md", "SECURITY.md"] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let is_there = file.starts_with("https:") || root().join(file).exists();
            assert!(is_there, "{name}: {link}");
        }
    }
}
