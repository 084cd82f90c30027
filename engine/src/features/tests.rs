//! The guarantees of the module, across its parts.

use proptest::prelude::*;

use super::frame::FramePlan;
use super::*;
use crate::settings::{FeatureConfig, FeatureKind, Placement, WindowKind};

/// Noise with a loud stretch, repeatable.
fn clip(num_samples: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2) + 1;
    (0..num_samples)
        .map(|n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
            let loudness = if (n / 1_600) % 5 == (seed % 5) as usize { 0.4 } else { 0.02 };
            noise * loudness + (n as f32 * 0.05).sin() * loudness
        })
        .collect()
}

fn configs() -> Vec<FeatureConfig> {
    let base = FeatureConfig::default();
    vec![
        base.clone(),
        FeatureConfig {
            kind: FeatureKind::Logmel,
            num_mel: 40,
            placement: Placement::Spread,
            ..base.clone()
        },
        FeatureConfig { use_energy: true, placement: Placement::Centre, mean_norm: false, ..base.clone() },
        FeatureConfig { kind: FeatureKind::Logmel, use_energy: true, raw_energy: false, ..base.clone() },
        FeatureConfig { frame_length_ms: 32.0, frame_shift_ms: 20.0, num_frames: 20, ..base.clone() },
        FeatureConfig {
            frame_length_ms: 10.0,
            frame_shift_ms: 50.0,
            num_frames: 7,
            num_mel: 12,
            num_ceps: 12,
            ..base.clone()
        },
        FeatureConfig {
            frame_length_ms: 50.3,
            num_mel: 64,
            num_ceps: 40,
            window: WindowKind::Hamming,
            ..base
        },
    ]
}

#[test]
fn the_default_front_end_gives_403_inputs() {
    let front_end = FrontEnd::new(&FeatureConfig::default()).unwrap();
    assert_eq!(front_end.num_inputs(), 403);
    assert_eq!((front_end.num_frames(), front_end.num_coefs()), (31, 13));
    assert_eq!(front_end.second_frames(), 98);
    assert_eq!((front_end.frame_length_samples(), front_end.frame_shift_samples()), (400, 160));
}

#[test]
fn wide_and_plain_loops_give_the_same_bits() {
    for config in configs() {
        let fast = FramePlan::new(&config).unwrap();
        let plain = FramePlan::new(&config).unwrap().with_plain_loops();
        let (mut a, mut b) = (vec![0.0; fast.num_coefs], vec![0.0; fast.num_coefs]);
        let (mut scratch_a, mut scratch_b) = (fast.scratch(), plain.scratch());
        for seed in 0..20 {
            let frame = clip(fast.frame_length, seed);
            let energies =
                (fast.compute(&frame, &mut scratch_a, &mut a), plain.compute(&frame, &mut scratch_b, &mut b));
            assert_eq!(a, b);
            assert_eq!(energies.0, energies.1);
        }
    }
}

#[test]
fn a_frame_is_that_of_a_plain_transform() {
    // Discrete Fourier transform by its definition, in double precision.
    let config = FeatureConfig {
        kind: FeatureKind::Logmel,
        preemphasis: 0.0,
        window: WindowKind::Rectangular,
        ..FeatureConfig::default()
    };
    let plan = FramePlan::new(&config).unwrap();
    let frame = clip(400, 3);
    let (mut scratch, mut coefs) = (plan.scratch(), vec![0.0; 23]);
    plan.compute(&frame, &mut scratch, &mut coefs);
    let mean = frame.iter().map(|&x| f64::from(x)).sum::<f64>() / 400.0;
    let power: Vec<f64> = (0..256)
        .map(|k| {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, &x) in frame.iter().enumerate() {
                let (sin, cos) = (std::f64::consts::TAU * (k * n) as f64 / 512.0).sin_cos();
                let x = (f64::from(x) - mean) * 32_768.0;
                re += x * cos;
                im -= x * sin;
            }
            re * re + im * im
        })
        .collect();
    let bank = tables::MelBank::new(&config, 512).unwrap();
    for (filter, coef) in bank.filters.iter().zip(coefs) {
        let weights = &bank.weights[filter.start..filter.start + filter.len];
        let lines = power[filter.first_line..].iter().chain(std::iter::repeat(&0.0));
        let energy: f64 = lines.zip(weights).map(|(p, &w)| p * f64::from(w)).sum();
        assert!((energy.ln() - f64::from(coef)).abs() < 1e-4, "{} {coef}", energy.ln());
    }
}

#[test]
fn logarithms_are_exact_to_a_few_units() {
    let mut x = LOG_FLOOR;
    while x < 1e15 {
        let mut value = [x];
        kernel::floored_ln(&mut value);
        let exact = f64::from(x).ln();
        assert!(
            (f64::from(value[0]) - exact).abs() <= 4e-7 * exact.abs().max(1.0),
            "{x}: {} {exact}",
            value[0]
        );
        x *= 1.000_37;
    }
    let mut low = [0.0, -1.0, f32::MIN_POSITIVE];
    kernel::floored_ln(&mut low);
    assert!(low.iter().all(|&y| (y - LOG_FLOOR.ln()).abs() < 1e-5), "{low:?}");
}

