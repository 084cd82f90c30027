//! The few pieces of HTML and SVG that the page is made of. Whatever text goes in is escaped here.

use std::fmt::Write as _;

use crate::look::numbers::THIN_SPACE;
use crate::settings::escape;

/// Text as it stands in the page. Thin spaces become unbreakable, and spaces beside a multiplication sign too, so that
/// no number and no size is torn at the end of a line.
pub(super) fn text(plain: &str) -> String {
    escape(&plain.replace(THIN_SPACE, "\u{202f}").replace(" × ", "\u{a0}×\u{a0}"))
}

/// Text in which what stands between backticks is code.
fn prose(plain: &str) -> String {
    let parts: Vec<&str> = plain.split('`').collect();
    let last = parts.len() - 1;
    let part = |(index, part): (usize, &&str)| match index % 2 {
        1 if index < last => format!("<code>{}</code>", text(part)),
        // A backtick without its partner stands for itself.
        1 => format!("`{}", text(part)),
        _ => text(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// A stretch of text that is kept together.
pub(super) fn span(plain: &str) -> String {
    format!("<span>{}</span>", text(plain))
}

/// A paragraph.
pub(super) fn paragraph(plain: &str) -> String {
    format!("<p>{}</p>\n", prose(plain))
}

/// A paragraph in the ink of hints.
pub(super) fn hint(plain: &str) -> String {
    format!("<p class=\"hint\">{}</p>\n", prose(plain))
}

/// A section with its heading; `body` is HTML.
pub(super) fn section(id: &str, title: &str, body: &str) -> String {
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{}</h2>\n{body}</section>\n",
        text(title)
    )
}

/// What the cells of a table hold, which decides how they are aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// Numbers, to the right.
    Numbers,
    /// Words, to the left.
    Words,
}

/// A table of texts; the first cell of each row names it.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub caption: String,
    pub cells: Cells,
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// A last row that sums up the others.
    pub total: Option<Vec<String>>,
}

impl Table {
    /// The table as HTML.
    pub fn html(&self) -> String {
        let class = if self.cells == Cells::Numbers { "numbers" } else { "words" };
        let mut out = format!(
            "<div class=\"wide\"><table class=\"{class}\">\n<caption>{}</caption>\n",
            text(&self.caption)
        );
        if !self.headings.is_empty() {
            let headings = self.headings.iter().map(|cell| format!("<th scope=\"col\">{}</th>", text(cell)));
            let _ = writeln!(out, "<thead><tr>{}</tr></thead>", headings.collect::<String>());
        }
        let rows: String = self.rows.iter().map(|row| table_row(row)).collect();
        let _ = writeln!(out, "<tbody>\n{rows}</tbody>");
        if let Some(total) = &self.total {
            let _ = writeln!(out, "<tfoot>\n{}</tfoot>", table_row(total));
        }
        out + "</table></div>\n"
    }
}

fn table_row(cells: &[String]) -> String {
    let mut row = String::from("<tr>");
    for (index, cell) in cells.iter().enumerate() {
        let _ = match index {
            0 => write!(row, "<th scope=\"row\">{}</th>", text(cell)),
            _ => write!(row, "<td>{}</td>", text(cell)),
        };
    }
    row + "</tr>\n"
}

/// A picture in the making.
#[derive(Debug)]
pub(super) struct Svg {
    out: String,
}

impl Svg {
    /// A picture of `width` by `height` pixels whose coordinates span `view`. `title` and `description` are for
    /// readers who do not see it; `class` gives it its colours.
    pub fn new(
        id: &str,
        class: &str,
        [title, description]: [&str; 2],
        [width, height]: [f64; 2],
        view: [f64; 4],
    ) -> Self {
        let view = view.map(number).join(" ");
        let mut out = format!(
            "<svg class=\"{class}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" width=\"{}\" height=\"{}\" viewBox=\"{view}\">\n",
            number(width),
            number(height),
        );
        let _ = writeln!(out, "<title id=\"{id}-t\">{}</title>", text(title));
        let _ = writeln!(out, "<desc id=\"{id}-d\">{}</desc>", text(description));
        Self { out }
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4]) {
        let [x, y, width, height] = [x, y, width, height].map(number);
        let _ = writeln!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        );
    }

    /// A path; `data` is made of numbers and letters of commands.
    pub fn path(&mut self, class: &str, data: &str) {
        if !data.is_empty() {
            let _ = writeln!(self.out, "<path class=\"{class}\" d=\"{data}\"/>");
        }
    }

    /// A path with a text that shows under the pointer.
    pub fn named_path(&mut self, class: &str, data: &str, name: &str) {
        let _ =
            writeln!(self.out, "<path class=\"{class}\" d=\"{data}\"><title>{}</title></path>", text(name));
    }

    /// A line through points.
    pub fn line(&mut self, class: &str, points: &[[f64; 2]]) {
        let points: Vec<String> =
            points.iter().map(|&[x, y]| format!("{},{}", number(x), number(y))).collect();
        let _ = writeln!(self.out, "<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "));
    }

    /// A text whose start, middle or end (by its class) is at a position.
    pub fn text(&mut self, class: &str, [x, y]: [f64; 2], plain: &str) {
        let _ = writeln!(
            self.out,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            number(x),
            number(y),
            text(plain)
        );
    }

    /// A text that reads upwards around its middle.
    pub fn upward_text(&mut self, class: &str, [x, y]: [f64; 2], plain: &str) {
        let (x, y) = (number(x), number(y));
        let _ = writeln!(
            self.out,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" transform=\"rotate(-90 {x} {y})\">{}</text>",
            text(plain)
        );
    }

    /// The picture as SVG.
    pub fn finish(self) -> String {
        self.out + "</svg>\n"
    }
}

/// A coordinate with two decimals at most: a hundredth of a pixel is below what any device shows.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// A figure: pictures and captions as HTML.
pub(super) fn figure(class: &str, picture: &str, caption: &str) -> String {
    format!("<figure class=\"{class}\">\n{picture}<figcaption>{caption}</figcaption>\n</figure>\n")
}

/// An entry of a legend: how it is drawn (a class, and a path in a box of 24 by 12), and its name.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub class: String,
    pub path: String,
    pub name: String,
}

/// A legend; the samples mean nothing to those who do not see them.
pub(super) fn legend(keys: &[Key]) -> String {
    let mut out = String::from("<ul class=\"legend\">\n");
    for key in keys {
        let _ = writeln!(
            out,
            "<li><svg class=\"key\" aria-hidden=\"true\" width=\"24\" height=\"12\" viewBox=\"0 0 24 12\"><path class=\"{}\" d=\"{}\"/></svg> {}</li>",
            key.class,
            key.path,
            text(&key.name)
        );
    }
    out + "</ul>\n"
}

/// Path of a box that fills a sample of the legend.
pub(super) const BOX: &str = "M6 1h12v10h-12z";
/// Path of a line through a sample of the legend.
pub(super) const STROKE: &str = "M0 6h24";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stands_between_backticks_and_everything_is_escaped() {
        assert_eq!(prose("run `a<b>` & `c`"), "run <code>a&lt;b&gt;</code> &amp; <code>c</code>");
        assert_eq!(prose("one ` alone"), "one ` alone");
        assert_eq!(prose("`a` and `"), "<code>a</code> and `");
        assert_eq!(text("64 × 64"), "64\u{a0}×\u{a0}64");
        assert_eq!([number(-0.001), number(1.5), number(2.0)], ["0", "1.5", "2"]);
    }
}
