//! The table of runs in its five formats.

use std::path::PathBuf;

use engine::files::path_text;
use engine::look::phrases;
use engine::runs::{RunRow, RunState, SeedGroup, Spread, Summary, TestingSets};
use serde_json::{Value, json};

use super::difference::Difference;

/// Settings that differ, with one value per run.
type Settings = [(&'static str, Vec<String>)];

/// Settings that every table carries, whether they differ or not.
const ALWAYS: [&str; 3] = ["sparsity.block", "sparsity.drop", "seed"];

/// Everything there is to print.
pub struct Listed<'a> {
    pub rows: &'a [RunRow],
    pub paths: &'a [PathBuf],
    pub sets: &'a TestingSets,
    pub groups: &'a [SeedGroup],
    pub settings: &'a Settings,
    pub differences: &'a [Difference],
}

/// A table as plain cells.
struct Cells {
    head: Vec<String>,
    /// Whether a column holds numbers, to be set flush right.
    is_number: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Listed<'_> {
    /// One object: `runs` with the keys of `summary.json`, `groups` of runs that differ only by seed, `testing_sets` of clips
    /// that accuracies are of, and `differences` with the tests that say whether they are noise.
    pub fn json(&self) -> anyhow::Result<String> {
        let runs = (0..self.rows.len()).map(|at| self.run_json(at)).collect::<Result<Vec<_>, _>>()?;
        Ok(serde_json::to_string_pretty(&json!({
            "runs": runs,
            "groups": self.groups,
            "testing_sets": self.sets.sets,
            "differences": self.differences,
        }))?)
    }

    fn run_json(&self, at: usize) -> Result<Value, serde_json::Error> {
        let row = &self.rows[at];
        let mut object = serde_json::Map::new();
        object.insert("run".into(), json!(row.run));
        object.insert("path".into(), json!(path_text(&self.paths[at])));
        object.insert("state".into(), json!(state_name(&row.state)));
        if let RunState::Damaged(reason) = &row.state {
            object.insert("damage".into(), json!(reason));
        }
        if let RunState::Failed(failure) = &row.state {
            object.insert("failure".into(), json!(failure));
        }
        object.insert("is_pareto".into(), json!(row.is_pareto));
        object.insert("testing_set".into(), json!(self.set_name(at)));
        object.insert("group".into(), json!(self.group(at).map(|group| &group.name)));
        if let Some(Value::Object(figures)) = row.summary.as_ref().map(serde_json::to_value).transpose()? {
            object.extend(figures);
        }
        object.insert("config".into(), serde_json::to_value(&row.config)?);
        Ok(Value::Object(object))
    }

    fn group(&self, at: usize) -> Option<&SeedGroup> {
        self.groups.iter().find(|group| group.members.contains(&at))
    }

    fn set_name(&self, at: usize) -> Option<&str> {
        Some(&self.sets.sets.get(self.sets.of_row[at]?)?.name)
    }

    /// A setting of a run as text, whether it differs or not; empty where the run has no readable settings.
    fn setting(&self, at: usize, key: &str) -> String {
        let config = self.rows[at].config.as_ref();
        config.and_then(|config| config.get(key)).unwrap_or_default()
    }

    /// The settings that differ beside those that every table carries, less what the summary has.
    fn others(&self) -> impl Iterator<Item = &(&'static str, Vec<String>)> {
        self.settings.iter().filter(|(key, _)| !ALWAYS.contains(key))
    }

    /// One line a run: every figure of the summary, the seed group's mean, where it comes from, and the settings that differ.
    pub fn csv(&self) -> String {
        let mut head: Vec<&str> = CSV_HEAD.to_vec();
        head.extend(self.others().map(|(key, _)| *key));
        let mut text = head.join(",") + "\n";
        for (at, row) in self.rows.iter().enumerate() {
            let mut cells = vec![row.run.0.clone(), state_name(&row.state).into(), row.is_pareto.to_string()];
            cells.extend(row.summary.as_ref().map_or_else(|| vec![String::new(); 20], csv_figures));
            cells.extend(self.group(at).map_or_else(|| vec![String::new(); 4], csv_group));
            cells.push(self.set_name(at).unwrap_or_default().into());
            cells.push(row.config.as_ref().map(phrases::dataset).unwrap_or_default());
            let fingerprint = row.summary.as_ref().map(|summary| summary.data_fingerprint.clone());
            cells.push(fingerprint.unwrap_or_default());
            cells.push(path_text(&self.paths[at]));
            cells.extend(["sparsity.block", "sparsity.drop"].map(|key| self.setting(at, key)));
            cells.extend(self.others().map(|(_, values)| values.get(at).cloned().unwrap_or_default()));
            text += &cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",");
            text.push('\n');
        }
        text
    }
}

