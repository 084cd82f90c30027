//! `validation_list.txt` and `testing_list.txt`: read in every encoding that editors write, and held against the
//! recordings in the normal form of names.

use std::collections::{HashMap, HashSet};

use crate::dataset::Split;
use crate::dataset::names::{folded, normal, stem, unquoted};

/// The two lists, and the split of what they name.
pub(in crate::dataset) const LISTS: [(Split, &str); 2] =
    [(Split::Valid, "validation_list.txt"), (Split::Test, "testing_list.txt")];

/// Text of a list: UTF-8 with or without a byte order mark, UTF-16 of either byte order, else Latin-1.
fn decode_text(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => text_from_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => text_from_utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => text_from_bytes(rest),
        // Without a mark: the first character of a list is one below 256, so one of its two bytes is zero.
        [first, 0, ..] if *first != 0 => text_from_utf16(bytes, u16::from_le_bytes),
        [0, first, ..] if *first != 0 => text_from_utf16(bytes, u16::from_be_bytes),
        _ => text_from_bytes(bytes),
    }
}

fn text_from_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

fn text_from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|&pair| unit(pair));
    char::decode_utf16(units).map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// One name in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// As the list has it.
    text: String,
    /// Normal forms of the folders in front of the file name, innermost last.
    folders: Vec<String>,
    /// Normal form of the file name.
    name: String,
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let text = unquoted(line.trim_end_matches([',', ';']));
        if text.is_empty() || line.trim_start_matches('\u{feff}').trim_start().starts_with('#') {
            return None;
        }
        let mut folders: Vec<_> = text
            .split(['/', '\\'])
            .map(normal)
            .filter(|part| !part.is_empty() && part != "." && part != "..")
            .collect();
        let name = folders.pop()?;
        Some(Self { text: text.to_owned(), folders, name })
    }

    /// The name as it stands and without an extension: a list may leave extensions out, or give others.
    fn stems(&self) -> impl Iterator<Item = &str> {
        let short = stem(&self.name);
        std::iter::once(self.name.as_str()).chain((short != self.name).then_some(short))
    }

    /// Whether one of its folders is a word of the dataset, given in folded form.
    fn names_word(&self, words: &HashSet<String>) -> bool {
        self.folders.iter().any(|folder| words.contains(&folded(folder)))
    }
}

/// One list. Its names are taken apart one at a time: a list of short names would otherwise take many times its size.
#[derive(Debug, Clone)]
pub(in crate::dataset) struct ListText(String);

impl ListText {
    /// Reads a list.
    pub(in crate::dataset) fn read(bytes: &[u8]) -> Self {
        Self(decode_text(bytes))
    }

    /// The names. Blank lines and lines that begin with `#` are passed over.
    fn entries(&self) -> impl Iterator<Item = Entry> {
        self.0.split(['\n', '\r']).filter_map(Entry::parse)
    }
}

/// Which of the recordings, given by word and path (`yes`, `speech/yes/0a7c_nohash_0.wav`), a list names.
///
/// Names are compared in one normal form: at least the last two parts of the path, in Unicode NFC, with either slash, any
/// extension, and in any case where nothing else differs. The list may be UTF-8, UTF-16 or Latin-1; any bytes are a list.
pub fn held_out(list: &[u8], recordings: &[(&str, &str)]) -> Vec<bool> {
    let files: Vec<_> = recordings
        .iter()
        .map(|&(word, path)| {
            let (folder, file_name) = path.rsplit_once('/').unwrap_or(("", path));
            Listable { folder, word, file_name }
        })
        .collect();
    let (splits, _) = match_lists(&files, [None, Some(ListText::read(list))]);
    splits.iter().map(Option::is_some).collect()
}

/// A recording as lists may name it.
#[derive(Debug, Clone, Copy)]
pub(in crate::dataset) struct Listable<'a> {
    /// Folder in the dataset folder, with `/`.
    pub(in crate::dataset) folder: &'a str,
    /// Its word.
    pub(in crate::dataset) word: &'a str,
    /// File name.
    pub(in crate::dataset) file_name: &'a str,
}

