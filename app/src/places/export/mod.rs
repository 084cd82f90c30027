//! The place Export: a model as files that others compute with, bit by bit as it computes here.

mod cards;
mod formats;
mod inspector;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use egui::{Label, RichText, ScrollArea, TextEdit, Ui};
use engine::export::{ExportOptions, Format};
use engine::protocol::{Command, ExportOrder, ExportOutcome, ModelFacts, ModelLayer, ModelSource};
use engine::runs::Summary;
use serde::{Deserialize, Serialize};

use super::model_choice::{ModelChoice, finished};
use super::{Handover, Place, model_picker};
use crate::context::{ModelSlot, PickKind, PlaceContext, ShellRequest};
use crate::files::path_from_typed;
use crate::folders;
use crate::messages::{quoted, sentence};
use crate::numbers;
use crate::theme::{size, text};
use crate::widgets::{self, Figure, figure_ui};

/// The button that asks for a folder.
const CHOOSE: &str = "Choose…";

/// The place Export: what it remembers between frames and, where not skipped, between sessions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportPlace {
    model: ModelChoice,
    /// The target folder, as typed or chosen.
    folder: String,
    #[serde(skip)]
    options: ExportOptions,
    /// The format that the inspector is about.
    #[serde(skip, default = "first_format")]
    format: Format,
    /// The model whose description was asked for, and the epochs it was trained for then.
    #[serde(skip)]
    described: Option<(ModelSource, usize)>,
    #[serde(skip)]
    filter: String,
    #[serde(skip)]
    handover: Option<Handover>,
}

fn first_format() -> Format {
    Format::Blocks
}

impl Default for ExportPlace {
    fn default() -> Self {
        Self {
            model: ModelChoice::None,
            folder: folders::exports_folder().display().to_string(),
            options: ExportOptions::default(),
            format: first_format(),
            described: None,
            filter: String::new(),
            handover: None,
        }
    }
}

