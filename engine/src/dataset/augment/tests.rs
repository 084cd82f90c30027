use std::f64::consts::TAU;

use super::*;

fn variation(speed: f64, shift_samples: f64) -> Variation {
    Variation { speed, shift_samples, gain: 1.0, noise_volume: 0.0 }
}

fn placed(clip: &[f32], variation: &Variation) -> Vec<f32> {
    let mut out = Vec::new();
    place_clip(clip, variation, &mut out);
    assert_eq!(out.len(), CLIP_SAMPLES);
    out
}

fn tone(num_samples: usize, hz: f64) -> Vec<f32> {
    (0..num_samples).map(|i| (TAU * hz * i as f64 / f64::from(SAMPLE_RATE_HZ)).sin() as f32).collect()
}

#[test]
fn without_variation_a_second_is_untouched_and_a_shorter_clip_is_centred() {
    let clip = tone(CLIP_SAMPLES, 440.0);
    assert_eq!(placed(&clip, &variation(1.0, 0.0)), clip);
    let short = placed(&clip[..10_001], &variation(1.0, 0.0));
    assert_eq!(short[2_999..13_000], clip[..10_001]);
    assert!(short[..2_999].iter().chain(&short[13_000..]).all(|&x| x == 0.0));
    assert_eq!(placed(&[], &variation(1.0, 0.0)), vec![0.0; CLIP_SAMPLES]);
    assert_eq!(placed(&[], &variation(1.1, 5.0)), vec![0.0; CLIP_SAMPLES]);
}

#[test]
fn a_shift_moves_to_the_right_and_fills_with_silence() {
    let clip = tone(CLIP_SAMPLES, 440.0);
    let later = placed(&clip, &variation(1.0, 100.0));
    assert!(later[..100].iter().all(|&x| x == 0.0));
    assert_eq!(later[100..], clip[..CLIP_SAMPLES - 100]);
    let earlier = placed(&clip, &variation(1.0, -100.0));
    assert_eq!(earlier[..CLIP_SAMPLES - 100], clip[100..]);
}

#[test]
fn speed_changes_pitch_and_keeps_the_middle() {
    let (hz, speed) = (500.0, 1.1);
    let fast = placed(&tone(CLIP_SAMPLES, hz), &variation(speed, 0.0));
    // In the middle the phase agrees; from there the tone is `speed` times higher.
    let expected = |i: usize| {
        let from_middle = (i as f64 - 8000.0) * speed + 8000.0;
        (TAU * hz * from_middle / f64::from(SAMPLE_RATE_HZ)).sin() as f32
    };
    for (i, &got) in fast.iter().enumerate().skip(1000).take(14_000) {
        assert!((got - expected(i)).abs() < 2e-3, "sample {i}: {got} {}", expected(i));
    }
    assert!(fast[..700].iter().all(|&x| x == 0.0), "a faster clip leaves silence beside it");
    let slow = placed(&tone(CLIP_SAMPLES, hz), &variation(0.9, 0.0));
    assert!(slow[0] != 0.0 && slow[CLIP_SAMPLES - 1] != 0.0, "a slower clip fills the second");
}

#[test]
fn interpolation_checks_nothing_away_at_the_edges() {
    // Against a plain version that looks at every neighbour.
    let clip: Vec<f32> = (0..300).map(|i| ((i * 7919) % 101) as f32 / 50.0 - 1.0).collect();
    for (first, speed) in [(-20.3, 0.91), (0.0, 1.07), (250.7, 1.5), (-400.0, 0.5), (299.2, 0.6), (2.0, 0.5)]
    {
        let mut out = vec![0.0; 400];
        interpolate(&clip, first, speed, 2.0, &mut out);
        for (i, &got) in out.iter().enumerate() {
            let at = first + i as f64 * speed;
            let tap = |offset: i64| {
                let index = at.floor() as i64 + offset;
                if (0..300).contains(&index) { clip[index as usize] } else { 0.0 }
            };
            let expected = 2.0 * cubic([tap(-1), tap(0), tap(1), tap(2)], (at - at.floor()) as f32);
            // Positions are held to 24 bits behind the point.
            assert!(
                (got - expected).abs() < 1e-5,
                "first {first} speed {speed} sample {i}: {got} {expected}"
            );
        }
    }
}

#[test]
fn the_loudest_second_of_a_long_clip_is_found() {
    let mut clip = vec![0.01; 5 * CLIP_SAMPLES];
    clip[2 * CLIP_SAMPLES + 320..3 * CLIP_SAMPLES + 320].fill(0.5);
    assert_eq!(loudest_second(&clip), 2 * CLIP_SAMPLES + 320);
    assert_eq!(placed(&clip, &variation(1.0, 0.0)), vec![0.5; CLIP_SAMPLES]);
    assert_eq!(loudest_second(&clip[..100]), 0);
}

#[test]
fn draws_cover_their_range_and_no_more() {
    let config =
        AugmentConfig { noise_probability: 0.5, noise_volume: 0.1, shift_ms: 50.0, gain_db: 6.0, speed: 0.2 };
    let augmenter = Augmenter::new(&config, 7);
    let drawn: Vec<_> = (0..2000).map(|i| augmenter.draw(&mut Draws::new(&[i]))).collect();
    let range = |value: fn(&Variation) -> f64| {
        drawn.iter().map(value).fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)))
    };
    let (low, high) = range(|drawn| drawn.speed);
    assert!((0.8..0.81).contains(&low) && (1.19..=1.2).contains(&high), "{low} {high}");
    let (low, high) = range(|drawn| drawn.shift_samples);
    assert!((-800.0..-790.0).contains(&low) && (790.0..=800.0).contains(&high), "{low} {high}");
    let (low, high) = range(|drawn| 20.0 * f64::from(drawn.gain).log10());
    assert!((-6.01..-5.9).contains(&low) && (5.9..6.01).contains(&high), "{low} {high}");
    let num_noisy = drawn.iter().filter(|drawn| drawn.noise_volume > 0.0).count();
    assert!((900..1100).contains(&num_noisy), "{num_noisy}");
    assert!(drawn.iter().all(|drawn| drawn.noise_volume <= 0.1));
}
