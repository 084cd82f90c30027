//! The settings of each layer: those of the network, those of the output layer, and exceptions, resolved in one place.

use super::config::{Config, LayerSparsity, OneOrMany, Selection};
use super::error::SettingsError;

/// What holds for one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerSettings {
    /// Block sizes, outer first.
    pub blocks: Vec<usize>,
    /// Drop probabilities, outer first; as many as block sizes where the configuration is valid.
    pub drops: Vec<f64>,
    /// Rule that picks the kept blocks.
    pub selection: Selection,
    /// Weight bits.
    pub weight_bits: u32,
    /// Bits of what the layer reads.
    pub activation_bits: u32,
    /// Seed of the pattern, where it is not derived from the run's.
    pub seed: Option<u64>,
}

impl Config {
    /// What holds for the hidden layers that have no exception.
    pub fn hidden_layers(&self) -> LayerSettings {
        self.resolve(&self.sparsity.block, &self.sparsity.drop, None)
    }

    /// What holds for a layer, 0 for the first; the output layer is the last. An exception that leaves its levels out
    /// follows the other layers of its kind: the output layer's levels are its own.
    pub fn layer(&self, index: usize) -> LayerSettings {
        let own = self.exception(index);
        match self.is_output(index) {
            true => self.resolve(&self.sparsity.output.block, &self.sparsity.output.drop, own),
            false => self.resolve(&self.sparsity.block, &self.sparsity.drop, own),
        }
    }

    /// The exception for a layer, if it has one.
    pub fn exception(&self, index: usize) -> Option<&LayerSparsity> {
        self.sparsity.layers.iter().find(|exception| exception.layer == index)
    }

    /// Whether a layer is the output layer.
    pub fn is_output(&self, index: usize) -> bool {
        index == self.model.hidden.len()
    }

    fn resolve(
        &self,
        block: &OneOrMany<usize>,
        drop: &OneOrMany<f64>,
        own: Option<&LayerSparsity>,
    ) -> LayerSettings {
        LayerSettings {
            blocks: own.and_then(|own| own.block.as_ref()).unwrap_or(block).to_vec(),
            drops: own.and_then(|own| own.drop.as_ref()).unwrap_or(drop).to_vec(),
            selection: own.and_then(|own| own.selection).unwrap_or(self.sparsity.selection),
            weight_bits: own.and_then(|own| own.weight_bits).unwrap_or(self.quant.weight_bits),
            activation_bits: own.and_then(|own| own.activation_bits).unwrap_or(self.quant.activation_bits),
            seed: own.and_then(|own| own.seed),
        }
    }

    /// Checks the levels of all layers, and that each exception is of a layer that exists and has no other.
    pub(super) fn check_layers(&self) -> Result<(), SettingsError> {
        let conflict = |text: String| Err(SettingsError::Conflict(text));
        self.hidden_layers().check("sparsity")?;
        let output = &self.sparsity.output;
        self.resolve(&output.block, &output.drop, None).check("sparsity.output")?;
        let last = self.model.hidden.len();
        for (place, exception) in self.sparsity.layers.iter().enumerate() {
            let layer = exception.layer;
            if layer > last {
                return conflict(format!(
                    "`sparsity.layers` names layer {layer}, but the network has layers 0 to {last}"
                ));
            }
            if self.sparsity.layers[..place].iter().any(|earlier| earlier.layer == layer) {
                return conflict(format!(
                    "`sparsity.layers` names layer {layer} twice; put what holds for it into one entry"
                ));
            }
            self.layer(layer).check(&format!("sparsity.layers[{layer}]"))?;
        }
        Ok(())
    }
}

