//! Requested against achieved density, and why they differ.

use super::{LayerStructure, Pattern};
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
