//! The inspector of Export: what the selected format wrote, the command that does the same, and the model's arithmetic.

use egui::{Grid, Label, RichText, Ui};
use engine::export::{ExportOptions, Exported, Format, IndexStorage};
use engine::memory::MemoryBits;
use engine::protocol::{ExportOrder, ExportOutcome, LayerIntegers, ModelFacts, ModelLayer};

use super::{ExportPlace, formats};
use crate::context::PlaceContext;
use crate::messages::sentence;
use crate::numbers;
use crate::places::model_choice::ModelChoice;
use crate::theme::{size, text};
use crate::widgets::{fact_ui, section};

impl ExportPlace {
    /// Draws the inspector.
    pub fn inspector_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let format = self.format;
        ui.label(text::heading(formats::title(format)));
        ui.add_space(size::HALF);
        ui.add(Label::new(formats::purpose(format)).wrap());
        if self.model == ModelChoice::None {
            return;
        }
        if let Some(outcome) = self.outcome(ctx, format) {
            outcome_ui(ui, ctx, outcome);
        }
        self.command_ui(ui, ctx);
        if let Some(Ok(facts)) = self.facts(ctx) {
            bill_ui(ui, facts, &self.options.bill(format, facts.bits));
            layers_ui(ui, facts);
        }
    }

    /// The command that writes the same files.
    fn command_ui(&self, ui: &mut Ui, ctx: &PlaceContext<'_>) {
        section(ui, "Without the window");
        let run = match &self.model {
            ModelChoice::None => return,
            ModelChoice::BuiltInDense => "dense".to_string(),
            ModelChoice::BuiltInCompressed => "cgs".to_string(),
            ModelChoice::Run(run) => argument(&ctx.snapshot.runs.folder.join(run).display().to_string()),
            ModelChoice::File(path) => argument(&path.display().to_string()),
        };
        let out = self.target(self.format).map_or("DIR".into(), |path| argument(&path.display().to_string()));
        let options = ExportOptions { banks: ctx.banks.spec, ..self.options.clone() };
        let flags = formats::flags(self.format, &options);
        let command = format!("coarsegrain export {run} --format {} --out {out}{flags}", self.format.name());
        ui.add(Label::new(RichText::new(&command).monospace().small()).wrap().selectable(true));
        if ui.button("Copy the command").clicked() {
            ui.ctx().copy_text(command);
        }
    }
}

/// A word of a command line.
fn argument(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_alphanumeric() || "/\\._-:~".contains(c));
    if is_plain { text.to_string() } else { format!("\"{text}\"") }
}

fn outcome_ui(ui: &mut Ui, ctx: &PlaceContext<'_>, outcome: &ExportOutcome) {
    match &outcome.result {
        Ok(exported) => {
            section(ui, "Exported");
            files_ui(ui, outcome, exported);
        }
        Err(message) => {
            section(ui, "Not exported");
            let message = RichText::new(sentence(message)).color(ctx.theme.palette.error);
            ui.add(Label::new(message).wrap().selectable(true));
        }
    }
}

fn files_ui(ui: &mut Ui, outcome: &ExportOutcome, exported: &Exported) {
    let folder = outcome.order.folder.display().to_string();
    ui.add(Label::new(text::small(folder)).wrap().selectable(true));
    ui.add_space(size::HALF);
    for (path, bytes) in &exported.files {
        let name = path.strip_prefix(&outcome.order.folder).unwrap_or(path).display().to_string();
        let exact = format!("{}\u{2009}bytes", numbers::whole(*bytes));
        fact_ui(ui, &name, numbers::bytes(*bytes), &exact);
    }
    let bytes: u64 = exported.files.iter().map(|(_, bytes)| bytes).sum();
    let exact = |bytes: u64| format!("{}\u{2009}bytes", numbers::whole(bytes));
    ui.separator();
    fact_ui(ui, "All files", numbers::bytes(bytes), &exact(bytes));
    if let Some(network) = exported.network_bytes {
        let (name, how) = network_words(outcome.order.format);
        fact_ui(ui, name, numbers::bytes(network), &format!("{}: {how}", exact(network)));
        let (name, how) = bill_words(&outcome.order);
        let bill = outcome.bill.total;
        let how = format!("{}\u{2009}bits, {}: {how}", numbers::whole(bill), exact(bill.div_ceil(8)));
        fact_ui(ui, name, numbers::bytes_from_bits(bill), &how);
    }
    for note in &exported.notes {
        ui.add_space(size::HALF);
        ui.add(Label::new(sentence(note)).wrap().selectable(true));
    }
}

