//! Where a live stream comes from: a microphone, or a recording at real-time pace.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::recording::Recording;
use crate::audio::capture::Capture;
use crate::audio::monitor::Monitor;
use crate::audio::{Hint, SAMPLE_RATE_HZ};
use crate::protocol::{StreamSource, Tape};

/// A stall of the device that is worth telling.
const STALL_HINT: Duration = Duration::from_millis(1500);
/// Seconds of a microphone's sound that are kept, and of a long recording's.
const KEPT_SECS: f64 = 60.0;
/// A recording of no more seconds is kept whole.
const WHOLE_SECS: f64 = 900.0;

/// Whether a stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    More,
    /// The recording is over.
    End,
}

/// An open stream of samples.
pub(super) enum Source {
    Microphone { capture: Box<Capture>, num_clipped: u64 },
    Recording(Box<Recording>),
}

impl Source {
    pub(super) fn open(source: &StreamSource, is_muted: bool) -> Result<Self, String> {
        match source {
            StreamSource::Microphone(device) => {
                let capture = Capture::open(device.as_deref()).map_err(|fault| fault.to_string())?;
                Ok(Self::Microphone { capture: Box::new(capture), num_clipped: 0 })
            }
            StreamSource::Recording(path) => Ok(Self::Recording(Box::new(Recording::open(path, is_muted)?))),
        }
    }

    /// Name and format.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Microphone { capture, .. } => format!("{} ({})", capture.device(), capture.format()),
            Self::Recording(recording) => recording.name.clone(),
        }
    }

    /// Length in seconds; absent for a microphone.
    pub(super) fn length_secs(&self) -> Option<f64> {
        match self {
            Self::Microphone { .. } => None,
            Self::Recording(recording) => Some(recording.length_secs()),
        }
    }

    /// Seconds of the stream that are kept once it has ended.
    pub(super) fn kept_secs(&self) -> f64 {
        self.length_secs().filter(|secs| *secs <= WHOLE_SECS).map_or(KEPT_SECS, |secs| secs.max(KEPT_SECS))
    }

    /// Appends what has been heard since the last call; never waits.
    pub(super) fn read(&mut self, out: &mut Vec<f32>) -> Result<Flow, String> {
        match self {
            Self::Microphone { capture, .. } => match capture.read(out) {
                Ok(_) => Ok(Flow::More),
                Err(fault) => Err(fault.to_string()),
            },
            Self::Recording(recording) => Ok(recording.read(out)),
        }
    }

    /// Whether what was read last touched full scale.
    pub(super) fn take_clipped(&mut self) -> bool {
        match self {
            Self::Microphone { capture, num_clipped } => {
                let before = std::mem::replace(num_clipped, capture.clipped_frames());
                *num_clipped > before
            }
            Self::Recording(recording) => recording.take_clipped(),
        }
    }

    /// Samples lost so far.
    pub(super) fn lost_samples(&self) -> u64 {
        match self {
            Self::Microphone { capture, .. } => capture.lost_samples(),
            Self::Recording(_) => 0,
        }
    }

    /// Silences the loudspeaker, or lets a recording be heard; a microphone is never played.
    pub(super) fn set_muted(&mut self, is_muted: bool) {
        if let Self::Recording(recording) = self {
            recording.set_muted(is_muted);
        }
    }

    /// Why a recording is not heard although it should be.
    pub(super) fn silence_reason(&self) -> &str {
        match self {
            Self::Microphone { .. } => "",
            Self::Recording(recording) => recording.silence_reason(),
        }
    }

    /// What is wrong with the sound, as a sentence that fits where it comes from.
    pub(super) fn words_of(&self, hint: Hint) -> String {
        match self {
            Self::Microphone { .. } => hint.to_string(),
            Self::Recording(_) => hint.of_recording(),
        }
    }

    /// The loudspeaker that still holds the end of a recording.
    pub(super) fn into_monitor(self) -> Option<Monitor> {
        match self {
            Self::Microphone { .. } => None,
            Self::Recording(recording) => recording.into_monitor(),
        }
    }

    /// What to say while nothing arrives although the device is open.
    pub(super) fn stall_hint(&self) -> Option<String> {
        let Self::Microphone { capture, .. } = self else { return None };
        let idle = capture.idle_time();
        (idle > STALL_HINT).then(|| {
            format!(
                "No sound has arrived for {:.1} s: the device may be suspended or its sound service busy",
                idle.as_secs_f64()
            )
        })
    }
}

/// The sound of a stream while it is open: its last seconds, or the whole recording, which is in memory anyway.
#[derive(Debug, Default)]
pub(super) struct Memory {
    last: VecDeque<f32>,
    num_kept: usize,
    num_heard: u64,
    whole: Option<Arc<[f32]>>,
}

impl Memory {
    /// Of what there is to keep of a source.
    pub(super) fn of(source: &Source) -> Self {
        let whole = match source {
            Source::Recording(recording) if recording.length_secs() <= WHOLE_SECS => {
                Some(Arc::clone(&recording.samples))
            }
            _ => None,
        };
        let num_kept = (KEPT_SECS * f64::from(SAMPLE_RATE_HZ)) as usize;
        Self { last: VecDeque::new(), num_kept, num_heard: 0, whole }
    }

    /// Takes what was heard.
    pub(super) fn note(&mut self, samples: &[f32]) {
        self.num_heard += samples.len() as u64;
        if self.whole.is_none() {
            self.last.extend(samples);
            self.last.drain(..self.last.len().saturating_sub(self.num_kept));
        }
    }

    /// What is kept, now that the stream has ended.
    pub(super) fn tape(&self) -> Tape {
        let heard_secs = self.num_heard as f64 / f64::from(SAMPLE_RATE_HZ);
        match &self.whole {
            // Stopped before its end, it is kept as far as it was heard.
            Some(whole) => {
                let num_heard = (self.num_heard as usize).min(whole.len());
                let samples =
                    if num_heard == whole.len() { Arc::clone(whole) } else { whole[..num_heard].into() };
                Tape { start_secs: 0.0, samples }
            }
            None => Tape {
                start_secs: heard_secs - self.last.len() as f64 / f64::from(SAMPLE_RATE_HZ),
                samples: self.last.iter().copied().collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(secs: f64) -> Source {
        let samples: Arc<[f32]> = vec![0.5; (secs * 16_000.0) as usize].into();
        Source::Recording(Box::new(Recording::of("made up".into(), samples)))
    }

    #[test]
    fn a_short_recording_is_kept_as_far_as_it_was_heard() {
        let source = recording(2.0);
        assert_eq!(source.kept_secs(), 60.0);
        let mut memory = Memory::of(&source);
        memory.note(&[0.5; 8000]);
        assert_eq!((memory.tape().start_secs, memory.tape().samples.len()), (0.0, 8000));
        memory.note(&[0.5; 24_000]);
        assert_eq!(memory.tape().end_secs(), 2.0);
    }

    #[test]
    fn of_a_long_stream_the_last_minute_is_kept_and_memory_is_bounded() {
        let source = recording(901.0);
        assert_eq!(source.kept_secs(), 60.0);
        assert_eq!(recording(500.0).kept_secs(), 500.0);
        let mut memory = Memory::of(&source);
        for second in 0..100 {
            memory.note(&[second as f32; 16_000]);
            assert!(memory.last.len() <= 60 * 16_000);
        }
        let tape = memory.tape();
        assert_eq!((tape.start_secs, tape.end_secs()), (40.0, 100.0));
        assert_eq!(tape.between(70.0, 71.0), [70.0; 16_000]);
    }
}