impl LayerSettings {
    fn check(&self, place: &str) -> Result<(), SettingsError> {
        let conflict = |text: String| Err(SettingsError::Conflict(text));
        let (blocks, drops) = (&self.blocks, &self.drops);
        if blocks.len() != drops.len() {
            return conflict(format!(
                "`{place}.block` has {} and `{place}.drop` has {}; give one block size and one drop probability per level",
                count(blocks.len(), "level"),
                count(drops.len(), "level")
            ));
        }
        if blocks.is_empty() {
            return conflict(format!("`{place}` has no levels; give at least one block size"));
        }
        for (&block, &drop) in blocks.iter().zip(drops) {
            if !(1..=4096).contains(&block) || !(0.0..=1.0).contains(&drop) {
                return conflict(format!(
                    "`{place}` holds block size {block} with drop probability {drop}; block sizes are 1 to 4096, drop probabilities 0 to 1"
                ));
            }
        }
        for pair in blocks.windows(2) {
            if pair[0] % pair[1] != 0 || pair[0] == pair[1] {
                return conflict(format!(
                    "`{place}.block` goes from {} to {}; each inner block size must divide the one outside it and be smaller",
                    pair[0], pair[1]
                ));
            }
        }
        if !matches!(self.weight_bits, 1..=16 | 32) {
            return conflict(format!(
                "`{place}.weight_bits` is {}; give 1 to 16, or 32 for floating point",
                self.weight_bits
            ));
        }
        if !matches!(self.activation_bits, 4..=16 | 32) {
            return conflict(format!(
                "`{place}.activation_bits` is {}; give 4 to 16, or 32 for floating point",
                self.activation_bits
            ));
        }
        Ok(())
    }
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(layers: &str) -> Result<Config, String> {
        Config::from_toml(layers).map_err(|error| error.to_string())
    }

    #[test]
    fn an_exception_of_the_output_layer_follows_the_output() {
        // The hidden layers have two levels, the output one: an exception that names a drop alone is of one level.
        let hierarchical = "[sparsity]\nblock = [32, 4]\ndrop = [0.5, 0.5]\n";
        let config =
            checked(&format!("{hierarchical}[[sparsity.layers]]\nlayer = 2\ndrop = 0.25\n")).unwrap();
        let output = config.layer(2);
        assert_eq!((output.blocks, output.drops), (vec![64], vec![0.25]));
        let refused = checked(&format!("{hierarchical}[[sparsity.layers]]\nlayer = 2\ndrop = [0.5, 0.5]\n"));
        assert!(refused.unwrap_err().contains("`sparsity.layers[2].block` has 1 level and"));
        // The other way round.
        let config = checked(
            "[sparsity.output]\nblock = [16, 4]\ndrop = [0.0, 0.5]\n[[sparsity.layers]]\nlayer = 2\nblock = [8, 2]\n",
        );
        assert_eq!(config.unwrap().layer(2).blocks, [8, 2]);
        let refused = checked(
            "[sparsity.output]\nblock = [16, 4]\ndrop = [0.0, 0.5]\n[[sparsity.layers]]\nlayer = 1\nblock = [8, 2]\n",
        );
        assert!(refused.unwrap_err().contains("layers[1]"));
    }

    #[test]
    fn the_planner_draws_what_the_check_lets_through() {
        use crate::model::NetworkPlan;
        for (text, is_valid) in [
            ("[[sparsity.layers]]\nlayer = 2\ndrop = 0.5\n", true),
            (
                "[sparsity]\nblock = [32, 4]\ndrop = [0.5, 0.5]\n[[sparsity.layers]]\nlayer = 2\nblock = 16\n",
                true,
            ),
            (
                "[sparsity]\nblock = [32, 4]\ndrop = [0.5, 0.5]\n[[sparsity.layers]]\nlayer = 1\nblock = 16\n",
                false,
            ),
            ("[[sparsity.layers]]\nlayer = 2\ndrop = [0.5, 0.5]\n", false),
            ("[[sparsity.layers]]\nlayer = 0\nweight_bits = 17\n", false),
            ("[[sparsity.layers]]\nlayer = 2\nactivation_bits = 3\n", false),
            ("[[sparsity.layers]]\nlayer = 1\nblock = []\ndrop = []\n", false),
        ] {
            let config: Config = toml::from_str(text).unwrap();
            assert_eq!(config.check().is_ok(), is_valid, "{text}");
            assert_eq!(NetworkPlan::from_config(&config).is_ok(), is_valid, "{text}");
        }
    }

    #[test]
    fn a_layer_is_named_once_and_exists() {
        for (text, told) in [
            (
                "[[sparsity.layers]]\nlayer = 1\n[[sparsity.layers]]\nlayer = 1\ndrop = 0.5\n",
                "names layer 1 twice",
            ),
            (
                "[[sparsity.layers]]\nlayer = 0\n[[sparsity.layers]]\nlayer = 2\n[[sparsity.layers]]\nlayer = 0\n",
                "names layer 0 twice",
            ),
            ("[[sparsity.layers]]\nlayer = 3\n", "layers 0 to 2"),
        ] {
            let error = checked(text).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
