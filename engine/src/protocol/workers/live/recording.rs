//! A recording as a live stream: at real-time pace, in time with a loudspeaker where it is heard.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::source::Flow;
use crate::audio::monitor::Monitor;
use crate::audio::{SAMPLE_RATE_HZ, decode};

/// A sample this close to full scale counts as clipped.
const CLIPPING_LEVEL: f32 = 0.999;
/// The loudspeaker is fed this far ahead of the clock.
const AHEAD: Duration = Duration::from_millis(600);
/// A stream never runs further ahead of the clock than this, however fast a stand-in for a device takes its sound.
const MOST_AHEAD: Duration = Duration::from_millis(200);
/// A loudspeaker that takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(3);

/// A recording that is being played to models and, where it can be, to a person.
pub(super) struct Recording {
    pub(super) name: String,
    pub(super) samples: Arc<[f32]>,
    position: usize,
    has_clipped: bool,
    clock: Clock,
    sound: Option<Sound>,
    is_muted: bool,
    /// Why it is not heard although it should be.
    silence_reason: String,
}

/// Real time, counted in samples.
struct Clock {
    begun: Instant,
    /// Position when it began.
    from: usize,
}

/// A loudspeaker on its way through the recording.
struct Sound {
    monitor: Monitor,
    /// Position at which it began.
    from: usize,
    /// Position up to which it was fed.
    fed: usize,
    has_ended: bool,
    /// When it last took something, and how far it was then.
    moved: (Instant, usize),
}

impl Clock {
    fn starting_at(from: usize) -> Self {
        Self { begun: Instant::now(), from }
    }

    /// Position that is due now.
    fn due(&self) -> usize {
        self.from + samples_in(self.begun.elapsed())
    }
}

fn samples_in(time: Duration) -> usize {
    (time.as_secs_f64() * f64::from(SAMPLE_RATE_HZ)) as usize
}

impl Recording {
    /// Reads a recording, and opens a loudspeaker for it unless it is muted. Without one it is read in silence.
    pub(super) fn open(path: &Path, is_muted: bool) -> Result<Self, String> {
        let samples = decode(path).map_err(|error| error.to_string())?.into();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut recording = Self::of(name, samples);
        recording.set_muted(is_muted);
        recording.clock = Clock::starting_at(0);
        Ok(recording)
    }

    /// A recording that begins now and is not heard.
    pub(super) fn of(name: String, samples: Arc<[f32]>) -> Self {
        Self {
            name,
            samples,
            position: 0,
            has_clipped: false,
            clock: Clock::starting_at(0),
            sound: None,
            is_muted: true,
            silence_reason: String::new(),
        }
    }

    pub(super) fn length_secs(&self) -> f64 {
        self.samples.len() as f64 / f64::from(SAMPLE_RATE_HZ)
    }

    /// Why it is not heard although it should be; empty where it is.
    pub(super) fn silence_reason(&self) -> &str {
        &self.silence_reason
    }

    /// Silences the loudspeaker, or lets it be heard from here on.
    pub(super) fn set_muted(&mut self, is_muted: bool) {
        self.is_muted = is_muted;
        match &self.sound {
            Some(sound) => sound.monitor.set_muted(is_muted),
            None if is_muted => self.silence_reason.clear(),
            None => self.open_sound(),
        }
    }

    fn open_sound(&mut self) {
        match Monitor::open() {
            Ok(monitor) => {
                let (from, moved) = (self.position, (Instant::now(), 0));
                self.sound = Some(Sound { monitor, from, fed: from, has_ended: false, moved });
                self.silence_reason.clear();
            }
            Err(fault) => self.silence_reason = fault.to_string(),
        }
        // Opening took its time; the stream goes on from where it is.
        self.clock = Clock::starting_at(self.position);
    }

    /// Appends what is due; never waits.
    pub(super) fn read(&mut self, out: &mut Vec<f32>) -> Flow {
        let due = self.due().clamp(self.position, self.samples.len());
        let new = &self.samples[self.position..due];
        self.has_clipped = new.iter().any(|sample| sample.abs() >= CLIPPING_LEVEL);
        out.extend_from_slice(new);
        self.position = due;
        if due == self.samples.len() { Flow::End } else { Flow::More }
    }

    /// Position that is due: where the loudspeaker is, else where the clock is.
    fn due(&mut self) -> usize {
        let clock = self.clock.due();
        let Some(sound) = &mut self.sound else { return clock };
        sound.feed(&self.samples, clock + samples_in(AHEAD));
        match sound.position() {
            Ok(position) => position.min(clock + samples_in(MOST_AHEAD)),
            Err(reason) => {
                self.sound = None;
                if !self.is_muted {
                    self.silence_reason = reason;
                }
                self.clock = Clock::starting_at(self.position);
                self.position
            }
        }
    }

    /// Whether what was read last touched full scale.
    pub(super) fn take_clipped(&mut self) -> bool {
        std::mem::take(&mut self.has_clipped)
    }

    /// The loudspeaker, which still holds the end of what was played.
    pub(super) fn into_monitor(self) -> Option<Monitor> {
        self.sound.map(|sound| sound.monitor)
    }
}

impl Sound {
    fn feed(&mut self, samples: &[f32], until: usize) {
        let until = until.clamp(self.fed, samples.len());
        self.fed += self.monitor.feed(&samples[self.fed..until]);
        if self.fed == samples.len() && !self.has_ended {
            self.has_ended = true;
            self.monitor.end();
        }
    }

    /// How far it is, or why it will get no further.
    fn position(&mut self) -> Result<usize, String> {
        if let Some(fault) = self.monitor.fault() {
            return Err(fault.to_string());
        }
        let played = samples_in(Duration::from_secs_f64(self.monitor.played_secs().max(0.0)));
        if played > self.moved.1 {
            self.moved = (Instant::now(), played);
        } else if self.moved.0.elapsed() > PATIENCE && !self.has_ended {
            let secs = PATIENCE.as_secs();
            return Err(format!(
                "the loudspeaker has taken nothing for {secs} s; choose another one in the system's sound settings"
            ));
        }
        // What the last conversion rounds away is nothing to wait for.
        let is_over = self.has_ended && (self.monitor.is_done() || self.moved.0.elapsed() > PATIENCE);
        Ok(if is_over { self.fed } else { self.from + played })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Arc<[f32]> {
        (0..16_000).map(|n| n as f32 / 16_000.0).collect()
    }

    #[test]
    fn a_recording_that_is_not_heard_runs_at_the_pace_of_the_clock_and_then_ends() {
        let samples = ramp();
        let mut recording = Recording::of("ramp".into(), samples.clone());
        recording.clock.begun -= Duration::from_millis(500);
        let mut out = Vec::new();
        assert_eq!(recording.read(&mut out), Flow::More);
        assert!((8_000..16_000).contains(&out.len()), "{}", out.len());
        assert!(!recording.take_clipped());
        recording.clock.begun -= Duration::from_secs(5);
        assert_eq!(recording.read(&mut out), Flow::End);
        assert_eq!(out, samples.as_ref());
        assert!(recording.take_clipped());
        assert!(!recording.take_clipped());
        assert!(recording.silence_reason().is_empty(), "nobody asked to hear it");
    }

    #[test]
    fn a_recording_that_does_not_exist_is_said() {
        let opened = Recording::open(Path::new("no such file.wav"), true);
        assert!(opened.is_err_and(|message| message.contains("no such file.wav")));
    }
}
