//! Lists of what is really said in a recording, as people and their tools write them.

use super::trial::SpokenWord;

/// A line of a list that names no word with its times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not `start<tab>end<tab>word` with times in seconds")]
pub struct TruthError {
    /// The line, from 1.
    pub line: usize,
}

/// Reads a list of start, end and word, in order of time.
///
/// The fields of a line stand apart by tabs, semicolons, blanks or commas, whichever of these, in this order, make sense of the line; times
/// are in seconds, with a point or a comma. A heading, empty lines, comments (`#`) and the second lines that Audacity writes
/// for a range of frequencies (`\`) are passed over. UTF-8 with or without a byte order mark, UTF-16 with one, and line ends
/// of all systems are read.
///
/// # Errors
/// The first line that is none of these, or whose times are negative, not finite or out of order.
pub fn read_truth(bytes: &[u8]) -> Result<Vec<SpokenWord>, TruthError> {
    let text = text_of(bytes);
    let mut words = Vec::new();
    let mut may_be_heading = true;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '\\']) {
            continue;
        }
        match spoken_word(line) {
            Some(word) => words.push(word),
            // A heading names its columns; a broken line of words has a number.
            None if may_be_heading && !line.contains(|c: char| c.is_ascii_digit()) => {}
            None => return Err(TruthError { line: index + 1 }),
        }
        may_be_heading = false;
    }
    words.sort_by(|a, b| a.start_secs.total_cmp(&b.start_secs));
    Ok(words)
}

/// The words that a model knows, spelt as its labels are: a list may write `Yes` where the label is `yes`. Words that it does
/// not know are left out.
pub fn known_words(words: &[SpokenWord], labels: &[String]) -> Vec<SpokenWord> {
    let folded: Vec<String> = labels.iter().map(|label| fold(label)).collect();
    let label_of = |word: &str| {
        let exactly = labels.iter().position(|label| label == word);
        let at = exactly.or_else(|| folded.iter().position(|label| *label == fold(word)))?;
        Some(labels[at].clone())
    };
    let known =
        words.iter().filter_map(|said| Some(SpokenWord { word: label_of(&said.word)?, ..said.clone() }));
    known.collect()
}

fn fold(word: &str) -> String {
    word.trim().to_lowercase()
}

fn text_of(bytes: &[u8]) -> String {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes.as_chunks::<2>().0.iter().map(|&pair| unit(pair)).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => String::from_utf16_lossy(&units(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => String::from_utf16_lossy(&units(rest, u16::from_be_bytes)),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn spoken_word(line: &str) -> Option<SpokenWord> {
    let blank: fn(char) -> bool = char::is_whitespace;
    let separators: [fn(char) -> bool; 4] = [|c| c == '\t', |c| c == ';', blank, |c| c == ','];
    separators.into_iter().find_map(|is_separator| {
        let (start, rest) = line.split_once(is_separator)?;
        let (end, word) = rest.trim_start().split_once(is_separator)?;
        // What stands behind the word, in a column of its own, is a remark.
        let word = word.trim_start().split(['\t', ';']).next()?.trim().trim_matches('"').trim();
        let (start_secs, end_secs) = (secs(start)?, secs(end)?);
        let is_word = start_secs <= end_secs && !word.is_empty();
        is_word.then(|| SpokenWord { word: word.into(), start_secs, end_secs })
    })
}

fn secs(field: &str) -> Option<f64> {
    let field = field.trim().trim_end_matches(',').trim_matches('"');
    let secs: f64 = field.replace(',', ".").parse().ok()?;
    (secs.is_finite() && secs >= 0.0).then_some(secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<(f64, f64, String)> {
        read_truth(text.as_bytes())
            .unwrap()
            .into_iter()
            .map(|said| (said.start_secs, said.end_secs, said.word))
            .collect()
    }

    #[test]
    fn lists_of_many_tools_say_the_same() {
        let same = [(0.0, 1.0, "yes".to_string()), (2.5, 3.5, "no".to_string())];
        for text in [
            "start\tend\tword\n2.5\t3.5\tno\n\n0\t1\tyes\textra\n",
            "\u{feff}Start\tEnd\tWord\r\n0\t1\tyes\r\n2.5\t3.5\tno\r\n",
            "0,0\t1,0\tyes\n2,500000\t3,500000\tno\n\\\t100,0\t4000,0\n",
            "# made by hand\n0 1 yes\n 2.5   3.5  no  \n",
            "start;end;word\n0;1;\"yes\"\n2,5;3,5;\"no\"",
            "start,end,word\n0,1,yes\n2.5,3.5,no\n",
            "0, 1, yes\r2.5, 3.5, no".replace('\r', "\r\n").as_str(),
        ] {
            assert_eq!(plain(text), same, "{text:?}");
        }
        let wide: Vec<u8> =
            "\u{feff}0\t1\tyes\n2,5\t3,5\tno\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read_truth(&wide).unwrap().len(), 2);
        for text in
            ["1 2 hey robot\n", "1,2,hey robot", "1\t2\they robot\twell said", "\"1\";\"2\";\"hey robot\""]
        {
            assert_eq!(plain(text), [(1.0, 2.0, "hey robot".to_string())], "{text:?}");
        }
        assert!(plain("").is_empty() && plain("start end word\n").is_empty());
    }

    #[test]
    fn broken_lines_are_told() {
        for (text, line) in [
            ("0\tyes\n", 1),
            ("0\t1\tyes\n2\t1\tno\n", 2),
            ("0\t1\tyes\n-1\t1\tno\n", 2),
            ("0\tnan\tyes\n", 1),
            ("start\tend\tword\n\nword\tstart\tend\n", 3),
            ("0\t1e999\tyes\n", 1),
            ("0\t1\t\n", 1),
        ] {
            assert_eq!(read_truth(text.as_bytes()), Err(TruthError { line }), "{text:?}");
        }
    }

    #[test]
    fn case_and_blanks_do_not_make_another_word() {
        let labels = ["silence", "unknown", "yes", "Hey Robot", "höher"].map(String::from);
        let words = read_truth("0\t1\tYES\n1\t2\they robot \n2\t3\tHÖHER\n3\t4\tother\n".as_bytes()).unwrap();
        let known: Vec<_> = known_words(&words, &labels).into_iter().map(|said| said.word).collect();
        assert_eq!(known, ["yes", "Hey Robot", "höher"]);
        // Labels that differ in nothing else are told apart.
        let both = ["yes", "Yes"].map(String::from);
        let known: Vec<_> = known_words(&words, &both).into_iter().map(|said| said.word).collect();
        assert_eq!(known, ["yes"]);
        let exact = read_truth(b"0\t1\tYes\n").unwrap();
        assert_eq!(known_words(&exact, &both)[0].word, "Yes");
    }
}
