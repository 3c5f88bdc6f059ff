//! The header has every number of the codec, and numbers of errors stay.

use std::collections::BTreeSet;
use std::ffi::CStr;

use alwayson_codec::{BaseType, Characteristic, EntityType, Method, Status};
use alwayson_ffi::edge::alwayson_edge_size;
use alwayson_ffi::error::{AlwaysonError, alwayson_error_text};
use alwayson_ffi::multipart::{alwayson_joiner_size, alwayson_memory_for};

const HEADER: &str = include_str!("../../include/alwayson.h");
const README: &str = include_str!("../../README.md");

/// Whether the header has this constant with this number.
fn has(kind: &str, name: &str, number: u8) -> bool {
    HEADER.contains(&format!("  ALWAYSON_{kind}_{name} = {number},\n"))
}

/// `ThingShapes` as `THING_SHAPES`, `PropertiesVTQ` as `PROPERTIES_VTQ`,
/// `NOT_FOUND` as it is.
fn screaming(name: &str) -> String {
    let mut screaming = String::new();
    let mut was_lower = false;
    for letter in name.chars() {
        if letter.is_uppercase() && was_lower {
            screaming.push('_');
        }
        was_lower = letter.is_lowercase();
        screaming.extend(letter.to_uppercase());
    }
    screaming
}

#[test]
fn every_code_of_the_codec_is_in_the_header() {
    let missing = |kind: &str, name: &str, number| {
        (!has(kind, &screaming(name), number)).then(|| format!("{kind} {name} {number}"))
    };
    let methods = Method::ALL.iter().map(|it| ("METHOD", it.name(), it.to_u8()));
    let types = BaseType::ALL.iter().map(|it| ("BASE_TYPE", it.name().unwrap(), it.to_u8()));
    let statuses = Status::ALL.iter().map(|it| ("STATUS", it.name().unwrap(), it.to_u8()));
    let entities = EntityType::ALL.iter().map(|it| ("ENTITY", it.name().unwrap(), it.to_u8()));
    let parts = Characteristic::ALL;
    let parts = parts.iter().map(|it| ("CHARACTERISTIC", it.name().unwrap(), it.to_u8()));
    let all = methods.chain(types).chain(statuses).chain(entities).chain(parts);
    let missing = all.filter_map(|(kind, name, number)| missing(kind, name, number));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_numbers_of_errors_are_what_they_were() {
    let errors = [
        ("OK", 0),
        ("UNEXPECTED_END", 1),
        ("UNSUPPORTED_VERSION", 2),
        ("UNKNOWN_CODE", 3),
        ("INVALID_MARKER", 4),
        ("UNKNOWN_BASE_TYPE", 5),
        ("UNEXPECTED_PARAMS", 7),
        ("INVALID_UTF8", 8),
        ("NESTING_TOO_DEEP", 9),
        ("INVALID_CHUNK", 10),
        ("TRAILING_BYTES", 11),
        ("BUFFER_TOO_SMALL", 32),
        ("TOO_MANY", 33),
        ("TOO_LONG", 34),
        ("NO_PLACE_FOR_TABLE", 35),
        ("NEVER_CHUNKED", 48),
        ("CHUNK_SIZE_TOO_SMALL", 49),
        ("TOO_MANY_CHUNKS", 50),
        ("CHUNK_MISMATCH", 51),
        ("TOO_LARGE", 52),
        ("OUT_OF_MEMORY", 53),
        ("BUSY", 54),
        ("NOT_AUTHENTICATED", 64),
        ("LEAVING", 65),
        ("ENDED", 66),
        ("NOT_BOUND", 67),
        ("NOT_WAITING", 68),
        ("TOO_MANY_REQUESTS", 69),
        ("TOO_MANY_NAMES", 70),
        ("NAME_TOO_LONG", 71),
        ("UNKNOWN_NAME", 72),
        ("OUTBOX_FULL", 73),
        ("MESSAGE_TOO_LONG", 74),
        ("WRONG_STATE", 75),
        ("NULL", 96),
        ("INVALID_NUMBER", 97),
        ("MISUSE", 98),
        ("OTHER", 255),
    ];
    for (name, number) in errors {
        assert!(has("ERROR", name, number), "{name} is not {number}");
    }
    let start = HEADER.find("enum alwayson_error\n").unwrap();
    let count = HEADER[start..].split('}').next().unwrap().matches("  ALWAYSON_ERROR_").count();
    assert_eq!(count, errors.len());
    assert_eq!(size_of::<AlwaysonError>(), 1);
}

#[test]
fn the_readme_says_how_large_things_are_and_what_the_numbers_of_errors_mean() {
    let thousands = |size: usize| match size {
        1_000.. => format!("{},{:03}", size / 1_000, size % 1_000),
        _ => size.to_string(),
    };
    if cfg!(target_pointer_width = "64") {
        for size in [alwayson_edge_size(), alwayson_joiner_size()] {
            assert!(README.contains(&format!(" | {} | ", thousands(size))), "{size}");
        }
    }
    let place = thousands(alwayson_memory_for(32_768, 8_192, 64));
    assert!(README.contains(&place), "{place}");
    for line in HEADER.lines() {
        let Some(constant) = line.strip_prefix("  ALWAYSON_ERROR_") else { continue };
        let (name, number) = constant.trim_end_matches(',').split_once(" = ").unwrap();
        assert!(README.contains(&format!("| {number} | `{name}` | ")), "{name}");
    }
}

#[test]
fn every_error_has_a_text_of_its_own() {
    let text = |kind| unsafe { CStr::from_ptr(alwayson_error_text(kind)) }.to_str().unwrap();
    let mut texts = BTreeSet::new();
    for line in HEADER.lines() {
        let Some(constant) = line.strip_prefix("  ALWAYSON_ERROR_") else { continue };
        let (name, number) = constant.trim_end_matches(',').split_once(" = ").unwrap();
        let text = text(number.parse().unwrap());
        assert!(texts.insert(text), "{name}: {text}");
        assert_eq!(text == text_of_other(), name == "OTHER", "{name}: {text}");
    }
    assert_eq!(text(200), text_of_other());
}

fn text_of_other() -> &'static str {
    "an error that this library does not know"
}

#[test]
fn a_number_that_needs_all_bits_is_unsigned() {
    assert!(HEADER.contains("#define ALWAYSON_NO_ID 0xFFFFFFFFu\n"));
    for line in HEADER.lines() {
        let Some((_, number)) = line.strip_prefix("#define ").and_then(|it| it.split_once(' '))
        else {
            continue;
        };
        assert!(!number.parse::<u64>().is_ok_and(|number| number > 0x7FFF_FFFF), "{line}");
    }
}

#[test]
fn every_error_of_the_codec_has_a_number_of_its_own() {
    // The names of the test vectors; those of chunks that were joined stand apart.
    for vector in include_str!("../../../../conformance/vectors/invalid.json").lines() {
        let Some(kind) = vector.trim().strip_prefix("\"kind\": \"") else { continue };
        let name = screaming(kind.split('"').next().unwrap());
        let name = name.replace("UTF_8", "UTF8");
        let known = format!("  ALWAYSON_ERROR_{name} = ");
        assert!(HEADER.contains(&known), "{name}");
    }
}
