//! Network sizes that the literature quotes, ready to be set.

/// A named network size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Name for people.
    pub name: &'static str,
    /// What it is for, and where the size comes from.
    pub note: &'static str,
    /// Settings to apply, in order, as key and value.
    pub settings: &'static [(&'static str, &'static str)],
}

/// Sizes commonly quoted for the method, and its published block settings.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "Keyword spotting, 403-512-512-12",
        note: "31 frames of 13 MFCC, two hidden layers, ten words with unknown and silence: 474,624 weights when dense.",
        settings: &[
            ("model.kind", "dnn"),
            ("model.hidden", "[512, 512]"),
            ("model.inputs", "0"),
            ("model.outputs", "0"),
        ],
    },
    Preset {
        name: "Speech recognition, 440-1024x4-1947",
        note: "11 frames of 40 log-mel energies, four hidden layers, 1,947 states: 5,590,016 weights when dense. For memory bills and speed.",
        settings: &[
            ("model.kind", "dnn"),
            ("model.hidden", "[1024, 1024, 1024, 1024]"),
            ("model.inputs", "440"),
            ("model.outputs", "1947"),
        ],
    },
    Preset {
        name: "Keyword CGS: block 64, drop 75 %, 5 bit",
        note: "The published keyword point: three quarters of the weights dropped, 5-bit weights.",
        settings: &[("sparsity.block", "64"), ("sparsity.drop", "0.75"), ("quant.weight_bits", "5")],
    },
    Preset {
        name: "Hierarchical CGS: 32 at 75 %, 4 at 75 %",
        note: "Two levels, 16 times fewer weights: the published setting of the hierarchical method.",
        settings: &[
            ("sparsity.block", "[32, 4]"),
            ("sparsity.drop", "[0.75, 0.75]"),
            ("quant.weight_bits", "6"),
        ],
    },
    Preset {
        name: "Dense, floating point",
        note: "Every weight kept, 32-bit weights: what everything else is compared with.",
        settings: &[("sparsity.block", "64"), ("sparsity.drop", "0"), ("quant.weight_bits", "32")],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NetworkPlan;
    use crate::settings::Config;

    #[test]
    fn presets_apply_and_have_the_sizes_they_claim() {
        let mut dense_weights = Vec::new();
        for preset in PRESETS {
            let mut config = Config::default();
            for (key, value) in preset.settings {
                config.set(key, value).unwrap();
            }
            config.check().unwrap();
            dense_weights.push(NetworkPlan::from_config(&config).unwrap().dense_weights());
        }
        assert_eq!(dense_weights[..2], [474_624, 5_590_016]);
    }
}
