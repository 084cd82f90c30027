//! Quantised weights in a candle graph.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::WeightQuantiser;
use crate::settings::Quantiser;
use crate::sparse::contiguous_f32;

/// Replaces weights by the values of their codes; the gradient passes unchanged (straight-through estimator).
///
/// The rule is fitted to the weights given ([`WeightQuantiser::fit`]). A tensor of f32 on the CPU, of any shape.
#[derive(Debug, Clone, Copy)]
pub struct FakeQuantise {
    /// Rule from weights to codes.
    pub rule: Quantiser,
    /// Width of a code, 1 to 16; 32 leaves weights as they are.
    pub bits: u32,
}

impl CustomOp1 for FakeQuantise {
    fn name(&self) -> &'static str {
        "fake-quantise"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let weights = contiguous_f32(storage, layout)?;
        let mut values = vec![0.0; weights.len()];
        WeightQuantiser::fit(self.rule, self.bits, weights).quantise(weights, &mut values);
        Ok((CpuStorage::F32(values), layout.shape().clone()))
    }

    fn bwd(&self, _weights: &Tensor, _values: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(grad.clone()))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn values_are_quantised_and_gradients_pass() {
        let weights = Var::new(&[0.3f32, -0.6, 2.0], &Device::Cpu).unwrap();
        let op = FakeQuantise { rule: Quantiser::Published, bits: 2 };
        let values = weights.apply_op1(op).unwrap();
        assert_eq!(values.to_vec1::<f32>().unwrap(), [0.5, -1.0, 1.0]);
        let slope = Tensor::new(&[3.0f32, 5.0, 7.0], &Device::Cpu).unwrap();
        let grads = (values * slope).unwrap().sum_all().unwrap().backward().unwrap();
        assert_eq!(grads.get(&weights).unwrap().to_vec1::<f32>().unwrap(), [3.0, 5.0, 7.0]);
    }
}
