//! One card per format: what it is, its options, its button, and what came of it.

use egui::accesskit::Role;
use egui::{
    Align, DragValue, Label, Layout, RichText, Sense, Spinner, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo,
    vec2,
};
use engine::export::{Exported, Format, IndexStorage};
use engine::memory::MemoryBits;
use engine::protocol::ExportOrder;

use super::{ExportPlace, formats};
use crate::context::{PlaceContext, ShellRequest};
use crate::messages::sentence;
use crate::numbers;
use crate::places::Handover;
use crate::places::network::banks as bank_ui;
use crate::theme::{size, text};
use crate::widgets::{labelled, segmented};

/// Height of a card: the same for all, so that they line up and stay where they are.
const HEIGHT: f32 = 152.0;
/// Narrowest card.
const NARROWEST: f32 = 336.0;
/// Most recorded vectors: more say nothing new, and make files that compilers choke on.
const MOST_VECTORS: usize = 1024;

/// How far an export is that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    Waiting,
    Writing,
}

impl Pending {
    fn words(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting for the exports before it",
            Self::Writing => "Writing…",
        }
    }
}

impl ExportPlace {
    pub(super) fn cards_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>) {
        let gap = size::STEP + size::HALF;
        let room = ui.available_width();
        let cols = (((room + gap) / (NARROWEST + gap)).floor() as usize).clamp(1, 3);
        let width = ((room - gap * (cols - 1) as f32) / cols as f32).floor();
        ui.spacing_mut().item_spacing = vec2(gap, gap);
        for row in Format::ALL.chunks(cols) {
            ui.horizontal(|ui| row.iter().for_each(|format| self.card_ui(ui, ctx, *format, width)));
        }
    }

    fn card_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, format: Format, width: f32) {
        let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click());
        let is_selected = self.format == format;
        let name = format!("Format {}", format.name());
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
        if response.clicked() {
            self.format = format;
        }
        let palette = &ctx.theme.palette;
        let line = if is_selected || response.has_focus() { palette.weak } else { palette.line };
        ui.painter().rect_stroke(rect, size::ROUNDING, Stroke::new(1.0, line), StrokeKind::Inside);
        let inner = rect.shrink2(vec2(size::STEP + size::HALF, size::STEP));
        let builder =
            UiBuilder::new().id_salt(format.name()).max_rect(inner).layout(Layout::top_down(Align::Min));
        let mut card = ui.new_child(builder);
        card.spacing_mut().item_spacing = vec2(size::STEP, size::HALF);
        card.horizontal(|ui| {
            ui.label(text::heading(formats::title(format)));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(RichText::new(format.name()).monospace().small().color(palette.weak));
            });
        });
        card.add(Label::new(format.about()).wrap());
        card.with_layout(Layout::bottom_up(Align::Min), |ui| {
            ui.spacing_mut().item_spacing = vec2(size::STEP, size::HALF);
            ui.scope(|ui| {
                // A line of text, not as high as a control.
                ui.spacing_mut().interact_size.y = size::MARGIN;
                self.outcome_line_ui(ui, ctx, format);
            });
            self.button_ui(ui, ctx, format);
            self.options_ui(ui, ctx, format);
        });
    }

    fn options_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, format: Format) {
        ui.horizontal(|ui| match format {
            Format::Blocks => {
                ui.label(text::small("Block index"));
                let choices = [
                    (
                        IndexStorage::Stored,
                        "Stored",
                        "Block columns are in the file, as the memory bill counts them",
                    ),
                    (
                        IndexStorage::Seed,
                        "From the seed",
                        "The index costs nothing: a reader draws the patterns again from their seeds",
                    ),
                ];
                segmented(ui, "Block index", &mut self.options.index, &choices);
            }
            Format::C => {
                ui.checkbox(&mut self.options.front_end, "Front end")
                    .on_hover_text("From sound to network inputs: framing, mel filters, normalisation");
                self.vectors_ui(ui, format);
            }
            Format::Rom => {
                bank_ui::preset_ui(ui, &mut ctx.banks.spec);
                self.vectors_ui(ui, format);
                if ui.button("Edit banks").on_hover_text("Opens the memory banks in Network").clicked() {
                    let handover = Handover::Banks;
                    ctx.ask(ShellRequest::GoTo(handover.place()));
                    self.handover = Some(handover);
                }
            }
            Format::Bsr | Format::Onnx | Format::Report => {}
        });
    }

    fn vectors_ui(&mut self, ui: &mut Ui, format: Format) {
        let value = DragValue::new(&mut self.options.num_vectors).range(1..=MOST_VECTORS).speed(0.25);
        let how =
            "Recorded inputs, and the sums that the integer network gives for them, for the test program";
        labelled(ui.add(value), &format!("Test vectors of {}", format.name())).on_hover_text(how);
        ui.label(text::small("test vectors")).on_hover_text(how);
    }

    fn button_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, format: Format) {
        let can_export = self.obstacle(ctx, format).is_none() && self.pending(ctx, format).is_none();
        let target = self.target(format).map(|folder| folder.display().to_string());
        ui.horizontal(|ui| {
            let button = ui.add_enabled(can_export, egui::Button::new("Export"));
            let button = labelled(button, &format!("Export {}", format.name()));
            if button.clicked() {
                self.export(ctx, format);
            }
            if let Some(target) = target {
                let tail = format!("into {}", tail_of(&target));
                ui.add(quiet(text::small(tail))).on_hover_text(target);
            }
        });
    }

    /// Why the chosen model cannot be exported as `format`, where that is known.
    fn obstacle(&self, ctx: &PlaceContext<'_>, format: Format) -> Option<&'static str> {
        match self.facts(ctx) {
            Some(Err(_)) => Some("The model cannot be read."),
            Some(Ok(facts)) if format.needs_integers() && !facts.is_integer() => {
                Some("Needs an integer network; this model computes in floating point.")
            }
            _ => None,
        }
    }

    /// Whether the chosen model is being exported as `format`, or waits for that.
    fn pending(&self, ctx: &PlaceContext<'_>, format: Format) -> Option<Pending> {
        let export = &ctx.snapshot.export;
        let source = self.model.source();
        let is_it = |order: &ExportOrder| order.format == format && source.as_ref() == Some(&order.model);
        if export.writing.as_ref().is_some_and(is_it) {
            return Some(Pending::Writing);
        }
        export.waiting.iter().any(is_it).then_some(Pending::Waiting)
    }

    fn outcome_line_ui(&self, ui: &mut Ui, ctx: &PlaceContext<'_>, format: Format) {
        let palette = &ctx.theme.palette;
        ui.horizontal(|ui| {
            if let Some(pending) = self.pending(ctx, format) {
                if pending == Pending::Writing {
                    ui.add(Spinner::new().size(12.0));
                }
                ui.label(text::small(pending.words()));
                return;
            }
            if let Some(obstacle) = self.obstacle(ctx, format) {
                ui.add(Label::new(RichText::new(obstacle).small().color(palette.warning)).truncate());
                return;
            }
            match self.outcome(ctx, format).map(|outcome| (&outcome.result, &outcome.bill)) {
                None => {
                    let is_short = format == Format::Report && self.summary(ctx).is_none();
                    let told = "Not exported yet; of a model without a run it tells no accuracy";
                    ui.add(
                        Label::new(text::small(if is_short { told } else { "Not exported yet" })).truncate(),
                    );
                }
                Some((Ok(exported), bill)) => {
                    let line = exported_line(format, exported, bill);
                    ui.add(Label::new(RichText::new(line).small().color(palette.good)).truncate());
                }
                Some((Err(message), _)) => {
                    let message = sentence(message);
                    let line = RichText::new(format!("⚠ {message}")).small().color(palette.error);
                    ui.add(quiet(line)).on_hover_text(message);
                }
            }
        });
    }
}

