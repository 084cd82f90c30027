//! Two runs side by side: figures and settings that differ, and both confusion matrices.

use egui::{Grid, RichText};
use engine::runs::Summary;

use super::catalogue::Entry;
use super::columns::Column;
use super::listing::differing;
use super::verdict::Said;
use crate::figure::Table;
use crate::numbers;
use crate::theme::{Theme, size, text};

/// One line of the comparison.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    name: String,
    help: String,
    values: [String; 2],
    difference: String,
    /// The side with the better value.
    better: Option<usize>,
}

/// Width of a bias, for runs of either arithmetic.
pub(super) const BIASES_HOW: &str =
    "At the width of each layer's accumulator; 32 bits each in floating point";

/// A figure of a run: name, explanation, value, text, whether higher is better.
type FigureRow = (&'static str, &'static str, fn(&Summary) -> f64, fn(f64) -> String, Option<bool>);

fn percent(value: f64) -> String {
    numbers::percent(value, 1)
}

fn bits(value: f64) -> String {
    numbers::bytes_from_bits(value as u64)
}

fn whole(value: f64) -> String {
    numbers::whole(value as u64)
}

fn three(value: f64) -> String {
    numbers::significant(value, 3)
}

const FIGURES: &[FigureRow] = &[
    (
        "Test accuracy",
        "Best weights by validation, on the testing split",
        |s| s.test_accuracy,
        percent,
        Some(true),
    ),
    (
        "Validation accuracy",
        "Highest accuracy on the validation split",
        |s| s.valid_accuracy,
        percent,
        Some(true),
    ),
    (
        "Activation bits",
        "Width of what each layer reads; 32 is floating point",
        |s| f64::from(s.activation_bits),
        whole,
        None,
    ),
    ("Test loss", "Mean cross-entropy on the testing split, in nats", |s| s.test_loss, three, Some(false)),
    ("Memory", "Kept weights, block index and biases", |s| s.memory_bits.total as f64, bits, Some(false)),
    (
        "Memory of weights",
        "Kept weights times their width",
        |s| s.memory_bits.weights as f64,
        bits,
        Some(false),
    ),
    (
        "Memory of the block index",
        "One column number per kept block and level",
        |s| s.memory_bits.index as f64,
        bits,
        Some(false),
    ),
    ("Memory of biases", BIASES_HOW, |s| s.memory_bits.biases as f64, bits, Some(false)),
    (
        "Under dense fp32",
        "Dense fp32 memory over this run's memory",
        |s| s.reduction_vs_fp32,
        numbers::factor,
        Some(true),
    ),
    (
        "Under dense fp64",
        "Dense fp64 memory over this run's memory",
        |s| s.reduction_vs_fp64,
        numbers::factor,
        Some(true),
    ),
    (
        "Multiplications",
        "Multiply-accumulates of one inference",
        |s| s.macs_per_inference as f64,
        whole,
        Some(false),
    ),
    ("Density, requested", "Kept weights over all weights, as asked", |s| s.density_requested, percent, None),
    ("Density, achieved", "Kept weights over all weights", |s| s.density_achieved, percent, None),
    ("Best epoch", "Epoch whose weights were kept", |s| s.best_epoch as f64, whole, None),
    ("Training time", "Pauses excluded", |s| s.train_seconds, numbers::duration, Some(false)),
    ("Training speed", "Clips per second", |s| s.samples_per_sec, three, Some(true)),
];

/// How a figure comes about, which decides when one side is called better.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Counted: any difference is one.
    Counted,
    /// Measured on the testing clips: a test decides.
    Tested,
    /// Measured, without a test that could say how sure it is.
    Measured,
    /// A time: what a clock and a busy machine hide is no difference.
    Timed,
}

fn origin(name: &str) -> Origin {
    match name {
        "Test accuracy" => Origin::Tested,
        "Validation accuracy" | "Test loss" => Origin::Measured,
        "Training time" | "Training speed" => Origin::Timed,
        _ => Origin::Counted,
    }
}

fn figure_lines(a: &Summary, b: &Summary, said: &Said) -> Vec<Line> {
    let is_built_in = |summary: &Summary| summary.best_epoch == 0 && summary.train_seconds == 0.0;
    let has_training = !is_built_in(a) && !is_built_in(b);
    let line = |(name, help, value, show, higher): &FigureRow| {
        let (a, b) = (value(a), value(b));
        let better = higher.filter(|_| a != b).map(|higher| usize::from((b > a) == higher));
        let better = match origin(name) {
            Origin::Counted => better,
            Origin::Tested => said.better,
            Origin::Measured => None,
            Origin::Timed => better.filter(|_| numbers::is_faster(a.min(b), a.max(b))),
        };
        let sign = if b > a { "+" } else { "−" };
        let change = (b - a).abs();
        let difference = match *name {
            _ if a == b => String::new(),
            "Best epoch" => format!("{sign}{}", whole(change)),
            "Under dense fp32" | "Under dense fp64" => String::new(),
            name if name.ends_with("accuracy") || name.starts_with("Density") => {
                format!("{sign}{} points", numbers::real(change * 100.0, 1))
            }
            _ if a > 0.0 && b > 2.0 * a => numbers::factor(b / a),
            _ if a > 0.0 => format!("{sign}{}", numbers::percent(change / a, 1)),
            _ => String::new(),
        };
        Line { name: (*name).into(), help: (*help).into(), values: [show(a), show(b)], difference, better }
    };
    let is_shown = |(name, ..): &&FigureRow| {
        has_training || !matches!(*name, "Best epoch" | "Training time" | "Training speed")
    };
    FIGURES.iter().filter(is_shown).map(line).collect()
}

