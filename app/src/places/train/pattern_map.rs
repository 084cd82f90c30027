//! The pattern of each layer, its kept blocks filled by how large their weights have grown.

use std::sync::Arc;

use egui::{Color32, ColorImage, Rect, Sense, TextureHandle, TextureOptions, Vec2, pos2, vec2};
use engine::protocol::CurrentRun;
use engine::sparse::Pattern;

use crate::context::PlaceContext;
use crate::figure::{Body, CellLayer, CellMap, ColourScale, Figure, Rgb, SaveMenu, Table, rgb, settings_of};
use crate::numbers;
use crate::theme::{Mode, Theme, scales, size, text};
use crate::widgets;

use super::cells::Cells;
use super::curves::ink;

/// Blocks drawn at least this large get a gap between them.
const SINGLE_BLOCK: f32 = 6.0;
/// Maps narrower than this have a shorter title.
const NARROW_MAP: f32 = 240.0;
/// Room that the whole legend takes.
const WIDE_LEGEND: f32 = 340.0;
/// Room that the short legend takes; with less there is none.
const SHORT_LEGEND: f32 = 160.0;
/// Largest side of a texture; denser maps show the largest cell of each pixel.
const MAX_TEXTURE: usize = 2048;
/// Share of the cells below the top of the colour scale; single large weights do not darken all others.
const TOP_QUANTILE: f64 = 0.995;
/// Most cells of a layer in a saved figure; with more, each block is one cell.
const MOST_SAVED_CELLS: usize = 20_000;

/// Textures of the latest magnitudes.
#[derive(Default)]
pub(super) struct PatternMap {
    drawn: Option<(Arc<Vec<Vec<f32>>>, Mode)>,
    textures: Vec<Option<TextureHandle>>,
    top: f32,
    layer: Option<usize>,
}

impl std::fmt::Debug for PatternMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PatternMap").field("layer", &self.layer).finish()
    }
}

/// Colour of a kept block at a share of the largest magnitude, 0 to 1.
///
/// The ends of the scale that would vanish in the ground of the mode are left out.
fn block_color(theme: &Theme, share: f32) -> Color32 {
    match theme.mode {
        Mode::Dark => scales::sequential(0.14 + 0.86 * share.clamp(0.0, 1.0)),
        Mode::Light => scales::sequential(0.92 * share.clamp(0.0, 1.0)),
    }
}

/// Colour where nothing exists.
fn empty_color(theme: &Theme) -> Color32 {
    theme.palette.sunken
}

/// Name of a layer, first to last.
fn layer_name(index: usize, count: usize) -> String {
    if index + 1 == count { "output".into() } else { format!("hidden {}", index + 1) }
}

/// Side of the innermost blocks.
fn block(pattern: &Pattern) -> usize {
    pattern.structure.inner_block()
}

fn cells(run: &CurrentRun, layer: usize) -> Cells<'_> {
    Cells::new(&run.patterns[layer], run.block_magnitudes.get(layer).map_or(&[], Vec::as_slice))
}

/// The magnitude at the top of the colour scale.
fn top(run: &CurrentRun) -> f32 {
    let mut values: Vec<f32> =
        run.block_magnitudes.iter().flatten().copied().filter(|value| value.is_finite()).collect();
    if values.is_empty() {
        return f32::MIN_POSITIVE;
    }
    let at = ((values.len() - 1) as f64 * TOP_QUANTILE) as usize;
    let (_, value, _) = values.select_nth_unstable_by(at, f32::total_cmp);
    value.max(f32::MIN_POSITIVE)
}

