//! Requested against achieved density, and why they differ.

use super::{LayerStructure, Level, Pattern};
use crate::settings::Selection;

/// Densities closer than this agree: half of the last digit that is shown (0.1 %).
const SAME: f64 = 5e-4;

/// How many weights were asked for, how many there are, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// Product of `1 - p` over the levels.
    pub requested: f64,
    /// Kept weights over all weights.
    pub achieved: f64,
    /// Why the two differ and the nearest drop probability that can be met, as sentences; empty when they agree.
    pub reason: String,
    /// Per level, outer first: the drop probability nearest to the requested one that whole blocks can meet.
    pub nearest_drop: Vec<f64>,
}

impl Pattern {
    /// The density of this pattern.
    pub fn density(&self) -> Density {
        let structure = &self.structure;
        let requested = structure.density_requested();
        let achieved = self.kept_weights() as f64 / structure.dense_weights() as f64;
        let nearest_drop = (0..structure.levels.len()).map(|index| nearest_drop(structure, index)).collect();
        let reason = if (requested - achieved).abs() < SAME { String::new() } else { reason(structure) };
        Density { requested, achieved, reason, nearest_drop }
    }
}

/// Block columns among which one block row of a level chooses: of the layer for the outermost level, of one whole
/// outer block for the others.
pub(crate) fn choices(structure: &LayerStructure, index: usize) -> usize {
    let block = structure.levels[index].block;
    let width = match index {
        0 => structure.in_features,
        _ => structure.levels[index - 1].block.min(structure.in_features),
    };
    width.div_ceil(block)
}

fn nearest_drop(structure: &LayerStructure, index: usize) -> f64 {
    let cols = choices(structure, index);
    1.0 - structure.levels[index].kept_per_row(cols) as f64 / cols as f64
}

/// The drop probabilities of a level that make different patterns, ascending; between two neighbours nothing changes.
///
/// `structures` are the layers that share the setting. Each keeps `K` blocks a row from `1 - (K + 1/2)/C` to
/// `1 - (K - 1/2)/C`; where the numbers of block columns `C` differ, so do the bounds. Of each stretch in which no layer
/// changes, the value stands that is nearest to what the layers achieve, weighted by their weights. Empty where every
/// value counts, because blocks are dropped one by one, and where no layer has such a level.
pub fn drop_steps(structures: &[&LayerStructure], level: usize) -> Vec<f64> {
    let layers: Vec<_> = structures.iter().filter(|structure| level < structure.levels.len()).collect();
    if layers.is_empty() || layers.iter().any(|layer| layer.selection == Selection::Independent) {
        return Vec::new();
    }
    let share = |cols: usize, kept: usize| 1.0 - kept as f64 / cols as f64;
    let columns: Vec<(usize, f64)> =
        layers.iter().map(|layer| (choices(layer, level), layer.dense_weights() as f64)).collect();
    let distance = |drop: &f64| -> f64 {
        let kept = |cols| Level { block: 1, drop: *drop }.kept_per_row(cols);
        columns.iter().map(|&(cols, weights)| weights * (drop - share(cols, kept(cols))).abs()).sum()
    };
    let mut bounds: Vec<f64> = columns
        .iter()
        .flat_map(|&(cols, _)| (1..cols).map(move |kept| 1.0 - (kept as f64 + 0.5) / cols as f64))
        .collect();
    bounds.sort_by(f64::total_cmp);
    bounds.dedup_by(|later, earlier| *later - *earlier < 1e-9);
    let mut values: Vec<f64> =
        columns.iter().flat_map(|&(cols, _)| (1..=cols).map(move |kept| share(cols, kept))).collect();
    values.sort_by(f64::total_cmp);
    let mut steps = Vec::with_capacity(bounds.len() + 1);
    let (mut from, mut first) = (0.0, 0);
    for to in bounds.into_iter().chain([1.0]) {
        // Halves are rounded up, so a bound itself belongs to the stretch below it.
        let end = first + values[first..].partition_point(|value| *value <= to + 1e-9);
        let nearest = values[first..end].iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        steps.push(nearest.copied().unwrap_or(0.5 * (from + to)));
        (from, first) = (to, end);
    }
    steps
}

