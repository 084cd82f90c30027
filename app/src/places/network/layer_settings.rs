//! Reading and writing the settings of one layer, or of all hidden layers at once.
//!
//! A configuration holds the settings of the hidden layers, of the output layer, and exceptions for single
//! layers. These functions keep it valid: an inner block size always divides the one outside it, and
//! exceptions follow their layer when layers come and go.

use engine::settings::{Config, LayerSettings, LayerSparsity, OneOrMany, Selection};
use serde::{Deserialize, Serialize};

/// What the inspector edits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// All hidden layers that have no settings of their own.
    #[default]
    Hidden,
    /// One layer, 0 for the first; the output layer is the last.
    Layer(usize),
}

/// Block size and drop probability of one level.
pub type LevelSetting = (usize, f64);

/// Largest block size that can be set.
pub const MAX_BLOCK: usize = 4096;

fn exception_mut(config: &mut Config, layer: usize) -> &mut LayerSparsity {
    let layers = &mut config.sparsity.layers;
    let at = match layers.iter().position(|exception| exception.layer == layer) {
        Some(at) => at,
        None => {
            layers.push(LayerSparsity { layer, ..LayerSparsity::default() });
            layers.sort_by_key(|exception| exception.layer);
            layers.iter().position(|exception| exception.layer == layer).unwrap_or(0)
        }
    };
    &mut layers[at]
}

fn in_force(config: &Config, scope: Scope) -> LayerSettings {
    match scope {
        Scope::Hidden => config.hidden_layers(),
        Scope::Layer(layer) => config.layer(layer),
    }
}

/// The levels in force, outer first.
pub fn levels(config: &Config, scope: Scope) -> Vec<LevelSetting> {
    let settings = in_force(config, scope);
    settings.blocks.into_iter().zip(settings.drops).collect()
}

/// Sets the levels, outer first, after making each inner block size divide the one outside it.
pub fn set_levels(config: &mut Config, scope: Scope, mut levels: Vec<LevelSetting>) {
    fit_levels(&mut levels);
    let blocks: Vec<usize> = levels.iter().map(|level| level.0).collect();
    let drops: Vec<f64> = levels.iter().map(|level| level.1).collect();
    let (block, drop) = (OneOrMany::from_slice(&blocks), OneOrMany::from_slice(&drops));
    match scope {
        Scope::Hidden => {
            config.sparsity.block = block;
            config.sparsity.drop = drop;
        }
        Scope::Layer(layer) if config.is_output(layer) => {
            config.sparsity.output.block = block;
            config.sparsity.output.drop = drop;
            let own = exception_mut(config, layer);
            (own.block, own.drop) = (None, None);
        }
        Scope::Layer(layer) => {
            let own = exception_mut(config, layer);
            (own.block, own.drop) = (Some(block), Some(drop));
        }
    }
    prune(config);
}

fn fit_levels(levels: &mut Vec<LevelSetting>) {
    for index in 0..levels.len() {
        levels[index].0 = levels[index].0.clamp(1, MAX_BLOCK);
        levels[index].1 = levels[index].1.clamp(0.0, 1.0);
        if index > 0 {
            let (outer, wanted) = (levels[index - 1].0, levels[index].0);
            levels[index].0 = proper_divisors(outer)
                .into_iter()
                .min_by_key(|divisor| divisor.abs_diff(wanted))
                .unwrap_or(0);
        }
    }
    // A block of one weight has nothing inside it.
    levels.retain(|level| level.0 > 0);
}

/// Divisors of `outer` below itself, ascending.
pub fn proper_divisors(outer: usize) -> Vec<usize> {
    (1..outer).filter(|inner| outer.is_multiple_of(*inner)).collect()
}

/// The selection in force.
pub fn selection(config: &Config, scope: Scope) -> Selection {
    in_force(config, scope).selection
}

/// Sets the selection.
pub fn set_selection(config: &mut Config, scope: Scope, selection: Selection) {
    match scope {
        Scope::Hidden => config.sparsity.selection = selection,
        Scope::Layer(layer) => {
            exception_mut(config, layer).selection = Some(selection);
        }
    }
}

/// The weight bits in force.
pub fn weight_bits(config: &Config, scope: Scope) -> u32 {
    in_force(config, scope).weight_bits
}

/// Sets the weight bits.
pub fn set_weight_bits(config: &mut Config, scope: Scope, bits: u32) {
    match scope {
        Scope::Hidden => config.quant.weight_bits = bits,
        Scope::Layer(layer) => exception_mut(config, layer).weight_bits = Some(bits),
    }
}

/// The activation bits in force: of what the layer reads.
pub fn activation_bits(config: &Config, scope: Scope) -> u32 {
    in_force(config, scope).activation_bits
}

