//! Reads single values.

use jsonc_parser::ast::Value as Json;

/// What is expected of a setting of several files.
pub(super) const FILES: &str = "a file, or a list of files";

/// Returns a text.
///
/// # Errors
/// Returns what was expected instead.
pub(super) fn text<'j>(json: &'j Json<'_>) -> Result<&'j str, &'static str> {
    json.as_string_lit().map(|text| text.value.as_ref()).ok_or("a string")
}

/// Returns a text, or `None` if it is empty: files of an EMS contain empty strings for settings
/// that are not set.
pub(super) fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Returns a whole number, which may be written as `7.0`.
pub(super) fn whole(json: &Json<'_>) -> Option<i64> {
    let number: serde_json::Number = serde_json::from_str(json.as_number_lit()?.value).ok()?;
    let of_float = || {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
        let whole = float as i64;
        Some(whole)
    };
    number.as_i64().or_else(of_float)
}

/// Returns whether an EMS has encrypted a secret, for example `AES:...`. Keys contain no colon, so
/// that any word in capital letters counts before the colon of an `appKey`.
pub(super) fn is_encrypted(key: &str, secret: &str) -> bool {
    let Some((kind, _)) = secret.split_once(':') else { return false };
    let is_kind = kind.len() > 1 && kind.bytes().all(|byte| byte.is_ascii_uppercase());
    matches!(kind, "AES" | "SCM") || (is_kind && key.eq_ignore_ascii_case("appKey"))
}

/// Returns the error if a word is not one of these.
pub(super) fn one_of(words: &[&str]) -> String {
    format!("expected one of {}", words.join(", "))
}

/// Returns the error if a value has the wrong type.
pub(super) fn expected(what: &str, json: &Json<'_>) -> String {
    let found = match json {
        Json::StringLit(_) => "a string",
        Json::NumberLit(number) if serde_json::from_str::<f64>(number.value).is_err() => {
            "a number that is not JSON"
        }
        Json::NumberLit(_) => "a number",
        Json::BooleanLit(_) => "a boolean",
        Json::Object(_) => "an object",
        Json::Array(_) => "a list",
        Json::NullKeyword(_) => "null",
    };
    format!("expected {what}, found {found}")
}
