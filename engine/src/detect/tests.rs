use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::*;
use crate::audio::SAMPLE_RATE_HZ;
use crate::features::{FrontEnd, Normaliser};
use crate::model::{LayerWeights, Network, NetworkPlan, StoredModel};
use crate::settings::{Config, DetectConfig, FeatureConfig, FeatureKind, OneOrMany, Placement};

const SECOND: usize = SAMPLE_RATE_HZ as usize;

/// One decision, copied out of the stream.
#[derive(Debug, Clone, PartialEq)]
struct Copied {
    model: usize,
    position_samples: u64,
    posteriors: Vec<f32>,
    smoothed: Vec<f32>,
    detection: Option<Detection>,
}

fn config(placement: Placement, kind: FeatureKind) -> Config {
    let mut config = Config::default();
    config.features.placement = placement;
    config.features.kind = kind;
    config.model.hidden = vec![48, 32];
    config.sparsity.block = OneOrMany::One(8);
    config.sparsity.drop = OneOrMany::One(0.5);
    config
}

/// A model with random weights and a normaliser that moves every input.
fn model(config: &Config, seed: u64) -> StoredModel {
    let plan = NetworkPlan::from_config(config).unwrap();
    let mut network = Network::new(&plan, seed).unwrap();
    let weights: Vec<LayerWeights> = network
        .weights()
        .unwrap()
        .into_iter()
        .map(|mut layer| {
            layer
                .bias
                .iter_mut()
                .enumerate()
                .for_each(|(index, bias)| *bias = (index as f32 * 0.7).sin() * 0.3);
            layer
        })
        .collect();
    network = Network::with_weights(&plan, weights).unwrap();
    let num_inputs = plan.num_inputs();
    let normaliser = Normaliser {
        mean: (0..num_inputs).map(|index| (index as f32).cos()).collect(),
        inv_std: (0..num_inputs).map(|index| 0.1 + 0.05 * (index % 7) as f32).collect(),
    };
    let labels =
        ["silence", "unknown"].map(String::from).into_iter().chain(config.data.words.clone()).collect();
    StoredModel::new(&network, config, labels, normaliser).unwrap()
}

/// Bursts of noisy tones between pauses, different in every second.
fn speech_like(num_samples: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    (0..num_samples)
        .map(|n| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let noise = state as f32 / u32::MAX as f32 - 0.5;
            let second = n / SECOND;
            let phase = (n % SECOND) as f32 / SECOND as f32;
            let swell = (-(phase - 0.3 - 0.1 * (second % 4) as f32).powi(2) * 80.0).exp();
            let tone = (n as f32 * (0.05 + 0.03 * (second % 7) as f32)).sin();
            0.001 * noise + swell * (0.4 * tone + 0.1 * noise)
        })
        .collect()
}

fn listen(models: &[StoredModel], detect: &DetectConfig, chunks: &[&[f32]]) -> (Vec<Copied>, Vec<f32>) {
    let streams = models.iter().map(|model| StreamModel::from_stored(model).unwrap()).collect();
    let mut recogniser = StreamingRecogniser::new(streams, detect).unwrap();
    let (mut decisions, mut frames) = (Vec::new(), Vec::new());
    for chunk in chunks {
        recogniser.push(chunk, |heard| match heard {
            Heard::Frame(log_mel) => frames.extend_from_slice(log_mel),
            Heard::Decision(decision) => decisions.push(Copied {
                model: decision.model,
                position_samples: decision.position_samples,
                posteriors: decision.posteriors.to_vec(),
                smoothed: decision.smoothed.to_vec(),
                detection: decision.detection,
            }),
        });
    }
    (decisions, frames)
}

/// `y = (x - mean) * inv_std`, row by row.
fn normalise(model: &StoredModel, inputs: &mut [f32]) {
    let factors = model.normaliser.mean.iter().zip(&model.normaliser.inv_std);
    for (value, (mean, inv_std)) in inputs.iter_mut().zip(factors.cycle()) {
        *value = (*value - mean) * inv_std;
    }
}

/// What file evaluation gives: inputs of all clips in one batch.
fn evaluated(model: &StoredModel, clips: &[&[f32]]) -> Vec<Vec<f32>> {
    let front_end = FrontEnd::new(&model.config.features).unwrap();
    let num_inputs = front_end.num_inputs();
    let mut scratch = front_end.scratch();
    let mut inputs = vec![0.0; clips.len() * num_inputs];
    for (clip, row) in clips.iter().zip(inputs.chunks_exact_mut(num_inputs)) {
        front_end.input(clip, &mut scratch, row);
    }
    normalise(model, &mut inputs);
    let mut scores = vec![0.0; clips.len() * model.labels.len()];
    model.predictor().unwrap().predict(&inputs, &mut scores).unwrap();
    scores.chunks_exact(model.labels.len()).map(<[f32]>::to_vec).collect()
}

#[test]
fn the_stream_gives_each_second_the_score_of_file_evaluation_to_the_bit() {
    let stream = speech_like(12 * SECOND, 7);
    let clips: Vec<&[f32]> = stream.chunks_exact(SECOND).collect();
    for placement in [Placement::Loudest, Placement::Centre, Placement::Spread] {
        for kind in [FeatureKind::Mfcc, FeatureKind::Logmel] {
            let model = model(&config(placement, kind), 3);
            let expected = evaluated(&model, &clips);
            let (decisions, _) = listen(std::slice::from_ref(&model), &DetectConfig::default(), &[&stream]);
            assert_eq!(decisions.len(), 111);
            for (index, expected) in expected.iter().enumerate() {
                let end = ((index + 1) * SECOND) as u64;
                let decision = decisions.iter().find(|decision| decision.position_samples == end).unwrap();
                assert_eq!(&decision.posteriors, expected, "{placement:?} {kind:?}, second {index}");
            }
            assert_ne!(expected[0], expected[1], "a test that cannot fail is a defect");
        }
    }
}

