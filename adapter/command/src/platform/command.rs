//! Parsing and execution of commands.

use alwayson::message::Request;
use alwayson::platform::MemoryThings;
use alwayson::value::{Table, Value};
use alwayson_codec::BaseType;

use super::answer::Answer;
use super::desk::Desk;
use super::summary::summaries;
use super::typed;

/// A parsed command.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Help,
    Things,
    /// Who holds a Thing.
    Holder(String),
    Trace(bool),
    Quit,
    /// A request to the edge that has bound a Thing.
    Call(Request),
}

/// The result of taking a line.
pub(super) enum Taken {
    Answered(Answer),
    Call(String, Request),
    Quit,
}

/// Takes a typed line; returns `None` for an empty one.
pub(super) fn take(line: &str, desk: &Desk) -> Option<Taken> {
    let words = shlex::split(line);
    let words = words.as_deref();
    if words.is_some_and(<[String]>::is_empty) {
        return None;
    }
    let parsed = match words {
        Some(words) => parse(words, &desk.things),
        None => Err("a quote is not closed".to_owned()),
    };
    // A written value may be secret, so the answer does not repeat it.
    let name = match words {
        Some(words) => shown(words),
        // Only the first word: it cannot be a value.
        None => line.split_whitespace().next().unwrap_or_default().to_owned(),
    };
    Some(match parsed {
        Err(reason) => Taken::Answered(Answer::mistake(name, reason)),
        Ok(Command::Help) => Taken::Answered(Answer::help(name)),
        Ok(Command::Quit) => Taken::Quit,
        Ok(Command::Call(request)) => Taken::Call(name, request),
        Ok(Command::Things) => {
            Taken::Answered(Answer::things(name, summaries(&desk.things, &desk.handle)))
        }
        Ok(Command::Holder(thing)) => {
            Taken::Answered(Answer::holder(name, desk.handle.find(&thing)))
        }
        Ok(Command::Trace(is_on)) => {
            desk.trace(is_on);
            Taken::Answered(Answer::done(name))
        }
    })
}

/// Returns a command without its values.
fn shown(words: &[String]) -> String {
    let words: Vec<&str> = words.iter().take(3).map(String::as_str).collect();
    words.join(" ")
}

fn parse(words: &[String], things: &MemoryThings) -> Result<Command, String> {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    let identified;
    if let ["read" | "write" | "call" | "holder", thing, ..] = &mut words[..] {
        // The Thing is looked up by its name; the platform addresses it in the form
        // in which it was bound.
        identified = thing.strip_prefix('*').and_then(|identifier| things.identified(identifier));
        *thing = identified.as_deref().unwrap_or(*thing);
    }
    match words[..] {
        ["help" | "?", ..] => Ok(Command::Help),
        ["things"] => Ok(Command::Things),
        ["holder", thing] => Ok(Command::Holder(thing.to_owned())),
        ["quit"] => Ok(Command::Quit),
        ["trace", "on"] => Ok(Command::Trace(true)),
        ["trace", "off"] => Ok(Command::Trace(false)),
        ["read", thing, property] => Ok(Command::Call(Request::read_property(thing, property))),
        ["write", thing, property, text] => {
            let value = typed::value(text, things.property_type(thing, property))?;
            Ok(Command::Call(Request::write_property(thing, property, value)))
        }
        ["call", thing, service, ref params @ ..] => {
            let known = |name: &str| things.parameter_type(thing, service, name);
            let params = params_of(params, known)?;
            Ok(Command::Call(Request::invoke_service(thing, service, params)))
        }
        ["things", ..] => Err("things takes no arguments".to_owned()),
        ["quit", ..] => Err("quit takes no arguments".to_owned()),
        ["holder", ..] => Err("usage: holder THING".to_owned()),
        ["trace", ..] => Err("usage: trace on|off".to_owned()),
        ["read", _, _, _, ..] => {
            Err("quote names that contain spaces: read 'THING' 'PROPERTY'".to_owned())
        }
        ["read", ..] => Err("usage: read THING PROPERTY".to_owned()),
        ["write", _, _, _, ..] => {
            Err("quote words that contain spaces: write 'THING' 'PROPERTY' 'VALUE'".to_owned())
        }
        ["write", ..] => Err("usage: write THING PROPERTY VALUE".to_owned()),
        ["call", ..] => Err("usage: call THING SERVICE [NAME=VALUE...]".to_owned()),
        [other, ..] => Err(format!("unknown command \"{other}\"; help lists the commands")),
        [] => Err("help lists the commands".to_owned()),
    }
}

fn params_of(
    params: &[&str],
    known: impl Fn(&str) -> Option<BaseType>,
) -> Result<Option<Table>, String> {
    if params.is_empty() {
        return Ok(None);
    }
    let mut named: Vec<(&str, Value)> = Vec::new();
    for param in params {
        let (name, text) = param
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or("expected NAME=VALUE; quote it if it contains spaces")?;
        if named.iter().any(|(known, _)| *known == name) {
            return Err(format!("duplicate parameter {name}"));
        }
        named.push((name, typed::value(text, known(name))?));
    }
    Ok(Some(Table::of(named)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(&shlex::split(line).unwrap(), &MemoryThings::any())
    }

    #[test]
    fn quotes_are_those_of_a_shell() {
        let expected = Request::write_property("Steam Sensor", "Label", "two words");
        let command = parsed("write 'Steam Sensor' Label \"two words\"");
        assert_eq!(command, Ok(Command::Call(expected)));
        let expected = Request::write_property("Pump", "Label", "5");
        assert_eq!(parsed("write Pump Label '\"5\"'"), Ok(Command::Call(expected)));
    }

    #[test]
    fn parameters_are_values_with_names() {
        let params = Table::of([("a", 1.0.into()), ("text", Value::from("x=y"))]);
        let expected = Request::invoke_service("Pump", "Add", Some(params));
        assert_eq!(parsed("call Pump Add a=1 text=x=y"), Ok(Command::Call(expected)));
        assert!(parsed("call Pump Add 1").unwrap_err().starts_with("expected NAME=VALUE"));
        assert_eq!(parsed("call Pump Add a=1 a=2").unwrap_err(), "duplicate parameter a");
    }

    #[test]
    fn a_thing_can_be_named_by_its_identifier() {
        let things = MemoryThings::any().with_identified_thing("Pump 7", "sn-17");
        let parsed = |line: &str| parse(&shlex::split(line).unwrap(), &things);
        let read = |thing: &str| Ok(Command::Call(Request::read_property(thing, "*")));
        assert_eq!(parsed("read *sn-17 *"), read("Pump 7"));
        assert_eq!(parsed("read 'Pump 7' *"), read("Pump 7"));
        assert_eq!(parsed("read *sn-18 *"), read("*sn-18"));
        let write = Ok(Command::Call(Request::write_property("Pump 7", "Label", "*sn-17")));
        assert_eq!(parsed("write *sn-17 Label *sn-17"), write);
    }

    #[test]
    fn a_command_that_there_is_not_is_told_what_there_is() {
        let error = parsed("reboot Pump").unwrap_err();
        assert_eq!(error, "unknown command \"reboot\"; help lists the commands");
        assert_eq!((parsed("help"), parsed("?")), (Ok(Command::Help), Ok(Command::Help)));
    }

    #[test]
    fn an_answer_does_not_repeat_what_is_written() {
        let words = shlex::split("write Pump Password hunter2").unwrap();
        assert_eq!(shown(&words), "write Pump Password");
    }
}
