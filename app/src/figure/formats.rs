//! Tables as text: CSV for programs, Markdown and LaTeX for documents.

use std::borrow::Cow;

use super::Table;

/// What a table is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated values, RFC 4180.
    Csv,
    /// A pipe table.
    Markdown,
    /// A tabular environment; needs the package booktabs.
    Latex,
}

impl TableFormat {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Markdown, Self::Latex];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Markdown => "Markdown",
            Self::Latex => "LaTeX",
        }
    }

    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Latex => "tex",
        }
    }
}

impl Table {
    /// The table as a text of this format.
    pub fn text(&self, format: TableFormat) -> String {
        match format {
            TableFormat::Csv => self.csv(),
            TableFormat::Markdown => self.markdown(),
            TableFormat::Latex => self.latex(),
        }
    }

    /// The table as the contents of a file, one for each ending, the first one the ending that is proposed.
    pub fn contents(&self, first: TableFormat) -> Vec<(&'static str, Vec<u8>)> {
        let rest = TableFormat::ALL.into_iter().filter(|format| *format != first);
        let formats = std::iter::once(first).chain(rest);
        formats.map(|format| (format.ending(), self.text(format).into_bytes())).collect()
    }

    /// Whether each cell of a column is a number or empty, to be set flush right.
    fn is_number(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty());
        let is_number = |cell: &String| cell.parse::<f64>().is_ok();
        cells.next().is_some_and(is_number) && cells.all(is_number)
    }

    fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| markdown_escape(&printed(cell))).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = (0..self.headings.len()).map(|column| if self.is_number(column) { "---:" } else { "---" });
        let rule = format!("| {} |\n", rule.collect::<Vec<_>>().join(" | "));
        let rows = self.rows.iter().map(|row| line(row));
        [line(&self.headings), rule].into_iter().chain(rows).collect()
    }

    fn latex(&self) -> String {
        let columns: String =
            (0..self.headings.len()).map(|column| if self.is_number(column) { 'r' } else { 'l' }).collect();
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| latex_escape(&printed(cell))).collect();
            format!("{} \\\\\n", cells.join(" & "))
        };
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!(
            "% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n",
            line(&self.headings)
        )
    }
}

/// A cell as it is printed: no measurement of a test split carries more than four decimals. CSV keeps them all.
fn printed(cell: &str) -> Cow<'_, str> {
    let num_decimals = cell.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match cell.parse::<f64>() {
        Ok(number) if num_decimals > 4 => format!("{number:.4}").into(),
        _ => cell.into(),
    }
}

/// Keeps what a cell says from being read as structure or emphasis; a line end becomes a space.
fn markdown_escape(cell: &str) -> String {
    cell.chars().fold(String::new(), |mut text, c| {
        if matches!(c, '|' | '*' | '_' | '`' | '<' | '\\' | '[' | ']') {
            text.push('\\');
        }
        text.push(if matches!(c, '\n' | '\r') { ' ' } else { c });
        text
    })
}

/// The text of a cell in LaTeX; signs that people write in tables become commands.
fn latex_escape(cell: &str) -> String {
    cell.chars()
        .map(|c| match c {
            '_' | '%' | '&' | '#' | '$' | '{' | '}' => format!("\\{c}"),
            '\\' => "\\textbackslash{}".into(),
            '~' => "\\textasciitilde{}".into(),
            '^' => "\\textasciicircum{}".into(),
            '<' | '>' | '|' => format!("${c}$"),
            '±' => "$\\pm$".into(),
            '×' => "$\\times$".into(),
            '−' => "$-$".into(),
            '–' => "--".into(),
            crate::numbers::THIN_SPACE => "\\,".into(),
            '\n' | '\r' => " ".into(),
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let rows = [["cgs_64x75", "0.75", "91.2\u{2009}% ± 0.4\u{2009}%"], ["a|b & c", "", "{x}\\~^"]];
        Table {
            headings: ["run", "sparsity.drop", "test (%)"].map(String::from).to_vec(),
            rows: rows.map(|row| row.map(String::from).to_vec()).to_vec(),
        }
    }

    #[test]
    fn latex_keeps_every_sign() {
        let text = table().text(TableFormat::Latex);
        assert!(text.contains("\\begin{tabular}{lrl}"), "{text}");
        assert!(text.contains("run & sparsity.drop & test (\\%) \\\\\n"), "{text}");
        assert!(text.contains("cgs\\_64x75 & 0.75 & 91.2\\,\\% $\\pm$ 0.4\\,\\% \\\\\n"), "{text}");
        assert!(
            text.contains(
                "a$|$b \\& c &  & \\{x\\}\\textbackslash{}\\textasciitilde{}\\textasciicircum{} \\\\"
            )
        );
    }

    #[test]
    fn printed_numbers_carry_what_was_measured() {
        let rows = vec![["0.7748427672955976", "2bcb00b49f.3d60882", "299038"].map(String::from).to_vec()];
        let table = Table { headings: ["accuracy", "name", "bytes"].map(String::from).to_vec(), rows };
        assert!(table.text(TableFormat::Markdown).ends_with("| 0.7748 | 2bcb00b49f.3d60882 | 299038 |\n"));
        assert!(table.text(TableFormat::Csv).contains("0.7748427672955976"));
    }

    #[test]
    fn markdown_keeps_its_columns() {
        let text = table().text(TableFormat::Markdown);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "| --- | ---: | --- |");
        assert!(lines[2].starts_with("| cgs\\_64x75 | 0.75 |"), "{text}");
        assert!(lines[3].starts_with("| a\\|b & c |"), "{text}");
    }

    #[test]
    fn the_ending_chooses_the_text() {
        let contents = table().contents(TableFormat::Markdown);
        let endings: Vec<&str> = contents.iter().map(|(ending, _)| *ending).collect();
        assert_eq!(endings, ["md", "csv", "tex"]);
        assert!(contents[2].1.starts_with(b"% needs"));
        assert!(contents[1].1.starts_with(b"run,sparsity.drop"));
    }
}
