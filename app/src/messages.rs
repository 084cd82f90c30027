//! Messages for the person: what happened, what went wrong, and what to do.

use std::collections::VecDeque;

use engine::settings::setting;

/// A message for the window: settings go by the names that they have there, “Target words” for `data.words`; other
/// names that stand between backticks, as for a terminal, stand between quotation marks.
pub fn quoted(text: &str) -> String {
    let text = with_setting_names(text);
    // A backtick without a partner is no quotation.
    if text.matches('`').count() % 2 == 1 {
        return text;
    }
    let mut is_open = false;
    let letters = text.chars().map(|letter| match letter {
        '`' => {
            is_open = !is_open;
            if is_open { '“' } else { '”' }
        }
        other => other,
    });
    letters.collect()
}

/// The text with the key of each setting replaced by its name.
fn with_setting_names(text: &str) -> String {
    let is_of_key = |letter: char| letter.is_ascii_lowercase() || matches!(letter, '.' | '_');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_of_key) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|letter| !is_of_key(letter)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        let key = word.trim_end_matches('.');
        out.push_str(before);
        // What is typed after `--set`, or is part of a path or of a longer name, stays as it is.
        let is_of_name = |letter: char| letter.is_alphanumeric() || "=/\\-".contains(letter);
        let is_apart = !out.ends_with(is_of_name) && !after.starts_with(is_of_name);
        match setting(key).filter(|_| is_apart && key.contains('.')) {
            None => {
                out.push_str(word);
                rest = after;
            }
            Some(setting) => {
                let is_quoted = out.ends_with('`') && word == key && after.starts_with('`');
                if is_quoted {
                    out.pop();
                }
                out.push_str(&format!("“{}”{}", setting.name, &word[key.len()..]));
                rest = if is_quoted { &after[1..] } else { after };
            }
        }
    }
    out + rest
}

/// An engine's message as a sentence of its own: with quotation marks, and a capital letter where it begins with a
/// plain word.
pub fn sentence(text: &str) -> String {
    let text = quoted(text);
    let mut letters = text.chars();
    let is_word = text
        .split_whitespace()
        .next()
        .is_some_and(|word| word.trim_end_matches([',', ';', ':']).chars().all(char::is_alphabetic));
    match letters.next() {
        Some(first) if is_word => first.to_uppercase().chain(letters).collect(),
        _ => text,
    }
}

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Something went as wanted.
    Info,
    /// Something needs a look.
    Warning,
    /// Something failed.
    Error,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// How much it matters.
    pub severity: Severity,
    /// One sentence, then what to do.
    pub text: String,
    /// Seconds since the window opened.
    pub time_secs: f64,
}

/// The latest messages, oldest first; bounded, so that a chatty fault cannot eat memory.
#[derive(Debug, Default)]
pub struct Messages {
    list: VecDeque<Message>,
    unread_errors: usize,
    now_secs: f64,
}

impl Messages {
    /// Most messages kept.
    pub const CAPACITY: usize = 500;

    /// Sets the clock that stamps new messages.
    pub fn set_now(&mut self, now_secs: f64) {
        self.now_secs = now_secs;
    }

    /// Adds a message.
    pub fn push(&mut self, severity: Severity, text: impl Into<String>) {
        if self.list.len() == Self::CAPACITY {
            self.list.pop_front();
        }
        if severity == Severity::Error {
            self.unread_errors += 1;
        }
        self.list.push_back(Message { severity, text: quoted(&text.into()), time_secs: self.now_secs });
    }

    /// Adds a message that something went as wanted.
    pub fn info(&mut self, text: impl Into<String>) {
        self.push(Severity::Info, text);
    }

    /// Adds a message that something failed.
    pub fn error(&mut self, text: impl Into<String>) {
        self.push(Severity::Error, text);
    }

    /// The messages, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.list.iter()
    }

    /// The newest message.
    pub fn latest(&self) -> Option<&Message> {
        self.list.back()
    }

    /// How many errors came since the list was last looked at.
    pub fn unread_errors(&self) -> usize {
        self.unread_errors
    }

    /// The list is being looked at.
    pub fn mark_read(&mut self) {
        self.unread_errors = 0;
    }

    /// Forgets all messages.
    pub fn clear(&mut self) {
        self.list.clear();
        self.unread_errors = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_begin_with_a_capital_and_names_stay() {
        assert_eq!(sentence("no microphone was found; plug one in"), "No microphone was found; plug one in");
        assert_eq!(sentence("dense-1 cannot be read"), "dense-1 cannot be read");
        assert_eq!(sentence("`CGS` cannot listen"), "“CGS” cannot listen");
        assert_eq!(sentence("a ` alone"), "A ` alone");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn settings_go_by_their_names() {
        for (text, said) in [
            ("`data.words` is empty; name at least one", "“Target words” is empty; name at least one"),
            ("name it once in data.words.", "Name it once in “Target words”."),
            ("lower `train.learning_rate` (it is 0.1)", "Lower “Learning rate” (it is 0.1)"),
            ("`sparsity.blok` is no setting", "“sparsity.blok” is no setting"),
            ("type sparsity.drop=0.5", "Type sparsity.drop=0.5"),
            ("not a file (/home/data.dir/a.wav)", "Not a file (/home/data.dir/a.wav)"),
            ("a seed is a number", "A seed is a number"),
        ] {
            assert_eq!(sentence(text), said);
        }
        for row in engine::settings::SETTINGS.iter().filter(|row| row.key.contains('.')) {
            let said = quoted(&format!("change `{}` or {}.", row.key, row.key));
            assert!(!said.contains(row.key) && said.contains(&format!("“{}” or “{}”.", row.name, row.name)));
        }
    }
}
