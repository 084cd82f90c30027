//! Whole networks: a training step, and inference.

use candle_core::{DType, Device, Tensor, Var};

use super::{Case, Net, Path, Row, SpeedError};
use crate::evaluate::requantise;
use crate::features::Normaliser;
use crate::fixed::{FixedNetwork, FixedPredictor};
use crate::model::{
    GradientStep, Mode, ModelError, Network, NetworkPlan, Predictor, StepOptions, StoredModel,
};
use crate::settings::{Config, Optimiser as Rule};
use crate::sparse::random::Random;
use crate::train::Optimiser;

/// Block size that is measured where none is asked for, and that of the dense path.
pub const DEFAULT_BLOCK: usize = 64;

/// Drop probabilities that are measured where none is asked for.
pub const DEFAULT_DROPS: [f64; 2] = [0.75, 0.9375];

const LEARNING_RATE: f64 = 1e-4;
const MOMENTUM: f64 = 0.9;

/// A network with one level of blocks in every layer, the output layer included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkSetting {
    /// Sizes of the layers.
    pub net: Net,
    /// Block size.
    pub block: usize,
    /// Drop probability, 0 to 1.
    pub drop: f64,
    /// Weight bits: 1 to 16, or 32 for floating point.
    pub weight_bits: u32,
    /// Samples computed together.
    pub batch: usize,
}

impl NetworkSetting {
    /// The same network with every weight kept.
    pub fn dense(self) -> Self {
        Self { block: DEFAULT_BLOCK, drop: 0.0, ..self }
    }

    /// The configuration, with stochastic gradient descent and without dropout.
    fn config(&self) -> Result<Config, SpeedError> {
        let mut config = self.net.config()?;
        for key in ["sparsity.block", "sparsity.output.block"] {
            config.set(key, &self.block.to_string())?;
        }
        for key in ["sparsity.drop", "sparsity.output.drop"] {
            config.set(key, &format!("{:?}", self.drop))?;
        }
        config.set("quant.weight_bits", &self.weight_bits.to_string())?;
        config.train.optimiser = Rule::Sgd;
        config.check()?;
        Ok(config)
    }

    fn row(&self, path: Path, what: &'static str, plan: &NetworkPlan, macs: u64) -> Row {
        Row {
            what,
            path,
            block: self.block,
            drop: self.drop,
            density: plan.density_achieved(),
            batch: self.batch,
            threads: rayon::current_num_threads(),
            flops: 2.0 * macs as f64 * self.batch as f64,
            audio_secs: None,
        }
    }
}

/// A whole training step, `train-step`: forward, loss, backward, SGD with momentum.
///
/// # Errors
/// The settings are out of range, or the tensor library refuses to allocate.
pub fn train_case(path: Path, setting: NetworkSetting) -> Result<Case, SpeedError> {
    let config = setting.config()?;
    let plan = NetworkPlan::from_config(&config)?;
    let row = setting.row(path, "train-step", &plan, training_macs(&plan));
    let (inputs, labels) = random_batch(setting.batch, &plan);
    if path == Path::Candle {
        return candle_train_case(row, &plan, inputs, labels);
    }
    let network = Network::new(&plan, 1)?;
    let mut optimiser = Optimiser::new(&config.train, &network);
    let mut step = GradientStep::new(&network)?;
    let options = StepOptions { mode: Mode::Train { dropout_seed: 1 }, label_smoothing: 0.0 };
    Ok(Case::new(row, move || {
        step.run(&network, &inputs, &labels, &options)?;
        Ok(optimiser.step(step.grads(), LEARNING_RATE)?)
    }))
}

/// Three products per layer, but no gradient to the inputs of the network.
fn training_macs(plan: &NetworkPlan) -> u64 {
    3 * plan.macs() - plan.layers.first().map_or(0, |layer| layer.pattern.kept_weights())
}

