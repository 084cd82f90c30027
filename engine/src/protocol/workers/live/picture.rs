//! What is shown of a live stream: the last seconds of everything.

use std::collections::VecDeque;
use std::sync::Arc;

use super::source::{Memory, Source};
use crate::audio::{LevelMeter, SAMPLE_RATE_HZ};
use crate::detect::{Decision, Heard, secs_from_samples};
use crate::features::FrontEnd;
use crate::protocol::{Grid, LiveDetection, LiveModel, LiveView};

/// Seconds of spectrogram and posteriors that are shown while the stream is open.
const SHOWN_SECS: f64 = 10.0;
/// Detections that are kept.
const NUM_DETECTIONS: usize = 200;
/// Decisions whose median time is shown.
const NUM_TIMES: usize = 101;

/// The picture of one stream, brought up to date as it is heard.
pub(super) struct Picture {
    view: LiveView,
    meter: LevelMeter,
    num_samples: u64,
    num_mel: usize,
    frame_shift_secs: f64,
    /// Seconds of everything that are kept for when it has ended.
    kept_secs: f64,
    memory: Memory,
    /// Log-mel frames, oldest first.
    frames: VecDeque<f32>,
    /// One for each model.
    traces: Vec<Trace>,
}

/// The last decisions of one model, oldest first.
#[derive(Default)]
struct Trace {
    times_secs: VecDeque<f64>,
    posteriors: VecDeque<f32>,
    network_micros: VecDeque<f64>,
}

impl Picture {
    /// `models` holds what is shown of each model and does not change.
    pub(super) fn new(source: &Source, models: Vec<LiveModel>, front_end: &FrontEnd) -> Self {
        let frame_shift_secs = front_end.frame_shift_samples() as f64 / f64::from(SAMPLE_RATE_HZ);
        let traces = models.iter().map(|_| Trace::default()).collect();
        let view = LiveView {
            listening: true,
            source: source.name(),
            length_secs: source.length_secs(),
            filters_hz: front_end.mel_centres_hz(),
            frame_shift_secs,
            models,
            ..LiveView::default()
        };
        Self {
            view,
            meter: LevelMeter::default(),
            num_samples: 0,
            num_mel: front_end.num_mel(),
            frame_shift_secs,
            kept_secs: source.kept_secs(),
            memory: Memory::of(source),
            frames: VecDeque::new(),
            traces,
        }
    }

    /// Takes samples for the meter, and what the source says of itself.
    pub(super) fn note_samples(&mut self, samples: &[f32], source: &mut Source) {
        self.meter.push(samples);
        if source.take_clipped() {
            self.meter.note_clipping();
        }
        self.memory.note(samples);
        self.num_samples += samples.len() as u64;
        self.view.position_secs = secs_from_samples(self.num_samples);
        self.view.peak = self.meter.peak();
        self.view.rms = self.meter.rms();
        self.view.clipped_secs_ago = self.meter.clipped_secs_ago();
        self.view.lost_samples = source.lost_samples();
        let hint = source.stall_hint().or_else(|| self.meter.hint().map(|hint| source.words_of(hint)));
        self.view.hint = hint.unwrap_or_default();
        self.note_silence(source);
    }

    /// Takes whether the loudspeaker is silenced.
    pub(super) fn note_muted(&mut self, is_muted: bool) {
        self.view.is_muted = is_muted;
    }

    /// Takes what the source says of its loudspeaker.
    pub(super) fn note_silence(&mut self, source: &Source) {
        if self.view.silence_reason != source.silence_reason() {
            self.view.silence_reason = source.silence_reason().into();
        }
    }

    /// Takes a frame or a decision.
    pub(super) fn note(&mut self, heard: Heard<'_>) {
        match heard {
            Heard::Frame(log_mel) => {
                self.frames.extend(log_mel);
                let num_kept = (self.kept_secs / self.frame_shift_secs).round() as usize * self.num_mel;
                let num_old = self.frames.len().saturating_sub(num_kept);
                self.frames.drain(..num_old);
            }
            Heard::Decision(decision) => self.note_decision(&decision),
        }
    }

