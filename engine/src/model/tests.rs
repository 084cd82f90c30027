//! Networks as a whole: step against graph, predictor against both, files, optimisers.

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::*;
use crate::features::Normaliser;
use crate::settings::{Config, Optimiser as Rule};
use crate::sparse::random::Random;
use crate::sparse::vec_from_tensor;
use crate::train::Optimiser;

fn config(settings: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    let small = [
        ("model.hidden", "[48, 40]"),
        ("model.inputs", "50"),
        ("sparsity.block", "8"),
        ("sparsity.drop", "0.5"),
    ];
    for (key, value) in small.iter().chain(settings) {
        config.set(key, value).unwrap();
    }
    config.check().unwrap();
    config
}

fn network(settings: &[(&str, &str)]) -> Network {
    Network::new(&NetworkPlan::from_config(&config(settings)).unwrap(), 3).unwrap()
}

fn batch(num: usize, inputs: usize) -> (Vec<f32>, Vec<u32>) {
    let mut random = Random::new(8);
    let values = (0..num * inputs).map(|_| random.unit() as f32 * 2.0 - 1.0).collect();
    (values, (0..num).map(|_| random.below(12) as u32).collect())
}

const KINDS: [&[(&str, &str)]; 5] = [
    &[("quant.weight_bits", "32")],
    &[("quant.weight_bits", "5")],
    &[("quant.weight_bits", "1"), ("quant.quantiser", "published")],
    &[("sparsity.drop", "0"), ("quant.weight_bits", "32")],
    &[("sparsity.block", "[16,4]"), ("sparsity.drop", "[0.5,0.5]"), ("sparsity.selection", "connected")],
];

#[test]
fn the_step_without_graph_gives_the_gradients_of_the_graph() {
    for settings in KINDS {
        let network = network(settings);
        // More than a thread takes through the network at once, and no whole number of tiles.
        let num = 300;
        let (inputs, labels) = batch(num, 50);
        for mode in [Mode::Evaluate, Mode::Train { dropout_seed: 4 }] {
            let mut step = GradientStep::new(&network).unwrap();
            let options = StepOptions { mode, label_smoothing: 0.0 };
            let loss = step.run(&network, &inputs, &labels, &options).unwrap();
            let tensor = Tensor::from_slice(&inputs, (num, 50), &Device::Cpu).unwrap();
            let targets = Tensor::from_slice(&labels, num, &Device::Cpu).unwrap();
            let logits = network.forward(&tensor, mode).unwrap();
            let graph_loss = candle_nn::loss::cross_entropy(&logits, &targets).unwrap();
            let wanted = f64::from(graph_loss.to_scalar::<f32>().unwrap());
            assert!((loss.loss - wanted).abs() < 1e-5, "{} {wanted}", loss.loss);
            let wanted = graph_loss.backward().unwrap();
            for (name, var) in network.vars() {
                let found = vec_from_tensor(step.grads().get(&var).unwrap()).unwrap();
                let wanted = vec_from_tensor(wanted.get(&var).unwrap()).unwrap();
                let scale = wanted.iter().fold(1e-6f32, |largest, value| largest.max(value.abs()));
                let worst = found.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst <= 1e-5 * scale, "{settings:?} {mode:?} {name}: {worst} of {scale}");
            }
        }
    }
}

#[test]
fn a_step_has_the_same_bits_on_any_number_of_threads() {
    for settings in KINDS {
        let network = network(settings);
        let (inputs, labels) = batch(500, 50);
        let options = StepOptions { mode: Mode::Train { dropout_seed: 4 }, label_smoothing: 0.1 };
        let step_on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut step = GradientStep::new(&network).unwrap();
                let loss = step.run(&network, &inputs, &labels, &options).unwrap();
                let grads = network.vars().into_iter();
                let grads = grads.map(|(_, var)| vec_from_tensor(step.grads().get(&var).unwrap()).unwrap());
                (loss, grads.collect::<Vec<_>>())
            })
        };
        let one = step_on(1);
        assert!(one.0.loss > 0.0);
        for threads in [2, 3, 5] {
            assert!(step_on(threads) == one, "{settings:?} {threads} threads");
        }
    }
}

