//! `clips.tsv`: a header line, then one line per clip with `file`, `start_sample`, `num_samples`, `word`,
//! `speaker` and `split` (`training`, `validation` or `testing`), separated by tabs. Rows of the word
//! `_background_noise_` are noise; their `speaker` names the noise, and their split does not count.

use std::collections::{HashMap, HashSet};

use super::NOISE_FOLDER;
use crate::dataset::Split;

const HEADER: [&str; 6] = ["file", "start_sample", "num_samples", "word", "speaker", "split"];

/// One clip of the demo dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DemoRow {
    /// Stream.
    pub(super) file: String,
    /// First sample in the stream.
    pub(super) start_sample: usize,
    /// Samples.
    pub(super) num_samples: usize,
    /// Word, or the name of the noise folder.
    pub(super) word: String,
    /// Speaker, or name of the noise.
    pub(super) speaker: String,
    /// Split.
    pub(super) split: Split,
    /// Path in Speech Commands layout; takes of a speaker are numbered in the order of the table.
    pub(super) path: String,
}

impl DemoRow {
    pub(super) fn is_noise(&self) -> bool {
        self.word == NOISE_FOLDER
    }
}

/// Reads the table. The error says which line is wrong.
pub(super) fn parse_table(text: &str) -> Result<Vec<DemoRow>, String> {
    let mut lines = text.lines().enumerate();
    let header: Vec<_> =
        lines.next().map(|(_, line)| line.trim_end().split('\t').collect()).unwrap_or_default();
    if header != HEADER {
        return Err(format!("the table begins with {header:?} instead of {HEADER:?}"));
    }
    let mut takes = HashMap::new();
    let rows: Result<Vec<_>, _> = lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            parse_row(line, &mut takes).ok_or_else(|| format!("line {} of the table is wrong", number + 1))
        })
        .collect();
    let rows = rows?;
    let mut split_of: HashMap<&str, Split> = HashMap::new();
    let mut paths = HashSet::new();
    for row in &rows {
        if !row.is_noise() && *split_of.entry(&row.speaker).or_insert(row.split) != row.split {
            return Err(format!("the speaker {} is in two splits", row.speaker));
        }
        if !paths.insert(&row.path) {
            return Err(format!("{} is in the table twice", row.path));
        }
    }
    Ok(rows)
}

fn parse_row(line: &str, takes: &mut HashMap<(String, String), usize>) -> Option<DemoRow> {
    let fields: Vec<_> = line.trim_end_matches('\r').split('\t').collect();
    let [file, start_sample, num_samples, word, speaker, split] = fields[..] else { return None };
    if !is_name(word) || !is_name(speaker) || speaker.contains("_nohash_") {
        return None;
    }
    let take = takes.entry((word.to_owned(), speaker.to_owned())).or_insert(0);
    let path = if word == NOISE_FOLDER {
        format!("{word}/{speaker}.wav")
    } else {
        format!("{word}/{speaker}_nohash_{take}.wav")
    };
    *take += 1;
    Some(DemoRow {
        file: file.to_owned(),
        start_sample: start_sample.parse().ok()?,
        num_samples: num_samples.parse().ok()?,
        word: word.to_owned(),
        speaker: speaker.to_owned(),
        split: Split::ALL.into_iter().find(|known| known.name() == split)?,
        path,
    })
}

/// Whether a text can be part of a file name on every system.
fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-+.".contains(c);
    !text.is_empty() && !text.starts_with('.') && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "file\tstart_sample\tnum_samples\tword\tspeaker\tsplit\n\
        a.ogg\t0\t100\tyes\tanna\ttraining\n\
        a.ogg\t100\t50\tyes\tanna\ttraining\n\
        n.ogg\t0\t999\t_background_noise_\train\ttraining\n";

    #[test]
    fn rows_become_paths_of_speech_commands() {
        let rows = parse_table(GOOD).unwrap();
        let paths: Vec<_> = rows.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(paths, ["yes/anna_nohash_0.wav", "yes/anna_nohash_1.wav", "_background_noise_/rain.wav"]);
        assert_eq!((rows[1].start_sample, rows[1].num_samples, rows[1].split), (100, 50, Split::Train));
        assert!(rows[2].is_noise());
    }

    #[test]
    fn wrong_tables_are_told_by_line() {
        let with = |line: &str| parse_table(&format!("{GOOD}{line}\n")).unwrap_err();
        assert_eq!(with("a.ogg\t0\t1\tyes\tbob"), "line 5 of the table is wrong");
        assert_eq!(with("a.ogg\t-1\t1\tyes\tbob\ttraining"), "line 5 of the table is wrong");
        assert_eq!(with("a.ogg\t0\t1\t../yes\tbob\ttraining"), "line 5 of the table is wrong");
        assert_eq!(with("a.ogg\t0\t1\tyes\tbob\ttrain"), "line 5 of the table is wrong");
        assert_eq!(with("a.ogg\t0\t1\tno\tanna\ttesting"), "the speaker anna is in two splits");
        assert_eq!(
            with("n.ogg\t0\t1\t_background_noise_\train\ttraining"),
            "_background_noise_/rain.wav is in the table twice"
        );
        assert!(parse_table("").unwrap_err().starts_with("the table begins with"));
    }
}