impl PatternMap {
    /// Draws the maps with their legend.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut PlaceContext<'_>,
        run: &CurrentRun,
        save: &mut SaveMenu,
    ) {
        let count = run.patterns.len();
        if count == 0 {
            return;
        }
        self.update(ui.ctx(), ctx.theme, run);
        self.layer = self.layer.filter(|layer| *layer < count);
        self.title_ui(ui, ctx, run, save);
        let shown: Vec<usize> = self.layer.map_or_else(|| (0..count).collect(), |layer| vec![layer]);
        let sizes = shown.iter().map(|layer| &run.patterns[*layer].structure);
        let widths: usize = sizes.clone().map(|structure| structure.in_features).sum();
        let narrowest = sizes.clone().map(|structure| structure.in_features).min().unwrap_or(1);
        let tallest = sizes.map(|structure| structure.out_features).max().unwrap_or(1);
        let gaps = size::GROUP * (shown.len() - 1) as f32;
        let room = (ui.available_height() - 32.0).max(176.0);
        let per_weight = ((ui.available_width() - gaps) / widths.max(1) as f32).min(room / tallest as f32);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GROUP;
            let is_narrow = narrowest as f32 * per_weight < NARROW_MAP;
            for layer in shown {
                self.layer_ui(ui, ctx.theme, run, layer, (per_weight, is_narrow));
            }
        });
    }

    fn title_ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut PlaceContext<'_>,
        run: &CurrentRun,
        save: &mut SaveMenu,
    ) {
        ui.horizontal(|ui| {
            ui.label(text::heading("Weights in the kept blocks"));
            if run.patterns.len() > 2 {
                let mut choices = vec![(None, "all".to_string())];
                let names = (0..run.patterns.len()).map(|index| layer_name(index, run.patterns.len()));
                choices.extend(names.enumerate().map(|(index, name)| (Some(index), name)));
                let choices: Vec<(Option<usize>, &str, &str)> =
                    choices.iter().map(|(layer, name)| (*layer, name.as_str(), "")).collect();
                if choices.len() <= 8 {
                    widgets::segmented(ui, "Layer", &mut self.layer, &choices);
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let what = format!("weights in the kept blocks of {}", run.run.0);
                let figure = |_: &PlaceContext<'_>, theme: &Theme| figure(&what, run, self.top, theme);
                save.ui(ui, ctx, &what, figure, |_| table(run));
                legend_ui(ui, ctx.theme, self.top);
            });
        });
    }

    /// Draws the textures again when magnitudes or mode are new.
    fn update(&mut self, egui_ctx: &egui::Context, theme: &Theme, run: &CurrentRun) {
        let is_drawn = self.drawn.as_ref().is_some_and(|(magnitudes, mode)| {
            Arc::ptr_eq(magnitudes, &run.block_magnitudes) && *mode == theme.mode
        });
        if is_drawn {
            return;
        }
        self.drawn = Some((run.block_magnitudes.clone(), theme.mode));
        self.top = top(run);
        self.textures.resize_with(run.patterns.len(), || None);
        for (index, texture) in self.textures.iter_mut().enumerate() {
            let image = image(&cells(run, index), self.top, theme);
            let options =
                TextureOptions { minification: egui::TextureFilter::Linear, ..TextureOptions::NEAREST };
            match texture {
                Some(texture) => texture.set(image, options),
                none => *none = Some(egui_ctx.load_texture(format!("trained layer {index}"), image, options)),
            }
        }
    }

    /// Draws one map; where one of them is narrow, all have short titles.
    fn layer_ui(
        &self,
        ui: &mut egui::Ui,
        theme: &Theme,
        run: &CurrentRun,
        layer: usize,
        (per_weight, is_narrow): (f32, bool),
    ) {
        let pattern = &run.patterns[layer];
        let structure = &pattern.structure;
        let drawn = vec2(structure.in_features as f32, structure.out_features as f32) * per_weight;
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = size::HALF;
            let name = layer_name(layer, run.patterns.len());
            let kept = pattern.block_cols.len();
            let of = numbers::whole((structure.block_rows() * structure.block_cols()) as u64);
            let label = format!("{name} · {} × {}", structure.out_features, structure.in_features);
            let facts = format!("{} of {of} blocks", numbers::whole(kept as u64));
            ui.set_max_width(drawn.x.max(96.0));
            // The shape is what can be left out: the place Network and the hover of the run give it too.
            let title = match is_narrow {
                true => text::small(format!("{name} · {facts}")),
                false => egui::RichText::new(format!("{label} · {facts}")),
            };
            ui.add(egui::Label::new(title).truncate());
            let (rect, response) = ui.allocate_exact_size(drawn.max(Vec2::splat(2.0)), Sense::hover());
            let spoken = format!("Map of {label}: {facts} kept, mean magnitudes up to {:.3}", self.top);
            let response = widgets::labelled(response, &spoken);
            self.paint(ui, theme, run, layer, rect, per_weight);
            if let Some(pointer) = response.hover_pos() {
                let at = pointer - rect.min;
                response.on_hover_text_at_pointer(hover(pattern, cells(run, layer), &name, at, per_weight));
            }
        });
    }

    fn paint(
        &self,
        ui: &egui::Ui,
        theme: &Theme,
        run: &CurrentRun,
        layer: usize,
        rect: Rect,
        per_weight: f32,
    ) {
        let pattern = &run.patterns[layer];
        let side = block(pattern) as f32 * per_weight;
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, empty_color(theme));
        if let Some(Some(texture)) = self.textures.get(layer) {
            // The last block row and column may be cut: the texture covers whole blocks, the map does not.
            let (rows, cols) = (pattern.structure.block_rows(), pattern.structure.block_cols());
            let covered = vec2(rect.width() / (cols as f32 * side), rect.height() / (rows as f32 * side));
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(covered.x.min(1.0), covered.y.min(1.0)));
            painter.image(texture.id(), rect, uv, Color32::WHITE);
        }
        if side >= SINGLE_BLOCK {
            let gap = egui::Stroke::new(1.0, empty_color(theme));
            for col in 1..pattern.structure.block_cols() {
                painter.vline(rect.left() + col as f32 * side, rect.y_range(), gap);
            }
            for row in 1..pattern.structure.block_rows() {
                painter.hline(rect.x_range(), rect.top() + row as f32 * side, gap);
            }
        }
        painter.rect_stroke(rect, 0.0, egui::Stroke::new(1.0, theme.palette.line), egui::StrokeKind::Inside);
    }
}

