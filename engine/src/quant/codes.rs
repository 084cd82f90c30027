//! The two quantisers, and codes.

use rayon::prelude::*;

use crate::settings::Quantiser;
use crate::sparse::{Instructions, Loop};

/// Adding and subtracting this rounds a number of magnitude up to 2^22 to the nearest whole one, ties to even.
const ROUNDER: f32 = 12_582_912.0;

/// Smallest exponent of a power-of-two scale: below it, steps would no longer be normal numbers.
const LEAST_EXPONENT: i32 = -100;

/// Weights that one thread handles at a time; also fixes the order in which errors are added up.
const WEIGHTS_AT_ONCE: usize = 1 << 15;

/// Exponents tried below the one that clips nothing.
const EXPONENTS_TRIED: i32 = 4;

/// A rule from float weights to the values of codes, fitted to the weights of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightQuantiser {
    /// Weights stay as they are.
    Float,
    /// The published rule at so many bits, 1 to 16.
    Published {
        /// Width of a code.
        bits: u32,
    },
    /// Two's complement codes times `2^exponent`; one bit: the sign times `2^exponent`.
    PowerOfTwo {
        /// Width of a code, 1 to 16.
        bits: u32,
        /// Binary logarithm of the step.
        exponent: i32,
    },
}

impl WeightQuantiser {
    /// The rule for these weights at `bits` (1 to 16; anything above is float).
    ///
    /// The exponent of the power-of-two rule is the one with the smallest squared error over all weights among the
    /// largest that could be needed, `e0 = ceil(log2(max |w| / (2^(bits-1) - 1)))`, and the three below it, the larger
    /// one on a tie; at one bit, the whole number nearest to `log2` of the mean magnitude of the non-zero weights.
    /// It depends on nothing but the weights, so training, a resumed training and inference agree. Non-finite
    /// weights are left out of the choice; a layer of zeros takes the smallest exponent.
    pub fn fit(rule: Quantiser, bits: u32, weights: &[f32]) -> Self {
        match rule {
            _ if bits == 0 || bits > 16 => Self::Float,
            Quantiser::Published => Self::Published { bits },
            Quantiser::PowerOfTwo => Self::PowerOfTwo { bits, exponent: best_exponent(bits, weights) },
        }
    }

    /// Bits of a weight; 32 for float.
    pub fn bits(self) -> u32 {
        match self {
            Self::Float => 32,
            Self::Published { bits } | Self::PowerOfTwo { bits, .. } => bits,
        }
    }

    /// Writes the values of the codes of `weights` into `values`, as many as both hold. NaN becomes a finite value;
    /// what watches for it is the loss.
    pub fn quantise(self, weights: &[f32], values: &mut [f32]) {
        let chunks = weights.par_chunks(WEIGHTS_AT_ONCE).zip(values.par_chunks_mut(WEIGHTS_AT_ONCE));
        chunks.for_each(|(weights, values)| {
            Instructions::best().run_loop(Quantise { quantiser: self, weights, values });
        });
    }

    #[inline(always)]
    fn quantise_chunk(self, weights: &[f32], values: &mut [f32]) {
        match self {
            Self::Float => {
                let count = weights.len().min(values.len());
                values[..count].copy_from_slice(&weights[..count]);
            }
            Self::Published { bits } => {
                let (scale, step) = (exp2(bits as i32 - 1), exp2(1 - bits as i32));
                for (value, &weight) in values.iter_mut().zip(weights) {
                    *value = published_level(weight, scale) * step;
                }
            }
            Self::PowerOfTwo { bits: 1, exponent } => {
                let step = exp2(exponent);
                for (value, &weight) in values.iter_mut().zip(weights) {
                    *value = if weight < 0.0 { -step } else { step };
                }
            }
            Self::PowerOfTwo { bits, exponent } => {
                let (scale, step) = (exp2(-exponent), exp2(exponent));
                let (low, high) = code_range(bits);
                for (value, &weight) in values.iter_mut().zip(weights) {
                    *value = nearest_code(weight, scale, low, high) * step;
                }
            }
        }
    }

    /// The codes of weights: see [`Codes`]. `None` for float.
    pub fn codes(self, weights: &[f32]) -> Option<Codes> {
        let mut values = vec![0.0; weights.len()];
        self.quantise(weights, &mut values);
        let levels: Vec<i32> = values.iter().map(|&value| (value * self.inverse_step()) as i32).collect();
        match self {
            Self::Float => None,
            _ => Some(Codes { quantiser: self, levels }),
        }
    }

    /// Binary logarithm of the step.
    pub fn exponent(self) -> i32 {
        match self {
            Self::Float => 0,
            Self::Published { bits } => 1 - bits as i32,
            Self::PowerOfTwo { exponent, .. } => exponent,
        }
    }

