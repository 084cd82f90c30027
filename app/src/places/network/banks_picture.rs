//! The picture of memory banks: words down, bits of a word across, so that what is empty is what is wasted.

use egui::{Color32, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};
use engine::memory::banks::{Bank, BankPlan, RegionKind};

use crate::numbers;
use crate::theme::{Theme, size, text};

/// Heights and widths that a bank may have.
const LOWEST: f32 = 56.0;
const TALLEST: f32 = 128.0;
const WIDEST: f32 = 72.0;
const NARROWEST: f32 = 6.0;
/// Most banks that are drawn.
const MOST: u64 = 512;

/// Draws the banks that there are, those that the network takes first.
pub fn ui(ui: &mut Ui, theme: &Theme, plan: &BankPlan, colour: Color32) {
    let there = u64::from(plan.spec.count);
    let shown = plan.banks_needed.max(there).min(MOST);
    let gap = size::HALF;
    let room = ui.available_width();
    let width = ((room + gap) / shown.max(1) as f32 - gap).clamp(NARROWEST, WIDEST).floor();
    // What can be seen of the scroll area, so that the banks end above its edge.
    let height = ui.clip_rect().bottom() - ui.cursor().top() - size::HALF;
    let side = vec2(width, height.clamp(LOWEST, TALLEST).floor());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(gap, gap);
        for number in 0..shown {
            let bank = plan.banks.get(number as usize);
            bank_ui(ui, theme, plan, number, bank, colour, side);
        }
    });
    if plan.banks_needed.max(there) > MOST {
        let rest = plan.banks_needed.max(there) - MOST;
        ui.label(text::small(format!("and {} more", numbers::count(rest, "bank", "banks"))));
    }
}

fn bank_ui(
    ui: &mut Ui,
    theme: &Theme,
    plan: &BankPlan,
    number: u64,
    bank: Option<&Bank>,
    colour: Color32,
    side: Vec2,
) {
    let (rect, response) = ui.allocate_exact_size(side, Sense::hover());
    let words = words(plan, number, bank);
    let spoken = words.lines().next().unwrap_or_default().to_string();
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    let palette = &theme.palette;
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 1.0, palette.sunken);
    let depth = f64::from(plan.spec.depth).max(1.0);
    let y = |word: u64| rect.top() + (rect.height() as f64 * word as f64 / depth) as f32;
    for segment in bank.into_iter().flat_map(|bank| &bank.segments) {
        let Some(region) = plan.region(segment.layer, segment.kind) else { continue };
        let all = (region.num_words * u64::from(plan.spec.word_bits)).max(1);
        let used = region.payload_bits() as f32 / all as f32;
        let (top, bottom) = (y(segment.first_word), y(segment.first_word + segment.num_words));
        // A word or two must still be seen; a line of the ground parts neighbours that are tall enough.
        let gap = if bottom - top > 4.0 { 1.0 } else { 0.0 };
        let shown = Rect::from_min_max(
            pos2(rect.left(), top),
            pos2(rect.left() + rect.width() * used.min(1.0), (bottom - gap).max(top + 1.0)),
        );
        painter.rect_filled(shown, 0.0, palette.panel.lerp_to_gamma(colour, strength(segment.kind)));
    }
    let is_there = number < u64::from(plan.spec.count);
    let line = match (is_there, response.hovered()) {
        (false, _) => palette.error,
        (true, true) => palette.weak,
        (true, false) => palette.line,
    };
    painter.rect_stroke(rect, 1.0, Stroke::new(1.0, line), StrokeKind::Inside);
    response.on_hover_text(words);
}

/// Shades as in the memory bill.
fn strength(kind: RegionKind) -> f32 {
    match kind {
        RegionKind::Weights => 1.0,
        RegionKind::Columns | RegionKind::Counts => 0.62,
        RegionKind::Biases => 0.34,
    }
}

/// What a bank holds, in words; the first line by itself says how full it is.
fn words(plan: &BankPlan, number: u64, bank: Option<&Bank>) -> String {
    let depth = u64::from(plan.spec.depth);
    let used = bank.map_or(0, |bank| bank.used_words);
    let missing = if number < u64::from(plan.spec.count) { "" } else { ", not there" };
    let mut words =
        format!("Bank {number}: {} of {} words used{missing}", numbers::whole(used), numbers::whole(depth));
    for segment in bank.into_iter().flat_map(|bank| &bank.segments) {
        let layer = plan.layers.get(segment.layer).map_or("", |layer| layer.name.as_str());
        let last = segment.first_word + segment.num_words.max(1) - 1;
        let per_word = plan.region(segment.layer, segment.kind).map_or(1, |region| region.entries_per_word);
        words += &format!(
            "\n{} to {}: {layer}, {}, {per_word} a word",
            numbers::whole(segment.first_word),
            numbers::whole(last),
            segment.kind.name()
        );
    }
    words
}
