//! Keeping the selected run at other bits: the widths, what they would cost, and the button that makes a new run.

use egui::{DragValue, Label, RichText, Ui};
use engine::evaluate::{BitsPoint, at_bits};
use engine::protocol::{Command, Progress, RoundOrder, RunBits};
use engine::runs::RunId;
use engine::train::{rounded_name, trained_run};

use super::catalogue::Entry;
use super::{ComparePlace, bits_chart};
use crate::context::PlaceContext;
use crate::messages::quoted;
use crate::numbers;
use crate::theme::{size, text};
use crate::widgets::{self, labelled};

/// Widths where the run's own are floating point.
const USUAL: (u32, u32) = (5, 8);
/// Widest fixed point.
const WIDEST: u32 = 16;
/// Height of the line, with room for a bar of progress, so that the curves below stay where they are.
const ROOM: f32 = size::CONTROL + size::STEP + size::HALF;
/// Narrowest weights and activations.
const NARROWEST: (u32, u32) = (1, 4);

/// Widths that were chosen, and the run that they were chosen for.
#[derive(Debug, Default)]
pub(super) struct Keep {
    run: Option<RunId>,
    weight_bits: u32,
    activation_bits: u32,
}

impl Keep {
    /// Begins with the run's own widths, or the usual ones where these are floating point.
    fn follow(&mut self, bits: &RunBits) {
        if self.run.as_ref() == Some(&bits.run) {
            return;
        }
        let or = |own: u32, usual: u32| if own > WIDEST { usual } else { own };
        self.run = Some(bits.run.clone());
        self.weight_bits = or(bits.own.weight_bits, USUAL.0);
        self.activation_bits = or(bits.own.activation_bits, USUAL.1);
    }

    /// Takes up the widths of a measured point; floating point cannot be kept.
    pub fn choose(&mut self, point: &BitsPoint) {
        if point.weight_bits <= WIDEST && point.activation_bits <= WIDEST {
            (self.weight_bits, self.activation_bits) = (point.weight_bits, point.activation_bits);
        }
    }

    fn fields_ui(&mut self, ui: &mut Ui) {
        let field = |ui: &mut Ui, value: &mut u32, least: u32, name: &str| {
            let value = DragValue::new(value).range(least..=WIDEST).speed(0.1).suffix("\u{2009}bit");
            labelled(ui.add(value), name).on_hover_text(format!("{name}, of every layer"));
        };
        ui.label("Keep with weights of");
        field(ui, &mut self.weight_bits, NARROWEST.0, "Weight bits to keep");
        ui.label("and activations of");
        field(ui, &mut self.activation_bits, NARROWEST.1, "Activation bits to keep");
    }

    /// The order for a run, named after the run that was trained.
    fn order(&self, entry: &Entry) -> RoundOrder {
        let run = entry.row.run.clone();
        let trained = trained_run(&run, entry.row.summary.as_ref());
        let name = RunId(rounded_name(&trained.0, self.weight_bits, self.activation_bits));
        RoundOrder { run, weight_bits: self.weight_bits, activation_bits: self.activation_bits, name }
    }

    /// Whether the run has these widths in every layer and computes with them.
    fn is_own(&self, bits: &RunBits, entry: &Entry) -> bool {
        let config = entry.row.config.as_ref();
        bits.is_integer
            && config.is_some_and(|config| at_bits(config, self.weight_bits, self.activation_bits) == *config)
    }
}

impl ComparePlace {
    /// Draws the line below the key numbers.
    pub(super) fn keep_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, bits: &RunBits) {
        ui.vertical(|ui| {
            ui.set_min_height(ROOM);
            self.keep_line_ui(ui, ctx, bits);
        });
    }

    fn keep_line_ui(&mut self, ui: &mut Ui, ctx: &mut PlaceContext<'_>, bits: &RunBits) {
        let Some(entry) = self.catalogue.find(&bits.run).cloned() else { return };
        let view = ctx.snapshot.bits.clone();
        self.keep.follow(bits);
        if let Some((order, progress)) = &view.rounding {
            rounding_ui(ui, ctx, order, progress);
            return;
        }
        let order = self.keep.order(&entry);
        let is_own = self.keep.is_own(bits, &entry);
        let is_there = self.catalogue.find(&order.name).is_some();
        ui.horizontal_wrapped(|ui| {
            self.keep.fields_ui(ui);
            let button = ui.add_enabled(!is_own && !is_there, egui::Button::new("Keep as a run"));
            let how = format!(
                "Rounds the weights and calibrates the activations on training clips, measures the integer network on the \
                 testing split, and makes the run {}. Nothing is trained; this run stays as it is.",
                order.name
            );
            if button.on_hover_text(how).clicked() {
                ctx.send(Command::RoundRun(Box::new(order.clone())));
            }
            if is_own {
                ui.label(text::small("These are the run's own bits."));
            } else if is_there {
                ui.label(text::small(format!("{} is there already.", order.name)));
                if ui.button("Select it").clicked() {
                    self.select(order.name.clone());
                }
            } else {
                ui.label(text::small(expected(bits, &order)));
            }
        });
        if let Some((failed, message)) =
            view.rounding_failure.as_ref().filter(|(failed, _)| failed.run == bits.run)
        {
            let message = format!("{} was not made: {}", failed.name, quoted(message));
            ui.add(Label::new(RichText::new(message).color(ctx.theme.palette.error)).wrap());
        }
    }
}

fn rounding_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, order: &RoundOrder, progress: &Progress) {
    let progress = Progress { what: format!("{}: {}", order.name, progress.what), ..progress.clone() };
    if widgets::progress_ui(ui, &progress, Some("Stop rounding")) {
        ctx.send(Command::CancelRounding);
    }
}

/// What is known of these widths before the run is made.
fn expected(bits: &RunBits, order: &RoundOrder) -> String {
    let mut measured = bits.by_weight_bits.iter().chain(&bits.by_activation_bits);
    let wanted = (order.weight_bits, order.activation_bits);
    match measured.find(|point| (point.weight_bits, point.activation_bits) == wanted) {
        Some(point) => {
            let noise = bits_chart::against_own(point).map_or(String::new(), |words| format!(". {words}"));
            format!(
                "{} of the validation split, {} by the bill{noise}",
                numbers::percent(point.accuracy, 1),
                bits_chart::bytes(point.memory_bits)
            )
        }
        None => "Not measured together; the new run will say.".into(),
    }
}
