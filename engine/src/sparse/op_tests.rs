//! The layer against a masked dense layer, against finite differences, and against plain dense layers.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor, Var};

use super::random::Random;
use super::{
    Activation, BlockLinear, Dropout, LayerStructure, Level, PackedLayout, Pattern, Product, vec_from_tensor,
};
use crate::settings::Selection;

struct Case {
    layer: BlockLinear,
    inputs: Var,
    blocks: Var,
    bias: Var,
    /// Multiplies the outputs to make a loss.
    slope: Tensor,
}

fn random_tensor(shape: &[usize], seed: u64) -> Tensor {
    let mut random = Random::new(seed);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| random.unit() as f32 * 2.0 - 1.0).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn case(out: usize, inp: usize, batch: usize, levels: &[(usize, f64)], selection: Selection) -> Case {
    let levels = levels.iter().map(|&(block, drop)| Level { block, drop }).collect();
    let structure = LayerStructure { out_features: out, in_features: inp, levels, selection, seed: 5 };
    let layout = PackedLayout::of(&Pattern::draw(structure, None).unwrap());
    let dense = vec_from_tensor(&random_tensor(&[out, inp], 1)).unwrap();
    let shape = (layout.num_blocks(), layout.block_height(), layout.block_width());
    let packed = layout.packed_from_dense(&dense).unwrap();
    Case {
        blocks: Var::from_vec(packed, shape, &Device::Cpu).unwrap(),
        bias: Var::from_tensor(&random_tensor(&[out], 2)).unwrap(),
        inputs: Var::from_tensor(&random_tensor(&[batch, inp], 3)).unwrap(),
        slope: random_tensor(&[batch, out], 4),
        layer: BlockLinear::new(Arc::new(Product::new(layout))),
    }
}

impl Case {
    fn layout(&self) -> &PackedLayout {
        self.layer.product().layout()
    }

    fn outputs(&self, activation: Activation) -> Tensor {
        self.layer.forward(&self.inputs, &self.blocks, &self.bias, activation).unwrap()
    }

    fn loss(&self, activation: Activation) -> Tensor {
        (self.outputs(activation) * &self.slope).unwrap().sum_all().unwrap()
    }
}

fn assert_close(found: &Tensor, wanted: &Tensor, what: &str) {
    assert_eq!(found.dims(), wanted.dims(), "{what}");
    let (found, wanted) = (vec_from_tensor(found).unwrap(), vec_from_tensor(wanted).unwrap());
    let scale = wanted.iter().fold(1e-3f32, |largest, value| largest.max(value.abs()));
    for (found, wanted) in found.iter().zip(&wanted) {
        assert!((found - wanted).abs() <= 1e-5 * scale, "{what}: {found} instead of {wanted}");
    }
}

#[test]
fn values_and_gradients_equal_a_masked_dense_layer() {
    let shapes = [
        (1, 1, 1, 8),
        (7, 9, 3, 8),
        (8, 8, 64, 8),
        (9, 17, 65, 8),
        (64, 64, 5, 16),
        (70, 90, 130, 16),
        (33, 403, 20, 64),
        (130, 128, 70, 32),
        (12, 100, 64, 64),
    ];
    for (out, inp, batch, block) in shapes {
        for selection in [Selection::Balanced, Selection::Connected, Selection::Independent] {
            for drop in [0.0, 0.5, 0.75] {
                let case = case(out, inp, batch, &[(block, drop)], selection);
                equals_masked_dense(&case, &format!("{out}x{inp} batch {batch} {selection:?} {drop}"));
            }
        }
    }
    let levels = [(32, 0.5), (4, 0.5)];
    equals_masked_dense(&case(96, 100, 70, &levels, Selection::Balanced), "two levels");
    equals_masked_dense(&case(40, 40, 10, &[(8, 1.0)], Selection::Independent), "no block at all");
}

