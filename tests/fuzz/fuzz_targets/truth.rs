//! Any bytes as a list of what is said in a recording: the broken line, or words in order of time.

#![no_main]

use engine::detect::{known_words, read_truth};
use libfuzzer_sys::fuzz_target;

mod allocation;

/// What a list takes beside four times its text: words of a letter or two.
const FREE_BYTES: usize = 4 << 20;

fuzz_target!(|bytes: &[u8]| {
    let (peak, words) = allocation::peak_of(|| read_truth(bytes));
    assert!(peak <= 4 * bytes.len() + FREE_BYTES, "{peak} bytes for {}", bytes.len());
    let Ok(words) = words else { return };
    assert!(words.iter().all(|said| said.start_secs >= 0.0 && said.start_secs <= said.end_secs));
    assert!(words.is_sorted_by(|a, b| a.start_secs <= b.start_secs));
    let labels: Vec<String> = words.iter().take(8).map(|said| said.word.to_uppercase()).collect();
    assert!(known_words(&words, &labels).iter().all(|said| labels.contains(&said.word)));
});
