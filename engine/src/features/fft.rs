//! The Fourier transform of a frame, in single precision and with a fixed order of every operation.
//!
//! Kaldi-native-fbank transforms in single precision too, and where a frame has 100 dB between its loudest and
//! its quietest band, the rounding of the transform is what one sees in the quiet one: an exact transform
//! differs from it by up to 8e-3 in an MFCC on one real clip in fifteen. So this one rounds the same
//! intermediate values: decimation in time by four, a first step by two where the size is no power of four,
//! then the split into the spectrum of a real signal. The fixed order also gives every machine the same bits.
//!
//! Values are kept as separate real and imaginary parts, with the sub-transforms side by side: after a step,
//! value `k` of the sub-transform over every `g`-th sample from sample `t` on lies at `k g + t`. Each step
//! then reads and writes whole rows, and the last one leaves the values in order.

use std::f64::consts::{PI, TAU};

/// Spectral lines computed side by side; smallest number of values in a row of wide loops.
pub(super) const LINES: usize = 8;

/// Tables for transforms of `2 * half` real values.
#[derive(Debug, Clone)]
pub(super) struct FftPlan {
    half: usize,
    pub(super) steps: Vec<Step>,
    /// `exp(-i pi (k / half + 1/2))`, `0 <= k < half / 2`.
    pub(super) turn_re: Vec<f32>,
    pub(super) turn_im: Vec<f32>,
}

/// Joins four sub-transforms of `num` values into one, for `group` of them side by side.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) num: usize,
    pub(super) group: usize,
    /// Each twiddle stands this often in a row, so that wide loops can take rows of two `k` at once.
    pub(super) repeat: usize,
    /// Real and imaginary parts of `W^k`, `W^2k`, `W^3k`, `W = exp(-2 pi i / (4 num))`.
    pub(super) twiddles: [Vec<f32>; 6],
}

/// Real and imaginary parts of the values of a transform; one value more than the transform has.
#[derive(Debug, Clone)]
pub(super) struct Values {
    pub(super) re: Vec<f32>,
    pub(super) im: Vec<f32>,
}

impl Values {
    pub(super) fn new(half: usize) -> Self {
        Self { re: vec![0.0; half + 1], im: vec![0.0; half + 1] }
    }
}

impl Step {
    fn new(num: usize, group: usize) -> Self {
        let repeat = if group == 4 { 4 } else { 1 };
        let table = |power: usize, part: fn(f64) -> f64| {
            let value = |k: usize| part(-TAU * (power * k) as f64 / (4 * num) as f64) as f32;
            (0..num).flat_map(|k| std::iter::repeat_n(value(k), repeat)).collect()
        };
        let twiddles = [
            table(1, f64::cos),
            table(1, f64::sin),
            table(2, f64::cos),
            table(2, f64::sin),
            table(3, f64::cos),
            table(3, f64::sin),
        ];
        Self { num, group, repeat, twiddles }
    }
}

impl FftPlan {
    /// Plans transforms of `size` real values, a power of two from 128 on.
    pub(super) fn new(size: usize) -> Self {
        let half = size / 2;
        let mut num = if half.trailing_zeros() % 2 == 1 { 2 } else { 1 };
        let mut steps = Vec::new();
        while num < half {
            steps.push(Step::new(num, half / (4 * num)));
            num *= 4;
        }
        let turn = |k: usize| -PI * (k as f64 / half as f64 + 0.5);
        Self {
            half,
            steps,
            turn_re: (0..half / 2).map(|k| turn(k).cos() as f32).collect(),
            turn_im: (0..half / 2).map(|k| turn(k).sin() as f32).collect(),
        }
    }

    /// Powers of the lines `0..=size / 2` of a real signal, from its even samples in the real parts of
    /// `values` and its odd ones in the imaginary parts; `spare` is working memory. The plain path.
    pub(super) fn powers(&self, values: &mut Values, spare: &mut Values, power: &mut [f32]) {
        self.run(values, spare, step);
        power_spectrum(self, values, power);
    }

    /// Transforms the complex values in `values`, running `step` for each step; `spare` is working memory.
    #[inline(always)]
    pub(super) fn run(
        &self,
        values: &mut Values,
        spare: &mut Values,
        step: impl Fn(&Step, &Values, &mut Values),
    ) {
        if self.half.trailing_zeros() % 2 == 1 {
            join_pairs(&mut values.re[..self.half]);
            join_pairs(&mut values.im[..self.half]);
        }
        for one in &self.steps {
            step(one, values, spare);
            std::mem::swap(values, spare);
        }
    }
}