/// Sets the activation bits.
pub fn set_activation_bits(config: &mut Config, scope: Scope, bits: u32) {
    match scope {
        Scope::Hidden => config.quant.activation_bits = bits,
        Scope::Layer(layer) => exception_mut(config, layer).activation_bits = Some(bits),
    }
}

/// The seed that the pattern is drawn from: the run's, or the layer's own.
pub fn seed(config: &Config, scope: Scope) -> u64 {
    in_force(config, scope).seed.unwrap_or(config.seed)
}

/// Sets the seed of the run, or of one layer's pattern.
pub fn set_seed(config: &mut Config, scope: Scope, seed: u64) {
    match scope {
        Scope::Hidden => config.seed = seed,
        Scope::Layer(layer) => exception_mut(config, layer).seed = Some(seed),
    }
}

/// Whether a layer has settings of its own.
pub fn has_own(config: &Config, layer: usize) -> bool {
    config.exception(layer).is_some()
}

/// Lets a layer follow the network's settings again.
pub fn follow(config: &mut Config, layer: usize) {
    config.sparsity.layers.retain(|exception| exception.layer != layer);
}

/// Adds a hidden layer as large as the last one, behind it.
pub fn add_hidden(config: &mut Config) {
    let output = config.model.hidden.len();
    for exception in &mut config.sparsity.layers {
        if exception.layer >= output {
            exception.layer += 1;
        }
    }
    let units = config.model.hidden.last().copied().unwrap_or(512);
    config.model.hidden.push(units);
}

/// Takes a hidden layer out.
pub fn remove_hidden(config: &mut Config, layer: usize) {
    if layer >= config.model.hidden.len() {
        return;
    }
    config.model.hidden.remove(layer);
    follow(config, layer);
    for exception in &mut config.sparsity.layers {
        if exception.layer > layer {
            exception.layer -= 1;
        }
    }
}

fn prune(config: &mut Config) {
    config.sparsity.layers.retain(|own| {
        own.block.is_some()
            || own.drop.is_some()
            || own.selection.is_some()
            || own.weight_bits.is_some()
            || own.activation_bits.is_some()
            || own.seed.is_some()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_blocks_always_divide_outer_ones() {
        let mut config = Config::default();
        set_levels(&mut config, Scope::Hidden, vec![(30, 0.5), (4, 0.5)]);
        assert_eq!(levels(&config, Scope::Hidden), [(30, 0.5), (3, 0.5)]);
        config.check().unwrap();
        set_levels(&mut config, Scope::Hidden, vec![(1, 0.5), (4, 0.5)]);
        assert_eq!(levels(&config, Scope::Hidden), [(1, 0.5)]);
        config.check().unwrap();
    }

    #[test]
    fn a_layer_may_differ_and_follow_again() {
        let mut config = Config::default();
        set_levels(&mut config, Scope::Layer(0), vec![(16, 0.9)]);
        set_weight_bits(&mut config, Scope::Layer(0), 3);
        set_activation_bits(&mut config, Scope::Layer(0), 6);
        assert_eq!(
            [Scope::Hidden, Scope::Layer(0), Scope::Layer(1)].map(|at| activation_bits(&config, at)),
            [8, 6, 8]
        );
        assert_eq!(levels(&config, Scope::Layer(0)), [(16, 0.9)]);
        assert_eq!(levels(&config, Scope::Layer(1)), [(64, 0.75)]);
        assert!(has_own(&config, 0) && !has_own(&config, 1));
        config.check().unwrap();
        follow(&mut config, 0);
        assert_eq!(config, Config::default());
    }

    #[test]
    fn the_output_layer_keeps_its_levels_in_its_own_setting() {
        let mut config = Config::default();
        set_levels(&mut config, Scope::Layer(2), vec![(4, 0.5)]);
        assert_eq!(config.sparsity.output.drop, OneOrMany::One(0.5));
        assert!(config.sparsity.layers.is_empty());
    }

    #[test]
    fn exceptions_follow_their_layers() {
        let mut config = Config::default();
        set_weight_bits(&mut config, Scope::Layer(1), 4);
        set_weight_bits(&mut config, Scope::Layer(2), 8);
        add_hidden(&mut config);
        assert_eq!(weight_bits(&config, Scope::Layer(3)), 8);
        remove_hidden(&mut config, 0);
        assert_eq!(weight_bits(&config, Scope::Layer(0)), 4);
        assert_eq!(weight_bits(&config, Scope::Layer(2)), 8);
        remove_hidden(&mut config, 0);
        remove_hidden(&mut config, 0);
        assert!(config.model.hidden.is_empty());
        config.check().unwrap();
    }
}