/// What the bytes of the network are, and how they compare with the bill.
fn network_words(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Rom => (
            "Words in banks",
            "used words times their width. No number straddles a word, and every block starts one, so some bits stay \
             empty; the address map says which.",
        ),
        Format::C => (
            "Constants of the network",
            "arrays of weights, block columns and biases, each of whole bytes. Of several levels only the innermost blocks \
             are listed, which takes more than the bill's index.",
        ),
        _ => ("Payload", "what is left of the file without header and checksum"),
    }
}

/// The bill that an export is held against, and what it counts.
fn bill_words(order: &ExportOrder) -> (&'static str, &'static str) {
    match (order.format, order.options.index) {
        (Format::Blocks, IndexStorage::Seed) => (
            "Memory bill without index",
            "kept weights and biases. The index costs nothing: the patterns are drawn again from their seeds.",
        ),
        _ => ("Memory bill of the model", "kept weights, block index and biases"),
    }
}

/// The bill of what an export with these options holds.
fn bill_ui(ui: &mut Ui, facts: &ModelFacts, bits: &MemoryBits) {
    section(ui, "Memory bill");
    let index = match bits.index < facts.bits.index {
        true => "None: a reader draws the patterns again from their seeds",
        false => "Column numbers of the kept blocks, level by level",
    };
    let exact = |bits: u64| format!("{}\u{2009}bits", numbers::whole(bits));
    let biases = if facts.is_integer() { "At the width of each layer's accumulator" } else { "32 bits each" };
    for (name, value, how) in [
        ("Kept weights", bits.weights, "Kept weights times their width"),
        ("Block index", bits.index, index),
        ("Biases", bits.biases, biases),
        ("In all", bits.total, "Weights, index and biases"),
        ("Dense fp32", bits.dense_fp32, "The same layers dense, as 32-bit floats"),
    ] {
        fact_ui(ui, name, numbers::bytes_from_bits(value), &format!("{how}: {}", exact(value)));
    }
}

const COLUMNS: [(&str, &str); 5] = [
    ("Layer", ""),
    ("Weights", "Width of a weight code, and what one level is worth"),
    ("Reads", "Width of an input code, and what one step is worth; codes of the first layer are signed"),
    ("Sum", "Two's complement bits of the accumulator, which no sum can overflow"),
    ("Shift", "Places that a sum is shifted down by, with rounding, to become the next layer's code"),
];

fn layers_ui(ui: &mut Ui, facts: &ModelFacts) {
    section(ui, "Arithmetic, layer by layer");
    Grid::new("arithmetic").num_columns(COLUMNS.len()).spacing([size::STEP + 2.0, size::HALF]).show(
        ui,
        |ui| {
            for (name, how) in COLUMNS {
                let label = ui.label(text::small(name));
                if !how.is_empty() {
                    label.on_hover_text(how);
                }
            }
            ui.end_row();
            for layer in &facts.layers {
                layer_ui(ui, layer);
            }
        },
    );
}

fn layer_ui(ui: &mut Ui, layer: &ModelLayer) {
    let shape = format!(
        "{} × {}, {} weights kept",
        numbers::whole(layer.out_features as u64),
        numbers::whole(layer.in_features as u64),
        numbers::whole(layer.kept_weights)
    );
    ui.label(&layer.name).on_hover_text(shape);
    let width = |bits: u32, exponent: Option<i32>| match (bits, exponent) {
        (32, _) => "float".to_string(),
        (bits, None) => format!("{bits} bit"),
        (bits, Some(exponent)) => format!("{bits} bit · {}", numbers::power_of_two(exponent)),
    };
    let integers = layer.integers;
    ui.label(width(layer.weight_bits, integers.map(|layer| layer.weight_exponent)));
    ui.label(width(layer.activation_bits, integers.map(|layer| layer.input_exponent)));
    match integers {
        Some(LayerIntegers { accumulator_bits, shift, .. }) => {
            ui.label(format!("{accumulator_bits} bit"));
            match shift {
                Some(shift) => ui.label(shift.to_string()),
                None => ui.label(text::small("none")).on_hover_text("The output layer gives its sums"),
            };
        }
        None => {
            ui.label("float");
            ui.label("");
        }
    }
    ui.end_row();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_blanks_are_one_word() {
        assert_eq!(argument("/home/ada/runs/cgs-1"), "/home/ada/runs/cgs-1");
        assert_eq!(argument("/home/ada/my runs/a"), "\"/home/ada/my runs/a\"");
    }
}
