//! The sentences of PROTOCOL.md, with the letters of their sources.

use super::Level;
use crate::sessions::Citation;

/// The page.
pub const PAGE: &str = include_str!("../../PROTOCOL.md");

/// One sentence, or one row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The number of the section.
    pub section: String,
    /// The words, on one line.
    pub text: String,
    /// The letters of its sources, in the order of the alphabet; empty if it has none of its
    /// own.
    pub letters: String,
}

impl Sentence {
    /// Returns how binding the sentence is.
    pub fn level(&self) -> Level {
        let has = |letters: &str| self.letters.chars().any(|letter| letters.contains(letter));
        if has("AH") || self.letters.is_empty() {
            Level::Must
        } else if has("WPJE") {
            Level::Should
        } else {
            Level::Ours
        }
    }
}

/// Returns the sentences of the numbered sections, in their order.
pub fn sentences() -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for part in PAGE.split("\n## ").skip(1) {
        let Some((number, rest)) = part.split_once(". ") else { continue };
        if number.parse::<u8>().is_err() {
            continue;
        }
        let body = rest.split_once('\n').map_or("", |(_, body)| body);
        for block in blocks(body) {
            of_block(number, &block, &mut sentences);
        }
    }
    sentences
}

/// Returns paragraphs, items of lists and rows of tables, each on one line.
fn blocks(body: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in body.lines() {
        let text = line.trim();
        let is_item = text.starts_with("* ")
            || text.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
        let is_row = text.starts_with('|');
        if text.is_empty() || text.starts_with('#') {
            is_open = false;
            continue;
        }
        // What stands above a ruler are the heads of columns.
        if is_row && text.trim_start_matches('|').trim_start().starts_with("---") {
            blocks.pop();
            continue;
        }
        match blocks.last_mut().filter(|_| is_open && !is_item && !is_row) {
            Some(block) => {
                block.push(' ');
                block.push_str(text);
            }
            None => blocks.push(text.to_owned()),
        }
        is_open = !is_row;
    }
    blocks
}

fn of_block(section: &str, block: &str, sentences: &mut Vec<Sentence>) {
    let mut add = |text: &str, letters: String| {
        sentences.push(Sentence { section: section.to_owned(), text: text.to_owned(), letters });
    };
    if let Some(row) = block.strip_prefix('|') {
        let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        let last = cells.last().copied().unwrap_or_default();
        let own = letters(block);
        let is_source = !last.is_empty() && last.chars().all(|c| "AWPJEHD".contains(c));
        let all = if is_source { format!("{own}{last}") } else { own };
        add(&cells.join(" | "), sorted(&all));
        return;
    }
    let block = block.trim_start_matches("* ");
    let block = match block.split_once(". ") {
        Some((number, rest)) if number.parse::<u8>().is_ok() => rest,
        _ => block,
    };
    let is_all_ours = block.contains("(all D)");
    for text in split(block) {
        let own = letters(&text);
        add(&text, if own.is_empty() && is_all_ours { "D".to_owned() } else { own });
    }
}

/// Splits a paragraph into sentences, each with the letters that follow its full stop.
fn split(block: &str) -> Vec<String> {
    let sentences = block.split_inclusive(". ").map(|part| part.trim().to_owned());
    sentences.filter(|part| !part.is_empty()).collect()
}

/// Returns the letters in brackets, such as those of `(W, J)`, `(H; D)` and `(size: W)`.
fn letters(text: &str) -> String {
    let mut found = String::new();
    for part in text.split('(').skip(1) {
        let Some((inside, _)) = part.split_once(')') else { continue };
        for word in inside.split([' ', ',', ';', ':']) {
            let mut characters = word.chars();
            if let (Some(letter), None) = (characters.next(), characters.next()) {
                if "AWPJEHD".contains(letter) {
                    found.push(letter);
                }
            }
        }
    }
    sorted(&found)
}

fn sorted(letters: &str) -> String {
    let mut letters: Vec<char> = letters.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.into_iter().collect()
}

/// Returns how binding a case is that cites these words: as the least binding of them.
///
/// # Errors
/// The page does not have the words of a citation, or there is no citation.
pub(crate) fn level(cites: &[Citation], sentences: &[Sentence]) -> Result<Level, String> {
    let of = |cite: &Citation| {
        let quoted = sentences.iter().filter(|sentence| is_cited(sentence, cite));
        let level = quoted.map(Sentence::level).min();
        level.ok_or_else(|| format!("section {} does not say: {}", cite.section, cite.sentence))
    };
    let levels = cites.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    levels.into_iter().min().ok_or_else(|| "a case without a citation".to_owned())
}

/// Returns whether a citation quotes a sentence, or a part of it.
pub fn is_cited(sentence: &Sentence, cite: &Citation) -> bool {
    sentence.section == cite.section
        && (sentence.text.contains(&cite.sentence) || cite.sentence.contains(&sentence.text))
}