/// The same network of the tensor library's own dense layers, graph and all, with the same update rule.
fn candle_train_case(
    row: Row,
    plan: &NetworkPlan,
    inputs: Vec<f32>,
    labels: Vec<u32>,
) -> Result<Case, SpeedError> {
    let inputs = Tensor::from_vec(inputs, (row.batch, plan.num_inputs()), &Device::Cpu)?;
    let labels = Tensor::from_vec(labels, row.batch, &Device::Cpu)?;
    let layers = candle_layers(plan)?;
    let mut momenta: Vec<Tensor> = Vec::new();
    Ok(Case::new(row, move || {
        let mut activations = inputs.clone();
        for (index, (weights, bias)) in layers.iter().enumerate() {
            activations = activations.matmul(&weights.t()?)?.broadcast_add(bias)?;
            if index + 1 < layers.len() {
                activations = activations.relu()?;
            }
        }
        let grads = candle_nn::loss::cross_entropy(&activations, &labels)?.backward()?;
        for (index, var) in layers.iter().flat_map(|(weights, bias)| [weights, bias]).enumerate() {
            let Some(grad) = grads.get(var) else { continue };
            let momentum = match momenta.get(index) {
                Some(momentum) => ((momentum * MOMENTUM)? + grad)?,
                None => grad.clone(),
            };
            var.set(&(var.as_tensor() - (&momentum * LEARNING_RATE)?)?)?;
            match momenta.get_mut(index) {
                Some(slot) => *slot = momentum,
                None => momenta.push(momentum),
            }
        }
        Ok(())
    }))
}

/// Weights, uniform with He's bound, and biases of each layer.
fn candle_layers(plan: &NetworkPlan) -> Result<Vec<(Var, Var)>, SpeedError> {
    let layer = |outs: usize, ins: usize| {
        let bound = (6.0 / ins as f64).sqrt();
        let weights = Var::rand_f64(-bound, bound, (outs, ins), DType::F32, &Device::Cpu)?;
        Ok((weights, Var::zeros(outs, DType::F32, &Device::Cpu)?))
    };
    let structures = plan.layers.iter().map(|layer| &layer.pattern.structure);
    structures.map(|structure| layer(structure.out_features, structure.in_features)).collect()
}

/// Weight bits that integer inference is measured at where floating point is asked for.
const INTEGER_BITS: u32 = 5;

/// Logits of ready inputs, `infer`. The softmax, the same for every density, is left out, as it is in what this is
/// compared with.
///
/// # Errors
/// The settings are out of range.
pub fn infer_case(path: Path, setting: NetworkSetting) -> Result<Case, SpeedError> {
    let config = setting.config()?;
    let plan = NetworkPlan::from_config(&config)?;
    let network = Network::new(&plan, 1)?;
    let (inputs, _) = random_batch(setting.batch, &plan);
    let mut logits = vec![0.0; setting.batch * plan.num_outputs()];
    let row = setting.row(path, "infer", &plan, plan.macs());
    if path == Path::Integer {
        let mut predictor = integer_predictor(&network, &config, setting.weight_bits)?;
        let (num_inputs, num_outputs) = (plan.num_inputs(), plan.num_outputs());
        return Ok(Case::new(row, move || {
            for (input, logits) in inputs.chunks_exact(num_inputs).zip(logits.chunks_exact_mut(num_outputs)) {
                predictor.logits(input, logits)?;
            }
            std::hint::black_box(&logits);
            Ok(())
        }));
    }
    let mut predictor = Predictor::new(&network)?;
    Ok(Case::new(row, move || {
        predictor.logits(&inputs, &mut logits)?;
        std::hint::black_box(&logits);
        Ok(())
    }))
}

/// The network in integers, with activations of 8 bits that are calibrated on random inputs.
fn integer_predictor(network: &Network, config: &Config, bits: u32) -> Result<FixedPredictor, SpeedError> {
    let plan = network.plan();
    let labels = (0..plan.num_outputs()).map(|label| label.to_string()).collect();
    let model = StoredModel::new(network, config, labels, Normaliser::identity(plan.num_inputs()))?;
    let mut config = config.clone();
    config.quant.weight_bits = if bits <= 16 { bits } else { INTEGER_BITS };
    let model = requantise(&model, &config, &random_batch(64, plan).0)?;
    let network = FixedNetwork::of(&model)?;
    Ok(FixedPredictor::new(
        network.ok_or_else(|| ModelError::Input("the network is no integer network".into()))?,
    ))
}

fn random_batch(batch: usize, plan: &NetworkPlan) -> (Vec<f32>, Vec<u32>) {
    let mut random = Random::new(1);
    let values = (0..batch * plan.num_inputs()).map(|_| random.unit() as f32 * 2.0 - 1.0).collect();
    (values, (0..batch).map(|_| random.below(plan.num_outputs() as u64) as u32).collect())
}
