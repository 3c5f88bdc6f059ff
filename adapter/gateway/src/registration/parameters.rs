//! The parameters of a service, and how they are read.

use std::time::Duration;

use alwayson::edge::ServiceError;
use alwayson::serde_json::{Map, Value as Json};

/// The maximum length of a text, in bytes. No path, host, user or password needs more.
const MAX_TEXT: usize = 4_096;

/// The maximum of a time that can be set, in milliseconds: one day.
const MOST_MS: u64 = 86_400_000;

/// The parameters of a service. A parameter that is null counts as missing.
///
/// # Errors
/// All methods return `BAD_REQUEST` if the parameter has the wrong type or is out of its range.
/// The reason begins with the name of the parameter.
pub(crate) struct Parameters<'p>(pub(crate) &'p Map<String, Json>);

impl<'p> Parameters<'p> {
    fn get(&self, name: &str) -> Option<&'p Json> {
        self.0.get(name).filter(|json| !json.is_null())
    }

    /// Returns a text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'p str>, ServiceError> {
        let Some(json) = self.get(name) else { return Ok(None) };
        let text = json.as_str().ok_or_else(|| wrong(name, "a string"))?;
        if text.len() > MAX_TEXT {
            return Err(ServiceError::bad_request(format!("{name}: longer than {MAX_TEXT} bytes")));
        }
        Ok(Some(text))
    }

    /// Returns a whole number within a range. It may be a string.
    pub(crate) fn whole(
        &self,
        name: &str,
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, ServiceError> {
        let Some(json) = self.get(name) else { return Ok(None) };
        let number = match json {
            Json::Number(number) => number.as_f64(),
            Json::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        let number = number.filter(|number| number.fract() == 0.0);
        let number = number.ok_or_else(|| wrong(name, "a whole number"))?;
        #[expect(clippy::cast_precision_loss, reason = "the bounds are far below 2^53")]
        let is_within = (least as f64..=most as f64).contains(&number);
        if !is_within {
            let problem = format!("{name}: has to be from {least} to {most}");
            return Err(ServiceError::bad_request(problem));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        let number = number as u64;
        Ok(Some(number))
    }

    /// Returns a time, or the default. Both limits are in milliseconds.
    pub(super) fn ms(
        &self,
        name: &str,
        least: u64,
        default: u64,
    ) -> Result<Duration, ServiceError> {
        let ms = self.whole(name, least, MOST_MS)?;
        Ok(Duration::from_millis(ms.unwrap_or(default)))
    }

    /// Returns a flag. It may be a string.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, ServiceError> {
        let Some(json) = self.get(name) else { return Ok(None) };
        match json {
            Json::Bool(flag) => Ok(Some(*flag)),
            Json::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Json::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(wrong(name, "true or false")),
        }
    }
}

fn wrong(name: &str, what: &str) -> ServiceError {
    ServiceError::bad_request(format!("{name}: expected {what}"))
}