    /// Value of one level.
    pub fn step(self) -> f32 {
        exp2(self.exponent())
    }

    /// Largest magnitude of a level; 0 for float.
    pub fn largest_level(self) -> u32 {
        match self {
            Self::Float => 0,
            Self::Published { bits } => largest_level(Quantiser::Published, bits),
            Self::PowerOfTwo { bits, .. } => largest_level(Quantiser::PowerOfTwo, bits),
        }
    }

    fn inverse_step(self) -> f32 {
        1.0 / self.step()
    }

    /// Whether a level has a code at this width.
    fn holds(self, level: i32) -> bool {
        match self {
            Self::Float => false,
            Self::Published { bits } => level != 0 && level.unsigned_abs() <= 1 << (bits - 1),
            Self::PowerOfTwo { bits: 1, .. } => level == 1 || level == -1,
            Self::PowerOfTwo { bits, .. } => (-(1 << (bits - 1))..1 << (bits - 1)).contains(&level),
        }
    }
}

/// Largest magnitude of a level of a rule at `bits`, 1 to 16; 0 for float.
pub fn largest_level(rule: Quantiser, bits: u32) -> u32 {
    match (rule, bits) {
        (_, 0 | 17..) => 0,
        (Quantiser::PowerOfTwo, 1) => 1,
        _ => 1 << (bits - 1),
    }
}

struct Quantise<'a> {
    quantiser: WeightQuantiser,
    weights: &'a [f32],
    values: &'a mut [f32],
}

impl Loop for Quantise<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.quantiser.quantise_chunk(self.weights, self.values);
    }
}

/// Integer levels of the weights of a layer: the value of a weight is its level times [`WeightQuantiser::step`].
///
/// The published rule uses levels `-2^(n-1)..=-1` and `1..=2^(n-1)`; the power-of-two rule `-2^(n-1)..2^(n-1)`, or
/// -1 and 1 at one bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    /// The rule that made them.
    pub quantiser: WeightQuantiser,
    /// One level per weight.
    pub levels: Vec<i32>,
}

impl Codes {
    /// The values of the codes.
    pub fn values(&self) -> Vec<f32> {
        let step = self.quantiser.step();
        self.levels.iter().map(|&level| level as f32 * step).collect()
    }

    /// Codes as unsigned words of `bits` bits, for storage.
    ///
    /// Power of two: two's complement; at one bit, 1 stands for -1. Published: levels skip 0, so positive
    /// levels are stored one lower (`1..=2^(n-1)` as `0..2^(n-1)`) and negative ones in two's complement.
    pub fn words(&self) -> Vec<u32> {
        let mask = (1u32 << self.quantiser.bits().min(31)) - 1;
        let word = |level: i32| match self.quantiser {
            WeightQuantiser::Published { .. } if level > 0 => (level - 1) as u32,
            WeightQuantiser::PowerOfTwo { bits: 1, .. } => u32::from(level < 0),
            _ => level as u32 & mask,
        };
        self.levels.iter().map(|&level| word(level)).collect()
    }

    /// Codes from the words of [`Codes::words`]; `None` if a word has no meaning at this width, or the rule is float.
    pub fn from_words(quantiser: WeightQuantiser, words: &[u32]) -> Option<Self> {
        let bits = quantiser.bits();
        if quantiser == WeightQuantiser::Float {
            return None;
        }
        let half = 1i64 << (bits - 1);
        let level = |word: u32| {
            let signed = if i64::from(word) >= half { i64::from(word) - 2 * half } else { i64::from(word) };
            let level = match quantiser {
                WeightQuantiser::Published { .. } if signed >= 0 => signed + 1,
                WeightQuantiser::PowerOfTwo { bits: 1, .. } => {
                    if word == 0 {
                        1
                    } else {
                        -1
                    }
                }
                _ => signed,
            } as i32;
            (word >> bits == 0 && quantiser.holds(level)).then_some(level)
        };
        let levels = words.iter().map(|&word| level(word)).collect::<Option<_>>()?;
        Some(Self { quantiser, levels })
    }
}

/// `2^exponent`, exactly.
fn exp2(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127).clamp(1, 254) as u32) << 23)
}

/// `sign(w) * ceil(|w| * scale)` with `|w|` at most 1 and at least one level away from 0.
#[inline(always)]
fn published_level(weight: f32, scale: f32) -> f32 {
    let magnitude = weight.abs().min(1.0) * scale;
    let nearest = (magnitude + ROUNDER) - ROUNDER;
    let ceiling = if nearest < magnitude { nearest + 1.0 } else { nearest };
    let level = if ceiling >= 1.0 { ceiling } else { 1.0 };
    if weight < 0.0 { -level } else { level }
}

