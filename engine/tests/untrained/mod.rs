//! A model for the tests of commands, whose scores need not be right.

use engine::features::Normaliser;
use engine::model::{Network, NetworkPlan, StoredModel};
use engine::settings::{Config, OneOrMany};

/// A small network of the usual front end and words, not trained and not calibrated.
pub fn model() -> StoredModel {
    let mut config = Config::default();
    config.model.hidden = vec![32];
    config.sparsity.block = OneOrMany::One(8);
    let plan = NetworkPlan::from_config(&config).unwrap();
    let network = Network::new(&plan, 5).unwrap();
    let labels =
        ["silence", "unknown"].map(String::from).into_iter().chain(config.data.words.clone()).collect();
    let num_inputs = plan.num_inputs();
    let normaliser = Normaliser { mean: vec![0.0; num_inputs], inv_std: vec![0.2; num_inputs] };
    StoredModel::new(&network, &config, labels, normaliser).unwrap()
}
