//! One layer in integers.

use std::ops::Range;
use std::sync::Arc;

use super::ActivationFormat;
use crate::quant::Codes;
use crate::sparse::{PackedLayout, Pattern};

/// One layer in integers; see the [module](super) for the arithmetic.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedLayer {
    name: String,
    pattern: Arc<Pattern>,
    layout: PackedLayout,
    codes: Codes,
    bias: Vec<i64>,
    input: ActivationFormat,
    output: Option<ActivationFormat>,
    accumulator: Accumulator,
}

/// Width and scale of the sums of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accumulator {
    /// Two's complement bits that hold every partial sum, its bias and its rounding, whatever the weights are.
    pub bits: u32,
    /// Binary logarithm of the value of one.
    pub exponent: i32,
    /// Largest magnitude of the sum of all products, and of a bias.
    pub largest: i64,
}

/// What a layer's sums can grow to, from its shape alone: the largest number of inputs of one unit times the largest
/// magnitudes of a weight level and of an activation code.
pub fn largest_sum(pattern: &Pattern, weight_magnitude: i64, activation_magnitude: i64) -> i64 {
    let fan_in = pattern.fan_in_by_block_row().max().unwrap_or(0);
    (i64::from(fan_in) * weight_magnitude * activation_magnitude).max(1)
}

/// Bits of an accumulator for products that sum up to `largest`: room for as much bias, and as much rounding, beside.
pub fn accumulator_bits(largest: i64) -> u32 {
    let most = 3 * largest.unsigned_abs();
    u64::BITS - most.leading_zeros() + 1
}

impl FixedLayer {
    /// A layer of these weight codes, in packed order.
    ///
    /// `bias` are float biases. They are rounded to the accumulator's scale, halves away from zero, and saturate at the
    /// largest sum of products. The step of `output` is moved into the range that the accumulator can tell apart.
    pub(super) fn new(
        name: String,
        pattern: Arc<Pattern>,
        codes: Codes,
        bias: &[f32],
        input: ActivationFormat,
        output: Option<ActivationFormat>,
    ) -> Self {
        let weight_magnitude = codes.quantiser.largest_level();
        let largest =
            largest_sum(&pattern, i64::from(weight_magnitude), i64::from(input.largest_magnitude()));
        let exponent = codes.quantiser.exponent() + input.exponent;
        let accumulator = Accumulator { bits: accumulator_bits(largest), exponent, largest };
        let unit = f64::from(exponent).exp2();
        let bias_code =
            |&bias: &f32| (f64::from(bias) / unit).round().clamp(-(largest as f64), largest as f64) as i64;
        let output = output.map(|format| ActivationFormat {
            exponent: format.exponent.clamp(exponent, exponent + largest_shift(largest) as i32),
            ..format
        });
        Self {
            layout: PackedLayout::of(&pattern),
            bias: bias.iter().map(bias_code).collect(),
            name,
            pattern,
            codes,
            input,
            output,
            accumulator,
        }
    }

    /// A layer whose biases are accumulator codes already; `None` where a part does not fit the others.
    pub(crate) fn from_codes(
        name: String,
        pattern: Arc<Pattern>,
        codes: Codes,
        bias: Vec<i64>,
        input: ActivationFormat,
        output: Option<ActivationFormat>,
    ) -> Option<Self> {
        let mut layer = Self::new(name, pattern, codes, &[], input, output);
        let fits = bias.iter().all(|bias| bias.unsigned_abs() <= layer.accumulator.largest.unsigned_abs());
        let len_fits = bias.len() == layer.layout.out_features()
            && layer.codes.levels.len() == layer.layout.packed_len();
        layer.bias = bias;
        (fits && len_fits && layer.output == output).then_some(layer)
    }

    /// The same layer with zeros where its blocks reach beyond its edges, so that layers of equal weights are equal.
    pub(super) fn with_zero_padding(mut self) -> Self {
        if let Some(levels) = Self::packed_from_blocks(&self.pattern, &self.levels_by_block()) {
            self.codes.levels = levels;
        }
        self
    }

    /// Its name: `hidden 1`, ..., `output`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its kept blocks.
    pub fn pattern(&self) -> &Arc<Pattern> {
        &self.pattern
    }

