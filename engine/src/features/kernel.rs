//! The arithmetic of one frame, written so that a compiler turns each loop into vector instructions.
//!
//! Every sum runs over a fixed number of lanes and the loops hold no fused operations, so the result has the
//! same bits whichever instruction set the loops are compiled for, and whether a frame is computed alone or
//! among others.

use super::fft::Values;
use super::tables::{LANES, MEL_LANES, MelBank, MelFilter, padded};

/// Samples are on the scale of 16-bit integers behind this point, as Kaldi has them.
pub(super) const SAMPLE_SCALE: f32 = 32_768.0;

/// Smallest value whose logarithm is taken: the single-precision epsilon, as in Kaldi.
pub const LOG_FLOOR: f32 = f32::EPSILON;

/// The sum of the lanes, in a fixed order.
#[inline(always)]
fn lane_sum<const N: usize>(mut lanes: [f32; N]) -> f32 {
    let mut half = N / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// A frame of samples, the even and the odd ones apart.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Samples 0, 2, 4, ...
    even: Vec<f32>,
    /// Sample 0 once more, then samples 1, 3, 5, ...: each even sample meets the one before it at its index.
    odd: Vec<f32>,
}

impl Frame {
    /// Room for a frame of `len` samples and zeros up to whole lanes.
    pub(super) fn new(len: usize) -> Self {
        Self { even: vec![0.0; padded(len) / 2], odd: vec![0.0; padded(len) / 2 + 1] }
    }
}

/// Half of the lanes: even and odd samples are added up apart.
pub(super) const PAIRS: usize = LANES / 2;

/// Sums over the even and over the odd samples of blocks, lane by lane.
pub(super) type PairSums = [[f32; PAIRS]; 2];

/// Scales samples, removes their mean if asked to, and returns their energy (the sum of squares).
///
/// `split` and `shift` do the work on whole blocks; see their plain twins [`split`] and [`shift`].
#[inline(always)]
pub(super) fn centre(
    samples: &[f32],
    remove_dc: bool,
    frame: &mut Frame,
    split: impl Fn(&[[f32; LANES]], &mut [[f32; PAIRS]], &mut [[f32; PAIRS]]) -> PairSums,
    shift: impl Fn(f32, &mut [[f32; PAIRS]], &mut [[f32; PAIRS]]) -> PairSums,
) -> f32 {
    let (blocks, rest) = samples.as_chunks::<LANES>();
    let (even, even_rest) = frame.even.as_chunks_mut::<PAIRS>().0.split_at_mut(blocks.len());
    let (odd, odd_rest) = frame.odd[1..].as_chunks_mut::<PAIRS>().0.split_at_mut(blocks.len());
    let mut sums = split(blocks, even, odd);
    // What is left behind the whole blocks is a block with zeros behind it.
    let mut last: PairSums = Default::default();
    for (i, sample) in rest.iter().enumerate() {
        last[i % 2][i / 2] = sample * SAMPLE_SCALE;
        sums[i % 2][i / 2] += last[i % 2][i / 2];
    }
    let sum = lane_sum(sums[0]) + lane_sum(sums[1]);
    let mean = if remove_dc { sum / samples.len() as f32 } else { 0.0 };
    let mut squares = shift(mean, even, odd);
    for i in 0..rest.len() {
        let value = &mut last[i % 2][i / 2];
        *value -= mean;
        squares[i % 2][i / 2] += *value * *value;
    }
    if let (Some(even), Some(odd)) = (even_rest.first_mut(), odd_rest.first_mut()) {
        [*even, *odd] = last;
    }
    frame.odd[0] = frame.even[0];
    lane_sum(squares[0]) + lane_sum(squares[1])
}

/// Scales samples and parts the even ones from the odd; returns the sums of both.
#[inline(always)]
pub(super) fn split(
    blocks: &[[f32; LANES]],
    even: &mut [[f32; PAIRS]],
    odd: &mut [[f32; PAIRS]],
) -> PairSums {
    let mut sums: PairSums = Default::default();
    for (block, (even, odd)) in blocks.iter().zip(even.iter_mut().zip(odd)) {
        for i in 0..PAIRS {
            even[i] = block[2 * i] * SAMPLE_SCALE;
            odd[i] = block[2 * i + 1] * SAMPLE_SCALE;
            sums[0][i] += even[i];
            sums[1][i] += odd[i];
        }
    }
    sums
}

/// Subtracts the mean from samples; returns the sums of the squares of what is left.
#[inline(always)]
pub(super) fn shift(mean: f32, even: &mut [[f32; PAIRS]], odd: &mut [[f32; PAIRS]]) -> PairSums {
    let mut squares: PairSums = Default::default();
    for (even, odd) in even.iter_mut().zip(odd) {
        for i in 0..PAIRS {
            even[i] -= mean;
            odd[i] -= mean;
            squares[0][i] += even[i] * even[i];
            squares[1][i] += odd[i] * odd[i];
        }
    }
    squares
}

