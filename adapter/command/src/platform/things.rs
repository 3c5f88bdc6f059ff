//! The option `--things`: any Things, or those of a file.

use std::path::Path;

use alwayson::platform::MemoryThings;
use alwayson::text_file::{self, FileError};

use crate::failure::Failure;

/// The word before a gateway type.
const GATEWAY_TYPE: &str = "gateway-type";

/// Creates the Things of the option.
pub(super) fn from_option(option: &str) -> Result<MemoryThings, Failure> {
    if option == "any" {
        return Ok(MemoryThings::any());
    }
    let text = text_file::read(Path::new(option)).map_err(|error| {
        let hint = match error {
            FileError::Io { .. } => "; pass a file with one Thing per line, or any",
            _ => "",
        };
        Failure::Usage(format!("--things: {error}{hint}"))
    })?;
    parse(&text).map_err(|error| Failure::Usage(format!("--things: {option}: {error}")))
}

fn parse(text: &str) -> Result<MemoryThings, String> {
    let mut things = MemoryThings::new();
    let mut count = 0;
    for (number, line) in text_file::lines(text) {
        count += 1;
        let is_type = |rest: &str| rest.is_empty() || rest.starts_with(char::is_whitespace);
        if let Some(rest) = line.strip_prefix(GATEWAY_TYPE).filter(|rest| is_type(rest)) {
            things = match rest.trim() {
                "" => return Err(format!("line {number}: missing type after {GATEWAY_TYPE}")),
                gateway_type => things.with_gateway_type(gateway_type),
            };
            continue;
        }
        // A name may contain spaces.
        things = match line.rsplit_once(" *") {
            Some((_, "")) => return Err(format!("line {number}: missing identifier after *")),
            Some((name, identifier)) => things.with_identified_thing(name.trim(), identifier),
            None if line.starts_with('*') => {
                return Err(format!("line {number}: missing name before the identifier"));
            }
            None => things.with_thing(line),
        };
    }
    if count == 0 { Err("the file is empty".to_owned()) } else { Ok(things) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_thing_an_identifier_or_a_gateway_type() {
        let text = "# plant 1\nSteam Sensor 1\n\nPump 7 *sn-17\ngateway-type EMS\n";
        let things = parse(text).unwrap();
        assert_eq!(things.names(), ["Pump 7", "Steam Sensor 1"]);
        assert_eq!(things.state("Pump 7").unwrap().identifier.as_deref(), Some("sn-17"));
    }

    #[test]
    fn a_line_without_what_it_names_is_refused_by_its_number() {
        for (text, error) in [
            ("A\ngateway-type \n", "line 2: missing type after gateway-type"),
            ("A *", "line 1: missing identifier after *"),
            ("*id", "line 1: missing name before the identifier"),
            ("# nothing\n", "the file is empty"),
        ] {
            assert_eq!(parse(text).err().as_deref(), Some(error), "{text:?}");
        }
    }
}