    fn note_decision(&mut self, decision: &Decision<'_>) {
        let time_secs = secs_from_samples(decision.position_samples);
        let kept_secs = self.kept_secs;
        self.traces[decision.model].push(time_secs, decision, kept_secs);
        let Some(detection) = decision.detection else { return };
        let word = self.view.models[decision.model].labels[detection.label].clone();
        let found = LiveDetection { model: decision.model, time_secs, word, score: detection.score };
        // Models with front ends of their own report one after the other.
        let at = self.view.detections.partition_point(|other| other.time_secs <= time_secs);
        self.view.detections.insert(at, found);
        let num_old = self.view.detections.len().saturating_sub(NUM_DETECTIONS);
        self.view.detections.drain(..num_old);
    }

    /// A copy for the window while the stream is open: its last seconds.
    pub(super) fn view(&self) -> LiveView {
        self.copy_of_last(SHOWN_SECS)
    }

    /// A copy for the window once the stream has ended: all that is kept, with its sound.
    pub(super) fn ended(&self) -> LiveView {
        let view = self.copy_of_last(self.kept_secs);
        LiveView { listening: false, tape: Some(Arc::new(self.memory.tape())), ..view }
    }

    fn copy_of_last(&self, secs: f64) -> LiveView {
        let mut view = self.view.clone();
        let num_values = (secs / self.frame_shift_secs).round() as usize * self.num_mel;
        view.spectrogram = grid(last(&self.frames, num_values), self.num_mel);
        for (model, trace) in view.models.iter_mut().zip(&self.traces) {
            let newest_secs = trace.times_secs.back().copied().unwrap_or_default();
            let first = trace.times_secs.partition_point(|time| *time < newest_secs - secs);
            let num_labels = model.labels.len();
            let num_rows = trace.times_secs.len() - first;
            model.times_secs = last(&trace.times_secs, num_rows).collect();
            model.posteriors = grid(last(&trace.posteriors, num_rows * num_labels), num_labels);
            model.decision_micros = median(trace.network_micros.iter().copied());
        }
        view
    }
}

/// The last `num` values, oldest first.
fn last<T: Copy>(values: &VecDeque<T>, num: usize) -> impl Iterator<Item = T> {
    values.range(values.len().saturating_sub(num)..).copied()
}

impl Trace {
    fn push(&mut self, time_secs: f64, decision: &Decision<'_>, kept_secs: f64) {
        self.times_secs.push_back(time_secs);
        self.posteriors.extend(decision.smoothed);
        self.network_micros.push_back(decision.network_micros);
        while self.times_secs.front().is_some_and(|&first| first < time_secs - kept_secs) {
            self.times_secs.pop_front();
            self.posteriors.drain(..decision.smoothed.len());
        }
        if self.network_micros.len() > NUM_TIMES {
            self.network_micros.pop_front();
        }
    }
}

fn grid(values: impl Iterator<Item = f32>, cols: usize) -> Grid {
    let values: Vec<f32> = values.collect();
    let rows = values.len().checked_div(cols).unwrap_or(0);
    Grid { rows, cols, values }
}

