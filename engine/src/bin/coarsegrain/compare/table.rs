//! The table of runs in its five formats.

use engine::runs::{RunRow, RunState, SeedGroup, Spread, Summary};
use serde_json::{Value, json};

/// Settings that differ, with one value per run.
type Settings = [(&'static str, Vec<String>)];

/// A table as plain cells.
struct Cells {
    head: Vec<String>,
    /// Whether a column holds numbers, to be set flush right.
    is_number: Vec<bool>,
    rows: Vec<Vec<String>>,
}

/// One object: `runs` with the keys of `summary.json`, and `groups` of runs that differ only by seed.
pub fn json(rows: &[RunRow], groups: &[SeedGroup]) -> anyhow::Result<String> {
    let runs = rows.iter().map(run_json).collect::<Result<Vec<_>, _>>()?;
    Ok(serde_json::to_string_pretty(&json!({ "runs": runs, "groups": groups }))?)
}

fn run_json(row: &RunRow) -> Result<Value, serde_json::Error> {
    let mut object = serde_json::Map::new();
    object.insert("run".into(), json!(row.run));
    object.insert("state".into(), json!(state_name(&row.state)));
    if let RunState::Damaged(reason) = &row.state {
        object.insert("damage".into(), json!(reason));
    }
    if let RunState::Failed(failure) = &row.state {
        object.insert("failure".into(), json!(failure));
    }
    object.insert("is_pareto".into(), json!(row.is_pareto));
    if let Some(Value::Object(figures)) = row.summary.as_ref().map(serde_json::to_value).transpose()? {
        object.extend(figures);
    }
    object.insert("config".into(), serde_json::to_value(&row.config)?);
    Ok(Value::Object(object))
}

/// One line a run: every figure of the summary, the seed group's mean, and the settings that differ.
pub fn csv(rows: &[RunRow], groups: &[SeedGroup], settings: &Settings) -> String {
    let mut head: Vec<&str> = vec![
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
    ];
    head.extend(settings.iter().map(|(key, _)| *key).filter(|key| *key != "seed"));
    let mut text = head.join(",") + "\n";
    for (index, row) in rows.iter().enumerate() {
        let mut cells = vec![row.run.0.clone(), state_name(&row.state).into(), row.is_pareto.to_string()];
        cells.extend(row.summary.as_ref().map_or_else(|| vec![String::new(); 20], csv_figures));
        let group = groups.iter().find(|group| group.runs.contains(&row.run));
        cells.extend(group.map_or_else(|| vec![String::new(); 4], csv_group));
        let values = settings.iter().filter(|(key, _)| *key != "seed");
        cells.extend(values.map(|(_, values)| values.get(index).cloned().unwrap_or_default()));
        text += &cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",");
        text.push('\n');
    }
    text
}

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

/// Columns for people.
pub fn text(rows: &[RunRow], groups: &[SeedGroup], settings: &Settings) -> String {
    let mut text = text_cells(&run_cells(rows, settings));
    text += "\n* on the Pareto front of test accuracy against memory (weights, index and biases)\n";
    if has_seeds(groups) {
        text += "\nMean and standard deviation over seeds:\n";
        text += &text_cells(&group_cells(groups));
    }
    text
}

/// Pipe tables.
pub fn markdown(rows: &[RunRow], groups: &[SeedGroup], settings: &Settings) -> String {
    let mut text = markdown_cells(&run_cells(rows, settings));
    text += "\n\\* on the Pareto front of test accuracy against memory (weights, index and biases)\n";
    if has_seeds(groups) {
        text += "\nMean and standard deviation over seeds:\n\n";
        text += &markdown_cells(&group_cells(groups));
    }
    text
}

/// Tabular environments; needs the package booktabs.
pub fn latex(rows: &[RunRow], groups: &[SeedGroup], settings: &Settings) -> String {
    let mut text = String::from("% needs \\usepackage{booktabs}\n");
    text += &latex_cells(&run_cells(rows, settings));
    if has_seeds(groups) {
        text += "\n% mean and standard deviation over seeds\n";
        text += &latex_cells(&group_cells(groups));
    }
    text
}

fn has_seeds(groups: &[SeedGroup]) -> bool {
    groups.iter().any(|group| group.seeds.len() > 1)
}

fn run_cells(rows: &[RunRow], settings: &Settings) -> Cells {
    let names = ["", "run", "test %", "valid %", "memory KiB", "vs fp32", "density", "MACs"];
    let mut cells = Cells {
        head: names.map(String::from).to_vec(),
        is_number: vec![false, false, true, true, true, true, true, true],
        rows: Vec::new(),
    };
    cells.head.extend(settings.iter().map(|(key, _)| (*key).to_string()));
    cells.is_number.extend(settings.iter().map(|_| false));
    for (index, row) in rows.iter().enumerate() {
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
        line.extend(settings.iter().map(|(_, values)| values.get(index).cloned().unwrap_or_default()));
        cells.rows.push(line);
    }
    cells
}

fn group_cells(groups: &[SeedGroup]) -> Cells {
    let spread = |spread: &Spread| match spread.std {
        Some(std) => format!("{} ± {:.1}", percent(spread.mean), std * 100.0),
        None => percent(spread.mean),
    };
    Cells {
        head: ["", "configuration", "seeds", "test %", "valid %", "memory KiB", "vs fp32"]
            .map(String::from)
            .to_vec(),
        is_number: vec![false, false, true, true, true, true, true],
        rows: groups
            .iter()
            .map(|group| {
                vec![
                    if group.is_pareto { "*".into() } else { String::new() },
                    group.name.clone(),
                    group.seeds.len().to_string(),
                    spread(&group.test_accuracy),
                    spread(&group.valid_accuracy),
                    format!("{:.1}", group.memory_total_bits / 8192.0),
                    format!("{:.1}x", group.reduction_vs_fp32),
                ]
            })
            .collect(),
    }
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
        let escaped: Vec<String> =
            row.iter().map(|cell| cell.replace('|', "\\|").replace('*', "\\*")).collect();
        format!("| {} |\n", escaped.join(" | "))
    };
    let mut text = line(&cells.head);
    let rule: Vec<&str> =
        cells.is_number.iter().map(|&is_number| if is_number { "---:" } else { "---" }).collect();
    text += &format!("| {} |\n", rule.join(" | "));
    text.extend(cells.rows.iter().map(|row| line(row)));
    text
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
