//! Softmax and cross-entropy, stable and in one pass over the classes.

use super::ModelError;
use rayon::prelude::*;

use crate::sparse::{Instructions, Loop, TILE, samples_of_tile, tile_len};

/// `e^x` by a polynomial, within two units in the last place for results that are normal numbers; below -87 the
/// result is that of -87. NaN stays NaN.
///
/// Written out so that it is the same on every platform and runs in vector registers; the coefficients are those
/// of the Cephes library (Moshier).
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const ROUNDER: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    // ln 2 in two parts, so that x - n ln 2 keeps all its bits.
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_2e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 5e-1;
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    (p * r * r + r + 1.0) * power
}

/// Turns the logits of one sample into probabilities, in place. Any non-finite logit makes NaN appear; nothing
/// happens to an empty slice.
pub fn softmax(logits: &mut [f32]) {
    Instructions::best().run_loop(Softmax(logits));
}

struct Softmax<'a>(&'a mut [f32]);

impl Loop for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        softmax_of(self.0);
    }
}

#[inline(always)]
fn softmax_of(logits: &mut [f32]) {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, &z| if z > largest { z } else { largest });
    let mut sum = 0.0;
    for z in logits.iter_mut() {
        *z = exp(*z - largest);
    }
    for &e in logits.iter() {
        sum += e;
    }
    for e in logits.iter_mut() {
        *e /= sum;
    }
}

/// Result of a loss over some samples.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct LossSum {
    /// Sum of the cross-entropies, in nats.
    pub loss: f64,
    /// Samples whose largest logit is that of their label.
    pub num_correct: usize,
}

/// Adds the cross-entropy of logits in tiles to `total`; replaces the logits by the gradient of the mean loss over a batch of
/// `batch` samples, of which these are a part.
///
/// With label smoothing `s` the target is `1 - s + s / classes` for the label and `s / classes` for the others. Of
/// equal largest logits the first class counts as predicted. Samples beyond the batch get gradient 0.
///
/// # Errors
/// A label does not exist, or lengths do not fit.
pub(crate) fn cross_entropy_tiles(
    logits: &mut [f32],
    classes: usize,
    labels: &[u32],
    smoothing: f32,
    batch: usize,
    total: LossSum,
) -> Result<LossSum, ModelError> {
    if let Some(label) = labels.iter().find(|&&label| label as usize >= classes) {
        return Err(ModelError::Input(format!("label {label} does not exist; there are {classes} classes")));
    }
    let factor = 1.0 / batch.max(1) as f32;
    let tiles = logits.par_chunks_exact_mut(tile_len(classes)).enumerate();
    let sums: Vec<LossSum> = tiles
        .map(|(index, tile)| {
            let tile = &mut tile[..classes * TILE];
            let count = samples_of_tile(labels.len(), index);
            let labels = &labels[index * TILE..index * TILE + count];
            Instructions::best().run_loop(TileLoss { tile, classes, labels, smoothing, factor })
        })
        .collect();
    // Added up in the order of the tiles, whichever thread computed them.
    Ok(sums.iter().fold(total, |total, sum| LossSum {
        loss: total.loss + sum.loss,
        num_correct: total.num_correct + sum.num_correct,
    }))
}

/// Loss and gradient of one tile.
struct TileLoss<'a> {
    tile: &'a mut [f32],
    classes: usize,
    labels: &'a [u32],
    smoothing: f32,
    factor: f32,
}

impl Loop for TileLoss<'_> {
    type Output = LossSum;

    #[inline(always)]
    fn run(self) -> LossSum {
        cross_entropy_tile(self.tile, self.classes, self.labels, self.smoothing, self.factor)
    }
}

