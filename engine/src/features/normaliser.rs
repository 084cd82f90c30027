//! Inputs to zero mean and unit spread, learnt from training inputs only.

use serde::{Deserialize, Serialize};

use super::FeatureError;

/// `y[i] = (x[i] - mean[i]) * inv_std[i]` for each value of an input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Normaliser {
    /// Mean of each value over the training inputs.
    pub mean: Vec<f32>,
    /// One over its standard deviation; 0 for a value that never varied and so tells nothing.
    pub inv_std: Vec<f32>,
}

/// Spread below which a value counts as constant: rounding of values around 10 makes less.
const MIN_STD: f64 = 1e-5;

impl Normaliser {
    /// Learns from training inputs, one after the other in `inputs`, each of `num_inputs` values.
    ///
    /// # Errors
    /// [`FeatureError::NoInputs`] where there is no input, or not a whole number of them.
    pub fn learn(inputs: &[f32], num_inputs: usize) -> Result<Self, FeatureError> {
        if num_inputs == 0 || inputs.is_empty() || !inputs.len().is_multiple_of(num_inputs) {
            return Err(FeatureError::NoInputs { num_values: inputs.len(), num_inputs });
        }
        let num_rows = (inputs.len() / num_inputs) as f64;
        let mut mean = vec![0.0f64; num_inputs];
        for row in inputs.chunks_exact(num_inputs) {
            mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(x));
        }
        mean.iter_mut().for_each(|mean| *mean /= num_rows);
        let mut square = vec![0.0f64; num_inputs];
        for row in inputs.chunks_exact(num_inputs) {
            for ((square, mean), &x) in square.iter_mut().zip(&mean).zip(row) {
                *square += (f64::from(x) - mean).powi(2);
            }
        }
        let inv_std = square.iter().map(|square| {
            let std = (square / num_rows).sqrt();
            if std < MIN_STD { 0.0 } else { (1.0 / std) as f32 }
        });
        Ok(Self { inv_std: inv_std.collect(), mean: mean.iter().map(|&mean| mean as f32).collect() })
    }

    /// One that changes nothing.
    pub fn identity(num_inputs: usize) -> Self {
        Self { mean: vec![0.0; num_inputs], inv_std: vec![1.0; num_inputs] }
    }

    /// Values of one input.
    pub fn num_inputs(&self) -> usize {
        self.mean.len()
    }

    /// Normalises one input or several, one after the other, in place; values behind the last whole input
    /// stay as they are.
    pub fn apply(&self, inputs: &mut [f32]) {
        for row in inputs.chunks_exact_mut(self.mean.len().max(1)) {
            for ((x, mean), inv_std) in row.iter_mut().zip(&self.mean).zip(&self.inv_std) {
                *x = (*x - mean) * inv_std;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_inputs_come_out_with_zero_mean_and_unit_spread() {
        let mut inputs: Vec<f32> =
            (0..600).map(|n| if n % 3 == 2 { 7.0 } else { (n * n % 101) as f32 * 0.3 + 100.0 }).collect();
        let normaliser = Normaliser::learn(&inputs, 3).unwrap();
        normaliser.apply(&mut inputs);
        for i in 0..3 {
            let column: Vec<f64> = inputs[i..].iter().step_by(3).map(|&x| f64::from(x)).collect();
            let mean = column.iter().sum::<f64>() / 200.0;
            let spread = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 200.0).sqrt();
            assert!(mean.abs() < 1e-5, "{i}: {mean}");
            let expected = if i == 2 { 0.0 } else { 1.0 };
            assert!((spread - expected).abs() < 1e-5, "{i}: {spread}");
        }
    }

    #[test]
    fn it_needs_whole_inputs_and_survives_storage() {
        assert!(Normaliser::learn(&[], 3).is_err());
        assert!(Normaliser::learn(&[1.0; 4], 3).is_err());
        let normaliser = Normaliser::learn(&[1.0, 2.0, 3.0, 5.0], 2).unwrap();
        let text = serde_json::to_string(&normaliser).unwrap();
        assert_eq!(serde_json::from_str::<Normaliser>(&text).unwrap(), normaliser);
        let mut input = [1.0, 2.0];
        Normaliser::identity(2).apply(&mut input);
        assert_eq!(input, [1.0, 2.0]);
    }
}
