//! The one form in which names of words, folders, recordings and list entries are compared.
//!
//! The same name reaches the program in many spellings: a Mac decomposes letters into letter and mark, Windows
//! turns slashes and ignores case, editors add blanks and quotes. Whoever compares names compares them here.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The normal form of a name: Unicode NFC, without blanks around it.
pub(crate) fn normal(name: &str) -> String {
    composed(name.trim_matches(is_blank))
}

/// The normal form with case folded, for names that differ in nothing else.
pub(crate) fn folded(name: &str) -> String {
    composed(&normal(name).to_lowercase())
}

/// The name in Unicode NFC, otherwise as it is.
pub(crate) fn composed(name: &str) -> String {
    if is_nfc(name) { name.to_owned() } else { name.nfc().collect() }
}

/// Blanks, and the marks without width that editors and web pages leave around a name.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}')
}

/// The name without one pair of quotes around it.
pub(crate) fn unquoted(name: &str) -> &str {
    const PAIRS: [(char, char); 6] = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('\u{201c}', '\u{201d}'),
        ('\u{201e}', '\u{201c}'),
        ('\u{ab}', '\u{bb}'),
    ];
    let name = name.trim_matches(is_blank);
    let inner = |&(open, close): &(char, char)| name.strip_prefix(open)?.strip_suffix(close);
    PAIRS.iter().find_map(inner).map_or(name, |inner| inner.trim_matches(is_blank))
}

/// For every word of a dataset the target word that it is, as an index into `targets`.
///
/// A word is a target word when their normal forms are equal; a target word that is none of the words in this way
/// is the word from which it differs in case alone. Folders that carry a label of their own, such as `silence`, are
/// never a target word.
pub fn target_of_words(words: &[String], targets: &[String]) -> Vec<Option<usize>> {
    let carries_label = |word: &String| super::meaning(word).is_some_and(super::Meaning::is_label);
    let find = |name: &str, form: fn(&str) -> String| {
        let wanted = form(name);
        targets.iter().position(|target| form(target) == wanted)
    };
    let mut found: Vec<_> =
        words.iter().map(|word| if carries_label(word) { None } else { find(word, normal) }).collect();
    let same: Vec<bool> = (0..targets.len()).map(|target| found.contains(&Some(target))).collect();
    for (word, found) in words.iter().zip(&mut found) {
        if found.is_none() && !carries_label(word) {
            *found = find(word, folded).filter(|&target| !same[target]);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], targets: &[&str]) -> Vec<Option<usize>> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        target_of_words(&owned(words), &owned(targets))
    }

    #[test]
    fn spellings_of_one_name_have_one_normal_form() {
        for (name, spelling) in [
            ("h\u{f6}her", "ho\u{308}her"),
            ("caf\u{e9}", " cafe\u{301}\t"),
            ("\u{1e69}", "s\u{307}\u{323}"),
            ("\u{ac00}", "\u{1100}\u{1161}"),
            ("yes", "\u{feff}yes\u{a0}"),
        ] {
            assert_eq!(normal(spelling), name);
        }
        assert_ne!(normal("Yes"), normal("yes"));
        assert_eq!(folded("STRASSE \u{d6}L"), "strasse \u{f6}l");
        assert_eq!(unquoted("\"yes/a.wav\""), "yes/a.wav");
        assert_eq!(unquoted("' no '"), "no");
        assert_eq!(unquoted("rock'n'roll"), "rock'n'roll");
        assert_eq!(unquoted("\""), "\"");
    }

    #[test]
    fn target_words_are_found_by_their_normal_form_before_their_case() {
        assert_eq!(found(&["ho\u{308}her", "tiefer"], &["tiefer", "h\u{f6}her"]), [Some(1), Some(0)]);
        assert_eq!(found(&["Yes", "NO"], &["yes", "no"]), [Some(0), Some(1)]);
        assert_eq!(found(&["Yes", "yes", "yes "], &["yes"]), [None, Some(0), Some(0)]);
        assert_eq!(found(&["Silence", "yes"], &["silence", "yes"]), [None, Some(1)]);
        assert_eq!(found(&["up"], &["down"]), [None]);
    }
}
