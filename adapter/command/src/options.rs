//! The table of options in `README.md` is written from the options themselves: with
//! `WRITE_DOCS=1` in the environment this writes it.

use std::fmt::Write as _;
use std::path::Path;

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory};

use crate::Cli;

const BEGIN: &str =
    "<!-- options: written by `WRITE_DOCS=1 cargo test -p alwayson-cli --bins` -->\n";
const END: &str = "<!-- end of options -->\n";

fn tables() -> String {
    let mut cli = Cli::command();
    cli.build();
    let mut text = String::new();
    for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = command.get_name();
        let head = "| option | default | what it does |";
        let line = "| --- | --- | --- |";
        write!(text, "\n#### `alwayson {name}`\n\n{head}\n{line}\n").unwrap();
        for arg in command.get_arguments().filter(|arg| is_own(arg)) {
            writeln!(text, "| {} |", row(arg).join(" | ")).unwrap();
        }
        text.push_str(&common(command));
    }
    text.push('\n');
    text
}

/// All but those that every command has.
fn is_own(arg: &Arg) -> bool {
    !matches!(arg.get_id().as_str(), "help" | "version" | "log")
}

fn common(command: &Command) -> String {
    let log = command.get_arguments().find(|arg| arg.get_id() == "log").unwrap();
    format!("| {} |\n", row(log).join(" | "))
}

fn row(arg: &Arg) -> [String; 3] {
    let values: Vec<String> = arg
        .get_value_names()
        .filter(|_| arg.get_action().takes_values())
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    let option = match arg.get_long() {
        Some(long) if values.is_empty() => format!("`--{long}`"),
        Some(long) => format!("`--{long} {}`", values.join(" ")),
        None => format!("`{}`", values.join(" ")),
    };
    let defaults = arg.get_default_values().iter();
    let defaults: Vec<String> =
        defaults.map(|value| format!("`{}`", value.to_string_lossy())).collect();
    let help = arg.get_long_help().or(arg.get_help()).map(StyledStr::to_string);
    let mut help = help.unwrap_or_default().replace('\n', " ");
    let said = help.strip_suffix(']').and_then(|help| help.split_once(" [default: "));
    let said = said.map(|(help, default)| (help.to_owned(), format!("`{default}`")));
    let default = match (arg.is_required_set(), &defaults[..]) {
        (true, _) => "required".to_owned(),
        (false, []) => said.as_ref().map(|(_, default)| default.clone()).unwrap_or_default(),
        (false, _) if !arg.get_action().takes_values() => "off".to_owned(),
        (false, defaults) => defaults.join(","),
    };
    if let Some((rest, _)) = said {
        help = rest;
    }
    let possible = arg.get_possible_values();
    let has_words = arg.get_action().takes_values() && !possible.is_empty();
    if has_words && arg.get_id() != "shell" {
        let words = possible.iter().map(|value| {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            let help = help.trim_end_matches('.');
            format!("`{}`: {help}", value.get_name())
        });
        let words: Vec<String> = words.collect();
        help = format!("{}: {}", help.trim_end_matches('.'), words.join("; "));
    }
    [option, default, help].map(|cell| cell.replace('|', "\\|"))
}

#[test]
fn the_readme_has_every_option_with_its_default() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("no begin of the options");
    let (there, after) = rest.split_once(END).expect("no end of the options");
    let tables = tables();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{tables}{END}{after}")).unwrap();
        return;
    }
    assert!(there == tables, "the options in README.md are not those of the command");
}
