//! The arithmetic of one frame, written so that a compiler turns each loop into vector instructions.
//!
//! Every sum runs over a fixed number of lanes and the loops hold no fused operations, so the result has the
//! same bits whichever instruction set the loops are compiled for, and whether a frame is computed alone or
//! among others.

use rustfft::num_complex::Complex32;

use super::tables::{LANES, MEL_LANES, MelFilter};

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
    let body = &mut centred[1..];
    let (inside, tail) = body.split_at_mut(frame.len());
    tail.fill(0.0);
    let mut sums = [0.0f32; LANES];
    let (chunks, rest) = (frame.chunks_exact(LANES), frame.chunks_exact(LANES).remainder());
    for (source, target) in chunks.zip(inside.chunks_exact_mut(LANES)) {
        for i in 0..LANES {
            target[i] = source[i] * SAMPLE_SCALE;
            sums[i] += target[i];
        }
    }
    let whole = frame.len() - rest.len();
    for (i, (source, target)) in rest.iter().zip(&mut inside[whole..]).enumerate() {
        *target = source * SAMPLE_SCALE;
        sums[i] += *target;
    }
    let mean = if remove_dc { lane_sum(sums) / frame.len() as f32 } else { 0.0 };
    let mut squares = [0.0f32; LANES];
    for target in inside.chunks_exact_mut(LANES) {
        for i in 0..LANES {
            target[i] -= mean;
            squares[i] += target[i] * target[i];
        }
    }
    for (i, target) in inside[whole..].iter_mut().enumerate() {
        *target -= mean;
        squares[i] += *target * *target;
    }
    centred[0] = centred[1];
    lane_sum(squares)
}

/// `y[i] = (x[i] - preemphasis x[i-1]) window[i]` for the frame that [`centre`] left, as the real and
/// imaginary parts of `spectrum`; zeros behind it. Returns the energy of `y`.
#[inline(always)]
pub(super) fn emphasise(
    centred: &[f32],
    preemphasis: f32,
    window: &[f32],
    spectrum: &mut [Complex32],
) -> f32 {
    let mut squares = [0.0f32; LANES];
    let used = window.len() / 2;
    let (inside, tail) = spectrum.split_at_mut(used.min(spectrum.len()));
    tail.fill(Complex32::default());
    let now = centred[1..].chunks_exact(LANES);
    let before = centred[..centred.len() - 1].chunks_exact(LANES);
    let windows = window.chunks_exact(LANES);
    for (((now, before), window), target) in now.zip(before).zip(windows).zip(inside.chunks_mut(LANES / 2)) {
        let mut values = [0.0f32; LANES];
        for i in 0..LANES {
            values[i] = (now[i] - preemphasis * before[i]) * window[i];
            squares[i] += values[i] * values[i];
        }
        for (target, pair) in target.iter_mut().zip(values.chunks_exact(2)) {
            *target = Complex32::new(pair[0], pair[1]);
        }
    }
    lane_sum(squares)
}

/// Powers `|X[k]|^2`, `0 <= k < n/2`, of a real signal of `n` samples, from the `n/2`-point transform `Z` of
/// its even samples (real parts) and odd samples (imaginary parts):
/// `X[k] = E + W^k O`, `X[n/2-k]* = E - W^k O`, with `E = (Z[k] + Z*[n/2-k]) / 2`,
/// `O = (Z[k] - Z*[n/2-k]) / 2i`, `W = exp(-2 pi i / n)`; `twiddles[k] = W^k`, `0 <= k < n/4`.
#[inline(always)]
pub(super) fn power_spectrum(transform: &[Complex32], twiddles: &[Complex32], power: &mut [f32]) {
    let half = transform.len();
    let dc = transform[0].re + transform[0].im;
    power[0] = dc * dc;
    let middle = transform[half / 2];
    power[half / 2] = middle.re * middle.re + middle.im * middle.im;
    let (low, high) = power[..half].split_at_mut(half / 2);
    let lines = low[1..].iter_mut().zip(high[1..].iter_mut().rev());
    let pairs = transform[1..half / 2].iter().zip(transform[half / 2 + 1..].iter().rev());
    for ((at_k, mirrored), ((a, b), w)) in lines.zip(pairs.zip(&twiddles[1..])) {
        let (even_re, even_im) = (0.5 * (a.re + b.re), 0.5 * (a.im - b.im));
        let (odd_re, odd_im) = (0.5 * (a.im + b.im), 0.5 * (b.re - a.re));
        let turned_re = odd_re * w.re - odd_im * w.im;
        let turned_im = odd_re * w.im + odd_im * w.re;
        let (sum_re, sum_im) = (even_re + turned_re, even_im + turned_im);
        let (difference_re, difference_im) = (even_re - turned_re, even_im - turned_im);
        *at_k = sum_re * sum_re + sum_im * sum_im;
        *mirrored = difference_re * difference_re + difference_im * difference_im;
    }
}

/// Energies under the mel filters. `power` is zero-padded behind the last line that any padded filter meets.
#[inline(always)]
pub(super) fn mel_energies(power: &[f32], filters: &[MelFilter], weights: &[f32], energies: &mut [f32]) {
    for (filter, energy) in filters.iter().zip(energies) {
        let mut lanes = [0.0f32; MEL_LANES];
        let lines = &power[filter.first_line..filter.first_line + filter.len];
        let weights = &weights[filter.start..filter.start + filter.len];
        for (lines, weights) in lines.chunks_exact(MEL_LANES).zip(weights.chunks_exact(MEL_LANES)) {
            for i in 0..MEL_LANES {
                lanes[i] += lines[i] * weights[i];
            }
        }
        *energy = lane_sum(lanes);
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
pub(super) fn cepstrum(log_energies: &[f32], table: &[f32], out: &mut [f32]) {
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