#[test]
fn silence_and_full_scale_stay_finite() {
    for config in configs() {
        let front_end = FrontEnd::new(&config).unwrap();
        let mut scratch = front_end.scratch();
        let mut input = vec![0.0; front_end.num_inputs()];
        let square: Vec<f32> = (0..16_000).map(|n| if n / 8 % 2 == 0 { 1.0 } else { -1.0 }).collect();
        for clip in [vec![], vec![0.0; 16_000], vec![1.0; 16_000], square] {
            front_end.input(&clip, &mut scratch, &mut input);
            assert!(input.iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn short_recordings_have_no_frames() {
    let front_end = FrontEnd::new(&FeatureConfig::default()).unwrap();
    assert_eq!(front_end.frames(&[]).num_frames, 0);
    assert_eq!(front_end.frames(&[0.1; 399]).num_frames, 0);
    assert_eq!(front_end.frames(&[0.1; 400]).num_frames, 1);
    assert_eq!(front_end.frames(&[0.1; 16_000]).num_frames, 98);
}

#[test]
fn inputs_follow_from_the_frames_of_the_recording() {
    for config in configs() {
        let front_end = FrontEnd::new(&config).unwrap();
        let mut input = vec![0.0; front_end.num_inputs()];
        let second = clip(16_000, 4);
        front_end.input(&second, &mut front_end.scratch(), &mut input);
        assert_eq!(front_end.input_frames(&front_end.frames(&second)), Some(input.clone()));
        if config.mean_norm {
            let mean: f32 = input.iter().step_by(front_end.num_coefs()).sum();
            assert!(mean.abs() < 1e-2, "{mean}");
        }
    }
}

#[test]
fn the_loudest_placement_finds_the_word() {
    let front_end = FrontEnd::new(&FeatureConfig { mean_norm: false, ..FeatureConfig::default() }).unwrap();
    let mut second = vec![0.0f32; 16_000];
    for (n, x) in second.iter_mut().enumerate() {
        *x = (n as f32 * 0.3).sin() * if (9_600..12_800).contains(&n) { 0.3 } else { 0.001 };
    }
    let mut input = vec![0.0; 403];
    front_end.input(&second, &mut front_end.scratch(), &mut input);
    let frames = front_end.frames(&second);
    let start = frames.rows().position(|row| row == &input[..13]).unwrap();
    assert!((51..=58).contains(&start), "{start}");
}

#[test]
fn bad_settings_are_refused_with_the_way_out() {
    let refused = |change: fn(&mut FeatureConfig)| {
        let mut config = FeatureConfig::default();
        change(&mut config);
        FrontEnd::new(&config).unwrap_err().to_string()
    };
    assert!(refused(|c| c.num_frames = 99).contains("98 frames"));
    assert!(refused(|c| c.num_ceps = 24).contains("features.num_ceps"));
    assert!(refused(|c| c.num_mel = 128).contains("features.num_mel"));
    assert!(refused(|c| c.frame_shift_ms = 0.0).contains("frame_shift_ms"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn a_stream_gives_the_bits_of_the_recording(
        which in 0usize..7,
        seed in 0u64..1000,
        chunks in prop::collection::vec(1usize..6_000, 4..14),
    ) {
        let front_end = FrontEnd::new(&configs()[which]).unwrap();
        let num: usize = chunks.iter().sum::<usize>().max(17_000);
        let recording = clip(num, seed);
        let frames = front_end.frames(&recording);
        let (mut stream, mut rest) = (InputStream::new(&front_end), &recording[..]);
        let mut scratch = front_end.scratch();
        let (mut live, mut whole) = (vec![0.0; front_end.num_inputs()], vec![0.0; front_end.num_inputs()]);
        let shift = front_end.frame_shift_samples();
        for size in chunks.into_iter().chain([num]) {
            let (now, later) = rest.split_at(size.min(rest.len()));
            rest = later;
            stream.buffer(now);
            while let Some(frame) = stream.advance() {
                let index = frame.index as usize;
                prop_assert_eq!(frame.coefs, frames.rows().nth(index).unwrap());
                prop_assert_eq!(frame.energy, frames.energies[index]);
                let is_full = stream.input(&mut live);
                prop_assert_eq!(is_full, index + 1 >= front_end.second_frames());
                let start = (index + 1).saturating_sub(front_end.second_frames()) * shift;
                if is_full && index.is_multiple_of(7) && start + 16_000 <= recording.len() {
                    front_end.input(&recording[start..start + 16_000], &mut scratch, &mut whole);
                    prop_assert_eq!(&live, &whole);
                }
            }
        }
        prop_assert_eq!(stream.frames_ready() as usize, frames.num_frames);
        stream.reset();
        prop_assert!(!stream.input(&mut live));
    }
}