#[inline(always)]
fn cross_entropy_tile(
    tile: &mut [f32],
    classes: usize,
    labels: &[u32],
    smoothing: f32,
    factor: f32,
) -> LossSum {
    let mut largest = [f32::NEG_INFINITY; TILE];
    let mut predicted = [0u32; TILE];
    let mut logit_sum = [0.0f32; TILE];
    for (class, row) in tile.as_chunks::<TILE>().0.iter().enumerate() {
        for lane in 0..TILE {
            let is_larger = row[lane] > largest[lane];
            largest[lane] = if is_larger { row[lane] } else { largest[lane] };
            predicted[lane] = if is_larger { class as u32 } else { predicted[lane] };
            logit_sum[lane] += row[lane];
        }
    }
    let spread = smoothing / classes as f32;
    let mut sums = LossSum::default();
    let mut label_logit = [0.0f32; TILE];
    for (lane, &label) in labels.iter().enumerate() {
        label_logit[lane] = tile[label as usize * TILE + lane];
        sums.num_correct += usize::from(predicted[lane] == label);
    }
    let mut exp_sum = [0.0f32; TILE];
    for row in tile.as_chunks_mut::<TILE>().0 {
        for lane in 0..TILE {
            row[lane] = exp(row[lane] - largest[lane]);
            exp_sum[lane] += row[lane];
        }
    }
    let mut scale = [0.0f32; TILE];
    for lane in 0..labels.len() {
        scale[lane] = factor / exp_sum[lane];
        let log_sum = f64::from(exp_sum[lane]).ln() + f64::from(largest[lane]);
        let target = f64::from(1.0 - smoothing) * f64::from(label_logit[lane])
            + f64::from(spread) * f64::from(logit_sum[lane]);
        sums.loss += log_sum - target;
    }
    let mut shift = [0.0f32; TILE];
    shift[..labels.len()].fill(spread * factor);
    for row in tile.as_chunks_mut::<TILE>().0 {
        for lane in 0..TILE {
            // Samples beyond the batch may hold anything, infinities included: select, do not multiply.
            row[lane] = if scale[lane] == 0.0 { 0.0 } else { row[lane] * scale[lane] - shift[lane] };
        }
    }
    for (lane, &label) in labels.iter().enumerate() {
        tile[label as usize * TILE + lane] -= (1.0 - smoothing) * factor;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sparse::{rows_from_tiles, tiles_from_rows, tiles_len};

    #[test]
    fn exp_is_close_to_the_library() {
        for i in -8700..=8800 {
            let x = i as f32 / 100.0;
            let (found, wanted) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((found / wanted - 1.0).abs() < 3e-7, "{x}: {found} {wanted}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::NAN).is_nan() && exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn softmax_sums_to_one_and_shows_what_is_not_a_number() {
        let mut scores = [1000.0, 999.0, -1000.0];
        softmax(&mut scores);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6 && scores[0] > scores[1]);
        for bad in [f32::NAN, f32::INFINITY] {
            let mut scores = [0.0, bad, 1.0];
            softmax(&mut scores);
            assert!(scores.iter().any(|score| score.is_nan()));
        }
        softmax(&mut []);
    }

    fn loss_and_gradient(
        rows: &[f32],
        classes: usize,
        labels: &[u32],
        smoothing: f32,
    ) -> (f64, usize, Vec<f32>) {
        let mut tiles = vec![0.0; tiles_len(labels.len(), classes)];
        tiles_from_rows(rows, classes, &mut tiles);
        let sums =
            cross_entropy_tiles(&mut tiles, classes, labels, smoothing, labels.len(), LossSum::default())
                .unwrap();
        let mut gradient = vec![0.0; rows.len()];
        rows_from_tiles(&tiles, classes, &mut gradient);
        (sums.loss / labels.len() as f64, sums.num_correct, gradient)
    }

    #[test]
    fn gradient_is_the_slope_of_the_loss() {
        let (classes, batch) = (5, 70);
        let mut random = crate::sparse::random::Random::new(3);
        let rows: Vec<f32> = (0..classes * batch).map(|_| random.unit() as f32 * 6.0 - 3.0).collect();
        let labels: Vec<u32> = (0..batch).map(|_| random.below(classes as u64) as u32).collect();
        for smoothing in [0.0, 0.1] {
            let (_, _, gradient) = loss_and_gradient(&rows, classes, &labels, smoothing);
            for index in [0, 7, 123, 349] {
                let at = |step: f32| {
                    let mut moved = rows.clone();
                    moved[index] += step;
                    loss_and_gradient(&moved, classes, &labels, smoothing).0
                };
                let slope = (at(0.01) - at(-0.01)) / 0.02;
                assert!((slope - f64::from(gradient[index])).abs() < 1e-5, "{slope} {}", gradient[index]);
            }
        }
    }

    #[test]
    fn loss_by_hand_and_padding_without_gradient() {
        let (loss, correct, _) = loss_and_gradient(&[0.0, 0.0, 3.0, 1.0], 2, &[1, 0], 0.0);
        let wanted = (2f64.ln() + (1.0 + (-2f64).exp()).ln()) / 2.0;
        assert!((loss - wanted).abs() < 1e-6);
        assert_eq!(correct, 1);
        let mut tiles = vec![7.0; tiles_len(1, 2)];
        cross_entropy_tiles(&mut tiles, 2, &[0], 0.1, 1, LossSum::default()).unwrap();
        assert_eq!(tiles[..2 * TILE].iter().filter(|&&value| value != 0.0).count(), 2);
        assert!(cross_entropy_tiles(&mut tiles, 2, &[2], 0.0, 1, LossSum::default()).is_err());
    }

    #[test]
    fn a_logit_that_is_not_a_number_shows_in_the_loss() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let (loss, _, _) = loss_and_gradient(&[0.0, bad, 1.0], 3, &[0], 0.0);
            assert!(!loss.is_finite() || bad == f32::NEG_INFINITY, "{bad}");
        }
    }
}
