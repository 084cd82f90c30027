//! Pattern maps: the kept blocks of every layer, all to one scale.

use std::fmt::Write as _;

use super::facts::Facts;
use super::markup::{BOX, Cells, Key, Svg, Table, figure, hint, legend, section, text};
use crate::look::Method;
use crate::look::numbers::{self, THIN_SPACE};
use crate::look::phrases::trimmed;
use crate::model::warnings;
use crate::sparse::{Connectivity, LayerStructure, Pattern};

/// Side of the longest layer in pixels: three stand side by side.
const LONGEST_SIDE: f64 = 304.0;
/// Pixels a weight gets at most, so that a tiny network stays a picture and not a poster.
const LARGEST_SCALE: f64 = 8.0;
/// Blocks along a side that are drawn one by one; beyond, squares of blocks are drawn as bright as they are full.
const MOST_BLOCKS: usize = 256;
/// Shades of those squares.
const SHADES: usize = 8;
/// Pixels of a block from which lines between blocks help.
const GRID_FROM: f64 = 6.0;

/// The section.
pub(super) fn section_of(facts: &Facts<'_>) -> String {
    let layers = &facts.model.plan.layers;
    let longest = layers
        .iter()
        .map(|layer| layer.pattern.structure.in_features.max(layer.pattern.structure.out_features))
        .max()
        .unwrap_or(1);
    let scale = (LONGEST_SIDE / longest as f64).min(LARGEST_SCALE);
    let maps: String = layers
        .iter()
        .enumerate()
        .map(|(index, layer)| map(index, &layer.name, &layer.pattern, scale))
        .collect();
    let warnings = warnings(&facts.model.plan);
    let reasons: Vec<String> = layers
        .iter()
        .map(|layer| (layer, layer.pattern.density().reason))
        // A large gap has its own warning, which gives the reason.
        .filter(|(_, reason)| {
            !reason.is_empty() && !warnings.iter().any(|warning| warning.contains(reason.as_str()))
        })
        .map(|(layer, reason)| format!("{}: {reason}", layer.name))
        .collect();
    let mut body = format!("<div class=\"maps\">\n{maps}</div>\n{}", keys(facts));
    body += &table(facts).html();
    if !reasons.is_empty() {
        body += &hint(&format!("Why achieved density differs from requested density: {}", reasons.join(" ")));
    }
    body.extend(warnings.iter().map(|warning| hint(warning)));
    section("patterns", "Patterns", &body)
}

fn keys(facts: &Facts<'_>) -> String {
    let layers = &facts.model.plan.layers;
    let has_levels = layers.iter().any(|layer| layer.pattern.structure.levels.len() > 1);
    let class = |shade: &str| format!("{} {shade}", method_class(facts.method));
    let key = |class: String, name: &str| Key { class, path: BOX.into(), name: name.into() };
    let mut keys = vec![key(class("full"), "kept")];
    if has_levels {
        keys.push(key(class("inside"), "dropped inside a kept outer block"));
    }
    keys.push(key("dropped outlined".into(), "dropped"));
    legend(&keys)
        + &hint("Rows are outputs and columns are inputs, one weight by one weight, all layers to one scale.")
}

/// Class that gives a picture the colour of a method.
pub(super) fn method_class(method: Method) -> &'static str {
    match method {
        Method::Dense => "dense",
        Method::Cgs => "cgs",
        Method::ConnectedCgs => "connected",
        Method::IndependentCgs => "independent",
        Method::Hcgs => "hcgs",
        Method::Elementwise => "elementwise",
    }
}