    /// Where the codes lie.
    pub fn layout(&self) -> &PackedLayout {
        &self.layout
    }

    /// Weight codes, in packed order.
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Biases at the accumulator's scale, one per output.
    pub fn bias(&self) -> &[i64] {
        &self.bias
    }

    /// Format of what it reads.
    pub fn input(&self) -> ActivationFormat {
        self.input
    }

    /// Format of what it gives; `None` for the output layer, which gives its sums.
    pub fn output(&self) -> Option<ActivationFormat> {
        self.output
    }

    /// Width and scale of its sums.
    pub fn accumulator(&self) -> Accumulator {
        self.accumulator
    }

    /// Places that a sum is shifted down by to become an output code; 0 for the output layer.
    pub fn shift(&self) -> u32 {
        self.output.map_or(0, |output| (output.exponent - self.accumulator.exponent) as u32)
    }

    /// Weight levels block by block in the pattern's order, row-major inside, cut at the layer's edges: exactly the kept
    /// weights. This is the order of every export.
    pub fn levels_by_block(&self) -> Vec<i32> {
        let rows = packed_rows(&self.pattern, &self.layout);
        rows.flat_map(|row| &self.codes.levels[row]).copied().collect()
    }

    /// The other way round: levels of kept weights in block order to packed order; `None` for another number of them.
    pub(crate) fn packed_from_blocks(pattern: &Pattern, levels: &[i32]) -> Option<Vec<i32>> {
        let layout = PackedLayout::of(pattern);
        if levels.len() as u64 != pattern.kept_weights() {
            return None;
        }
        let mut packed = vec![0; layout.packed_len()];
        let mut rest = levels;
        for row in packed_rows(pattern, &layout) {
            let (these, others) = rest.split_at(row.len());
            packed[row].copy_from_slice(these);
            rest = others;
        }
        Some(packed)
    }

    /// The output code of a sum: `(sum + 2^(shift-1)) >> shift`, an arithmetic shift, saturated to the output's codes (so
    /// that the rectifier costs nothing); the sum itself for the output layer.
    pub fn finish(&self, sum: i64) -> i64 {
        match self.output {
            None => sum,
            Some(output) => {
                let shift = self.shift();
                let half = if shift == 0 { 0 } else { 1i64 << (shift - 1) };
                ((sum + half) >> shift).clamp(i64::from(output.min_code()), i64::from(output.max_code()))
            }
        }
    }

    /// The plain definition of the layer: output codes (sums for the output layer) of input codes.
    ///
    /// `inputs` holds one code per input.
    pub fn reference(&self, inputs: &[i32]) -> Vec<i64> {
        let mut sums = self.bias.clone();
        for (index, place) in self.layout.blocks().enumerate() {
            for row in 0..place.rows {
                let first = index * self.layout.block_len() + row * self.layout.block_width();
                let weights = &self.codes.levels[first..first + place.cols];
                let products =
                    weights.iter().zip(&inputs[place.col..]).map(|(&w, &x)| i64::from(w) * i64::from(x));
                sums[place.row + row] += products.sum::<i64>();
            }
        }
        sums.into_iter().map(|sum| self.finish(sum)).collect()
    }
}

/// Largest shift whose rounding constant is no larger than the largest sum.
fn largest_shift(largest: i64) -> u32 {
    u64::BITS - largest.unsigned_abs().leading_zeros()
}

/// Where the rows of kept blocks lie in packed order: block by block in the pattern's order, cut at the layer's edges.
fn packed_rows<'a>(
    pattern: &'a Pattern,
    layout: &'a PackedLayout,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let side = pattern.structure.inner_block();
    let kept = (0..pattern.structure.block_rows())
        .flat_map(move |row| pattern.kept_in_row(row).iter().map(move |&col| (row, col as usize)));
    kept.enumerate().flat_map(move |(index, (block_row, block_col))| {
        // A dense layer is packed as a single block.
        let start = match pattern.is_dense() {
            true => block_row * side * layout.block_width() + block_col * side,
            false => index * layout.block_len(),
        };
        let cols = pattern.cols_of(block_col);
        (0..pattern.rows_of(block_row)).map(move |row| {
            let first = start + row * layout.block_width();
            first..first + cols
        })
    })
}
