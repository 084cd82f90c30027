//! What the test program compares with: vectors, codes of normalised values, and made-up sounds with their inputs.

use super::text::{array, float, numbers};
use crate::export::TestVector;
use crate::features::{FrontEnd, Normaliser, SECOND_SAMPLES};
use crate::fixed::ActivationFormat;
use crate::sparse::random::Random;

/// Largest difference of a normalised input from the workbench's that the test program lets pass: compilers that fuse
/// multiply-adds round differently, and a quiet band beside a loud one shows it.
const TOLERANCE: &str = "1e-3";

/// Sounds that the front end is checked on.
const NUM_SOUNDS: usize = 4;

/// Codes and sums of vectors, and the best label of each.
pub(super) fn vectors_text(vectors: &[TestVector]) -> String {
    let rows = |row: &dyn Fn(&TestVector) -> String| {
        vectors.iter().map(|vector| format!("    {{\n{}    }},\n", row(vector))).collect::<String>()
    };
    let best = vectors.iter().map(|vector| best(&vector.outputs));
    format!(
        "#define CG_TEST_VECTORS {}\n\n\
         static const cg_code cg_test_codes[CG_TEST_VECTORS][CG_NUM_INPUTS] = {{\n{}}};\n\n\
         static const cg_sum cg_test_sums[CG_TEST_VECTORS][CG_NUM_OUTPUTS] = {{\n{}}};\n\n\
         {}",
        vectors.len(),
        rows(&|vector| numbers(&vector.inputs)),
        rows(&|vector| numbers(&vector.outputs)),
        array("uint32_t cg_test_best[CG_TEST_VECTORS]", best),
    )
}

/// Index of the largest sum, the first of equals.
fn best(sums: &[i64]) -> usize {
    let better = |best: usize, index: usize| if sums[index] > sums[best] { index } else { best };
    (0..sums.len()).fold(0, better)
}

/// Values at the edges of codes, at and beyond the ends of their range, and random ones, with their codes.
pub(super) fn values_text(format: ActivationFormat) -> String {
    let step = format.step();
    let mut values = vec![0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-38, -1e-38, 3e38, -3e38];
    for code in [format.min_code(), format.min_code() + 1, -2, -1, 0, 1, 2, format.max_code()] {
        for part in [-0.75, -0.5, -0.499, 0.0, 0.25, 0.499, 0.5, 0.75] {
            values.push(((f64::from(code) + part) * step) as f32);
        }
    }
    let mut random = Random::new(2);
    let range = f64::from(format.max_code()) * 1.2 * step;
    values.extend((0..200).map(|_| ((2.0 * random.unit() - 1.0) * range) as f32));
    format!(
        "#define CG_TEST_VALUES {}\n\n{}{}",
        values.len(),
        array(
            "uint32_t cg_test_value_bits[CG_TEST_VALUES]",
            values.iter().map(|value| format!("0x{:08x}u", value.to_bits())),
        ),
        array("int32_t cg_test_value_codes[CG_TEST_VALUES]", values.iter().map(|&value| format.code(value))),
    )
}

/// Sounds and their normalised inputs.
pub(super) fn sounds_text(front_end: &FrontEnd, normaliser: &Normaliser) -> String {
    let sounds: Vec<Vec<i16>> = (0..NUM_SOUNDS).map(sound).collect();
    let mut scratch = front_end.scratch();
    let mut input = vec![0.0; front_end.num_inputs()];
    let mut inputs = String::new();
    for sound in &sounds {
        let samples: Vec<f32> = sound.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
        front_end.input(&samples, &mut scratch, &mut input);
        normaliser.apply(&mut input);
        inputs.push_str(&format!("    {{\n{}    }},\n", numbers(input.iter().map(|&value| float(value)))));
    }
    let sounds: String = sounds.iter().map(|sound| format!("    {{\n{}    }},\n", numbers(sound))).collect();
    format!(
        "#define CG_TEST_SOUNDS {NUM_SOUNDS}\n#define CG_TEST_TOLERANCE {TOLERANCE}\n\n\
         static const int16_t cg_test_sounds[CG_TEST_SOUNDS][CG_SECOND_SAMPLES] = {{\n{sounds}}};\n\n\
         static const float cg_test_inputs[CG_TEST_SOUNDS][CG_NUM_INPUTS] = {{\n{inputs}}};\n\n"
    )
}

/// A second of 16-bit samples: decaying tones over noise, ever later and ever quieter from sound to sound; the first one
/// is clipped, and the last one is silence.
fn sound(index: usize) -> Vec<i16> {
    if index + 1 == NUM_SOUNDS {
        return vec![0; SECOND_SAMPLES];
    }
    let mut random = Random::new(100 + index as u64);
    let start = 1_000 + 4_500 * index;
    let (loud, noise) = ([1.5, 0.2, 0.003][index.min(2)], [0.02, 0.001, 0.0005][index.min(2)]);
    let tones: Vec<(f64, f64)> =
        (0..5).map(|_| (150.0 * 30f64.powf(random.unit()), 2.0 + 20.0 * random.unit())).collect();
    (0..SECOND_SAMPLES)
        .map(|sample| {
            let secs = sample as f64 / SECOND_SAMPLES as f64;
            let since = (sample as f64 - start as f64) / SECOND_SAMPLES as f64;
            let tone = |&(hz, decay): &(f64, f64)| {
                (std::f64::consts::TAU * hz * secs).sin() * (-decay * since).exp() * f64::from(since >= 0.0)
            };
            let value =
                loud * tones.iter().map(tone).sum::<f64>() / 2.0 + noise * (2.0 * random.unit() - 1.0);
            (value * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sounds_are_loud_and_quiet_and_repeatable() {
        let peaks: Vec<i32> = (0..NUM_SOUNDS)
            .map(|index| sound(index).iter().map(|&sample| i32::from(sample).abs()).max().unwrap())
            .collect();
        assert!(peaks[0] >= 32_767 && (1_000..20_000).contains(&peaks[1]), "{peaks:?}");
        assert!((20..500).contains(&peaks[2]) && peaks[3] == 0, "{peaks:?}");
        assert_eq!(sound(1), sound(1));
    }

    #[test]
    fn the_first_of_equal_sums_is_best() {
        assert_eq!([best(&[1, 5, 5, -2]), best(&[-3]), best(&[-3, -3, -1])], [1, 0, 2]);
    }
}
