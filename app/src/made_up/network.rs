//! Patterns and bills of made-up networks.

use std::sync::Arc;

use engine::memory::MemoryBits;
use engine::settings::Config;
use engine::sparse::{LayerStructure, Level, Pattern};

use super::Dice;

/// Layer sizes `(out, in)` of a configuration with 403 inputs.
pub(super) fn sizes(config: &Config) -> Vec<(usize, usize)> {
    let mut inputs = 403;
    let outputs = config.data.words.len() + 2;
    let widths = config.model.hidden.iter().copied().chain([outputs]);
    widths
        .map(|out| {
            let size = (out, inputs);
            inputs = out;
            size
        })
        .collect()
}

/// Patterns of all layers: the stated number of blocks of every block row, the output layer dense.
pub(super) fn patterns(config: &Config) -> Vec<Arc<Pattern>> {
    let sizes = sizes(config);
    let last = sizes.len() - 1;
    let layers = sizes.into_iter().enumerate();
    layers
        .map(|(index, (out_features, in_features))| {
            let (blocks, drops) = if index == last {
                (config.sparsity.output.block.to_vec(), config.sparsity.output.drop.to_vec())
            } else {
                (config.sparsity.block.to_vec(), config.sparsity.drop.to_vec())
            };
            let levels = blocks.iter().zip(&drops).map(|(&block, &drop)| Level { block, drop }).collect();
            let selection = config.sparsity.selection;
            let structure =
                LayerStructure { out_features, in_features, levels, selection, seed: index as u64 };
            Arc::new(draw(structure, config.seed + index as u64))
        })
        .collect()
}

fn draw(structure: LayerStructure, seed: u64) -> Pattern {
    let mut dice = Dice::new(seed + 7);
    let mut kept_by_level = Vec::new();
    let (mut parents, mut outer) = (vec![(0u32, 0u32)], usize::MAX);
    for level in &structure.levels {
        let mut kept = Vec::new();
        for &(parent_row, parent_col) in &parents {
            let (rows, cols) = if outer == usize::MAX {
                (structure.out_features.div_ceil(level.block), structure.in_features.div_ceil(level.block))
            } else {
                (outer / level.block, outer / level.block)
            };
            let keep = ((cols as f64 * (1.0 - level.drop)).round() as usize).max(1);
            for row in 0..rows {
                let mut columns: Vec<usize> = (0..cols).collect();
                for _ in 0..keep {
                    let col = columns.swap_remove(dice.below(columns.len()));
                    let at = (parent_row as usize * rows + row, parent_col as usize * cols + col);
                    let is_inside = at.0 * level.block < structure.out_features
                        && at.1 * level.block < structure.in_features;
                    if is_inside {
                        kept.push((at.0 as u32, at.1 as u32));
                    }
                }
            }
        }
        kept.sort_unstable();
        outer = level.block;
        parents.clone_from(&kept);
        kept_by_level.push(kept);
    }
    let rows = structure.out_features.div_ceil(outer);
    let mut row_starts = vec![0u32; rows + 1];
    for (row, _) in &parents {
        row_starts[*row as usize + 1] += 1;
    }
    for row in 0..rows {
        row_starts[row + 1] += row_starts[row];
    }
    Pattern {
        structure,
        row_starts,
        block_cols: parents.iter().map(|(_, col)| *col).collect(),
        kept_by_level,
    }
}

/// A bill that is about right.
pub(super) fn bits(config: &Config) -> MemoryBits {
    let all: usize = sizes(config).iter().map(|(out, input)| out * input).sum();
    let units: usize = sizes(config).iter().map(|(out, _)| out).sum();
    let kept: usize = patterns(config)
        .iter()
        .map(|pattern| {
            let block = pattern.structure.levels.last().map_or(1, |level| level.block);
            (pattern.block_cols.len() * block * block)
                .min(pattern.structure.out_features * pattern.structure.in_features)
        })
        .sum();
    let weights = kept as u64 * u64::from(config.quant.weight_bits);
    let index = patterns(config).iter().map(|pattern| pattern.block_cols.len() as u64 * 3).sum();
    let biases = units as u64 * 32;
    MemoryBits {
        weights,
        index,
        biases,
        total: weights + index + biases,
        dense_fp32: (all + units) as u64 * 32,
        dense_fp64: (all + units) as u64 * 64,
    }
}
