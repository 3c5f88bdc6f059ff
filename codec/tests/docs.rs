//! The pages in `codec/docs` say what the code does: they are written from its
//! tables. With `WRITE_DOCS=1` in the environment this writes them.

#![cfg(not(miri))]

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::path::Path;

use alwayson_codec::connection::{edge, platform};

/// One table: a state diagram of what leads from one state to another, and
/// every cell.
fn section<S: Copy + Debug + PartialEq, I: Copy + Debug>(
    page: &mut String,
    states: &[S],
    inputs: &[I],
    transition: impl Fn(S, I) -> (S, String),
) {
    let mut edges: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
    let place = |state: S| states.iter().position(|other| *other == state).unwrap();
    for state in states {
        for input in inputs {
            let (next, _) = transition(*state, *input);
            if next != *state {
                let inputs = edges.entry((place(*state), place(next))).or_default();
                inputs.push(format!("{input:?}"));
            }
        }
    }
    page.push_str("```mermaid\nstateDiagram-v2\n");
    writeln!(page, "    [*] --> {:?}", states[0]).unwrap();
    for ((from, to), inputs) in &edges {
        let from = states[*from];
        let to = states[*to];
        writeln!(page, "    {from:?} --> {to:?}: {}", inputs.join(", ")).unwrap();
    }
    let last = states[states.len() - 1];
    if !edges.keys().any(|(from, _)| *from == states.len() - 1) {
        writeln!(page, "    {last:?} --> [*]").unwrap();
    }
    page.push_str("```\n\n|  |");
    for state in states {
        write!(page, " {state:?} |").unwrap();
    }
    page.push_str("\n| --- |");
    page.push_str(&" --- |".repeat(states.len()));
    page.push('\n');
    for input in inputs {
        write!(page, "| **{input:?}** |").unwrap();
        for state in states {
            let (next, action) = transition(*state, *input);
            let next = if next == *state { String::new() } else { format!("→ {next:?} ") };
            let cell = format!("{next}{action}");
            write!(page, " {} |", if cell.is_empty() { "·" } else { cell.trim() }).unwrap();
        }
        page.push('\n');
    }
    page.push('\n');
}

fn action(action: impl Debug) -> String {
    match format!("{action:?}").as_str() {
        "Nothing" => String::new(),
        other => other.to_owned(),
    }
}

fn head(title: &str) -> String {
    format!(
        "# {title}\n\n\
         Generated from the tables in the code by `WRITE_DOCS=1 cargo test -p alwayson-codec \
         --test docs`.\nThe test fails if page and code differ. A cell shows the next state, \
         after an arrow, and the action;\na dot means no change. The documentation of the crate \
         describes states, inputs and actions.\n\n"
    )
}

fn edge_page() -> String {
    let mut page = head("An edge's side of a connection");
    page.push_str("## The connection\n\n");
    section(&mut page, edge::State::ALL, edge::Input::ALL, |state, input| {
        let (next, done) = edge::transition(state, input);
        (next, action(done))
    });
    page.push_str("## A name\n\n");
    section(&mut page, edge::NameState::ALL, edge::NameInput::ALL, |state, input| {
        (edge::name_transition(state, input), String::new())
    });
    page
}

fn platform_page() -> String {
    let mut page = head("A platform's side of a connection");
    page.push_str("## The connection\n\n");
    section(&mut page, platform::State::ALL, platform::Input::ALL, |state, input| {
        let (next, done) = platform::transition(state, input);
        (next, action(done))
    });
    page.push_str("## A name\n\n");
    section(&mut page, platform::NameState::ALL, platform::NameInput::ALL, |state, input| {
        (platform::name_transition(state, input), String::new())
    });
    page
}

fn check(name: &str, page: &str) {
    let page = format!("{}\n", page.trim_end());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == page, "{name} is not what the code says; see its first lines");
}

#[test]
fn the_page_of_the_edge_says_what_the_code_does() {
    check("edge.md", &edge_page());
}

#[test]
fn the_page_of_the_platform_says_what_the_code_does() {
    check("platform.md", &platform_page());
}