#[test]
fn windows_between_whole_seconds_are_those_of_their_samples() {
    let stream = speech_like(3 * SECOND, 9);
    let model = model(&config(Placement::Loudest, FeatureKind::Mfcc), 4);
    let (decisions, _) = listen(std::slice::from_ref(&model), &DetectConfig::default(), &[&stream]);
    for decision in &decisions {
        let end = decision.position_samples as usize;
        let expected = evaluated(&model, &[&stream[end - SECOND..end]]);
        assert_eq!(decision.posteriors, expected[0], "window that ends at sample {end}");
    }
}

#[test]
fn models_with_equal_front_ends_share_features_and_are_scored_as_if_alone() {
    let stream = speech_like(4 * SECOND, 1);
    let (dense, sparse) = (
        model(&config(Placement::Loudest, FeatureKind::Mfcc), 1),
        model(&config(Placement::Loudest, FeatureKind::Mfcc), 2),
    );
    let other = model(&config(Placement::Spread, FeatureKind::Logmel), 3);
    let models = [dense, other, sparse];
    let streams = models.iter().map(|model| StreamModel::from_stored(model).unwrap()).collect();
    assert_eq!(StreamingRecogniser::new(streams, &DetectConfig::default()).unwrap().num_feeds(), 2);
    let (together, _) = listen(&models, &DetectConfig::default(), &[&stream]);
    for (index, model) in models.iter().enumerate() {
        let (alone, _) = listen(std::slice::from_ref(model), &DetectConfig::default(), &[&stream]);
        let mut of_model: Vec<_> =
            together.iter().filter(|decision| decision.model == index).cloned().collect();
        of_model.iter_mut().for_each(|decision| decision.model = 0);
        assert_eq!(of_model, alone);
    }
}

#[test]
fn decisions_are_due_at_every_hop_after_the_first_second() {
    let stream = speech_like(2 * SECOND, 5);
    let model = model(&config(Placement::Loudest, FeatureKind::Mfcc), 4);
    for (hop_ms, expected) in
        [(100.0, 1600), (250.0, 4000), (10.0, 160), (14.0, 160), (1.0, 160), (1000.0, 16_000)]
    {
        let detect = DetectConfig { hop_ms, ..DetectConfig::default() };
        let (decisions, _) = listen(std::slice::from_ref(&model), &detect, &[&stream]);
        let positions: Vec<_> = decisions.iter().map(|decision| decision.position_samples).collect();
        let due: Vec<_> = (SECOND as u64..=2 * SECOND as u64).step_by(expected).collect();
        assert_eq!(positions, due, "{hop_ms} ms");
    }
}

#[test]
fn less_than_a_second_decides_nothing_and_no_model_still_shows_frames() {
    let stream = speech_like(SECOND - 1000, 5);
    let model = model(&config(Placement::Loudest, FeatureKind::Mfcc), 4);
    assert_eq!(listen(&[model], &DetectConfig::default(), &[&stream]).0, []);
    let (decisions, frames) = listen(&[], &DetectConfig::default(), &[&stream]);
    assert!(decisions.is_empty());
    assert_eq!(frames.len() % Config::default().features.num_mel, 0);
    assert!(!frames.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn cutting_the_stream_changes_nothing(cuts in prop::collection::vec(1usize..9_000, 1..24)) {
        let stream = speech_like(3 * SECOND, 11);
        let models = [
            model(&config(Placement::Loudest, FeatureKind::Mfcc), 1),
            model(&config(Placement::Loudest, FeatureKind::Mfcc), 2),
        ];
        let detect = DetectConfig { threshold: 0.2, ..DetectConfig::default() };
        let whole = listen(&models, &detect, &[&stream]);
        let (mut chunks, mut rest) = (Vec::new(), &stream[..]);
        for cut in cuts {
            let (chunk, left) = rest.split_at(cut.min(rest.len()));
            chunks.push(chunk);
            rest = left;
        }
        chunks.push(rest);
        prop_assert!(whole.0.iter().any(|decision| decision.detection.is_some()));
        prop_assert_eq!(listen(&models, &detect, &chunks), whole);
    }
}

/// Notes when it is asked.
struct Noting {
    name: usize,
    asked: Arc<Mutex<Vec<usize>>>,
}

impl Scorer for Noting {
    fn score(&mut self, _input: &[f32], posteriors: &mut [f32]) {
        self.asked.lock().unwrap().push(self.name);
        posteriors.fill(self.name as f32);
    }
}

#[test]
fn models_take_turns_at_being_first_and_are_told_in_their_order() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let models = (0..2).map(|name| StreamModel {
        features: FeatureConfig::default(),
        labels: vec!["silence".into(), "yes".into()],
        scorer: Box::new(Noting { name, asked: Arc::clone(&asked) }),
    });
    let mut recogniser = StreamingRecogniser::new(models.collect(), &DetectConfig::default()).unwrap();
    let mut told = Vec::new();
    recogniser.push(&speech_like(SECOND + SECOND / 4, 1), |heard| {
        if let Heard::Decision(decision) = heard {
            assert_eq!(decision.posteriors, [decision.model as f32; 2]);
            assert!(decision.network_micros >= 0.0);
            told.push(decision.model);
        }
    });
    assert_eq!(asked.lock().unwrap()[..6], [0, 1, 1, 0, 0, 1]);
    assert_eq!(told[..6], [0, 1, 0, 1, 0, 1]);
}