/// A line that is cut where it is too long, and whose hover text says all of it: it says so once.
fn quiet(line: RichText) -> Label {
    Label::new(line).truncate().show_tooltip_when_elided(false)
}

/// What was written, and how large the network in it is.
fn exported_line(format: Format, exported: &Exported, bill: &MemoryBits) -> String {
    let bytes: u64 = exported.files.iter().map(|(_, bytes)| bytes).sum();
    let files = numbers::count(exported.files.len() as u64, "file", "files");
    let line = format!("{files}, {}", numbers::bytes(bytes));
    // The bytes of a packed file are those of the bill. C and hexadecimal are text, as long as it likes: what they make
    // of the network is another number.
    match (format, exported.network_bytes) {
        (Format::Blocks, _) => format!("{line}; the bill says {}", numbers::bytes_from_bits(bill.total)),
        (_, Some(network)) => format!("{line}; {} {}", numbers::bytes(network), formats::place(format)),
        (_, None) => line,
    }
}

/// The last three parts of a path: the folder, the model, the format.
fn tail_of(path: &str) -> String {
    let path = std::path::Path::new(path);
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let first = parts.len().saturating_sub(3);
    let tail = parts[first..].join(std::path::MAIN_SEPARATOR_STR);
    if first > 1 { format!("…{}{tail}", std::path::MAIN_SEPARATOR) } else { path.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_packed_file_is_held_against_the_bill() {
        let exported =
            Exported { files: vec![("a".into(), 4096)], network_bytes: Some(2048), notes: Vec::new() };
        let bill = MemoryBits { total: 8 * 1024, ..MemoryBits::default() };
        let line = |format, exported: &Exported| {
            exported_line(format, exported, &bill).replace(numbers::THIN_SPACE, " ")
        };
        assert_eq!(line(Format::Blocks, &exported), "1 file, 4.00 KiB; the bill says 1.00 KiB");
        assert_eq!(line(Format::C, &exported), "1 file, 4.00 KiB; 2.00 KiB of constants");
        assert_eq!(line(Format::Rom, &exported), "1 file, 4.00 KiB; 2.00 KiB of words in banks");
        let float = Exported { network_bytes: None, ..exported };
        assert_eq!(line(Format::Onnx, &float), "1 file, 4.00 KiB");
    }

    #[test]
    fn long_paths_end_in_what_tells_them_apart() {
        let path = |parts: &[&str]| parts.join(std::path::MAIN_SEPARATOR_STR);
        assert_eq!(tail_of(&path(&["", "home", "ada", "out", "cgs", "c"])), path(&["…", "out", "cgs", "c"]));
        assert_eq!(tail_of(&path(&["out", "cgs", "c"])), path(&["out", "cgs", "c"]));
    }
}