#[test]
fn scores_do_not_depend_on_the_batch_and_are_those_of_training() {
    for settings in KINDS {
        let network = network(settings);
        let (inputs, _) = batch(600, 50);
        let mut predictor = Predictor::new(&network).unwrap();
        let mut all = vec![0.0; 600 * 12];
        predictor.predict(&inputs, &mut all).unwrap();
        for first in [0, 1, 63, 64, 511, 512, 599] {
            let mut one = [0.0; 12];
            predictor.predict(&inputs[first * 50..(first + 1) * 50], &mut one).unwrap();
            assert_eq!(one, all[first * 12..(first + 1) * 12], "{settings:?} sample {first}");
        }
        let mut some = vec![0.0; 37 * 12];
        predictor.predict(&inputs[100 * 50..137 * 50], &mut some).unwrap();
        assert_eq!(some, all[100 * 12..137 * 12]);
        let tensor = Tensor::from_slice(&inputs, (600, 50), &Device::Cpu).unwrap();
        let logits = vec_from_tensor(&network.forward(&tensor, Mode::Evaluate).unwrap()).unwrap();
        let mut found = vec![0.0; 600 * 12];
        predictor.logits(&inputs, &mut found).unwrap();
        assert_eq!(found, logits, "{settings:?}");
    }
}

#[test]
fn lengths_and_labels_that_do_not_fit_are_errors() {
    let network = network(&[]);
    let (inputs, mut labels) = batch(3, 50);
    let mut step = GradientStep::new(&network).unwrap();
    let options = StepOptions { mode: Mode::Evaluate, label_smoothing: 0.0 };
    assert!(step.run(&network, &inputs[1..], &labels, &options).is_err());
    labels[0] = 12;
    assert!(step.run(&network, &inputs, &labels, &options).is_err());
    let nothing = step.run(&network, &[], &[], &options).unwrap();
    assert_eq!(nothing, StepLoss::default());
    let mut predictor = Predictor::new(&network).unwrap();
    assert!(predictor.predict(&inputs, &mut [0.0; 35]).is_err());
    predictor.predict(&[], &mut []).unwrap();
}

#[test]
fn what_is_not_a_number_shows_in_the_loss_and_stays_in_its_row() {
    let network = network(&[]);
    let (mut inputs, labels) = batch(3, 50);
    let mut clean = vec![0.0; 36];
    let mut predictor = Predictor::new(&network).unwrap();
    predictor.predict(&inputs, &mut clean).unwrap();
    inputs[50..100].fill(f32::NAN);
    let mut scores = vec![0.0; 36];
    predictor.predict(&inputs, &mut scores).unwrap();
    assert_eq!(scores[..12], clean[..12]);
    assert_eq!(scores[24..], clean[24..]);
    network.vars()[1].1.set(&Tensor::full(f32::NAN, 48, &Device::Cpu).unwrap()).unwrap();
    network.vars()[5].1.set(&Tensor::full(f32::NAN, 12, &Device::Cpu).unwrap()).unwrap();
    let mut step = GradientStep::new(&network).unwrap();
    let options = StepOptions { mode: Mode::Evaluate, label_smoothing: 0.0 };
    assert!(!step.run(&network, &inputs, &labels, &options).unwrap().loss.is_finite());
}

fn train(network: &Network, optimiser: &mut Optimiser, steps: std::ops::Range<u64>) -> f64 {
    let (inputs, labels) = batch(96, 50);
    let mut step = GradientStep::new(network).unwrap();
    let mut loss = 0.0;
    for seed in steps {
        let options = StepOptions { mode: Mode::Train { dropout_seed: seed }, label_smoothing: 0.05 };
        loss = step.run(network, &inputs, &labels, &options).unwrap().loss;
        optimiser.step(step.grads(), 1e-2).unwrap();
    }
    loss
}