/// `weight * scale`, clamped, then rounded to the nearest whole number, ties to even.
#[inline(always)]
fn nearest_code(weight: f32, scale: f32, low: f32, high: f32) -> f32 {
    let clamped = (weight * scale).max(low).min(high);
    (clamped + ROUNDER) - ROUNDER
}

fn code_range(bits: u32) -> (f32, f32) {
    let half = (1i32 << (bits - 1)) as f32;
    (-half, half - 1.0)
}

fn best_exponent(bits: u32, weights: &[f32]) -> i32 {
    let largest = weights
        .par_chunks(WEIGHTS_AT_ONCE)
        .map(|weights| Instructions::best().run_loop(LargestMagnitude(weights)))
        .reduce(|| 0.0, f32::max);
    if largest <= 0.0 {
        return LEAST_EXPONENT;
    }
    if bits == 1 {
        return sign_exponent(weights);
    }
    let top = (1i32 << (bits - 1)) - 1;
    let first = ceil_log2(largest / top as f32).max(LEAST_EXPONENT + EXPONENTS_TRIED);
    let mut best = (f32::INFINITY, first);
    for exponent in (first - EXPONENTS_TRIED + 1..=first).rev() {
        let error = squared_error(bits, exponent, weights);
        if error < best.0 {
            best = (error, exponent);
        }
    }
    best.1
}

/// The whole number nearest to `log2` of the mean magnitude of the non-zero weights.
fn sign_exponent(weights: &[f32]) -> i32 {
    let magnitudes = weights.iter().map(|weight| f64::from(weight.abs()));
    let (sum, count) = magnitudes
        .filter(|magnitude| *magnitude > 0.0 && magnitude.is_finite())
        .fold((0.0, 0.0), |(sum, count), magnitude| (sum + magnitude, count + 1.0));
    let mean = (sum / count) as f32;
    // Nearest in the logarithm: above 2^(e + 1/2) the next exponent is nearer.
    let ceiling = ceil_log2(mean);
    let nearest = if mean < exp2(ceiling) * std::f32::consts::FRAC_1_SQRT_2 { ceiling - 1 } else { ceiling };
    nearest.max(LEAST_EXPONENT)
}

/// Smallest `e` with `2^e >= value`, for positive normal values.
fn ceil_log2(value: f32) -> i32 {
    let bits = value.to_bits();
    let exponent = (bits >> 23) as i32 - 127;
    if bits & 0x7f_ffff == 0 { exponent } else { exponent + 1 }
}

/// Largest finite magnitude.
struct LargestMagnitude<'a>(&'a [f32]);

impl Loop for LargestMagnitude<'_> {
    type Output = f32;

    #[inline(always)]
    fn run(self) -> f32 {
        let mut lanes = [0.0f32; 16];
        let mut fold = |chunk: &[f32]| {
            for (lane, weight) in lanes.iter_mut().zip(chunk) {
                let magnitude = weight.abs();
                let finite = if magnitude < f32::INFINITY { magnitude } else { 0.0 };
                *lane = if finite > *lane { finite } else { *lane };
            }
        };
        let (chunks, rest) = self.0.as_chunks::<16>();
        chunks.iter().for_each(|chunk| fold(chunk));
        fold(rest);
        lanes.iter().fold(0.0, |largest, &lane| if lane > largest { lane } else { largest })
    }
}

/// Sum of squared differences between weights and their values; added up in chunks of a fixed size, and in sixteen
/// lanes within each, so that it is fast and always in the same order.
fn squared_error(bits: u32, exponent: i32, weights: &[f32]) -> f32 {
    let chunks = weights.par_chunks(WEIGHTS_AT_ONCE);
    let error = |weights| Instructions::best().run_loop(SquaredError { bits, exponent, weights });
    let errors: Vec<f32> = chunks.map(error).collect();
    errors.iter().sum()
}

struct SquaredError<'a> {
    bits: u32,
    exponent: i32,
    weights: &'a [f32],
}

impl Loop for SquaredError<'_> {
    type Output = f32;

    #[inline(always)]
    fn run(self) -> f32 {
        squared_error_of_chunk(self.bits, self.exponent, self.weights)
    }
}