impl ExportPlace {
    /// Draws the centre.
    pub fn ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        self.follow(ctx);
        if self.model == ModelChoice::None {
            self.empty_ui(ui, ctx);
            return;
        }
        header_ui(ui);
        ui.add_space(size::STEP);
        self.source_ui(ui, ctx);
        ui.add_space(size::STEP);
        self.figures_ui(ui, ctx);
        ui.add_space(size::STEP);
        ScrollArea::vertical().id_salt("formats").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - size::STEP);
            self.cards_ui(ui, ctx);
        });
    }

    /// Takes up a model picked elsewhere.
    pub fn offer(&mut self, model: ModelSource) {
        self.model = model.into();
    }

    /// What shall be shown in another place, once.
    pub fn take_handover(&mut self) -> Option<Handover> {
        self.handover.take()
    }

    /// Takes up a folder chosen in a dialog.
    pub fn set_folder(&mut self, folder: &Path) {
        self.folder = folder.display().to_string();
    }

    /// Chooses the newest finished run where nothing was chosen yet, and has the model described that is chosen.
    fn follow(&mut self, ctx: &mut PlaceContext<'_>) {
        if self.model == ModelChoice::None
            && let Some((run, _)) = finished(&ctx.snapshot.runs, "").first()
        {
            self.model = ModelChoice::Run(run.0.clone());
        }
        let Some(source) = self.model.source() else { return };
        // A run that was continued has other weights.
        let num_epochs = summary_of(ctx, &source).map_or(0, |summary| summary.num_epochs);
        let wanted = Some((source.clone(), num_epochs));
        if self.described != wanted {
            self.described = wanted;
            ctx.send(Command::DescribeModel(source));
        }
    }

    /// What the chosen model is, once it was read.
    fn facts<'a>(&self, ctx: &'a PlaceContext<'_>) -> Option<Result<&'a ModelFacts, &'a str>> {
        let model = ctx.snapshot.export.model.as_ref()?;
        let is_chosen = self.model.source().as_ref() == Some(&model.source);
        is_chosen.then(|| model.facts.as_ref().map_err(String::as_str))
    }

    /// What came of the latest export of the chosen model as `format`.
    fn outcome<'a>(&self, ctx: &'a PlaceContext<'_>, format: Format) -> Option<&'a ExportOutcome> {
        let source = self.model.source()?;
        let mut done = ctx.snapshot.export.done.iter();
        let found = done.find(|outcome| outcome.order.model == source && outcome.order.format == format);
        found.map(AsRef::as_ref)
    }

    /// Folder of an export: each has its own, so that files of the same name never meet.
    fn target(&self, format: Format) -> Option<PathBuf> {
        let model = match &self.model {
            ModelChoice::None => return None,
            ModelChoice::BuiltInDense => "dense".into(),
            ModelChoice::BuiltInCompressed => "cgs".into(),
            ModelChoice::Run(run) => run.into(),
            ModelChoice::File(path) => path.file_stem()?.to_os_string(),
        };
        let folder = self.folder.trim();
        (!folder.is_empty()).then(|| path_from_typed(folder).join(model).join(format.name()))
    }

    fn export(&mut self, ctx: &mut PlaceContext<'_>, format: Format) {
        self.format = format;
        let Some(model) = self.model.source() else { return };
        match self.target(format) {
            Some(folder) => {
                let options = ExportOptions { banks: ctx.banks.spec, ..self.options.clone() };
                ctx.send(Command::Export(Box::new(ExportOrder { model, format, options, folder })));
            }
            None => ctx.messages.error("Type or choose the folder that receives the files, then export."),
        }
    }

    fn source_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let fixed = [ModelChoice::BuiltInCompressed, ModelChoice::BuiltInDense];
        ui.columns(2, |columns| {
            let [left, right] = columns else { return };
            let name = ("Model", ModelSlot::Export);
            model_picker::ui(left, ctx, name, &fixed, &mut self.model, &mut self.filter);
            self.folder_ui(right, ctx);
        });
    }

    fn folder_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let name = ui.label("Target folder");
        ui.horizontal(|ui| {
            let button = widgets::text_width(ui, CHOOSE) + 4.0 * size::STEP;
            let field = TextEdit::singleline(&mut self.folder)
                .hint_text("Folder for the files")
                .desired_width((ui.available_width() - button).max(80.0));
            let how = "Each export has a folder of its own in it, named after the model and the format";
            widgets::labelled(ui.add(field), "Target folder").labelled_by(name.id).on_hover_text(how);
            if ui.button(CHOOSE).clicked() {
                ctx.ask(ShellRequest::Pick(PickKind::ExportFolder));
            }
        });
    }

    /// What the model is, and what keeps it from being integers.
    fn figures_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let facts = match self.facts(ctx) {
            Some(Ok(facts)) => facts,
            Some(Err(message)) => {
                let message = sentence(message);
                ui.add(Label::new(RichText::new(message).color(ctx.theme.palette.error)).wrap());
                return;
            }
            None => {
                ui.label(text::small("Reading the model…"));
                return;
            }
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = size::GROUP + size::STEP;
            for figure in figures(facts, self.summary(ctx)) {
                figure_ui(ui, &figure);
            }
        });
        if !facts.is_integer() {
            let message = format!("⚠ No integers to export: {}.", quoted(&facts.float_reason));
            ui.add(Label::new(RichText::new(message).color(ctx.theme.palette.warning)).wrap());
            self.rounding_ui(ui, ctx);
        }
    }

    /// The way from a floating-point run to integers.
    fn rounding_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let Some(ModelSource::Run(run)) = self.model.source() else { return };
        let how =
            "Shows how few bits the run needs; there it is rounded, and kept as a run that can be exported";
        if ui.button("Round it in Compare").on_hover_text(how).clicked() {
            let handover = Handover::Bits(run);
            ctx.ask(ShellRequest::GoTo(handover.place()));
            self.handover = Some(handover);
        }
    }

    fn summary<'a>(&self, ctx: &'a PlaceContext<'_>) -> Option<&'a Summary> {
        summary_of(ctx, &self.model.source()?)
    }

    fn empty_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let purpose = "Here a trained model leaves the workbench: packed weights to the byte of the memory bill, C and \
                       ROM images that compute the very bits that were measured, tensors for PyTorch, a graph for \
                       onnxruntime, and a one-page report. Each export brings the means to check itself.";
        widgets::empty_state(ui, "Nothing to export yet", purpose, |ui| {
            if widgets::primary_button(ui, ctx.theme, "Train a first run").clicked() {
                ctx.ask(ShellRequest::GoTo(Place::Train));
            }
            ui.add_space(size::STEP);
            if ui.button("Export the built-in CGS model").clicked() {
                self.model = ModelChoice::BuiltInCompressed;
            }
        });
    }
}

