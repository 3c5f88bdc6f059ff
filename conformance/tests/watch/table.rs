//! The table of rules.

use std::collections::HashSet;

use alwayson_conformance::level::Level;
use alwayson_conformance::suite::protocol::{Sentence, sentences};
use alwayson_conformance::watch::rules;

#[test]
fn a_rule_is_as_binding_as_the_words_that_it_quotes() {
    // The letter of this row belongs to its last sentence, but a level is that of a row.
    let sentences = sentences();
    for rule in rules::ALL {
        let is_quoted =
            |one: &&Sentence| one.section == rule.section && one.text.contains(rule.quote);
        // What stands before the first sentence of a table has no level of its own.
        let quoted = sentences.iter().filter(is_quoted).map(Sentence::level).min();
        let level = quoted.unwrap_or_else(|| panic!("{}: nothing has its words", rule.id));
        assert_eq!(rule.level, level, "{}: {}", rule.id, rule.quote);
    }
}

#[test]
fn no_two_rules_have_the_same_id() {
    let ids: HashSet<&str> = rules::ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), rules::ALL.len());
    assert!(rules::ALL.iter().any(|rule| rule.level == Level::Ours));
}