/// One layer; `scale` is pixels per weight.
fn map(index: usize, name: &str, pattern: &Pattern, scale: f64) -> String {
    let structure = &pattern.structure;
    let (rows, cols) = (structure.out_features as f64, structure.in_features as f64);
    let density = pattern.density();
    let kept = format!(
        "{} of {} blocks kept",
        numbers::whole(pattern.num_blocks() as u64),
        numbers::whole((structure.block_rows() * structure.block_cols()) as u64)
    );
    let densities = match (density.achieved - density.requested).abs() < 5e-4 {
        true => format!("density {} as requested", numbers::percent(density.achieved, 1)),
        false => format!(
            "density {} achieved, {} requested",
            numbers::percent(density.achieved, 1),
            numbers::percent(density.requested, 1)
        ),
    };
    let shape = format!("{} × {}", structure.out_features, structure.in_features);
    let description = format!("{shape} weights, {}: {kept}, {densities}.", level_words(structure));
    let class = format!("map {}", method_class(Method::of_pattern(pattern)));
    // Half a pixel around for the outline.
    let edge = 1.0 / scale;
    let mut svg = Svg::new(
        &format!("map-{index}"),
        &class,
        [&format!("Pattern of {name}"), &description],
        [cols * scale + 2.0, (rows * scale + 2.0).max(4.0)],
        [-edge, -edge, cols + 2.0 * edge, rows + 2.0 * edge],
    );
    svg.rect("dropped", [0.0, 0.0, cols, rows]);
    let blocks = structure.block_rows().max(structure.block_cols());
    let coarse = blocks.div_ceil(MOST_BLOCKS);
    if coarse > 1 {
        draw_coverage(&mut svg, pattern, coarse);
    } else {
        draw_levels(&mut svg, pattern);
        draw_grid(&mut svg, structure, scale);
    }
    svg.rect("frame", [0.0, 0.0, cols, rows]);
    let coarsely = match coarse {
        1 => String::new(),
        _ => format!(
            "<br>{}",
            text(&format!("each square stands for {coarse} × {coarse} blocks, as full as it is dark"))
        ),
    };
    let caption = format!(
        "<b>{}</b> <span>{}</span><br>{}<br>{}{coarsely}",
        text(name),
        text(&shape),
        text(&densities),
        text(&kept)
    );
    figure("layer", &svg.finish(), &caption)
}

/// `b = 64, p = 75 %`, level by level.
pub(super) fn level_words(structure: &LayerStructure) -> String {
    let levels = structure.levels.iter();
    let words: Vec<String> = levels
        .map(|level| format!("b = {}, p = {}{THIN_SPACE}%", level.block, trimmed(level.drop * 100.0, 3)))
        .collect();
    words.join("; inside: ")
}

/// Kept blocks, outer levels first: what they keep is tinted, and the innermost level is drawn over it.
fn draw_levels(svg: &mut Svg, pattern: &Pattern) {
    let structure = &pattern.structure;
    let num_levels = structure.levels.len();
    for (index, (level, kept)) in structure.levels.iter().zip(&pattern.kept_by_level).enumerate() {
        let class = if index + 1 == num_levels { "full" } else { "inside" };
        let runs = runs(kept).map(|(row, from, to)| {
            let corner = [from as usize * level.block, row as usize * level.block];
            let end = [to as usize * level.block, (row as usize + 1) * level.block];
            [corner[0], corner[1], end[0].min(structure.in_features), end[1].min(structure.out_features)]
        });
        svg.path(class, &boxes(runs));
    }
}

/// Neighbours in a row as one stretch: row, first column, one past the last.
fn runs(kept: &[(u32, u32)]) -> impl Iterator<Item = (u32, u32, u32)> + '_ {
    let stretches = kept.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1);
    stretches.filter_map(|run| Some((run.first()?.0, run.first()?.1, run.last()?.1 + 1)))
}

/// A path of boxes, each given by its left, top, right and lower edge.
fn boxes(boxes: impl Iterator<Item = [usize; 4]>) -> String {
    let mut path = String::new();
    for [left, top, right, bottom] in boxes {
        let _ = write!(path, "M{left} {top}H{right}V{bottom}H{left}z");
    }
    path
}

