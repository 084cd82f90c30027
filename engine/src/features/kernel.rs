//! The arithmetic of one frame, written so that a compiler turns each loop into vector instructions.
//!
//! Every sum runs over a fixed number of lanes and the loops hold no fused operations, so the result has the
//! same bits whichever instruction set the loops are compiled for, and whether a frame is computed alone or
//! among others.

use rustfft::num_complex::Complex32;

use super::dispatch::Spectrum;
use super::tables::{LANES, MEL_LANES, MelBank, MelFilter};

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

/// Scales a frame, removes its mean if asked to, and returns its energy (the sum of squares).
///
/// `frame` has at most `centred.len() - 1` samples; they land in `centred[1..]`, and what is left behind
/// them is zeroed. `centred[0]` repeats the first sample: the pre-emphasis of sample 0 refers to itself.
#[inline(always)]
pub(super) fn centre(frame: &[f32], remove_dc: bool, centred: &mut [f32]) -> f32 {
    let (inside, tail) = centred[1..].split_at_mut(frame.len());
    tail.fill(0.0);
    let (sources, source_rest) = frame.as_chunks::<LANES>();
    let (targets, target_rest) = inside.as_chunks_mut::<LANES>();
    let mut sums = [0.0f32; LANES];
    for (source, target) in sources.iter().zip(targets.iter_mut()) {
        for i in 0..LANES {
            target[i] = source[i] * SAMPLE_SCALE;
            sums[i] += target[i];
        }
    }
    for (sum, (source, target)) in sums.iter_mut().zip(source_rest.iter().zip(target_rest.iter_mut())) {
        *target = source * SAMPLE_SCALE;
        *sum += *target;
    }
    let mean = if remove_dc { lane_sum(sums) / frame.len() as f32 } else { 0.0 };
    let mut squares = [0.0f32; LANES];
    for target in targets {
        for i in 0..LANES {
            target[i] -= mean;
            squares[i] += target[i] * target[i];
        }
    }
    for (square, target) in squares.iter_mut().zip(target_rest) {
        *target -= mean;
        *square += *target * *target;
    }
    centred[0] = centred[1];
    lane_sum(squares)
}

/// `y[i] = (x[i] - preemphasis x[i-1]) window[i]` for the frame that [`centre`] left, as the real and
/// imaginary parts of `transform`; zeros behind it.
#[inline(always)]
pub(super) fn emphasise(centred: &[f32], preemphasis: f32, window: &[f32], transform: &mut [Complex32]) {
    let (inside, tail) = transform.split_at_mut(window.len() / 2);
    tail.fill(Complex32::default());
    let now = centred[1..].as_chunks::<LANES>().0;
    let before = centred[..centred.len() - 1].as_chunks::<LANES>().0;
    let windows = window.as_chunks::<LANES>().0;
    let targets = inside.as_chunks_mut::<{ LANES / 2 }>().0;
    for (((now, before), window), target) in now.iter().zip(before).zip(windows).zip(targets) {
        let values: [f32; LANES] = std::array::from_fn(|i| (now[i] - preemphasis * before[i]) * window[i]);
        for i in 0..LANES / 2 {
            target[i] = Complex32::new(values[2 * i], values[2 * i + 1]);
        }
    }
}

/// Energy of a signal in the form that [`emphasise`] leaves.
pub(super) fn energy(transform: &[Complex32]) -> f32 {
    transform.iter().map(|pair| pair.re * pair.re + pair.im * pair.im).sum()
}

/// Lines of the spectrum computed side by side.
pub(super) const LINES: usize = 8;

/// Factors `W^k = exp(-2 pi i k / n)`, `0 <= k < n/4`, of [`power_spectrum`].
#[derive(Debug, Clone)]
pub(super) struct Twiddles {
    pub(super) re: Vec<f32>,
    pub(super) im: Vec<f32>,
}

/// Eight lines counted up from the first, the eight that mirror them, and what goes with them.
pub(super) type LineBlock<'a> = (
    (&'a [Complex32; LINES], &'a [Complex32; LINES]),
    (&'a mut [f32; LINES], &'a mut [f32; LINES]),
    (&'a [f32; LINES], &'a [f32; LINES]),
);

/// Completes the transform with `Z[n/2] = Z[0]`, computes the middle line, and lays out all other lines in
/// blocks: `Z[k..]` and the block that ends at `Z[n/2-k]`, the powers of the same lines, and `W[k..]`.
#[inline(always)]
pub(super) fn line_blocks<'a>(
    transform: &'a mut [Complex32],
    twiddles: &'a Twiddles,
    power: &'a mut [f32],
) -> impl Iterator<Item = LineBlock<'a>> {
    let half = transform.len() - 1;
    transform[half] = transform[0];
    let middle = transform[half / 2];
    power[half / 2] = middle.re * middle.re + middle.im * middle.im;
    let (low, high) = power[..=half].split_at_mut(half / 2 + 1);
    let rising = transform[..half / 2].as_chunks::<LINES>().0.iter();
    let falling = transform[half / 2 + 1..].as_chunks::<LINES>().0.iter().rev();
    let low = low[..half / 2].as_chunks_mut::<LINES>().0.iter_mut();
    let high = high.as_chunks_mut::<LINES>().0.iter_mut().rev();
    let turns = twiddles.re.as_chunks::<LINES>().0.iter().zip(twiddles.im.as_chunks::<LINES>().0);
    rising.zip(falling).zip(low.zip(high)).zip(turns).map(|((z, powers), w)| (z, powers, w))
}

/// Powers `|X[k]|^2`, `0 <= k <= n/2`, of a real signal of `n` samples, `n` a multiple of `4 * LINES`.
///
/// `transform` holds the `n/2`-point transform `Z` of its even samples (real parts) and odd samples
/// (imaginary parts), and room for one more value. `X[k] = E + W^k O` and `X[n/2-k]* = E - W^k O`, with
/// `E = (Z[k] + Z*[n/2-k]) / 2`, `O = (Z[k] - Z*[n/2-k]) / 2i` and `Z[n/2] = Z[0]`.
#[inline(always)]
pub(super) fn power_spectrum(transform: &mut [Complex32], twiddles: &Twiddles, power: &mut [f32]) {
    for ((a, b), (at_k, mirrored), (w_re, w_im)) in line_blocks(transform, twiddles, power) {
        for i in 0..LINES {
            let (a, b) = (a[i], b[LINES - 1 - i]);
            let (even_re, even_im) = (0.5 * (a.re + b.re), 0.5 * (a.im - b.im));
            let (odd_re, odd_im) = (0.5 * (a.im + b.im), 0.5 * (b.re - a.re));
            let turned_re = odd_re * w_re[i] - odd_im * w_im[i];
            let turned_im = odd_re * w_im[i] + odd_im * w_re[i];
            let (sum_re, sum_im) = (even_re + turned_re, even_im + turned_im);
            let (rest_re, rest_im) = (even_re - turned_re, even_im - turned_im);
            at_k[i] = sum_re * sum_re + sum_im * sum_im;
            mirrored[LINES - 1 - i] = rest_re * rest_re + rest_im * rest_im;
        }
    }
}

/// From powers to log-mel energies and, where there is a cosine table, to the cepstrum.
#[inline(always)]
pub(super) fn after_power(
    bank: &MelBank,
    cosine: &[f32],
    work: &mut Spectrum,
    log_mel: &mut [f32],
    ceps: &mut [f32],
) {
    mel_energies(&work.power, &bank.filters, &bank.weights, &mut work.lanes, log_mel);
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
