use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;

#[path = "../../tests/config/law.rs"]
mod law;

/// A file with every setting.
const FULL: &str = include_str!("../../tests/config/full.json");

/// A file with the defaults of an EMS, and empty strings for unused settings.
const EMS_DEFAULTS: &str = include_str!("../../tests/config/ems-defaults.json");

/// Files in the forms that are in use. The last two are refused. The fuzz target starts with them.
const SHAPES: [&str; 8] = [
    FULL,
    EMS_DEFAULTS,
    include_str!("../../tests/config/byte-order-mark.json"),
    include_str!("../../tests/config/not-done.json"),
    include_str!("../../tests/config/objects-for-lists.json"),
    include_str!("../../tests/config/shortest.json"),
    include_str!("../../tests/config/commented.json"),
    include_str!("../../tests/config/encrypted-key.json"),
];

fn parse(text: &str) -> Parsed {
    Config::parse(text).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn error(text: &str) -> String {
    let errors = Config::parse(text).expect_err(text);
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn notes(text: &str) -> Vec<String> {
    parse(text).notes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_with_every_key_is_read_and_each_of_them_counts() {
    let Parsed { config, notes, given } = parse(FULL);
    let told: Vec<_> = notes.iter().map(|note| (note.place.line, note.key.as_str())).collect();
    assert_eq!(
        told,
        [
            (2, "ws_servers"),
            (17, "ws_connection.encryption"),
            (29, "certificates.validate"),
            (30, "certificates.disable_hostname_validation"),
            (34, "certificates.allow_self_signed"),
        ]
    );
    let defaults = Config::default().settings();
    let defaults = |key: &str| defaults.iter().find(|shown| shown.key == key);
    for shown in config.settings() {
        let same = defaults(&shown.key).is_some_and(|default| default.value == shown.value);
        assert!(!same, "{} is as by default: {:?}", shown.key, shown.value);
    }
    assert_eq!(given.len(), settings::SETTINGS.len());
    assert_eq!(config.app_key.unwrap().expose_secret(), "2f6d9a-key");
    assert_eq!(config.auto_bind[1].name.as_deref(), Some("*sn-17"));
}

#[test]
fn files_as_people_have_them_are_read_or_refused_with_a_place() {
    let refused = &SHAPES[6..];
    let taken = &SHAPES[..6];
    for text in taken {
        parse(text);
        law::is_answered_with_places(text).unwrap();
    }
    assert!(error(refused[0]).starts_with("line 2, column 3: JSON has no comments"));
    assert!(error(refused[1]).starts_with("line 1, column 61: appKey: the value is encrypted"));
}

#[test]
fn the_defaults_of_an_ems_are_taken_and_what_is_not_so_here_is_told() {
    let Parsed { config, notes, given } = parse(EMS_DEFAULTS);
    let told: Vec<_> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "line 8, column 5: http_server.passphrase: not supported: encrypted private keys \
             cannot be read: use openssl pkey to decrypt it",
            "line 14, column 21: ws_connection.max_messages: 500, taken for 256: has to be \
             from 1 to 256",
            "line 19, column 58: certificates.key_passphrase: not supported: encrypted private \
             keys cannot be read: use openssl pkey to decrypt it",
            "line 22, column 80: offline_msg_store.blocking: not supported: always on: the \
             answer is sent when the message is on disk",
        ]
    );
    // The file contains every setting of the README.
    assert_eq!(given.len(), settings::SETTINGS.len());
    assert_eq!(config.connection.max_messages, 256);
    assert_eq!(config.proxy.host, None);
    assert!(config.certificates.cert_chain.is_empty());
    let options = crate::Options::new();
    crate::Gateway::check(&config, &options).unwrap();
}

#[test]
fn numbers_at_the_ends_of_their_ranges_make_a_gateway() {
    let full: serde_json::Value = serde_json::from_str(EMS_DEFAULTS).unwrap();
    let mut tried = 0;
    for setting in settings::SETTINGS {
        let ends = match setting.kind {
            settings::Kind::Ms { least, .. } => [least, settings::MOST_MS],
            settings::Kind::Number { least, most, .. } => [least, most],
            _ => continue,
        };
        let (section, name) = setting.key.split_once('.').unwrap();
        for end in ends {
            let mut file = full.clone();
            file[section][name] = end.into();
            let config = parse(&file.to_string()).config;
            let checked = crate::Gateway::check(&config, &crate::Options::new());
            assert!(checked.is_ok(), "{}: {end}: {:?}", setting.key, checked.err());
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn an_empty_string_is_a_setting_that_is_not_given() {
    let text = r#"{"proxy": {"host": ""}, "certificates": {"cert_chain": ["", ""],
        "client_cert": ""}, "appKey": "", "http_server": {"password": ""}}"#;
    let config = parse(text).config;
    assert_eq!(config.proxy.host, None);
    assert!(config.certificates.cert_chain.is_empty());
    assert_eq!(config.certificates.client_cert, None);
    assert!(config.app_key.is_none() && config.http.password.is_none());
}

#[test]
fn each_key_alone_is_read() {
    let full: serde_json::Value = serde_json::from_str(FULL).unwrap();
    for (section, members) in full.as_object().unwrap() {
        let alone = |value: &serde_json::Value| {
            let text = serde_json::json!({ section: value }).to_string();
            parse(&text);
        };
        alone(members);
        for (name, value) in members.as_object().into_iter().flatten() {
            alone(&serde_json::json!({ name: value }));
        }
    }
}

#[test]
fn each_key_of_a_wrong_type_is_an_error_with_its_place() {
    let full: serde_json::Value = serde_json::from_str(FULL).unwrap();
    let wrong =
        ["null", "[]", "{}", "true", "1.5", "-7", "\"\\u0000text\"", "[1]", "1e300", "\"AES:x\""];
    let mut refused = 0;
    for (section, members) in full.as_object().unwrap() {
        for wrong in wrong {
            let sections = members
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| format!("{{\n \"{section}\": {{\n  \"{name}\": {wrong}}}}}"));
            for text in sections.chain([format!("{{\n\n \"{section}\": {wrong}}}")]) {
                for error in Config::parse(&text).err().into_iter().flatten() {
                    assert_eq!(error.place.line, 3, "{text}: {error}");
                    assert!(error.key.starts_with(section.as_str()), "{text}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 300, "{refused}");
}

#[test]
fn a_comment_and_a_trailing_comma_are_errors_with_a_hint() {
    assert_eq!(
        error("{\n  // the platform\n  \"resource\": \"/x\"\n}"),
        "line 2, column 3: JSON has no comments (remove the comment: a configuration is plain \
         JSON)"
    );
    assert_eq!(
        error("{\n  /* x */ \"resource\": \"/x\"\n}"),
        "line 2, column 3: JSON has no comments (remove the comment: a configuration is plain \
         JSON)"
    );
    let comma = "line 1, column 19: JSON has no comma at the end of a list (remove the comma \
                 before the closing bracket)";
    assert_eq!(error("{\"resource\": \"/x\",}"), comma);
    assert!(error("{\"auto_bind\": [{\"name\": \"a\"},]}").contains("remove the comma"));
}

#[test]
fn a_byte_order_mark_is_taken_and_utf_16_is_named() {
    parse("\u{feff}{}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "\u{feff}{\"resource\": \"/x\"}").unwrap();
    assert_eq!(Config::read(file.path()).unwrap().config.resource, "/x");
    std::fs::write(file.path(), b"\xFF\xFE{\0}\0").unwrap();
    assert!(Config::read(file.path()).unwrap_err().to_string().contains("UTF-16"));
}

#[test]
fn text_that_is_no_json_is_an_error_with_line_and_column() {
    for (text, place) in [
        ("", "line 1, column 1"),
        ("{\n \"resource\": \n", "line 3, column 1"),
        ("{\n\"a\" 1}", "line 2, column 5"),
        ("{\"ä\": 'x'}", "line 1, column 7"),
        ("[]", "line 1, column 1"),
        ("{} {}", "line 1, column 4"),
        ("{\"http_server\": {\"port\": 0x10}}", "line 1, column 27"),
    ] {
        assert!(error(text).starts_with(place), "{text}: {}", error(text));
    }
}

#[test]
fn an_object_for_a_list_is_taken_and_told() {
    let text = r#"{"auto_bind": {"name": "Pump"}, "ws_servers": {"host": "a"}}"#;
    let parsed = parse(text);
    assert_eq!(parsed.config.auto_bind[0].name.as_deref(), Some("Pump"));
    assert_eq!(
        notes(text),
        [
            "line 1, column 15: auto_bind: an object, taken for a list with this one entry",
            "line 1, column 47: ws_servers: an object, taken for a list with this one entry",
        ]
    );
}

#[test]
fn what_is_not_known_is_told_with_the_nearest_name() {
    assert_eq!(
        notes(
            r#"{"http_server": {"prot": 1}, "autobind": [], "qwertyuiop": 1,
            "htp_server": {}, "proxi": {}, "certificate": {}}"#
        ),
        [
            "line 1, column 18: http_server.prot: unknown setting; did you mean http_server.port?",
            "line 1, column 30: autobind: unknown setting; did you mean auto_bind?",
            "line 1, column 46: qwertyuiop: unknown setting",
            "line 2, column 13: htp_server: unknown setting; did you mean http_server?",
            "line 2, column 31: proxi: unknown setting; did you mean proxy?",
            "line 2, column 44: certificate: unknown setting; did you mean http_server.certificate?",
        ]
    );
}

#[test]
fn what_is_known_and_not_done_is_told_once_each() {
    let notes = notes(r#"{"tunnel": {"a": 1}, "file": 1, "fips": {}, "duty_cycle": 1}"#);
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(notes[0].contains("there are no tunnels"), "{notes:?}");
}

#[test]
fn an_encrypted_key_is_named_and_not_shown() {
    for text in [r#"{"appKey": "AES:c2VjcmV0"}"#, r#"{"appkey": "KEYSTORE:c2VjcmV0"}"#] {
        let error = error(text);
        assert!(error.contains("the value is encrypted, and cannot be read"), "{error}");
        assert!(!error.contains("c2VjcmV0"), "{error}");
    }
    parse(r#"{"http_server": {"password": "Aa:b"}}"#);
}

#[test]
fn a_name_that_comes_twice_is_an_error() {
    let error = error("{\"resource\": \"/a\",\n\"resource\": \"/b\"}");
    assert_eq!(error, "line 2, column 1: resource: already in line 1");
}

#[test]
fn an_entry_without_a_name_is_an_error_and_so_is_one_that_comes_twice() {
    assert_eq!(
        error(r#"{"auto_bind": [{}]}"#),
        "line 1, column 16: auto_bind[0]: the entry has no name"
    );
    assert!(error(r#"{"auto_bind": [{"name":"a"},{"name":"a"}]}"#).contains("the same name"));
    assert!(error(r#"{"ws_servers": [{"port": 1}]}"#).contains("has no host"));
}

#[test]
fn settings_that_weaken_are_told() {
    let text = r#"{"ws_connection": {"encryption": "none"}, "certificates": {"validate": false,
        "allow_self_signed": true, "disable_hostname_validation": true}}"#;
    let kinds: Vec<_> = parse(text).notes.iter().map(|note| note.kind).collect();
    assert_eq!(kinds, [NoteKind::Weakens; 4]);
}

#[test]
fn numbers_are_held_to_their_range_at_both_ends() {
    let port = |port: i64| Config::parse(&format!("{{\"http_server\": {{\"port\": {port}}}}}"));
    assert!(port(-1).is_err());
    assert_eq!(port(0).unwrap().config.http.port, 0);
    assert_eq!(port(65_535).unwrap().config.http.port, 65_535);
    assert!(port(65_536).is_err());
    let size = |size: i64| {
        let text = format!("{{\"ws_connection\": {{\"max_msg_size\": {size}}}}}");
        let parsed = parse(&text);
        (parsed.config.connection.max_msg_size, parsed.notes.len())
    };
    assert_eq!(size(65_535), (65_536, 1));
    assert_eq!(size(65_536), (65_536, 0));
    assert_eq!(size(64 << 20), (64 << 20, 0));
    assert_eq!(size((64 << 20) + 1), (64 << 20, 1));
}

#[test]
fn a_name_as_long_as_the_file_is_cut_where_it_is_told() {
    let notes = notes(&format!("{{\"{}\": 1}}", "x".repeat(100_000)));
    assert!(notes[0].len() < 200, "{}", notes[0].len());
}

#[test]
fn deep_nesting_is_an_error_with_its_place() {
    let text = "[".repeat(100_000);
    assert!(error(&text).contains("line 1, column"));
}

#[test]
fn secrets_are_masked_where_settings_are_shown() {
    let config = parse(FULL).config;
    let shown = format!("{:?} {config:?}", config.settings());
    for secret in ["2f6d9a-key", "http-secret", "proxy-secret", "thing-secret"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

/// Returns a text with some bytes removed, inserted, replaced or repeated.
fn mutated(text: &str, at: usize, len: usize, kind: u8, with: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = at % (bytes.len() + 1);
    let end = (at + len).min(bytes.len());
    match kind % 4 {
        0 => drop(bytes.drain(at..end)),
        1 => drop(bytes.splice(at..at, with.bytes())),
        2 => drop(bytes.splice(at..end, with.bytes())),
        _ => {
            let part = bytes[at..end].to_vec();
            drop(bytes.splice(at..at, part));
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn ten_thousand_mutations_give_an_answer_with_a_place_and_leave_the_file_as_it_is(
        shape in prop::sample::select(&SHAPES[..]),
        first in (any::<u16>(), 0_usize..40, any::<u8>(), "[\\[\\]{}\",:0-9a-zäß\\\\/*.\\-+eE \n]{0,6}"),
        second in (any::<u16>(), 0_usize..4, any::<u8>(), "(null|true|-1|1e999|\\[|\\{|\"|//|,)"),
    ) {
        let text = mutated(shape, first.0.into(), first.1, first.2, &first.3);
        let text = mutated(&text, second.0.into(), second.1, second.2, &second.3);
        let checked = law::is_answered_with_places(&text);
        prop_assert!(checked.is_ok(), "{:?}", checked);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let read = Config::read(file.path());
        // A file with a NUL is not a text file.
        let is_text = !text.contains('\0');
        prop_assert_eq!(read.is_ok(), is_text && Config::parse(&text).is_ok());
        prop_assert_eq!(std::fs::read(file.path()).unwrap(), text.as_bytes());
    }
}
