//! Paths and names as text: for people, and for JSON.

use std::path::Path;

/// A path as text, whatever bytes it is made of: what is no text (on most systems, bytes that are not UTF-8) stands as
/// `\xff`, so that two paths that differ never read alike. The rest stands as it is.
///
/// Everything that prints a path, draws it or puts it into JSON comes through here: serialising a [`Path`] fails where it
/// is not UTF-8.
pub fn path_text(path: impl AsRef<Path>) -> String {
    let bytes = path.as_ref().as_os_str().as_encoded_bytes();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text
}

/// A name as it may stand in a line or a table cell: what would break the line, move the cursor, turn the direction of
/// writing or show nothing at all is written as an escape (`\n`, `\u{202e}`).
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match is_shown(c) {
            true => out.push(c),
            false => out.extend(c.escape_default()),
        }
    }
    out
}

/// Whether a letter takes part in a line without ruling it.
fn is_shown(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            // Soft hyphen, zero-width spaces and marks of direction, separators of lines and paragraphs, embeddings,
            // overrides and isolates of direction, invisible operators, and the byte order mark. Joiners (200c, 200d)
            // shape the letters of several scripts and stay.
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_and_bytes_are_told() {
        assert_eq!(path_text("/data/höher/日本"), "/data/höher/日本");
        assert_eq!(path_text(""), "");
    }

    #[test]
    #[cfg(unix)]
    fn paths_that_differ_read_differently() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let text = |bytes: &[u8]| path_text(OsStr::from_bytes(bytes));
        assert_eq!(text(b"/a/\xff"), "/a/\\xff");
        assert_eq!(text(b"\xc3/b\xe4\xf6.wav"), "\\xc3/b\\xe4\\xf6.wav");
        // A letter that was cut in two.
        assert_eq!(text("ö".as_bytes().split_at(1).0), "\\xc3");
        assert_ne!(text(b"run\xfe"), text(b"run\xff"));
    }

    #[test]
    fn names_cannot_rule_the_line() {
        assert_eq!(one_line("a\nb\tc\u{1b}[31m"), "a\\nb\\tc\\u{1b}[31m");
        assert_eq!(one_line("\u{202e}gnp.exe\u{feff}"), "\\u{202e}gnp.exe\\u{feff}");
        assert_eq!(one_line("\u{85}\u{2028}\u{7f}"), "\\u{85}\\u{2028}\\u{7f}");
        for name in ["höher", "日本語", "نعم", "e\u{301}", "👩\u{200d}🔬", "می\u{200c}خواهم", "a b", "C:\\x"]
        {
            assert_eq!(one_line(name), name);
        }
    }
}
