//! Playback: mono samples at 16 kHz through a sound device.
//!
//! The whole sound is converted to the device's rate before the device opens, so the callback only copies
//! and counts. As with capture, the stream lives on a thread of its own, which watches and releases it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fault::{DeviceFault, Direction};
use super::output::{FrameSource, TAIL_SECS, open_default};
use super::stream_thread::StreamThread;
use super::watch::StreamWatch;
use super::{Resampler, SAMPLE_RATE_HZ};

/// A sound being played. Dropping it stops the sound and releases the device.
#[derive(Debug)]
pub struct Playback {
    thread: StreamThread,
    watch: Arc<StreamWatch>,
    next_frame: Arc<AtomicUsize>,
    rate_hz: u32,
    length_secs: f64,
}

impl Playback {
    /// Plays mono samples at 16 kHz through the system's default device; nothing is played of an empty
    /// slice, samples outside -1 to 1 are clipped, and a sample that is not a number is silence.
    ///
    /// # Errors
    /// A [`DeviceFault`] that names what is wrong; it takes six seconds at most.
    pub fn start(samples: &[f32]) -> Result<Self, DeviceFault> {
        let watch = Arc::new(StreamWatch::new());
        let next_frame = Arc::new(AtomicUsize::new(0));
        let samples: Vec<f32> = samples.iter().map(|sample| playable(*sample)).collect();
        let length_secs = samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
        let (thread_watch, thread_next) = (Arc::clone(&watch), Arc::clone(&next_frame));
        let open = move || {
            open_default(&thread_watch, |rate_hz| {
                let frames = at_device_rate(&samples, rate_hz)?;
                Some((Tape { frames, next_frame: Arc::clone(&thread_next) }, ()))
            })
        };
        let (thread, (rate_hz, ())) =
            StreamThread::start("sound-playback", Direction::Playback, Arc::clone(&watch), open)?;
        Ok(Self { thread, watch, next_frame, rate_hz, length_secs })
    }

    /// Seconds handed to the device so far, at most the length.
    pub fn position_secs(&self) -> f64 {
        let secs = self.next_frame.load(Ordering::Relaxed) as f64 / f64::from(self.rate_hz);
        secs.min(self.length_secs)
    }

    /// Length in seconds.
    pub fn length_secs(&self) -> f64 {
        self.length_secs
    }

    /// Whether everything has been played.
    pub fn is_done(&self) -> bool {
        self.watch.is_done()
    }

    /// Why the sound ended early, if it did.
    pub fn fault(&self) -> Option<DeviceFault> {
        self.thread.fault()
    }
}

/// A sample as a loudspeaker takes it: clipped to -1 to 1, silence where it is not a number.
pub(super) fn playable(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

/// What the callback plays from.
struct Tape {
    /// Mono, at the device's rate, with a tail of silence.
    frames: Arc<[f32]>,
    next_frame: Arc<AtomicUsize>,
}

impl FrameSource for Tape {
    fn next_frame(&mut self) -> f32 {
        let next = self.next_frame.load(Ordering::Relaxed);
        let Some(frame) = self.frames.get(next) else { return 0.0 };
        self.next_frame.store(next + 1, Ordering::Relaxed);
        *frame
    }

    fn is_done(&self) -> bool {
        self.next_frame.load(Ordering::Relaxed) >= self.frames.len()
    }
}

/// The sound at the device's rate, followed by a tail of silence; `None` where the rate is impossible.
fn at_device_rate(samples: &[f32], rate_hz: u32) -> Option<Arc<[f32]>> {
    let mut resampler = Resampler::to_device(rate_hz).ok()?;
    let mut frames = Vec::new();
    resampler.push(samples, &mut frames);
    resampler.finish(&mut frames);
    let num_tail = (TAIL_SECS * f64::from(rate_hz)) as usize;
    frames.resize(frames.len() + num_tail, 0.0);
    Some(frames.into())
}

#[cfg(test)]
mod tests {
    use super::super::output::play_frames;
    use super::*;
    use std::f64::consts::TAU;

    fn tape(frames: &[f32]) -> Tape {
        Tape { frames: frames.into(), next_frame: Arc::default() }
    }

    #[test]
    fn every_channel_gets_the_sound_and_then_silence() {
        let mut tape = tape(&[0.5, -0.5, 0.25]);
        let mut out = [1.0f32; 4];
        play_frames(&mut out, 2, &mut tape);
        assert_eq!(out, [0.5, 0.5, -0.5, -0.5]);
        assert!(!tape.is_done());
        play_frames(&mut out, 2, &mut tape);
        assert_eq!(out, [0.25, 0.25, 0.0, 0.0]);
        play_frames(&mut out, 2, &mut tape);
        assert_eq!(out, [0.0; 4]);
        assert_eq!(tape.next_frame.load(Ordering::Relaxed), 3);
        assert!(tape.is_done());
    }

    #[test]
    fn unsigned_devices_rest_at_their_middle() {
        let mut out = [7u8; 3];
        play_frames(&mut out, 1, &mut tape(&[-1.0]));
        assert_eq!(out, [0, 128, 128]);
    }

    #[test]
    fn what_no_loudspeaker_takes_is_made_playable() {
        assert_eq!([0.5, -3.0, 7.0, f32::NAN, f32::INFINITY].map(playable), [0.5, -1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_tone_keeps_pitch_level_and_length_at_the_devices_rate() {
        let tone = |rate: u32, n: usize| (0.5 * (TAU * 440.0 * n as f64 / f64::from(rate)).sin()) as f32;
        let samples: Vec<f32> = (0..16_000).map(|n| tone(16_000, n)).collect();
        for rate_hz in [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000] {
            let played = at_device_rate(&samples, rate_hz).unwrap();
            let tail = rate_hz as usize / 4;
            assert_eq!(played.len(), rate_hz as usize + tail, "{rate_hz}");
            let edge = rate_hz as usize / 10;
            for n in edge..rate_hz as usize - edge {
                assert!((played[n] - tone(rate_hz, n)).abs() < 1e-4, "{rate_hz} at {n}");
            }
            assert!(played[rate_hz as usize..].iter().all(|&x| x == 0.0));
        }
        assert!(at_device_rate(&samples, 0).is_none());
    }
}
