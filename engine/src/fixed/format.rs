//! The fixed-point format of activations.

use serde::{Deserialize, Serialize};

/// Fewest and most bits of a fixed-point activation.
pub const ACTIVATION_BITS: std::ops::RangeInclusive<u32> = 4..=16;

/// Exponents that an activation's step may have: far beyond what any trained network needs.
pub const EXPONENTS: std::ops::RangeInclusive<i32> = -40..=40;

/// Codes of `bits` bits, each worth `2^exponent`: two's complement for network inputs, unsigned behind a rectifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivationFormat {
    /// Width of a code, 4 to 16.
    pub bits: u32,
    /// Binary logarithm of the step.
    pub exponent: i32,
    /// Whether codes below zero exist.
    pub is_signed: bool,
}

impl ActivationFormat {
    /// Smallest code.
    pub fn min_code(self) -> i32 {
        if self.is_signed { -(1 << (self.bits - 1)) } else { 0 }
    }

    /// Largest code.
    pub fn max_code(self) -> i32 {
        let magnitude_bits = if self.is_signed { self.bits - 1 } else { self.bits };
        (1 << magnitude_bits) - 1
    }

    /// Largest magnitude of a code.
    pub fn largest_magnitude(self) -> i32 {
        self.max_code().max(-self.min_code())
    }

    /// Value of one code step.
    pub fn step(self) -> f64 {
        f64::from(self.exponent).exp2()
    }

    /// The code of a value: `floor(value / step + 1/2)`, saturated; NaN becomes 0.
    ///
    /// The division by a power of two and the sum are exact in `f64`, so any language gives the same code.
    pub fn code(self, value: f32) -> i32 {
        let nearest = (f64::from(value) / self.step() + 0.5).floor();
        // A conversion makes 0 of NaN.
        nearest.clamp(f64::from(self.min_code()), f64::from(self.max_code())) as i32
    }

    /// The value of a code.
    pub fn value(self, code: i32) -> f32 {
        (f64::from(code) * self.step()) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_half_up_and_saturate() {
        let signed = ActivationFormat { bits: 4, exponent: -1, is_signed: true };
        let codes = [0.0, 0.25, 0.24, -0.25, -0.26, 3.5, 99.0, -99.0, f32::NAN, f32::INFINITY];
        assert_eq!(codes.map(|value| signed.code(value)), [0, 1, 0, 0, -1, 7, 7, -8, 0, 7]);
        let unsigned = ActivationFormat { bits: 4, exponent: 1, is_signed: false };
        assert_eq!([-5.0, 0.9, 1.0, 29.0, 31.0].map(|value| unsigned.code(value)), [0, 0, 1, 15, 15]);
        assert_eq!(unsigned.value(15), 30.0);
    }
}
