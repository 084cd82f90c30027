//! From a sequence of scores to detected words.

use std::collections::VecDeque;

use crate::audio::SAMPLE_RATE_HZ;
use crate::settings::DetectConfig;

/// Samples of sound behind one decision: one second.
pub const WINDOW_SAMPLES: u64 = SAMPLE_RATE_HZ as u64;

/// Labels that stand for the absence of a target word.
const NO_WORDS: [&str; 2] = ["silence", "unknown"];

/// A word that was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// Index of its label.
    pub label: usize,
    /// Samples of the stream up to the end of the window that settled it.
    pub position_samples: u64,
    /// Smoothed posterior at that moment, 0 to 1.
    pub score: f32,
}

impl Detection {
    /// Seconds since the stream began.
    pub fn time_secs(&self) -> f64 {
        secs_from_samples(self.position_samples)
    }
}

/// Seconds of a number of samples at 16 kHz.
pub fn secs_from_samples(samples: u64) -> f64 {
    samples as f64 / f64::from(SAMPLE_RATE_HZ)
}

fn samples_from_ms(ms: f64) -> u64 {
    (ms * f64::from(SAMPLE_RATE_HZ) / 1000.0).round() as u64
}

/// Smooths posteriors and decides when a word counts as said.
///
/// A word counts only where it stands by itself: where the loudest stretch of a window holds less than
/// `isolation` of its energy, the window shows a word cut from running speech, or steady noise, which
/// networks trained on single words take for anything; there the posteriors of all words count as 0.
///
/// For decision `j` with posteriors `p[i][j]` of label `i` so amended, the smoothed posterior is the mean over the
/// decisions of the last `smooth_ms`, fewer at the beginning of a stream:
///
/// ```text
/// s[i][j] = sum(p[i][k] for k = h..=j) / (j - h + 1)
/// ```
///
/// Word `i` is detected at the first decision with `s[i][j] >= threshold`, where `i` has the highest
/// smoothed posterior of all words. Labels that are no words (`silence`, `unknown`) are never detected.
/// After a detection nothing is detected for `refractory_ms`; and the same word is detected again only
/// after its smoothed posterior fell below the threshold, or stayed above it for longer than one utterance
/// can hold it there: one window and the smoothing time.
///
/// Source: Chen, Parada, Heigold, "Small-footprint keyword spotting using deep neural networks", ICASSP
/// 2014, section 2.3 (posterior smoothing). Its confidence over `w_max` is the geometric mean of the maxima
/// of a key phrase's words; with one label for each word it is the maximum of one smoothed posterior, which
/// reaches the threshold at the same decision.
#[derive(Debug, Clone)]
pub struct Detector {
    is_word: Vec<bool>,
    smooth_samples: u64,
    refractory_samples: u64,
    threshold: f32,
    isolation: f32,
    /// Decisions of the smoothing time, oldest first.
    recent: VecDeque<(u64, Vec<f32>)>,
    /// Buffers of decisions that have left `recent`.
    spare: Vec<Vec<f32>>,
    smoothed: Vec<f32>,
    last: Option<Detection>,
    /// Whether the last detected word has stayed above the threshold since.
    is_held: bool,
}

impl Detector {
    /// A detector for scores in the order of `labels`.
    pub fn new(config: &DetectConfig, labels: &[String]) -> Self {
        let mut detector = Self {
            is_word: labels.iter().map(|label| !NO_WORDS.contains(&label.as_str())).collect(),
            smooth_samples: 0,
            refractory_samples: 0,
            threshold: 1.0,
            isolation: 0.0,
            recent: VecDeque::new(),
            spare: Vec::new(),
            smoothed: vec![0.0; labels.len()],
            last: None,
            is_held: false,
        };
        detector.set_config(config);
        detector
    }

    /// Changes smoothing, threshold, refractory time and isolation from the next decision on.
    pub fn set_config(&mut self, config: &DetectConfig) {
        self.smooth_samples = samples_from_ms(config.smooth_ms);
        self.refractory_samples = samples_from_ms(config.refractory_ms);
        self.threshold = config.threshold as f32;
        self.isolation = config.isolation as f32;
    }

    /// Smoothed posteriors after the last decision, label by label; zeros before the first.
    pub fn smoothed(&self) -> &[f32] {
        &self.smoothed
    }

    /// Takes the posteriors of the window that ends at `position_samples`, one for each label, with the share
    /// of its energy that its loudest stretch holds, and says whether they settle a word. Positions must
    /// grow. Does not allocate once the smoothing time has filled.
    pub fn push(&mut self, position_samples: u64, posteriors: &[f32], isolation: f32) -> Option<Detection> {
        self.smooth(position_samples, posteriors, isolation >= self.isolation);
        let words = self.smoothed.iter().copied().enumerate().filter(|&(label, _)| self.is_word[label]);
        let (label, score) = words.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let is_above = score >= self.threshold;
        if let Some(last) = self.last {
            let since = position_samples - last.position_samples;
            self.is_held &=
                self.smoothed[last.label] >= self.threshold && since <= WINDOW_SAMPLES + self.smooth_samples;
            let is_same_utterance = self.is_held && label == last.label;
            if since < self.refractory_samples || is_same_utterance {
                return None;
            }
        }
        if !is_above {
            return None;
        }
        let detection = Detection { label, position_samples, score };
        self.last = Some(detection);
        self.is_held = true;
        Some(detection)
    }

