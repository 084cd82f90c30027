//! What a person types to find runs: words, and expressions such as `drop=0.75` or `accuracy>90`.
//!
//! Everything that looks like an expression is one, or is a fault that says why it is none: it is never searched as text.

use engine::settings::SETTINGS;

use super::catalogue::Entry;
use super::columns::Column;

/// A filter, understood as far as it can be.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Filter {
    /// One of these must hold, each of which is a list of terms that must all hold.
    alternatives: Vec<Vec<Term>>,
    /// What is not understood, one sentence each.
    pub faults: Vec<String>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
struct Term {
    condition: Condition,
    is_negated: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    /// These parts occur in this order.
    Text(Vec<String>),
    /// A number compares with a number; `slack` is half the last digit that was typed.
    Number { column: Column, comparison: Comparison, value: f64, slack: f64 },
    /// The text of a cell is this, or begins with it.
    Cell { column: Column, value: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

/// Signs of comparisons, longest first.
const SIGNS: [(&str, Comparison); 7] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("=", Comparison::Equal),
    (":", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

/// Short names of columns, beside their headings and the keys of settings.
const NAMES: [(&str, Column); 24] = [
    ("run", Column::Run),
    ("name", Column::Run),
    ("state", Column::State),
    ("method", Column::Method),
    ("accuracy", Column::TestAccuracy),
    ("test", Column::TestAccuracy),
    ("test_accuracy", Column::TestAccuracy),
    ("valid", Column::ValidAccuracy),
    ("validation", Column::ValidAccuracy),
    ("valid_accuracy", Column::ValidAccuracy),
    ("memory", Column::Memory),
    ("size", Column::Memory),
    ("fp32", Column::Reduction),
    ("reduction", Column::Reduction),
    ("smaller", Column::Reduction),
    ("macs", Column::Macs),
    ("multiplications", Column::Macs),
    ("density", Column::Density),
    ("arithmetic", Column::Arithmetic),
    ("time", Column::TrainTime),
    ("seconds", Column::TrainTime),
    ("dataset", Column::Dataset),
    ("data", Column::Dataset),
    ("clips", Column::Clips),
];

impl Filter {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Self {
        let mut filter = Self { alternatives: vec![Vec::new()], faults: Vec::new() };
        for word in words(text) {
            match word.text.to_lowercase().as_str() {
                "or" | "|" | "||" if !word.is_quoted => filter.alternatives.push(Vec::new()),
                "and" | "&" | "&&" if !word.is_quoted => {}
                _ => match term(&word) {
                    Ok(term) => {
                        if let Some(last) = filter.alternatives.last_mut() {
                            last.push(term);
                        }
                    }
                    Err(fault) => filter.faults.push(fault),
                },
            }
        }
        // "a or" is "a": an empty side would let everything in.
        if filter.alternatives.iter().any(|terms| !terms.is_empty()) {
            filter.alternatives.retain(|terms| !terms.is_empty());
        }
        filter
    }

    /// Whether a run is let in.
    pub fn lets_in(&self, entry: &Entry) -> bool {
        self.alternatives.iter().any(|terms| terms.iter().all(|term| term.holds(entry)))
    }
}

/// A word, or what stood between quotes.
#[derive(Debug, PartialEq)]
struct Word {
    text: String,
    is_quoted: bool,
}

/// Splits at spaces outside quotes; a sign of a comparison takes its two sides to itself.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut current, mut in_quotes, mut was_quoted) = (String::new(), false, false);
    for c in text.chars().chain([' ']) {
        match c {
            '"' | '“' | '”' => {
                in_quotes = !in_quotes;
                was_quoted |= current.is_empty();
            }
            c if c.is_whitespace() && !in_quotes => {
                if !current.is_empty() {
                    words.push(Word { text: std::mem::take(&mut current), is_quoted: was_quoted });
                }
                was_quoted = false;
            }
            c => current.push(c),
        }
    }
    if !current.trim().is_empty() {
        // A quote without its end quotes the rest.
        words.push(Word { text: current.trim().into(), is_quoted: true });
    }
    let is_sign = |c: Option<char>| c.is_some_and(|c| "<>=!".contains(c));
    let mut joined: Vec<Word> = Vec::new();
    for word in words {
        let follows = joined.last().is_some_and(|last| !last.is_quoted && is_sign(last.text.chars().last()));
        let leads = !word.is_quoted && is_sign(word.text.chars().next()) && !is_negation(&word.text);
        match joined.last_mut() {
            Some(last) if follows || leads && !last.is_quoted => last.text += &word.text,
            _ => joined.push(word),
        }
    }
    joined
}

/// `!word` leaves out what has the word; `!=` and `!` alone are something else.
fn is_negation(word: &str) -> bool {
    word.len() > 1 && word.starts_with('!') && !word.starts_with("!=")
}

fn term(word: &Word) -> Result<Term, String> {
    let text = |text: &str| {
        Condition::Text(
            text.to_lowercase().split('*').filter(|part| !part.is_empty()).map(String::from).collect(),
        )
    };
    if word.is_quoted {
        return Ok(Term { condition: text(&word.text), is_negated: false });
    }
    let (is_negated, rest) = match word.text.strip_prefix(['-', '!']) {
        Some(rest) if !rest.is_empty() && !word.text.starts_with("!=") => (true, rest),
        _ => (false, word.text.as_str()),
    };
    let place = rest.find(['<', '>', '=', ':', '!']);
    let Some(place) = place else { return Ok(Term { condition: text(rest), is_negated }) };
    let (key, tail) = rest.split_at(place);
    let (differs, tail) = tail.strip_prefix('!').map_or((false, tail), |tail| (true, tail));
    let sign = SIGNS.iter().find(|(sign, _)| tail.starts_with(sign));
    let Some((sign, comparison)) = sign else {
        return Err(format!("“{rest}” is no comparison; write for example seed=2 or accuracy>90."));
    };
    let value = tail[sign.len()..].trim();
    if key.is_empty() || value.is_empty() {
        let missing = if key.is_empty() { "nothing before" } else { "no value behind" };
        return Err(format!("“{rest}” has {missing} its {sign}; write for example seed=2 or accuracy>90."));
    }
    if differs && *comparison != Comparison::Equal {
        return Err(format!("“!{sign}” is no comparison; use =, !=, <, <=, > or >=."));
    }
    let condition = compared(column(key)?, key, *comparison, value)?;
    Ok(Term { condition, is_negated: is_negated != differs })
}

/// The column that a person means: a short name, a heading, a key, or the end of a key.
fn column(typed: &str) -> Result<Column, String> {
    let plain = |text: &str| text.to_lowercase().replace([' ', '-'], "_");
    let name = plain(typed);
    if let Some((_, column)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Ok(*column);
    }
    if name == "bits" {
        return column("quant.weight_bits");
    }
    let is_end = |key: &str| key == name || key.strip_suffix(&name).is_some_and(|rest| rest.ends_with('.'));
    let mut ends: Vec<(usize, &str)> = SETTINGS
        .iter()
        .enumerate()
        .filter(|(_, setting)| is_end(setting.key) || plain(setting.name) == name)
        .map(|(index, setting)| (index, setting.key))
        .collect();
    // The shortest key is meant: `drop` is that of the hidden layers.
    let parts = |key: &str| key.split('.').count();
    let least = ends.iter().map(|(_, key)| parts(key)).min().unwrap_or(0);
    ends.retain(|(_, key)| parts(key) == least);
    match ends.as_slice() {
        [(index, _)] => Ok(Column::Setting(*index)),
        [] => Err(unknown(typed, &name)),
        several => {
            let keys: Vec<&str> = several.iter().map(|(_, key)| *key).collect();
            Err(format!("“{typed}” can mean {}; write which.", keys.join(" or ")))
        }
    }
}

fn unknown(typed: &str, name: &str) -> String {
    let last = |key: &'static str| key.rsplit('.').next().unwrap_or(key);
    let known = NAMES.iter().map(|(known, _)| *known).chain(SETTINGS.iter().map(|setting| last(setting.key)));
    let nearest = known.map(|known| (distance(known, name), known)).min();
    match nearest.filter(|(distance, known)| *distance <= 2 && *distance < known.len()) {
        Some((_, known)) => format!("“{typed}” is no column or setting; do you mean {known}?"),
        None => format!("“{typed}” is no column or setting; for its text, put it in quotes."),
    }
}

/// Letters to change, add or take away to come from one word to the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = before + usize::from(from != *to);
            before = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}

fn compared(column: Column, key: &str, comparison: Comparison, typed: &str) -> Result<Condition, String> {
    let number = number(column, typed);
    let cell = || Condition::Cell { column, value: typed.to_lowercase().replace(' ', "") };
    match (column.holds_numbers(), number) {
        (true, Some((value, slack))) => Ok(Condition::Number { column, comparison, value, slack }),
        (true, None) => Err(format!("“{typed}” is no number, and {key} is compared by number.")),
        // Settings may be lists or names; where a number was typed, numbers compare as numbers.
        (false, Some((value, slack)))
            if comparison != Comparison::Equal && matches!(column, Column::Setting(_)) =>
        {
            Ok(Condition::Number { column, comparison, value, slack })
        }
        (false, _) if comparison == Comparison::Equal => Ok(cell()),
        (false, _) => Err(format!("“{key}” cannot be compared with “{typed}” by size; use = or !=.")),
    }
}

/// The number that was typed, in the unit of the column, and half its last digit.
fn number(column: Column, typed: &str) -> Option<(f64, f64)> {
    let typed = typed.replace(['\u{2009}', '_'], "");
    let end = typed.find(|c: char| !(c.is_ascii_digit() || ".-+eE".contains(c))).unwrap_or(typed.len());
    let (digits, unit) = typed.split_at(end);
    // "1e3" has an exponent, "1e" would be a unit of its own.
    let value: f64 = digits.parse().ok()?;
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len()) as i32;
    let half = 0.5 * 10f64.powi(-decimals);
    let factor = match (column, unit.trim().to_lowercase().as_str()) {
        (Column::TestAccuracy | Column::ValidAccuracy | Column::Density, "%") => 0.01,
        (Column::TestAccuracy | Column::ValidAccuracy | Column::Density, "") if value > 1.0 => 0.01,
        (Column::Memory, "b" | "bytes") => 8.0,
        (Column::Memory, "" | "k" | "kb" | "kib") => 8.0 * 1024.0,
        (Column::Memory, "m" | "mb" | "mib") => 8.0 * 1024.0 * 1024.0,
        (Column::Memory, "bit" | "bits") => 1.0,
        (Column::TrainTime, "min") => 60.0,
        (Column::TrainTime, "h") => 3600.0,
        (Column::TrainTime, "s") | (Column::Reduction, "x" | "×") | (_, "") => 1.0,
        _ => return None,
    };
    Some((value * factor, half * factor))
}

