//! Numbers and strings as C text.

use std::fmt::{Display, Write};

/// Longest line of an array.
const MAX_COLUMNS: usize = 110;

/// Numbers in lines, separated by commas.
pub(super) fn numbers(values: impl IntoIterator<Item = impl Display>) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for value in values {
        let start = line.len();
        // Writing to a `String` cannot fail.
        let _ = write!(line, "{value}, ");
        if line.len() - 1 + 4 > MAX_COLUMNS && start > 0 {
            text.push_str(&format!("    {}\n", line[..start].trim_end()));
            line.drain(..start);
        }
    }
    match line.is_empty() {
        true => text,
        false => text + &format!("    {}\n", line.trim_end()),
    }
}

/// The definition of a constant array; nothing for no values, which C99 does not allow.
pub(super) fn array(declaration: &str, values: impl IntoIterator<Item = impl Display>) -> String {
    match numbers(values) {
        values if values.is_empty() => String::new(),
        values => format!("static const {declaration} = {{\n{values}}};\n\n"),
    }
}

/// A single-precision number as a C literal that means exactly it; infinities and not-a-number do not occur in models.
pub(super) fn float(value: f32) -> String {
    format!("{value:?}f")
}

/// A C string literal of any text: what is not plain ASCII is written byte by byte.
pub(super) fn string(text: &str) -> String {
    let byte = |byte: u8| match byte {
        // A question mark could begin a trigraph.
        b'"' | b'\\' | b'?' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    };
    format!("\"{}\"", text.bytes().map(byte).collect::<String>())
}

/// Text for a C comment: nothing that could end it, nor a line.
pub(super) fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *").replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_break_lines_and_keep_every_number() {
        let text = array("uint8_t bytes[300]", (0..300).map(|n| n % 256));
        assert!(text.lines().all(|line| line.len() <= MAX_COLUMNS), "{text}");
        let inside = text.split(['{', '}']).nth(1).unwrap();
        let found: Vec<u32> = inside.split(',').filter_map(|n| n.trim().parse().ok()).collect();
        assert_eq!(found, (0..300).map(|n| n % 256).collect::<Vec<u32>>());
        assert_eq!(array("uint8_t none[]", [0u8; 0]), "");
    }

    #[test]
    fn literals_are_exact_and_safe() {
        assert_eq!([0.1, -3.0, 1e-30, 16_777_216.0].map(float), ["0.1f", "-3.0f", "1e-30f", "16777216.0f"]);
        assert_eq!(string("a\"b\\c??/é\n"), r#""a\"b\\c\?\?/\303\251\012""#);
        assert_eq!(comment("a */ b\n/*"), "a * / b / *");
    }
}