/// One pixel a cell; where there are too many cells, one pixel for several, with the largest magnitude.
fn image(cells: &Cells<'_>, top: f32, theme: &Theme) -> ColorImage {
    let (rows, cols) = cells.grid();
    let stride = rows.max(cols).div_ceil(MAX_TEXTURE).max(1);
    let (height, width) = (rows.div_ceil(stride).max(1), cols.div_ceil(stride).max(1));
    let mut largest = vec![f32::NEG_INFINITY; width * height];
    for (row, col, magnitude) in cells.iter() {
        let pixel = &mut largest[row / stride * width + col / stride];
        *pixel = pixel.max(magnitude);
    }
    let color = |value: &f32| {
        if *value == f32::NEG_INFINITY { empty_color(theme) } else { block_color(theme, value / top) }
    };
    ColorImage::new([width, height], largest.iter().map(color).collect())
}

/// What is under the pointer.
fn hover(pattern: &Pattern, cells: Cells<'_>, name: &str, at: Vec2, per_weight: f32) -> String {
    let side = block(pattern) as f32 * per_weight;
    let (row, col) = ((at.y / side).max(0.0) as usize, (at.x / side).max(0.0) as usize);
    let found = pattern.row_starts.get(row).zip(pattern.row_starts.get(row + 1)).and_then(|(start, end)| {
        let columns = pattern.block_cols.get(*start as usize..*end as usize)?;
        let offset = columns.binary_search(&(col as u32)).ok()?;
        Some((*start as usize + offset, columns.len()))
    });
    let place = format!("{name}, block row {row}, block column {col}");
    match found {
        None => format!("{place}\ndropped: never stored, trained or multiplied"),
        Some((index, in_row)) => {
            let mean = cells.block_mean(index, row, col).filter(|value| value.is_finite());
            let magnitude = mean.map_or_else(|| "–".into(), |value| format!("{value:.4}"));
            format!(
                "{place}\nmean weight magnitude {magnitude}\nstored at block {index}; {in_row} kept in this row"
            )
        }
    }
}

fn legend_ui(ui: &mut egui::Ui, theme: &Theme, top: f32) {
    let room = ui.available_width();
    if room < SHORT_LEGEND {
        return;
    }
    let (bar, low) = if room < WIDE_LEGEND { (64.0, "0") } else { (120.0, "mean magnitude 0") };
    ui.label(text::small(format!("≥ {top:.3}")));
    let (rect, response) = ui.allocate_exact_size(vec2(bar, 8.0), Sense::hover());
    response.on_hover_text("Mean magnitude of the weights in each cell of a block");
    let step = rect.width() / 48.0;
    for index in 0..48 {
        let left = rect.left() + index as f32 * step;
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(step + 0.5, rect.height()));
        ui.painter().rect_filled(cell, 0.0, block_color(theme, index as f32 / 47.0));
    }
    ui.label(text::small(low));
}

fn figure(title: &str, run: &CurrentRun, top: f32, theme: &Theme) -> Figure {
    let count = run.patterns.len();
    let colour = |share: f32| -> Rgb { rgb(block_color(theme, share)) };
    let layers = run.patterns.iter().enumerate().map(|(index, pattern)| {
        let cells = cells(run, index);
        // 64 steps of colour look even and keep the file small.
        let step = |value: f32| colour((value / top * 63.0).round().min(63.0) / 63.0);
        let drawn = |(row, col, value): (usize, usize, f32)| (row as u32, col as u32, step(value));
        let is_fine = cells.iter().count() <= MOST_SAVED_CELLS;
        CellLayer {
            name: format!(
                "{} ({} × {})",
                layer_name(index, count),
                pattern.structure.out_features,
                pattern.structure.in_features
            ),
            out_features: pattern.structure.out_features,
            in_features: pattern.structure.in_features,
            block: if is_fine { cells.cell() } else { block(pattern) },
            cells: if is_fine {
                cells.iter().map(drawn).collect()
            } else {
                cells.block_means().map(drawn).collect()
            },
        }
    });
    let scale = ColourScale {
        name: "mean weight magnitude".into(),
        low: "0".into(),
        high: format!("≥ {top:.3}"),
        stops: (0..32).map(|index| colour(index as f32 / 31.0)).collect(),
    };
    let mut settings = settings_of(&run.config);
    settings.push(format!("after epoch {}", run.history.len()));
    let empty = match theme.mode {
        Mode::Light => [240, 241, 243],
        Mode::Dark => rgb(empty_color(theme)),
    };
    let body = Body::Cells(CellMap { layers: layers.collect(), empty, scale });
    Figure { title: title.into(), body, settings, ink: ink(theme) }
}

fn table(run: &CurrentRun) -> Table {
    let headings = ["layer", "block row", "block column", "mean weight magnitude"].map(String::from).to_vec();
    let count = run.patterns.len();
    let rows = (0..count).flat_map(|index| {
        let name = layer_name(index, count);
        cells(run, index).block_means().map(move |(row, col, value)| {
            vec![name.clone(), row.to_string(), col.to_string(), value.to_string()]
        })
    });
    Table { headings, rows: rows.collect() }
}
