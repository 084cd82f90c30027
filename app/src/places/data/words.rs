//! The table of words: counts per split as bars, target words marked, click to see a word's clips.

use egui::accesskit::Role;
use egui::{Align2, Rect, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};
use engine::dataset::own_label;
use engine::protocol::{DatasetView, WordRow};
use serde::{Deserialize, Serialize};

use super::search_ui;
use crate::context::PlaceContext;
use crate::numbers;
use crate::theme::{Theme, size, text};

/// Order of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// By word, a to z.
    #[default]
    Word,
    /// By count, largest first.
    Count,
    /// Target words first.
    Target,
}

/// Where the columns begin, as shares of the width.
const WORD: f32 = 32.0;
const NUMBERS: f32 = 4.0 * 56.0;

/// Draws the table; `chosen` is the word whose clips are listed.
pub fn ui(
    ui: &mut Ui,
    ctx: &mut PlaceContext<'_>,
    open: &DatasetView,
    search: &mut String,
    sort: &mut Sort,
    chosen: &mut Option<u16>,
) {
    ui.horizontal(|ui| {
        search_ui(ui, "Search words", search);
        ui.label(text::small("Sort by"));
        for (value, name) in [(Sort::Word, "Word"), (Sort::Count, "Count"), (Sort::Target, "Target")] {
            if ui.selectable_label(*sort == value, name).clicked() {
                *sort = value;
            }
        }
    });
    ui.add_space(size::HALF);
    let found = super::targets::found(open, &ctx.config.data.words);
    let order = order(open, search, *sort, &found);
    let largest = open.words.iter().map(total).max().unwrap_or(1).max(1);
    ui.spacing_mut().item_spacing.y = 0.0;
    header_ui(ui, ctx.theme);
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(ui, size::ROW, order.len() + 1, |ui, range| {
        for index in range {
            match order.get(index) {
                Some(&word) => {
                    word_ui(ui, ctx, (&open.words[word], found[word]), word as u16, largest, chosen);
                }
                None => total_ui(ui, open, ctx.theme),
            }
        }
    });
}

fn total(word: &WordRow) -> usize {
    word.counts.iter().sum()
}

fn order(open: &DatasetView, search: &str, sort: Sort, found: &[Option<usize>]) -> Vec<usize> {
    let search = search.to_lowercase();
    let mut order: Vec<usize> =
        (0..open.words.len()).filter(|&i| open.words[i].word.to_lowercase().contains(&search)).collect();
    match sort {
        Sort::Word => order.sort_by(|&a, &b| open.words[a].word.cmp(&open.words[b].word)),
        Sort::Count => order.sort_by_key(|&i| std::cmp::Reverse(total(&open.words[i]))),
        Sort::Target => {
            order.sort_by_key(|&i| (found[i].unwrap_or(usize::MAX), open.words[i].word.clone()));
        }
    }
    order
}

fn header_ui(ui: &mut Ui, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let font = TextStyle::Small.resolve(ui.style());
    let painter = ui.painter();
    let put = |x: f32, align, text: &str| {
        painter.text(pos2(x, rect.center().y), align, text, font.clone(), theme.palette.weak);
    };
    put(rect.left() + WORD, Align2::LEFT_CENTER, "Word");
    for (index, name) in ["training", "validation", "testing", "total"].into_iter().enumerate() {
        put(column(rect, index), Align2::RIGHT_CENTER, name);
    }
    painter.hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, theme.palette.line));
}

fn column(rect: Rect, index: usize) -> f32 {
    rect.right() - size::MARGIN - NUMBERS + NUMBERS / 4.0 * (index as f32 + 1.0)
}

fn word_ui(
    ui: &mut Ui,
    ctx: &mut PlaceContext<'_>,
    (row, found): (&WordRow, Option<usize>),
    index: u16,
    largest: usize,
    chosen: &mut Option<u16>,
) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    let is_chosen = *chosen == Some(index);
    response.widget_info(|| {
        let label = format!("Show clips of {}", row.word);
        WidgetInfo::selected(Role::Button, true, is_chosen, label)
    });
    let palette = &ctx.theme.palette;
    if is_chosen || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 2.0, if is_chosen { palette.selected } else { palette.raised });
    }
    let box_rect = Rect::from_min_size(rect.min + vec2(size::HALF, 0.0), vec2(size::ROW, size::ROW));
    match own_label(&row.word) {
        Some(label) => {
            let mark = ui.put(box_rect, egui::Label::new(text::small("–")));
            mark.on_hover_text(format!("Its recordings carry the label {label}; it is no target word."));
        }
        None => target_ui(ui, ctx, row, found, box_rect),
    }
    let painter = ui.painter();
    let font = TextStyle::Body.resolve(ui.style());
    let y = rect.center().y;
    painter.text(pos2(rect.left() + WORD, y), Align2::LEFT_CENTER, &row.word, font.clone(), palette.text);
    bar_ui(painter, rect, row, largest, ctx.theme);
    for (slot, count) in row.counts.into_iter().chain([total(row)]).enumerate() {
        let color = if slot == 3 { palette.text } else { palette.weak };
        let text = numbers::whole(count as u64);
        painter.text(pos2(column(rect, slot), y), Align2::RIGHT_CENTER, text, font.clone(), color);
    }
    if crate::widgets::spell_out(ui, response, &row.word).clicked() {
        *chosen = if is_chosen { None } else { Some(index) };
    }
}

fn target_ui(ui: &mut Ui, ctx: &mut PlaceContext<'_>, row: &WordRow, found: Option<usize>, rect: Rect) {
    let mut is_target = found.is_some();
    let check = ui.put(rect, egui::Checkbox::without_text(&mut is_target));
    let check = crate::widgets::labelled(check, &format!("Target word {}", row.word));
    if check.on_hover_text("Target word: the network tells it apart from all others").changed() {
        super::targets::set_target(&mut ctx.config.data.words, &row.word, found, is_target);
    }
}

/// One bar of three parts, from full to faint: training, validation, testing.
fn bar_ui(painter: &egui::Painter, rect: Rect, row: &WordRow, largest: usize, theme: &Theme) {
    let left = rect.left() + WORD + 80.0;
    let room = rect.right() - size::MARGIN - NUMBERS - size::STEP - left;
    if room < 24.0 {
        return;
    }
    let mut x = left;
    for (count, strength) in row.counts.into_iter().zip([0.75, 0.45, 0.25]) {
        let width = room * count as f32 / largest as f32;
        let part = Rect::from_min_max(pos2(x, rect.top() + 9.0), pos2(x + width, rect.bottom() - 9.0));
        painter.rect_filled(part, 0.0, theme.palette.text.gamma_multiply(strength));
        x += width;
    }
}

fn total_ui(ui: &mut Ui, open: &DatasetView, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let painter = ui.painter();
    let font = TextStyle::Body.resolve(ui.style());
    painter.hline(rect.x_range(), rect.top(), egui::Stroke::new(1.0, theme.palette.line));
    let y = rect.center().y;
    painter.text(pos2(rect.left() + WORD, y), Align2::LEFT_CENTER, "All", font.clone(), theme.palette.text);
    let sum = |slot: usize| open.words.iter().map(|word| word.counts[slot]).sum::<usize>();
    let sums = [sum(0), sum(1), sum(2)];
    for (slot, count) in sums.into_iter().chain([sums.iter().sum()]).enumerate() {
        let text = numbers::whole(count as u64);
        painter.text(
            pos2(column(rect, slot), y),
            Align2::RIGHT_CENTER,
            text,
            font.clone(),
            theme.palette.text,
        );
    }
}
