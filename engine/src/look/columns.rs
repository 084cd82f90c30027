//! Names in columns of plain text, as wide as a terminal shows them.

use unicode_width::UnicodeWidthStr;

use crate::files::one_line;

/// Cells of a terminal that a name takes: letters of some scripts take two, combining marks none.
pub fn width(name: &str) -> usize {
    one_line(name).width()
}

/// A name flush left in a column, in one line whatever it holds; a name that is wider sticks out.
pub fn flush_left(name: &str, column: usize) -> String {
    let name = one_line(name);
    let blanks = column.saturating_sub(name.width());
    name + &" ".repeat(blanks)
}

/// A name flush right in a column, in one line whatever it holds; a name that is wider sticks out.
pub fn flush_right(name: &str, column: usize) -> String {
    let name = one_line(name);
    " ".repeat(column.saturating_sub(name.width())) + &name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_every_script() {
        for (name, cells) in [
            ("yes", 3),
            ("höher", 5),
            ("ho\u{308}her", 5),
            ("日本語", 6),
            ("예", 2),
            ("a\tb\n", 6),
            ("\u{202e}no", 10),
            ("", 0),
        ] {
            assert_eq!(width(name), cells, "{name:?}");
            assert_eq!(width(&flush_left(name, 12)), 12, "{name:?}");
            assert!(flush_right(name, 12).ends_with(&one_line(name)));
            assert!(!flush_left(name, 1).contains(['\n', '\t']));
        }
        assert_eq!(flush_left("日本語", 2), "日本語");
    }
}
