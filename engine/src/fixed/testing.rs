//! Untrained models in integers, for tests.

use super::calibrate;
use crate::features::Normaliser;
use crate::model::{Network, NetworkPlan, StoredModel};
use crate::settings::Config;
use crate::sparse::random::Random;

/// Numbers of about unit spread, `count` rows of them.
pub fn samples(count: usize, cols: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    let mut one = || (0..6).map(|_| random.unit() - 0.5).sum::<f64>() * std::f64::consts::SQRT_2;
    (0..count * cols).map(|_| one() as f32).collect()
}

/// The configuration with these settings.
pub fn config(settings: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    for (key, value) in settings {
        config.set(key, value).unwrap();
    }
    config
}

/// A calibrated model of a configuration with these settings: see [`model_of`].
pub fn model(inputs: usize, outputs: usize, settings: &[(&str, &str)]) -> StoredModel {
    model_of(&config(settings), inputs, outputs)
}

/// A calibrated model that was never trained: with biases, and with a normalisation as smooth as a real one.
pub fn model_of(config: &Config, inputs: usize, outputs: usize) -> StoredModel {
    let plan = NetworkPlan::new(config, inputs, outputs).unwrap();
    let network = Network::new(&plan, 3).unwrap();
    let mut weights = network.weights().unwrap();
    let mut random = Random::new(9);
    for bias in weights.iter_mut().flat_map(|layer| &mut layer.bias) {
        *bias = (random.unit() - 0.5) as f32;
    }
    network.set_weights(&weights).unwrap();
    let labels = (0..outputs).map(|label| format!("word {label}")).collect();
    let mean = (0..inputs).map(|input| (input as f32 * 0.01).sin() * 3.0).collect();
    let inv_std = (0..inputs).map(|input| 0.3 + (input as f32 * 0.02).cos() * 0.1).collect();
    let mut model = StoredModel::new(&network, config, labels, Normaliser { mean, inv_std }).unwrap();
    model.activation_exponents = calibrate(&model, &samples(64, inputs, 1)).unwrap();
    model
}