/// The columns of every CSV table; further settings that differ follow.
const CSV_HEAD: [&str; 33] = [
    "run",
    "state",
    "is_pareto",
    "test_accuracy",
    "valid_accuracy",
    "num_test",
    "density_requested",
    "density_achieved",
    "weight_bits",
    "memory_bits_weights",
    "memory_bits_index",
    "memory_bits_biases",
    "memory_bits_total",
    "memory_bits_dense_fp32",
    "memory_bits_dense_fp64",
    "reduction_vs_fp32",
    "reduction_vs_fp64",
    "macs_per_inference",
    "train_seconds",
    "samples_per_sec",
    "seed",
    "config_hash",
    "rounded_from",
    "group",
    "group_num_seeds",
    "group_test_accuracy_mean",
    "group_test_accuracy_std",
    "testing_set",
    "dataset",
    "data_fingerprint",
    "path",
    "sparsity.block",
    "sparsity.drop",
];

fn csv_figures(summary: &Summary) -> Vec<String> {
    let bits = &summary.memory_bits;
    vec![
        summary.test_accuracy.to_string(),
        summary.valid_accuracy.to_string(),
        summary.num_test.to_string(),
        summary.density_requested.to_string(),
        summary.density_achieved.to_string(),
        summary.weight_bits.to_string(),
        bits.weights.to_string(),
        bits.index.to_string(),
        bits.biases.to_string(),
        bits.total.to_string(),
        bits.dense_fp32.to_string(),
        bits.dense_fp64.to_string(),
        summary.reduction_vs_fp32.to_string(),
        summary.reduction_vs_fp64.to_string(),
        summary.macs_per_inference.to_string(),
        summary.train_seconds.to_string(),
        summary.samples_per_sec.to_string(),
        summary.seed.to_string(),
        summary.config_hash.clone(),
        summary.rounded_from.as_ref().map(|run| run.0.clone()).unwrap_or_default(),
    ]
}

fn csv_group(group: &SeedGroup) -> Vec<String> {
    vec![
        group.name.clone(),
        group.seeds.len().to_string(),
        group.test_accuracy.mean.to_string(),
        group.test_accuracy.std.map(|std| std.to_string()).unwrap_or_default(),
    ]
}

/// Quotes a cell where commas, quotes or line ends would be read as structure (RFC 4180).
fn csv_cell(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}