/// Squares of `coarse` by `coarse` blocks, shaded by the share of them that is kept.
fn draw_coverage(svg: &mut Svg, pattern: &Pattern, coarse: usize) {
    let structure = &pattern.structure;
    let cols = structure.block_cols().div_ceil(coarse);
    let mut counts = vec![0usize; cols * structure.block_rows().div_ceil(coarse)];
    for row in 0..structure.block_rows() {
        for &col in pattern.kept_in_row(row) {
            counts[row / coarse * cols + col as usize / coarse] += 1;
        }
    }
    let side = coarse * structure.inner_block();
    for shade in 1..=SHADES {
        let squares = counts
            .iter()
            .enumerate()
            .filter(|(_, count)| (**count * SHADES).div_ceil(coarse * coarse) == shade);
        let squares = squares.map(|(index, _)| {
            let (left, top) = (index % cols * side, index / cols * side);
            let (right, bottom) = (left + side, top + side);
            [left, top, right.min(structure.in_features), bottom.min(structure.out_features)]
        });
        svg.path(&format!("full shade-{shade}"), &boxes(squares));
    }
}

/// Lines between blocks, clearer around outer ones.
fn draw_grid(svg: &mut Svg, structure: &LayerStructure, scale: f64) {
    let (rows, cols) = (structure.out_features, structure.in_features);
    let is_shown = |level: &crate::sparse::Level| level.block as f64 * scale >= GRID_FROM;
    // Outer lines must stand out only from inner ones.
    let has_inner = structure.levels.last().is_some_and(is_shown);
    for (depth, level) in structure.levels.iter().enumerate().rev() {
        if !is_shown(level) {
            continue;
        }
        let mut path = String::new();
        for x in (level.block..cols).step_by(level.block) {
            let _ = write!(path, "M{x} 0V{rows}");
        }
        for y in (level.block..rows).step_by(level.block) {
            let _ = write!(path, "M0 {y}H{cols}");
        }
        let stands_out = has_inner && depth + 1 < structure.levels.len();
        svg.path(if stands_out { "grid outer" } else { "grid" }, &path);
    }
}

fn table(facts: &Facts<'_>) -> Table {
    let layers = facts.model.plan.layers.iter().zip(facts.model.plan.connectivity());
    let row = |(layer, connectivity): (&crate::model::LayerPlan, Connectivity)| {
        let structure = &layer.pattern.structure;
        let density = layer.pattern.density();
        let fan_in = match (connectivity.smallest_fan_in, connectivity.largest_fan_in) {
            (low, high) if low == high => numbers::whole(u64::from(low)),
            (low, high) => format!("{}–{}", numbers::whole(u64::from(low)), numbers::whole(u64::from(high))),
        };
        vec![
            layer.name.clone(),
            format!("{} × {}", structure.out_features, structure.in_features),
            level_words(structure),
            numbers::whole(layer.pattern.num_blocks() as u64),
            numbers::percent(density.requested, 1),
            numbers::percent(density.achieved, 1),
            fan_in,
            numbers::whole(u64::from(connectivity.dead_units)),
            numbers::whole(u64::from(connectivity.unused_inputs)),
        ]
    };
    let headings = [
        "Layer",
        "Outputs × inputs",
        "Blocks",
        "Kept blocks",
        "Density requested",
        "Density achieved",
        "Inputs per unit",
        "Dead units",
        "Unused inputs",
    ];
    Table {
        caption: "Patterns, layer by layer".into(),
        cells: Cells::Numbers,
        headings: headings.map(String::from).to_vec(),
        rows: layers.map(row).collect(),
        total: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_stretch() {
        let kept = [(0, 1), (0, 2), (0, 4), (1, 5), (2, 5), (2, 6)];
        assert_eq!(runs(&kept).collect::<Vec<_>>(), [(0, 1, 3), (0, 4, 5), (1, 5, 6), (2, 5, 7)]);
        assert_eq!(boxes([[1, 2, 3, 4]].into_iter()), "M1 2H3V4H1z");
    }
}