fn summary_of<'a>(ctx: &'a PlaceContext<'_>, source: &ModelSource) -> Option<&'a Summary> {
    let ModelSource::Run(run) = source else { return None };
    ctx.snapshot.runs.runs.iter().find(|row| row.run == *run)?.summary.as_ref()
}

fn header_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.label(text::title("Export"));
        ui.add_space(size::STEP);
        ui.label(RichText::new("The model as files that compute the same bits elsewhere").weak());
    });
}

fn figures(facts: &ModelFacts, summary: Option<&Summary>) -> Vec<Figure> {
    let bits = &facts.bits;
    let mut figures = vec![
        Figure {
            name: "Memory bill",
            value: numbers::bytes_from_bits(bits.total),
            beside: format!("{} under dense fp32", numbers::factor(bits.reduction_vs_fp32())),
            how: format!(
                "Kept weights {}, block index {}, biases {}: what an exported packed file holds beside its header. With the \
                 index from the seed it is {}.",
                numbers::bytes_from_bits(bits.weights),
                numbers::bytes_from_bits(bits.index),
                numbers::bytes_from_bits(bits.biases),
                numbers::bytes_from_bits(bits.without_index().total)
            ),
        },
        arithmetic(facts),
        Figure {
            name: "Multiplications",
            value: numbers::whole(facts.macs),
            beside: "per decision".into(),
            how: "Multiply-accumulates of one inference: one per kept weight.".into(),
        },
    ];
    if let Some(summary) = summary {
        let clips = numbers::count(summary.num_test as u64, "clip", "clips");
        let (beside, how) = match summary.test_accuracy_float {
            Some(float) => (
                format!("{} in float", numbers::percent(float, 1)),
                format!(
                    "Of the integer network, on {clips} of the testing split: the bits that are exported are the bits that were measured."
                ),
            ),
            None => ("in float".to_string(), format!("In floating point, on {clips} of the testing split.")),
        };
        let value = numbers::percent(summary.test_accuracy, 1);
        figures.insert(2, Figure { name: "Test accuracy", value, beside, how });
    }
    figures
}

fn arithmetic(facts: &ModelFacts) -> Figure {
    let widest = facts.layers.iter().filter_map(|layer| layer.integers).map(|layer| layer.accumulator_bits);
    match widest.max() {
        Some(accumulator) => Figure {
            name: "Arithmetic",
            value: "integer".into(),
            beside: format!("{}, sums of {accumulator} bit", widths(facts)),
            how: "Weights times activations, in fixed point from the first input code to the last sum. The accumulator \
                  holds every partial sum, whatever the weights are."
                .into(),
        },
        None => Figure {
            name: "Arithmetic",
            value: "float".into(),
            beside: format!("{} as trained", widths(facts)),
            how: "32-bit floating point; fixed-point weights are used at the value of their codes.".into(),
        },
    }
}

/// Widths of the first layer, and whether others differ.
fn widths(facts: &ModelFacts) -> String {
    let of = |layer: &ModelLayer| (layer.weight_bits, layer.integers.map_or(32, |_| layer.activation_bits));
    let Some(first) = facts.layers.first().map(of) else { return String::new() };
    let differs = facts.layers.iter().any(|layer| of(layer) != first);
    format!("{}{}", numbers::bit_widths(first.0, first.1), if differs { " (first layer)" } else { "" })
}