impl Listed<'_> {
    /// Columns for people.
    pub fn text(&self) -> String {
        let mut text = text_cells(&self.run_cells());
        text += &format!("\n{}", self.notes().join("\n"));
        text.push('\n');
        if has_seeds(self.groups) {
            text += "\nMean and standard deviation over seeds:\n";
            text += &text_cells(&self.group_cells());
        }
        text + &self.difference_lines("\n")
    }

    /// Pipe tables.
    pub fn markdown(&self) -> String {
        let mut text = markdown_cells(&self.run_cells());
        text += &format!("\n{}\n", markdown_escape(&self.notes().join("  \n")));
        if has_seeds(self.groups) {
            text += "\nMean and standard deviation over seeds:\n\n";
            text += &markdown_cells(&self.group_cells());
        }
        text + &markdown_escape(&self.difference_lines("\n\n"))
    }

    /// Tabular environments; needs the package booktabs.
    pub fn latex(&self) -> String {
        let mut text = String::from("% needs \\usepackage{booktabs}\n");
        text += &latex_cells(&self.run_cells());
        text += &format!("\n{}\n", latex_escape(&self.notes().join("\n\n")));
        if has_seeds(self.groups) {
            text += "\n% mean and standard deviation over seeds\n";
            text += &latex_cells(&self.group_cells());
        }
        text + &latex_escape(&self.difference_lines("\n\n"))
    }

    /// What the marks mean, and what the accuracies are of.
    fn notes(&self) -> Vec<String> {
        let mut notes = match self.sets.sets.as_slice() {
            [] => Vec::new(),
            [only] => vec![
                "* on the Pareto front of test accuracy against memory (weights, index and biases)".into(),
                format!("Measured on {}.", only.name),
            ],
            several => {
                let about = "Accuracies on different words or testing clips do not compare: each set of clips has a front of its \
                             own, whose runs are marked * (test accuracy against memory of weights, index and biases).";
                let set = several.iter().enumerate().map(|(at, set)| format!("{}: {}", letter(at), set.name));
                std::iter::once(about.to_string()).chain(set).collect()
            }
        };
        let copies: Vec<String> =
            self.groups.iter().flat_map(|group| &group.copies).map(|run| run.0.clone()).collect();
        if !copies.is_empty() {
            notes.push(format!(
                "Not counted as a seed, because another run of the same seed has the same figures: {}.",
                copies.join(", ")
            ));
        }
        notes
    }

    fn difference_lines(&self, between: &str) -> String {
        let lines: Vec<&str> = self.differences.iter().map(|difference| difference.words.as_str()).collect();
        if lines.is_empty() { String::new() } else { format!("\n{}\n", lines.join(between)) }
    }

    fn has_several_sets(&self) -> bool {
        self.sets.sets.len() > 1
    }

    fn run_cells(&self) -> Cells {
        let names = ["", "run", "test %", "valid %", "memory KiB", "vs fp32", "density", "MACs"];
        let mut cells = Cells {
            head: names.map(String::from).to_vec(),
            is_number: vec![false, false, true, true, true, true, true, true],
            rows: Vec::new(),
        };
        if self.has_several_sets() {
            cells.head.push("clips".into());
        }
        cells.head.extend(ALWAYS.map(String::from));
        cells.head.extend(self.others().map(|(key, _)| (*key).to_string()));
        cells.is_number.resize(cells.head.len(), false);
        for (at, row) in self.rows.iter().enumerate() {
            let mut line = vec![if row.is_pareto { "*".into() } else { String::new() }, row.run.0.clone()];
            match &row.summary {
                Some(summary) => line.extend([
                    percent(summary.test_accuracy),
                    percent(summary.valid_accuracy),
                    format!("{:.1}", summary.memory_bits.total as f64 / 8192.0),
                    format!("{:.1}x", summary.reduction_vs_fp32),
                    density(summary),
                    summary.macs_per_inference.to_string(),
                ]),
                None => {
                    line.push(state_name(&row.state).into());
                    line.extend(vec![String::new(); 5]);
                }
            }
            if self.has_several_sets() {
                line.push(self.sets.of_row[at].map(letter).unwrap_or_default());
            }
            line.extend(ALWAYS.map(|key| self.setting(at, key)));
            line.extend(self.others().map(|(_, values)| values.get(at).cloned().unwrap_or_default()));
            cells.rows.push(line);
        }
        cells
    }

    fn group_cells(&self) -> Cells {
        let spread = |spread: &Spread| match spread.std {
            Some(std) => format!("{} ± {:.1}", percent(spread.mean), std * 100.0),
            None => percent(spread.mean),
        };
        let mut head = ["", "configuration", "seeds", "test %", "valid %", "memory KiB", "vs fp32"].to_vec();
        let mut is_number = vec![false, false, true, true, true, true, true];
        if self.has_several_sets() {
            head.push("clips");
            is_number.push(false);
        }
        let mut groups: Vec<&SeedGroup> = self.groups.iter().collect();
        groups.sort_by_key(|group| group.set);
        let rows = groups.into_iter().map(|group| {
            let mut line = vec![
                if group.is_pareto { "*".into() } else { String::new() },
                group.name.clone(),
                group.seeds.len().to_string(),
                spread(&group.test_accuracy),
                spread(&group.valid_accuracy),
                format!("{:.1}", group.memory_total_bits / 8192.0),
                format!("{:.1}x", group.reduction_vs_fp32),
            ];
            if self.has_several_sets() {
                line.push(group.set.map(letter).unwrap_or_default());
            }
            line
        });
        Cells { rows: rows.collect(), head: head.into_iter().map(String::from).collect(), is_number }
    }
}

/// The name of a set in a column: A to Z, then AA, AB and so on.
fn letter(at: usize) -> String {
    let last = char::from(b'A' + (at % 26) as u8);
    if at < 26 { last.to_string() } else { letter(at / 26 - 1) + &last.to_string() }
}