fn setting_lines(a: &Entry, b: &Entry) -> Vec<Line> {
    let line = |column: Column| Line {
        name: column.heading().into(),
        help: format!("{}\n{}", column.key(), column.help()),
        values: [column.text(a), column.text(b)],
        difference: String::new(),
        better: None,
    };
    differing(&[a, b]).into_iter().map(line).collect()
}

/// Draws the two tables.
pub(super) fn tables_ui(ui: &mut egui::Ui, theme: &Theme, a: &Entry, b: &Entry, said: &Said) {
    let colour = match (said.is_comparable, said.better) {
        (false, _) => theme.palette.warning,
        (true, Some(_)) => theme.palette.good,
        (true, None) => theme.palette.text,
    };
    ui.add(egui::Label::new(RichText::new(&said.words).color(colour)).wrap());
    ui.add_space(size::MARGIN);
    ui.label(text::heading("Settings that differ"));
    let settings = setting_lines(a, b);
    if settings.is_empty() {
        ui.label("None: the two runs have the same settings.");
    } else {
        lines_ui(ui, theme, "settings that differ", [a, b], &settings);
    }
    ui.add_space(size::MARGIN);
    ui.label(text::heading("Figures"));
    match (&a.row.summary, &b.row.summary) {
        (Some(a_summary), Some(b_summary)) => {
            lines_ui(ui, theme, "figures", [a, b], &figure_lines(a_summary, b_summary, said));
        }
        _ => {
            ui.label("Figures are there once both runs are finished.");
        }
    }
}

fn lines_ui(ui: &mut egui::Ui, theme: &Theme, id: &str, entries: [&Entry; 2], lines: &[Line]) {
    Grid::new(id).num_columns(4).spacing([size::GROUP, size::HALF]).striped(false).show(ui, |ui| {
        ui.label("");
        for entry in entries {
            ui.add(egui::Label::new(RichText::new(entry.name.as_ref()).weak()).extend());
        }
        ui.label(RichText::new("change").weak());
        ui.end_row();
        for line in lines {
            ui.label(RichText::new(&line.name).weak()).on_hover_text(&line.help);
            for (side, value) in line.values.iter().enumerate() {
                let text = RichText::new(value);
                let is_better = line.better == Some(side);
                ui.label(if is_better { text.color(theme.palette.good) } else { text });
            }
            ui.label(RichText::new(&line.difference).weak());
            ui.end_row();
        }
    });
}

/// Both tables as one, for a file.
pub(super) fn table(a: &Entry, b: &Entry, said: &Said) -> Table {
    let plain = |name: &str, values: [String; 2]| Line {
        name: name.into(),
        help: String::new(),
        values,
        difference: String::new(),
        better: None,
    };
    let both = |column: Column| plain(column.heading(), [column.text(a), column.text(b)]);
    // What made the two stands in the table, whether it differs or not.
    let always = ["sparsity.block", "sparsity.drop", "seed"].map(Column::from_key).into_iter().flatten();
    let always: Vec<Column> = always.chain([Column::Dataset, Column::Clips]).collect();
    let mut lines: Vec<Line> = always.iter().copied().map(both).collect();
    let names: Vec<&str> = always.iter().map(|column| column.heading()).collect();
    lines.extend(setting_lines(a, b).into_iter().filter(|line| !names.contains(&line.name.as_str())));
    if let (Some(a), Some(b)) = (&a.row.summary, &b.row.summary) {
        lines.extend(figure_lines(a, b, said));
    }
    lines.push(plain("Is it noise?", [said.words.clone(), String::new()]));
    let rows = lines.into_iter().map(|line| {
        let [first, second] = line.values;
        vec![line.name, first, second, line.difference]
    });
    Table {
        headings: vec!["figure".into(), a.name.to_string(), b.name.to_string(), "change".into()],
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::catalogue::Catalogue;
    use super::*;
    use crate::made_up;

    #[test]
    fn the_better_side_and_the_change_are_named() {
        let mut catalogue = Catalogue::default();
        let runs = Arc::new(made_up::runs(4));
        while !catalogue.update(&runs) {}
        let (a, b) = (&catalogue.entries[0], &catalogue.entries[1]);
        let said = Said { words: "within noise".into(), better: None, is_comparable: true };
        let (a_summary, b_summary) = (a.row.summary.as_ref().unwrap(), b.row.summary.as_ref().unwrap());
        let lines = figure_lines(a_summary, b_summary, &said);
        assert_ne!(a_summary.test_accuracy, b_summary.test_accuracy);
        assert_eq!(lines[0].better, None, "noise has no winner");
        assert_eq!(lines[1].better, None, "what has no test has no winner");
        let better = Said { better: Some(1), ..said.clone() };
        assert_eq!(figure_lines(a_summary, b_summary, &better)[0].better, Some(1));
        let memory = lines.iter().find(|line| line.name == "Memory").unwrap();
        let bits = |entry: &Entry| entry.row.summary.as_ref().unwrap().memory_bits.total;
        assert_eq!(memory.better, Some(usize::from(bits(b) < bits(a))));
        assert!(lines[0].difference.ends_with("points"), "{}", lines[0].difference);
        let settings = setting_lines(a, b);
        assert!(settings.iter().any(|line| line.name == "Drop probability"));
        assert!(!settings.iter().any(|line| line.name == "Epochs"));
        let table = table(a, b, &said);
        let named = |name: &str| table.rows.iter().filter(|row| row[0] == name).count();
        for name in ["Block size", "Drop probability", "Seed", "Dataset", "Measured on", "Is it noise?"] {
            assert_eq!(named(name), 1, "{name}");
        }
    }
}