#[test]
fn training_learns_and_goes_on_to_the_same_bits_after_a_restart() {
    for rule in [Rule::Adam, Rule::Sgd] {
        let mut config = config(&[]);
        config.train.optimiser = rule;
        let plan = NetworkPlan::from_config(&config).unwrap();
        let straight = Network::new(&plan, 3).unwrap();
        let mut optimiser = Optimiser::new(&config.train, &straight);
        let first = train(&straight, &mut optimiser, 0..1);
        let last = train(&straight, &mut optimiser, 1..60);
        assert!(last < 0.9 * first, "{rule:?}: {first} {last}");

        let before = Network::new(&plan, 3).unwrap();
        let mut optimiser = Optimiser::new(&config.train, &before);
        train(&before, &mut optimiser, 0..25);
        let state: HashMap<String, Tensor> = optimiser.state().unwrap().into_iter().collect();
        let after = Network::with_weights(&plan, before.weights().unwrap()).unwrap();
        let mut restored = Optimiser::new(&config.train, &after);
        restored.load_state(&state).unwrap();
        assert_eq!(restored.num_steps(), 25);
        train(&after, &mut restored, 25..60);
        assert_eq!(after.weights().unwrap(), straight.weights().unwrap());
        assert!(restored.load_state(&HashMap::new()).is_err());
    }
}

#[test]
fn any_number_of_threads_trains_to_the_same_bits() {
    let weights = |threads| {
        let settings = [("model.hidden", "[256, 256]"), ("model.inputs", "50"), ("sparsity.block", "32")];
        let config = config(&settings);
        let network = Network::new(&NetworkPlan::from_config(&config).unwrap(), 3).unwrap();
        let mut optimiser = Optimiser::new(&config.train, &network);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| train(&network, &mut optimiser, 0..5));
        network.weights().unwrap()
    };
    assert!(weights(1) == weights(3));
}

#[test]
fn only_kept_blocks_are_parameters() {
    let network = network(&[("quant.weight_bits", "5")]);
    for (layer, plan) in network.weights().unwrap().iter().zip(&network.plan().layers) {
        let pattern = &plan.pattern;
        let side = pattern.structure.inner_block();
        let height = side.min(pattern.structure.out_features);
        let width = side.min(pattern.structure.in_features);
        let stored = if pattern.is_dense() {
            pattern.structure.dense_weights() as usize
        } else {
            pattern.num_blocks() * height * width
        };
        assert_eq!(layer.blocks.len(), stored);
    }
    let magnitudes = network.block_magnitudes().unwrap();
    for (magnitudes, plan) in magnitudes.iter().zip(&network.plan().layers) {
        // The same square number of cells for every block.
        let per_block = magnitudes.len() / plan.pattern.num_blocks();
        assert_eq!(per_block.isqrt().pow(2), per_block);
        assert_eq!(magnitudes.len(), per_block * plan.pattern.num_blocks());
        assert!(magnitudes.iter().all(|&magnitude| magnitude.is_nan() || magnitude > 0.0));
    }
}

#[test]
fn plans_follow_the_configuration() {
    let mut config = Config::default();
    let plan = NetworkPlan::from_config(&config).unwrap();
    assert_eq!((plan.num_inputs(), plan.num_outputs()), (403, 12));
    assert_eq!(plan.dense_weights(), 474_624);
    assert_eq!(plan.layers[2].pattern.structure.levels[0].drop, 0.0);
    assert_ne!(plan.layers[0].pattern.structure.seed, plan.layers[1].pattern.structure.seed);
    config.sparsity.layers = vec![crate::settings::LayerSparsity {
        layer: 1,
        weight_bits: Some(3),
        seed: Some(77),
        drop: Some(crate::settings::OneOrMany::One(0.5)),
        ..Default::default()
    }];
    let changed = NetworkPlan::from_config(&config).unwrap();
    assert_eq!(changed.layers[1].weight_bits, 3);
    assert_eq!(changed.layers[1].pattern.structure.seed, 77);
    assert_eq!(changed.layers[1].pattern.kept_in_row(0).len(), 4);
    assert_eq!(changed.layers[0], plan.layers[0]);
}