    fn smooth(&mut self, position_samples: u64, posteriors: &[f32], stands_alone: bool) {
        let mut newest = self.spare.pop().unwrap_or_default();
        newest.clear();
        let counted = posteriors.iter().zip(&self.is_word);
        newest.extend(counted.map(|(&score, &is_word)| if stands_alone || !is_word { score } else { 0.0 }));
        self.recent.push_back((position_samples, newest));
        while self.recent.len() > 1 && self.recent[0].0 + self.smooth_samples <= position_samples {
            self.spare.extend(self.recent.pop_front().map(|(_, buffer)| buffer));
        }
        let count = self.recent.len() as f32;
        for (label, smoothed) in self.smoothed.iter_mut().enumerate() {
            let sum: f32 = self.recent.iter().map(|(_, scores)| scores[label]).sum();
            *smoothed = sum / count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOP: u64 = 1600;

    fn labels() -> Vec<String> {
        ["silence", "unknown", "yes", "no"].map(String::from).to_vec()
    }

    fn config(smooth_ms: f64, threshold: f64, refractory_ms: f64) -> DetectConfig {
        DetectConfig { hop_ms: 100.0, smooth_ms, threshold, refractory_ms, isolation: 0.8 }
    }

    /// Posteriors of "yes" and "no"; the rest is silence.
    fn run(detector: &mut Detector, scores: &[(f32, f32)]) -> Vec<(u64, usize)> {
        let mut found = Vec::new();
        for (hop, &(yes, no)) in (10..).zip(scores) {
            let position = hop * HOP;
            found.extend(
                detector.push(position, &[1.0 - yes - no, 0.0, yes, no], 1.0).map(|d| (hop, d.label)),
            );
        }
        found
    }

    #[test]
    fn smoothing_is_the_mean_of_the_decisions_of_its_time() {
        let mut detector = Detector::new(&config(300.0, 0.9, 0.0), &labels());
        run(&mut detector, &[(0.9, 0.0)]);
        assert_eq!(detector.smoothed()[2], 0.9);
        run(&mut Detector::new(&config(300.0, 0.9, 0.0), &labels()), &[]);
        let mut detector = Detector::new(&config(300.0, 2.0, 0.0), &labels());
        run(&mut detector, &[(0.9, 0.0), (0.6, 0.0), (0.3, 0.0), (0.0, 0.1)]);
        assert!((detector.smoothed()[2] - 0.3).abs() < 1e-6, "{:?}", detector.smoothed());
    }

    #[test]
    fn no_smoothing_passes_scores_through() {
        let mut detector = Detector::new(&config(0.0, 0.5, 0.0), &labels());
        run(&mut detector, &[(0.9, 0.0), (0.123_456_7, 0.0)]);
        assert_eq!(detector.smoothed()[2], 0.123_456_7);
    }

    #[test]
    fn the_threshold_itself_counts_and_silence_never_does() {
        let mut detector = Detector::new(&config(0.0, 0.75, 0.0), &labels());
        assert_eq!(run(&mut detector, &[(0.1, 0.1), (0.74, 0.0), (0.75, 0.0)]), [(12, 2)]);
        let mut detector = Detector::new(&config(0.0, 0.75, 0.0), &labels());
        assert_eq!(detector.push(HOP, &[1.0, 0.0, 0.0, 0.0], 1.0), None);
        assert_eq!(detector.push(2 * HOP, &[0.0, 1.0, 0.0, 0.0], 1.0), None);
    }

    #[test]
    fn one_utterance_is_reported_once() {
        let mut detector = Detector::new(&config(0.0, 0.7, 300.0), &labels());
        assert_eq!(run(&mut detector, &[(0.9, 0.0); 9]), [(10, 2)]);
    }

    #[test]
    fn a_score_held_longer_than_one_window_is_a_new_utterance() {
        let mut detector = Detector::new(&config(0.0, 0.7, 300.0), &labels());
        assert_eq!(run(&mut detector, &[(0.9, 0.0); 15]), [(10, 2), (21, 2)]);
    }

    #[test]
    fn the_refractory_time_silences_every_word() {
        let mut detector = Detector::new(&config(0.0, 0.7, 300.0), &labels());
        let scores = [(0.9, 0.0), (0.0, 0.9), (0.0, 0.9), (0.0, 0.9), (0.0, 0.9)];
        assert_eq!(run(&mut detector, &scores), [(10, 2), (13, 3)]);
    }

    #[test]
    fn a_word_said_twice_is_heard_twice() {
        let mut detector = Detector::new(&config(0.0, 0.7, 300.0), &labels());
        let scores = [(0.9, 0.0), (0.9, 0.0), (0.1, 0.0), (0.1, 0.0), (0.9, 0.0), (0.9, 0.0)];
        assert_eq!(run(&mut detector, &scores), [(10, 2), (14, 2)]);
    }

    #[test]
    fn words_in_running_speech_or_noise_do_not_count() {
        let mut detector = Detector::new(&config(200.0, 0.4, 0.0), &labels());
        assert_eq!(detector.push(HOP, &[0.1, 0.0, 0.9, 0.0], 0.79), None);
        assert_eq!(detector.smoothed(), [0.1, 0.0, 0.0, 0.0]);
        let found = detector.push(2 * HOP, &[0.1, 0.0, 0.9, 0.0], 0.8).unwrap();
        assert_eq!((found.label, found.score), (2, 0.45));
        let everywhere = DetectConfig { isolation: 0.0, ..config(0.0, 0.7, 0.0) };
        assert!(Detector::new(&everywhere, &labels()).push(HOP, &[0.1, 0.0, 0.9, 0.0], 0.0).is_some());
    }

    #[test]
    fn settings_change_in_mid_stream() {
        let mut detector = Detector::new(&config(0.0, 0.95, 300.0), &labels());
        assert_eq!(run(&mut detector, &[(0.9, 0.0); 3]), []);
        detector.set_config(&config(0.0, 0.8, 300.0));
        assert_eq!(detector.push(13 * HOP, &[0.1, 0.0, 0.9, 0.0], 1.0).map(|d| d.label), Some(2));
    }
}
