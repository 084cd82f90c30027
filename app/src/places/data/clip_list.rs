//! The list of clips: virtual rows and a filter that works in slices, so that 105,000 clips cost a frame nothing.

use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, ComboBox, Key, Label, Modifiers, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use engine::dataset::{ClipId, Split};
use engine::protocol::{ClipRow, DatasetView};

use super::search_ui;
use crate::context::PlaceContext;
use crate::numbers;
use crate::theme::{Theme, size, text};
use crate::widgets::labelled;

/// Time that filtering may take of one frame.
const FILTER_BUDGET: Duration = Duration::from_millis(2);

/// What decides which clips are listed.
#[derive(Debug, Clone, Default, PartialEq)]
struct FilterKey {
    query: String,
    word: Option<u16>,
    split: Option<Split>,
}

/// The list and its filter.
#[derive(Debug, Default)]
pub struct ClipList {
    /// The word whose clips are listed; all words when absent.
    pub word: Option<u16>,
    /// The selected clip.
    pub selected: Option<ClipId>,
    /// The dataset that all of this is about.
    dataset: Option<(u64, usize)>,
    query: String,
    split: Option<Split>,
    key: FilterKey,
    next: usize,
    matches: Vec<u32>,
}

impl ClipList {
    /// Takes up a dataset that has been opened: words and clips are other ones, and the first is selected, so that the
    /// inspector shows at once what it is for. Call it in every frame, whatever is shown of the dataset.
    pub fn follow(&mut self, open: &DatasetView) {
        let dataset = Some((open.opening, std::ptr::from_ref(open).addr()));
        if self.dataset != dataset {
            self.dataset = dataset;
            self.word = None;
            self.selected = (!open.clips.is_empty()).then_some(ClipId(0));
            self.restart();
        }
    }

    /// Draws filter and rows.
    pub fn ui(&mut self, ui: &mut Ui, ctx: &PlaceContext<'_>, open: &DatasetView) {
        self.filter_ui(ui, open);
        self.advance_filter(ui, open);
        ui.add_space(size::HALF);
        let moved = self.take_keys(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        header_ui(ui, ctx.theme);
        let mut area = ScrollArea::vertical().id_salt("clips").auto_shrink(false);
        if moved && let Some(offset) = self.offset_of_selected(ui) {
            area = area.vertical_scroll_offset(offset);
        }
        area.show_rows(ui, size::ROW, self.matches.len(), |ui, range| {
            for index in range {
                let Some(&clip) = self.matches.get(index) else { continue };
                let Some(row) = open.clips.get(clip as usize) else { continue };
                let is_selected = self.selected == Some(ClipId(clip));
                if clip_ui(ui, row, open, is_selected, ctx.theme) {
                    self.selected = Some(ClipId(clip));
                }
            }
        });
    }

    fn filter_ui(&mut self, ui: &mut Ui, open: &DatasetView) {
        ui.horizontal_wrapped(|ui| {
            search_ui(ui, "Search clips", &mut self.query);
            let word = self.word.and_then(|word| open.words.get(usize::from(word)));
            let shown = word.map_or("all words", |row| row.word.as_str());
            let words = ComboBox::from_id_salt("word").selected_text(shown).width(112.0).show_ui(ui, |ui| {
                ui.selectable_value(&mut self.word, None, "all words");
                for (index, row) in open.words.iter().enumerate() {
                    ui.selectable_value(&mut self.word, Some(index as u16), &row.word);
                }
            });
            labelled(words.response, "Word of clips");
            let shown = self.split.map_or("all splits", Split::name);
            let splits = ComboBox::from_id_salt("split").selected_text(shown).width(96.0).show_ui(ui, |ui| {
                ui.selectable_value(&mut self.split, None, "all splits");
                for split in Split::ALL {
                    ui.selectable_value(&mut self.split, Some(split), split.name());
                }
            });
            labelled(splits.response, "Split of clips");
            let count = numbers::count(self.matches.len() as u64, "clip", "clips");
            ui.add(Label::new(text::small(count)).extend());
        });
    }

    /// Tests clips against the filter until the budget is spent; the next frame goes on.
    fn advance_filter(&mut self, ui: &Ui, open: &DatasetView) {
        let key = FilterKey { query: self.query.to_lowercase(), word: self.word, split: self.split };
        if key != self.key {
            self.key = key;
            self.restart();
        }
        let start = Instant::now();
        while self.next < open.clips.len() && start.elapsed() < FILTER_BUDGET {
            let end = (self.next + 1024).min(open.clips.len());
            for index in self.next..end {
                if self.fits(&open.clips[index]) {
                    self.matches.push(index as u32);
                }
            }
            self.next = end;
        }
        if self.next < open.clips.len() {
            ui.ctx().request_repaint();
        }
    }

    fn restart(&mut self) {
        self.next = 0;
        self.matches.clear();
    }

    fn fits(&self, clip: &ClipRow) -> bool {
        self.key.word.is_none_or(|word| clip.word == word)
            && self.key.split.is_none_or(|split| clip.split == split)
            && (self.key.query.is_empty()
                || contains(&clip.path, &self.key.query)
                || contains(&clip.speaker, &self.key.query))
    }

    /// Arrow keys move the selection while no field has the focus; true when it moved.
    fn take_keys(&mut self, ui: &Ui) -> bool {
        if ui.ctx().egui_wants_keyboard_input() || self.matches.is_empty() {
            return false;
        }
        let step = ui.input_mut(|input| {
            let down = input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown) as isize;
            down - input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp) as isize
        });
        if step == 0 {
            return false;
        }
        let last = self.matches.len() - 1;
        let next = match self.position() {
            Some(at) => at.saturating_add_signed(step).min(last),
            None => 0,
        };
        self.selected = Some(ClipId(self.matches[next]));
        true
    }

    fn position(&self) -> Option<usize> {
        // Matches are ascending.
        self.selected.and_then(|clip| self.matches.binary_search(&clip.0).ok())
    }

    fn offset_of_selected(&self, ui: &Ui) -> Option<f32> {
        let middle = ui.available_height() / 2.0;
        self.position().map(|at| (at as f32 * size::ROW - middle).max(0.0))
    }
}

