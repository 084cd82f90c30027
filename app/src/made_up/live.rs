//! Made-up streams.

use std::sync::Arc;

use engine::look::Method;
use engine::protocol::{DeviceRow, DevicesView, Grid, LiveDetection, LiveModel, LiveView, ModelSource, Tape};
use engine::settings::{Config, OneOrMany};

use super::{Dice, network};

const LABELS: [&str; 12] =
    ["silence", "unknown", "yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"];

/// Words said on the stream: when, which.
const SAID: [(f64, usize); 5] = [(1.2, 6), (3.1, 2), (5.4, 11), (7.0, 10), (8.9, 7)];

/// Two devices.
pub fn devices() -> DevicesView {
    let device = |id: &str, name: &str, is_default, formats: &[&str]| DeviceRow {
        id: id.into(),
        name: name.into(),
        is_default,
        formats: formats.iter().map(|format| (*format).to_string()).collect(),
    };
    DevicesView {
        devices: vec![
            device(
                "default",
                "Default microphone",
                true,
                &["48 kHz, 2 channels, f32", "44.1 kHz, 2 channels, i16"],
            ),
            device("hw:1", "USB headset", false, &["16 kHz, 1 channel, i16"]),
        ],
        listing: false,
        message: String::new(),
    }
}

fn model(
    source: ModelSource,
    [name, title]: [&str; 2],
    config: &Config,
    certainty: f64,
    micros: f64,
) -> LiveModel {
    let mut dice = Dice::new(micros as u64);
    let times_secs: Vec<f64> = (0..100).map(|index| f64::from(index) * 0.1 + 0.5).collect();
    let mut values = Vec::new();
    for time in &times_secs {
        let mut scores = [0.01f64; 12];
        scores[0] = 0.75 + 0.1 * dice.roll();
        scores[1] = 0.08 * dice.roll();
        for (at, word) in SAID {
            let nearness = (-((time - at - 0.4) / 0.25).powi(2)).exp();
            scores[word] = f64::max(scores[word], certainty * nearness);
            scores[0] *= 1.0 - 0.95 * nearness;
        }
        let total: f64 = scores.iter().sum::<f64>().max(1.0);
        values.extend(scores.map(|score| (score / total) as f32));
    }
    let bits = network::bits(config);
    LiveModel {
        source,
        name: name.into(),
        title: title.into(),
        method: Method::of(config),
        bits,
        macs: bits.weights / u64::from(config.quant.weight_bits),
        is_integer: config.quant.weight_bits <= 16,
        decision_micros: micros,
        labels: LABELS.map(String::from).to_vec(),
        posteriors: Grid { rows: times_secs.len(), cols: 12, values },
        times_secs,
    }
}

/// Ten seconds into a stream with two models.
pub fn listening() -> LiveView {
    let mut dense = Config::default();
    dense.sparsity.drop = OneOrMany::One(0.0);
    dense.quant.weight_bits = 32;
    let models = vec![
        model(ModelSource::BuiltInDense, ["dense (built in)", "Dense, float"], &dense, 0.97, 21.0),
        model(
            ModelSource::BuiltInCompressed,
            ["cgs-64-75-b", "CGS b = 64, p = 75\u{2009}%, 5 × 8 bit"],
            &Config::default(),
            0.88,
            4.1,
        ),
    ];
    let mut dice = Dice::new(2);
    let (rows, cols) = (1000, 23);
    let mut values = Vec::with_capacity(rows * cols);
    for row in 0..rows {
        let time = row as f64 * 0.01 + 0.5;
        for col in 0..cols {
            let loudness: f64 = SAID
                .iter()
                .map(|(at, word)| {
                    let formant = 4.0 + *word as f64 + 3.0 * ((time - at) * 6.0).sin();
                    let in_time = (-((time - at) / 0.22).powi(2)).exp();
                    in_time * (0.5 + 0.5 * (-((col as f64 - formant) / 3.0).powi(2)).exp())
                })
                .sum();
            values.push((6.0 + 2.0 * dice.roll() + 12.0 * loudness) as f32);
        }
    }
    let detections = SAID.iter().flat_map(|(at, word)| {
        [(0, 0.93), (1, 0.84)].map(|(model, score)| LiveDetection {
            model,
            time_secs: at + 0.45,
            word: LABELS[*word].into(),
            score,
        })
    });
    LiveView {
        listening: true,
        source: "Default microphone, 48 kHz, 2 channels, f32".into(),
        position_secs: 10.5,
        length_secs: None,
        peak: 0.62,
        rms: 0.11,
        clipped_secs_ago: None,
        lost_samples: 0,
        failure: String::new(),
        hint: String::new(),
        spectrogram: Grid { rows, cols, values },
        filters_hz: (1..=cols).map(|filter| 700.0 * ((filter as f32 * 0.105).exp() - 1.0)).collect(),
        frame_shift_secs: 0.01,
        models,
        detections: detections.collect(),
        is_muted: false,
        silence_reason: String::new(),
        tape: None,
    }
}

/// The same stream after it was stopped.
pub fn listened() -> LiveView {
    let live = listening();
    let num_samples = (live.position_secs * 16_000.0) as usize;
    let loud = |n: usize| {
        let time = n as f64 / 16_000.0;
        SAID.iter().map(|(at, _)| (-((time - at) / 0.22).powi(2)).exp()).fold(0.01, f64::max)
    };
    let samples = (0..num_samples).map(|n| (0.5 * loud(n) * (n as f64 * 0.3).sin()) as f32).collect();
    LiveView { listening: false, tape: Some(Arc::new(Tape { start_secs: 0.0, samples })), ..live }
}