/// What became of the names in one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dataset) struct ListReport {
    /// File name of the list.
    pub(in crate::dataset) list: &'static str,
    /// Split of what it names.
    pub(in crate::dataset) split: Split,
    /// Names in it.
    pub(in crate::dataset) num_entries: usize,
    /// Names that are recordings.
    pub(in crate::dataset) num_found: usize,
    /// Names of words that the dataset has, without such a recording.
    pub(in crate::dataset) num_missing: usize,
    /// Names of words that the dataset does not have.
    pub(in crate::dataset) num_foreign: usize,
    /// One of the names that is no recording, missing before foreign.
    pub(in crate::dataset) example: Option<String>,
}

/// The split that the lists give to every recording, and what became of each list that exists.
pub(in crate::dataset) fn match_lists(
    files: &[Listable],
    lists: [Option<ListText>; 2],
) -> (Vec<Option<Split>>, Vec<ListReport>) {
    let mut splits = vec![None; files.len()];
    let mut reports = Vec::new();
    if lists.iter().all(Option::is_none) {
        return (splits, reports);
    }
    let index = FileIndex::of(files);
    // Testing comes last, so that a name in both lists is for testing.
    for ((split, list), entries) in LISTS.into_iter().zip(lists) {
        let Some(entries) = entries else { continue };
        let mut report = ListReport {
            list,
            split,
            num_entries: 0,
            num_found: 0,
            num_missing: 0,
            num_foreign: 0,
            example: None,
        };
        for entry in entries.entries() {
            report.num_entries += 1;
            let found = index.find(&entry);
            found.iter().for_each(|&file| splits[file] = Some(split));
            if !found.is_empty() {
                report.num_found += 1;
            } else if entry.names_word(&index.words) {
                if report.num_missing == 0 {
                    report.example = Some(entry.text);
                }
                report.num_missing += 1;
            } else {
                report.num_foreign += 1;
                report.example.get_or_insert(entry.text);
            }
        }
        reports.push(report);
    }
    (splits, reports)
}

/// Recordings by the last two parts of their paths.
struct FileIndex {
    /// Ways to name each recording: normal forms of folders and stem.
    ways: Vec<(usize, Vec<String>)>,
    by_last_two: HashMap<String, Vec<usize>>,
    by_stem: HashMap<String, Vec<usize>>,
    words: HashSet<String>,
}

impl FileIndex {
    fn of(files: &[Listable]) -> Self {
        let mut index = Self {
            ways: Vec::with_capacity(files.len()),
            by_last_two: HashMap::new(),
            by_stem: HashMap::new(),
            words: files.iter().map(|file| folded(file.word)).collect(),
        };
        for (number, file) in files.iter().enumerate() {
            let name = normal(stem(file.file_name));
            let path: Vec<_> = file.folder.split('/').map(normal).chain([name.clone()]).collect();
            let word = normal(file.word);
            let under_word =
                (path.len() < 2 || path[path.len() - 2] != word).then(|| vec![word, name.clone()]);
            index.by_stem.entry(folded(&name)).or_default().push(number);
            for way in std::iter::once(path).chain(under_word) {
                if let [.., folder, name] = way.as_slice() {
                    let key = folded(&format!("{folder}/{name}"));
                    index.by_last_two.entry(key).or_default().push(index.ways.len());
                }
                index.ways.push((number, way));
            }
        }
        index
    }

    /// The recordings that an entry names: those that share the last two parts of the path with it, of these the ones
    /// that share most, and of these the ones that are spelt in the same case where there are any. A bare file name
    /// names every recording that is called so.
    fn find(&self, entry: &Entry) -> Vec<usize> {
        for stem in entry.stems() {
            let Some(folder) = entry.folders.last() else {
                match self.by_stem.get(&folded(stem)) {
                    Some(files) => return files.clone(),
                    None => continue,
                }
            };
            let Some(ways) = self.by_last_two.get(&folded(&format!("{folder}/{stem}"))) else { continue };
            let wanted: Vec<&str> = entry.folders.iter().map(String::as_str).chain([stem]).collect();
            let ranked: Vec<_> =
                ways.iter().map(|&way| (rank(&self.ways[way].1, &wanted), self.ways[way].0)).collect();
            let best = ranked.iter().map(|(rank, _)| *rank).max();
            return ranked
                .into_iter()
                .filter(|(rank, _)| Some(*rank) == best)
                .map(|(_, file)| file)
                .collect();
        }
        Vec::new()
    }
}

