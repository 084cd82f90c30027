//! From samples to decisions: features, network and detector in one stream.

use std::time::Instant;

use super::detector::{Detection, Detector, WINDOW_SAMPLES};
use crate::audio::SAMPLE_RATE_HZ;
use crate::features::{FeatureError, FrontEnd, InputStream};
use crate::settings::{DetectConfig, FeatureConfig};

/// Turns one network input into scores.
pub trait Scorer: Send {
    /// Takes the features of one window, not normalised, and writes the posterior of each label, 0 to 1.
    fn score(&mut self, input: &[f32], posteriors: &mut [f32]);
}

/// A model that can listen to a stream.
pub struct StreamModel {
    /// Its front end.
    pub features: FeatureConfig,
    /// Its labels, in the order of its outputs.
    pub labels: Vec<String>,
    /// Its normalisation and network.
    pub scorer: Box<dyn Scorer>,
}

/// What one model made of one second of sound.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Index of the model.
    pub model: usize,
    /// Samples of the stream up to the end of the second.
    pub position_samples: u64,
    /// Posterior of each label for this second: what file evaluation gives.
    pub posteriors: &'a [f32],
    /// Share of the second's energy that its loudest 310 ms hold, 0 to 1.
    pub isolation: f32,
    /// Posterior of each label, smoothed; those of words count as 0 where the word does not stand alone.
    pub smoothed: &'a [f32],
    /// The word that this decision settles, if any.
    pub detection: Option<Detection>,
    /// Time that normalisation and network took, in microseconds.
    pub network_micros: f64,
}

/// What a stream has to say, in the order of time.
#[derive(Debug, Clone, Copy)]
pub enum Heard<'a> {
    /// Log-mel energies of one frame of the first model's front end.
    Frame(&'a [f32]),
    /// One decision of one model.
    Decision(Decision<'a>),
}

/// Listens to a stream with any number of models.
///
/// A decision is due at the end of the first second and then every `hop_ms`, rounded to whole frame shifts.
/// Its window is the second that ends there, taken from the stream's frames by the same placement rule that
/// file evaluation uses. So the window of samples `k * hop` to `k * hop + 16000` gives, bit for bit, the score
/// of a recording of just these samples. Models with equal front ends share one computation of features.
pub struct StreamingRecogniser {
    feeds: Vec<Feed>,
}

/// Features of one front end, and the models that hear them.
struct Feed {
    stream: InputStream,
    hop_frames: u64,
    input: Vec<f32>,
    ears: Vec<Ear>,
    /// The ear that scores the next decision first.
    first: usize,
}

struct Ear {
    model: usize,
    scorer: Box<dyn Scorer>,
    detector: Detector,
    posteriors: Vec<f32>,
    network_micros: f64,
}

impl StreamingRecogniser {
    /// A recogniser at the beginning of a stream. Without models it still computes frames, with the default
    /// front end.
    ///
    /// # Errors
    /// [`FeatureError`] where a front end's settings are impossible.
    pub fn new(models: Vec<StreamModel>, config: &DetectConfig) -> Result<Self, FeatureError> {
        let mut feeds: Vec<Feed> = Vec::new();
        for (index, model) in models.into_iter().enumerate() {
            let ear = Ear {
                model: index,
                scorer: model.scorer,
                detector: Detector::new(config, &model.labels),
                posteriors: vec![0.0; model.labels.len()],
                network_micros: 0.0,
            };
            match feeds.iter_mut().find(|feed| *feed.stream.front_end().config() == model.features) {
                Some(feed) => feed.ears.push(ear),
                None => feeds.push(Feed::new(&model.features, config, vec![ear])?),
            }
        }
        if feeds.is_empty() {
            feeds.push(Feed::new(&FeatureConfig::default(), config, Vec::new())?);
        }
        Ok(Self { feeds })
    }

    /// Takes the next samples (mono, 16 kHz, finite) and tells `hear` what they bring, frame by frame. The
    /// result does not depend on how a stream is cut into pushes.
    pub fn push(&mut self, samples: &[f32], mut hear: impl FnMut(Heard<'_>)) {
        for (index, feed) in self.feeds.iter_mut().enumerate() {
            feed.push(samples, index == 0, &mut hear);
        }
    }

    /// Changes decision interval, smoothing, threshold, refractory time and isolation from here on.
    pub fn set_config(&mut self, config: &DetectConfig) {
        for feed in &mut self.feeds {
            feed.hop_frames = hop_frames(config, feed.stream.front_end());
            feed.ears.iter_mut().for_each(|ear| ear.detector.set_config(config));
        }
    }

    /// The front end whose frames are reported.
    pub fn front_end(&self) -> &FrontEnd {
        self.feeds[0].stream.front_end()
    }

    /// How many times each second of sound is turned into features: 1 where all models share a front end.
    pub fn num_feeds(&self) -> usize {
        self.feeds.len()
    }
}

fn hop_frames(config: &DetectConfig, front_end: &FrontEnd) -> u64 {
    let hop_samples = config.hop_ms * f64::from(SAMPLE_RATE_HZ) / 1000.0;
    ((hop_samples / front_end.frame_shift_samples() as f64).round() as u64).max(1)
}

impl Feed {
    fn new(features: &FeatureConfig, config: &DetectConfig, ears: Vec<Ear>) -> Result<Self, FeatureError> {
        let front_end = FrontEnd::new(features)?;
        Ok(Self {
            stream: InputStream::new(&front_end),
            hop_frames: hop_frames(config, &front_end),
            input: vec![0.0; front_end.num_inputs()],
            ears,
            first: 0,
        })
    }

    fn push(&mut self, samples: &[f32], reports_frames: bool, hear: &mut dyn FnMut(Heard<'_>)) {
        self.stream.buffer(samples);
        while let Some(frame) = self.stream.advance() {
            if reports_frames {
                hear(Heard::Frame(frame.log_mel));
            }
            self.decide(hear);
        }
    }

    /// Makes the decisions that are due after the newest frame.
    fn decide(&mut self, hear: &mut dyn FnMut(Heard<'_>)) {
        let front_end = self.stream.front_end();
        let (second_frames, shift) =
            (front_end.second_frames() as u64, front_end.frame_shift_samples() as u64);
        let Some(first_frame) = self.stream.frames_ready().checked_sub(second_frames) else { return };
        if !first_frame.is_multiple_of(self.hop_frames) || !self.stream.input(&mut self.input) {
            return;
        }
        let position_samples = first_frame * shift + WINDOW_SAMPLES;
        let isolation = self.stream.isolation();
        self.score();
        for ear in &mut self.ears {
            let detection = ear.detector.push(position_samples, &ear.posteriors, isolation);
            hear(Heard::Decision(Decision {
                model: ear.model,
                position_samples,
                posteriors: &ear.posteriors,
                isolation,
                smoothed: ear.detector.smoothed(),
                detection,
                network_micros: ear.network_micros,
            }));
        }
    }

    /// Scores the input with every model. Whoever is first wakes the processor and finds its caches cold, so they take
    /// turns at it: their times can be compared.
    fn score(&mut self) {
        let (late, early) = self.ears.split_at_mut(self.first);
        for ear in early.iter_mut().chain(late) {
            let begun = Instant::now();
            ear.scorer.score(&self.input, &mut ear.posteriors);
            ear.network_micros = begun.elapsed().as_secs_f64() * 1e6;
        }
        self.first = if self.first + 1 < self.ears.len() { self.first + 1 } else { 0 };
    }
}
