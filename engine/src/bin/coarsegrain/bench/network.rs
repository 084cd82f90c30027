//! Whole networks: a training step, and inference.

use candle_core::{Device, Tensor, Var};
use engine::model::{GradientStep, Mode, Network, NetworkPlan, Predictor, StepOptions};
use engine::settings::{Config, Optimiser as Rule};
use engine::sparse::random::Random;
use engine::train::Optimiser;

use super::{Args, Case, Report, Row, measure};

const DROPS: [f64; 2] = [0.75, 0.9375];
const LEARNING_RATE: f64 = 1e-4;

/// Times a whole training step: forward, loss, backward, SGD with momentum.
pub fn bench_train(args: &Args) -> anyhow::Result<Report> {
    let batch = args.batch.unwrap_or(512);
    let mut cases = Vec::new();
    for (block, drop) in settings(args) {
        cases.push(train_case(args.config(block, drop)?, block, drop, batch)?);
    }
    cases.push(train_case(args.config(64, 0.0)?, 64, 0.0, batch)?);
    cases.push(candle_train_case(&args.config(64, 0.0)?, batch)?);
    measure(cases, args.seconds)
}

/// Times scores of ready inputs.
pub fn bench_infer(args: &Args) -> anyhow::Result<Report> {
    let mut cases = Vec::new();
    for batch in args.batch.map_or(vec![1, 512], |batch| vec![batch]) {
        for (block, drop) in settings(args) {
            cases.push(infer_case(args.config(block, drop)?, block, drop, batch)?);
        }
        cases.push(infer_case(args.config(64, 0.0)?, 64, 0.0, batch)?);
    }
    measure(cases, args.seconds)
}

fn settings(args: &Args) -> Vec<(usize, f64)> {
    let block = args.block.unwrap_or(64);
    args.drop.map_or(DROPS.to_vec(), |drop| vec![drop]).into_iter().map(|drop| (block, drop)).collect()
}

fn row(plan: &NetworkPlan, what: &str, block: usize, drop: f64, batch: usize, macs: u64) -> Row {
    let is_dense = plan.layers.iter().all(|layer| layer.pattern.is_dense());
    Row {
        what: what.into(),
        path: if is_dense { "dense" } else { "block" },
        block,
        drop,
        density: plan.density_achieved(),
        batch,
        flops: 2.0 * macs as f64 * batch as f64,
    }
}

/// Three products per layer, but no gradient to the inputs of the network.
fn training_macs(plan: &NetworkPlan) -> u64 {
    3 * plan.macs() - plan.layers.first().map_or(0, |layer| layer.pattern.kept_weights())
}

fn random_batch(batch: usize, inputs: usize, classes: usize) -> (Vec<f32>, Vec<u32>) {
    let mut random = Random::new(1);
    let values = (0..batch * inputs).map(|_| random.unit() as f32 * 2.0 - 1.0).collect();
    (values, (0..batch).map(|_| random.below(classes as u64) as u32).collect())
}

fn train_case(mut config: Config, block: usize, drop: f64, batch: usize) -> anyhow::Result<Case> {
    config.train.optimiser = Rule::Sgd;
    let plan = NetworkPlan::from_config(&config)?;
    let network = Network::new(&plan, 1)?;
    let mut optimiser = Optimiser::new(&config.train, &network);
    let mut step = GradientStep::new(&network)?;
    let (inputs, labels) = random_batch(batch, plan.num_inputs(), plan.num_outputs());
    let options = StepOptions { mode: Mode::Train { dropout_seed: 1 }, label_smoothing: 0.0 };
    let row = row(&plan, "train-step", block, drop, batch, training_macs(&plan));
    let work = move || {
        step.run(&network, &inputs, &labels, &options)?;
        Ok(optimiser.step(step.grads(), LEARNING_RATE)?)
    };
    Ok(Case { row, work: Box::new(work) })
}

/// The same network of candle's own dense layers, graph and all, with the same update rule.
fn candle_train_case(config: &Config, batch: usize) -> anyhow::Result<Case> {
    let plan = NetworkPlan::from_config(config)?;
    let (inputs, labels) = random_batch(batch, plan.num_inputs(), plan.num_outputs());
    let inputs = Tensor::from_vec(inputs, (batch, plan.num_inputs()), &Device::Cpu)?;
    let labels = Tensor::from_vec(labels, batch, &Device::Cpu)?;
    let mut layers = Vec::new();
    for layer in &plan.layers {
        let (outs, ins) = (layer.pattern.structure.out_features, layer.pattern.structure.in_features);
        let bound = (6.0 / ins as f64).sqrt();
        let weights = Var::rand_f64(-bound, bound, (outs, ins), candle_core::DType::F32, &Device::Cpu)?;
        let bias = Var::zeros(outs, candle_core::DType::F32, &Device::Cpu)?;
        layers.push((weights, bias));
    }
    let mut momenta: Vec<Tensor> = Vec::new();
    let row = Row { path: "candle", ..row(&plan, "train-step", 64, 0.0, batch, training_macs(&plan)) };
    let work = move || {
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
                Some(momentum) => ((momentum * 0.9)? + grad)?,
                None => grad.clone(),
            };
            var.set(&(var.as_tensor() - (&momentum * LEARNING_RATE)?)?)?;
            match momenta.get_mut(index) {
                Some(slot) => *slot = momentum,
                None => momenta.push(momentum),
            }
        }
        Ok(())
    };
    Ok(Case { row, work: Box::new(work) })
}

fn infer_case(config: Config, block: usize, drop: f64, batch: usize) -> anyhow::Result<Case> {
    let plan = NetworkPlan::from_config(&config)?;
    let mut predictor = Predictor::new(&Network::new(&plan, 1)?)?;
    let (inputs, _) = random_batch(batch, plan.num_inputs(), plan.num_outputs());
    let mut scores = vec![0.0; batch * plan.num_outputs()];
    let row = row(&plan, "infer", block, drop, batch, plan.macs());
    let work = move || {
        predictor.logits(&inputs, &mut scores)?;
        std::hint::black_box(&scores);
        Ok(())
    };
    Ok(Case { row, work: Box::new(work) })
}