fn equals_masked_dense(case: &Case, what: &str) {
    let layout = case.layout().clone();
    let (outs, ins) = (layout.out_features(), layout.in_features());
    let packed = vec_from_tensor(&case.blocks).unwrap();
    let dense = layout.dense_from_packed(&packed).unwrap();
    let dense = Var::from_vec(dense, (outs, ins), &Device::Cpu).unwrap();
    let inputs = Var::from_tensor(&case.inputs.copy().unwrap()).unwrap();
    let bias = Var::from_tensor(&case.bias.copy().unwrap()).unwrap();
    let wanted = inputs.matmul(&dense.t().unwrap()).unwrap().broadcast_add(&bias).unwrap().relu().unwrap();
    assert_close(&case.outputs(Activation::Relu), &wanted, &format!("outputs, {what}"));

    let wanted = (wanted * &case.slope).unwrap().sum_all().unwrap().backward().unwrap();
    let found = case.loss(Activation::Relu).backward().unwrap();
    let dense_grads = vec_from_tensor(wanted.get(&dense).unwrap()).unwrap();
    let block_grads = layout.packed_from_dense(&dense_grads).unwrap();
    let block_grads = Tensor::from_vec(block_grads, case.blocks.shape(), &Device::Cpu).unwrap();
    assert_close(found.get(&case.blocks).unwrap(), &block_grads, &format!("block gradients, {what}"));
    assert_close(found.get(&case.bias).unwrap(), wanted.get(&bias).unwrap(), &format!("bias, {what}"));
    assert_close(found.get(&case.inputs).unwrap(), wanted.get(&inputs).unwrap(), &format!("inputs, {what}"));
}

#[test]
fn without_drops_it_is_the_dense_layer() {
    let case = case(50, 60, 33, &[(16, 0.0)], Selection::Balanced);
    let dense = case.blocks.reshape((50, 60)).unwrap();
    let linear = candle_nn::Linear::new(dense, Some(case.bias.as_tensor().clone()));
    let wanted = candle_nn::Module::forward(&linear, &case.inputs).unwrap();
    assert_close(&case.outputs(Activation::Linear), &wanted, "dense");
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    let case = case(20, 24, 11, &[(8, 0.5)], Selection::Balanced);
    let dropout = Activation::ReluDropout(Dropout { rate: 0.3, seed: 9, first_tile: 0 });
    for activation in [Activation::Linear, Activation::Relu, dropout] {
        let grads = case.loss(activation).backward().unwrap();
        for (var, what) in [(&case.blocks, "blocks"), (&case.bias, "bias"), (&case.inputs, "inputs")] {
            let analytic = vec_from_tensor(grads.get(var).unwrap()).unwrap();
            let values = vec_from_tensor(var).unwrap();
            for index in (0..values.len()).step_by(values.len() / 7 + 1) {
                let slope = |step: f32| {
                    let mut moved = values.clone();
                    moved[index] += step;
                    var.set(&Tensor::from_vec(moved, var.shape(), &Device::Cpu).unwrap()).unwrap();
                    let loss = case.loss(activation).to_dtype(DType::F64).unwrap();
                    loss.to_scalar::<f64>().unwrap()
                };
                let step = 1e-3;
                let numeric = (slope(step) - slope(-step)) / f64::from(2.0 * step);
                slope(0.0);
                let error = (numeric - f64::from(analytic[index])).abs();
                assert!(
                    error < 2e-2 * numeric.abs().max(1.0),
                    "{what} {index}: {numeric} {}",
                    analytic[index]
                );
            }
        }
    }
}

#[test]
fn dropout_silences_its_share_and_keeps_the_mean() {
    let case = case(64, 32, 200, &[(32, 0.0)], Selection::Balanced);
    let all = vec_from_tensor(&case.outputs(Activation::Relu)).unwrap();
    let draw = |seed| {
        let activation = Activation::ReluDropout(Dropout { rate: 0.25, seed, first_tile: 0 });
        vec_from_tensor(&case.outputs(activation)).unwrap()
    };
    let kept = draw(1);
    let (mut active, mut silenced) = (0, 0);
    for (kept, all) in kept.iter().zip(&all).filter(|(_, all)| **all > 0.0) {
        active += 1;
        silenced += usize::from(*kept == 0.0);
        assert!(*kept == 0.0 || (*kept - all / 0.75).abs() < 1e-6 * all.abs().max(1.0));
    }
    let share = silenced as f64 / active as f64;
    assert!((0.23..0.27).contains(&share), "{share}");
    assert_eq!(kept, draw(1));
    assert_ne!(kept, draw(2));
}

#[test]
fn wrong_shapes_are_errors() {
    let case = case(20, 24, 11, &[(8, 0.5)], Selection::Balanced);
    let narrow = random_tensor(&[11, 23], 1);
    assert!(case.layer.forward(&narrow, &case.blocks, &case.bias, Activation::Relu).is_err());
    let bias = random_tensor(&[19], 1);
    assert!(case.layer.forward(&case.inputs, &case.blocks, &bias, Activation::Relu).is_err());
    let blocks = random_tensor(&[1, 8, 8], 1);
    assert!(case.layer.forward(&case.inputs, &blocks, &case.bias, Activation::Relu).is_err());
    let doubles = case.inputs.to_dtype(DType::F64).unwrap();
    assert!(case.layer.forward(&doubles, &case.blocks, &case.bias, Activation::Relu).is_err());
}