impl Term {
    fn holds(&self, entry: &Entry) -> bool {
        self.condition.holds(entry) != self.is_negated
    }
}

impl Condition {
    fn holds(&self, entry: &Entry) -> bool {
        match self {
            Self::Text(parts) => {
                // A star stands for letters of one name or setting, not of several.
                entry.search.lines().any(|line| {
                    let mut rest = line;
                    parts.iter().all(|part| match rest.find(part.as_str()) {
                        Some(at) => {
                            rest = &rest[at + part.len()..];
                            true
                        }
                        None => false,
                    })
                })
            }
            Self::Number { column, comparison, value, slack } => {
                column.number(entry).is_some_and(|number| match comparison {
                    Comparison::Less => number < *value,
                    Comparison::AtMost => number <= *value,
                    Comparison::Equal => (number - value).abs() <= *slack,
                    Comparison::AtLeast => number >= *value,
                    Comparison::More => number > *value,
                })
            }
            Self::Cell { column, value } => cell_is(*column, entry, value),
        }
    }
}

/// Whether the text of a cell is this: of a name a part, of a word its beginning, of a setting all of it or one of a list.
fn cell_is(column: Column, entry: &Entry, value: &str) -> bool {
    let text = column.text(entry).to_lowercase().replace([' ', '\u{2009}'], "");
    match column {
        Column::Run => {
            entry.search.lines().any(|line| line.replace(' ', "").contains(value)) && {
                let names = std::iter::once(entry.name.as_ref())
                    .chain(entry.members.iter().map(|run| run.0.as_str()));
                names.into_iter().any(|name| name.to_lowercase().replace(' ', "").contains(value))
            }
        }
        Column::Setting(_) => {
            let same = |text: &str| {
                text == value || text.parse::<f64>().is_ok_and(|number| value.parse() == Ok(number))
            };
            same(&text) || entry.group.is_some() && text.split(',').any(same)
        }
        _ => text.starts_with(value),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::catalogue::Catalogue;
    use super::*;
    use crate::made_up;

    fn found(filter: &str) -> (usize, Vec<String>) {
        let mut catalogue = Catalogue::default();
        let runs = Arc::new(made_up::runs(60));
        while !catalogue.update(&runs) {}
        let filter = Filter::parse(filter);
        (catalogue.entries.iter().filter(|entry| filter.lets_in(entry)).count(), filter.faults)
    }

    fn count(filter: &str) -> usize {
        let (count, faults) = found(filter);
        assert!(faults.is_empty(), "{filter}: {faults:?}");
        count
    }

    #[test]
    fn expressions_find_what_they_say() {
        assert_eq!(count(""), 60);
        let seeds = [1, 2, 3].map(|seed| count(&format!("seed={seed}")));
        // The damaged run has no settings.
        assert_eq!(seeds.iter().sum::<usize>(), 59);
        assert_eq!(count("seed=2 or seed=3"), seeds[1] + seeds[2]);
        assert_eq!(count("seed = 2"), seeds[1]);
        assert_eq!(count("seed>=2"), seeds[1] + seeds[2]);
        assert_eq!(count("seed!=2"), 60 - seeds[1]);
        assert_eq!(count("sparsity.drop=0.75"), count("drop=0.750"));
        assert!(count("drop=0.75") < count("drop>0.4") && count("drop=0.75") > 0);
        assert_eq!(count("accuracy>0"), 58);
        assert_eq!(count("accuracy>80 and accuracy<=80"), 0);
        assert_eq!(count("test>80%"), count("accuracy > 0.8"));
        assert_eq!(count("memory<100KiB") + count("memory>=102400B"), 58);
        assert_eq!(count("method=cgs") + count("method=hcgs") + count("method=dense"), 59);
        assert_eq!(count("state=damaged"), 1);
        // The damaged one has no seed to be left out for.
        assert_eq!(count("hcgs -seed=1"), count("hcgs seed=2") + count("hcgs seed=3") + 1);
        assert_eq!(count("block=32,4"), count("method=hcgs"));
        assert_eq!(count("dense-*-32bit"), count("dense bits=32 run=dense"));
    }

    #[test]
    fn what_is_not_understood_is_said_and_not_searched() {
        for (typed, reason) in [
            ("acuracy>90", "do you mean accuracy?"),
            ("accuracy>high", "is no number"),
            ("seed=", "has no value behind its ="),
            ("=3", "has nothing before its ="),
            ("kind=mfcc", "can mean features.kind or model.kind"),
            ("method>cgs", "cannot be compared"),
            ("xyzzy=3", "for its text, put it in quotes"),
            ("seed!<3", "is no comparison"),
            ("memory<3furlongs", "is no number"),
        ] {
            let (count, faults) = found(typed);
            assert_eq!(faults.len(), 1, "{typed}: {faults:?}");
            assert!(faults[0].contains(reason), "{typed}: {faults:?}");
            assert_eq!(count, 60, "{typed} filters nothing");
        }
        let (count, faults) = found("hcgs acuracy>90");
        assert!(faults.len() == 1 && count < 20, "the rest still filters");
        assert_eq!(found("\"a=b\"").1.len(), 0, "quotes make text");
    }
}
