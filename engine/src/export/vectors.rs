//! Recorded inputs with the outputs that the integer network gives.

use crate::fixed::{FixedNetwork, FixedPredictor};
use crate::model::ModelError;
use crate::sparse::random::Random;

/// Codes of one input and the sums of the last layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestVector {
    /// One code per input.
    pub inputs: Vec<i32>,
    /// One sum per output.
    pub outputs: Vec<i64>,
}

/// `count` vectors of made-up inputs, always the same for the same network: the first two hold the largest and the smallest
/// codes, the third zeros, the others random codes of about the spread of normalised features.
///
/// # Errors
/// The network's parts do not fit each other.
pub fn test_vectors(network: &FixedNetwork, count: usize) -> Result<Vec<TestVector>, ModelError> {
    let Some(first) = network.layers().first() else { return Ok(Vec::new()) };
    let format = first.input();
    let mut random = Random::new(1);
    let mut spread = || ((0..6).map(|_| random.unit() - 0.5).sum::<f64>() * std::f64::consts::SQRT_2) as f32;
    let mut predictor = FixedPredictor::new(network.clone());
    (0..count)
        .map(|index| {
            let input: Vec<f32> = match index {
                0 => vec![f32::INFINITY; network.num_inputs()],
                1 => vec![f32::NEG_INFINITY; network.num_inputs()],
                2 => vec![0.0; network.num_inputs()],
                _ => (0..network.num_inputs()).map(|_| spread()).collect(),
            };
            let inputs = input.iter().map(|&value| format.code(value)).collect();
            let outputs = predictor.outputs(&input)?.to_vec();
            Ok(TestVector { inputs, outputs })
        })
        .collect()
}
