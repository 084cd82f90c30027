//! The picture of one layer's pattern: one texel per innermost block, made once per plan.

use std::sync::Arc;

use egui::{Color32, ColorImage, Context, TextureFilter, TextureHandle, TextureOptions};
use engine::protocol::{LayerView, NetworkView};
use engine::sparse::Pattern;

use crate::theme::{Method, Theme};

/// Most texels along a side; larger patterns share a texel among blocks and are drawn block by block when
/// zoomed in.
const MAX_TEXELS: usize = 1024;

/// A layer, ready to be drawn.
pub struct LayerPicture {
    /// What it shows.
    pub layer: LayerView,
    /// The method it is coloured by.
    pub method: Method,
    /// One texel per `blocks_per_texel` squared blocks, ragged edges included.
    pub texture: TextureHandle,
    /// Innermost blocks along the side of one texel.
    pub blocks_per_texel: usize,
    /// Outputs without a live input, as ranges of rows.
    pub dead_units: Vec<(u32, u32)>,
    /// Inputs that no kept block reads, as ranges of columns.
    pub unused_inputs: Vec<(u32, u32)>,
}

/// Colours of a pattern.
#[derive(Debug, Clone, Copy)]
pub struct PatternColors {
    /// Kept innermost blocks.
    pub kept: Color32,
    /// Dropped blocks inside a kept outer block.
    pub inside: Color32,
    /// Dropped blocks.
    pub dropped: Color32,
}

impl PatternColors {
    /// The colours of a method.
    pub fn new(theme: &Theme, method: Method) -> Self {
        let (kept, dropped) = (theme.method(method), theme.palette.sunken);
        Self { kept, inside: dropped.lerp_to_gamma(kept, 0.26), dropped }
    }
}

/// Makes the pictures of all layers.
pub fn pictures(ctx: &Context, network: &NetworkView, theme: &Theme) -> Vec<LayerPicture> {
    let mut live: Option<Vec<bool>> = None;
    let mut pictures = Vec::with_capacity(network.layers.len());
    for (index, layer) in network.layers.iter().enumerate() {
        let pattern = &layer.pattern;
        let method = method_of(pattern);
        let connectivity = pattern.connectivity(live.as_deref());
        let (image, blocks_per_texel) = image(pattern, PatternColors::new(theme, method));
        let options = TextureOptions {
            magnification: TextureFilter::Nearest,
            minification: TextureFilter::Linear,
            mipmap_mode: Some(TextureFilter::Linear),
            ..TextureOptions::NEAREST
        };
        pictures.push(LayerPicture {
            layer: layer.clone(),
            method,
            texture: ctx.load_texture(format!("pattern {index}"), image, options),
            blocks_per_texel,
            dead_units: ranges(connectivity.live_outputs.iter().map(|live| !live)),
            unused_inputs: unused_inputs(pattern),
        });
        live = Some(connectivity.live_outputs);
    }
    pictures
}

/// The method that a pattern belongs to.
pub fn method_of(pattern: &Pattern) -> Method {
    Method::of_pattern(pattern)
}

fn image(pattern: &Arc<Pattern>, colors: PatternColors) -> (ColorImage, usize) {
    let structure = &pattern.structure;
    let (rows, cols) = (structure.block_rows().max(1), structure.block_cols().max(1));
    let share = rows.max(cols).div_ceil(MAX_TEXELS);
    if share > 1 {
        return (coverage_image(pattern, colors, share), share);
    }
    let mut image = ColorImage::filled([cols, rows], colors.dropped);
    // Outer levels first: what they keep is tinted, and the innermost level paints over it.
    let inner = structure.inner_block().max(1);
    let num_levels = pattern.kept_by_level.len();
    for (index, kept) in pattern.kept_by_level.iter().enumerate() {
        let side = structure.levels.get(index).map_or(1, |level| (level.block / inner).max(1));
        let color = if index + 1 == num_levels {
            colors.kept
        } else {
            colors.dropped.lerp_to_gamma(colors.inside, (index + 1) as f32 / (num_levels - 1) as f32)
        };
        for &(row, col) in kept {
            let (top, left) = (row as usize * side, col as usize * side);
            for y in top..(top + side).min(rows) {
                image.pixels[y * cols + left..y * cols + (left + side).min(cols)].fill(color);
            }
        }
    }
    (image, 1)
}

/// A texel per `share` squared blocks, as bright as the share of them that is kept.
fn coverage_image(pattern: &Pattern, colors: PatternColors, share: usize) -> ColorImage {
    let structure = &pattern.structure;
    let size = [structure.block_cols().div_ceil(share), structure.block_rows().div_ceil(share)];
    let mut counts = vec![0u32; size[0] * size[1]];
    for row in 0..structure.block_rows() {
        let line = row / share * size[0];
        for &col in pattern.kept_in_row(row) {
            counts[line + col as usize / share] += 1;
        }
    }
    let all = (share * share) as f32;
    let pixels =
        counts.iter().map(|count| colors.dropped.lerp_to_gamma(colors.kept, *count as f32 / all)).collect();
    ColorImage::new(size, pixels)
}

fn unused_inputs(pattern: &Pattern) -> Vec<(u32, u32)> {
    let mut read = vec![false; pattern.structure.block_cols()];
    for &col in &pattern.block_cols {
        read[col as usize] = true;
    }
    let block = pattern.structure.inner_block();
    ranges((0..pattern.structure.in_features).map(|input| !read[input / block]))
}

fn ranges(flags: impl Iterator<Item = bool>) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for (index, _) in flags.enumerate().filter(|(_, set)| *set) {
        let index = index as u32;
        match found.last_mut() {
            Some((_, end)) if *end == index => *end += 1,
            _ => found.push((index, index + 1)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join_neighbours() {
        assert_eq!(ranges([true, true, false, true].into_iter()), [(0, 2), (3, 4)]);
        assert!(ranges(std::iter::empty()).is_empty());
    }
}