fn stored(settings: &[(&str, &str)]) -> StoredModel {
    let config = config(settings);
    let network = Network::new(&NetworkPlan::from_config(&config).unwrap(), 3).unwrap();
    let labels = (0..12).map(|label| format!("word {label}")).collect();
    let normaliser = Normaliser { mean: vec![0.5; 50], inv_std: vec![2.0; 50] };
    StoredModel::new(&network, &config, labels, normaliser).unwrap()
}

#[test]
fn a_stored_model_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for settings in KINDS {
        let model = stored(settings);
        model.save(&path).unwrap();
        let read = StoredModel::load(&path).unwrap();
        assert_eq!(read, model);
        let (inputs, _) = batch(5, 50);
        let (mut before, mut after) = ([0.0; 60], [0.0; 60]);
        model.predictor().unwrap().predict(&inputs, &mut before).unwrap();
        read.predictor().unwrap().predict(&inputs, &mut after).unwrap();
        assert_eq!(before, after);
    }
    assert!(StoredModel::load(&folder.path().join("none")).unwrap_err().to_string().contains("cannot read"));
}

#[test]
fn damaged_files_are_refused_and_never_panic() {
    let model = stored(KINDS[4]);
    let bytes = model.to_bytes().unwrap();
    for cut in (0..bytes.len()).step_by(97) {
        assert!(StoredModel::load_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    for position in 0..header + 8 {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x15;
        let _ = StoredModel::load_bytes(&damaged);
    }
    let mut random = Random::new(1);
    for _ in 0..300 {
        let mut damaged = bytes.clone();
        damaged[random.below(bytes.len() as u64) as usize] = random.next_u64() as u8;
        if let Ok(read) = StoredModel::load_bytes(&damaged) {
            let mut scores = [0.0; 12];
            read.predictor().unwrap().predict(&[0.0; 50], &mut scores).unwrap();
        }
    }
    let parts_that_disagree = StoredModel { labels: vec!["a".into()], ..model.clone() };
    let error = StoredModel::load_bytes(&parts_that_disagree.to_bytes().unwrap()).unwrap_err().to_string();
    assert!(error.contains("1 labels for 12 outputs"), "{error}");
    let mut other = model;
    other.plan.layers[0].pattern = Arc::clone(&other.plan.layers[1].pattern);
    assert!(StoredModel::load_bytes(&other.to_bytes().unwrap()).is_err());
}

#[test]
fn views_warn_of_what_will_not_learn() {
    let fine = network_view(&Config::default()).unwrap();
    assert_eq!(fine.layers.len(), 3);
    assert_eq!(fine.dense_macs, 474_624);
    assert!(fine.macs < 150_000);
    let mut config = Config::default();
    config.set("sparsity.drop", "0.9375").unwrap();
    let balanced = network_view(&config).unwrap();
    assert!(
        balanced.warnings.iter().any(|warning| warning.contains("connected selection")),
        "{:?}",
        balanced.warnings
    );
    config.set("sparsity.selection", "independent").unwrap();
    config.set("sparsity.drop", "1").unwrap();
    let dead = network_view(&config).unwrap();
    assert!(dead.warnings[0].contains("cannot learn"), "{:?}", dead.warnings);
    assert_eq!(dead.layers[2].dead_units, 12);
    config.set("sparsity.selection", "connected").unwrap();
    config.set("sparsity.drop", "0.9375").unwrap();
    let connected = network_view(&config).unwrap();
    assert!(connected.layers.iter().all(|layer| layer.dead_units == 0));
    config.set("model.hidden", "[8192, 8192]").unwrap();
    config.set("sparsity.block", "1").unwrap();
    assert!(network_view(&config).unwrap_err().contains("larger blocks"));
}
