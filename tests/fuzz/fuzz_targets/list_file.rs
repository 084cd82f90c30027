//! Any bytes as a list file, and any text as names of folders and recordings: names that are found, or are not.

#![no_main]

mod allocation;

use engine::dataset::{held_out, own_label, target_of_words};
use libfuzzer_sys::fuzz_target;

use crate::allocation::peak_of;

const RECORDINGS: [(&str, &str); 4] = [
    ("yes", "yes/0a7c2a8d_nohash_0.wav"),
    ("h\u{f6}her", "ho\u{308}her/anna/1.flac"),
    ("no", "train/no/rec.1.wav"),
    ("up", "up.1.wav"),
];

/// What the recordings themselves take, and one name of the list with its normal forms.
const FIXED_BYTES: usize = 64 << 10;

fuzz_target!(|input: (&[u8], Vec<(String, String)>)| {
    let (list, names) = input;
    let (peak, found) = peak_of(|| held_out(list, &RECORDINGS));
    assert_eq!(found.len(), RECORDINGS.len());
    // A line may be the whole list, and is then held in several forms.
    let longest = list.split(|&byte| byte == b'\n' || byte == b'\r').map(<[u8]>::len).max().unwrap_or(0);
    assert!(peak <= 4 * list.len() + 64 * longest + FIXED_BYTES, "{peak} bytes for a list of {}", list.len());

    let recordings: Vec<(&str, &str)> =
        names.iter().map(|(word, path)| (word.as_str(), path.as_str())).collect();
    let all: String = names.iter().map(|(word, path)| format!("{word}/{path}\n")).collect();
    assert_eq!(held_out(all.as_bytes(), &recordings).len(), recordings.len());
    let words: Vec<String> = names.iter().map(|(word, _)| word.clone()).collect();
    for (word, target) in words.iter().zip(target_of_words(&words, &words)) {
        // Every word is a target word of its own name, unless it carries a label.
        assert_eq!(target.is_some(), own_label(word).is_none(), "{word:?}");
    }
});