fn has_seeds(groups: &[SeedGroup]) -> bool {
    groups.iter().any(|group| group.seeds.len() > 1)
}

/// Requested beside achieved where they differ.
fn density(summary: &Summary) -> String {
    let (requested, achieved) = (summary.density_requested, summary.density_achieved);
    if (requested - achieved).abs() < 5e-5 {
        format!("{achieved:.4}")
    } else {
        format!("{achieved:.4} ({requested:.4} requested)")
    }
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn state_name(state: &RunState) -> &'static str {
    match state {
        RunState::Finished => "finished",
        RunState::Running => "running",
        RunState::Waiting => "waiting",
        RunState::Interrupted => "interrupted",
        RunState::Failed(_) => "failed",
        RunState::Damaged(_) => "damaged",
    }
}

fn text_cells(cells: &Cells) -> String {
    let widths: Vec<usize> = (0..cells.head.len())
        .map(|column| {
            let all = cells.rows.iter().chain(std::iter::once(&cells.head));
            all.map(|row| row[column].chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in std::iter::once(&cells.head).chain(&cells.rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            line +=
                &if cells.is_number[column] { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
            line += "  ";
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn markdown_cells(cells: &Cells) -> String {
    let line = |row: &[String]| {
        let escaped: Vec<String> = row.iter().map(|cell| markdown_escape(cell)).collect();
        format!("| {} |\n", escaped.join(" | "))
    };
    let mut text = line(&cells.head);
    let rule: Vec<&str> =
        cells.is_number.iter().map(|&is_number| if is_number { "---:" } else { "---" }).collect();
    text += &format!("| {} |\n", rule.join(" | "));
    text.extend(cells.rows.iter().map(|row| line(row)));
    text
}

/// Keeps what a cell says from being read as structure or emphasis.
fn markdown_escape(cell: &str) -> String {
    cell.chars().fold(String::new(), |mut text, c| {
        if matches!(c, '|' | '*' | '_' | '`' | '<' | '\\') {
            text.push('\\');
        }
        text.push(c);
        text
    })
}

fn latex_cells(cells: &Cells) -> String {
    let columns: String =
        cells.is_number.iter().map(|&is_number| if is_number { 'r' } else { 'l' }).collect();
    let line = |row: &[String]| {
        let escaped: Vec<String> = row.iter().map(|cell| latex_escape(cell)).collect();
        format!("{} \\\\\n", escaped.join(" & "))
    };
    let mut text = format!("\\begin{{tabular}}{{{columns}}}\n\\toprule\n");
    text += &line(&cells.head);
    text += "\\midrule\n";
    text.extend(cells.rows.iter().map(|row| line(row)));
    text + "\\bottomrule\n\\end{tabular}\n"
}

fn latex_escape(cell: &str) -> String {
    cell.chars()
        .map(|c| match c {
            '_' | '%' | '&' | '#' | '$' | '{' | '}' => format!("\\{c}"),
            '\\' => "\\textbackslash{}".into(),
            '~' => "\\textasciitilde{}".into(),
            '^' => "\\textasciicircum{}".into(),
            '±' => "$\\pm$".into(),
            '*' => "$\\ast$".into(),
            '<' => "$<$".into(),
            '>' => "$>$".into(),
            engine::look::numbers::THIN_SPACE => "\\,".into(),
            '×' => "$\\times$".into(),
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_stay_text() {
        assert_eq!(csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_cell("plain"), "plain");
        assert_eq!(latex_escape("50%_a\\ ± *"), "50\\%\\_a\\textbackslash{} $\\pm$ $\\ast$");
        assert_eq!(markdown_escape("a_b <c> `d`"), "a\\_b \\<c> \\`d\\`");
        assert_eq!([0, 25, 26, 27, 702].map(letter), ["A", "Z", "AA", "AB", "AAA"]);
        let cells = Cells { head: vec!["a|b".into()], is_number: vec![true], rows: vec![vec!["*".into()]] };
        assert_eq!(markdown_cells(&cells), "| a\\|b |\n| ---: |\n| \\* |\n");
    }

    #[test]
    fn columns_line_up() {
        let cells = Cells {
            head: vec!["run".into(), "x".into()],
            is_number: vec![false, true],
            rows: vec![vec!["long name".into(), "1".into()], vec!["±".into(), "100".into()]],
        };
        assert_eq!(text_cells(&cells), "run          x\nlong name    1\n±          100\n");
    }
}
