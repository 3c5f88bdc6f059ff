//! The table of settings in the README, which this test writes or compares.

use std::fmt::Write as _;
use std::path::Path;

use super::model::{AutoBind, Config, Server};
use super::not_done::NOT_DONE;
use super::settings::{AUTO_BIND, Kind, SERVER, SETTINGS, Setting};
use super::show::value;

/// Returns the table of settings.
fn table() -> String {
    let mut text = "\n| setting | default | meaning |\n| --- | --- | --- |\n".to_owned();
    for setting in SETTINGS {
        row(&mut text, "", setting, &mut Config::default());
        match setting.kind {
            Kind::Servers => {
                for each in SERVER {
                    row(&mut text, "ws_servers[].", each, &mut Server::default());
                }
            }
            Kind::Things => {
                for each in AUTO_BIND {
                    row(&mut text, "auto_bind[].", each, &mut AutoBind::default());
                }
            }
            _ => {}
        }
    }
    text.push_str(
        "\nThese settings of an EMS are not supported. The gateway warns of each at the start:\n\n",
    );
    for (key, what) in NOT_DONE {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- `{key}`: {what}");
    }
    text.push('\n');
    text
}

fn row<T>(text: &mut String, prefix: &str, setting: &Setting<T>, default: &mut T) {
    let names = [Some(setting.key), setting.alias].into_iter().flatten();
    let names: Vec<String> = names.map(|name| format!("`{prefix}{name}`")).collect();
    let default = value(&setting.kind, default).map_or_else(String::new, |v| format!("`{v}`"));
    let range = match &setting.kind {
        Kind::Number { least, most, .. } => format!(" ({least} to {most})"),
        _ => String::new(),
    };
    let _ = writeln!(text, "| {} | {default} | {}{range} |", names.join(", "), setting.meaning);
}

#[test]
fn the_readme_has_every_setting_with_its_default() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let begin = "<!-- settings: written by a test, see CONTRIBUTING.md -->\n";
    let end = "<!-- end of settings -->\n";
    let (before, rest) = readme.split_once(begin).expect("no begin of the settings");
    let (there, after) = rest.split_once(end).expect("no end of the settings");
    let table = table();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
        return;
    }
    assert!(there == table, "write it by: WRITE_DOCS=1 cargo test -p alwayson-gateway --lib");
}