/// How many trailing parts agree in any case, and how many of these in the same case.
fn rank(way: &[String], wanted: &[&str]) -> (usize, usize) {
    let pairs = || way.iter().rev().zip(wanted.iter().rev());
    let num_alike = pairs().take_while(|(a, b)| a.as_str() == **b || folded(a) == folded(b)).count();
    (num_alike, pairs().take(num_alike).filter(|(a, b)| a.as_str() == **b).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        ListText::read(bytes).entries().map(|entry| [entry.folders.join("/"), entry.name].join("/")).collect()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_list_reads_the_same_in_every_encoding() {
        let text = "\u{feff}yes/a.wav\r\n\r\n# comment\r\n\"./ho\u{308}her\\b.wav\" ,\r\n";
        let expected = ["yes/a.wav", "h\u{f6}her/b.wav"];
        assert_eq!(texts(text.as_bytes()), expected);
        assert_eq!(texts(&text.as_bytes()[3..]), expected);
        assert_eq!(texts(&utf16(text, u16::to_le_bytes)), expected);
        assert_eq!(texts(&utf16(text, u16::to_be_bytes)), expected);
        assert_eq!(texts(&utf16(&text[3..], u16::to_le_bytes)), expected);
        assert_eq!(texts(&utf16(&text[3..], u16::to_be_bytes)), expected);
        assert_eq!(texts(b"h\xf6her/b.wav\rno/c"), ["h\u{f6}her/b.wav", "no/c"]);
        assert!(texts(b"").is_empty() && texts(b"\xff\xfe").is_empty() && texts(b" /./ \n..").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_list(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            names in proptest::collection::vec((".{0,12}", ".{0,20}"), 0..6),
        ) {
            let recordings: Vec<_> = names.iter().map(|(word, path)| (word.as_str(), path.as_str())).collect();
            proptest::prop_assert_eq!(held_out(&bytes, &recordings).len(), recordings.len());
            let lines: String = names.iter().map(|(word, path)| format!("{word}/{path}\n")).collect();
            proptest::prop_assert_eq!(held_out(lines.as_bytes(), &recordings).len(), recordings.len());
            let words: Vec<String> = names.iter().map(|(word, _)| word.clone()).collect();
            for (word, target) in words.iter().zip(crate::dataset::target_of_words(&words, &words)) {
                proptest::prop_assert_eq!(target.is_some(), crate::dataset::own_label(word).is_none());
            }
        }
    }

    fn found(list: &str, files: &[(&str, &str, &str)]) -> Vec<usize> {
        let files: Vec<_> =
            files.iter().map(|&(folder, word, file_name)| Listable { folder, word, file_name }).collect();
        let (splits, _) = match_lists(&files, [None, Some(ListText::read(list.as_bytes()))]);
        (0..files.len()).filter(|&file| splits[file] == Some(Split::Test)).collect()
    }

    #[test]
    fn names_are_matched_by_their_last_parts_and_by_case_only_where_it_decides() {
        let plain = [("yes", "yes", "a.wav"), ("no", "no", "a.WAV"), ("no", "no", "rec.1.flac")];
        assert_eq!(found("/data/sc/yes/a.flac", &plain), [0]);
        assert_eq!(found("NO\\A", &plain), [1]);
        assert_eq!(found("no/rec.1\nno/rec.2.wav", &plain), [2]);
        assert_eq!(found("a.wav", &plain), [0, 1]);
        let twins = [("yes", "yes", "a.wav"), ("Yes", "Yes", "a.wav"), ("yes", "yes", "A.wav")];
        assert_eq!(found("Yes/a.wav", &twins), [1]);
        assert_eq!(found("yes/A", &twins), [2]);
        let speakers = [("yes/anna", "yes", "1.wav"), ("no/anna", "no", "1.wav")];
        assert_eq!(found("x/no/anna/1.wav", &speakers), [1]);
        assert_eq!(found("yes/1.wav", &speakers), [0]);
        assert_eq!(found("anna/1.wav", &speakers), [0, 1], "held out where two could be meant");
    }

    #[test]
    fn what_is_not_found_is_counted_by_kind() {
        let files = [Listable { folder: "yes", word: "yes", file_name: "a.wav" }];
        let list = ListText::read(b"up/z.wav\nYes/b.wav\nyes/c.wav\nyes/a.wav\n");
        let (_, reports) = match_lists(&files, [Some(list), None]);
        let [report] = &reports[..] else { panic!("{reports:?}") };
        assert_eq!(
            (report.num_entries, report.num_found, report.num_missing, report.num_foreign),
            (4, 1, 2, 1)
        );
        assert_eq!(report.example.as_deref(), Some("Yes/b.wav"));
    }
}