/// `y[i] = (x[i] - preemphasis x[i-1]) window[i]` for the frame that [`centre`] left: even samples become the
/// real parts of `values`, odd ones the imaginary parts, with zeros behind them. Sample 0 refers to itself.
#[inline(always)]
pub(super) fn emphasise(frame: &Frame, preemphasis: f32, window: &[Vec<f32>; 2], values: &mut Values) {
    let emphasised = |now: &[f32], before: &[f32], window: &[f32], target: &mut [f32]| {
        let (inside, tail) = target.split_at_mut(window.len());
        for (((now, before), window), target) in now.iter().zip(before).zip(window).zip(inside) {
            *target = (now - preemphasis * before) * window;
        }
        tail.fill(0.0);
    };
    emphasised(&frame.even, &frame.odd, &window[0], &mut values.re);
    emphasised(&frame.odd[1..], &frame.even, &window[1], &mut values.im);
}

/// Energy of the signal that [`emphasise`] left.
pub(super) fn energy(values: &Values) -> f32 {
    values.re.iter().zip(&values.im).map(|(even, odd)| even * even + odd * odd).sum()
}

/// From powers to log-mel energies and, where there is a cosine table, to the cepstrum.
#[inline(always)]
pub(super) fn after_power(
    bank: &MelBank,
    cosine: &[f32],
    power: &[f32],
    lanes: &mut [f32],
    log_mel: &mut [f32],
    ceps: &mut [f32],
) {
    mel_energies(power, &bank.filters, &bank.weights, lanes, log_mel);
    floored_ln(log_mel);
    if !cosine.is_empty() {
        cepstrum(&log_mel[..bank.filters.len()], cosine, ceps);
    }
}

/// Energies under the mel filters. `power` is zero-padded behind the last line that any padded filter meets;
/// `lanes` has room for [`MEL_LANES`] values a filter.
///
/// Lanes go through memory before they are added up: kept in registers, the compiler splits them into pairs
/// to suit the final sum, and the products run four times slower.
#[inline(always)]
fn mel_energies(
    power: &[f32],
    filters: &[MelFilter],
    weights: &[f32],
    lanes: &mut [f32],
    energies: &mut [f32],
) {
    let lanes = lanes.as_chunks_mut::<MEL_LANES>().0;
    for (filter, lanes) in filters.iter().zip(lanes.iter_mut()) {
        let lines = power[filter.first_line..filter.first_line + filter.len].as_chunks::<MEL_LANES>().0;
        let weights = weights[filter.start..filter.start + filter.len].as_chunks::<MEL_LANES>().0;
        let mut sums = [0.0f32; MEL_LANES];
        for (lines, weights) in lines.iter().zip(weights) {
            for i in 0..MEL_LANES {
                sums[i] += lines[i] * weights[i];
            }
        }
        *lanes = sums;
    }
    for (lanes, energy) in lanes.iter().zip(energies) {
        *energy = lane_sum(*lanes);
    }
}

/// Natural logarithm of `max(x, LOG_FLOOR)` in place, within 3 units in the last place.
///
/// `x = 2^e m` with `m` in [sqrt(1/2), sqrt(2)); `ln m = 2 atanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...)` with
/// `s = (m - 1) / (m + 1)`, `|s| < 0.172`; the first term left out is below 3e-9 of the sum.
#[inline(always)]
pub(super) fn floored_ln(values: &mut [f32]) {
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    // ln 2 in two parts: e times the first is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -0.000_212_194_44;
    for value in values {
        let bits = value.max(LOG_FLOOR).to_bits();
        let exponent = (bits.wrapping_sub(SQRT_HALF_BITS) as i32) >> 23;
        let m = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23));
        let e = exponent as f32;
        let s = (m - 1.0) / (m + 1.0);
        let z = s * s;
        let series = z * (1.0 / 3.0 + z * (0.2 + z * (1.0 / 7.0 + z * (1.0 / 9.0))));
        let ln_m = 2.0 * s + (2.0 * s * series + e * LN_2_LOW);
        *value = e * LN_2_HIGH + ln_m;
    }
}

/// Multiplies the log energies with the table of [`super::tables::cosine_transform`].
#[inline(always)]
fn cepstrum(log_energies: &[f32], table: &[f32], out: &mut [f32]) {
    let width = table.len() / log_energies.len();
    for (column, out) in out.chunks_mut(LANES).enumerate() {
        let mut sums = [0.0f32; LANES];
        for (&log_energy, row) in log_energies.iter().zip(table.chunks_exact(width)) {
            let row = &row[column * LANES..(column + 1) * LANES];
            for i in 0..LANES {
                sums[i] += log_energy * row[i];
            }
        }
        out.copy_from_slice(&sums[..out.len()]);
    }
}
