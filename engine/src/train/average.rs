//! A running average of the weights, which recognises better than the weights of any one step.

use std::collections::HashMap;

use candle_core::Tensor;

use super::TrainError;
use super::session::weights_from;
use crate::model::{ModelError, Network, with_f32_mut};
use crate::sparse::with_f32;

/// Names of its tensors in a checkpoint begin with this.
pub(super) const AVERAGE: &str = "average.";

/// Exponential moving average of all weights: `a <- s a + (1 - s) w` after every step.
///
/// Early on `s` is `(1 + t) / (10 + t)` for step `t`, where that is smaller, so that the fresh weights are soon
/// forgotten. Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992; with a
/// fixed share, and this beginning, as TensorFlow's `ExponentialMovingAverage`.
pub(super) struct WeightAverage {
    network: Network,
    share: f64,
}

impl WeightAverage {
    /// An average that begins with the weights of `network`; `share` is in 0..1.
    pub(super) fn new(network: &Network, share: f64) -> Result<Self, ModelError> {
        Ok(Self { network: Network::with_weights(network.plan(), network.weights()?)?, share })
    }

    /// The network with the averaged weights.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// Takes in the weights after step `step`, counted from 0 over all epochs.
    pub(super) fn update(&self, network: &Network, step: u64) -> Result<(), ModelError> {
        let step = step as f64;
        let new_share = (1.0 - self.share.min((1.0 + step) / (10.0 + step))) as f32;
        for ((_, average), (_, var)) in self.network.vars().iter().zip(network.vars()) {
            with_f32(&var, |weights| {
                with_f32_mut(average, |averages| {
                    for (average, weight) in averages.iter_mut().zip(weights) {
                        *average += new_share * (weight - *average);
                    }
                })
            })??;
        }
        Ok(())
    }

    /// Takes up the average that a checkpoint holds.
    pub(super) fn load(&self, tensors: &HashMap<String, Tensor>) -> Result<(), TrainError> {
        Ok(self.network.set_weights(&weights_from(tensors, AVERAGE, self.network.plan().layers.len())?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NetworkPlan;
    use crate::settings::Config;

    fn first_weight_after(step: u64) -> (f32, f32, f32) {
        let mut config = Config::default();
        config.model.hidden = vec![8];
        let plan = NetworkPlan::new(&config, 16, 3).unwrap();
        let (old, new) = (Network::new(&plan, 1).unwrap(), Network::new(&plan, 2).unwrap());
        let average = WeightAverage::new(&old, 0.9).unwrap();
        average.update(&new, step).unwrap();
        let first = |network: &Network| network.weights().unwrap()[0].blocks[0];
        (first(&old), first(&new), first(average.network()))
    }

    #[test]
    fn a_step_moves_the_average_by_the_share_that_is_new() {
        let (old, new, average) = first_weight_after(1_000_000);
        assert!((average - (0.9 * old + 0.1 * new)).abs() < 1e-6, "{old} {new} {average}");
        assert!((old - new).abs() > 1e-3);
    }

    #[test]
    fn fresh_weights_are_soon_forgotten() {
        let (old, new, average) = first_weight_after(0);
        assert!((average - (0.1 * old + 0.9 * new)).abs() < 1e-6, "{old} {new} {average}");
    }
}