#[inline(always)]
fn squared_error_of_chunk(bits: u32, exponent: i32, weights: &[f32]) -> f32 {
    let (scale, step) = (exp2(-exponent), exp2(exponent));
    let (low, high) = code_range(bits);
    let mut lanes = [0.0f32; 16];
    let (chunks, rest) = weights.as_chunks::<16>();
    let error = |weight: f32| {
        let difference = weight - nearest_code(weight, scale, low, high) * step;
        difference * difference
    };
    for chunk in chunks {
        for (lane, &weight) in lanes.iter_mut().zip(chunk) {
            *lane += error(weight);
        }
    }
    for (lane, &weight) in lanes.iter_mut().zip(rest) {
        *lane += error(weight);
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULES: [Quantiser; 2] = [Quantiser::Published, Quantiser::PowerOfTwo];

    fn quantised(quantiser: WeightQuantiser, weights: &[f32]) -> Vec<f32> {
        let mut values = vec![f32::NAN; weights.len()];
        quantiser.quantise(weights, &mut values);
        values
    }

    #[test]
    fn published_rule_by_hand() {
        let three = WeightQuantiser::Published { bits: 3 };
        let weights = [0.0, -0.0, 1e-9, -1e-9, 0.25, 0.26, -0.5, 0.9, 1.0, 7.0, -7.0];
        let wanted = [0.25, 0.25, 0.25, -0.25, 0.25, 0.5, -0.5, 1.0, 1.0, 1.0, -1.0];
        assert_eq!(quantised(three, &weights), wanted);
        let one = WeightQuantiser::Published { bits: 1 };
        assert_eq!(quantised(one, &[0.3, -0.3, 0.0]), [1.0, -1.0, 1.0]);
    }

    #[test]
    fn power_of_two_rule_by_hand() {
        let four = WeightQuantiser::PowerOfTwo { bits: 4, exponent: -2 };
        let weights = [0.0, 0.124, 0.125, 0.126, 0.375, -0.125, 1.75, 9.0, -9.0];
        let wanted = [0.0, 0.0, 0.0, 0.25, 0.5, 0.0, 1.75, 1.75, -2.0];
        assert_eq!(quantised(four, &weights), wanted);
    }

    #[test]
    fn the_chosen_exponent_has_the_smallest_squared_error() {
        let mut random = crate::sparse::random::Random::new(5);
        for bits in 2..=16 {
            let weights: Vec<f32> = (0..999)
                .map(|_| ((random.unit() + random.unit() + random.unit()) * 0.3 - 0.45) as f32)
                .collect();
            let WeightQuantiser::PowerOfTwo { exponent, .. } =
                WeightQuantiser::fit(Quantiser::PowerOfTwo, bits, &weights)
            else {
                panic!("wrong rule")
            };
            let best = squared_error(bits, exponent, &weights);
            for other in exponent - 6..exponent + 6 {
                assert!(squared_error(bits, other, &weights) >= best * 0.9999, "{bits} bits: {other}");
            }
        }
    }

    #[test]
    fn one_bit_is_the_sign_times_a_power_of_two_near_the_mean_magnitude() {
        let weights = [0.3, -0.2, 0.25, 0.0, -0.27];
        let fitted = WeightQuantiser::fit(Quantiser::PowerOfTwo, 1, &weights);
        assert_eq!(quantised(fitted, &weights), [0.25, -0.25, 0.25, 0.25, -0.25]);
    }

    #[test]
    fn odd_weights_are_survived() {
        for rule in RULES {
            for bits in [1, 2, 5, 16, 32] {
                for weights in
                    [&[][..], &[0.0, 0.0], &[f32::NAN, 1.0], &[f32::INFINITY, -1.0], &[1e-40, 3e38]]
                {
                    let fitted = WeightQuantiser::fit(rule, bits, weights);
                    assert_eq!(fitted.bits(), bits);
                    let _ = quantised(fitted, weights);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn codes_give_the_quantised_values_and_survive_storage(
            weights in prop::collection::vec(-2.0f32..2.0, 1..60),
            bits in 1u32..=16,
            published: bool,
        ) {
            let fitted = WeightQuantiser::fit(RULES[usize::from(!published)], bits, &weights);
            let values = quantised(fitted, &weights);
            let codes = fitted.codes(&weights).unwrap();
            prop_assert_eq!(&codes.values(), &values);
            prop_assert!(codes.levels.iter().all(|&level| fitted.holds(level)));
            let words = codes.words();
            prop_assert!(words.iter().all(|&word| word < 1 << bits));
            prop_assert_eq!(Codes::from_words(fitted, &words).unwrap(), codes);
            prop_assert_eq!(quantised(fitted, &values), values, "quantising twice changes nothing");
            let refitted = WeightQuantiser::fit(RULES[usize::from(!published)], bits, &weights);
            prop_assert_eq!(refitted, fitted);
        }

        #[test]
        fn published_values_are_never_zero_and_never_nearer_to_zero(weight in -1.0f32..1.0, bits in 1u32..=16) {
            let value = quantised(WeightQuantiser::Published { bits }, &[weight])[0];
            prop_assert!(value != 0.0 && value.abs() >= weight.abs() && value.abs() <= 1.0);
        }
    }

    #[test]
    fn words_without_meaning_are_refused() {
        let quantiser = WeightQuantiser::Published { bits: 3 };
        assert!(Codes::from_words(quantiser, &[0, 7]).is_some());
        assert!(Codes::from_words(quantiser, &[8]).is_none());
        assert!(Codes::from_words(WeightQuantiser::Float, &[0]).is_none());
    }
}
