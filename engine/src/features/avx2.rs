//! The kernels compiled for 256-bit registers, and the one that compilers do not turn into vector code well.
//!
//! Plain twins are in [`super::kernel`]; a test holds that both give the same bits. The functions are safe to
//! call where AVX2 is known to be there, which [`super::dispatch`] sees to. Memory is touched only through
//! references to arrays of exactly the size of a register or two.

use std::arch::x86_64::{
    __m256, _mm256_add_ps, _mm256_castpd_ps, _mm256_castps_pd, _mm256_loadu_ps, _mm256_mul_ps,
    _mm256_permute4x64_pd, _mm256_permutevar8x32_ps, _mm256_set1_ps, _mm256_setr_epi32, _mm256_shuffle_ps,
    _mm256_storeu_ps, _mm256_sub_ps,
};

use rustfft::num_complex::Complex32;

use super::dispatch::{Analysis, Spectrum};
use super::kernel::{self, LINES, Twiddles};

#[target_feature(enable = "avx2")]
pub(super) fn centre(frame: &[f32], remove_dc: bool, centred: &mut [f32]) -> f32 {
    kernel::centre(frame, remove_dc, centred)
}

#[target_feature(enable = "avx2")]
pub(super) fn emphasise(centred: &[f32], preemphasis: f32, window: &[f32], transform: &mut [Complex32]) {
    kernel::emphasise(centred, preemphasis, window, transform);
}

#[target_feature(enable = "avx2")]
pub(super) fn analyse(
    analysis: &Analysis,
    transform: &mut [Complex32],
    work: &mut Spectrum,
    log_mel: &mut [f32],
    ceps: &mut [f32],
) {
    power_spectrum(transform, analysis.twiddles, &mut work.power);
    kernel::after_power(analysis.bank, analysis.cosine, work, log_mel, ceps);
}

#[target_feature(enable = "avx2")]
fn load(values: &[f32; LINES]) -> __m256 {
    // SAFETY: the array has the eight values that are read.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}

#[target_feature(enable = "avx2")]
fn store(register: __m256, values: &mut [f32; LINES]) {
    // SAFETY: the array has room for the eight values that are written.
    unsafe { _mm256_storeu_ps(values.as_mut_ptr(), register) }
}

/// Real and imaginary parts of eight numbers.
#[target_feature(enable = "avx2")]
fn parts(values: &[Complex32; LINES]) -> (__m256, __m256) {
    let floats = values.as_ptr().cast::<f32>();
    // SAFETY: `Complex32` is two `f32` in C layout, so eight of them are the sixteen values that are read.
    let (first, second) = unsafe { (_mm256_loadu_ps(floats), _mm256_loadu_ps(floats.add(LINES))) };
    let in_order = |mixed| _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(_mm256_castps_pd(mixed)));
    let re = in_order(_mm256_shuffle_ps::<0b10_00_10_00>(first, second));
    let im = in_order(_mm256_shuffle_ps::<0b11_01_11_01>(first, second));
    (re, im)
}

#[target_feature(enable = "avx2")]
fn reversed(values: __m256) -> __m256 {
    _mm256_permutevar8x32_ps(values, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0))
}

#[target_feature(enable = "avx2")]
fn square_sum(re: __m256, im: __m256) -> __m256 {
    _mm256_add_ps(_mm256_mul_ps(re, re), _mm256_mul_ps(im, im))
}

/// See [`kernel::power_spectrum`]: the same operations in the same order, eight lines at once.
#[target_feature(enable = "avx2")]
fn power_spectrum(transform: &mut [Complex32], twiddles: &Twiddles, power: &mut [f32]) {
    let halved = _mm256_set1_ps(0.5);
    let half = |x| _mm256_mul_ps(halved, x);
    for ((a, b), (at_k, mirrored), (w_re, w_im)) in kernel::line_blocks(transform, twiddles, power) {
        let (a_re, a_im) = parts(a);
        let (b_re, b_im) = parts(b);
        let (b_re, b_im) = (reversed(b_re), reversed(b_im));
        let (w_re, w_im) = (load(w_re), load(w_im));
        let even_re = half(_mm256_add_ps(a_re, b_re));
        let even_im = half(_mm256_sub_ps(a_im, b_im));
        let odd_re = half(_mm256_add_ps(a_im, b_im));
        let odd_im = half(_mm256_sub_ps(b_re, a_re));
        let turned_re = _mm256_sub_ps(_mm256_mul_ps(odd_re, w_re), _mm256_mul_ps(odd_im, w_im));
        let turned_im = _mm256_add_ps(_mm256_mul_ps(odd_re, w_im), _mm256_mul_ps(odd_im, w_re));
        let (sum_re, sum_im) = (_mm256_add_ps(even_re, turned_re), _mm256_add_ps(even_im, turned_im));
        let (rest_re, rest_im) = (_mm256_sub_ps(even_re, turned_re), _mm256_sub_ps(even_im, turned_im));
        store(square_sum(sum_re, sum_im), at_k);
        store(reversed(square_sum(rest_re, rest_im)), mirrored);
    }
}
