//! The three products of one square layer: forward, gradient to the inputs, gradient to the blocks.

use std::sync::Arc;

use candle_core::{Device, Tensor};
use candle_nn::Module;

use super::case::random_numbers;
use super::{Case, Path, Row, SpeedError};
use crate::settings::Selection;
use crate::sparse::{
    Activation, InputPanels, LayerStructure, Level, PackedLayout, Pattern, Product, Sum, TileBuffer,
    tiles_len,
};

/// Block sizes that are measured where none is asked for.
pub const KERNEL_BLOCKS: [usize; 7] = [4, 8, 16, 32, 64, 128, 256];

/// One layer of `side` outputs and `side` inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerSetting {
    /// Outputs, and inputs.
    pub side: usize,
    /// Block size.
    pub block: usize,
    /// Drop probability, 0 to 1.
    pub drop: f64,
    /// Samples computed together.
    pub batch: usize,
}

/// The three products on the kept blocks of a layer: `forward` with bias and rectifier, `input-gradient`,
/// `block-gradient`.
///
/// # Errors
/// No pattern has this block size and drop probability.
pub fn product_cases(path: Path, setting: LayerSetting) -> Result<Vec<Case>, SpeedError> {
    let LayerSetting { side, block, drop, batch } = setting;
    let structure = LayerStructure {
        out_features: side,
        in_features: side,
        levels: vec![Level { block, drop }],
        selection: Selection::Balanced,
        seed: 1,
    };
    let pattern = Pattern::draw(structure, None)?;
    let row = |what| Row {
        what,
        path,
        block,
        drop,
        density: pattern.density().achieved,
        batch,
        threads: rayon::current_num_threads(),
        flops: 2.0 * pattern.kept_weights() as f64 * batch as f64,
        audio_secs: None,
    };
    let layer = Arc::new(LayerData::new(&pattern, batch));
    Ok(vec![
        layer.clone().forward(row("forward")),
        layer.clone().input_gradient(row("input-gradient")),
        layer.block_gradient(row("block-gradient")),
    ])
}

/// What the products of a layer read.
struct LayerData {
    product: Product,
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// Inputs, and gradients of the outputs: the layer is square.
    activations: TileBuffer,
    batch: usize,
}

impl LayerData {
    fn new(pattern: &Pattern, batch: usize) -> Self {
        let product = Product::new(PackedLayout::of(pattern));
        let side = pattern.structure.out_features;
        let mut activations = tiles(side, batch);
        let len = activations.as_slice().len();
        activations.as_mut_slice().copy_from_slice(&random_numbers(len, 2));
        let weights = random_numbers(product.layout().packed_len(), 1);
        Self { product, weights, bias: vec![0.1; side], activations, batch }
    }

    fn forward(self: Arc<Self>, row: Row) -> Case {
        let mut outputs = tiles(self.bias.len(), self.batch);
        Case::new(row, move || {
            let (inputs, outputs) = (self.activations.as_slice(), outputs.as_mut_slice());
            let (weights, bias) = (&self.weights, &self.bias);
            Ok(self.product.forward(weights, bias, inputs, self.batch, Activation::Relu, outputs)?)
        })
    }

    fn input_gradient(self: Arc<Self>, row: Row) -> Case {
        let mut input_grads = tiles(self.bias.len(), self.batch);
        Case::new(row, move || {
            let (grads, input_grads) = (self.activations.as_slice(), input_grads.as_mut_slice());
            Ok(self.product.input_gradient(&self.weights, grads, self.batch, None, input_grads)?)
        })
    }

    fn block_gradient(self: Arc<Self>, row: Row) -> Case {
        let mut block_grads = vec![0.0; self.weights.len()];
        let mut panels = InputPanels::default();
        Case::new(row, move || {
            let (grads, inputs) = (self.activations.as_slice(), self.activations.as_slice());
            Ok(self.product.block_gradient(
                grads,
                inputs,
                self.batch,
                &mut panels,
                Sum::Begin,
                &mut block_grads,
            )?)
        })
    }
}

fn tiles(features: usize, batch: usize) -> TileBuffer {
    let mut buffer = TileBuffer::default();
    buffer.resize(tiles_len(batch, features));
    buffer
}

/// `forward` by the tensor library's own linear layer, with bias and rectifier.
///
/// # Errors
/// The tensor library refuses to allocate.
pub fn candle_forward_case(side: usize, batch: usize) -> Result<Case, SpeedError> {
    let tensor =
        |rows: usize, seed| Tensor::from_vec(random_numbers(rows * side, seed), (rows, side), &Device::Cpu);
    let bias = Tensor::full(0.1f32, side, &Device::Cpu)?;
    let linear = candle_nn::Linear::new(tensor(side, 1)?, Some(bias));
    let inputs = tensor(batch, 2)?;
    let row = Row {
        what: "forward",
        path: Path::Candle,
        block: side,
        drop: 0.0,
        density: 1.0,
        batch,
        threads: rayon::current_num_threads(),
        flops: 2.0 * (side * side * batch) as f64,
        audio_secs: None,
    };
    Ok(Case::new(row, move || {
        std::hint::black_box(linear.forward(&inputs)?.relu()?);
        Ok(())
    }))
}
