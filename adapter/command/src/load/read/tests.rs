use super::*;
use crate::load::profile::Profile;

fn errors(text: &str) -> String {
    read(text).expect_err(text).join("\n")
}

#[test]
fn a_profile_is_read_and_written() {
    let text = r#"{
        "edges": 10, "thingsPerEdge": 3, "durationSeconds": 60, "thinkMs": [5, 50],
        "expectedIntervalMs": 20, "rampSeconds": 4, "prefix": "Line-", "seed": 7, "inFlight": 2,
        "mix": [
            { "kind": "push", "weight": 6, "payloadBytes": 100 },
            { "kind": "read", "property": "Payload" },
            { "kind": "write" },
            { "kind": "call", "service": "Add", "timeoutMs": 500 },
            { "kind": "event", "event": "Overheat" }
        ]
    }"#;
    let profile = Profile::of(read(text).unwrap()).unwrap();
    assert_eq!(
        profile.mix.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(),
        ["Payload", "Payload", "Load", "Add", "Overheat"]
    );
    assert_eq!(profile.read_settings().count(), 1);
    let written = profile.json().to_string();
    assert_eq!(Profile::of(read(&written).unwrap()).unwrap(), profile);
    let open = r#"{ "edges": 1, "requests": 0, "rate": 9, "rampEdgesPerSecond": 5 }"#;
    let open = Profile::of(read(open).unwrap()).unwrap();
    assert_eq!(Profile::of(read(&open.json().to_string()).unwrap()).unwrap(), open);
}

#[test]
fn each_mistake_is_told_with_its_place_and_the_nearest_name() {
    for (text, error) in [
        ("{\n  \"edgs\": 5\n}", "line 2, column 3: edgs: unknown member; did you mean edges?"),
        ("{ \"xyzzy\": 1 }", "line 1, column 3: xyzzy: unknown member"),
        ("{ \"edges\": 1, // one\n }", "line 1, column 15: JSON has no comments"),
        ("[]", "line 1, column 1: expected an object, found a list"),
        ("{ \"edges\": \"5\" }", "column 12: edges: expected a whole number, found a string"),
        ("{ \"edges\": 1.5 }", "edges: has to be a whole number from 1 to 100000, found 1.5"),
        ("{ \"edges\": 1, \"edges\": 2 }", "column 15: edges: is there twice"),
        ("{ \"prefix\": \"\" }", "column 13: prefix: is empty"),
        ("{ \"thinkMs\": [1] }", "thinkMs: expected a number, or a list of two"),
        ("{ \"thinkMs\": [2, 1] }", "thinkMs: 2 to 1 is no range"),
        ("{ \"rate\": 1, \"thinkMs\": 1 }", "column 14: thinkMs: cannot be combined with rate"),
        ("{ \"mix\": [] }", "mix: has to have from 1 to 64 entries, found 0"),
        ("{ \"mix\": [{}] }", "column 11: mix[0]: has no kind"),
        ("{ \"mix\": [{ \"kind\": \"pull\" }] }", "mix[0].kind: expected one of push, read, write"),
        ("{ \"mix\": [{ \"kind\": \"call\" }] }", "column 11: mix[0]: has no service"),
        (
            "{ \"mix\": [{ \"kind\": \"push\", \"wieght\": 1 }] }",
            "column 29: mix[0].wieght: unknown member; did you mean weight?",
        ),
        (
            "{ \"mix\": [{ \"kind\": \"push\", \"service\": \"x\" }] }",
            "mix[0].service: a push has no such member; expected property",
        ),
        (
            "{ \"mix\": [{ \"kind\": \"read\", \"payloadBytes\": 1 }] }",
            "mix[0].payloadBytes: a read has no payload",
        ),
    ] {
        assert!(errors(text).contains(error), "{text}: {}", errors(text));
    }
    let mixed = r#"{ "mix": [{ "kind": "push", "property": "P" },
        { "kind": "write", "property": "P", "payloadBytes": 1 }] }"#;
    assert!(errors(mixed).contains("line 2, column 9: mix[1]: the property is a text"));
    // All are told, in the order of the text.
    let several = errors("{ \"rate\": 0, \"edgs\": 5, \"edges\": 0 }");
    let places: Vec<&str> = several.lines().map(|line| &line[..17]).collect();
    assert_eq!(places, ["line 1, column 11", "line 1, column 14", "line 1, column 34"]);
}

#[test]
fn numbers_have_limits() {
    let entry = |name: &str, number: &str| {
        read(&format!(r#"{{ "mix": [{{ "kind": "push", "{name}": {number} }}] }}"#)).is_ok()
    };
    let member = |name: &str, number: &str| read(&format!(r#"{{ "{name}": {number} }}"#)).is_ok();
    let numbers = NUMBERS.iter().map(|(name, limit, _)| (*name, limit.clone(), false));
    let of_entry = [
        ("weight", options::WEIGHT, true),
        ("payloadBytes", options::PAYLOAD_BYTES, true),
        ("timeoutMs", options::TIMEOUT_MS, true),
    ];
    let all = numbers.chain(of_entry).chain([("thinkMs", options::THINK_MS, false)]);
    for (name, limit, is_of_entry) in all {
        let is_good = |number: i128| {
            let number = number.to_string();
            if is_of_entry { entry(name, &number) } else { member(name, &number) }
        };
        let least = i128::from(*limit.start());
        let most = i128::from(*limit.end());
        let seen = [least - 1, least, least + 1, most - 1, most, most + 1].map(is_good);
        assert_eq!(seen, [false, true, true, true, true, false], "{name}");
    }
    let mix = |count| {
        let entries = vec![r#"{ "kind": "push" }"#; count].join(",");
        read(&format!(r#"{{ "mix": [{entries}] }}"#)).is_ok()
    };
    assert_eq!([0, 1, 63, 64, 65].map(mix), [false, true, true, true, false]);
}

#[test]
fn a_file_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile.json");
    for (more, is_good) in [(-1, true), (0, true), (1, false)] {
        let len = usize::try_from(i64::try_from(MAX_LEN).unwrap() + more).unwrap();
        std::fs::write(&path, format!("{}{{}}", " ".repeat(len - 2))).unwrap();
        assert_eq!(file(&path).is_ok(), is_good, "{len}");
    }
}