/// The first step by two: all twiddles are 1.
#[inline(always)]
fn join_pairs(part: &mut [f32]) {
    let (first, second) = part.split_at_mut(part.len() / 2);
    for (a, b) in first.iter_mut().zip(second) {
        (*a, *b) = (*a + *b, *a - *b);
    }
}

/// Joins four values `x` with twiddles `w` (`[re, im]` each), through the given operations on numbers or
/// registers. The brackets are the reference's: they decide the last bits.
macro_rules! butterfly {
    ($add:expr, $sub:expr, $mul:expr, $x:expr, $w:expr) => {{
        let (add, sub, mul) = ($add, $sub, $mul);
        let ([x0, x1, x2, x3], [w1, w2, w3]) = ($x, $w);
        let turned_im = |x: [_; 2], w: [_; 2]| add(mul(w[1], x[0]), mul(w[0], x[1]));
        let (im1, im2, im3) = (turned_im(x1, w1), turned_im(x2, w2), turned_im(x3, w3));
        let re1 = sub(mul(w1[0], x1[0]), mul(w1[1], x1[1]));
        let (plus2, minus2) = (mul(w2[0], x2[0]), mul(w2[1], x2[1]));
        let (plus3, minus3) = (mul(w3[0], x3[0]), mul(w3[1], x3[1]));
        let even = [sub(add(x0[0], plus2), minus2), add(x0[1], im2)];
        let even_rest = [sub(add(x0[0], minus2), plus2), sub(x0[1], im2)];
        let odd = [add(sub(re1, minus3), plus3), add(im3, im1)];
        let odd_rest_re = add(sub(re1, plus3), minus3);
        [
            [add(even[0], odd[0]), add(even[1], odd[1])],
            [sub(add(even_rest[0], im1), im3), sub(even_rest[1], odd_rest_re)],
            [sub(even[0], odd[0]), sub(even[1], odd[1])],
            [sub(add(even_rest[0], im3), im1), add(even_rest[1], odd_rest_re)],
        ]
    }};
}
#[cfg(target_arch = "x86_64")]
pub(super) use butterfly;

/// The powers of lines `k` and `half - k` from values `a = Z[k]` and `b = Z[half - k]` (`[re, im]`) and the
/// turn of line `k`: with `E = a + b*`, `O = (a - b*) turn`, they are `|E + O|^2 / 4` and `|E - O|^2 / 4`.
macro_rules! line_powers {
    ($add:expr, $sub:expr, $mul:expr, $halved:expr, $a:expr, $b:expr, $turn:expr) => {{
        let (add, sub, mul, halved) = ($add, $sub, $mul, $halved);
        let (a, b, turn) = ($a, $b, $turn);
        let even_re = add(b[0], a[0]);
        let (rest_re, rest_im) = (sub(a[0], b[0]), add(a[1], b[1]));
        let (plus, minus) = (mul(rest_re, turn[0]), mul(rest_im, turn[1]));
        let turned_im = add(mul(turn[0], rest_im), mul(rest_re, turn[1]));
        let power = |re, im| add(mul(re, re), mul(im, im));
        [
            power(halved(sub(add(even_re, plus), minus)), halved(add(sub(a[1], b[1]), turned_im))),
            power(halved(sub(add(even_re, minus), plus)), halved(add(sub(b[1], a[1]), turned_im))),
        ]
    }};
}
#[cfg(target_arch = "x86_64")]
pub(super) use line_powers;

/// One step for every machine.
#[inline(always)]
pub(super) fn step(step: &Step, from: &Values, to: &mut Values) {
    let Step { num, group, repeat, twiddles } = step;
    for k in 0..*num {
        let twiddle =
            |power: usize| [twiddles[2 * power - 2][k * repeat], twiddles[2 * power - 1][k * repeat]];
        let w = [twiddle(1), twiddle(2), twiddle(3)];
        for t in 0..*group {
            let value = |row: usize| {
                let at = (4 * k + row) * group + t;
                [from.re[at], from.im[at]]
            };
            let x = [value(0), value(1), value(2), value(3)];
            let joined = butterfly!(|a, b| a + b, |a, b| a - b, |a: f32, b: f32| a * b, x, w);
            for (row, value) in joined.into_iter().enumerate() {
                let at = (k + row * num) * group + t;
                (to.re[at], to.im[at]) = (value[0], value[1]);
            }
        }
    }
}

