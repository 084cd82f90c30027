//! Where a live stream comes from: a microphone, or a recording at real-time pace.

use std::time::{Duration, Instant};

use crate::audio::capture::Capture;
use crate::audio::{SAMPLE_RATE_HZ, decode};
use crate::protocol::StreamSource;

/// A sample of a recording this close to full scale counts as clipped.
const CLIPPING_LEVEL: f32 = 0.999;
/// A stall of the device that is worth telling.
const STALL_HINT: Duration = Duration::from_millis(1500);

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
    Recording { name: String, samples: Vec<f32>, position: usize, begun: Instant, has_clipped: bool },
}

impl Source {
    pub(super) fn open(source: &StreamSource) -> Result<Self, String> {
        match source {
            StreamSource::Microphone(device) => {
                let capture = Capture::open(device.as_deref()).map_err(|fault| fault.to_string())?;
                Ok(Self::Microphone { capture: Box::new(capture), num_clipped: 0 })
            }
            StreamSource::Recording(path) => {
                let samples = decode(path).map_err(|error| error.to_string())?;
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                Ok(Self::Recording { name, samples, position: 0, begun: Instant::now(), has_clipped: false })
            }
        }
    }

    /// Name and format.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Microphone { capture, .. } => format!("{} ({})", capture.device(), capture.format()),
            Self::Recording { name, .. } => name.clone(),
        }
    }

    /// Length in seconds; absent for a microphone.
    pub(super) fn length_secs(&self) -> Option<f64> {
        match self {
            Self::Microphone { .. } => None,
            Self::Recording { samples, .. } => Some(samples.len() as f64 / f64::from(SAMPLE_RATE_HZ)),
        }
    }

    /// Appends what has been heard since the last call; never waits.
    pub(super) fn read(&mut self, out: &mut Vec<f32>) -> Result<Flow, String> {
        match self {
            Self::Microphone { capture, .. } => match capture.read(out) {
                Ok(_) => Ok(Flow::More),
                Err(fault) => Err(fault.to_string()),
            },
            Self::Recording { samples, position, begun, has_clipped, .. } => {
                let due = (begun.elapsed().as_secs_f64() * f64::from(SAMPLE_RATE_HZ)) as usize;
                let new = &samples[*position..due.clamp(*position, samples.len())];
                *has_clipped = new.iter().any(|sample| sample.abs() >= CLIPPING_LEVEL);
                *position += new.len();
                out.extend_from_slice(new);
                Ok(if *position == samples.len() { Flow::End } else { Flow::More })
            }
        }
    }

    /// Whether what was read last touched full scale.
    pub(super) fn take_clipped(&mut self) -> bool {
        match self {
            Self::Microphone { capture, num_clipped } => {
                let before = std::mem::replace(num_clipped, capture.clipped_frames());
                *num_clipped > before
            }
            Self::Recording { has_clipped, .. } => std::mem::take(has_clipped),
        }
    }

    /// Samples lost so far.
    pub(super) fn lost_samples(&self) -> u64 {
        match self {
            Self::Microphone { capture, .. } => capture.lost_samples(),
            Self::Recording { .. } => 0,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_runs_at_the_pace_of_the_clock_and_then_ends() {
        let samples: Vec<f32> = (0..16_000).map(|n| n as f32 / 16_000.0).collect();
        let begun = Instant::now().checked_sub(Duration::from_millis(500)).unwrap();
        let mut source = Source::Recording {
            name: "ramp".into(),
            samples: samples.clone(),
            position: 0,
            begun,
            has_clipped: false,
        };
        let mut out = Vec::new();
        assert_eq!(source.read(&mut out), Ok(Flow::More));
        assert!((8_000..16_000).contains(&out.len()), "{}", out.len());
        assert!(!source.take_clipped());
        if let Source::Recording { begun, .. } = &mut source {
            *begun -= Duration::from_secs(5);
        }
        assert_eq!(source.read(&mut out), Ok(Flow::End));
        assert_eq!(out, samples);
        assert!(source.take_clipped());
        assert!(!source.take_clipped());
    }

    #[test]
    fn a_recording_that_does_not_exist_is_said() {
        let source = StreamSource::Recording("no such file.wav".into());
        assert!(Source::open(&source).is_err_and(|message| message.contains("no such file.wav")));
    }
}
