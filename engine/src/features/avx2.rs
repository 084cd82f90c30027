//! The kernels for 256-bit registers: the simple ones compiled for them, the transform written for them.
//!
//! The plain twins are in [`super::kernel`] and [`super::fft`]; both run the same operations in the same
//! order, and a test holds that they give the same bits. The functions may be called where AVX2 is there,
//! which [`super::dispatch`] sees to. Memory is read and written through references to arrays of exactly the
//! size of a register, or of half of one.

use std::arch::x86_64::{
    __m256, _mm_loadu_ps, _mm256_add_ps, _mm256_castpd_ps, _mm256_castps_pd, _mm256_loadu_ps, _mm256_mul_ps,
    _mm256_permute2f128_ps, _mm256_permute4x64_pd, _mm256_permutevar8x32_ps, _mm256_set_m128, _mm256_set1_ps,
    _mm256_setr_epi32, _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_sub_ps,
    _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

use super::dispatch::{Analysis, Spectrum};
use super::fft::{self, FftPlan, LINES, Step, Values, butterfly, line_powers};
use super::kernel::{self, Frame, PairSums, SAMPLE_SCALE};

#[target_feature(enable = "avx2")]
pub(super) fn centre(samples: &[f32], remove_dc: bool, frame: &mut Frame) -> f32 {
    kernel::centre(
        samples,
        remove_dc,
        frame,
        |blocks, even, odd| split(blocks, even, odd),
        |mean, even, odd| shift(mean, even, odd),
    )
}

/// See [`kernel::split`].
#[inline]
#[target_feature(enable = "avx2")]
fn split(blocks: &[[f32; 2 * LINES]], even: &mut [[f32; LINES]], odd: &mut [[f32; LINES]]) -> PairSums {
    let scale = _mm256_set1_ps(SAMPLE_SCALE);
    let (mut even_sum, mut odd_sum) = (_mm256_setzero_ps(), _mm256_setzero_ps());
    for (block, (even, odd)) in blocks.iter().zip(even.iter_mut().zip(odd)) {
        let (halves, _) = block.as_chunks::<LINES>();
        let (low, high) = (load(&halves[0]), load(&halves[1]));
        let evens = _mm256_mul_ps(in_order(_mm256_shuffle_ps::<0b10_00_10_00>(low, high)), scale);
        let odds = _mm256_mul_ps(in_order(_mm256_shuffle_ps::<0b11_01_11_01>(low, high)), scale);
        store(evens, even);
        store(odds, odd);
        even_sum = _mm256_add_ps(even_sum, evens);
        odd_sum = _mm256_add_ps(odd_sum, odds);
    }
    lanes(even_sum, odd_sum)
}

/// See [`kernel::shift`].
#[inline]
#[target_feature(enable = "avx2")]
fn shift(mean: f32, even: &mut [[f32; LINES]], odd: &mut [[f32; LINES]]) -> PairSums {
    let mean = _mm256_set1_ps(mean);
    let (mut even_sum, mut odd_sum) = (_mm256_setzero_ps(), _mm256_setzero_ps());
    for (even, odd) in even.iter_mut().zip(odd) {
        let (evens, odds) = (_mm256_sub_ps(load(even), mean), _mm256_sub_ps(load(odd), mean));
        store(evens, even);
        store(odds, odd);
        even_sum = _mm256_add_ps(even_sum, _mm256_mul_ps(evens, evens));
        odd_sum = _mm256_add_ps(odd_sum, _mm256_mul_ps(odds, odds));
    }
    lanes(even_sum, odd_sum)
}

/// Brings what a shuffle took from two registers, half by half, into order.
#[inline]
#[target_feature(enable = "avx2")]
fn in_order(mixed: __m256) -> __m256 {
    _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(_mm256_castps_pd(mixed)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn lanes(even: __m256, odd: __m256) -> PairSums {
    let mut sums = PairSums::default();
    store(even, &mut sums[0]);
    store(odd, &mut sums[1]);
    sums
}

#[target_feature(enable = "avx2")]
pub(super) fn emphasise(frame: &Frame, preemphasis: f32, window: &[Vec<f32>; 2], values: &mut Values) {
    kernel::emphasise(frame, preemphasis, window, values);
}

#[target_feature(enable = "avx2")]
pub(super) fn analyse(analysis: &Analysis, work: &mut Spectrum, log_mel: &mut [f32], ceps: &mut [f32]) {
    let Spectrum { values, spare, power, lanes } = work;
    analysis.fft.run(values, spare, |one, from, to| match one.group {
        1 => last_step(one, from, to),
        4 => step_before_last(one, from, to),
        _ => step(one, from, to),
    });
    power_spectrum(analysis.fft, values, power);
    kernel::after_power(analysis.bank, analysis.cosine, power, lanes, log_mel, ceps);
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(values: &[f32; LINES]) -> __m256 {
    // SAFETY: the array has the eight values that are read.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_halves(low: &[f32; 4], high: &[f32; 4]) -> __m256 {
    // SAFETY: each array has the four values that are read.
    unsafe { _mm256_set_m128(_mm_loadu_ps(high.as_ptr()), _mm_loadu_ps(low.as_ptr())) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(register: __m256, values: &mut [f32; LINES]) {
    // SAFETY: the array has room for the eight values that are written.
    unsafe { _mm256_storeu_ps(values.as_mut_ptr(), register) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn reversed(values: __m256) -> __m256 {
    _mm256_permutevar8x32_ps(values, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0))
}

macro_rules! put {
    ($part:expr, $at:expr, $register:expr) => {
        if let Some(eight) = $part[$at..].first_chunk_mut() {
            store($register, eight);
        }
    };
}

/// Joins the rows with the twiddles and writes eight values of each result; rows lie `stride` apart.
macro_rules! join {
    ($w:expr, $re:expr, $im:expr, $to:expr, $stride:expr, $start:expr) => {{
        let ([re0, re1, re2, re3], [im0, im1, im2, im3]) = ($re, $im);
        let x = [[re0, im0], [re1, im1], [re2, im2], [re3, im3]];
        let [w1_re, w1_im, w2_re, w2_im, w3_re, w3_im] = $w;
        let w = [[w1_re, w1_im], [w2_re, w2_im], [w3_re, w3_im]];
        let joined = butterfly!(_mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, x, w);
        let [[re0, im0], [re1, im1], [re2, im2], [re3, im3]] = joined;
        let (stride, start) = ($stride, $start);
        let (re, im) = (&mut $to.re[start..], &mut $to.im[start..]);
        put!(re, 0, re0);
        put!(im, 0, im0);
        put!(re, stride, re1);
        put!(im, stride, im1);
        put!(re, 2 * stride, re2);
        put!(im, 2 * stride, im2);
        put!(re, 3 * stride, re3);
        put!(im, 3 * stride, im3);
    }};
}

/// A step with eight or more sub-transforms side by side.
#[inline]
#[target_feature(enable = "avx2")]
fn step(step: &Step, from: &Values, to: &mut Values) {
    let Step { num, group, twiddles, .. } = step;
    let [w1_re, w1_im, w2_re, w2_im, w3_re, w3_im] = twiddles;
    let blocks = group / LINES;
    let (re, im) = (from.re.as_chunks::<LINES>().0, from.im.as_chunks::<LINES>().0);
    for k in 0..*num {
        let all = |table: &[f32]| _mm256_set1_ps(table[k]);
        let w = [all(w1_re), all(w1_im), all(w2_re), all(w2_im), all(w3_re), all(w3_im)];
        for block in 0..blocks {
            let row = |part: &[[f32; LINES]], row: usize| load(&part[(4 * k + row) * blocks + block]);
            let re = [row(re, 0), row(re, 1), row(re, 2), row(re, 3)];
            let im = [row(im, 0), row(im, 1), row(im, 2), row(im, 3)];
            join!(w, re, im, to, num * group, k * group + block * LINES);
        }
    }
}

/// The twiddles of eight values from `8 * block` on.
#[inline]
#[target_feature(enable = "avx2")]
fn twiddles(step: &Step, block: usize) -> [__m256; 6] {
    let [w1_re, w1_im, w2_re, w2_im, w3_re, w3_im] = &step.twiddles;
    let eight = |table: &[f32]| load(&table.as_chunks::<LINES>().0[block]);
    [eight(w1_re), eight(w1_im), eight(w2_re), eight(w2_im), eight(w3_re), eight(w3_im)]
}

/// The step with four sub-transforms side by side: two `k` at once.
#[inline]
#[target_feature(enable = "avx2")]
fn step_before_last(step: &Step, from: &Values, to: &mut Values) {
    let (re, im) = (from.re.as_chunks::<4>().0, from.im.as_chunks::<4>().0);
    for pair in 0..step.num / 2 {
        let row =
            |part: &[[f32; 4]], row: usize| load_halves(&part[8 * pair + row], &part[8 * pair + 4 + row]);
        let re = [row(re, 0), row(re, 1), row(re, 2), row(re, 3)];
        let im = [row(im, 0), row(im, 1), row(im, 2), row(im, 3)];
        join!(twiddles(step, pair), re, im, to, step.num * 4, pair * LINES);
    }
}

/// The last step, with one sub-transform left: eight `k` at once.
#[inline]
#[target_feature(enable = "avx2")]
fn last_step(step: &Step, from: &Values, to: &mut Values) {
    let (re, im) = (from.re.as_chunks::<{ 4 * LINES }>().0, from.im.as_chunks::<{ 4 * LINES }>().0);
    for (block, (re, im)) in re.iter().zip(im).enumerate() {
        join!(twiddles(step, block), columns(re), columns(im), to, step.num, block * LINES);
    }
}

/// The columns of eight rows of four values.
#[inline]
#[target_feature(enable = "avx2")]
fn columns(rows: &[f32; 4 * LINES]) -> [__m256; 4] {
    let (blocks, _) = rows.as_chunks::<LINES>();
    let (ab, cd, ef, gh) = (load(&blocks[0]), load(&blocks[1]), load(&blocks[2]), load(&blocks[3]));
    let ae = _mm256_permute2f128_ps::<0x20>(ab, ef);
    let bf = _mm256_permute2f128_ps::<0x31>(ab, ef);
    let cg = _mm256_permute2f128_ps::<0x20>(cd, gh);
    let dh = _mm256_permute2f128_ps::<0x31>(cd, gh);
    let (ab_low, ab_high) = (_mm256_unpacklo_ps(ae, bf), _mm256_unpackhi_ps(ae, bf));
    let (cd_low, cd_high) = (_mm256_unpacklo_ps(cg, dh), _mm256_unpackhi_ps(cg, dh));
    [
        _mm256_shuffle_ps::<0x44>(ab_low, cd_low),
        _mm256_shuffle_ps::<0xee>(ab_low, cd_low),
        _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
        _mm256_shuffle_ps::<0xee>(ab_high, cd_high),
    ]
}

/// See [`fft::power_spectrum`]: eight lines at once.
#[inline]
#[target_feature(enable = "avx2")]
fn power_spectrum(plan: &FftPlan, values: &mut Values, power: &mut [f32]) {
    let half = _mm256_set1_ps(0.5);
    for (a, b, turns, [low, high]) in fft::line_blocks(plan, values, power) {
        let (a, turn) = ([load(a[0]), load(a[1])], [load(turns[0]), load(turns[1])]);
        let b = [reversed(load(b[0])), reversed(load(b[1]))];
        let halved = |x| _mm256_mul_ps(x, half);
        let [rising, falling] = line_powers!(_mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, halved, a, b, turn);
        store(rising, low);
        store(reversed(falling), high);
    }
}