/// Whether `text` holds `lowercase`, ignoring the case of ASCII letters; allocates nothing.
fn contains(text: &str, lowercase: &str) -> bool {
    let needle = lowercase.as_bytes();
    text.as_bytes().windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
}

/// Left edges of file name and split, and right edge of the length.
fn columns(rect: egui::Rect) -> [f32; 3] {
    // The right margin keeps the length clear of the scroll bar.
    [rect.left() + size::STEP + 80.0, rect.right() - size::MARGIN - 128.0, rect.right() - size::MARGIN]
}

fn header_ui(ui: &mut Ui, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let font = TextStyle::Small.resolve(ui.style());
    let [name, split, length] = columns(rect);
    let painter = ui.painter();
    let word = rect.left() + size::STEP;
    for (x, align, text) in [
        (word, Align2::LEFT_CENTER, "Word"),
        (name, Align2::LEFT_CENTER, "Recording"),
        (split, Align2::LEFT_CENTER, "Split"),
        (length, Align2::RIGHT_CENTER, "Length"),
    ] {
        painter.text(pos2(x, rect.center().y), align, text, font.clone(), theme.palette.weak);
    }
    painter.hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, theme.palette.line));
}

fn clip_ui(ui: &mut Ui, row: &ClipRow, open: &DatasetView, is_selected: bool, theme: &Theme) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, format!("Clip {}", row.path)));
    let palette = &theme.palette;
    let painter = ui.painter_at(rect);
    if is_selected || response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 2.0, if is_selected { palette.selected } else { palette.raised });
    }
    let font = TextStyle::Body.resolve(ui.style());
    let ([name_x, split_x, length_x], y) = (columns(rect), rect.center().y);
    let word = open.words.get(usize::from(row.word)).map_or("", |word| word.word.as_str());
    let name = row.path.rsplit('/').next().unwrap_or(&row.path);
    painter.text(pos2(rect.left() + size::STEP, y), Align2::LEFT_CENTER, word, font.clone(), palette.text);
    let mut name = LayoutJob::simple_singleline(name.to_string(), font.clone(), palette.weak);
    name.wrap = TextWrapping::truncate_at_width((split_x - size::STEP - name_x).max(0.0));
    let name = painter.layout_job(name);
    let is_cut = name.elided;
    painter.galley(pos2(name_x, y - name.size().y / 2.0), name, palette.weak);
    painter.text(pos2(split_x, y), Align2::LEFT_CENTER, row.split.name(), font.clone(), palette.weak);
    let length = format!("{}\u{2009}s", numbers::real(f64::from(row.length_ms) / 1000.0, 2));
    painter.text(pos2(length_x, y), Align2::RIGHT_CENTER, length, font, palette.weak);
    let hover = match (is_cut, crate::theme::spelled_out(ui, &row.path)) {
        (_, Some(spelled)) => format!("{}\n{spelled}", row.path),
        (true, None) => row.path.clone(),
        (false, None) => return response.clicked(),
    };
    response.on_hover_text(hover).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_ignores_case_and_bounds() {
        assert!(contains("Yes/ABC_nohash_0.wav", "abc"));
        assert!(!contains("ab", "abc"));
        assert!(!contains("", "a"));
    }
}