fn reason(structure: &LayerStructure) -> String {
    let mut sentences = Vec::new();
    for (index, level) in structure.levels.iter().enumerate() {
        let cols = choices(structure, index);
        let wanted = cols as f64 * (1.0 - level.drop);
        let kept = level.kept_per_row(cols);
        let place = match (structure.levels.len(), index) {
            (1, _) => format!("{} inputs make", structure.in_features),
            (_, 0) => format!("Outer level: {} inputs make", structure.in_features),
            _ => format!("Level {}: a block of {} makes", index + 1, structure.levels[index - 1].block),
        };
        let columns = plural(cols, "block column");
        if structure.selection == Selection::Independent {
            if level.drop > 0.0 {
                sentences.push(format!(
                    "{place} {columns}, each dropped by chance on its own, so the share varies with the seed."
                ));
            }
        } else if (wanted - kept as f64).abs() > 1e-9 {
            sentences.push(format!(
                "{place} {columns}; {} of them is not a whole number, so each block row keeps {kept}; the nearest drop probability that can be met is {:.4}.",
                significant(wanted),
                nearest_drop(structure, index)
            ));
        }
    }
    let ragged = structure.levels.iter().find(|level| !structure.in_features.is_multiple_of(level.block));
    if let Some(level) = ragged {
        let rest = structure.in_features % level.block;
        sentences.push(format!(
            "The last block column holds {rest} of {} inputs, so the share depends on how often it is drawn.",
            level.block
        ));
    }
    if sentences.is_empty() {
        // Only ragged output rows with uneven fan-in remain.
        sentences.push("The block size does not divide the layer, so blocks at its edge are cut.".into());
    }
    sentences.join(" ")
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Four significant digits, without trailing zeros.
fn significant(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(in_features: usize, levels: &[(usize, f64)]) -> LayerStructure {
        let levels = levels.iter().map(|&(block, drop)| Level { block, drop }).collect();
        LayerStructure { out_features: 512, in_features, levels, selection: Selection::Balanced, seed: 1 }
    }

    /// Blocks that each layer keeps a row, by the published rule.
    fn kept(layers: &[&LayerStructure], level: usize, drop: f64) -> Vec<usize> {
        let kept = |layer: &&LayerStructure| {
            let cols = choices(layer, level);
            ((cols as f64 * (1.0 - drop)).round() as usize).max(1)
        };
        layers.iter().map(kept).collect()
    }

    #[test]
    fn one_layer_steps_by_whole_blocks() {
        let one = layer(512, &[(64, 0.75)]);
        let expected: Vec<f64> = (0..8).map(|dropped| f64::from(dropped) / 8.0).collect();
        assert_eq!(drop_steps(&[&one], 0), expected);
        // A ragged edge is a block column too, and a layer of one column can drop nothing.
        assert_eq!(drop_steps(&[&layer(403, &[(64, 0.5)])], 0).len(), 7);
        assert_eq!(drop_steps(&[&layer(40, &[(64, 0.5)])], 0), [0.0]);
        // An inner level chooses inside one outer block, of which a narrow layer holds a part.
        assert_eq!(drop_steps(&[&layer(512, &[(64, 0.5), (16, 0.5)])], 1), [0.0, 0.25, 0.5, 0.75]);
        assert_eq!(drop_steps(&[&layer(40, &[(64, 0.5), (16, 0.5)])], 1).len(), 3);
    }

    #[test]
    fn every_step_changes_a_layer_and_none_is_left_out() {
        for (inputs, block) in [([403, 512], 64), ([403, 256], 32), ([100, 700], 16), ([64, 64], 8)] {
            let layers = inputs.map(|inputs| layer(inputs, &[(block, 0.5)]));
            let layers: Vec<&LayerStructure> = layers.iter().collect();
            let steps = drop_steps(&layers, 0);
            assert!(steps.is_sorted() && steps[0] == 0.0);
            let patterns: Vec<_> = steps.iter().map(|&drop| kept(&layers, 0, drop)).collect();
            assert!(patterns.windows(2).all(|pair| pair[0] != pair[1]), "{patterns:?}");
            for thousandth in 0..=1000 {
                let pattern = kept(&layers, 0, f64::from(thousandth) / 1000.0);
                assert!(
                    patterns.contains(&pattern) || thousandth == 1000,
                    "{pattern:?} at {thousandth} of {inputs:?}"
                );
            }
        }
    }

    #[test]
    fn blocks_dropped_by_chance_have_no_steps() {
        let independent = LayerStructure { selection: Selection::Independent, ..layer(512, &[(64, 0.5)]) };
        assert!(drop_steps(&[&independent], 0).is_empty());
        assert!(drop_steps(&[&layer(512, &[(64, 0.5)])], 1).is_empty());
        assert!(drop_steps(&[], 0).is_empty());
    }
}