/// Middle value, the lower of two; 0 where there is none.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::recording::Recording;
    use super::*;
    use crate::detect::Detection;
    use crate::memory::MemoryBits;
    use crate::protocol::{ModelSource, StreamSource};
    use crate::settings::FeatureConfig;

    fn model() -> LiveModel {
        LiveModel {
            source: ModelSource::BuiltInDense,
            method: crate::look::Method::Dense,
            name: "dense".into(),
            title: "Dense, float".into(),
            bits: MemoryBits::default(),
            macs: 0,
            is_integer: false,
            decision_micros: 0.0,
            labels: vec!["silence".into(), "yes".into()],
            times_secs: Vec::new(),
            posteriors: Grid::default(),
        }
    }

    fn picture() -> Picture {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        crate::audio::write_wav(&path, &[0.1; 1600]).unwrap();
        let source = Source::open(&StreamSource::Recording(path), true).unwrap();
        Picture::new(&source, vec![model(), model()], &FrontEnd::new(&FeatureConfig::default()).unwrap())
    }

    fn decide(picture: &mut Picture, model: usize, tenth: u64, is_hit: bool, micros: f64) {
        let position_samples = tenth * 1600;
        let detection = is_hit.then_some(Detection { label: 1, position_samples, score: 0.8 });
        let posteriors = &[0.2, 0.8];
        picture.note(Heard::Decision(Decision {
            model,
            position_samples,
            posteriors,
            isolation: 1.0,
            smoothed: posteriors,
            detection,
            network_micros: micros,
        }));
    }

    #[test]
    fn only_the_last_seconds_are_kept() {
        let mut picture = picture();
        let num_mel = picture.num_mel;
        for frame in 0..1200 {
            picture.note(Heard::Frame(&vec![frame as f32; num_mel]));
        }
        for tenth in 10..200 {
            decide(&mut picture, 0, tenth, false, 1.0);
        }
        let view = picture.view();
        assert_eq!((view.spectrogram.rows, view.spectrogram.cols), (1000, num_mel));
        assert_eq!(view.spectrogram.values[0], 200.0);
        let shown = &view.models[0];
        assert_eq!(shown.times_secs.first().copied(), Some(9.9));
        assert_eq!(shown.posteriors.rows, shown.times_secs.len());
        assert_eq!(shown.posteriors.values.len(), 2 * shown.times_secs.len());
        assert!(view.tape.is_none());
    }

    #[test]
    fn once_it_has_ended_the_last_minute_is_there_with_its_sound() {
        let mut picture = picture();
        let num_mel = picture.num_mel;
        let mut source =
            Source::Recording(Box::new(Recording::of("silence".into(), vec![0.0; 16_000].into())));
        for frame in 0..7000 {
            picture.note(Heard::Frame(&vec![frame as f32; num_mel]));
        }
        for tenth in 10..1000 {
            decide(&mut picture, 1, tenth, false, 1.0);
        }
        picture.note_samples(&[0.1; 1600], &mut source);
        let view = picture.ended();
        assert!(!view.listening);
        assert_eq!(view.spectrogram.rows, 6000);
        assert_eq!(view.spectrogram.values[0], 1000.0);
        let shown = &view.models[1];
        assert_eq!((shown.times_secs.first().copied(), shown.times_secs.len()), (Some(40.0), 600));
        assert_eq!(shown.posteriors.rows, 600);
        assert_eq!(view.tape.unwrap().samples.len(), 1600);
        assert_eq!(picture.view().spectrogram.rows, 1000, "an open stream stays cheap to show");
    }

    #[test]
    fn detections_of_both_models_are_in_the_order_of_time() {
        let mut picture = picture();
        decide(&mut picture, 0, 10, true, 1.0);
        decide(&mut picture, 0, 12, true, 1.0);
        decide(&mut picture, 1, 11, true, 1.0);
        let found: Vec<_> = picture.view().detections.iter().map(|d| (d.model, d.time_secs)).collect();
        assert_eq!(found, [(0, 1.0), (1, 1.1), (0, 1.2)]);
    }

    #[test]
    fn the_time_of_a_decision_is_a_median() {
        let mut picture = picture();
        for (tenth, micros) in (10..).zip([5.0, 900.0, 6.0]) {
            decide(&mut picture, 0, tenth, false, micros);
        }
        assert_eq!(picture.view().models[0].decision_micros, 6.0);
        assert_eq!(picture.view().models[1].decision_micros, 0.0);
    }
}