/// Eight values counted up from the first line, or the eight that mirror them.
type Block<'a> = [&'a [f32; LINES]; 2];

/// Completes the transform with `Z[half] = Z[0]`, computes the middle line, and lays out all other lines in
/// blocks: values from `k` on and the block that ends at `half - k`, turns, and the powers of both.
#[inline(always)]
pub(super) fn line_blocks<'a>(
    plan: &'a FftPlan,
    values: &'a mut Values,
    power: &'a mut [f32],
) -> impl Iterator<Item = (Block<'a>, Block<'a>, Block<'a>, [&'a mut [f32; LINES]; 2])> {
    let (half, middle) = (plan.half, plan.half / 2);
    values.re[half] = values.re[0];
    values.im[half] = values.im[0];
    power[middle] = values.re[middle] * values.re[middle] + values.im[middle] * values.im[middle];
    let (low, high) = power[..=half].split_at_mut(middle + 1);
    let rising = |part: &'a [f32]| part[..middle].as_chunks::<LINES>().0.iter();
    let falling = |part: &'a [f32]| part[middle + 1..].as_chunks::<LINES>().0.iter().rev();
    let a = rising(&values.re).zip(rising(&values.im)).map(|(re, im)| [re, im]);
    let b = falling(&values.re).zip(falling(&values.im)).map(|(re, im)| [re, im]);
    let turns = rising(&plan.turn_re).zip(rising(&plan.turn_im)).map(|(re, im)| [re, im]);
    let low = low[..middle].as_chunks_mut::<LINES>().0.iter_mut();
    let high = high.as_chunks_mut::<LINES>().0.iter_mut().rev();
    let powers = low.zip(high).map(|(low, high)| [low, high]);
    a.zip(b).zip(turns.zip(powers)).map(|((a, b), (turns, powers))| (a, b, turns, powers))
}

/// Powers of the lines `0..=half` of a real signal, from the transform of its even samples (real parts) and
/// odd samples (imaginary parts).
#[inline(always)]
pub(super) fn power_spectrum(plan: &FftPlan, values: &mut Values, power: &mut [f32]) {
    for (a, b, turns, [low, high]) in line_blocks(plan, values, power) {
        for i in 0..LINES {
            let mirrored = LINES - 1 - i;
            let (a, b) = ([a[0][i], a[1][i]], [b[0][mirrored], b[1][mirrored]]);
            let turn = [turns[0][i], turns[1][i]];
            let halved = |x: f32| x * 0.5;
            [low[i], high[mirrored]] =
                line_powers!(|a, b| a + b, |a, b| a - b, |a: f32, b: f32| a * b, halved, a, b, turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_fourier_transform_at_every_size() {
        for size in [128, 256, 512, 1024, 2048, 4096] {
            let half = size / 2;
            let plan = FftPlan::new(size);
            let signal: Vec<f64> =
                (0..size).map(|n| ((n * n * 31 + 7 * n) % 997) as f64 / 500.0 - 1.0).collect();
            let (mut values, mut spare) = (Values::new(half), Values::new(half));
            for i in 0..half {
                (values.re[i], values.im[i]) = (signal[2 * i] as f32, signal[2 * i + 1] as f32);
            }
            let mut power = vec![0.0; half + 1];
            plan.powers(&mut values, &mut spare, &mut power);
            let turns: Vec<(f64, f64)> =
                (0..size).map(|n| (TAU * n as f64 / size as f64).sin_cos()).collect();
            let exact_power = |line: usize| {
                let (mut re, mut im) = (0.0, 0.0);
                for (n, &x) in signal.iter().enumerate() {
                    let (sin, cos) = turns[line * n % size];
                    re += f64::from(x as f32) * cos;
                    im -= f64::from(x as f32) * sin;
                }
                re * re + im * im
            };
            let exact: Vec<f64> = (0..=half).map(exact_power).collect();
            let largest = exact.iter().copied().fold(0.0, f64::max);
            for (line, &power) in power.iter().enumerate() {
                let error = (f64::from(power) - exact[line]).abs();
                assert!(error < 1e-5 * largest, "size {size}, line {line}: {error} of {largest}");
            }
        }
    }
}
