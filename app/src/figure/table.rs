//! Tables as CSV.

/// A table of texts with one row of headings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Column names, unit included.
    pub headings: Vec<String>,
    /// Rows, each as long as the headings.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The table as RFC 4180 text in UTF-8: comma, CRLF, quotes where needed.
    ///
    /// A cell that a spreadsheet would take for a formula is prefixed with an apostrophe; numbers are left alone.
    pub fn csv(&self) -> String {
        let line = |cells: &[String]| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",");
        std::iter::once(line(&self.headings))
            .chain(self.rows.iter().map(|row| line(row)))
            .map(|text| text + "\r\n")
            .collect()
    }
}

fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let cell = if is_formula { format!("'{cell}") } else { cell.to_string() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_survive_spreadsheets() {
        let table = Table {
            headings: vec!["run".into(), "drop, hidden".into()],
            rows: vec![vec!["say \"yes\"".into(), "-0.5".into()], vec!["=1+1".into(), "two\nlines".into()]],
        };
        assert_eq!(
            table.csv(),
            "run,\"drop, hidden\"\r\n\"say \"\"yes\"\"\",-0.5\r\n'=1+1,\"two\nlines\"\r\n"
        );
    }
}
