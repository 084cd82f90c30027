//! The three products of one layer.

use std::sync::Arc;

use candle_core::{Device, Tensor};
use candle_nn::Module;
use engine::settings::Selection;
use engine::sparse::random::Random;
use engine::sparse::{
    Activation, InputPanels, LayerStructure, Level, PackedLayout, Pattern, Product, TileBuffer, tiles_len,
};

use super::{Args, Case, Net, Report, Row, measure};

const BLOCKS: [usize; 7] = [4, 8, 16, 32, 64, 128, 256];

/// Times every product on the blocks asked for, on the dense path, and in candle's own linear layer.
pub fn bench(args: &Args) -> anyhow::Result<Report> {
    let side = if args.net == Net::Asr { 1024 } else { 512 };
    let batch = args.batch.unwrap_or(512);
    let drop = args.drop.unwrap_or(0.75);
    let mut cases = Vec::new();
    for block in args.block.map_or(BLOCKS.to_vec(), |block| vec![block]) {
        cases.extend(products(side, block, drop, batch)?);
    }
    cases.extend(products(side, 64, 0.0, batch)?);
    cases.push(candle_forward(side, batch)?);
    measure(cases, args.seconds)
}

fn random_numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..count).map(|_| random.unit() as f32 - 0.5).collect()
}

fn products(side: usize, block: usize, drop: f64, batch: usize) -> anyhow::Result<Vec<Case>> {
    let structure = LayerStructure {
        out_features: side,
        in_features: side,
        levels: vec![Level { block, drop }],
        selection: Selection::Balanced,
        seed: 1,
    };
    let pattern = Pattern::draw(structure, None)?;
    let product = Arc::new(Product::new(PackedLayout::of(&pattern)));
    let path = if pattern.is_dense() { "dense" } else { "block" };
    let row = |what: &str| Row {
        what: what.into(),
        path,
        block,
        drop,
        density: pattern.density().achieved,
        batch,
        flops: 2.0 * pattern.kept_weights() as f64 * batch as f64,
    };
    let len = tiles_len(batch, side);
    let weights = Arc::new(random_numbers(product.layout().packed_len(), 1));
    let mut inputs = TileBuffer::default();
    inputs.resize(len);
    inputs.as_mut_slice().copy_from_slice(&random_numbers(len, 2));
    let inputs = Arc::new(inputs);
    let bias = vec![0.1; side];

    let (forward, forward_weights, forward_inputs) = (product.clone(), weights.clone(), inputs.clone());
    let mut outputs = TileBuffer::default();
    outputs.resize(len);
    let forward = move || {
        let activation = Activation::Relu;
        let (inputs, outputs) = (forward_inputs.as_slice(), outputs.as_mut_slice());
        Ok(forward.forward(&forward_weights, &bias, inputs, batch, activation, outputs)?)
    };
    let (backward, backward_inputs) = (product.clone(), inputs.clone());
    let mut input_grads = TileBuffer::default();
    input_grads.resize(len);
    let input_gradient = move || {
        let (grads, input_grads) = (backward_inputs.as_slice(), input_grads.as_mut_slice());
        Ok(backward.input_gradient(&weights, grads, batch, None, input_grads)?)
    };
    let mut block_grads = vec![0.0; product.layout().packed_len()];
    let mut panels = InputPanels::default();
    let block_gradient = move || {
        let (grads, inputs) = (inputs.as_slice(), inputs.as_slice());
        Ok(product.block_gradient(grads, inputs, batch, &mut panels, &mut block_grads)?)
    };
    Ok(vec![
        Case { row: row("forward"), work: Box::new(forward) },
        Case { row: row("input-gradient"), work: Box::new(input_gradient) },
        Case { row: row("block-gradient"), work: Box::new(block_gradient) },
    ])
}

fn candle_forward(side: usize, batch: usize) -> anyhow::Result<Case> {
    let tensor =
        |rows: usize, seed| Tensor::from_vec(random_numbers(rows * side, seed), (rows, side), &Device::Cpu);
    let bias = Tensor::full(0.1f32, side, &Device::Cpu)?;
    let linear = candle_nn::Linear::new(tensor(side, 1)?, Some(bias));
    let inputs = tensor(batch, 2)?;
    let row = Row {
        what: "forward".into(),
        path: "candle",
        block: side,
        drop: 0.0,
        density: 1.0,
        batch,
        flops: 2.0 * (side * side * batch) as f64,
    };
    let work = move || {
        std::hint::black_box(linear.forward(&inputs)?.relu()?);
        Ok(())
    };
    Ok(Case { row, work: Box::new(work) })
}
